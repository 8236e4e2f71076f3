/* Token validation (23.228 U.1.3.3, 33.203 X.3.2.3 step 4): a JWT here, an
 * opaque token by asking the WAF (RFC 7662). Whatever is not verified is not
 * used. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/epcscf_priv.h"

struct epcscf_token_ask {
	struct epcscf_token_ask *next;
	struct epcscf *e;
	uint64_t token;                 /* hash */
	epcscf_token_done *done;
	void *arg;
};

static bool scope_has(const char *scopes, const char *one)
{
	struct span rest = span_str(scopes);

	while (!span_absent(rest))
		if (span_eq(span_split(&rest, ' '), span_str(one)))
			return true;
	return false;
}

/* Is that WWSF one that may allocate IMS identities, and these? */
static bool wwsf_allowed(const struct epcscf *e, const struct token_claims *c)
{
	const struct profile *p = e->env.profile;
	uint32_t pair = profile_pair_impi(p, span_str(c->impi));
	bool known = !p->pools_present;

	for (unsigned i = 0; i < p->n_pools; i++)
		known |= strcmp(p->pools[i].wwsf, c->wwsf) == 0;
	if (!known)
		return false;
	return pair == MAP_NONE || strcmp(p->pools[p->pairs[pair].pool].wwsf, c->wwsf) == 0;
}

static const char *time_is_bad(const struct epcscf *e, const struct token_claims *c)
{
	int64_t now_us = loop_unix_us(e->env.loop);

	if (c->exp_s < 0)
		return "it has no end";
	if (c->exp_s * 1000000 <= now_us && !epcscf_flaw(e, FLAW_ACCEPTS_EXPIRED_TOKEN))
		return "it has ended";
	if (c->nbf_s > 0 && c->nbf_s * 1000000 > now_us)
		return "it is not valid yet";
	return NULL;
}

static const char *claims_are_bad(const struct epcscf *e, const struct token_claims *c)
{
	const struct token_ixit *t = &e->env.profile->token;
	const char *why = time_is_bad(e, c);

	if (why)
		return why;
	if (t->issuer && strcmp(c->waf, t->issuer) != 0 &&
	    !epcscf_flaw(e, FLAW_ACCEPTS_UNKNOWN_ISSUER))
		return "its issuer is not trusted";
	if (t->audience && strcmp(c->audience, t->audience) != 0)
		return "it is for another audience";
	if (t->scope && !scope_has(c->scope, t->scope))
		return "its scope is another";
	if (!c->impi[0] || c->n_impu == 0)
		return "it names no identities";
	if (!wwsf_allowed(e, c) && !epcscf_flaw(e, FLAW_ACCEPTS_UNKNOWN_WWSF))
		return "its WWSF may not allocate this";
	return NULL;
}

static void who_of(const struct epcscf *e, const struct token_claims *c, struct epcscf_who *who)
{
	int64_t unix_us = loop_unix_us(e->env.loop), now_us = loop_now_us(e->env.loop);

	memset(who, 0, sizeof(*who));
	snprintf(who->impi, sizeof(who->impi), "%s", c->impi);
	for (; who->n_impu < c->n_impu; who->n_impu++)
		snprintf(who->impu[who->n_impu], sizeof(who->impu[0]), "%s",
			 c->impu[who->n_impu]);
	who->end_us = c->exp_s > 0 ? now_us + c->exp_s * 1000000 - unix_us : now_us;
	who->life_us = c->iat_s > 0 && c->exp_s > c->iat_s ? (c->exp_s - c->iat_s) * 1000000 :
		       who->end_us - now_us;
}

static void remember(struct epcscf *e, uint64_t token, const struct epcscf_who *who)
{
	e->cache[e->next_cache].token = token;
	e->cache[e->next_cache].who = *who;
	/* Once good, for good. */
	e->cache[e->next_cache].who.end_us = INT64_MAX;
	e->next_cache = (e->next_cache + 1) % EPCSCF_CACHE_MAX;
}

static const struct epcscf_who *cached(const struct epcscf *e, uint64_t token)
{
	for (unsigned i = 0; i < EPCSCF_CACHE_MAX; i++)
		if (e->cache[i].token == token)
			return &e->cache[i].who;
	return NULL;
}

static void judge_claims(struct epcscf *e, uint64_t token, const struct token_claims *c,
			 epcscf_token_done *done, void *arg)
{
	struct epcscf_who who;
	const char *why = claims_are_bad(e, c);

	if (epcscf_flaw(e, FLAW_SKIPS_TOKEN_CHECK) && c->impi[0] && c->n_impu)
		why = NULL;
	who_of(e, c, &who);
	if (!why && epcscf_flaw(e, FLAW_CACHES_VALID_TOKEN))
		remember(e, token, &who);
	done(e, why ? NULL : &who, why, arg);
}

