#include "bench/case.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bench/tc_priv.h"

bool case_in_edition(const struct purpose *p, enum edition e)
{
	for (const char *const *r = p->expects; *r; r++) {
		const struct rule *rule = oracle_rule(span_str(*r));

		if (rule && oracle_in_edition(rule, e))
			return true;
	}
	return false;
}

json_t *case_without_run(const struct purpose *p, const char *verdict,
			 const char *reason)
{
	json_t *one = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:[], s:[], "
				"s:[], s:I, s:n}",
				"id", p->id, "title", p->title,
				"role", role_name(p->under_test),
				"clause", p->clause, "verdict", verdict,
				"reason", reason, "rules", "also_seen",
				"also_held", "duration_us", (json_int_t)0,
				"trace");

	if (!one)
		die("%s: its reason is no UTF-8", p->id);
	return one;
}

/* A peer's text may hold anything: what is no UTF-8 becomes '?'. */
static json_t *text_json(const char *text)
{
	json_t *s = json_string(text);
	char plain[512];
	size_t i;

	if (s)
		return s;
	for (i = 0; text[i] && i < sizeof plain - 1; i++)
		plain[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
	plain[i] = '\0';
	return json_string(plain);
}

static json_t *finding_json(const struct finding *f, const struct purpose *p)
{
	json_t *o = json_object();

	/* The purpose's own deviation is no finding about anybody. */
	if (!f->under_test && (p->deviates & ROLE_BIT(f->role)))
		json_object_set_new(o, "stimulus", json_true());

	json_object_set_new(o, "id", json_string(f->rule->id));
	json_object_set_new(o, "outcome", json_string(outcome_name(f->outcome)));
	json_object_set_new(o, "effect", json_string(effect_name(f->effect)));
	json_object_set_new(o, "role", json_string(role_name(f->role)));
	json_object_set_new(o, "under_test", json_boolean(f->under_test));
	json_object_set_new(o, "clause", json_string(f->rule->clause));
	json_object_set_new(o, "statement", json_string(f->rule->text));
	if (f->located) {
		json_object_set_new(o, "event", json_integer(
					(json_int_t)f->where.number));
		json_object_set_new(o, "t", json_real(
					(double)f->where.t_us / 1e6));
		json_object_set_new(o, "text", text_json(f->text));
	}
	if (f->outcome == OUTCOME_UNJUDGED)
		json_object_set_new(o, "needs", json_string(f->needs));
	return o;
}

static void put_findings(json_t *one, const struct finding *f, unsigned n,
			 const struct purpose *p)
{
	json_t *rules = json_object_get(one, "rules");
	json_t *seen = json_object_get(one, "also_seen");
	json_t *held = json_object_get(one, "also_held");

	for (unsigned i = 0; i < n; i++) {
		const char *id = f[i].rule->id;

		if (purpose_expects(p, id))
			json_array_append_new(rules, finding_json(&f[i], p));
		else if (f[i].outcome == OUTCOME_BROKEN)
			json_array_append_new(seen, finding_json(&f[i], p));
		else if (f[i].outcome == OUTCOME_HELD)
			json_array_append_new(held, json_string(id));
	}
}

static json_t *case_json(struct tc *t)
{
	const struct finding *f;
	unsigned n = oracle_findings(t->oracle, &f);
	const char *const *limits;
	struct case_verdict v;

	verdict_of_case(&v, f, n, t->purpose->expects);
	/* A stimulus that broke off explains what stayed silent. */
	if (v.verdict == VERDICT_INCONCLUSIVE && *t->reason)
		snprintf(v.reason, sizeof v.reason, "%s", t->reason);
	if (oracle_limits(t->oracle, &limits))
		verdict_worsen(&v, VERDICT_INCONCLUSIVE, "limit reached: %s",
			       limits[0]);
	if (t->broke)
		verdict_worsen(&v, VERDICT_ERROR, "%s", t->err.text);
	json_t *one = case_without_run(t->purpose, verdict_name(v.verdict), "");

	json_object_set_new(one, "reason", text_json(v.reason));
	put_findings(one, f, n, t->purpose);
	if (t->broke && t->err.exit == EXIT_RESULTS)
		json_object_set_new(one, "unwritten", json_true());
	return one;
}

static int64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

json_t *case_run(const struct case_setup *s, const struct purpose *p,
		 const char *trace)
{
	int64_t began = clock_us();
	struct tc t;
	json_t *one;

	if (tc_open(&t, s, p, trace)) {
		p->run(&t);
		tc_end(&t);
		one = case_json(&t);
	} else {
		one = case_without_run(p, "error", t.err.text);
	}
	tc_free(&t);
	json_object_set_new(one, "duration_us",
			    json_integer((json_int_t)(clock_us() - began)));
	return one;
}
