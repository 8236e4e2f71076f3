/* Name tables: how an enum is written in files and on the command line, and
 * what to say when a word is in no table. A slot of a table may be NULL: that
 * value has no name. */
#ifndef PROFILE_NAMES_H
#define PROFILE_NAMES_H

#include <stdbool.h>

#include "base/span.h"

struct names {
	const char *const *at;
	unsigned n;
};
#define NAMES(array) ((struct names){ (array), sizeof(array) / sizeof *(array) })
#define NAMES_INIT(array) { (array), sizeof(array) / sizeof *(array) }

/* For messages and for files: role, point, edition. */
extern const struct names names_of_roles, names_of_points, names_of_editions;

/* Index of the word, exactly as written; false: none. */
bool names_find(struct names t, struct span word, unsigned *out);

/* The name that the word is most likely a slip of, or NULL. */
const char *names_nearest(struct names t, struct span word);

/* The names as "a, b, c" into out of cap bytes. */
const char *names_list(struct names t, char *out, size_t cap);

/* ` (did you mean "x"?)` into out, or an empty text. */
const char *names_hint(struct names t, struct span word, char *out,
		       size_t cap);

#endif
