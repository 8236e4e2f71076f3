/* The engine: facts, silence, timers, roles, strictness, merging. Events are
 * made by hand; the rules used are real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "oracle/oracle.h"

#define SEC 1000000ll

static const char ixit[] =
	"home_domain: ims.example\n"
	"lifetime_s: 60\n"
	"tolerance_ms: 250\n"
	"subscribers:\n"
	"  - {user: alice, impi: alice@ims.example, impu: 'sip:alice@ims.example'}\n"
	"pools:\n"
	"  - wwsf: wwsf.ims.example\n"
	"    pairs:\n"
	"      - {impi: p1@ims.example, impu: 'sip:p1@ims.example'}\n"
	"      - {impi: p2@ims.example, impu: 'sip:p2@ims.example'}\n";

struct bench {
	struct profile *profile;
	struct oracle *oracle;
	uint64_t number;
};

static struct bench bench(struct oracle_setup s, const char *text)
{
	struct bench b = { .profile = profile_new(), .number = 1 };
	struct err err;

	assert_int_equal(profile_ixit_text(b.profile, span_str(text), "ixit",
					   &err), 0);
	s.profile = b.profile;
	s.labels_sure = true;
	if (!s.facts)
		s.facts = FACT_FLOW | FACT_TIME | FACT_W1 | FACT_W2 | FACT_MW;
	b.oracle = oracle_new(&s);
	return b;
}

static void done(struct bench *b)
{
	oracle_free(b->oracle);
	profile_free(b->profile);
}

static void lend(struct bench *b, double t, const char *wic, const char *user,
		 const char *impi, const char *impu)
{
	struct ev e;

	ev_init(&e, EV_HANDOVER, (int64_t)(t * 1e6));
	e.number = ++b->number;
	e.wic = span_str(wic);
	e.wic_sure = true;
	e.user = span_str(user);
	e.anonymous = !user;
	e.scenario = SCENARIO_POOL;
	e.impi = span_str(impi);
	e.impu.at[e.impu.n++] = span_str(impu);
	oracle_event(b->oracle, &e);
}

static void lend_p1(struct bench *b, double t, const char *wic)
{
	lend(b, t, wic, NULL, "p1@ims.example", "sip:p1@ims.example");
}

static struct finding found(const struct bench *b, const char *id)
{
	const struct finding *f;
	unsigned n = oracle_findings(b->oracle, &f);

	for (unsigned i = 0; i < n; i++)
		if (strcmp(f[i].rule->id, id) == 0)
			return f[i];
	fail_msg("no finding for %s", id);
	return *f;
}

static enum outcome relent_at(double t)
{
	struct bench b = bench((struct oracle_setup){ 0 }, ixit);

	lend_p1(&b, 0, "a");
	lend_p1(&b, t, "b");
	oracle_end(b.oracle, 100 * SEC);
	enum outcome o = found(&b, "POOL-07").outcome;

	done(&b);
	return o;
}

/* contracts: a window is [t0, t0+L); a breach of b <= 0 is held, 0 < b <
 * tolerance inconclusive, b >= tolerance broken; to the microsecond. */
static void boundary(void **state)
{
	(void)state;
	assert_int_equal(relent_at(60), OUTCOME_HELD);
	assert_int_equal(relent_at(59.999999), OUTCOME_INCONCLUSIVE);
	assert_int_equal(relent_at(59.750001), OUTCOME_INCONCLUSIVE);
	assert_int_equal(relent_at(59.75), OUTCOME_BROKEN);
	assert_int_equal(relent_at(1), OUTCOME_BROKEN);
}

static void names_the_missing_fact(void **state)
{
	(void)state;
	struct bench b = bench((struct oracle_setup){
		.facts = FACT_FLOW | FACT_MW }, ixit);

	lend_p1(&b, 0, "a");
	oracle_end(b.oracle, SEC);
	assert_int_equal(found(&b, "POOL-07").outcome, OUTCOME_UNJUDGED);
	assert_string_equal(found(&b, "POOL-07").needs, "time");
	assert_string_equal(found(&b, "HDR-01").needs, "sip");
	done(&b);
}

static void without_a_pool_nothing_is_said_of_it(void **state)
{
	(void)state;
	struct bench b = bench((struct oracle_setup){ 0 }, "home_domain: x\n");

	lend_p1(&b, 0, "a");
	lend_p1(&b, 1, "b");
	oracle_end(b.oracle, 2 * SEC);
	assert_int_equal(found(&b, "POOL-07").outcome, OUTCOME_UNJUDGED);
	assert_int_equal(oracle_verdict(b.oracle, false), VERDICT_INCONCLUSIVE);
	done(&b);
}

static void facts_told_at_the_end(void **state)
{
	(void)state;
	struct bench b = bench((struct oracle_setup){ .facts = ~0u }, ixit);

	lend_p1(&b, 0, "a");
	lend_p1(&b, 1, "b");
	oracle_facts(b.oracle, FACT_TIME | FACT_MW);
	oracle_end(b.oracle, 2 * SEC);
	assert_int_equal(found(&b, "POOL-07").outcome, OUTCOME_UNJUDGED);
	assert_string_equal(found(&b, "POOL-07").needs, "w1");
	done(&b);
}

