/* What a test run owns; for tc.c, steps.c and case.c alone. */
#ifndef BENCH_TC_PRIV_H
#define BENCH_TC_PRIV_H

#include "bench/case.h"
#include "bench/parts.h"
#include "bench/tap.h"
#include "bench/tc.h"
#include "bench/verdict.h"
#include "trace/mask.h"
#include "trace/trace.h"

#define TC_WICS_MAX 24u

struct tc {
	const struct case_setup *setup;
	const struct purpose *purpose;
	struct profile *profile;
	struct loop *loop;
	struct fabric *fabric;
	struct mask *mask;
	struct decoder *decoder;
	struct tap *tap;
	struct trace_writer *writer;    /* NULL: no file */
	struct oracle *oracle;
	struct parts parts;
	unsigned n_wics;
	struct wic *wics[TC_WICS_MAX];
	uint64_t events;                /* line number when there is no file */
	uint64_t bytes;                 /* of the events so far */
	bool flooded, ending;           /* a limit ended the observation ... */
	const char *limit;              /* ... this one ... */
	int64_t cut_us;                 /* ... at that time */
	char reason[300];               /* why the stimulus did not go on */
	struct err err;                 /* our own trouble: verdict error */
	bool broke;
};

/* Builds everything; false with t->err set. trace: file or NULL. */
bool tc_open(struct tc *t, const struct case_setup *s,
	     const struct purpose *p, const char *trace);
/* Lets the actors finish, ends the trace and the oracle. */
void tc_end(struct tc *t);
void tc_free(struct tc *t);
struct actor_env tc_env(const struct tc *t);

#endif
