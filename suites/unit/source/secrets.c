/* What is decided before masking hides it: digests, tokens, claims. */
#include "rig.h"

#include "trace/mask.h"
#include "wire/digest.h"
#include "wire/token.h"

static const char alice[] =
	"subscribers: [{user: alice, impi: alice@ims.example, "
	"impu: [\"sip:alice@ims.example\"], sip_password: s3cret}]\n";

static struct digest digest_of(const char *password, struct span qop)
{
	return (struct digest){
		.alg = DIGEST_SHA256, .username = S("alice@ims.example"),
		.realm = S("ims.example"), .password = span_str(password),
		.nonce = S("n0nce"), .cnonce = qop.n ? S("cn") : SPAN_NONE,
		.nc = qop.n ? S("00000001") : SPAN_NONE, .qop = qop,
		.method = S("REGISTER"), .uri = S("sip:ims.example"),
	};
}

static const char *authorization(const struct digest *g)
{
	static char out[600];
	char hex[DIGEST_HEX_MAX], more[200] = "";

	digest_response(g, hex);
	if (!span_absent(g->qop))
		snprintf(more, sizeof more, ",qop=%.*s,nc=%.*s,cnonce=\"%.*s\"",
			 SPAN(g->qop), SPAN(g->nc), SPAN(g->cnonce));
	snprintf(out, sizeof out, "Authorization: Digest username=\"%.*s\","
		 "realm=\"ims.example\",nonce=\"n0nce\",algorithm=SHA-256,"
		 "uri=\"sip:ims.example\",response=\"%s\"%s\r\n",
		 SPAN(g->username), hex, more);
	return out;
}

static void digest_response_right_or_wrong(void **state)
{
	static const char *const passwords[] = { "s3cret", "s3crex" };
	static const char *const proofs[] = { "response=1", "response=2" };
	struct rig r;

	(void)state;
	rig_open(&r, alice);
	conn_open(&r, 1, POINT_MW, false, NULL);
	for (unsigned i = 0; i < 4; i++) {
		struct digest g = digest_of(passwords[i % 2], i < 2 ?
					    S("auth") : SPAN_NONE);

		give(&r, 1, true, sip_request_text("REGISTER", "alice", "b", i,
						   authorization(&g)), 0);
		assert_non_null(strstr(seen_nth(&r.seen, "sip", i),
				       proofs[i % 2]));
	}
	struct digest g = digest_of("s3cret", S("auth"));

	g.username = S("nobody@ims.example");
	give(&r, 1, true, sip_request_text("REGISTER", "alice", "b", 9,
					   authorization(&g)), 0);
	assert_null(strstr(seen_nth(&r.seen, "sip", 4), "response="));
	rig_close(&r);
}

static void rspauth_right_or_wrong(void **state)
{
	struct digest g = digest_of("s3cret", S("auth"));
	char hex[DIGEST_HEX_MAX], info[200];
	struct rig r;

	(void)state;
	rig_open(&r, alice);
	ws_open(&r, 1, NULL);
	digest_rspauth(&g, hex);
	for (unsigned i = 0; i < 3; i++) {
		if (i == 1)
			hex[0] = hex[0] == 'a' ? 'b' : 'a';
		snprintf(info, sizeof info, "Authentication-Info: qop=auth,"
			 "rspauth=\"%s\",cnonce=\"cn\",nc=00000001\r\n", hex);
		if (i < 2)      /* the third answers what nobody asked */
			ws_give(&r, 1, true, sip_request_text("REGISTER",
				"alice", "b", i, authorization(&g)), 0);
		ws_give(&r, 1, false, sip_answer_text(200, "REGISTER", "alice",
						      "b", i, info), 0);
	}
	assert_non_null(strstr(seen_nth(&r.seen, "sip W2 epcscf", 0),
			       "rspauth=1"));
	assert_non_null(strstr(seen_nth(&r.seen, "sip W2 epcscf", 1),
			       "rspauth=2"));
	assert_null(strstr(seen_nth(&r.seen, "sip W2 epcscf", 2), "rspauth"));
	rig_close(&r);
}

