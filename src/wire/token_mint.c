/* JWTs made by libjwt. */
#include <errno.h>
#include <jansson.h>
#include <jwt.h>
#include <limits.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "wire/token_in.h"

/* An object that grows; bad once a text was not UTF-8. */
struct claims {
	json_t *o;
	bool bad;
};

static void put(struct claims *cl, struct span name, const char *otherwise,
		json_t *value)
{
	char *z = span_dup(span_absent(name) ? span_str(otherwise) : name);

	if (!value || json_object_set_new(cl->o, z, value))
		cl->bad = true;
	free(z);
}

static void put_text(struct claims *cl, struct span name,
		     const char *otherwise, const char *text)
{
	if (text[0])
		put(cl, name, otherwise, json_string(text));
}

static void put_time(struct claims *cl, const char *name, int64_t t_s)
{
	if (t_s >= 0)
		put(cl, SPAN_NONE, name, json_integer(t_s));
}

static void append(struct claims *cl, json_t *list, struct span text)
{
	if (json_array_append_new(list, json_stringn(text.p, text.n)))
		cl->bad = true;
}

static void put_impus(struct claims *cl, struct span name,
		      const struct token_claims *c)
{
	unsigned n = c->n_impu < LIMIT_IMPUS ? c->n_impu : LIMIT_IMPUS;

	if (n < 2) {
		put_text(cl, name, "impu", n ? c->impu[0] : "");
		return;
	}
	json_t *list = json_array();

	for (unsigned i = 0; i < n; i++)
		append(cl, list, span_str(c->impu[i]));
	put(cl, name, "impu", list);
}

static void put_audience(struct claims *cl, const char *audience)
{
	struct span rest = span_str(audience);

	if (span_chr(rest, ' ') < 0) {
		put_text(cl, SPAN_NONE, "aud", audience);
		return;
	}
	json_t *list = json_array();

	while (!span_absent(rest)) {
		struct span one = span_split(&rest, ' ');

		if (one.n)
			append(cl, list, one);
	}
	put(cl, SPAN_NONE, "aud", list);
}

/* The claims as JSON; malloc'd, NULL when a text is not UTF-8. */
static char *claims_json(const struct token_claims *c,
			 const struct token_format *f)
{
	struct claims cl = { .o = json_object() };

	put_text(&cl, f->claim_impi, "impi", c->impi);
	put_impus(&cl, f->claim_impu, c);
	put_text(&cl, f->claim_wwsf, "azp", c->wwsf);
	put_text(&cl, f->claim_waf, "iss", c->waf);
	put_audience(&cl, c->audience);
	put_text(&cl, SPAN_NONE, "scope", c->scope);
	put_text(&cl, SPAN_NONE, "sub", c->subject);
	put_text(&cl, SPAN_NONE, "jti", c->id);
	put_time(&cl, "exp", c->exp_s);
	put_time(&cl, "nbf", c->nbf_s);
	put_time(&cl, "iat", c->iat_s);
	char *text = cl.bad ? NULL : json_dumps(cl.o, JSON_COMPACT);

	json_decref(cl.o);
	return text;
}

static const char *set_key(jwt_t *jwt, const struct token_format *f)
{
	static const struct { struct span name; jwt_alg_t alg; bool pem; } algs[] = {
		{ SPAN_INIT("HS256"), JWT_ALG_HS256, false },
		{ SPAN_INIT("RS256"), JWT_ALG_RS256, true },
		{ SPAN_INIT("ES256"), JWT_ALG_ES256, true },
	};

	if (span_eq(f->alg, S("none")))
		return jwt_set_alg(jwt, JWT_ALG_NONE, NULL, 0) ?
		       "libjwt refuses alg none" : NULL;
	for (size_t i = 0; i < sizeof algs / sizeof *algs; i++) {
		if (!span_eq(f->alg, algs[i].name))
			continue;
		if (!f->key.n || f->key.n > INT_MAX)
			return "there is no key";
		if (token_key_is_pem(f->key) != algs[i].pem)
			return algs[i].pem ? "the key is not a PEM text" :
			       "a PEM text is no HS256 secret";
		/* libjwt would ask the terminal for the pass phrase. */
		if (algs[i].pem && span_find(f->key, S("ENCRYPTED")) >= 0)
			return "the key is encrypted";
		return jwt_set_alg(jwt, algs[i].alg,
				   (const unsigned char *)f->key.p,
				   (int)f->key.n) ? "libjwt refuses the key" : NULL;
	}
	return "alg is none of HS256 RS256 ES256";
}

char *token_mint(const struct token_claims *c, const struct token_format *f,
		 const char **why)
{
	jwt_t *jwt = NULL;
	char *claims = claims_json(c, f), *token = NULL;

	*why = NULL;
	if (!claims)
		*why = "a claim is not UTF-8";
	else if (jwt_new(&jwt) || jwt_add_grants_json(jwt, claims))
		*why = "libjwt refuses the claims";
	else
		*why = set_key(jwt, f);
	if (!*why) {
		token = jwt_encode_str(jwt);
		if (!token)
			*why = "libjwt cannot sign with this key";
	}
	jwt_free(jwt);
	free(claims);
	ERR_clear_error();
	return token;
}
