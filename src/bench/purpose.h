/* A test purpose: const data plus a stimulus of ten to thirty lines, a legal
 * flow with at most one deviation. It parses nothing, asserts nothing, sleeps
 * nowhere: what it proves is said by the rules that it names, and they see
 * nothing but the events of the run. */
#ifndef BENCH_PURPOSE_H
#define BENCH_PURPOSE_H

#include "profile/profile.h"
#include "profile/role.h"

struct tc;

/* What a purpose needs of the test bed beside its scenario. The embedded bed
 * is set up so; an implementation under test has to claim it in its ics. */
enum need_bed {
	BED_OPAQUE = 1 << 0,            /* token.kind opaque: W5 is asked */
	BED_NO_IDENTITIES = 1 << 1,     /* identities_on_w1: false */
	BED_CAPS_SCSCF = 1 << 2,        /* caps_registration: scscf, and a
					   lifetime that covers token and
					   longest registration */
	BED_ANONYMOUS = 1 << 3,         /* anonymous: true */
	BED_MW_TCP = 1 << 4,            /* Mw over TCP */
	BED_SHA256 = 1 << 5,            /* digest algorithm SHA-256 */
	BED_OVERRIDE_TO = 1 << 6,       /* forged_to: override */
	BED_BEARER_BARE = 1 << 7,       /* token.spelling: bare */
};

struct purpose {
	const char *id;                 /* "TP-POOL-07-01"; permanent */
	const char *title;              /* one line for people */
	const char *clause;             /* "TS 23.228 U.2.1.4" */
	enum role under_test;
	unsigned scenarios;             /* SCENARIO_BIT_: needs all of them */
	unsigned bed;                   /* enum need_bed */
	unsigned deviates;              /* ROLE_BIT()s that we play and whose
					   breaches are the stimulus itself */
	void (*run)(struct tc *t);
	const char *const *expects;     /* rules that have to be held */
};
#define EXPECTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* All purposes, in the order of the report; suites/index.c. A theme is an
 * array that a purpose without id ends. */
const struct purpose *const *suite_purposes(unsigned *n);

/* Does the purpose name that rule? */
bool purpose_expects(const struct purpose *p, const char *rule);

/* Why the purpose does not apply to what the ics claims, or NULL. The
 * embedded bed is turned to what a purpose needs, so that is not asked. */
const char *purpose_not_applicable(const struct purpose *p,
				   const struct profile *profile,
				   bool embedded);

#endif
