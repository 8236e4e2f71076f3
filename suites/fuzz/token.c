/* Tokens. First byte: which key we hold; bit 7: the rest is not a token but its
 * two JSON texts, a line feed between them, to be encoded and signed here. A
 * signature is good exactly when the target finds so itself (HS256), what has
 * no JWT shape says nothing, and what was read can be minted and read again. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/wire/token_keys.h"
#include "wire/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct token_format formats[] = {
	{ .alg = SPAN_INIT("HS256"), .key = SPAN_INIT("secret") },
	{ .alg = SPAN_INIT("RS256"), .key = SPAN_INIT(RFC7515_A2_PEM) },
	{ .alg = SPAN_INIT("ES256"), .key = SPAN_INIT(RFC7515_A3_PEM) },
	{ .alg = SPAN_INIT("HS256"), .key = SPAN_INIT(RFC7515_A2_PEM) },
	{ .alg = SPAN_INIT("HS256"), .key = { NULL, 0 },
	  .claim_impi = SPAN_INIT("sub"), .claim_impu = SPAN_INIT("aud") },
};

static bool signed_by_secret(struct span token)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n_md = 0;
	size_t dot = token.n;
	char want[100];

	while (dot && token.p[dot - 1] != '.')
		dot--;
	if (!dot)
		return false;
	HMAC(EVP_sha256(), "secret", 6, (const unsigned char *)token.p, dot - 1,
	     md, &n_md);
	base64url(want, (struct span){ (char *)md, n_md });
	return span_eq(span_from(token, dot), span_str(want));
}

static void check(const struct token_claims *c)
{
	static const struct token_claims nothing = {
		.exp_s = -1, .nbf_s = -1, .iat_s = -1
	};

	if (!c->jwt)
		assert(memcmp(c, &nothing, sizeof nothing) == 0);
	assert(c->n_impu <= LIMIT_IMPUS);
	for (unsigned i = 0; i < LIMIT_IMPUS; i++) {
		assert(memchr(c->impu[i], 0, sizeof c->impu[i]));
		assert((c->impu[i][0] != 0) == (i < c->n_impu));
	}
	assert(memchr(c->impi, 0, sizeof c->impi));
	assert(memchr(c->scope, 0, sizeof c->scope));
	assert(memchr(c->audience, 0, sizeof c->audience));
	assert(c->exp_s >= -1 && c->nbf_s >= -1 && c->iat_s >= -1);
}

static void mint_again(const struct token_claims *c)
{
	struct token_claims again;
	const char *why;
	char *t = token_mint(c, &formats[0], &why);

	assert(t);
	assert(token_read(&again, span_str(t), &formats[0]));
	assert(again.sig == TOKEN_SIG_GOOD);
	/* Blanks between the items of an audience may become fewer. */
	memcpy(again.audience, c->audience, sizeof again.audience);
	again.sig = c->sig;
	again.over_limit = c->over_limit;
	assert(memcmp(&again, c, sizeof again) == 0);
	free(t);
}

static void try_token(struct span token, const struct token_format *f)
{
	struct token_claims c;

	assert(token_read(&c, token, f) == c.jwt);
	check(&c);
	if (f == &formats[0] && c.sig == TOKEN_SIG_GOOD)
		assert(signed_by_secret(token));
	if (f == &formats[3] || span_absent(f->key))
		assert(c.sig != TOKEN_SIG_GOOD);
	if (c.jwt)
		mint_again(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	const struct token_format *f =
		&formats[(data[0] & 127) % (sizeof formats / sizeof *formats)];
	struct span rest = { (const char *)data + 1, size - 1 };

	if (data[0] < 128) {
		try_token(rest, f);
		return 0;
	}
	struct span head = span_split(&rest, '\n');
	char *text = malloc(2 * size + 100);

	assert(text);
	try_token(hmac_token(text, head, span_absent(rest) ? S("") : rest,
			     S("secret")), f);
	free(text);
	return 0;
}
