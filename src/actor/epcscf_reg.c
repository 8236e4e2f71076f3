/* REGISTER from a WIC: relay it (scenario 1), or validate the token and
 * register by Trusted Node Authentication (scenarios 2 and 3). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/epcscf_priv.h"

static void reg_free(struct epcscf_reg *r)
{
	for (struct epcscf_reg **p = &r->e->regs; *p; p = &(*p)->next)
		if (*p == r) {
			*p = r->next;
			break;
		}
	r->e->pending--;
	relay_drop(r->request);
	free(r);
}

void epcscf_forget_regs(struct epcscf *e)
{
	epcscf_forget_asks(e);
	txn_forget(&e->txns_mw, NULL);
	while (e->regs)
		reg_free(e->regs);
}

/* ---- the answer ---- */

static const enum sip_hdr not_for_w2[] = {
	SIP_H_P_CHARGING_VECTOR, SIP_H_CONTACT, SIP_H_EXPIRES, SIP_H_WWW_AUTHENTICATE,
	SIP_H_OTHER,
};

/* The registrar's contacts, with the expiry that holds at the edge. */
static void put_contacts(struct epcscf_reg *r, struct buf *b, const struct sip_msg *answer,
			 int64_t granted_s)
{
	struct sip_list it = { 0 };
	struct span element, own = SPAN_NONE;
	struct sip_addr a, mine;

	if (sip_list_next(&r->request->msg, SIP_H_CONTACT, &it, &own) &&
	    !sip_addr_read(&mine, own))
		own = SPAN_NONE;
	it = (struct sip_list){ 0 };
	while (sip_list_next(answer, SIP_H_CONTACT, &it, &element)) {
		bool ours = sip_addr_read(&a, element) && !span_absent(own) &&
			    sip_uri_eq(a.uri, mine.uri);

		if (!ours || granted_s < 0 || sip_expires(answer, a.uri) <= granted_s)
			relay_put(b, S("Contact"), element);
		else
			sip_put(b, "Contact: <%.*s>;expires=%lld", SPAN(a.uri),
				(long long)granted_s);
	}
	if (!span_absent(sip_get(answer, SIP_H_EXPIRES)))
		relay_put(b, S("Expires"), sip_get(answer, SIP_H_EXPIRES));
}

static void put_challenge(struct epcscf_reg *r, struct buf *b, const struct sip_msg *answer)
{
	for (int i = sip_next(answer, SIP_H_WWW_AUTHENTICATE, -1); i >= 0;
	     i = sip_next(answer, SIP_H_WWW_AUTHENTICATE, i)) {
		struct span value = answer->headers[i].value;
		long realm = span_find(value, S("realm=\""));

		if (!epcscf_flaw(r->e, FLAW_ALTERS_CHALLENGE) || realm < 0) {
			relay_put(b, S("WWW-Authenticate"), value);
			continue;
		}
		/* the flaw: our own name for the realm */
		sip_put(b, "WWW-Authenticate: %.*srealm=\"web.%.*s", (int)realm, value.p,
			SPAN(span_from(value, (size_t)realm + 7)));
	}
}

static void put_trying(struct epcscf_reg *r, struct buf *b)
{
	sip_put_reply(b, &r->request->msg, 100, SPAN_NONE);
	sip_put_end(b, SPAN_NONE);
}

static void relay_final(struct epcscf_reg *r, const struct sip_msg *answer, int64_t granted_s)
{
	struct sip_msg *shown = must_alloc(sizeof(*shown));
	struct buf b;

	*shown = *answer;
	if (answer->status == 403 && epcscf_flaw(r->e, FLAW_HIDES_REFUSAL))
		shown->status = 200;
	buf_init(&b, 2 * LIMIT_SIP_BYTES);
	if (epcscf_flaw(r->e, FLAW_TWO_IN_ONE_FRAME))
		put_trying(r, &b);
	relay_put_answer(&b, &r->request->msg, shown, not_for_w2);
	put_contacts(r, &b, answer, granted_s);
	put_challenge(r, &b, answer);
	epcscf_finish_w2(r->e, r->session, &b, answer->body);
	buf_free(&b);
	free(shown);
}

static int64_t granted(const struct epcscf_reg *r, const struct sip_msg *answer)
{
	struct sip_list it = { 0 };
	struct span element;
	struct sip_addr a;
	int64_t s;

	if (!sip_list_next(&r->request->msg, SIP_H_CONTACT, &it, &element) ||
	    !sip_addr_read(&a, element))
		return -1;
	s = sip_expires(answer, a.uri);
	return s < 0 ? r->expires_s : s;
}

