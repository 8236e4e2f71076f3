/* A case that crashes or hangs is an error with its reason, never lost, and
 * the others go on. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/runner.h"
#include "bench/tc.h"

static void crashes(struct tc *t)
{
	(void)t;
	signal(SIGABRT, SIG_DFL);
	raise(SIGKILL);
}

static void hangs(struct tc *t)
{
	(void)t;
	for (;;)
		pause();
}

static void leaves(struct tc *t)
{
	(void)t;
	_exit(7);
}

static void registers(struct tc *t)
{
	tc_join(t, tc_wic(t, "w1"), "alice");
}

static void does_nothing(struct tc *t) { (void)t; }

static const struct purpose purposes[] = {
	{ .id = "TP-A", .title = "a", .clause = "c", .under_test = ROLE_EPCSCF,
	  .run = crashes, .expects = EXPECTS("TNA-01") },
	{ .id = "TP-B", .title = "b", .clause = "c", .under_test = ROLE_EPCSCF,
	  .run = hangs, .expects = EXPECTS("TNA-01") },
	{ .id = "TP-C", .title = "c", .clause = "c", .under_test = ROLE_EPCSCF,
	  .run = leaves, .expects = EXPECTS("TNA-01") },
	{ .id = "TP-D", .title = "d", .clause = "c", .under_test = ROLE_EPCSCF,
	  .run = registers, .expects = EXPECTS("TNA-01") },
	{ .id = "TP-E", .title = "e", .clause = "c", .under_test = ROLE_EPCSCF,
	  .run = does_nothing, .expects = EXPECTS("TNA-01") },
};
#define N 5u

struct run {
	struct runner_job jobs[N];
	struct case_setup setup;
	unsigned next, done;
	int stop_after;
	json_t *got[N];
};

static const struct runner_job *next(void *arg)
{
	struct run *r = arg;

	if (r->next == N)
		return NULL;
	r->jobs[r->next] = (struct runner_job){ .purpose = &purposes[r->next],
						.setup = &r->setup,
						.tag = r->next };
	return &r->jobs[r->next++];
}

static int done(const struct runner_job *job, json_t *one, void *arg)
{
	struct run *r = arg;

	assert_null(r->got[job->tag]);
	r->got[job->tag] = one;
	r->done++;
	return r->stop_after && (int)r->done == r->stop_after ? -EXIT_RESULTS
							      : 0;
}

static const char *text(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void free_run(struct run *r)
{
	for (unsigned i = 0; i < N; i++)
		json_decref(r->got[i]);
}

static struct runner_setup setup_for(struct run *r, unsigned at_once)
{
	r->setup = (struct case_setup){ .memory = true, .seed = 3,
					.edition = EDITION_CR };
	return (struct runner_setup){ .at_once = at_once,
				      .deadline_us = 2000000, .quiet = true,
				      .next = next, .done = done, .arg = r };
}

static void nothing_is_lost(void **state)
{
	struct run r = { 0 };
	struct runner_setup s = setup_for(&r, 3);

	(void)state;
	assert_int_equal(runner_run(&s, NULL), 0);
	assert_int_equal(r.done, N);
	assert_string_equal(text(r.got[0], "verdict"), "error");
	assert_non_null(strstr(text(r.got[0], "reason"), "crashed"));
	assert_string_equal(text(r.got[1], "verdict"), "error");
	assert_non_null(strstr(text(r.got[1], "reason"), "2 s"));
	assert_string_equal(text(r.got[2], "verdict"), "error");
	assert_non_null(strstr(text(r.got[2], "reason"), "7"));
	assert_string_equal(text(r.got[3], "verdict"), "pass");
	/* Silence is never pass. */
	assert_string_equal(text(r.got[4], "verdict"), "inconclusive");
	free_run(&r);
}

static void results_that_cannot_be_kept_stop_the_run(void **state)
{
	struct run r = { .stop_after = 1 };
	struct runner_setup s = setup_for(&r, 1);

	(void)state;
	assert_int_equal(runner_run(&s, NULL), -EXIT_RESULTS);
	assert_int_equal(r.done, 1);
	free_run(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(results_that_cannot_be_kept_stop_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
