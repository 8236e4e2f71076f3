/* annexu explain: what a rule, a purpose, a flaw or a clause says. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bench/nearest.h"
#include "bench/select.h"
#include "cli/cmd.h"
#include "cli/say.h"
#include "oracle/oracle.h"

static bool word_in(const char *list, const char *word)
{
	struct span rest = span_str(list);

	while (!span_absent(rest))
		if (span_eq(span_split(&rest, ' '), span_str(word)))
			return true;
	return false;
}

static void print_bits(const char *label, unsigned facts)
{
	const char *sep = "";

	if (!facts)
		return;
	printf("  %-10s", label);
	for (unsigned i = 0; i < FACT_COUNT; i++)
		if (facts & (1u << i)) {
			printf("%s%s", sep, fact_name((enum fact)(1u << i)));
			sep = " ";
		}
	putchar('\n');
}

static void print_needs(unsigned needs)
{
	static const struct { unsigned bit; const char *key; } keys[] = {
		{ NEED_POOLS, "pools" }, { NEED_LIFETIME, "lifetime_s" },
		{ NEED_SUBSCRIBERS, "subscribers" },
		{ NEED_ORIGINS, "origins.allowed" },
		{ NEED_PLACEHOLDER, "placeholder_to" },
		{ NEED_ISSUER, "token.issuer" }, { NEED_HOME, "home_domain" },
		{ NEED_IDENTITIES, "pools or subscribers" },
	};

	if (!needs)
		return;
	printf("  %-10s", "ixit");
	for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (needs & keys[i].bit)
			printf("%s ", keys[i].key);
	putchar('\n');
}

static void print_editions(const struct rule *r)
{
	printf("  %-10s", "editions");
	for (int e = EDITION_CR; e <= EDITION_REL13; e++)
		if (oracle_in_edition(r, (enum edition)e))
			printf("%s ", edition_name((enum edition)e));
	putchar('\n');
}

/* Ruling 28: what the change request agreed, and what only its reasoning. */
static void print_standing(const struct rule *r)
{
	static const struct { const char *id, *text; } agreed[] = {
		{ "POOL-04", "agreed text: assigns public and private "
			     "identity, as one pair" },
		{ "POOL-05", "agreed text: a single unique pair" },
		{ "POOL-07", "agreed text, a should: the lifetime is "
			     "coordinated" },
	};
	const char *text = "reasoning of the change request; binds through "
			   "values that the profile declares";

	if (r->strength != STRENGTH_CR)
		return;
	for (unsigned i = 0; i < sizeof agreed / sizeof agreed[0]; i++)
		if (strcmp(r->id, agreed[i].id) == 0)
			text = agreed[i].text;
	printf("  %-10s%s\n", "standing", text);
}

static void explain_rule(const struct rule *r)
{
	unsigned n_purposes;
	const struct purpose *const *purposes = suite_purposes(&n_purposes);

	printf("%s  (rule)\n  %s\n", r->id, r->text);
	printf("  %-10s%s (%s)\n", "clause", r->clause, r->version);
	printf("  %-10s%s%s, a breach is a %s\n", "strength",
	       strength_name(r->strength), r->recalled ? ", recalled" : "",
	       effect_name(oracle_effect(r, EDITION_CR)));
	print_standing(r);
	printf("  %-10s%s\n", "obliged", role_name(r->obliged));
	print_editions(r);
	print_bits("needs", r->facts);
	print_bits("one of", r->facts_any);
	print_needs(r->needs);
	for (unsigned i = 0; i < n_purposes; i++)
		if (purpose_expects(purposes[i], r->id))
			printf("  %-10s%s  %s\n", "purpose",
			       purposes[i]->id, purposes[i]->title);
	for (unsigned i = 0; i < FLAW_COUNT; i++)
		if (word_in(flaw_table[i].rules, r->id))
			printf("  %-10s%s  %s\n", "flaw", flaw_table[i].name,
			       flaw_table[i].text);
}

