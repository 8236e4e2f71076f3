/* The masked profile as JSON with the files' own keys. Passwords, keys, files
 * and commands stay out: what is left is what judging needs. */
#include <jansson.h>
#include <math.h>

#include "profile/schema.h"

static void text(json_t *o, const char *key, const char *value)
{
	if (value)
		json_object_set_new(o, key, json_string(value));
}

/* Whole numbers as integers, for the reader's eye. */
static void number(json_t *o, const char *key, double x)
{
	json_object_set_new(o, key, x == floor(x) && fabs(x) < 1e15 ?
			    json_integer((json_int_t)x) : json_real(x));
}

static void seconds(json_t *o, const char *key, int64_t us)
{
	if (us != UNSAID_US)
		number(o, key, (double)us / 1e6);
}

static void word(json_t *o, const char *key, const struct names *t, unsigned i)
{
	if (t->at[i])
		json_object_set_new(o, key, json_string(t->at[i]));
}

static json_t *texts(const char *const *at, unsigned n)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < n; i++)
		json_array_append_new(list, json_string(at[i]));
	return list;
}

static void impus(json_t *o, const char *const *at, unsigned n)
{
	if (n == 1)
		text(o, "impu", at[0]);
	else if (n)
		json_object_set_new(o, "impu", texts(at, n));
}

/* Empty sections are left out, unless their presence says something. */
static void section(json_t *o, const char *key, json_t *value, bool always)
{
	if (always || json_object_size(value) || json_array_size(value))
		json_object_set_new(o, key, value);
	else
		json_decref(value);
}

static json_t *endpoints(const struct endpoints *e)
{
	json_t *o = json_object();

	text(o, "w1", e->w1);
	text(o, "w2", e->w2);
	text(o, "w4", e->w4);
	text(o, "w5", e->w5);
	text(o, "mw", e->mw);
	return o;
}

static json_t *origins(const struct profile *p)
{
	json_t *o = json_object();

	section(o, "allowed", texts(p->origins, p->n_origins),
		p->origins != NULL);
	text(o, "foreign", p->foreign_origin);
	return o;
}

