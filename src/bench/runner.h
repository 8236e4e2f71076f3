/* Runs cases, each in a child process of its own, several at once: a crash or
 * a hang of one is its verdict error, and never lost. */
#ifndef BENCH_RUNNER_H
#define BENCH_RUNNER_H

#include "bench/case.h"

struct runner_job {
	const struct purpose *purpose;
	const struct case_setup *setup;
	const char *trace;              /* file or NULL; outlives the job */
	unsigned tag;                   /* the caller's own */
};

struct runner_setup {
	unsigned at_once;               /* children at the same time, > 0 */
	int64_t deadline_us;            /* of one case */
	bool quiet;                     /* stderr of the children is dropped */
	/* Asked before each start; NULL when there is nothing more. A job
	 * stays valid until its done() returned. */
	const struct runner_job *(*next)(void *arg);
	/* Takes the case's object over. Not 0: start nothing more. */
	int (*done)(const struct runner_job *job, json_t *one, void *arg);
	void *arg;
};

/* 0, what done() returned, or -EXIT_INTERRUPTED after SIGINT or SIGTERM (the
 * children are ended, what was done is done). */
int runner_run(const struct runner_setup *s, struct err *err);

#endif