static void explain_purpose(const struct purpose *p)
{
	printf("%s  (test purpose)\n  %s\n", p->id, p->title);
	printf("  %-10s%s\n", "clause", p->clause);
	printf("  %-10s%s\n", "tests", role_name(p->under_test));
	printf("  %-10s%s%s%s\n", "scenario",
	       p->scenarios & SCENARIO_BIT_IMS ? "ims-auth " : "",
	       p->scenarios & SCENARIO_BIT_WEB ? "web-auth " : "",
	       p->scenarios & SCENARIO_BIT_POOL ? "pool" : "");
	for (const char *const *id = p->expects; *id; id++) {
		const struct rule *r = oracle_rule(span_str(*id));

		printf("  %-10s%s  %s\n", "rule", *id, r ? r->text : "?");
	}
}

static void explain_flaw(const struct flaw_info *f)
{
	struct span rest = span_str(f->rules);

	printf("%s  (flaw of the reference)\n  %s\n", f->name, f->text);
	printf("  %-10s%s\n", "role", role_name(f->role));
	while (!span_absent(rest)) {
		const struct rule *r = oracle_rule(span_split(&rest, ' '));

		if (r)
			printf("  %-10s%s  %s\n", "breaks", r->id, r->text);
	}
}

/* Everything of that name; false when there is nothing. */
static bool explain_name(const char *name)
{
	unsigned n, n_purposes;
	const struct purpose *const *purposes = suite_purposes(&n_purposes);
	const struct rule *const *rules = oracle_rules(&n);

	for (unsigned i = 0; i < n; i++)
		if (strcasecmp(rules[i]->id, name) == 0) {
			explain_rule(rules[i]);
			return true;
		}
	for (unsigned i = 0; i < n_purposes; i++)
		if (strcasecmp(purposes[i]->id, name) == 0) {
			explain_purpose(purposes[i]);
			return true;
		}
	for (unsigned i = 0; i < FLAW_COUNT; i++)
		if (strcasecmp(flaw_table[i].name, name) == 0) {
			explain_flaw(&flaw_table[i]);
			return true;
		}
	for (unsigned i = 0; i < VARIANT_COUNT; i++)
		if (strcasecmp(variant_table[i].name, name) == 0) {
			printf("%s  (variant of the reference)\n  %s\n",
			       variant_table[i].name, variant_table[i].text);
			return true;
		}
	return false;
}

static bool explain_clause(const char *clause)
{
	bool any = false;
	unsigned n;
	const struct rule *const *rules = oracle_rules(&n);

	for (unsigned i = 0; i < n; i++)
		if (select_clause(rules[i]->clause, clause)) {
			explain_rule(rules[i]);
			any = true;
		}
	return any;
}

static int unknown(const char *name)
{
	struct nearest near;
	char tail[256];
	unsigned n, n_purposes;
	const struct purpose *const *purposes = suite_purposes(&n_purposes);
	const struct rule *const *rules = oracle_rules(&n);

	nearest_init(&near, name);
	for (unsigned i = 0; i < n; i++)
		nearest_offer(&near, rules[i]->id);
	for (unsigned i = 0; i < n_purposes; i++)
		nearest_offer(&near, purposes[i]->id);
	for (unsigned i = 0; i < FLAW_COUNT; i++)
		nearest_offer(&near, flaw_table[i].name);
	return say_usage("no rule, purpose, flaw or clause is called "
			 "\"%.80s\"%s", name,
			 nearest_text(&near, tail, sizeof tail));
}

int cmd_explain(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		puts("usage: annexu explain ID|CLAUSE");
		return EXIT_MET;
	}
	if (argc != 2 || argv[1][0] == '-')
		return say_usage("explain takes one rule, purpose, flaw or "
				 "clause (POOL-07, U.2.1.4)");
	if (explain_name(argv[1]) || explain_clause(argv[1]))
		return EXIT_MET;
	return unknown(argv[1]);
}
