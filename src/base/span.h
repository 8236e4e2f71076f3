/* A span is a text slice: pointer and length, not owned, not terminated.
 * It is the only text type below the bench. The bytes live in somebody
 * else's buffer; whoever keeps a span beyond a callback copies it first. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const char *p;
	size_t n;
};

/* S("literal") makes a span; SPAN(s) feeds it to a "%.*s" conversion. */
#define S(lit) ((struct span){ (lit), sizeof(lit) - 1 })
#define SPAN_INIT(lit) { (lit), sizeof(lit) - 1 }
#define SPAN(s) (int)((s).n > 4096 ? 4096 : (s).n), ((s).p ? (s).p : "")
#define SPAN_NONE ((struct span){ NULL, 0 })

static inline bool span_empty(struct span s) { return s.n == 0; }

/* Absent (never said) differs from empty (said to be nothing). */
static inline bool span_absent(struct span s) { return s.p == NULL; }

struct span span_str(const char *z);            /* NULL gives SPAN_NONE */
bool span_eq(struct span a, struct span b);
bool span_ieq(struct span a, struct span b);    /* ASCII case folded */
bool span_starts(struct span s, struct span prefix);
bool span_istarts(struct span s, struct span prefix);
bool span_ends(struct span s, struct span suffix);
struct span span_sub(struct span s, size_t from, size_t n); /* clamped */
struct span span_from(struct span s, size_t from);          /* clamped */
struct span span_trim(struct span s);           /* SP HTAB CR LF, both ends */
struct span span_unquote(struct span s);        /* outer "" off, escapes stay */

/* Position of the first c / of needle, or -1. */
long span_chr(struct span s, char c);
long span_find(struct span s, struct span needle);
long span_ifind(struct span s, struct span needle);

/* Cuts *rest at the first sep; returns the head and leaves the tail, which is
 * absent once the text is used up: while (!span_absent(rest)) ... */
struct span span_split(struct span *rest, char sep);

/* Whole-span decimal number; false on anything else or overflow. */
bool span_u64(struct span s, uint64_t *out);
bool span_i64(struct span s, int64_t *out);

/* FNV-1a style 64-bit hash, never 0, so that 0 can mean "no key". */
uint64_t span_hash(struct span s);

/* NUL-terminated copy into dst of cap bytes; cut to fit, always terminated. */
void span_copy(char *dst, size_t cap, struct span s);
char *span_dup(struct span s); /* malloc'd, caller frees; aborts on no memory */

#endif
