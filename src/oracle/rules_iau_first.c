/* IAU-04 (TS 33.203 N.2.1.1, ruling 20): a first REGISTER without a valid
 * response, for an IMPI with nothing registered, is challenged. */
#include "oracle/rules_iau_first.h"

void rules_iau_first_free(void *state)
{
	struct rules_iau_first *f = state;

	recent_free(&f->registered);
	recent_free(&f->challenged);
}

static uint64_t register_key(const struct judge *j, const struct reg *r)
{
	return map_mix(model_now(judge_model(j))->reg, r->number + 1);
}

static bool bound(const struct judge *j, const struct reg *r, int64_t t_us)
{
	const struct model *m = judge_model(j);

	for (int on = POINT_W2; on <= POINT_MW; on++)
		if (model_binding_impi(m, (enum point)on, r->impi, t_us,
				       MAP_NONE) != MAP_NONE ||
		    model_binding_impu(m, (enum point)on, r->impu, t_us,
				       MAP_NONE) != MAP_NONE)
			return true;
	return r->wic_registered;
}

/* May this REGISTER be a first one, with nothing in it to verify? At flow
 * level a digest one may as well be the answer to a challenge. */
static bool unproven(const struct reg *r,
		     const struct rules_iau_first *f)
{
	if (r->expires_s == 0 || rule_sip_tna(r) ||
	    rule_sip_aka(r) || rule_sip_answers(r))
		return false;
	if (r->sip.integrity != INTEGRITY_ABSENT &&
	    r->sip.integrity != INTEGRITY_NO &&
	    r->sip.integrity != INTEGRITY_TLS_PENDING)
		return false;
	if (r->auth == AUTH_NONE || r->sip.present)
		return r->auth == AUTH_NONE || r->auth == AUTH_DIGEST;
	return r->auth == AUTH_DIGEST &&
	       recent_get(&f->challenged, map_mix(r->call, 3)) == MAP_NONE &&
	       recent_get(&f->challenged, map_mix(r->impi, 4)) == MAP_NONE &&
	       recent_get(&f->challenged, map_mix(r->impu, 5)) == MAP_NONE;
}

static void note_challenge(struct rules_iau_first *f, const struct reg *r)
{
	if (r->call)
		recent_put(&f->challenged, REGISTERS, map_mix(r->call, 3), 1);
	if (r->impi)
		recent_put(&f->challenged, REGISTERS, map_mix(r->impi, 4), 1);
	if (r->impu)
		recent_put(&f->challenged, REGISTERS, map_mix(r->impu, 5), 1);
}

static bool words_have(struct span list, struct span word)
{
	while (!span_absent(list))
		if (span_ieq(span_trim(span_split(&list, ',')), word))
			return true;
	return false;
}

/* What the Digest challenge lacks; NULL: nothing. */
static const char *challenge_lacks(const struct sip_auth *a)
{
	struct span v;

	if (!sip_auth_param(a, S("realm"), &v) || span_empty(v))
		return "realm";
	if (!sip_auth_param(a, S("nonce"), &v) || span_empty(v))
		return "nonce";
	if (!sip_auth_param(a, S("qop"), &v) || !words_have(v, S("auth")))
		return "qop=auth";
	if (!sip_auth_param(a, S("algorithm"), &v) || span_empty(v))
		return "algorithm";
	return NULL;
}

/* One whole Digest challenge is enough; AKA's are another requirement's. */
static void challenge(struct judge *j, const struct ev *e)
{
	const char *missing = "WWW-Authenticate: Digest";

	for (int i = -1; (i = sip_next(e->sip, SIP_H_WWW_AUTHENTICATE, i)) >= 0;) {
		struct sip_auth a;
		struct span alg = SPAN_NONE;

		if (!sip_auth_read(&a, e->sip->headers[i].value) ||
		    !span_ieq(a.scheme, S("Digest")))
			continue;
		if (sip_auth_param(&a, S("algorithm"), &alg) &&
		    span_istarts(alg, S("AKA")))
			return;
		missing = challenge_lacks(&a);
		if (!missing)
			break;
	}
	if (missing)
		judge_broken(j, where_of(e), "expected: 401 with Digest realm, "
			     "nonce, qop=auth and algorithm; seen: a 401 "
			     "without %s", missing);
	else
		judge_held(j);
}

void rules_iau_first_event(struct judge *j, const struct ev *e)
{
	const struct reg *r = rule_sip_reg(j);
	struct rules_iau_first *f = judge_state(j);

	if (e->on != POINT_MW || !r)
		return;
	if (e->kind == EV_REGISTER) {
		recent_put(&f->registered, REGISTERS, register_key(j, r),
			   bound(j, r, e->t_us));
		return;
	}
	bool first = unproven(r, f) &&
		     recent_get(&f->registered, register_key(j, r)) == 0 &&
		     (rule_sip_mate(j, r) || !rule_sip_third_party(e->sip));

	if (e->status == 401)
		note_challenge(f, r);
	if (!first)
		return;
	if (is_2xx(e->status) || e->status == 407)
		judge_broken(j, where_of(e), "expected: 401 with a Digest "
			     "challenge to a first REGISTER that proves "
			     "nothing; seen: %d", e->status);
	else if (e->status == 401 && e->sip)
		challenge(j, e);
	else if (e->status == 401)
		judge_held(j);
}
