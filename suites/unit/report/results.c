/* Totals, exit classes, and the files of a run's folder. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/results.h"

static json_t *one(const char *id, const char *verdict)
{
	return json_pack("{s:s, s:s, s:s, s:[], s:[]}", "id", id, "verdict",
			 verdict, "reason", "", "rules", "also_seen");
}

static json_t *broken(const char *id, const char *rule, const char *effect,
		      bool under_test)
{
	return json_pack("{s:s, s:s, s:[], s:[{s:s, s:s, s:s, s:b}]}", "id",
			 id, "verdict", "pass", "rules", "also_seen", "id",
			 rule, "outcome", "broken", "effect", effect,
			 "under_test", under_test);
}

static void add(struct totals *t, const char *verdict)
{
	json_t *c = one("TP-X-01-01", verdict);

	totals_add(t, c);
	json_decref(c);
}

static void totals_are_enforced(void **state)
{
	struct totals t = { 0 };

	(void)state;
	add(&t, "pass");
	add(&t, "fail");
	add(&t, "inconclusive");
	add(&t, "error");
	add(&t, "expected_fail");
	add(&t, "not_applicable");
	assert_int_equal(t.applicable, 5);
	assert_int_equal(t.not_applicable, 1);
	assert_true(results_totals_hold(&t));
	t.applicable++;
	assert_false(results_totals_hold(&t));
	assert_int_equal(results_exit(&t), EXIT_BROKE);
}

/* A verdict that nobody knows is an error of ours, never lost. */
static void odd_verdicts_are_errors(void **state)
{
	struct totals t = { 0 };

	(void)state;
	add(&t, "perhaps");
	assert_int_equal(t.error, 1);
	assert_int_equal(results_exit(&t), EXIT_BROKE);
}

static void exit_classes(void **state)
{
	struct totals t = { 0 };

	(void)state;
	assert_int_equal(results_exit(&t), EXIT_INCONCLUSIVE);
	add(&t, "pass");
	assert_int_equal(results_exit(&t), EXIT_MET);
	add(&t, "expected_fail");
	assert_int_equal(results_exit(&t), EXIT_MET);
	t.stale = 1;
	assert_int_equal(results_exit(&t), EXIT_FAIL);
	t.stale = 0;
	add(&t, "inconclusive");
	assert_int_equal(results_exit(&t), EXIT_INCONCLUSIVE);
	t.also_broken = 1;
	assert_int_equal(results_exit(&t), EXIT_FAIL);
	t.also_broken = 0;
	add(&t, "fail");
	assert_int_equal(results_exit(&t), EXIT_FAIL);
	add(&t, "error");
	assert_int_equal(results_exit(&t), EXIT_BROKE);
}

static void rules_count_once(void **state)
{
	json_t *cases = json_array();
	unsigned also;

	(void)state;
	json_array_append_new(cases, broken("TP-A", "TNA-01", "fail", true));
	json_array_append_new(cases, broken("TP-B", "TNA-01", "fail", true));
	json_array_append_new(cases, broken("TP-C", "HDR-01", "warning", true));
	json_array_append_new(cases, broken("TP-D", "POOL-07", "fail", false));
	json_t *rules = results_rules(cases, false, &also);

	assert_int_equal(also, 1);
	assert_int_equal(json_array_size(rules), 3);
	assert_int_equal(json_array_size(json_object_get(
				json_array_get(rules, 0), "cases")), 2);
	json_decref(rules);
	rules = results_rules(cases, true, &also);
	assert_int_equal(also, 2);
	json_decref(rules);
	json_decref(cases);
}

static void worst_outcome_wins(void **state)
{
	json_t *cases = json_pack(
		"[{s:s, s:[{s:s, s:s}]}, {s:s, s:[{s:s, s:s}]},"
		" {s:s, s:[{s:s, s:s}]}]",
		"id", "TP-A", "rules", "id", "R-01", "outcome", "held",
		"id", "TP-B", "rules", "id", "R-01", "outcome", "inconclusive",
		"id", "TP-C", "rules", "id", "R-01", "outcome", "silent");
	unsigned also;
	json_t *rules = results_rules(cases, true, &also);
	json_t *r = json_array_get(rules, 0);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(r, "outcome")),
			    "inconclusive");
	assert_int_equal(json_array_size(json_object_get(r, "cases")), 1);
	json_decref(rules);
	json_decref(cases);
}

