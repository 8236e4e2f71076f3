/* Tokens: what they say of themselves, and what they are worth. */
#include <string.h>

#include "oracle/model_priv.h"

uint32_t model_token_put(struct model *m, name_id name)
{
	if (!name)
		return MAP_NONE;
	uint32_t i = map_get(&m->token_index, name);

	if (i != MAP_NONE)
		return i;
	if (!model_grow(m, (void **)&m->tokens, m->n_tokens, &m->room_tokens,
			sizeof *m->tokens))
		return MAP_NONE;
	i = m->n_tokens++;
	m->tokens[i] = (struct token){ .name = name, .ends_us = UNSAID_T,
				       .handover = MAP_NONE,
				       .window = MAP_NONE };
	map_put(&m->token_index, name, i);
	return i;
}

static bool says_other(const char *claim, const char *wanted)
{
	return wanted && claim[0] && strcmp(claim, wanted) != 0;
}

void model_claims(struct model *m, struct token *t,
		  const struct token_claims *c)
{
	const struct token_ixit *want = &m->setup.profile->token;

	t->jwt = c->jwt;
	t->garbled = !c->jwt && want->kind == TOKEN_JWT;
	t->sig = c->sig;
	if (!c->jwt)
		return;
	t->wrong_issuer = says_other(c->waf, want->issuer);
	t->wrong_audience = says_other(c->audience, want->audience);
	t->no_impi = !c->impi[0];
	t->no_impu = !c->n_impu;
	if ((!t->impi || t->impi_filled) && c->impi[0]) {
		t->impi = model_impi(m, span_str(c->impi));
		t->impi_filled = false;
	}
	if (!t->wwsf && c->wwsf[0] && want->claim_wwsf)
		t->wwsf = intern_put(&m->names, span_str(c->wwsf), NULL);
	if (!t->seen_waf && c->n_impu)
		t->n_impu = 0;
	for (unsigned i = 0; !t->seen_waf && i < c->n_impu; i++)
		t->impu[t->n_impu++] = model_impu(m, span_str(c->impu[i]));
}

enum worth model_worth(const struct model *m, uint32_t token, int64_t t_us)
{
	const struct token *t = model_token(m, token);

	if (!t)
		return WORTH_UNKNOWN;
	if (t->sig == TOKEN_SIG_BAD || t->wrong_issuer ||
	    t->state == TOKEN_UNKNOWN)
		return WORTH_UNTRUSTED;
	if (t->garbled || t->state == TOKEN_REVOKED || t->wrong_audience ||
	    t->no_impi || t->no_impu)
		return WORTH_UNVERIFIABLE;
	if (m->setup.profile->pools_present && t->wwsf &&
	    profile_pool(m->setup.profile, model_text(m, t->wwsf)) == MAP_NONE)
		return WORTH_WWSF;
	if (t->state == TOKEN_EXPIRED ||
	    (t->ends_us != UNSAID_T && t_us >= t->ends_us))
		return WORTH_EXPIRED;
	if (t->state == TOKEN_ACTIVE || t->seen_handover)
		return WORTH_GOOD;
	return WORTH_UNKNOWN;
}

bool token_has_impu(const struct token *t, name_id impu)
{
	for (unsigned i = 0; i < t->n_impu; i++)
		if (t->impu[i] == impu)
			return true;
	return false;
}
