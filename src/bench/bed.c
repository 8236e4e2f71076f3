#include "bench/bed.h"

#include <string.h>

#include "actor/embedded.h"
#include "base/span.h"

struct profile *bed_profile(void)
{
	struct profile *p = profile_new();
	struct err err = { 0 };

	if (profile_ixit_text(p, span_str(embedded_ixit), "embedded ixit",
			      &err) < 0 ||
	    profile_ics_text(p, span_str(embedded_ics), "embedded ics",
			     &err) < 0)
		die("%s", err.text);
	bed_key(p);
	return p;
}

void bed_key(struct profile *p)
{
	if (span_empty(p->token.key))
		p->token.key = span_str(embedded_token_key);
}

void bed_turn(struct profile *p, unsigned bed)
{
	if (bed & BED_OPAQUE)
		p->token.kind = TOKEN_OPAQUE;
	if (bed & BED_NO_IDENTITIES)
		p->ics.identities_on_w1 = CLAIM_NO;
	if (bed & BED_CAPS_SCSCF) {
		/* Coordinated (POOL-26): token and registration fit into L. */
		p->ics.caps_registration = CAPS_SCSCF;
		p->lifetime_us = p->token_us + p->max_registration_us;
	}
	if (bed & BED_BEARER_BARE)
		p->token.bare = true;
	if (bed & BED_ANONYMOUS)
		p->ics.anonymous = CLAIM_YES;
	if (bed & BED_OVERRIDE_TO)
		p->ics.forged_to = FORGED_TO_OVERRIDE;
}

void bed_claim(struct profile *p, const struct variant_set *variants)
{
	for (unsigned i = 0; i < VARIANT_COUNT; i++) {
		const char *option = variant_table[i].option;

		if (!option || !variant_in(variants, (enum variant)i))
			continue;
		if (strcmp(option, "bearer_challenge") == 0)
			p->ics.bearer_challenge = CLAIM_YES;
		else if (strcmp(option, "closes_on_bad_token") == 0)
			p->ics.closes_on_bad_token = CLAIM_YES;
		else
			die("variant %s needs the unknown option %s",
			    variant_table[i].name, option);
	}
}

void bed_spoil(struct profile *p, const struct flaw_set *flaws)
{
	if (flaw_in(flaws, FLAW_PROVISIONS_TWICE) && p->n_pairs > 1)
		p->pairs[1].impu[0] = p->pairs[0].impu[0];
	if (flaw_in(flaws, FLAW_LIFETIMES_DISAGREE))
		p->lifetime_us = p->token_us / 2;
}
