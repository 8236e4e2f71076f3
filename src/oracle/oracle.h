/* The one oracle: takes events, gives outcomes. Fed by live taps, captures,
 * stored runs and hand-written flows alike. */
#ifndef ORACLE_ORACLE_H
#define ORACLE_ORACLE_H

#include "oracle/rule.h"

struct oracle;

struct oracle_setup {
	const struct profile *profile;  /* borrowed, outlives the oracle */
	enum edition edition;           /* EDITION_UNSET: ics, else cr */
	unsigned facts;                 /* trace_facts() of the source; ~0u when
					   they are told by oracle_facts() */
	bool labels_sure;               /* hand, model */
	bool strict;                    /* warnings become fails */
	unsigned roles;                 /* under test, bits; 0 = every role */
};

struct finding {
	const struct rule *rule;
	enum outcome outcome;
	enum effect effect;             /* broken ones */
	enum role role;                 /* to blame, or obliged */
	bool under_test;
	bool located;                   /* where and text are filled */
	struct where where;
	char text[400];
	char needs[32];                 /* unjudged: what was missing */
};

enum verdict { VERDICT_NONE, VERDICT_PASS, VERDICT_INCONCLUSIVE, VERDICT_FAIL,
	       VERDICT_ERROR };
const char *verdict_name(enum verdict v);
const char *outcome_name(enum outcome o);
const char *effect_name(enum effect e);
const char *strength_name(enum strength s);

struct oracle *oracle_new(const struct oracle_setup *s);
void oracle_free(struct oracle *o);
void oracle_event(struct oracle *o, const struct ev *e);
/* A capture tells only at its end what it offered: rules that lack a fact
 * become unjudged. Call before oracle_end(). */
void oracle_facts(struct oracle *o, unsigned facts);
/* The observation ended at t_us. Call once; then read the findings. */
void oracle_end(struct oracle *o, int64_t t_us);
/* One finding per rule of the edition, in catalogue order. */
unsigned oracle_findings(const struct oracle *o, const struct finding **out);
/* Limits that were reached ("tokens: 12 dropped"), NUL-terminated texts. */
unsigned oracle_limits(const struct oracle *o, const char *const **out);

/* contracts section 2: fail, inconclusive, pass, or inconclusive for "nothing
 * judged". truncated: at best inconclusive. */
enum verdict oracle_verdict(const struct oracle *o, bool truncated);

/* All rules, in catalogue order; NULL id ends nothing: n is exact. */
const struct rule *const *oracle_rules(unsigned *n);
const struct rule *oracle_rule(struct span id);         /* or NULL */
enum effect oracle_effect(const struct rule *r, enum edition e);
bool oracle_in_edition(const struct rule *r, enum edition e);

#endif
