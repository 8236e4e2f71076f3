#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/waf_priv.h"

int64_t waf_token_exp_s(const struct waf *w, int64_t ends_ms)
{
	const struct profile *p = w->env.profile;
	int64_t now_us = loop_unix_us(w->env.loop);
	int64_t life_us = p->token_us == UNSAID_US ? 60000000 : p->token_us;
	int64_t end_us = now_us + life_us;

	if (flaw_in(&w->env.flaws, FLAW_TOKEN_OUTLIVES_ASSIGNMENT))
		return (now_us + 3 * life_us) / 1000000 + 1;
	if (ends_ms > 0 && ends_ms * 1000 < end_us)
		end_us = ends_ms * 1000;
	return end_us / 1000000;
}

static void store(struct waf *w, const char *text, const struct token_claims *c)
{
	struct waf_token *t;

	if (!w->tokens)
		w->tokens = must_alloc(WAF_TOKENS_MAX * sizeof(*w->tokens));
	t = &w->tokens[w->next_token];
	w->next_token = (w->next_token + 1) % WAF_TOKENS_MAX;
	if (w->n_tokens < WAF_TOKENS_MAX)
		w->n_tokens++;
	snprintf(t->text, sizeof(t->text), "%s", text);
	t->claims = *c;
}

char *waf_token_make(struct waf *w, const struct token_claims *c,
		     const struct token_format *f, bool keep, const char **why)
{
	char *text;

	if (w->env.profile->token.kind != TOKEN_OPAQUE)
		return token_mint(c, f, why);
	text = must_alloc(49);
	loop_random_hex(w->env.loop, text, 48);
	if (keep)
		store(w, text, c);
	return text;
}

static bool in_time(const struct waf *w, const struct token_claims *c)
{
	int64_t now_us = loop_unix_us(w->env.loop);

	return c->exp_s > 0 && c->exp_s * 1000000 > now_us &&
	       (c->nbf_s < 0 || c->nbf_s * 1000000 <= now_us);
}

bool waf_token_active(struct waf *w, struct span token, struct token_claims *c)
{
	struct token_format f;

	for (unsigned i = 0; i < w->n_tokens; i++)
		if (span_eq(token, span_str(w->tokens[i].text))) {
			*c = w->tokens[i].claims;
			return in_time(w, c);
		}
	actor_token_format(w->env.profile, &f);
	return token_read(c, token, &f) && c->sig == TOKEN_SIG_GOOD && in_time(w, c);
}

static void fill(char *out, size_t cap, const char *given, const char *profile,
		 const char *fallback)
{
	snprintf(out, cap, "%s", given ? given : profile ? profile : fallback);
}

static void grant_claims(struct waf *w, const struct waf_grant *g, struct token_claims *c)
{
	const struct profile *p = w->env.profile;
	int64_t now_us = loop_unix_us(w->env.loop);

	memset(c, 0, sizeof(*c));
	c->jwt = true;
	if (!g->no_impi && g->impi)
		snprintf(c->impi, sizeof(c->impi), "%s", g->impi);
	for (unsigned i = 0; !g->no_impu && i < g->n_impu && i < LIMIT_IMPUS; i++)
		snprintf(c->impu[c->n_impu++], sizeof(c->impu[0]), "%s", g->impu[i]);
	fill(c->wwsf, sizeof(c->wwsf), g->wwsf, p->n_pools ? p->pools[0].wwsf : NULL, "wwsf");
	fill(c->waf, sizeof(c->waf), g->issuer, p->token.issuer, "waf");
	fill(c->audience, sizeof(c->audience), g->audience, p->token.audience, "");
	fill(c->scope, sizeof(c->scope), g->scope, p->token.scope, "");
	loop_random_hex(w->env.loop, c->subject, 16);   /* tokens never repeat */
	c->iat_s = now_us / 1000000;
	c->nbf_s = g->not_before_us > 0 ? (now_us + g->not_before_us) / 1000000 + 1 : -1;
	c->exp_s = g->valid_us ? (now_us + g->valid_us) / 1000000 : waf_token_exp_s(w, 0);
}

/* Another character in the middle of the token's last part. */
static void spoil(char *text)
{
	char *dot = strrchr(text, '.');
	char *at = dot ? dot + (strlen(dot) + 1) / 2 : text + strlen(text) / 2;

	*at = *at == 'A' ? 'B' : 'A';
}

char *waf_grant(struct waf *w, const struct waf_grant *g, struct err *err)
{
	struct token_claims *c = must_alloc(sizeof(*c));
	struct token_format f;
	const char *why = "";
	char *text;

	grant_claims(w, g, c);
	actor_token_format(w->env.profile, &f);
	if (g->key) {
		f.key = span_str(g->key);
		f.alg = S("HS256");
	}
	text = waf_token_make(w, c, &f, !g->unknown && !g->key, &why);
	free(c);
	if (!text)
		err_set(err, EXIT_BROKE, "no token: %s", why);
	else if (g->garbled)
		spoil(text);
	return text;
}
