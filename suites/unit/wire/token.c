/* Signatures of tokens: RFC 7515's examples, ours against libjwt's, and every
 * way to be taken in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jwt.h>
#include <openssl/x509.h>

#include "guard.h"
#include "token_keys.h"
#include "wire/token.h"

static char rsa_private[4000], rsa_public[4000];
static char ec_private[4000], ec_public[4000];
static char a1_key[64];         /* bytes, not text */

static int make_keys(void **state)
{
	unsigned char raw[66];
	char text[90];

	(void)state;
	new_key(rsa_private, rsa_public, sizeof rsa_private, 2048);
	new_key(ec_private, ec_public, sizeof ec_private, 0);
	snprintf(text, sizeof text, "%s==", RFC7515_A1_KEY);
	for (char *c = text; *c; c++)
		*c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
	assert_int_equal(66, EVP_DecodeBlock(raw, (unsigned char *)text, 88));
	memcpy(a1_key, raw, sizeof a1_key);
	return 0;
}

static enum token_sig sig_of(struct span token, struct span alg, struct span key)
{
	struct token_format f = { .alg = alg, .key = key };
	struct token_claims c;

	assert_true(token_read(&c, token, &f));
	return c.sig;
}

static void published(void **state)
{
	struct span k1 = { a1_key, sizeof a1_key };
	struct token_format f = { .alg = S("HS256"), .key = k1 };
	struct token_claims c;

	(void)state;
	assert_true(token_read(&c, S(RFC7515_A1), &f));
	assert_int_equal(c.sig, TOKEN_SIG_GOOD);
	assert_string_equal(c.waf, "joe");
	assert_int_equal(c.exp_s, 1300819380);
	assert_int_equal(c.nbf_s, -1);
	assert_string_equal(c.impi, "");
	assert_int_equal(TOKEN_SIG_GOOD,
			 sig_of(S(RFC7515_A2), S("RS256"), S(RFC7515_A2_PEM)));
	assert_int_equal(TOKEN_SIG_GOOD,
			 sig_of(S(RFC7515_A3), S("ES256"), S(RFC7515_A3_PEM)));
}

/* Every byte of each example changed: never good, and mostly still read. */
static void tampered(void **state)
{
	struct { struct span token, alg, key; } rows[] = {
		{ S(RFC7515_A1), S("HS256"), { a1_key, sizeof a1_key } },
		{ S(RFC7515_A2), S("RS256"), S(RFC7515_A2_PEM) },
		{ S(RFC7515_A3), S("ES256"), S(RFC7515_A3_PEM) },
	};
	struct guard g = guard_new(4096);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct token_format f = { .alg = rows[i].alg, .key = rows[i].key };
		struct span t = guard_put(&g, rows[i].token);
		size_t sig_at = (size_t)(t.n - (size_t)(strrchr(rows[i].token.p,
					 '.') - rows[i].token.p));
		char *p = (char *)(uintptr_t)t.p;

		sig_at = t.n - sig_at + 1;
		for (size_t k = 0; k < t.n; k++) {
			struct token_claims c;
			char was = p[k];

			p[k] = was == 'A' ? 'B' : 'A';
			bool jwt = token_read(&c, t, &f);

			assert_int_not_equal(c.sig, TOKEN_SIG_GOOD);
			if (k >= sig_at) {
				assert_true(jwt);
				assert_int_equal(c.sig, TOKEN_SIG_BAD);
			}
			p[k] = was;
			/* Cut there: a shorter signature is no signature. */
			token_read(&c, span_sub(t, 0, k), &f);
			assert_int_not_equal(c.sig, TOKEN_SIG_GOOD);
		}
	}
	guard_free(&g);
}

static void the_wrong_key(void **state)
{
	(void)state;
	assert_int_equal(TOKEN_SIG_BAD,
			 sig_of(S(RFC7515_A1), S("HS256"), S("another secret")));
	assert_int_equal(TOKEN_SIG_BAD, sig_of(S(RFC7515_A2), S("RS256"),
					       span_str(rsa_public)));
	assert_int_equal(TOKEN_SIG_BAD, sig_of(S(RFC7515_A3), S("ES256"),
					       span_str(ec_public)));
}

