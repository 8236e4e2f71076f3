/* REGISTER as the page makes it (RFC 3261, RFC 5626, RFC 7118). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/wic_priv.h"

#define EXPIRES_S 600           /* what a WIC asks for; the network cuts it */
#define CHALLENGES_MAX 3

static void put(char *out, size_t cap, const char *text)
{
	if (text)
		snprintf(out, cap, "%s", text);
}

static const struct subscriber *subscriber_of(const struct wic *w, const struct wic_reg *r)
{
	if (r->user)
		return profile_user(w->env.profile, span_str(r->user));
	return r->impi ? profile_sub_impi(w->env.profile, span_str(r->impi)) : NULL;
}

static enum wic_auth auth_of(const struct wic *w, const struct wic_reg *r)
{
	if (r->auth != WIC_AUTH_AUTO)
		return r->auth;
	if (r->user || r->password)
		return WIC_AUTH_DIGEST;
	if (r->token)
		return WIC_AUTH_BEARER;
	if (w->reg.auth != WIC_AUTH_AUTO)
		return w->reg.auth;
	return w->session.token[0] ? WIC_AUTH_BEARER : WIC_AUTH_DIGEST;
}

static void choose_impu(struct wic *w, const struct wic_reg *r, const struct subscriber *sub)
{
	struct wic_reg_step *s = &w->reg;
	const char *placeholder = w->env.profile->placeholder_to;
	bool bearer = s->auth >= WIC_AUTH_BEARER;

	if (r->impu) {
		put(s->impu, sizeof(s->impu), r->impu);
	} else if (sub && sub->n_impu) {
		put(s->impu, sizeof(s->impu), sub->impu[0]);
	} else if (bearer && w->session.n_impu) {
		put(s->impu, sizeof(s->impu), w->session.impu[0]);
		if (wic_flaw(w, FLAW_IGNORES_GIVEN_IMPU))
			snprintf(s->impu, sizeof(s->impu), "sip:webuser@%s", wic_home(w));
	} else if (bearer || !s->impu[0]) {
		put(s->impu, sizeof(s->impu),
		    placeholder ? placeholder : "sip:anonymous@anonymous.invalid");
	}
}

/* Texts of the options into the step; what is not given stays as it was with
 * the REGISTER before (identities) or is empty (deviations). */
static void take_options(struct wic *w, const struct wic_reg *r)
{
	const struct subscriber *sub = subscriber_of(w, r);
	struct wic_reg_step *s = &w->reg;
	enum wic_auth auth = auth_of(w, r);

	free(s->token);
	free(s->authorization);
	s->token = r->token ? span_dup(span_str(r->token)) : NULL;
	s->authorization = r->authorization ? span_dup(span_str(r->authorization)) : NULL;
	s->auth = auth;
	put(s->impi, sizeof(s->impi), sub ? sub->impi : NULL);
	put(s->impi, sizeof(s->impi), r->impi);
	put(s->password, sizeof(s->password), sub ? sub->sip_password : NULL);
	put(s->password, sizeof(s->password), r->password);
	choose_impu(w, r, sub);
	put(s->to, sizeof(s->to), r->to ? r->to : s->impu);
	put(s->from, sizeof(s->from), r->from ? r->from : s->impu);
	put(s->username, sizeof(s->username), r->username ? r->username : "");
	put(s->nonce, sizeof(s->nonce), r->nonce ? r->nonce : "");
	put(s->integrity, sizeof(s->integrity), r->integrity_protected ?
	    r->integrity_protected : "");
	put(s->instance, sizeof(s->instance), r->instance ? r->instance : w->instance);
	put(s->contact, sizeof(s->contact), r->contact ? r->contact : "");
	s->expires_s = r->deregister ? 0 : r->no_expires ? -1 :
		       r->expires_s ? r->expires_s : EXPIRES_S;
	s->deregister = r->deregister;
	s->all_contacts = r->all_contacts;
	s->wrong_password = r->wrong_password;
	s->replay_nc = r->replay_nc;
	s->no_answer = r->no_answer;
	s->no_impi = r->no_impi;
	s->answered = false;
}

static void put_contact(struct wic *w, struct buf *b)
{
	const struct wic_reg_step *s = &w->reg;
	bool header = wic_variant(w, VARIANT_EXPIRES_HEADER) || s->all_contacts;

	if (s->all_contacts) {
		sip_put(b, "Contact: *");
	} else {
		if (s->contact[0])
			buf_addf(b, "Contact: <%s>", s->contact);
		else
			buf_addf(b, "Contact: <sip:wic@%s;transport=ws>", w->host);
		buf_addf(b, ";reg-id=1;+sip.instance=\"<%s>\"", s->instance);
		if (!header && s->expires_s >= 0)
			buf_addf(b, ";expires=%lld", (long long)s->expires_s);
		buf_add(b, S("\r\n"));
	}
	if (header && s->expires_s >= 0)
		sip_put(b, "Expires: %lld", (long long)s->expires_s);
}

static void on_answer(const struct sip_msg *m, void *arg);