/* Whole seconds until the token ends, counted now. */
static int64_t rest_s(const struct epcscf *e, const struct epcscf_who *who)
{
	int64_t left_us;

	if (who->end_us == INT64_MAX)
		return INT64_MAX;
	left_us = who->end_us - loop_now_us(e->env.loop) - EPCSCF_MARGIN_US;
	return left_us < 0 ? 0 : left_us / 1000000;
}

static void on_mw_answer(const struct sip_msg *m, void *arg)
{
	struct epcscf_reg *r = arg;
	struct epcscf *e = r->e;
	int64_t granted_s = -1;
	char impi[256];

	if (r->ghost || !epcscf_session_by_id(e, r->session)) {
		reg_free(r);
		return;
	}
	if (!m) {
		epcscf_refuse_w2(e, r->session, &r->request->msg, 504, NULL);
		reg_free(r);
		return;
	}
	if (r->tna)
		snprintf(impi, sizeof(impi), "%s", r->who.impi);
	else
		epcscf_impi_of(&r->request->msg, impi, sizeof(impi));
	if (m->status < 300 && r->deregister) {
		epcscf_unbind(e, r->session, impi);
	} else if (m->status < 300 && (granted_s = granted(r, m)) > 0) {
		struct epcscf_binding *x;

		epcscf_bind(e, r, m, granted_s);
		x = epcscf_binding_of(e, r->session, impi);
		if (x && x->overlong)
			granted_s = rest_s(e, &r->who);
	} else if (m->status == 403 || m->status == 404) {
		epcscf_unbind(e, r->session, impi);
	}
	relay_final(r, m, granted_s);
	reg_free(r);
}

/* ---- the request ---- */

static struct epcscf_reg *reg_new(struct epcscf_session *x, const struct sip_msg *m)
{
	struct epcscf_reg *r = must_alloc(sizeof(*r));
	struct span contact = sip_get(m, SIP_H_CONTACT);
	int64_t asked_s = sip_expires(m, SPAN_NONE);

	*r = (struct epcscf_reg){ .next = x->e->regs, .e = x->e, .session = x->id,
				  .request = relay_keep(m), .expires_s = asked_s };
	x->e->regs = r;
	x->e->pending++;
	r->deregister = asked_s == 0 && !span_absent(contact);
	r->who.end_us = INT64_MAX;
	return r;
}

static void refuse(struct epcscf_reg *r, int status, const char *extra)
{
	epcscf_refuse_w2(r->e, r->session, &r->request->msg, status, extra);
	reg_free(r);
}

static void refuse_token(struct epcscf_reg *r)
{
	struct epcscf *e = r->e;
	const struct profile *p = e->env.profile;
	uint64_t session = r->session;
	char challenge[640];
	bool close = p->ics.closes_on_bad_token == CLAIM_YES ||
		     epcscf_variant(e, VARIANT_CLOSES_AFTER_BAD_TOKEN);
	struct epcscf_session *x;

	snprintf(challenge, sizeof(challenge), "WWW-Authenticate: Bearer realm=\"%s\", "
		 "authz_server=\"%s\", error=\"invalid_token\"", epcscf_home(e),
		 p->token.issuer ? p->token.issuer : "https://waf.invalid");
	if (p->ics.bearer_challenge == CLAIM_YES || epcscf_variant(e, VARIANT_REFUSES_WITH_401))
		refuse(r, 401, challenge);
	else
		refuse(r, 403, NULL);
	x = epcscf_session_by_id(e, session);
	if (close && x)
		ws_close(x->ws, 1008);
}

static bool in_set(const struct epcscf_who *who, struct span impu)
{
	for (unsigned i = 0; i < who->n_impu; i++)
		if (sip_identity_eq(span_str(who->impu[i]), impu))
			return true;
	return false;
}

/* Decides the IMPU that goes to Mw: To where the token allows it, the token's
 * first where the WIC has none; else refused or overridden. */