/* Our own trouble is not the token's. */
static void no_usable_key(void **state)
{
	(void)state;
	assert_int_equal(TOKEN_SIG_UNKNOWN,
			 sig_of(S(RFC7515_A1), S("HS256"), SPAN_NONE));
	assert_int_equal(TOKEN_SIG_UNKNOWN,
			 sig_of(S(RFC7515_A1), SPAN_NONE, S("secret")));
	assert_int_equal(TOKEN_SIG_UNKNOWN,
			 sig_of(S(RFC7515_A1), S("HS256"), S("")));
	assert_int_equal(TOKEN_SIG_UNKNOWN,
			 sig_of(S(RFC7515_A2), S("RS256"), S("no PEM")));
	assert_int_equal(TOKEN_SIG_UNKNOWN, sig_of(S(RFC7515_A2), S("RS256"),
						   S(RFC7515_A3_PEM)));
	assert_int_equal(TOKEN_SIG_UNKNOWN, sig_of(S(RFC7515_A3), S("ES256"),
						   S(RFC7515_A2_PEM)));
	struct token_claims c;

	assert_true(token_read(&c, S(RFC7515_A1), NULL));
	assert_int_equal(c.sig, TOKEN_SIG_UNKNOWN);
}

static void alg_none_is_never_good(void **state)
{
	static const struct span heads[] = {
		SPAN_INIT("{\"alg\":\"none\"}"), SPAN_INIT("{\"alg\":\"None\"}"),
		SPAN_INIT("{\"alg\":\"NONE\",\"typ\":\"JWT\"}"),
	};
	static const struct span algs[] = {
		SPAN_INIT("HS256"), SPAN_INIT("RS256"), SPAN_INIT("ES256"),
		SPAN_INIT("none"), SPAN_INIT("None"), { NULL, 0 },
	};
	struct span keys[] = {
		S("secret"), S(""), SPAN_NONE, span_str(rsa_public),
		span_str(ec_private),
	};
	char text[1000];

	(void)state;
	for (size_t h = 0; h < 3; h++)
		for (size_t a = 0; a < 6; a++)
			for (size_t k = 0; k < 5; k++) {
				struct span t = hmac_token(text, heads[h],
					S("{\"impi\":\"a\"}"), S("secret"));

				assert_int_equal(TOKEN_SIG_BAD,
						 sig_of(t, algs[a], keys[k]));
				t.n = (size_t)(strrchr(text, '.') + 1 - text);
				assert_int_equal(TOKEN_SIG_BAD,
						 sig_of(t, algs[a], keys[k]));
			}
}