static void check_jwt(struct epcscf *e, struct span token, epcscf_token_done *done, void *arg)
{
	struct token_claims *c = must_alloc(sizeof(*c));
	bool lax = epcscf_flaw(e, FLAW_IGNORES_SIGNATURE) ||
		   epcscf_flaw(e, FLAW_SKIPS_TOKEN_CHECK);
	struct token_format f;

	actor_token_format(e->env.profile, &f);
	if (!token_read(c, token, &f))
		done(e, NULL, "it is no JWT", arg);
	else if (c->sig != TOKEN_SIG_GOOD && !lax)
		done(e, NULL, "its signature is wrong", arg);
	else
		judge_claims(e, span_hash(token), c, done, arg);
	free(c);
}

static void copy_text(json_t *o, const char *name, char *out, size_t cap)
{
	const char *text = json_string_value(json_object_get(o, name));

	snprintf(out, cap, "%s", text ? text : "");
}

static void copy_impus(json_t *value, struct token_claims *c)
{
	if (json_is_string(value))
		snprintf(c->impu[c->n_impu++], sizeof(c->impu[0]), "%s",
			 json_string_value(value));
	for (size_t i = 0; i < json_array_size(value) && c->n_impu < LIMIT_IMPUS; i++)
		if (json_is_string(json_array_get(value, i)))
			snprintf(c->impu[c->n_impu++], sizeof(c->impu[0]), "%s",
				 json_string_value(json_array_get(value, i)));
}

static int64_t seconds(json_t *o, const char *name)
{
	json_t *value = json_object_get(o, name);

	return json_is_number(value) ? (int64_t)json_number_value(value) : -1;
}

static void read_introspection(struct epcscf *e, json_t *o, struct token_claims *c)
{
	const struct token_ixit *t = &e->env.profile->token;

	copy_text(o, t->claim_impi ? t->claim_impi : "impi", c->impi, sizeof(c->impi));
	copy_impus(json_object_get(o, t->claim_impu ? t->claim_impu : "impu"), c);
	copy_text(o, t->claim_wwsf ? t->claim_wwsf : "azp", c->wwsf, sizeof(c->wwsf));
	copy_text(o, t->claim_waf ? t->claim_waf : "iss", c->waf, sizeof(c->waf));
	copy_text(o, "aud", c->audience, sizeof(c->audience));
	copy_text(o, "scope", c->scope, sizeof(c->scope));
	c->exp_s = seconds(o, "exp");
	c->nbf_s = seconds(o, "nbf");
	c->iat_s = seconds(o, "iat");
}

static void ask_drop(struct epcscf_token_ask *a)
{
	for (struct epcscf_token_ask **p = &a->e->asks; *p; p = &(*p)->next)
		if (*p == a) {
			*p = a->next;
			break;
		}
	free(a);
}

void epcscf_forget_asks(struct epcscf *e)
{
	fetch_forget(&e->fetches, NULL);
	while (e->asks)
		ask_drop(e->asks);
}

static void on_introspection(const struct http_msg *m, const char *why, void *arg)
{
	struct epcscf_token_ask *a = arg;
	struct token_claims *c = must_alloc(sizeof(*c));
	json_t *o = m && m->status == 200 ?
		    json_loadb(m->body.n ? m->body.p : "", m->body.n, 0, NULL) : NULL;

	(void)why;
	if (!json_is_object(o)) {
		a->done(a->e, NULL, "the WAF cannot be asked", a->arg);
	} else if (!json_is_true(json_object_get(o, "active"))) {
		a->done(a->e, NULL, "the WAF does not know it", a->arg);
	} else {
		read_introspection(a->e, o, c);
		judge_claims(a->e, a->token, c, a->done, a->arg);
	}
	json_decref(o);
	free(c);
	ask_drop(a);
}

static void introspect(struct epcscf *e, struct span token, epcscf_token_done *done, void *arg)
{
	struct epcscf_token_ask *a = must_alloc(sizeof(*a));
	char secret[320];
	struct buf b;

	*a = (struct epcscf_token_ask){ .next = e->asks, .e = e, .token = span_hash(token),
					.done = done, .arg = arg };
	e->asks = a;
	buf_init(&b, LIMIT_HTTP_BODY);
	buf_add(&b, S("token="));
	http_url_encode(&b, token);
	actor_w4_secret(secret, sizeof(secret), "epcscf");
	fetch_form(&e->fetches, e->w5, "W5 epcscf", buf_span(&b), "epcscf", secret,
		   on_introspection, a);
	buf_free(&b);
}

void epcscf_token_check(struct epcscf *e, struct span token, epcscf_token_done *done, void *arg)
{
	const struct epcscf_who *known = cached(e, span_hash(token));

	if (epcscf_flaw(e, FLAW_CACHES_VALID_TOKEN) && known)
		done(e, known, NULL, arg);
	else if (span_empty(token))
		done(e, NULL, "there is none", arg);
	else if (e->env.profile->token.kind == TOKEN_OPAQUE)
		introspect(e, token, done, arg);
	else
		check_jwt(e, token, done, arg);
}

bool epcscf_token_peek(struct epcscf *e, struct span token, struct epcscf_who *who)
{
	struct token_claims *c = must_alloc(sizeof(*c));
	struct token_format f;
	bool read;

	actor_token_format(e->env.profile, &f);
	read = token_read(c, token, &f) && c->impi[0] && c->n_impu;
	if (read)
		who_of(e, c, who);
	free(c);
	return read;
}
