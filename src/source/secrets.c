/* What needs a secret to be seen is decided here, once, before masking hides
 * it: digest responses, token claims, tokens where they do not belong. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "source/decoder.h"
#include "trace/mask.h"
#include "wire/digest.h"

/* ---- tokens ---- */

static bool hex_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* tok:0123456789ab, padded with '~' to the length of what it replaced. */
static bool is_name(struct span token)
{
	if (token.n < 16 || !span_starts(token, S("tok:")))
		return false;
	for (size_t i = 4; i < token.n; i++)
		if (i < 16 ? !hex_digit(token.p[i]) : token.p[i] != '~')
			return false;
	return true;
}

struct span secrets_name(const struct decoder *d, struct span token,
			 char room[17])
{
	if (is_name(token))
		return span_sub(token, 0, 16);
	return d->mask ? mask_name(d->mask, token, room) : token;
}

static void set_worth(const struct decoder *d, struct ev *e,
		      const struct token_claims *c)
{
	const char *issuer = d->p->token.issuer;

	e->state = TOKEN_ACTIVE;
	if (c->exp_s >= 0 && d->unix_zero_us == UNSAID_T) {
		e->state = TOKEN_STATE_UNSAID;
	} else if (c->exp_s >= 0 && c->exp_s < INT64_MAX / 2000000) {
		e->ends_us = c->exp_s * 1000000 - d->unix_zero_us;
		e->ends_whole = true;
		if (e->ends_us <= e->t_us)
			e->state = TOKEN_EXPIRED;
	}
	if (c->sig == TOKEN_SIG_BAD ||
	    (issuer && c->waf[0] && strcmp(issuer, c->waf) != 0))
		e->state = TOKEN_UNKNOWN;
}

/* A JWT speaks for itself where its signature can be checked. The event is
 * stored, not derived: behind a mask nobody could read the claims again. */
static void tell_claims(struct decoder *d, struct span name,
			struct known_token *t, const struct token_claims *c,
			const struct ev *by)
{
	struct ev e;

	if (d->p->token.kind != TOKEN_JWT || c->sig == TOKEN_SIG_UNKNOWN)
		return;
	t->told = true;
	derive_init(&e, EV_TOKEN, by);
	e.derived = false;
	e.on = POINT_NONE;
	e.conn = 0;
	e.token = name;
	if (c->impi[0])
		e.impi = span_str(c->impi);
	for (unsigned i = 0; i < c->n_impu && i < LIMIT_IMPUS; i++)
		e.impu.at[e.impu.n++] = span_str(c->impu[i]);
	if (c->wwsf[0])
		e.wwsf = span_str(c->wwsf);
	if (c->waf[0])
		e.waf = span_str(c->waf);
	set_worth(d, &e, c);
	t->ends_us = e.ends_us;
	known_wwsf(&d->known, t, e.wwsf);
	decoder_emit(d, &e);
}

static bool jwt_shape(struct span token)
{
	long dot = span_chr(token, '.');

	return dot > 0 && span_chr(span_from(token, (size_t)dot + 1), '.') > 0;
}

void secrets_token(struct decoder *d, struct span token, const struct ev *by)
{
	char room[17];
	struct token_claims *c = &d->secrets.claims;

	if (token.n < 4 || d->replay)
		return;
	if (d->mask && !is_name(token))
		mask_token(d->mask, token);
	struct span name = secrets_name(d, token, room);
	struct known_token *t = known_put(&d->known, name, token);

	if (t->told || !jwt_shape(token))
		return;
	d->format.key = d->p->token.key;
	if (token_read(c, token, &d->format) && by)
		tell_claims(d, name, t, c, by);
}

/* ---- a token where it does not belong ---- */

static bool token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~' || c == '+' || c == '/';
}

/* Short words are no tokens; a known token under this length is not looked
 * for. */
#define TOKEN_WORD_MIN 12u

static bool word_is_token(const struct decoder *d, struct span word,
			  struct span own)
{
	if (word.n < TOKEN_WORD_MIN ||
	    (own.p && word.p >= own.p && word.p < own.p + own.n))
		return false;
	return known_raw(&d->known, word);
}

/* own: the bearer token's own place in the message. */
static bool token_in(const struct decoder *d, struct span text, struct span own)
{
	size_t start = 0;

	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && token_char(text.p[i]))
			continue;
		if (i > start &&
		    word_is_token(d, span_sub(text, start, i - start), own))
			return true;
		start = i + 1;
	}
	return false;
}

/* ---- digest ---- */

enum { DG_URI, DG_NONCE, DG_CNONCE, DG_NC, DG_QOP, DG_REALM, DG_USER, DG_N };

static uint64_t digest_key(const struct sip_msg *m, enum point on)
{
	uint32_t number = 0;
	struct span method;

	sip_cseq_read(sip_get(m, SIP_H_CSEQ), &number, &method);
	return map_mix(span_hash(sip_get(m, SIP_H_CALL_ID)),
		       (uint64_t)number << 8 | (unsigned)on);
}