static bool choose_to(struct epcscf_reg *r)
{
	struct epcscf *e = r->e;
	const struct profile *p = e->env.profile;
	bool placeholder;
	struct sip_addr to;

	if (!sip_addr_read(&to, sip_get(&r->request->msg, SIP_H_TO)))
		return false;
	placeholder = p->placeholder_to && sip_identity_eq(to.uri, span_str(p->placeholder_to));
	span_copy(r->to, sizeof(r->to), to.uri);
	if (placeholder && epcscf_flaw(e, FLAW_REFUSES_PLACEHOLDER_TO))
		return false;
	if (in_set(&r->who, to.uri) || epcscf_flaw(e, FLAW_ACCEPTS_FORGED_TO))
		return true;
	if (!placeholder && p->ics.forged_to != FORGED_TO_OVERRIDE &&
	    !epcscf_variant(e, VARIANT_OVERRIDES_TO))
		return false;
	snprintf(r->to, sizeof(r->to), "%s", r->who.impu[0]);
	return true;
}

/* Flaws that believe what the WIC says about itself. */
static void believe(struct epcscf_reg *r)
{
	const struct sip_msg *m = &r->request->msg;
	struct sip_auth a;
	struct span name;
	struct sip_addr to;

	if (epcscf_flaw(r->e, FLAW_BELIEVES_USERNAME) &&
	    sip_auth_read(&a, sip_get(m, SIP_H_AUTHORIZATION)) &&
	    sip_auth_param(&a, S("username"), &name))
		span_copy(r->who.impi, sizeof(r->who.impi), name);
	if (epcscf_flaw(r->e, FLAW_TAKES_IDENTITIES_FROM_WIC) ||
	    (r->deregister && epcscf_flaw(r->e, FLAW_BELIEVES_TO_ON_DEREGISTRATION))) {
		epcscf_impi_of(m, r->who.impi, sizeof(r->who.impi));
		if (sip_addr_read(&to, sip_get(m, SIP_H_TO))) {
			r->who.n_impu = 1;
			span_copy(r->who.impu[0], sizeof(r->who.impu[0]), to.uri);
		}
	}
}

/* Cuts what is asked for to the rest of the token. False: too short a rest. */
static bool cut(struct epcscf_reg *r)
{
	struct epcscf *e = r->e;
	int64_t left_s = rest_s(e, &r->who);
	int64_t max_us = e->env.profile->max_registration_us;

	if (r->deregister || e->env.profile->ics.caps_registration == CAPS_SCSCF ||
	    epcscf_flaw(e, FLAW_CUTS_NO_GRANT) ||
	    (r->refresh && epcscf_flaw(e, FLAW_CUTS_FIRST_GRANT_ONLY)))
		return true;
	if (epcscf_flaw(e, FLAW_CUTS_TO_WHOLE_LIFE))
		left_s = r->who.life_us / 1000000;
	if (left_s < 1 && epcscf_flaw(e, FLAW_ROUNDS_UP_SHORT_REST))
		left_s = max_us == UNSAID_US ? 60 : max_us / 1000000;
	if (left_s < 1 && epcscf_flaw(e, FLAW_ACCEPTS_EXPIRED_TOKEN))
		left_s = 60;
	if (r->expires_s < 0 || r->expires_s > left_s)
		r->expires_s = left_s == INT64_MAX ? r->expires_s : left_s;
	return left_s >= 1;
}

/* One of the local answers that only a flawed eP-CSCF gives. */
static bool answered_here(struct epcscf_reg *r)
{
	struct epcscf *e = r->e;
	bool first = !r->refresh && !r->deregister;
	bool group = first && epcscf_flaw(e, FLAW_REGISTERS_ONCE_FOR_ALL) && e->bindings;
	bool local = (r->refresh && epcscf_flaw(e, FLAW_ANSWERS_REFRESH_ITSELF)) ||
		     (r->deregister && epcscf_flaw(e, FLAW_SWALLOWS_DEREGISTRATION));
	struct span contact = sip_get(&r->request->msg, SIP_H_CONTACT);
	struct buf b;

	if (!group && !local)
		return false;
	buf_init(&b, LIMIT_SIP_BYTES);
	sip_put_reply(&b, &r->request->msg, 200, S("local"));
	if (!r->deregister) {
		relay_put(&b, S("Contact"), contact);
		sip_put(&b, "Expires: %lld", (long long)r->expires_s);
	}
	epcscf_finish_w2(e, r->session, &b, SPAN_NONE);
	buf_free(&b);
	if (r->deregister)
		epcscf_unbind(e, r->session, r->who.impi);
	reg_free(r);
	return true;
}

