#include "trace/line.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (64u * 1024)

struct line_reader {
	char *file;
	int fd;
	uint64_t number;
	char *p;                /* bytes at..n are unread */
	size_t at, n, room;
	bool eof;
};

int line_open(struct line_reader **out, const char *file, struct err *err)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, EXIT_USAGE, "%s: cannot open: %s", file,
			       strerror(errno));
	struct line_reader *r = must_alloc(sizeof *r);

	r->file = span_dup(span_str(file));
	r->fd = fd;
	r->room = CHUNK;
	r->p = must_alloc(r->room);
	*out = r;
	return 0;
}

void line_close(struct line_reader *r)
{
	if (!r)
		return;
	close(r->fd);
	free(r->p);
	free(r->file);
	free(r);
}

uint64_t line_number(const struct line_reader *r)
{
	return r->number;
}

const char *line_file(const struct line_reader *r)
{
	return r->file;
}

/* Reads more behind what is unread. */
static int fill(struct line_reader *r, struct err *err)
{
	if (r->at) {
		memmove(r->p, r->p + r->at, r->n - r->at);
		r->n -= r->at;
		r->at = 0;
	}
	if (r->room - r->n < CHUNK / 2) {
		r->room *= 2;
		r->p = must_grow(r->p, r->room);
	}
	ssize_t got;

	do
		got = read(r->fd, r->p + r->n, r->room - r->n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(err, EXIT_USAGE, "%s: cannot read: %s", r->file,
			       strerror(errno));
	r->n += (size_t)got;
	r->eof = got == 0;
	return 0;
}

static void take(struct line_reader *r, size_t n, size_t end, struct span *line)
{
	*line = (struct span){ r->p + r->at, n };
	r->at += n + end;
	if (span_ends(*line, S("\r")))
		line->n--;
	if (r->number == 1 && span_starts(*line, S("\xef\xbb\xbf")))
		*line = span_from(*line, 3);
}

int line_next(struct line_reader *r, size_t cap, struct span *line,
	      struct err *err)
{
	size_t seen = 0;        /* unread bytes known to hold no LF */

	assert(r && cap > 0);
	r->number++;
	for (;;) {
		size_t have = r->n - r->at;
		char *lf = memchr(r->p + r->at + seen, '\n', have - seen);
		size_t n = lf ? (size_t)(lf - r->p) - r->at : have;

		if (n > cap)
			return err_set(err, EXIT_USAGE, "%s:%llu: the line is "
				       "over %zu bytes", r->file,
				       (unsigned long long)r->number, cap);
		if (lf || (r->eof && n)) {
			take(r, n, lf != NULL, line);
			return 1;
		}
		if (r->eof)
			return 0;
		seen = have;
		int rc = fill(r, err);

		if (rc)
			return rc;
	}
}
