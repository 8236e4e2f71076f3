#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int err_set(struct err *e, enum exit_class exit, const char *fmt, ...)
{
	va_list ap;

	if (e) {
		e->exit = exit;
		va_start(ap, fmt);
		vsnprintf(e->text, sizeof e->text, fmt, ap);
		va_end(ap);
		for (char *c = e->text; *c; c++)
			if (*c == '\n' || *c == '\r')
				*c = ' ';
	}
	return -(int)exit;
}

void err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof e->text];
	va_list ap;

	memcpy(old, e->text, sizeof old);
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	size_t n = strlen(e->text);

	snprintf(e->text + n, sizeof e->text - n, ": %.*s",
		 (int)(sizeof e->text - 3), old);
}

void die(const char *fmt, ...)
{
	va_list ap;

	fputs("annexu: broken: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_BROKE);
}

void *must_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (!p)
		die("out of memory (%zu bytes)", n);
	return p;
}

void *must_grow(void *p, size_t n)
{
	void *q = realloc(p, n ? n : 1);

	if (!q)
		die("out of memory (%zu bytes)", n);
	return q;
}