static json_t *read_json(const char *dir, const char *name)
{
	char file[300];

	snprintf(file, sizeof file, "%s/%s", dir, name);
	return json_load_file(file, 0, NULL);
}

static const struct results_setup plain = {
	.seed = 7, .edition = "cr", .profile = "embedded",
	.fabric = "memory", .selection = "", .embedded = true,
	.repro = "annexu run --run %s --seed 7",
};

static void folder_of_a_run(void **state)
{
	char dir[] = "/tmp/annexu-results-XXXXXX", out[64], file[200];
	struct results_setup s = plain;
	struct results *r;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(out, sizeof out, "%s/deep/run", dir);
	s.out = out;
	assert_int_equal(results_open(&r, &s, NULL), 0);
	json_t *was = read_json(out, "results.json");

	assert_true(json_is_false(json_object_get(was, "complete")));
	assert_true(json_is_null(json_object_get(was, "exit")));
	json_decref(was);
	assert_int_equal(results_add(r, one("TP-B-01-01", "pass"), NULL), 0);
	assert_int_equal(results_add(r, one("TP-A-01-01", "pass"), NULL), 0);
	assert_int_equal(results_totals(r)->pass, 2);
	assert_int_equal(results_finish(r, EXIT_MET, true, NULL), 0);
	results_free(r);
	json_t *now = read_json(out, "results.json");
	json_t *cases = json_object_get(now, "cases");

	assert_true(json_is_true(json_object_get(now, "complete")));
	assert_int_equal(json_integer_value(json_object_get(now, "exit")), 0);
	assert_string_equal(json_string_value(json_object_get(
		json_array_get(cases, 0), "id")), "TP-A-01-01");
	json_decref(now);
	snprintf(file, sizeof file, "%s/cases/TP-A-01-01/repro.sh", out);
	assert_int_equal(stat(file, &st), 0);
	assert_true(st.st_mode & S_IXUSR);
	/* The link belongs to results/ alone. */
	snprintf(file, sizeof file, "%s/latest", out);
	assert_int_equal(lstat(file, &st), -1);
}

/* What the journal has is not run again; a torn line is. */
static void resuming(void **state)
{
	char dir[] = "/tmp/annexu-results-XXXXXX", file[200];
	struct results_setup s = plain;
	struct results *r;

	(void)state;
	assert_non_null(mkdtemp(dir));
	s.out = dir;
	assert_int_equal(results_open(&r, &s, NULL), 0);
	assert_int_equal(results_add(r, one("TP-A-01-01", "pass"), NULL), 0);
	results_free(r);
	snprintf(file, sizeof file, "%s/journal.jsonl", dir);
	FILE *f = fopen(file, "a");

	assert_non_null(f);
	fputs("{\"id\":\"TP-B-01-01\",\"verd", f);
	fclose(f);
	s.out = NULL;
	s.resume = dir;
	assert_int_equal(results_open(&r, &s, NULL), 0);
	assert_true(results_has(r, "TP-A-01-01"));
	assert_false(results_has(r, "TP-B-01-01"));
	assert_int_equal(results_totals(r)->pass, 1);
	results_free(r);
}

static void unwritable(void **state)
{
	struct results_setup s = plain;
	struct results *r;
	struct err err;

	(void)state;
	s.out = "/dev/null/run";
	assert_int_equal(results_open(&r, &s, &err), -EXIT_RESULTS);
	assert_int_equal(err.exit, EXIT_RESULTS);
	assert_non_null(strstr(err.text, "/dev/null"));
	assert_null(r);
	s.out = NULL;
	s.resume = "/nowhere/at/all";
	assert_int_equal(results_open(&r, &s, &err), -EXIT_USAGE);
	assert_null(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(totals_are_enforced),
		cmocka_unit_test(odd_verdicts_are_errors),
		cmocka_unit_test(exit_classes),
		cmocka_unit_test(rules_count_once),
		cmocka_unit_test(worst_outcome_wins),
		cmocka_unit_test(folder_of_a_run), cmocka_unit_test(resuming),
		cmocka_unit_test(unwritable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
