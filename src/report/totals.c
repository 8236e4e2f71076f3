#include <string.h>

#include "report/results.h"

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

void totals_add(struct totals *t, const json_t *one)
{
	const char *verdict = text_of(one, "verdict");

	if (strcmp(verdict, "not_applicable") == 0) {
		t->not_applicable++;
		return;
	}
	t->applicable++;
	if (strcmp(verdict, "pass") == 0)
		t->pass++;
	else if (strcmp(verdict, "fail") == 0)
		t->fail++;
	else if (strcmp(verdict, "inconclusive") == 0)
		t->inconclusive++;
	else if (strcmp(verdict, "expected_fail") == 0)
		t->expected_fail++;
	else
		t->error++;
	if (json_is_true(json_object_get(one, "stale_baseline")))
		t->stale++;
}

bool results_totals_hold(const struct totals *t)
{
	return t->applicable == t->pass + t->fail + t->inconclusive +
				t->error + t->expected_fail;
}

enum exit_class results_exit(const struct totals *t)
{
	if (t->error || !results_totals_hold(t))
		return EXIT_BROKE;
	if (t->fail || t->also_broken || t->stale)
		return EXIT_FAIL;
	if (t->inconclusive || !t->applicable)
		return EXIT_INCONCLUSIVE;
	return EXIT_MET;
}

/* Worst last. */
static const char *const outcomes[] = { "silent", "unjudged", "held",
					"inconclusive", "broken" };

static unsigned rank(const char *outcome)
{
	for (unsigned i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
		if (strcmp(outcome, outcomes[i]) == 0)
			return i;
	return 0;
}

/* by_id: id -> {id, outcome, cases}; the first mention fixes the order. */
static void note_rule(json_t *by_id, const char *id, const char *outcome,
		      const char *case_id)
{
	json_t *rule = json_object_get(by_id, id);

	if (!rule) {
		rule = json_pack("{s:s, s:s, s:[]}", "id", id, "outcome",
				 "silent", "cases");
		json_object_set_new(by_id, id, rule);
	}
	json_t *cases = json_object_get(rule, "cases");
	unsigned had = rank(text_of(rule, "outcome")), has = rank(outcome);

	if (has > had) {
		json_object_set_new(rule, "outcome", json_string(outcome));
		json_array_clear(cases);
	}
	if (has >= had)
		json_array_append_new(cases, json_string(case_id));
}

/* Does that breach count for the run, although the case did not ask? */
static bool breach_counts(const json_t *rule, bool embedded)
{
	return !json_is_true(json_object_get(rule, "stimulus")) &&
	       strcmp(text_of(rule, "outcome"), "broken") == 0 &&
	       strcmp(text_of(rule, "effect"), "fail") == 0 &&
	       (embedded || json_is_true(json_object_get(rule, "under_test")));
}

json_t *results_rules(const json_t *cases, bool embedded,
		      unsigned *also_broken)
{
	json_t *by_id = json_object(), *also = json_object();
	json_t *list = json_array();
	json_t *one, *rule;
	const char *key;
	size_t i, j;

	json_array_foreach(cases, i, one) {
		const char *id = text_of(one, "id");
		/* What breaks along in a case that the baseline excuses. */
		bool excused = strcmp(text_of(one, "verdict"),
				      "expected_fail") == 0;

		json_array_foreach(json_object_get(one, "rules"), j, rule)
			note_rule(by_id, text_of(rule, "id"),
				  text_of(rule, "outcome"), id);
		json_array_foreach(json_object_get(one, "also_held"), j, rule)
			note_rule(by_id, json_string_value(rule), "held", id);
		json_array_foreach(json_object_get(one, "also_seen"), j, rule) {
			if (json_is_true(json_object_get(rule, "stimulus")))
				continue;
			note_rule(by_id, text_of(rule, "id"),
				  text_of(rule, "outcome"), id);
			if (!excused && breach_counts(rule, embedded))
				json_object_set_new(also, text_of(rule, "id"),
						    json_true());
		}
	}
	*also_broken = (unsigned)json_object_size(also);
	json_object_foreach(by_id, key, rule)
		json_array_append(list, rule);
	json_decref(by_id);
	json_decref(also);
	return list;
}