static void a_token_where_it_does_not_belong(void **state)
{
	static const char token[] =
		"Authorization: Bearer access_token=\"tokenTOKEN1234\"\r\n";
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	ws_open(&r, 1, NULL);
	conn_open(&r, 2, POINT_MW, false, NULL);
	give(&r, 2, true, sip_request_text("REGISTER", "a", "x", 0,
					   "X-A: tokenTOKEN1234\r\n"), 0);
	ws_give(&r, 1, true, sip_request_text("REGISTER", "a", "b", 1, token),
		0);
	give(&r, 2, true, sip_request_text("REGISTER", "a", "c", 1, ""), 0);
	give(&r, 2, true, sip_request_text("REGISTER", "a", "d", 1,
		"P-Token: <x;t=tokenTOKEN1234>\r\n"), 0);
	give(&r, 2, true, sip_request_text("REGISTER", "a", "e", 1,
		"P-Token: xtokenTOKEN1234\r\n"), 0);
	give(&r, 2, true, sip_request_text("REGISTER", "a", "f", 1,
		"Authorization: Digest username=\"u\",opaque=\"tokenTOKEN1234"
		"\"\r\n"), 0);
	static const bool elsewhere[] = { false, false, false, true, false,
					  true };

	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(elsewhere[i],
			strstr(seen_nth(&r.seen, "sip", i), "elsewhere") !=
			NULL);
	rig_close(&r);
}

static const char jwt_ixit[] =
	"token: {kind: jwt, alg: HS256, issuer: \"https://waf\", "
	"claims: {impi: impi, impu: impu, wwsf: azp, waf: iss}}\n";

static char *mint(const char *issuer, struct span key, int64_t exp_s)
{
	struct token_claims c = { .impi = "p1@ims.example", .n_impu = 1,
				  .impu = { "sip:p1@ims.example" },
				  .wwsf = "wwsf", .exp_s = exp_s, .nbf_s = -1,
				  .iat_s = -1 };
	struct token_format f = { .alg = S("HS256"), .key = key };
	const char *why = NULL;
	char *t;

	span_copy(c.waf, sizeof c.waf, span_str(issuer));
	t = token_mint(&c, &f, &why);
	if (!t)
		fail_msg("%s", why);
	return t;
}

static void present(struct rig *r, const char *token, unsigned n)
{
	char header[3000];

	snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", token);
	ws_give(r, 1, true, sip_request_text("REGISTER", "a", "b", n, header),
		1000000);
}

static void claims_of_a_jwt_are_told_once(void **state)
{
	struct span key = S("0123456789abcdef0123456789abcdef");
	struct span other = S("another key another key another!");
	char *token[4], name[200];
	static const char *const states[] = { "active", "unknown", "unknown",
					      "expired" };
	struct rig r;

	(void)state;
	token[0] = mint("https://waf", key, 1050);
	token[1] = mint("https://waf", other, 1050);
	token[2] = mint("https://elsewhere", key, 1050);
	token[3] = mint("https://waf", key, 1001);
	rig_open(&r, jwt_ixit);
	r.p->token.key = key;
	decoder_clock(r.d, 1000 * 1000000ll + 500000);
	ws_open(&r, 1, NULL);
	for (unsigned i = 0; i < 8; i++)
		present(&r, token[i % 4], i);
	assert_int_equal(seen_count(&r.seen, "token"), 4);
	for (unsigned i = 0; i < 4; i++) {
		const char *line = seen_nth(&r.seen, "token", i);
		int64_t at = i == 3 ? 500000 : 49500000;

		snprintf(name, sizeof name, " %s ends=%lld", states[i],
			 (long long)at);
		assert_non_null(strstr(line, "token - wwsf=wwsf"));
		assert_non_null(strstr(line, "impi=p1@ims.example "
				       "impu=sip:p1@ims.example"));
		assert_non_null(strstr(line, name));
		free(token[i]);
	}
	/* Before the first event that shows it. */
	assert_string_equal(seen_nth(&r.seen, "register", 8), "");
	for (unsigned i = 0; i < r.seen.n; i++)
		if (strncmp(r.seen.line[i], "register", 8) == 0) {
			assert_memory_equal(r.seen.line[i - 2], "token", 5);
			break;
		}
	r.p->token.key = SPAN_NONE;
	rig_close(&r);
}

static void tokens_go_by_their_masked_name(void **state)
{
	struct rig r;
	char room[17];

	(void)state;
	rig_open(&r, NULL);
	decoder_free(r.d);
	struct mask *m = mask_new(7);

	r.d = decoder_new(r.p, m, seen_take, &r.seen);
	ws_open(&r, 1, NULL);
	present(&r, "verySecretToken01", 1);
	struct span name = mask_name(m, S("verySecretToken01"), room);
	char want[64];

	snprintf(want, sizeof want, "token=%.*s ", SPAN(name));
	assert_true(name.n == 16);
	assert_non_null(strstr(seen_nth(&r.seen, "register", 0), want));
	assert_true(mask_find_token(m, S("x verySecretToken01 y")) >= 0);
	rig_close(&r);
	mask_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_response_right_or_wrong),
		cmocka_unit_test(rspauth_right_or_wrong),
		cmocka_unit_test(a_token_where_it_does_not_belong),
		cmocka_unit_test(claims_of_a_jwt_are_told_once),
		cmocka_unit_test(tokens_go_by_their_masked_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
