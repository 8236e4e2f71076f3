#include "bench/purpose.h"

#include <string.h>

bool purpose_expects(const struct purpose *p, const char *rule)
{
	for (const char *const *r = p->expects; *r; r++)
		if (strcmp(*r, rule) == 0)
			return true;
	return false;
}

/* What the embedded bed is turned to, a foreign one has to be. */
static const char *bed_lacks(const struct purpose *p,
			     const struct profile *profile)
{
	const struct ics *ics = &profile->ics;

	if ((p->bed & BED_NO_IDENTITIES) && ics->identities_on_w1 != CLAIM_NO)
		return "ics: options.identities_on_w1 is not false";
	if ((p->bed & BED_CAPS_SCSCF) && ics->caps_registration != CAPS_SCSCF)
		return "ics: options.caps_registration is not scscf";
	if ((p->bed & BED_OVERRIDE_TO) && ics->forged_to != FORGED_TO_OVERRIDE)
		return "ics: options.forged_to is not override";
	if ((p->bed & BED_OPAQUE) && profile->token.kind != TOKEN_OPAQUE)
		return "ixit: token.kind is not opaque";
	if ((p->bed & BED_BEARER_BARE) && !profile->token.bare)
		return "ixit: token.spelling is not bare";
	return NULL;
}

const char *purpose_not_applicable(const struct purpose *p,
				   const struct profile *profile,
				   bool embedded)
{
	const struct ics *ics = &profile->ics;

	if (!ics->present)
		return NULL;
	if (ics->roles && p->under_test != ROLE_SYSTEM &&
	    !(ics->roles & ROLE_BIT(p->under_test)))
		return "ics: the role is not claimed";
	if (ics->scenarios && (p->scenarios & ~ics->scenarios))
		return "ics: the scenario is not claimed";
	if ((p->scenarios & SCENARIO_BIT_IMS) && ics->digest == CLAIM_NO)
		return "ics: options.digest is false";
	if ((p->bed & BED_ANONYMOUS) && ics->anonymous != CLAIM_YES)
		return "ics: options.anonymous is not claimed";
	return embedded ? NULL : bed_lacks(p, profile);
}