/* The public key is no secret: who signs HMAC with it proves nothing. */
static void algorithm_confusion(void **state)
{
	struct span head = S("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
	struct span key = span_str(rsa_public);
	char text[1000];
	struct span t = hmac_token(text, head, S("{\"impi\":\"a\"}"), key);

	(void)state;
	assert_int_equal(TOKEN_SIG_BAD, sig_of(t, S("RS256"), key));
	assert_int_equal(TOKEN_SIG_BAD, sig_of(t, S("ES256"), key));
	assert_int_equal(TOKEN_SIG_UNKNOWN, sig_of(t, S("HS256"), key));
	/* The header says what is expected, the signature is of another kind. */
	t = hmac_token(text, S("{\"alg\":\"RS256\"}"), S("{\"impi\":\"a\"}"), key);
	assert_int_equal(TOKEN_SIG_BAD, sig_of(t, S("RS256"), key));
	assert_int_equal(TOKEN_SIG_BAD,
			 sig_of(t, S("HS256"), S("secret")));
	/* Right secret, but an algorithm or an extension we do not check. */
	t = hmac_token(text, S("{\"alg\":\"HS384\"}"), S("{}"), S("secret"));
	assert_int_equal(TOKEN_SIG_BAD, sig_of(t, S("HS256"), S("secret")));
	t = hmac_token(text, S("{\"alg\":\"hs256\"}"), S("{}"), S("secret"));
	assert_int_equal(TOKEN_SIG_BAD, sig_of(t, S("HS256"), S("secret")));
	t = hmac_token(text, S("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":1}"),
		       S("{}"), S("secret"));
	assert_int_equal(TOKEN_SIG_BAD, sig_of(t, S("HS256"), S("secret")));
}

/* Access tokens as RFC 9068 types them; any other typ too. */
static void any_typ_is_fine(void **state)
{
	char text[1000];
	struct span t = hmac_token(text, S("{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}"),
				   S("{}"), S("secret"));

	(void)state;
	assert_int_equal(TOKEN_SIG_GOOD, sig_of(t, S("HS256"), S("secret")));
}

static void libjwt_agrees(void **state)
{
	struct token_claims c = {
		.impi = "pool1@ims.example", .n_impu = 2,
		.impu = { "sip:pool1@ims.example", "tel:+4930123" },
		.exp_s = 2000000000, .nbf_s = -1, .iat_s = 0, .waf = "waf",
	};
	struct { struct span alg, private, public; } rows[] = {
		{ S("HS256"), S("secret"), S("secret") },
		{ S("RS256"), span_str(rsa_private), span_str(rsa_public) },
		{ S("ES256"), span_str(ec_private), span_str(ec_public) },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct token_format f = { .alg = rows[i].alg,
					  .key = rows[i].private };
		struct span public = rows[i].public;
		const char *why = "?";
		char *t = token_mint(&c, &f, &why);
		jwt_t *jwt = NULL;

		assert_non_null(t);
		assert_null(why);
		assert_int_equal(0, jwt_decode(&jwt, t,
					       (const unsigned char *)public.p,
					       (int)public.n));
		assert_string_equal(jwt_get_grant(jwt, "impi"),
				    "pool1@ims.example");
		assert_int_equal(jwt_get_grant_int(jwt, "exp"), 2000000000);
		jwt_free(jwt);
		assert_int_equal(TOKEN_SIG_GOOD,
				 sig_of(span_str(t), f.alg, public));
		assert_int_equal(TOKEN_SIG_GOOD,
				 sig_of(span_str(t), f.alg, f.key));
		free(t);
	}
}

static void a_certificate_is_a_key_too(void **state)
{
	struct token_format f = { .alg = S("RS256"),
				  .key = span_str(rsa_private) };
	struct token_claims c = { .impi = "a", .exp_s = -1, .nbf_s = -1,
				  .iat_s = -1 };
	const char *why;
	char pem[4000], *t = token_mint(&c, &f, &why);
	BIO *b = BIO_new_mem_buf(rsa_private, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
	X509 *x = X509_new();
	FILE *out = fmemopen(pem, sizeof pem, "w");

	(void)state;
	assert_non_null(t);
	X509_set_pubkey(x, key);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 60);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	assert_int_equal(1, PEM_write_X509(out, x));
	fclose(out);
	assert_int_equal(TOKEN_SIG_GOOD,
			 sig_of(span_str(t), S("RS256"), span_str(pem)));
	X509_free(x);
	EVP_PKEY_free(key);
	BIO_free(b);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published),
		cmocka_unit_test(tampered),
		cmocka_unit_test(the_wrong_key),
		cmocka_unit_test(no_usable_key),
		cmocka_unit_test(alg_none_is_never_good),
		cmocka_unit_test(algorithm_confusion),
		cmocka_unit_test(any_typ_is_fine),
		cmocka_unit_test(libjwt_agrees),
		cmocka_unit_test(a_certificate_is_a_key_too),
	};

	return cmocka_run_group_tests_name("token", tests, make_keys, NULL);
}
