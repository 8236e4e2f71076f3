/* W1: who is given whose identities (scenario 2, TS 23.228 U.2.1.1 and
 * U.2.1.3 step 1; TS 33.203 REQ 2.0, 2.5; rulings 12, 13, 27). */
#include "oracle/rule.h"

static struct where at(const struct handover *h)
{
	return (struct where){ h->t_us, h->number, h->file };
}

static const struct handover *here(const struct judge *j)
{
	const struct model *m = judge_model(j);

	return model_handover_at(m, model_now(m)->handover);
}

/* The subscriber whose identity this handover contains, other than `own`. */
static const struct subscriber *whose(const struct judge *j,
				      const struct handover *h,
				      const struct subscriber *own)
{
	const struct model *m = judge_model(j);
	const struct profile *p = judge_profile(j);
	const struct subscriber *s;

	if (h->impi) {
		s = profile_sub_impi(p, model_text(m, h->impi));
		if (s && s != own)
			return s;
	}
	for (unsigned i = 0; i < h->n_impu; i++) {
		s = profile_sub_impu(p, model_text(m, h->impu[i]));
		if (s && s != own)
			return s;
	}
	return NULL;
}

static bool has_impu(const struct judge *j, const struct subscriber *s,
		     name_id impu)
{
	for (unsigned i = 0; i < s->n_impu; i++)
		if (model_find_impu(judge_model(j), span_str(s->impu[i])) ==
		    impu)
			return true;
	return false;
}

/* First identity of the handover outside s's provision, or absent. */
static struct span outside(const struct judge *j, const struct handover *h,
			   const struct subscriber *s)
{
	const struct model *m = judge_model(j);
	const struct profile *p = judge_profile(j);

	if (h->impi && profile_sub_impi(p, model_text(m, h->impi)) != s)
		return model_text(m, h->impi);
	for (unsigned i = 0; i < h->n_impu; i++)
		if (!has_impu(j, s, h->impu[i]))
			return model_text(m, h->impu[i]);
	return SPAN_NONE;
}

/* ---- W1-04 ---- */

static enum role authenticator(const struct judge *j)
{
	return judge_profile(j)->ics.authenticates == AUTH_WAF ? ROLE_WAF :
								 ROLE_WWSF;
}

/* Ruling 13: a pair of the pool goes to somebody without subscription only where
 * the ics claims the pool, and to nobody in particular only where it claims
 * anonymous users. */
static bool claimed(const struct judge *j, const struct handover *h)
{
	const struct profile *p = judge_profile(j);
	bool nobody = h->who == WHO_ANONYMOUS || h->password_wrong;
	bool no_pool = p->ics.scenarios &&
		       !(p->ics.scenarios & SCENARIO_BIT_POOL);

	if (nobody)
		return !no_pool && p->ics.anonymous != CLAIM_NO;
	return !no_pool || !p->n_subscribers ||
	       profile_user(p, model_text(judge_model(j), h->user));
}

static void w1_04(struct judge *j, const struct ev *e)
{
	const struct handover *h = here(j);
	const struct model *m = judge_model(j);

	(void)e;
	if (!h || h->who == WHO_UNKNOWN || h->learned)
		return;
	const struct subscriber *s = whose(j, h, NULL);

	if (h->scenario != SCENARIO_WEB && !(h->who == WHO_ANONYMOUS && s)) {
		if (!claimed(j, h))
			judge_broken(j, at(h), "expected: pool pairs only for "
				     "users whom the ics claims to serve; "
				     "seen: one handed to %s",
				     h->who == WHO_KNOWN ?
				     "a user without subscription" :
				     "an anonymous user");
		return;
	}
	if (h->who == WHO_KNOWN && !h->password_wrong)
		judge_held(j);
	else
		judge_broken_as(j, at(h), authenticator(j), EFFECT_NONE,
				"expected: nothing for a browser that nobody "
				"authenticated; seen: %.*s%s%.*s handed over",
				SPAN(h->impi ? model_text(m, h->impi) :
					       S("a token")),
				h->token ? " with token " : "",
				SPAN(h->token ? model_text(m, h->token) :
						S("")));
}

