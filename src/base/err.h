/* Three kinds of trouble, three treatments:
 *  - our own bug: assert, or die();
 *  - the environment (no file, bad profile, port taken): the function returns
 *    a negative EXIT_ class below and fills struct err, passed as its last
 *    parameter, with one clear line: what, where, what to do;
 *  - the peer's fault: not an error at all, but a defect or an event that the
 *    rules judge. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

/* Exit classes of the command line, strongest first (see README). */
enum exit_class {
	EXIT_MET = 0,
	EXIT_FAIL = 1,
	EXIT_BROKE = 2,         /* the suite itself broke */
	EXIT_INCONCLUSIVE = 3,
	EXIT_USAGE = 64,        /* a name or a file is not what it should be */
	EXIT_RESULTS = 73,      /* results cannot be written */
	EXIT_INTERRUPTED = 130,
};

struct err {
	enum exit_class exit;
	char text[512];         /* one line, no newline at the end */
};

/* Fills e (if not NULL) and returns -exit, so that callers can
 * `return err_set(err, EXIT_USAGE, "%s:%d: ...", file, line)`. */
int err_set(struct err *e, enum exit_class exit, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the text already in e. */
void err_prefix(struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A broken bench: prints the line to stderr and exits with EXIT_BROKE. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* malloc family that dies instead of returning NULL; zeroed memory. */
void *must_alloc(size_t n);
void *must_grow(void *p, size_t n);     /* realloc; new part not zeroed */

#endif
