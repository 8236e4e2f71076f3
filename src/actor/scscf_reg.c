/* REGISTER at the registrar: who asks, is it proven, what is granted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/scscf_priv.h"

/* One REGISTER while it is worked on. */
struct work {
	struct scscf *s;
	struct scscf_from from;
	const struct sip_msg *m;
	struct scscf_user user;
	struct sip_auth auth;           /* scheme absent: none */
	bool trusted;                   /* auth-done */
	bool proven;                    /* by digest, d is filled */
	struct digest d;
};

static void put_contacts(struct work *w, struct buf *b)
{
	int64_t now_us = loop_now_us(w->s->env.loop);
	bool header = variant_in(&w->s->env.variants, VARIANT_EXPIRES_HEADER);
	int64_t least_s = -1;
	unsigned n = 0;

	for (struct scscf_contact *c = w->s->contacts; c; c = c->next)
		n += strcmp(c->user.impi, w->user.impi) == 0;
	/* One Expires speaks for all, so only for one. */
	header = header && n == 1;
	for (struct scscf_contact *c = w->s->contacts; c; c = c->next) {
		int64_t left_s;

		if (strcmp(c->user.impi, w->user.impi) != 0)
			continue;
		/* The clock may have moved on since the binding was made. */
		left_s = c->end_us > now_us ? (c->end_us - now_us + 50000) / 1000000 : 0;
		least_s = left_s;
		if (header)
			sip_put(b, "Contact: <%s>%s", c->uri, c->params);
		else
			sip_put(b, "Contact: <%s>%s;expires=%lld", c->uri, c->params,
				(long long)left_s);
	}
	if (header)
		sip_put(b, "Expires: %lld", (long long)least_s);
}

static void put_identities(struct work *w, struct buf *b)
{
	const struct profile *p = w->s->env.profile;
	const struct scscf_user *u = &w->user;
	char list[LIMIT_IMPUS * 260] = "";
	size_t at = 0;

	if (scscf_flaw(w->s, FLAW_NO_ASSOCIATED_URI))
		return;
	for (unsigned i = 0; i < u->n_impu && at < sizeof(list); i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s<%s>", i ? ", " : "",
				       u->impu[i]);
	if (u->pair != MAP_NONE && at < sizeof(list) &&
	    scscf_flaw(w->s, FLAW_ASSOCIATES_OTHER_PAIRS)) {
		const struct pool *pool = &p->pools[p->pairs[u->pair].pool];
		uint32_t other = pool->first + (u->pair - pool->first + 1) % pool->n;

		snprintf(list + at, sizeof(list) - at, ", <%s>", p->pairs[other].impu[0]);
	}
	sip_put(b, "P-Associated-URI: %s", list);
}

static void put_charging(struct work *w, struct buf *b)
{
	struct span pcv = sip_get(w->m, SIP_H_P_CHARGING_VECTOR);

	if (span_absent(pcv))
		return;
	relay_put(b, S("P-Charging-Vector"), pcv);
	b->n -= 2;      /* goes on in the same line */
	sip_put(b, ";term-ioi=%s", scscf_home(w->s));
}

static void put_authentication_info(struct work *w, struct buf *b)
{
	char rspauth[DIGEST_HEX_MAX];

	if (!w->proven || scscf_flaw(w->s, FLAW_NO_AUTHENTICATION_INFO))
		return;
	digest_rspauth(&w->d, rspauth);
	if (scscf_flaw(w->s, FLAW_WRONG_RSPAUTH))
		rspauth[0] = rspauth[0] == '0' ? '1' : '0';
	sip_put(b, "Authentication-Info: qop=auth, rspauth=\"%s\", cnonce=\"%.*s\", nc=%.*s",
		rspauth, SPAN(w->d.cnonce), SPAN(w->d.nc));
}

static void answer_ok(struct work *w)
{
	struct scscf *s = w->s;
	char tag[17];
	struct buf b;

	loop_random_hex(s->env.loop, tag, 16);
	buf_init(&b, LIMIT_SIP_BYTES);
	sip_put_reply(&b, w->m, 200, span_str(tag));
	if (!scscf_flaw(s, FLAW_NO_PATH_IN_ANSWER))
		sip_put_copy(&b, w->m, SIP_H_PATH);
	put_identities(w, &b);
	if (!scscf_flaw(s, FLAW_NO_SERVICE_ROUTE))
		sip_put(&b, "Service-Route: <sip:orig@%s;lr%s>", mw_address(s->mw[w->from.mw]),
			mw_udp(s->mw[w->from.mw]) ? "" : ";transport=tcp");
	put_contacts(w, &b);
	put_charging(w, &b);
	put_authentication_info(w, &b);
	scscf_finish(s, w->from, &b);
	buf_free(&b);
}

