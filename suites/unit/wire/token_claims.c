/* What tokens say: shapes, names of claims, lists, limits; and minting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "guard.h"
#include "token_keys.h"
#include "wire/token.h"

static const struct token_format hs256 = {
	.alg = SPAN_INIT("HS256"), .key = SPAN_INIT("secret"),
};

/* Reads a token with that body. */
static bool read_body(struct token_claims *c, const char *json,
		      const struct token_format *f)
{
	static char text[70000];

	return token_read(c, hmac_token(text, S("{\"alg\":\"HS256\"}"),
					span_str(json), S("secret")), f);
}

static void no_jwt_shape(void **state)
{
	static const struct span rows[] = {
		{ NULL, 0 }, SPAN_INIT(""), SPAN_INIT("."), SPAN_INIT(".."),
		SPAN_INIT("opaque"), SPAN_INIT("a.b"), SPAN_INIT("a.b.c"),
		SPAN_INIT("e30.e30.x"),                 /* {}.{}: no alg */
		SPAN_INIT("eyJhbGciOjF9.e30.x"),        /* alg is a number */
		SPAN_INIT("eyJhbGciOiJIUzI1NiJ9.e30"),  /* two parts */
		SPAN_INIT("eyJhbGciOiJIUzI1NiJ9.e30.a.b"),
		SPAN_INIT("eyJhbGciOiJIUzI1NiJ9.e30.a.b.c"), /* JWE */
		SPAN_INIT("eyJhbGciOiJIUzI1NiJ9.W10.x"),     /* [] */
		SPAN_INIT("eyJhbGciOiJIUzI1NiJ9=.e30.x"),
		SPAN_INIT("eyJhbGciOiJIUzI1NiJ9.e31.x"),     /* spare bits */
		SPAN_INIT("eyJhbGciOiJIUzI1NiJ9 .e30.x"),
		SPAN_INIT("eyJh\0bGci.e30.x"),
		/* {"alg":"HS256","alg":"none"} */
		SPAN_INIT("eyJhbGciOiJIUzI1NiIsImFsZyI6Im5vbmUifQ.e30.x"),
	};
	struct guard g = guard_new(100);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct token_claims c;

		memset(&c, 0x55, sizeof c);
		assert_false(token_read(&c, guard_put(&g, rows[i]), &hs256));
		assert_false(c.jwt);
		assert_int_equal(c.sig, TOKEN_SIG_UNKNOWN);
		assert_string_equal(c.impi, "");
		assert_int_equal(c.exp_s, -1);
	}
	guard_free(&g);
}

static void default_names(void **state)
{
	struct token_claims c;

	(void)state;
	assert_true(read_body(&c, "{\"impi\":\"a@x\",\"impu\":\"sip:a@x\","
		"\"azp\":\"wwsf\",\"iss\":\"https://waf\",\"aud\":\"ims\","
		"\"scope\":\"one two\",\"sub\":\"alice\",\"jti\":\"7\","
		"\"exp\":12,\"nbf\":11,\"iat\":10}", &hs256));
	assert_int_equal(c.sig, TOKEN_SIG_GOOD);
	assert_string_equal(c.impi, "a@x");
	assert_int_equal(c.n_impu, 1);
	assert_string_equal(c.impu[0], "sip:a@x");
	assert_string_equal(c.wwsf, "wwsf");
	assert_string_equal(c.waf, "https://waf");
	assert_string_equal(c.audience, "ims");
	assert_string_equal(c.scope, "one two");
	assert_string_equal(c.subject, "alice");
	assert_string_equal(c.id, "7");
	assert_true(c.exp_s == 12 && c.nbf_s == 11 && c.iat_s == 10);
	assert_false(c.over_limit);
}

static void other_names(void **state)
{
	struct token_format f = hs256;
	struct token_claims c;

	(void)state;
	f.claim_impi = S("urn:ims:impi");
	f.claim_impu = S("identities");
	f.claim_wwsf = S("client_id");
	f.claim_waf = S("issuer");
	assert_true(read_body(&c, "{\"urn:ims:impi\":\"a\",\"impi\":\"no\","
		"\"identities\":[\"b\",\"c\"],\"impu\":\"no\","
		"\"client_id\":\"d\",\"issuer\":\"e\",\"iss\":\"no\"}", &f));
	assert_string_equal(c.impi, "a");
	assert_int_equal(c.n_impu, 2);
	assert_string_equal(c.impu[0], "b");
	assert_string_equal(c.impu[1], "c");
	assert_string_equal(c.wwsf, "d");
	assert_string_equal(c.waf, "e");
}

static void lists(void **state)
{
	struct token_claims c;

	(void)state;
	assert_true(read_body(&c, "{\"aud\":[\"a\",\"b\",\"\",3,\"c\"],"
			      "\"scope\":[\"s\",\"t\"],\"impu\":[1,null,\"\","
			      "\"sip:x\",[\"y\"]],\"impi\":[\"list\"]}", &hs256));
	assert_string_equal(c.audience, "a b c");
	assert_string_equal(c.scope, "s t");
	assert_int_equal(c.n_impu, 1);
	assert_string_equal(c.impu[0], "sip:x");
	assert_string_equal(c.impi, "");
	assert_true(token_lists(c.audience, S("b")));
	assert_true(token_lists(c.audience, S("c")));
	assert_false(token_lists(c.audience, S("a b")));
	assert_false(token_lists(c.audience, S("")));
	assert_false(token_lists("", S("a")));
}

