/* From findings to the verdict of a case. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "bench/verdict.h"

static const struct rule a = { .id = "POOL-06" }, b = { .id = "POOL-07" },
			 c = { .id = "HDR-01" };
static const char *const names[] = { "POOL-06", "POOL-07", NULL };

static struct finding is(const struct rule *r, enum outcome o)
{
	return (struct finding){ .rule = r, .outcome = o, .role = ROLE_WWSF,
				 .under_test = true };
}

static enum verdict weigh(struct finding x, struct finding y,
			  struct finding other, const char *reason)
{
	struct finding f[] = { x, y, other };
	struct case_verdict v;

	verdict_of_case(&v, f, 3, names);
	if (reason)
		assert_non_null(strstr(v.reason, reason));
	return v.verdict;
}

static void every_named_rule_held(void **state)
{
	(void)state;
	assert_int_equal(weigh(is(&a, OUTCOME_HELD), is(&b, OUTCOME_HELD),
			       is(&c, OUTCOME_SILENT), ""), VERDICT_PASS);
}

static void silence_is_not_pass(void **state)
{
	struct finding u = is(&b, OUTCOME_UNJUDGED);

	(void)state;
	assert_int_equal(weigh(is(&a, OUTCOME_HELD), is(&b, OUTCOME_SILENT),
			       is(&c, OUTCOME_HELD), "POOL-07"),
			 VERDICT_INCONCLUSIVE);
	snprintf(u.needs, sizeof u.needs, "w5");
	assert_int_equal(weigh(is(&a, OUTCOME_HELD), u, is(&c, OUTCOME_HELD),
			       "w5"), VERDICT_INCONCLUSIVE);
	assert_int_equal(weigh(is(&a, OUTCOME_INCONCLUSIVE),
			       is(&b, OUTCOME_HELD), is(&c, OUTCOME_HELD),
			       "POOL-06"), VERDICT_INCONCLUSIVE);
}

static void broken(void **state)
{
	struct finding x = is(&b, OUTCOME_BROKEN);

	(void)state;
	x.effect = EFFECT_FAIL;
	snprintf(x.text, sizeof x.text, "expected this; seen: that");
	assert_int_equal(weigh(is(&a, OUTCOME_SILENT), x,
			       is(&c, OUTCOME_HELD), "seen: that"),
			 VERDICT_FAIL);
	x.effect = EFFECT_WARNING;
	assert_int_equal(weigh(is(&a, OUTCOME_HELD), x, is(&c, OUTCOME_HELD),
			       NULL), VERDICT_PASS);
	x.effect = EFFECT_FAIL;
	x.under_test = false;
	assert_int_equal(weigh(is(&a, OUTCOME_HELD), x, is(&c, OUTCOME_HELD),
			       "not under test"), VERDICT_INCONCLUSIVE);
}

/* What breaks outside the list counts for the run, not for the case. */
static void other_rules_do_not_decide(void **state)
{
	struct finding x = is(&c, OUTCOME_BROKEN);

	(void)state;
	x.effect = EFFECT_FAIL;
	assert_int_equal(weigh(is(&a, OUTCOME_HELD), is(&b, OUTCOME_HELD), x,
			       ""), VERDICT_PASS);
}

static void edition_without_its_rules(void **state)
{
	struct finding f[] = { is(&c, OUTCOME_HELD) };
	struct case_verdict v;

	(void)state;
	verdict_of_case(&v, f, 1, names);
	assert_int_equal(v.verdict, VERDICT_INCONCLUSIVE);
}

static void verdicts_only_worsen(void **state)
{
	struct case_verdict v = { 0 };

	(void)state;
	verdict_worsen(&v, VERDICT_FAIL, "first");
	verdict_worsen(&v, VERDICT_PASS, "second");
	verdict_worsen(&v, VERDICT_INCONCLUSIVE, "third");
	assert_int_equal(v.verdict, VERDICT_FAIL);
	assert_string_equal(v.reason, "first");
	verdict_worsen(&v, VERDICT_ERROR, "ours");
	assert_int_equal(v.verdict, VERDICT_ERROR);
	assert_true(VERDICT_NONE < VERDICT_PASS &&
		    VERDICT_PASS < VERDICT_INCONCLUSIVE &&
		    VERDICT_INCONCLUSIVE < VERDICT_FAIL &&
		    VERDICT_FAIL < VERDICT_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_named_rule_held),
		cmocka_unit_test(silence_is_not_pass),
		cmocka_unit_test(broken),
		cmocka_unit_test(other_rules_do_not_decide),
		cmocka_unit_test(edition_without_its_rules),
		cmocka_unit_test(verdicts_only_worsen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