/* Binds and unbinds as the Contacts say; a status other than 200: refused. */
static int apply_contacts(struct work *w)
{
	struct sip_list it = { 0 };
	struct span element;
	struct sip_addr a;
	int n = 0;

	while (sip_list_next(w->m, SIP_H_CONTACT, &it, &element) && n++ < SCSCF_CONTACTS_MAX) {
		int64_t asked_s, granted_s;

		if (span_eq(span_trim(element), S("*"))) {
			if (sip_expires(w->m, SPAN_NONE) != 0)
				return 400;
			if (!scscf_flaw(w->s, FLAW_DEREGISTRATION_ENDS_NOTHING))
				scscf_unbind_all(w->s, &w->user);
			continue;
		}
		if (!sip_addr_read(&a, element))
			return 400;
		asked_s = sip_expires(w->m, a.uri);
		granted_s = scscf_grant_s(w->s, asked_s);
		if (asked_s == 0)
			scscf_unbind(w->s, &w->user, a.uri);
		else if (!scscf_bind(w->s, &w->user, w->m, &a, granted_s))
			return 403;
	}
	return 200;
}

static void register_now(struct work *w)
{
	int status = 400;

	if (!scscf_old_cseq(w->s, &w->user, w->m))
		status = apply_contacts(w);
	if (status == 200)
		answer_ok(w);
	else
		scscf_refuse(w->s, w->from, w->m, status);
}

static void by_digest(struct work *w)
{
	struct scscf *s = w->s;
	enum scscf_proof proof;

	if (!w->user.password) {
		scscf_refuse(s, w->from, w->m, 403);
		return;
	}
	proof = span_absent(w->auth.scheme) ? SCSCF_PROOF_NONE :
		scscf_check(s, &w->user, &w->auth, &w->d);
	if (proof == SCSCF_PROOF_NONE && scscf_flaw(s, FLAW_NO_CHALLENGE)) {
		register_now(w);
		return;
	}
	if (proof == SCSCF_PROOF_WRONG &&
	    variant_in(&s->env.variants, VARIANT_CHALLENGES_AGAIN))
		proof = SCSCF_PROOF_NONE;
	if (proof == SCSCF_PROOF_STALE && scscf_flaw(s, FLAW_FORBIDS_STALE_NONCE))
		proof = SCSCF_PROOF_WRONG;
	if (proof == SCSCF_PROOF_RIGHT) {
		w->proven = true;
		register_now(w);
	} else if (proof == SCSCF_PROOF_WRONG) {
		scscf_refuse(s, w->from, w->m,
			     scscf_flaw(s, FLAW_FORGETS_FAILED_USER) ? 404 : 403);
	} else {
		scscf_challenge(s, w->from, w->m, &w->user, proof == SCSCF_PROOF_STALE);
	}
}

/* 33.203 N.2.1.1: without an IMPI it is derived from the IMPU. */
static bool find_user(struct work *w, struct span impu)
{
	struct span username = SPAN_NONE;
	char identity[256];

	if (!span_absent(w->auth.scheme))
		sip_auth_param(&w->auth, S("username"), &username);
	if (!span_empty(username))
		return scscf_user_impi(w->s, username, &w->user);
	return scscf_user_impi(w->s, span_from(sip_identity(impu, identity, sizeof(identity)), 4),
			       &w->user) ||
	       scscf_user_impu(w->s, impu, &w->user);
}

void scscf_register(struct scscf *s, struct scscf_from from, const struct sip_msg *m)
{
	struct work w = { .s = s, .from = from, .m = m };
	struct span value = sip_get(m, SIP_H_AUTHORIZATION), mark;
	struct sip_addr to;

	if (!sip_addr_read(&to, sip_get(m, SIP_H_TO))) {
		scscf_refuse(s, from, m, 400);
		return;
	}
	if (span_absent(value) || !sip_auth_read(&w.auth, value) ||
	    !span_ieq(w.auth.scheme, S("Digest")))
		w.auth.scheme = SPAN_NONE;
	if (!find_user(&w, to.uri) || !scscf_user_has(&w.user, to.uri)) {
		scscf_refuse(s, from, m, 403);
		return;
	}
	w.trusted = !span_absent(w.auth.scheme) &&
		    sip_auth_param(&w.auth, S("integrity-protected"), &mark) &&
		    span_eq(mark, S("auth-done"));
	if (w.trusted && scscf_flaw(s, FLAW_CHALLENGES_AUTH_DONE))
		scscf_challenge(s, from, m, &w.user, false);
	else if (w.trusted)
		register_now(&w);
	else
		by_digest(&w);
}