static void times(void **state)
{
	static const struct { const char *json; int64_t want; } rows[] = {
		{ "{}", -1 }, { "{\"exp\":0}", 0 }, { "{\"exp\":-7}", 0 },
		{ "{\"exp\":1700000000.9}", 1700000000 },
		{ "{\"exp\":-0.5}", 0 }, { "{\"exp\":1e300}", INT64_MAX },
		{ "{\"exp\":9223372036854775807}", INT64_MAX },
		{ "{\"exp\":\"12\"}", -1 }, { "{\"exp\":null}", -1 },
		{ "{\"exp\":[1]}", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct token_claims c;

		assert_true(read_body(&c, rows[i].json, &hs256));
		assert_true(c.exp_s == rows[i].want);
	}
}

/* What does not fit is left out and said so; never half of it. */
static void limits(void **state)
{
	struct token_claims c;
	struct buf b;

	(void)state;
	buf_init(&b, 60000);
	for (int n = 255; n < 257; n++) {
		buf_clear(&b);
		buf_addf(&b, "{\"impi\":\"%0*d\",\"sub\":\"s\"}", n, 0);
		assert_true(read_body(&c, buf_str(&b), &hs256));
		assert_int_equal(strlen(c.impi), n == 255 ? 255 : 0);
		assert_int_equal(c.over_limit, n == 256);
		assert_string_equal(c.subject, "s");
	}
	for (unsigned n = LIMIT_IMPUS; n < LIMIT_IMPUS + 2; n++) {
		buf_clear(&b);
		for (unsigned i = 0; i < n; i++)
			buf_addf(&b, "%s\"%u\"", i ? "," : "{\"impu\":[", i);
		buf_addf(&b, "]}");
		assert_true(read_body(&c, buf_str(&b), &hs256));
		assert_int_equal(c.n_impu, LIMIT_IMPUS);
		assert_int_equal(c.over_limit, n > LIMIT_IMPUS);
	}
	buf_clear(&b);
	buf_addf(&b, "{\"impu\":[\"%0300d\",\"sip:x\"]}", 0);
	assert_true(read_body(&c, buf_str(&b), &hs256));
	assert_true(c.over_limit && c.n_impu == 1);
	assert_string_equal(c.impu[0], "sip:x");
	buf_clear(&b);
	buf_addf(&b, "{\"x\":\"%052000d\"}", 0);
	assert_false(read_body(&c, buf_str(&b), &hs256));
	buf_free(&b);
}

static void mint_and_read(void **state)
{
	struct token_claims c = {
		.impi = "a@x", .n_impu = 2, .impu = { "sip:a@x", "sip:\"b\\@x" },
		.wwsf = "w", .waf = "https://waf", .audience = "one two",
		.scope = "s t", .subject = "sub", .id = "id-1",
		.exp_s = 5000000000, .nbf_s = 0, .iat_s = -1,
	}, got;
	const char *why;
	char *t = token_mint(&c, &hs256, &why);

	(void)state;
	assert_non_null(t);
	assert_true(token_read(&got, span_str(t), &hs256));
	c.jwt = true;
	c.sig = TOKEN_SIG_GOOD;
	assert_memory_equal(&got, &c, sizeof c);
	free(t);
	c.n_impu = 1;
	memset(c.impu[1], 0, sizeof c.impu[1]);
	t = token_mint(&c, &hs256, &why);
	assert_true(token_read(&got, span_str(t), &hs256));
	assert_memory_equal(&got, &c, sizeof c);
	free(t);
}

static void unsigned_by_request(void **state)
{
	struct token_format f = { .alg = S("none") };
	struct token_claims c = { .impi = "a", .exp_s = -1, .nbf_s = -1,
				  .iat_s = -1 };
	const char *why;
	char *t = token_mint(&c, &f, &why);

	(void)state;
	assert_non_null(t);
	assert_true(token_read(&c, span_str(t), &hs256));
	assert_int_equal(c.sig, TOKEN_SIG_BAD);
	assert_string_equal(c.impi, "a");
	free(t);
}

static void what_cannot_be_minted(void **state)
{
	static char private[4000], public[4000];
	static const struct token_claims plain = { .exp_s = 1 };
	struct token_claims bad = plain;
	const char *why;

	(void)state;
	new_key(private, public, sizeof private, 0);
	struct token_format rows[] = {
		{ .alg = S("HS512"), .key = S("secret") },
		{ .key = S("secret") },
		{ .alg = S("HS256") },
		{ .alg = S("HS256"), .key = span_str(private) },
		{ .alg = S("RS256"), .key = S("secret") },
		{ .alg = S("RS256"), .key = span_str(private) },
		{ .alg = S("ES256"), .key = span_str(public) },
		{ .alg = S("RS256"),
		  .key = S("-----BEGIN ENCRYPTED PRIVATE KEY-----\n") },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		why = NULL;
		assert_null(token_mint(&plain, &rows[i], &why));
		assert_non_null(why);
	}
	memcpy(bad.impi, "\xff\xfe", 3);
	why = NULL;
	assert_null(token_mint(&bad, &hs256, &why));
	assert_string_equal(why, "a claim is not UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_jwt_shape),
		cmocka_unit_test(default_names),
		cmocka_unit_test(other_names),
		cmocka_unit_test(lists),
		cmocka_unit_test(times),
		cmocka_unit_test(limits),
		cmocka_unit_test(mint_and_read),
		cmocka_unit_test(unsigned_by_request),
		cmocka_unit_test(what_cannot_be_minted),
	};

	return cmocka_run_group_tests_name("token_claims", tests, NULL, NULL);
}
