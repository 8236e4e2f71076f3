/* A YAML document (libyaml) walked along a table of keys. What is not in the
 * table, has the wrong type or stands twice is an error with file and line.
 * Inside src/profile alone. */
#ifndef PROFILE_YAML_H
#define PROFILE_YAML_H

#include <stddef.h>
#include <yaml.h>

#include "base/err.h"
#include "base/span.h"
#include "profile/memory.h"
#include "profile/names.h"
#include "profile/profile.h"

struct yaml_file {
	const char *name;       /* for messages and relative paths */
	bool env;               /* ${NAME} is taken from the environment */
	bool lines;             /* nodes know their lines */
	yaml_document_t doc;
	struct profile *profile;
	struct err *err;
};

/* One key of a mapping. set puts the node's value at offset in object; more is
 * what it needs to know (names of an enum, keys of a nested mapping). Setters
 * return 0 or what yaml_bad() returned. Tables end with a key without name. */
struct yaml_key {
	const char *name;
	int (*set)(struct yaml_file *f, yaml_node_t *n, void *object,
		   const struct yaml_key *k);
	size_t offset;
	const void *more;
};

/* Parses text into f->doc; on success the caller frees it by yaml_done(). The
 * root is NULL for an empty document. */
int yaml_parse(struct yaml_file *f, struct span text);
/* The same document model from JSON text (no lines, no environment). */
int yaml_parse_json(struct yaml_file *f, struct span json);
void yaml_done(struct yaml_file *f);

/* "file:line: ..." into f->err; returns -EXIT_USAGE. n may be NULL. */
int yaml_bad(struct yaml_file *f, const yaml_node_t *n, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "expected <what>, found a list" */
int yaml_wrong(struct yaml_file *f, const yaml_node_t *n, const char *what);

bool yaml_is_null(const yaml_node_t *n);
/* A scalar's text with the environment filled in, NUL-terminated, owned by
 * the profile. *plain: not quoted, so that it may be a number or boolean. */
int yaml_scalar(struct yaml_file *f, yaml_node_t *n, struct span *out,
		bool *plain);
int yaml_text_of(struct yaml_file *f, yaml_node_t *n, const char **out);
int yaml_number_of(struct yaml_file *f, yaml_node_t *n, double *out);

/* Items of a list; what names them in messages. */
int yaml_items(struct yaml_file *f, yaml_node_t *n, const char *what,
	       unsigned *count);
yaml_node_t *yaml_item(struct yaml_file *f, yaml_node_t *n, unsigned i);

/* Walks a mapping. */
int yaml_map(struct yaml_file *f, yaml_node_t *n, const struct yaml_key *keys,
	     void *object);

/* path, made relative to the file's folder */
const char *yaml_relative(struct yaml_file *f, const char *path);

/* ---- setters (yaml_set.c) ---- */
#define YAML_SET(name) \
	int name(struct yaml_file *f, yaml_node_t *n, void *object, \
		 const struct yaml_key *k)
YAML_SET(yaml_set_text);        /* const char *: text, no bare number */
YAML_SET(yaml_set_loose);       /* const char *: 1234 is text too */
YAML_SET(yaml_set_path);        /* const char *: relative to the file */
YAML_SET(yaml_set_bool);        /* bool */
YAML_SET(yaml_set_claim);       /* enum claim */
YAML_SET(yaml_set_enum);        /* unsigned sized enum; more: struct names */
YAML_SET(yaml_set_bits);        /* unsigned: 1 << index; more: struct names */
YAML_SET(yaml_set_life_s);      /* int64_t microseconds, > 0 */
YAML_SET(yaml_set_s);           /* int64_t microseconds, >= 0 */
YAML_SET(yaml_set_ms);          /* int64_t microseconds, >= 0 */
YAML_SET(yaml_set_argv);        /* const char **, NULL-terminated command */
YAML_SET(yaml_set_object);      /* nested mapping in place; more: its keys */

#endif
