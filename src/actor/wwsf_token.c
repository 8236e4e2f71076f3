/* W4: the token for a handover, and the answer to the browser. */
#include "actor/wwsf_priv.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void drop(struct wwsf_ask *a)
{
	for (struct wwsf_ask **p = &a->wwsf->asks; *p; p = &(*p)->next)
		if (*p == a) {
			*p = a->next;
			break;
		}
	free(a);
}

void wwsf_forget_asks(struct wwsf *w)
{
	fetch_forget(&w->fetches, NULL);
	while (w->asks)
		drop(w->asks);
}

static void name_subscriber(struct wwsf_ask *a, const struct subscriber *sub)
{
	snprintf(a->impi, sizeof(a->impi), "%s", sub->impi);
	for (unsigned i = 0; i < sub->n_impu; i++)
		snprintf(a->impu[a->n_impu++], sizeof(a->impu[0]), "%s", sub->impu[i]);
	if (wwsf_flaw(a->wwsf, FLAW_ADDS_FOREIGN_IMPU) && a->n_impu < LIMIT_IMPUS)
		snprintf(a->impu[a->n_impu++], sizeof(a->impu[0]), "sip:%s.guest@%s", sub->user,
			 a->wwsf->env.profile->home_domain);
}

static void name_pair(struct wwsf_ask *a, uint32_t pair)
{
	const struct profile *p = a->wwsf->env.profile;
	const struct pool_pair *x = &p->pairs[pair], *y = x;

	if (wwsf_flaw(a->wwsf, FLAW_MIXES_PAIRS)) {
		const struct pool *pool = &p->pools[x->pool];

		y = &p->pairs[pool->first + (pair - pool->first + 1) % pool->n];
	}
	snprintf(a->impi, sizeof(a->impi), "%s", x->impi);
	for (unsigned i = 0; i < y->n_impu && i < LIMIT_IMPUS; i++)
		snprintf(a->impu[a->n_impu++], sizeof(a->impu[0]), "%s", y->impu[i]);
}

static json_t *impus_json(const struct wwsf_ask *a)
{
	json_t *list;

	if (a->n_impu == 1)
		return json_string(a->impu[0]);
	list = json_array();
	for (unsigned i = 0; i < a->n_impu; i++)
		json_array_append_new(list, json_string(a->impu[i]));
	return list;
}

static char *handover_text(const struct wwsf_ask *a, const struct wwsf_session *x,
			   const char *token, json_int_t valid_s)
{
	json_t *o = json_object();
	char *text;

	json_object_set_new(o, "user", x->anonymous ? json_null() : json_string(x->user));
	if (a->wwsf->env.profile->ics.identities_on_w1 != CLAIM_NO) {
		json_object_set_new(o, "impi", json_string(a->impi));
		json_object_set_new(o, "impu", impus_json(a));
	}
	json_object_set_new(o, "token", json_string(token));
	json_object_set_new(o, "expires_in", json_integer(valid_s));
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

static void hand_over(struct wwsf_ask *a, struct wwsf_session *x, const char *token,
		      json_int_t valid_s)
{
	char *text = handover_text(a, x, token, valid_s), cookie[128];

	/* The window counts from the handover itself; the token was asked for
	 * earlier and so ends no later. */
	if (!x->sub && x->pair != MAP_NONE)
		wwsf_open_window(a->wwsf, x->pair, a->refresh);
	x->holds = true;
	x->token_hash = span_hash(span_str(token));
	snprintf(cookie, sizeof(cookie), "Set-Cookie: sid=%s; Path=/; Secure; HttpOnly", x->sid);
	if (a->server)
		serve_reply(a->server, 200, "application/json", span_str(text ? text : "{}"),
			    cookie);
	free(text);
}

static void no_token(struct wwsf_ask *a, struct wwsf_session *x)
{
	if (x && !x->sub && x->pair != MAP_NONE && !x->holds) {
		wwsf_give_back(a->wwsf, x->pair);
		x->pair = MAP_NONE;
	}
	if (a->server)
		wwsf_error(a->server, 503, "the WAF gave no token");
}

static void answered(const struct http_msg *m, const char *why, void *arg)
{
	struct wwsf_ask *a = arg;
	struct wwsf_session *x = wwsf_session_by_id(a->wwsf, a->session);
	json_t *o = m && m->status == 200 ? json_loadb(m->body.n ? m->body.p : "", m->body.n, 0,
						       NULL) : NULL;
	const char *token = json_string_value(json_object_get(o, "access_token"));

	(void)why;
	if (x && token)
		hand_over(a, x, token, json_integer_value(json_object_get(o, "expires_in")));
	else
		no_token(a, x);
	json_decref(o);
	drop(a);
}

static void write_form(const struct wwsf_ask *a, const struct wwsf_session *x, struct buf *b)
{
	const struct profile *p = a->wwsf->env.profile;

	buf_add(b, S("grant_type=client_credentials&scope="));
	http_url_encode(b, span_str(p->token.scope ? p->token.scope : ""));
	buf_add(b, S("&impi="));
	http_url_encode(b, span_str(a->impi));
	buf_add(b, S("&impu="));
	for (unsigned i = 0; i < a->n_impu; i++) {
		if (i)
			buf_add(b, S("%20"));
		http_url_encode(b, span_str(a->impu[i]));
	}
	if (!x->sub && x->pair != MAP_NONE) {
		struct loop *l = a->wwsf->env.loop;
		int64_t left_us = a->wwsf->windows[x->pair].end_us - loop_now_us(l);

		buf_addf(b, "&ends_ms=%lld", (long long)((loop_unix_us(l) + left_us) / 1000));
	}
}

void wwsf_ask_token(struct wwsf *w, struct http_server *s, struct wwsf_session *x,
		    bool refresh)
{
	struct wwsf_ask *a = must_alloc(sizeof(*a));
	char secret[320];
	struct buf b;

	*a = (struct wwsf_ask){ .next = w->asks, .wwsf = w, .server = s, .session = x->id,
				.refresh = refresh };
	w->asks = a;
	if (x->sub)
		name_subscriber(a, x->sub);
	else
		name_pair(a, x->pair);
	buf_init(&b, LIMIT_HTTP_BODY);
	write_form(a, x, &b);
	actor_w4_secret(secret, sizeof(secret), w->name);
	fetch_form(&w->fetches, w->w4, "W4 wwsf", buf_span(&b), w->name, secret, answered, a);
	buf_free(&b);
}
