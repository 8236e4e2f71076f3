/* The reader's insides, shared by read.c (file and order), read_head.c and
 * read_field.c. */
#ifndef TRACE_READ_H
#define TRACE_READ_H

#include <jansson.h>

#include "base/buf.h"
#include "trace/field.h"
#include "trace/line.h"
#include "trace/trace.h"

struct trace_reader {
	struct line_reader *lines;
	enum source source;
	bool stored;            /* annexu wrote it: keys of its own are known */
	bool ended;             /* `end` was read */
	int64_t last_us;
	json_t *event;          /* the current one; its texts are lent out */
	struct buf bytes;       /* decoded b64 */
	struct buf address;     /* tcp: "local remote" */
	struct span local, remote;
	bool has_bytes, has_whole, has_sure;
	bool valid_whole, ends_whole;
	struct sip_secrets secrets;
	bool has_secrets;
	struct err *err;        /* of the call that is running */
};

/* "file:line: ..." into r->err; returns -EXIT_USAGE. */
int read_bad(struct trace_reader *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A JSON line to an object that the caller frees, or NULL and r->err. */
json_t *read_object(struct trace_reader *r, struct span line);

/* Seconds to microseconds; false: no number, or out of range. */
bool read_time(const json_t *value, int64_t *us);
/* Was it written as a whole number (1 or 1.0)? */
bool read_is_whole(const json_t *value);

static inline struct span read_span(const json_t *value)
{
	return (struct span){ json_string_value(value),
			      json_string_length(value) };
}

/* The header object into h. */
int read_head(struct trace_reader *r, json_t *head, struct trace_head *h);
/* One key of an event. */
int read_field(struct trace_reader *r, struct ev *e, const struct field *f,
	       json_t *value);

#endif
