#include "actor/waf.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/fetch.h"
#include "actor/waf_priv.h"

static void answer_json(struct http_server *s, int status, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	serve_reply(s, status, "application/json", span_str(text ? text : "{}"), NULL);
	free(text);
	json_decref(object);
}

static void answer_error(struct http_server *s, int status, const char *error)
{
	json_t *o = json_object();

	json_object_set_new(o, "error", json_string(error));
	answer_json(s, status, o);
}

/* RFC 6749 2.3.1: which WWSF asks? False: none that proves itself. */
static bool client_of(const struct waf *w, const struct http_msg *m, const char **client)
{
	const struct profile *p = w->env.profile;
	struct span given = http_get(m, S("Authorization"));
	char secret[320], basic[768];

	for (unsigned i = 0; i <= p->n_pools; i++) {
		const char *name = i < p->n_pools ? p->pools[i].wwsf : "wwsf";

		actor_w4_secret(secret, sizeof(secret), name);
		fetch_basic(basic, sizeof(basic), name, secret);
		if (span_eq(given, span_str(basic))) {
			*client = name;
			return true;
		}
	}
	return false;
}

/* A WWSF gets tokens for the pairs of its own pool and for subscribers whom it
 * has logged in, for nobody else's pairs (33.203 X.3.2.3 step 0). */
static bool client_may(const struct waf *w, const char *client, const char *impi)
{
	const struct profile *p = w->env.profile;
	uint32_t pair = profile_pair_impi(p, span_str(impi));

	if (pair != MAP_NONE)
		return strcmp(p->pools[p->pairs[pair].pool].wwsf, client) == 0 ||
		       flaw_in(&w->env.flaws, FLAW_LENDS_FOREIGN_POOL);
	return profile_sub_impi(p, span_str(impi)) != NULL || !p->subscribers_present;
}

static void read_impus(struct token_claims *c, struct span list)
{
	while (!span_absent(list) && c->n_impu < LIMIT_IMPUS) {
		struct span one = span_split(&list, ' ');

		if (!span_empty(one))
			span_copy(c->impu[c->n_impu++], sizeof(c->impu[0]), one);
	}
}

static void put(char *out, size_t cap, const char *text)
{
	snprintf(out, cap, "%s", text ? text : "");
}

/* Fills claims from the form; false: something is missing. */
static bool read_request(struct waf *w, struct span form, const char *client,
			 struct token_claims *c)
{
	const struct profile *p = w->env.profile;
	char text[4096], grant[64];
	int64_t ends_ms = 0;

	memset(c, 0, sizeof(*c));
	c->jwt = true;
	if (!http_form_get(form, S("grant_type"), grant, sizeof(grant)) ||
	    strcmp(grant, "client_credentials") != 0 ||
	    !http_form_get(form, S("impi"), c->impi, sizeof(c->impi)) || !c->impi[0] ||
	    !http_form_get(form, S("impu"), text, sizeof(text)))
		return false;
	read_impus(c, span_str(text));
	if (http_form_get(form, S("ends_ms"), text, sizeof(text)))
		span_i64(span_str(text), &ends_ms);
	put(c->wwsf, sizeof(c->wwsf), client);
	put(c->waf, sizeof(c->waf), p->token.issuer ? p->token.issuer : "waf");
	put(c->audience, sizeof(c->audience), p->token.audience);
	put(c->scope, sizeof(c->scope), p->token.scope);
	loop_random_hex(w->env.loop, c->subject, 16);   /* tokens never repeat */
	c->iat_s = loop_unix_us(w->env.loop) / 1000000;
	c->nbf_s = -1;
	c->exp_s = waf_token_exp_s(w, ends_ms);
	return c->n_impu > 0;
}

static void grant_token(struct waf *w, struct http_server *s, const struct token_claims *c)
{
	struct token_format f;
	const char *why = "";
	json_t *o;
	char *text;

	actor_token_format(w->env.profile, &f);
	text = waf_token_make(w, c, &f, true, &why);
	if (!text) {
		answer_error(s, 500, why);
		return;
	}
	o = json_object();
	json_object_set_new(o, "access_token", json_string(text));
	json_object_set_new(o, "token_type", json_string("Bearer"));
	json_object_set_new(o, "expires_in",
			    json_integer(c->exp_s - loop_unix_us(w->env.loop) / 1000000));
	if (c->scope[0])
		json_object_set_new(o, "scope", json_string(c->scope));
	free(text);
	answer_json(s, 200, o);
}

