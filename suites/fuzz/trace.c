/* Any bytes as a trace file: read to the end or refused with a line. What was
 * read can be written, and what was written can be read. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace/mask.h"
#include "trace/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void path_of(int fd, char out[64])
{
	snprintf(out, 64, "/proc/self/fd/%d", fd);
}

static void check(bool good, const struct err *err)
{
	if (good)
		return;
	fprintf(stderr, "fuzz trace: %s\n", err->text);
	abort();
}

static void check_refusal(int rc, const struct err *err)
{
	check(rc == -EXIT_USAGE && strchr(err->text, ':') &&
	      !strpbrk(err->text, "\r\n"), err);
}

/* Reads all of a file and counts; with w, writes every event there. */
static int read_all(const char *path, struct trace_writer **w,
		    const char *to, struct mask *mask, unsigned *count)
{
	struct trace_reader *r;
	struct trace_head h;
	struct err err = { 0 };
	char line[400];
	struct ev e;
	int64_t last = 0;
	int rc = trace_open(&r, path, &h, &err);

	*count = 0;
	if (rc) {
		check_refusal(rc, &err);
		return rc;
	}
	if (to)
		check(trace_create(w, to, &h, mask, &err) == 0, &err);
	while ((rc = trace_next(r, &e, &err)) == 1) {
		check(e.t_us >= last && !e.derived && e.kind < EV_COUNT, &err);
		last = e.t_us;
		++*count;
		ev_text(&e, line, sizeof line);
		if (to)
			check(trace_put(*w, &e, &err) == 0, &err);
	}
	if (rc)
		check_refusal(rc, &err);
	trace_close(r);
	trace_head_free(&h);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int in = memfd_create("in", MFD_CLOEXEC);
	int out = memfd_create("out", MFD_CLOEXEC);
	char from[64], to[64];
	struct trace_writer *w = NULL;
	struct mask *mask = mask_new(size);
	unsigned first, second;
	struct err err = { 0 };

	if (in < 0 || out < 0 || write(in, data, size) != (ssize_t)size)
		abort();
	path_of(in, from);
	path_of(out, to);
	mask_password(mask, S("secret"));
	mask_token(mask, S("token-text"));
	read_all(from, &w, to, mask, &first);
	if (w) {
		check(trace_finish(w, &err) == 0, &err);
		check(read_all(to, NULL, NULL, NULL, &second) == 0 &&
		      first == second, &err);
	}
	mask_free(mask);
	close(in);
	close(out);
	return 0;
}
