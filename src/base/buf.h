/* A byte buffer with a hard cap that is set at its start. Owned by whoever
 * called buf_init; buf_free gives the memory back. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"

struct buf {
	char *p;
	size_t n;       /* bytes used */
	size_t room;    /* bytes allocated */
	size_t cap;     /* bytes that it may ever hold */
	bool full;      /* something did not fit; sticky until buf_clear */
};

void buf_init(struct buf *b, size_t cap);
void buf_free(struct buf *b);
void buf_clear(struct buf *b);

/* Appends; false (and full) when the cap does not allow it, nothing added. */
bool buf_add(struct buf *b, struct span s);
bool buf_addc(struct buf *b, char c);
bool buf_addf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* n more bytes for the caller to fill at once (nothing is written into them);
 * NULL (and full) when the cap does not allow it. */
char *buf_extend(struct buf *b, size_t n);

/* Drops the first n bytes, the rest moves to the front. */
void buf_drop(struct buf *b, size_t n);

static inline struct span buf_span(const struct buf *b)
{
	return (struct span){ b->p, b->n };
}

/* NUL-terminated view, valid until the next change. */
const char *buf_str(struct buf *b);

#endif