static json_t *people(const struct subscriber *at, unsigned n)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < n; i++) {
		json_t *o = json_object();

		text(o, "user", at[i].user);
		text(o, "impi", at[i].impi);
		impus(o, at[i].impu, at[i].n_impu);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *pools(const struct profile *p)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < p->n_pools; i++) {
		const struct pool *pool = &p->pools[i];
		json_t *o = json_object(), *pairs = json_array();

		text(o, "wwsf", pool->wwsf);
		for (unsigned j = 0; j < pool->n; j++) {
			const struct pool_pair *pair = &p->pairs[pool->first + j];
			json_t *one = json_object();

			text(one, "impi", pair->impi);
			impus(one, pair->impu, pair->n_impu);
			json_array_append_new(pairs, one);
		}
		json_object_set_new(o, "pairs", pairs);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *token(const struct token_ixit *t)
{
	json_t *o = json_object(), *claims = json_object();

	word(o, "kind", &schema_token_kinds, t->kind);
	text(o, "alg", t->alg);
	text(o, "issuer", t->issuer);
	text(o, "audience", t->audience);
	text(o, "scope", t->scope);
	text(claims, "impi", t->claim_impi);
	text(claims, "impu", t->claim_impu);
	text(claims, "wwsf", t->claim_wwsf);
	text(claims, "waf", t->claim_waf);
	section(o, "claims", claims, false);
	if (t->bare)
		text(o, "spelling", "bare");
	return o;
}

static void call(json_t *o, const char *key, const struct w1_call *c)
{
	json_t *one, *ok = json_array(), *refused = json_array();

	if (c->present) {
		one = json_object();
		text(one, "method", c->method);
		text(one, "path", c->path);
		text(one, "type", c->type);
		text(one, "body", c->body);
		for (unsigned i = 0; i < c->n_ok; i++)
			json_array_append_new(ok, json_integer(c->ok[i]));
		for (unsigned i = 0; i < c->n_refused; i++)
			json_array_append_new(refused,
					      json_integer(c->refused[i]));
		json_object_set(one, "ok", ok);
		json_object_set(one, "refused", refused);
		json_object_set_new(o, key, one);
	}
	json_decref(ok);
	json_decref(refused);
}

static json_t *w1(const struct w1_speech *w)
{
	json_t *o = json_object(), *answer = json_object();

	call(o, "login", &w->login);
	call(o, "anonymous", &w->anonymous);
	call(o, "refresh", &w->refresh);
	text(answer, "user", w->user);
	text(answer, "impi", w->impi);
	text(answer, "impu", w->impu);
	text(answer, "token", w->token);
	text(answer, "valid_s", w->valid_s);
	section(o, "answer", answer, false);
	return o;
}

static json_t *capture(const struct profile *p)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < p->n_capture; i++) {
		const struct capture_end *e = &p->capture[i];
		json_t *o = json_object();

		text(o, "at", e->at);
		text(o, "path", e->path);
		word(o, "role", &names_of_roles, e->role);
		text(o, "point", e->point == POINT_NONE ? "ignore" :
		     point_name(e->point));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *ixit(const struct profile *p)
{
	json_t *o = json_object();

	text(o, "home_domain", p->home_domain);
	seconds(o, "lifetime_s", p->lifetime_us);
	word(o, "lifetime_from", &schema_lifetimes, p->lifetime_from);
	seconds(o, "token_s", p->token_us);
	seconds(o, "max_registration_s", p->max_registration_us);
	seconds(o, "guard_s", p->guard_us);
	number(o, "tolerance_ms", (double)p->tolerance_us / 1e3);
	if (p->behind_tls_terminator)
		json_object_set_new(o, "behind_tls_terminator", json_true());
	number(o, "answer_timeout_ms", (double)p->answer_timeout_us / 1e3);
	section(o, "iut", endpoints(&p->iut), false);
	section(o, "tester", endpoints(&p->tester), false);
	section(o, "origins", origins(p), false);
	section(o, "subscribers", people(p->subscribers, p->n_subscribers),
		p->subscribers_present);
	text(o, "placeholder_to", p->placeholder_to);
	section(o, "strangers", people(p->strangers, p->n_strangers), false);
	section(o, "pools", pools(p), p->pools_present);
	section(o, "token", token(&p->token), false);
	section(o, "w1", w1(&p->w1), p->w1_present);
	section(o, "capture", capture(p), false);
	return o;
}

static json_t *bits(const struct names *t, unsigned set)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < t->n; i++)
		if (set & 1u << i)
			json_array_append_new(list, json_string(t->at[i]));
	return list;
}

static void claim(json_t *o, const char *key, enum claim c)
{
	if (c != CLAIM_UNSAID)
		json_object_set_new(o, key, json_boolean(c == CLAIM_YES));
}

static json_t *options(const struct ics *c)
{
	json_t *o = json_object();

	claim(o, "digest", c->digest);
	claim(o, "aka", c->aka);
	claim(o, "anonymous", c->anonymous);
	claim(o, "early_release", c->early_release);
	claim(o, "identities_on_w1", c->identities_on_w1);
	claim(o, "bearer_challenge", c->bearer_challenge);
	claim(o, "closes_on_bad_token", c->closes_on_bad_token);
	claim(o, "third_party_waf", c->third_party_waf);
	claim(o, "separate_waf", c->separate_waf);
	word(o, "forged_to", &schema_forged_to, c->forged_to);
	word(o, "caps_registration", &schema_caps, c->caps_registration);
	word(o, "authenticates", &schema_authenticates, c->authenticates);
	return o;
}

static json_t *ics(const struct ics *c)
{
	json_t *o = json_object(), *implementation = json_object();

	text(implementation, "vendor", c->vendor);
	text(implementation, "product", c->product);
	text(implementation, "version", c->version);
	section(o, "implementation", implementation, false);
	section(o, "roles", bits(&names_of_roles, c->roles), false);
	word(o, "edition", &names_of_editions, c->edition);
	section(o, "scenarios", bits(&schema_scenarios, c->scenarios), false);
	section(o, "options", options(c), false);
	return o;
}

char *profile_to_json(const struct profile *p)
{
	json_t *o = json_object();

	if (p->ixit_present)
		json_object_set_new(o, "ixit", ixit(p));
	if (p->ics.present)
		json_object_set_new(o, "ics", ics(&p->ics));
	char *out = json_dumps(o, JSON_COMPACT);

	json_decref(o);
	if (!out)
		die("profile: no JSON of it");
	return out;
}