static void the_first_breach_is_kept(void **state)
{
	(void)state;
	struct bench b = bench((struct oracle_setup){ 0 }, ixit);

	lend_p1(&b, 0, "a");
	lend_p1(&b, 10, "b");
	lend_p1(&b, 20, "c");
	oracle_end(b.oracle, 30 * SEC);
	struct finding f = found(&b, "POOL-06");

	assert_int_equal(f.where.number, 3);
	assert_int_equal(f.where.t_us, 10 * SEC);
	assert_non_null(strstr(f.text, "expected"));
	done(&b);
}

static void who_is_under_test(void **state)
{
	(void)state;
	struct bench b = bench((struct oracle_setup){
		.roles = ROLE_BIT(ROLE_EPCSCF) }, ixit);

	lend_p1(&b, 0, "a");
	lend_p1(&b, 10, "b");
	oracle_end(b.oracle, 30 * SEC);
	assert_false(found(&b, "POOL-07").under_test);
	assert_int_equal(oracle_verdict(b.oracle, false), VERDICT_INCONCLUSIVE);
	done(&b);
	b = bench((struct oracle_setup){ .roles = ROLE_BIT(ROLE_WWSF) }, ixit);
	lend_p1(&b, 0, "a");
	lend_p1(&b, 10, "b");
	oracle_end(b.oracle, 30 * SEC);
	assert_int_equal(oracle_verdict(b.oracle, false), VERDICT_FAIL);
	done(&b);
}

static void nothing_judged_is_no_pass(void **state)
{
	(void)state;
	struct bench b = bench((struct oracle_setup){ 0 }, ixit);

	oracle_end(b.oracle, SEC);
	assert_int_equal(oracle_verdict(b.oracle, false), VERDICT_INCONCLUSIVE);
	done(&b);
}

static void cut_short_is_no_pass(void **state)
{
	(void)state;
	struct bench b = bench((struct oracle_setup){ 0 }, ixit);

	lend_p1(&b, 0, "a");
	oracle_end(b.oracle, SEC);
	assert_int_equal(oracle_verdict(b.oracle, false), VERDICT_PASS);
	assert_int_equal(oracle_verdict(b.oracle, true), VERDICT_INCONCLUSIVE);
	done(&b);
}

/* Ruling 8, the table of who is who. */
static enum outcome twice(const char *user_a, const char *user_b)
{
	struct bench b = bench((struct oracle_setup){ 0 }, ixit);

	lend(&b, 0, "a", user_a, "p1@ims.example", "sip:p1@ims.example");
	lend(&b, 9, "b", user_b, "p1@ims.example", "sip:p1@ims.example");
	oracle_end(b.oracle, 30 * SEC);
	enum outcome o = found(&b, "POOL-06").outcome;

	done(&b);
	return o;
}

static void who_is_who(void **state)
{
	(void)state;
	assert_int_equal(twice("carl", "dora"), OUTCOME_BROKEN);
	assert_int_equal(twice("carl", "carl"), OUTCOME_INCONCLUSIVE);
	assert_int_equal(twice(NULL, NULL), OUTCOME_BROKEN);
	assert_int_equal(twice("carl", NULL), OUTCOME_BROKEN);
}

static void editions(void **state)
{
	(void)state;
	unsigned n;
	const struct rule *const *all = oracle_rules(&n);

	assert_true(n >= 60);
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(all[i]->id, all[k]->id);
	assert_true(oracle_in_edition(oracle_rule(S("POOL-07")), EDITION_CR));
	assert_false(oracle_in_edition(oracle_rule(S("POOL-07")),
				       EDITION_PRE_CR));
	assert_null(oracle_rule(S("POOL-99")));
}

static void effects(void **state)
{
	(void)state;
	assert_int_equal(oracle_effect(oracle_rule(S("POOL-07")), EDITION_CR), EFFECT_FAIL);
	assert_int_equal(oracle_effect(oracle_rule(S("HDR-01")), EDITION_CR), EFFECT_WARNING);
	assert_int_equal(oracle_effect(oracle_rule(S("TNA-04")), EDITION_CR), EFFECT_REMARK);
	assert_int_equal(oracle_effect(oracle_rule(S("POOL-18")), EDITION_CR), EFFECT_WARNING);
	assert_int_equal(oracle_effect(oracle_rule(S("POOL-18")), EDITION_REL13), EFFECT_FAIL);
}

static void strict_makes_warnings_fail(void **state)
{
	(void)state;
	for (int strict = 0; strict <= 1; strict++) {
		struct bench b = bench((struct oracle_setup){
			.strict = strict }, ixit);

		lend_p1(&b, 0, "a");
		lend(&b, 5, "a", NULL, "p2@ims.example", "sip:p2@ims.example");
		oracle_end(b.oracle, 30 * SEC);
		assert_int_equal(found(&b, "POOL-18").outcome, OUTCOME_BROKEN);
		assert_int_equal(found(&b, "POOL-18").effect,
				 strict ? EFFECT_FAIL : EFFECT_WARNING);
		assert_int_equal(oracle_verdict(b.oracle, false),
				 strict ? VERDICT_FAIL : VERDICT_PASS);
		done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boundary),
		cmocka_unit_test(names_the_missing_fact),
		cmocka_unit_test(without_a_pool_nothing_is_said_of_it),
		cmocka_unit_test(facts_told_at_the_end),
		cmocka_unit_test(the_first_breach_is_kept),
		cmocka_unit_test(who_is_under_test),
		cmocka_unit_test(nothing_judged_is_no_pass),
		cmocka_unit_test(cut_short_is_no_pass),
		cmocka_unit_test(who_is_who),
		cmocka_unit_test(editions),
		cmocka_unit_test(effects),
		cmocka_unit_test(strict_makes_warnings_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
