/* The list of rules, one line an area, in the order that reports show. */
#include <stddef.h>

#include "base/err.h"
#include "oracle/oracle.h"

static const struct rule *const areas[] = {
	rules_w1, rules_wss, rules_iau, rules_tok, rules_tna, rules_hdr,
	rules_lend, rules_relend, rules_bind, rules_reach, rules_reg,
};

#define RULES_MAX 200

const struct rule *const *oracle_rules(unsigned *n)
{
	static const struct rule *all[RULES_MAX];
	static unsigned count;

	if (!count)
		for (size_t a = 0; a < sizeof areas / sizeof *areas; a++)
			for (const struct rule *r = areas[a]; r->id; r++) {
				if (count == RULES_MAX)
					die("more than %d rules", RULES_MAX);
				all[count++] = r;
			}
	*n = count;
	return all;
}

const struct rule *oracle_rule(struct span id)
{
	unsigned n;
	const struct rule *const *all = oracle_rules(&n);

	for (unsigned i = 0; i < n; i++)
		if (span_eq(id, span_str(all[i]->id)))
			return all[i];
	return NULL;
}

bool oracle_in_edition(const struct rule *r, enum edition e)
{
	return !r->editions || (r->editions & (1u << e));
}

static enum effect by_strength(enum strength s)
{
	switch (s) {
	case STRENGTH_SH:
	case STRENGTH_MUST:
	case STRENGTH_ASM:
	case STRENGTH_CR:
	case STRENGTH_DER:
		return EFFECT_FAIL;
	case STRENGTH_SD:
	case STRENGTH_INF:
		return EFFECT_WARNING;
	case STRENGTH_MA:
		return EFFECT_REMARK;
	}
	return EFFECT_FAIL;
}

enum effect oracle_effect(const struct rule *r, enum edition e)
{
	enum effect f = r->recalled ? EFFECT_REMARK : by_strength(r->strength);

	if (r->cap && f > r->cap)
		f = r->cap;
	if (e == EDITION_CR && r->cap_cr && f > r->cap_cr)
		f = r->cap_cr;
	return f;
}

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = { "none", "pass", "inconclusive",
					     "fail", "error" };
	return names[v];
}

const char *outcome_name(enum outcome o)
{
	static const char *const names[] = { "silent", "held", "inconclusive",
					     "broken", "unjudged" };
	return names[o];
}

const char *effect_name(enum effect e)
{
	static const char *const names[] = { "none", "remark", "warning",
					     "fail" };
	return names[e];
}

const char *strength_name(enum strength s)
{
	static const char *const names[] = { "SH", "MUST", "ASM", "CR", "DER",
					     "SD", "INF", "MA" };
	return names[s];
}
