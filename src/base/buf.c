#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

void buf_init(struct buf *b, size_t cap)
{
	*b = (struct buf){ .cap = cap };
}

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .cap = b->cap };
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->full = false;
}

/* One byte more than asked for is always kept for buf_str's terminator. */
static bool reserve(struct buf *b, size_t more)
{
	if (more > b->cap - b->n) {
		b->full = true;
		return false;
	}
	if (b->n + more + 1 > b->room) {
		size_t room = b->room ? b->room * 2 : 256;

		if (room < b->n + more + 1)
			room = b->n + more + 1;
		b->p = must_grow(b->p, room);
		b->room = room;
	}
	return true;
}

bool buf_add(struct buf *b, struct span s)
{
	if (!reserve(b, s.n))
		return false;
	if (s.n)
		memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
	return true;
}

bool buf_addc(struct buf *b, char c)
{
	return buf_add(b, (struct span){ &c, 1 });
}

bool buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !reserve(b, (size_t)n))
		return false;
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
	return true;
}

char *buf_extend(struct buf *b, size_t n)
{
	if (!reserve(b, n))
		return NULL;
	b->n += n;
	return b->p + (b->n - n);
}

void buf_drop(struct buf *b, size_t n)
{
	if (n >= b->n) {
		b->n = 0;
		return;
	}
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

const char *buf_str(struct buf *b)
{
	if (!b->p)
		return "";
	b->p[b->n] = '\0';
	return b->p;
}
