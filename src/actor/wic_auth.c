/* Credentials of a REGISTER: SIP Digest (RFC 2617, RFC 8760) and Bearer in
 * both spellings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/wic_priv.h"

static struct digest digest_of(const struct wic *w)
{
	const struct wic_digest *g = &w->digest;

	return (struct digest){
		.alg = g->alg, .username = span_str(w->reg.impi), .realm = span_str(g->realm),
		.password = span_str(w->reg.wrong_password ? "not the password" :
				     w->reg.password),
		.nonce = span_str(g->nonce), .cnonce = span_str(g->cnonce),
		.nc = span_str(g->nc_text), .qop = g->old_form ? SPAN_NONE : S("auth"),
		.method = S("REGISTER"),
		.uri = span_str(g->uri),
	};
}

static const char *scheme(const struct wic *w, const char *name, const char *capitals)
{
	return wic_variant(w, VARIANT_SCHEME_CASE) ? capitals : name;
}

static void put_end(struct wic *w, struct buf *b)
{
	if (w->reg.integrity[0])
		buf_addf(b, ", integrity-protected=\"%s\"", w->reg.integrity);
	buf_add(b, S("\r\n"));
}

static const char *username(const struct wic *w)
{
	return w->reg.username[0] ? w->reg.username : w->reg.impi;
}

/* Before any challenge: who, but no proof (24.229 5.1.1.2). */
static void put_empty_digest(struct wic *w, struct buf *b)
{
	if (w->reg.no_impi ||
	    (wic_variant(w, VARIANT_NO_FIRST_AUTHORIZATION) && !w->reg.integrity[0]))
		return;
	buf_addf(b, "Authorization: %s username=\"%s\", realm=\"%s\", nonce=\"\", "
		 "uri=\"sip:%s\", response=\"\"", scheme(w, "Digest", "DIGEST"), username(w),
		 wic_home(w), wic_home(w));
	put_end(w, b);
}

static void put_digest(struct wic *w, struct buf *b)
{
	struct wic_digest *g = &w->digest;
	char response[DIGEST_HEX_MAX];
	struct digest d;

	if (w->reg.nonce[0] && !w->challenges) {
		snprintf(g->nonce, sizeof(g->nonce), "%s", w->reg.nonce);
		if (!g->realm[0])
			snprintf(g->realm, sizeof(g->realm), "%s", wic_home(w));
		g->nc = 0;
	}
	if (!g->nonce[0]) {
		put_empty_digest(w, b);
		return;
	}
	if (!w->reg.replay_nc || w->challenges || !g->nc)
		g->nc++;
	snprintf(g->nc_text, sizeof(g->nc_text), "%08x", g->nc);
	loop_random_hex(w->env.loop, g->cnonce, 16);
	snprintf(g->uri, sizeof(g->uri), "sip:%s", wic_home(w));
	d = digest_of(w);
	digest_response(&d, response);
	buf_addf(b, "Authorization: %s username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", "
		 "response=\"%s\", algorithm=%s", scheme(w, "Digest", "DIGEST"), username(w),
		 g->realm, g->nonce, g->uri, response, digest_alg_name(g->alg));
	if (!g->old_form)
		buf_addf(b, ", cnonce=\"%s\", qop=auth, nc=%s", g->cnonce, g->nc_text);
	if (g->opaque[0])
		buf_addf(b, ", opaque=\"%s\"", g->opaque);
	put_end(w, b);
}

static void put_bearer(struct wic *w, struct buf *b)
{
	enum wic_auth auth = w->reg.auth;
	const char *token = w->reg.token ? w->reg.token : w->session.token;
	bool bare = auth == WIC_AUTH_BEARER_BARE ||
		    (auth == WIC_AUTH_BEARER && (w->env.profile->token.bare ||
						 wic_variant(w, VARIANT_BARE_TOKEN)));

	buf_addf(b, "Authorization: %s ", scheme(w, "Bearer", "BEARER"));
	if (bare)
		buf_add(b, span_str(token));
	else
		buf_addf(b, "access_token=\"%s\"", token);
	if (w->reg.username[0])
		buf_addf(b, ", username=\"%s\"", w->reg.username);
	put_end(w, b);
}

void wic_put_authorization(struct wic *w, struct buf *b)
{
	if (w->reg.authorization)
		relay_put(b, S("Authorization"), span_str(w->reg.authorization));
	else if (w->reg.auth == WIC_AUTH_DIGEST)
		put_digest(w, b);
	else if (w->reg.auth != WIC_AUTH_NONE && w->reg.auth != WIC_AUTH_AUTO)
		put_bearer(w, b);
}

static void copy_param(const struct sip_auth *a, struct span name, char *out, size_t cap)
{
	struct span value;

	out[0] = '\0';
	if (sip_auth_param(a, name, &value))
		span_copy(out, cap, value);
}

bool wic_take_challenge(struct wic *w, const struct sip_msg *m)
{
	for (int i = sip_next(m, SIP_H_WWW_AUTHENTICATE, -1); i >= 0;
	     i = sip_next(m, SIP_H_WWW_AUTHENTICATE, i)) {
		struct span alg = SPAN_NONE, qop = SPAN_NONE;
		struct sip_auth a;

		if (!sip_auth_read(&a, m->headers[i].value) ||
		    !span_ieq(a.scheme, S("Digest")))
			continue;
		sip_auth_param(&a, S("algorithm"), &alg);
		sip_auth_param(&a, S("qop"), &qop);
		if (digest_alg_of(alg) == DIGEST_UNKNOWN ||
		    (!span_absent(qop) && span_ifind(qop, S("auth")) < 0))
			continue;
		w->digest.old_form = span_absent(qop);
		w->digest.alg = digest_alg_of(alg);
		w->digest.nc = 0;
		copy_param(&a, S("realm"), w->digest.realm, sizeof(w->digest.realm));
		copy_param(&a, S("nonce"), w->digest.nonce, sizeof(w->digest.nonce));
		copy_param(&a, S("opaque"), w->digest.opaque, sizeof(w->digest.opaque));
		return w->digest.nonce[0] != '\0';
	}
	return false;
}

bool wic_rspauth_right(struct wic *w, const struct sip_msg *m)
{
	struct sip_auth a = { .scheme = S("Digest"),
			      .rest = sip_get(m, SIP_H_AUTHENTICATION_INFO) };
	char expected[DIGEST_HEX_MAX];
	struct span rspauth, next;
	struct digest d;

	if (w->reg.auth != WIC_AUTH_DIGEST || span_absent(a.rest))
		return true;
	if (sip_auth_param(&a, S("rspauth"), &rspauth)) {
		d = digest_of(w);
		digest_rspauth(&d, expected);
		if (!span_ieq(rspauth, span_str(expected)))
			return false;
	}
	if (sip_auth_param(&a, S("nextnonce"), &next)) {
		span_copy(w->digest.nonce, sizeof(w->digest.nonce), next);
		w->digest.nc = 0;
	}
	return true;
}

const char *wic_nonce(const struct wic *w)
{
	return w->digest.nonce;
}