/* ---- W1-08, W1-09 ---- */

/* Whoever has no subscription may borrow a pair (ruling 13). */
static bool from_pool(const struct judge *j, const struct handover *h)
{
	const struct profile *p = judge_profile(j);

	if (p->ics.present && !(p->ics.scenarios & SCENARIO_BIT_POOL))
		return false;
	return model_pair_of(judge_model(j), h->impi,
			     h->n_impu ? h->impu[0] : 0) != MAP_NONE;
}

static void w1_08(struct judge *j, const struct ev *e)
{
	const struct handover *h = here(j);
	const struct model *m = judge_model(j);

	(void)e;
	if (!h || h->who != WHO_KNOWN || h->learned)
		return;
	struct span user = model_text(m, h->user);
	const struct subscriber *s = profile_user(judge_profile(j), user);

	if (!s) {
		s = whose(j, h, NULL);
		if (!s && from_pool(j, h))
			return;
		judge_broken(j, at(h), "expected: no identities are determined "
			     "for %.*s, who has no subscription; seen: "
			     "%s%s", SPAN(user), s ? "an identity of " :
			     "an identity that nobody has",
			     s ? s->user : "");
		return;
	}
	struct span odd = outside(j, h, s);

	if (span_absent(odd))
		judge_held(j);
	else
		judge_broken(j, at(h), "expected: identities provisioned for "
			     "%.*s; seen: %.*s", SPAN(user), SPAN(odd));
}

/* Shared identities are legal where the ixit provisions them for both. */
static bool shared(const struct judge *j, const struct handover *h,
		   const struct subscriber *own)
{
	return own && span_absent(outside(j, h, own));
}

static void w1_09(struct judge *j, const struct ev *e)
{
	const struct handover *h = here(j);
	const struct model *m = judge_model(j);

	(void)e;
	if (!h || h->who != WHO_KNOWN || h->learned)
		return;
	struct span user = model_text(m, h->user);
	const struct subscriber *own = profile_user(judge_profile(j), user);
	const struct subscriber *other = whose(j, h, own);

	if (other && !shared(j, h, own))
		judge_broken(j, at(h), "expected: no identity of %s for %.*s; "
			     "seen: %.*s", other->user, SPAN(user),
			     SPAN(h->impi ? model_text(m, h->impi) :
					    model_text(m, h->impu[0])));
	else if (own)
		judge_held(j);
}

const struct rule rules_w1[] = {
	{ .id = "W1-04", .clause = "TS 33.203 REQ 2.0", .version = "V14.1.0",
	  .text = "A user's own identities are handed over only once the WWSF "
		  "or the WAF has authenticated the web user",
	  .strength = STRENGTH_ASM, .obliged = ROLE_WWSF, .facts = FACT_W1,
	  .kinds = MOMENT_WEB | MOMENT_LENT | EV_BIT(EV_HANDOVER),
	  .on_event = w1_04 },
	{ .id = "W1-08", .clause = "TS 23.228 U.2.1.1", .version = "V16.5.0",
	  .text = "Each login of a web user yields identities of that user's "
		  "own subscription, and nobody else's",
	  .strength = STRENGTH_CR, .obliged = ROLE_WWSF, .facts = FACT_W1,
	  .editions = IN_CR | IN_REL13, .needs = NEED_SUBSCRIBERS,
	  .kinds = MOMENT_WEB, .on_event = w1_08 },
	{ .id = "W1-09", .clause = "TS 33.203 REQ 2.5", .version = "V14.1.0",
	  .text = "A web identity is never given an IMPI that another web "
		  "identity is entitled to",
	  .strength = STRENGTH_SH, .obliged = ROLE_WWSF, .facts = FACT_W1,
	  .needs = NEED_SUBSCRIBERS, .kinds = MOMENT_WEB | MOMENT_LENT,
	  .on_event = w1_09 },
	{ 0 }
};