static void on_token(struct waf *w, struct http_server *s, const struct http_msg *m)
{
	struct token_claims *c = must_alloc(sizeof(*c));
	const char *client = "wwsf";

	if (!client_of(w, m, &client))
		answer_error(s, 401, "invalid_client");
	else if (!read_request(w, m->body, client, c))
		answer_error(s, 400, "invalid_request");
	else if (!client_may(w, client, c->impi))
		answer_error(s, 403, "access_denied");
	else if (c->exp_s * 1000000 <= loop_unix_us(w->env.loop))
		answer_error(s, 400, "invalid_request");
	else
		grant_token(w, s, c);
	free(c);
}

static json_t *introspection(const struct waf *w, const struct token_claims *c)
{
	const struct profile *p = w->env.profile;
	const struct token_ixit *t = &p->token;
	json_t *o = json_object(), *impus = json_array();

	json_object_set_new(o, "active", json_true());
	if (c->impi[0])
		json_object_set_new(o, t->claim_impi ? t->claim_impi : "impi",
				    json_string(c->impi));
	for (unsigned i = 0; i < c->n_impu; i++)
		json_array_append_new(impus, json_string(c->impu[i]));
	if (c->n_impu)
		json_object_set(o, t->claim_impu ? t->claim_impu : "impu",
				c->n_impu == 1 ? json_array_get(impus, 0) : impus);
	json_decref(impus);
	json_object_set_new(o, t->claim_wwsf ? t->claim_wwsf : "azp", json_string(c->wwsf));
	json_object_set_new(o, t->claim_waf ? t->claim_waf : "iss", json_string(c->waf));
	if (c->audience[0])
		json_object_set_new(o, "aud", json_string(c->audience));
	if (c->scope[0])
		json_object_set_new(o, "scope", json_string(c->scope));
	json_object_set_new(o, "exp", json_integer(c->exp_s));
	json_object_set_new(o, "token_type", json_string("Bearer"));
	return o;
}

static void on_introspect(struct waf *w, struct http_server *s, const struct http_msg *m)
{
	struct token_claims *c = must_alloc(sizeof(*c));
	char *token = must_alloc(LIMIT_HTTP_HEAD);
	json_t *o;

	if (!http_form_get(m->body, S("token"), token, LIMIT_HTTP_HEAD)) {
		answer_error(s, 400, "invalid_request");
	} else if (waf_token_active(w, span_str(token), c)) {
		answer_json(s, 200, introspection(w, c));
	} else {
		o = json_object();
		json_object_set_new(o, "active", json_false());
		answer_json(s, 200, o);
	}
	free(token);
	free(c);
}

static void on_request(struct http_server *s, const struct http_msg *m, void *arg)
{
	struct waf *w = arg;

	if (w->mute)
		return;
	if (!span_eq(m->method, S("POST"))) {
		answer_error(s, 405, "method_not_allowed");
	} else if (span_eq(m->target, span_str(w->w4_path))) {
		on_token(w, s, m);
	} else if (span_eq(m->target, span_str(w->w5_path))) {
		link_set_tag(http_server_link(s), "W5 waf");
		on_introspect(w, s, m);
	} else {
		answer_error(s, 404, "not_found");
	}
}

/* W4 ends in /token, W5 in /introspect beside it, whatever stands before. */
static void name_end_points(struct waf *w)
{
	struct span base = span_str(serve_url(w->serve));
	struct actor_url u;

	if (span_ends(base, S("/token")))
		base.n -= 6;
	while (base.n && base.p[base.n - 1] == '/')
		base.n--;
	snprintf(w->w4, sizeof(w->w4), "%.*s/token", SPAN(base));
	snprintf(w->w5, sizeof(w->w5), "%.*s/introspect", SPAN(base));
	actor_url_read(&u, w->w4);
	snprintf(w->w4_path, sizeof(w->w4_path), "%s", u.path);
	actor_url_read(&u, w->w5);
	snprintf(w->w5_path, sizeof(w->w5_path), "%s", u.path);
}

struct waf *waf_new(const struct waf_config *c, struct err *err)
{
	struct waf *w = must_alloc(sizeof(*w));

	w->env = c->env;
	w->serve = serve_new(&(struct serve_config){ .env = &w->env, .url = c->listen,
		.tag = "W4 waf", .request = on_request, .arg = w }, err);
	if (!w->serve) {
		free(w);
		return NULL;
	}
	name_end_points(w);
	return w;
}

void waf_free(struct waf *w)
{
	if (!w)
		return;
	serve_free(w->serve);
	free(w->tokens);
	free(w);
}

const char *waf_w4(const struct waf *w)
{
	return w->w4;
}

const char *waf_w5(const struct waf *w)
{
	return w->w5;
}

void waf_mute(struct waf *w, bool mute)
{
	w->mute = mute;
}