static bool send_register(struct wic *w)
{
	char branch[32];
	struct buf b;
	bool sent;

	buf_init(&b, LIMIT_SIP_BYTES);
	buf_addf(&b, "REGISTER sip:%s SIP/2.0\r\n", wic_home(w));
	wic_put_via(w, &b, branch);
	sip_put(&b, "Max-Forwards: 70");
	sip_put(&b, "From: <%s>;tag=%s", w->reg.from, w->tag);
	sip_put(&b, "To: <%s>", w->reg.to);
	sip_put(&b, "Call-ID: %s", w->call);
	sip_put(&b, "CSeq: %u REGISTER", ++w->cseq);
	put_contact(w, &b);
	sip_put(&b, "Supported: path, outbound, gruu");
	sip_put(&b, "User-Agent: annexu");
	wic_put_authorization(w, &b);
	sip_put_end(&b, SPAN_NONE);
	sent = wic_send_sip(w, &b, branch, on_answer);
	buf_free(&b);
	return sent;
}

static void finish(struct wic *w, int status)
{
	w->reg_status = status;
	w->reg_done = true;
}

void wic_reg_lost(struct wic *w)
{
	if (!w->reg_done)
		finish(w, WIC_LOST);
}

static bool is_stale(const struct sip_msg *m)
{
	struct span stale;
	struct sip_auth a;

	return sip_auth_read(&a, sip_get(m, SIP_H_WWW_AUTHENTICATE)) &&
	       sip_auth_param(&a, S("stale"), &stale) && span_ieq(stale, S("true"));
}

/* A challenge is answered once, and again when only its nonce was old. */
static bool answers_challenge(struct wic *w, const struct sip_msg *m)
{
	w->challenges++;
	if (!wic_take_challenge(w, m) || w->reg.no_answer || w->reg.authorization ||
	    w->reg.auth != WIC_AUTH_DIGEST || w->challenges > CHALLENGES_MAX)
		return false;
	if (w->reg.answered && !is_stale(m))
		return false;
	w->reg.answered = true;
	return send_register(w);
}

static int64_t granted(struct wic *w, const struct sip_msg *m)
{
	char contact[560];

	if (w->reg.contact[0])
		snprintf(contact, sizeof(contact), "%s", w->reg.contact);
	else
		snprintf(contact, sizeof(contact), "sip:wic@%s;transport=ws", w->host);
	return sip_expires(m, span_str(contact));
}

static void on_answer(const struct sip_msg *m, void *arg)
{
	struct wic *w = arg;

	if (!m) {
		finish(w, WIC_TIMEOUT);
		return;
	}
	if (m->status == 401 && answers_challenge(w, m))
		return;
	if (m->status == 403 && w->reg.auth == WIC_AUTH_DIGEST)
		memset(&w->digest, 0, sizeof(w->digest));
	if (m->status < 300) {
		w->rspauth_wrong = !wic_rspauth_right(w, m);
		w->granted_s = granted(w, m);
		if (w->reg.deregister)
			wic_say_bye(w, "deregistered");
	}
	finish(w, m->status);
}

void wic_register(struct wic *w, const struct wic_reg *r)
{
	static const struct wic_reg ordinary;

	r = r ? r : &ordinary;
	take_options(w, r);
	/* What the registrar said about one user's nonce is not another's. */
	if (w->reg.auth == WIC_AUTH_DIGEST &&
	    (w->reg.no_answer || w->reg.no_impi || strcmp(w->proven_impi, w->reg.impi) != 0)) {
		memset(&w->digest, 0, sizeof(w->digest));
		snprintf(w->proven_impi, sizeof(w->proven_impi), "%s", w->reg.impi);
	}
	if (r->new_call) {
		loop_random_hex(w->env.loop, w->call, 24);
		loop_random_hex(w->env.loop, w->tag, 10);
	}
	w->challenges = 0;
	w->reg_done = false;
	w->reg_status = WIC_PENDING;
	w->granted_s = -1;
	w->rspauth_wrong = false;
	if (!send_register(w))
		finish(w, WIC_LOST);
}

bool wic_register_done(void *wic)
{
	return ((struct wic *)wic)->reg_done;
}

static bool ok(const struct wic *w)
{
	return w->reg_done && w->reg_status >= 200 && w->reg_status < 300;
}

bool wic_registered(void *wic)
{
	struct wic *w = wic;

	return ok(w) && !w->reg.deregister && !w->rspauth_wrong;
}

bool wic_unregistered(void *wic)
{
	struct wic *w = wic;

	return ok(w) && w->reg.deregister;
}

bool wic_register_refused(void *wic)
{
	struct wic *w = wic;

	return w->reg_done && w->reg_status >= 300;
}

int wic_register_status(const struct wic *w)
{
	return w->reg_status;
}

int64_t wic_granted_s(const struct wic *w)
{
	return w->granted_s;
}

bool wic_rspauth_wrong(const struct wic *w)
{
	return w->rspauth_wrong;
}

unsigned wic_challenges(const struct wic *w)
{
	return w->challenges;
}