static void go(struct epcscf_reg *r)
{
	if (answered_here(r))
		return;
	if (epcscf_variant(r->e, VARIANT_TRYING))
		epcscf_refuse_w2(r->e, r->session, &r->request->msg, 100, NULL);
	epcscf_send_register(r->e, r, on_mw_answer);
}

static void on_token(struct epcscf *e, const struct epcscf_who *who, const char *why, void *arg)
{
	struct epcscf_reg *r = arg;
	bool pool;

	if (!epcscf_session_by_id(e, r->session)) {
		reg_free(r);
		return;
	}
	if (why) {
		refuse_token(r);
		return;
	}
	r->who = *who;
	r->tna = true;
	r->refresh = !r->deregister && epcscf_binding_of(e, r->session, who->impi);
	believe(r);
	pool = profile_pair_impi(e->env.profile, span_str(r->who.impi)) != MAP_NONE;
	/* A pair is one WIC's: a second one with a copied token is refused. */
	if (!choose_to(r) || (pool && epcscf_bound_elsewhere(e, r->session, r->who.impi) &&
			      !epcscf_flaw(e, FLAW_TOKEN_FOR_TWO_WICS)))
		refuse(r, 403, NULL);
	else if (!cut(r))
		refuse(r, 403, NULL);
	else
		go(r);
}

/* Flaw: identities from the token unread, else from To. */
static void guess_who(struct epcscf_reg *r, struct span token)
{
	struct sip_addr to;

	r->tna = true;
	if (span_absent(token) || !epcscf_token_peek(r->e, token, &r->who)) {
		epcscf_impi_of(&r->request->msg, r->who.impi, sizeof(r->who.impi));
		r->who.n_impu = 0;
	}
	r->who.end_us = INT64_MAX;
	if (sip_addr_read(&to, sip_get(&r->request->msg, SIP_H_TO)))
		span_copy(r->to, sizeof(r->to), to.uri);
}

static void send_premature(struct epcscf_session *x, const struct sip_msg *m,
			   struct span token)
{
	struct epcscf_reg *r = reg_new(x, m);

	guess_who(r, token);
	r->ghost = true;
	epcscf_send_register(x->e, r, on_mw_answer);
}

static void by_token(struct epcscf_session *x, const struct sip_msg *m, struct span token)
{
	struct epcscf *e = x->e;
	struct epcscf_reg *r;
	struct epcscf_who who;

	if (epcscf_flaw(e, FLAW_REGISTERS_BEFORE_VALIDATION))
		send_premature(x, m, token);
	r = reg_new(x, m);
	if (epcscf_flaw(e, FLAW_SKIPS_TOKEN_CHECK_ON_REFRESH) &&
	    epcscf_token_peek(e, token, &who) && epcscf_binding_of(e, x->id, who.impi)) {
		who.end_us = INT64_MAX;
		on_token(e, &who, NULL, r);
		return;
	}
	epcscf_token_check(e, token, on_token, r);
}

static void by_digest(struct epcscf_session *x, const struct sip_msg *m)
{
	struct epcscf_reg *r = reg_new(x, m);
	char impi[256];

	epcscf_impi_of(m, impi, sizeof(impi));
	r->refresh = !r->deregister && epcscf_binding_of(x->e, x->id, impi);
	snprintf(r->who.impi, sizeof(r->who.impi), "%s", impi);
	go(r);
}

static bool digest_offered(const struct epcscf *e)
{
	const struct ics *ics = &e->env.profile->ics;

	return !ics->present || ((ics->scenarios & SCENARIO_BIT_IMS) && ics->digest != CLAIM_NO);
}

void epcscf_register(struct epcscf_session *x, const struct sip_msg *m)
{
	struct span value = sip_get(m, SIP_H_AUTHORIZATION);
	struct sip_auth a = { .scheme = SPAN_NONE };
	struct epcscf_reg *r;

	if (!span_absent(value))
		sip_auth_read(&a, value);
	if (span_ieq(a.scheme, S("Bearer"))) {
		by_token(x, m, sip_auth_bearer(&a));
	} else if (span_absent(value) && epcscf_flaw(x->e, FLAW_REGISTERS_WITHOUT_AUTHORIZATION)) {
		r = reg_new(x, m);
		guess_who(r, SPAN_NONE);
		go(r);
	} else if (digest_offered(x->e) &&
		   (span_absent(value) || span_ieq(a.scheme, S("Digest")))) {
		by_digest(x, m);
	} else {
		epcscf_refuse_w2(x->e, x->id, m, 403, NULL);
	}
}