static void remember(struct decoder *d, uint64_t key, const struct digest *g,
		     uint32_t subscriber)
{
	const struct span parts[DG_N] = {
		g->uri, g->nonce, g->cnonce, g->nc, g->qop, g->realm,
		g->username };
	struct digest_memory *r;
	size_t n = 0;

	if (!d->digests)
		d->digests = must_alloc(DIGEST_MEMORY * sizeof *d->digests);
	r = &d->digests[d->next_digest];
	if (r->key)
		map_del(&d->digest_index, r->key);
	r->key = 0;
	for (unsigned i = 0; i < DG_N; i++) {
		if (n + parts[i].n > sizeof r->text)
			return;
		r->cut[i] = (uint16_t)n;
		if (parts[i].n)
			memcpy(r->text + n, parts[i].p, parts[i].n);
		n += parts[i].n;
	}
	r->cut[DG_N] = (uint16_t)n;
	r->alg = (uint8_t)g->alg;
	r->has_qop = !span_absent(g->qop);
	r->subscriber = subscriber;
	r->key = key;
	map_put(&d->digest_index, key, d->next_digest);
	d->next_digest = (d->next_digest + 1) % DIGEST_MEMORY;
}

static struct span part(const struct digest_memory *r, unsigned i)
{
	return (struct span){ r->text + r->cut[i],
			      (size_t)(r->cut[i + 1] - r->cut[i]) };
}

static enum proof compare(const char *want, struct span got)
{
	return span_ieq(span_str(want), got) ? PROOF_RIGHT : PROOF_WRONG;
}

static struct span param(const struct sip_auth *a, struct span name)
{
	struct span value = SPAN_NONE;

	return sip_auth_param(a, name, &value) ? value : SPAN_NONE;
}

static enum proof check_response(struct decoder *d, const struct sip_msg *m,
				 enum point on, const struct sip_auth *a)
{
	struct digest g = {
		.alg = digest_alg_of(param(a, S("algorithm"))),
		.username = param(a, S("username")),
		.realm = param(a, S("realm")), .nonce = param(a, S("nonce")),
		.cnonce = param(a, S("cnonce")), .nc = param(a, S("nc")),
		.qop = param(a, S("qop")), .uri = param(a, S("uri")),
		.method = m->method,
	};
	struct span response = param(a, S("response"));
	const struct subscriber *s = profile_sub_impi(d->p, g.username);
	char want[DIGEST_HEX_MAX];

	if (span_empty(response) || span_empty(g.nonce) || !s ||
	    !s->sip_password || g.alg == DIGEST_UNKNOWN)
		return PROOF_UNKNOWN;
	g.password = span_str(s->sip_password);
	remember(d, digest_key(m, on), &g,
		 (uint32_t)(s - d->p->subscribers));
	digest_response(&g, want);
	return compare(want, response);
}

static enum proof check_rspauth(const struct decoder *d,
				const struct sip_msg *m, enum point on)
{
	struct span info = sip_get(m, SIP_H_AUTHENTICATION_INFO);
	struct sip_auth a = { .rest = info };
	struct span got = span_absent(info) ? SPAN_NONE
					    : param(&a, S("rspauth"));
	char want[DIGEST_HEX_MAX];

	if (span_absent(got) || !d->digests)
		return PROOF_UNKNOWN;
	uint32_t i = map_get(&d->digest_index, digest_key(m, on));

	if (i == MAP_NONE)
		return PROOF_UNKNOWN;
	const struct digest_memory *r = &d->digests[i];
	struct digest g = {
		.alg = (enum digest_alg)r->alg, .uri = part(r, DG_URI),
		.nonce = part(r, DG_NONCE), .cnonce = part(r, DG_CNONCE),
		.nc = part(r, DG_NC), .realm = part(r, DG_REALM),
		.username = part(r, DG_USER),
		.qop = r->has_qop ? part(r, DG_QOP) : SPAN_NONE,
		.password = span_str(
			d->p->subscribers[r->subscriber].sip_password),
	};

	digest_rspauth(&g, want);
	return compare(want, got);
}

/* ---- SIP ---- */

static struct span look_at_authorizations(struct decoder *d,
					  const struct sip_msg *m,
					  enum point on)
{
	struct sip_secrets *s = &d->secrets;
	struct span own = SPAN_NONE;
	struct sip_auth a;

	for (int i = sip_next(m, SIP_H_AUTHORIZATION, -1); i >= 0;
	     i = sip_next(m, SIP_H_AUTHORIZATION, i)) {
		if (!sip_auth_read(&a, m->headers[i].value))
			continue;
		struct span bearer = sip_auth_bearer(&a);

		if (!span_absent(bearer) && !s->has_token) {
			s->has_token = true;
			own = bearer;
		} else if (span_ieq(a.scheme, S("Digest")) &&
			   d->p->n_subscribers) {
			s->response = check_response(d, m, on, &a);
		}
	}
	return own;
}

void secrets_sip(struct decoder *d, const struct sip_msg *m,
		 const struct ev *by)
{
	struct sip_secrets *s = &d->secrets;
	struct span own = SPAN_NONE;

	s->response = s->rspauth = PROOF_UNKNOWN;
	s->has_token = s->token_elsewhere = s->claims.jwt = false;
	s->token = SPAN_NONE;
	if (m->request && m->first[SIP_H_AUTHORIZATION] >= 0)
		own = look_at_authorizations(d, m, by->on);
	else if (!m->request && m->first[SIP_H_AUTHENTICATION_INFO] >= 0)
		s->rspauth = check_rspauth(d, m, by->on);
	if (s->has_token) {
		secrets_token(d, own, by);
		s->token = secrets_name(d, own, d->token_room);
		s->claims.jwt = false;
		if (jwt_shape(own)) {
			d->format.key = d->p->token.key;
			token_read(&s->claims, own, &d->format);
		}
	}
	if (d->known.n)
		s->token_elsewhere = token_in(d, m->whole, own);
}
