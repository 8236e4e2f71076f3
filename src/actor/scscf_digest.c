/* SIP Digest at the registrar (TS 33.203 Annex N): nonces with a lifetime, a
 * count that only grows, stale=TRUE for a right answer over an old nonce. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/scscf_priv.h"

static struct scscf_nonce *nonce_find(struct scscf *s, struct span text)
{
	for (unsigned i = 0; i < SCSCF_NONCES_MAX; i++)
		if (s->nonces[i].text[0] && span_eq(text, span_str(s->nonces[i].text)))
			return &s->nonces[i];
	return NULL;
}

static const char *nonce_new(struct scscf *s, const struct scscf_user *u)
{
	struct scscf_nonce *n = &s->nonces[s->next_nonce];

	s->next_nonce = (s->next_nonce + 1) % SCSCF_NONCES_MAX;
	loop_random_hex(s->env.loop, n->text, 32);
	n->issued_us = loop_now_us(s->env.loop);
	n->impi = span_hash(span_str(u->impi));
	n->nc = 0;
	return n->text;
}

static bool read_count(struct span text, uint32_t *nc)
{
	*nc = 0;
	if (text.n != 8)
		return false;
	for (size_t i = 0; i < 8; i++) {
		char c = text.p[i];
		int digit = c >= '0' && c <= '9' ? c - '0' :
			    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
			    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (digit < 0)
			return false;
		*nc = *nc << 4 | (uint32_t)digit;
	}
	return *nc > 0;
}

static struct span param(const struct sip_auth *a, struct span name)
{
	struct span value;

	return sip_auth_param(a, name, &value) ? value : SPAN_NONE;
}

/* The domain of the digest-uri must be ours (RFC 7616 3.4.2 speaks of the
 * Request-URI; proxies may rewrite that, not this). */
static bool uri_is_home(const struct scscf *s, struct span text)
{
	struct sip_uri u;

	return sip_uri_read(&u, text) && span_ieq(u.host, span_str(scscf_home(s)));
}

/* Is the nonce ours and young, its count new? */
static bool fresh(struct scscf *s, const struct scscf_user *u, struct span text, uint32_t nc)
{
	struct scscf_nonce *n = nonce_find(s, text);

	if (!n)
		return scscf_flaw(s, FLAW_ACCEPTS_STALE_NONCE);
	if (n->impi != span_hash(span_str(u->impi)))
		return false;
	if (loop_now_us(s->env.loop) >= n->issued_us + s->nonce_us &&
	    !scscf_flaw(s, FLAW_ACCEPTS_STALE_NONCE))
		return false;
	if (nc <= n->nc && !scscf_flaw(s, FLAW_ACCEPTS_REPLAYED_NC))
		return false;
	n->nc = nc;
	return true;
}

enum scscf_proof scscf_check(struct scscf *s, const struct scscf_user *u,
			     const struct sip_auth *a, struct digest *d)
{
	struct span response = param(a, S("response"));
	char expected[DIGEST_HEX_MAX];
	uint32_t nc;

	if (span_empty(response))
		return SCSCF_PROOF_NONE;
	*d = (struct digest){
		.alg = digest_alg_of(param(a, S("algorithm"))),
		.username = param(a, S("username")), .realm = param(a, S("realm")),
		.password = span_str(u->password), .nonce = param(a, S("nonce")),
		.cnonce = param(a, S("cnonce")), .nc = param(a, S("nc")),
		.qop = param(a, S("qop")), .method = S("REGISTER"),
		.uri = param(a, S("uri")),
	};
	if (scscf_flaw(s, FLAW_ACCEPTS_WRONG_RESPONSE))
		return SCSCF_PROOF_RIGHT;
	if (d->alg != s->alg || !span_ieq(d->qop, S("auth")) || !read_count(d->nc, &nc) ||
	    !span_ieq(d->realm, span_str(scscf_home(s))) || !uri_is_home(s, d->uri))
		return SCSCF_PROOF_WRONG;
	digest_response(d, expected);
	if (!span_ieq(response, span_str(expected)))
		return SCSCF_PROOF_WRONG;
	return fresh(s, u, d->nonce, nc) ? SCSCF_PROOF_RIGHT : SCSCF_PROOF_STALE;
}

void scscf_challenge(struct scscf *s, struct scscf_from from, const struct sip_msg *m,
		     const struct scscf_user *u, bool stale)
{
	char tag[17];
	struct buf b;

	if (scscf_flaw(s, FLAW_NO_STALE_FLAG))
		stale = false;
	loop_random_hex(s->env.loop, tag, 16);
	buf_init(&b, LIMIT_SIP_BYTES);
	sip_put_reply(&b, m, 401, span_str(tag));
	sip_put(&b, "WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", algorithm=%s, "
		"qop=\"auth\"%s", scscf_home(s), nonce_new(s, u), digest_alg_name(s->alg),
		stale ? ", stale=TRUE" : "");
	scscf_finish(s, from, &b);
	buf_free(&b);
}
