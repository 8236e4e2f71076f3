/* What the model keeps of credentials and challenges, and the bounded set
 * that rules remember with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "oracle/model_priv.h"
#include "oracle/recent.h"

static struct sip_msg msg;

/* A REGISTER, or a 401, with these header lines. */
static struct ev message(const char *start, const char *lines)
{
	static char room[4096];
	struct ev e;

	snprintf(room, sizeof room,
		 "%s\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
		 "From: <sip:a@h>;tag=1\r\nTo: <sip:a@h>\r\nCall-ID: c\r\n"
		 "CSeq: 7 REGISTER\r\n%sContent-Length: 0\r\n\r\n", start,
		 lines);
	assert_true(sip_read(&msg, span_str(room)));
	ev_init(&e, EV_REGISTER, 0);
	e.sip = &msg;
	return e;
}

static struct reg_sip request(const char *lines)
{
	struct ev e = message("REGISTER sip:h SIP/2.0", lines);
	struct reg_sip out;

	model_sip_request(&out, &e);
	return out;
}

static struct challenge answer(const char *lines)
{
	struct ev e = message("SIP/2.0 401 Unauthorized", lines);
	struct challenge out;

	model_sip_challenge(&out, &e);
	return out;
}

static void no_sip_is_nothing(void **state)
{
	struct reg_sip out = { .present = true, .username = 5 };
	struct ev e;

	(void)state;
	ev_init(&e, EV_REGISTER, 0);
	model_sip_request(&out, &e);
	assert_false(out.present);
	assert_int_equal(out.username, 0);
	assert_int_equal(model_sip_cseq(&e), 0);
}

static void digest_fields(void **state)
{
	struct reg_sip r = request(
		"Contact: \"A\" <sip:a@1.2.3.4;transport=ws>;expires=60\r\n"
		"Authorization: digest username=\"a@h\",realm=\"h\","
		"nonce=\"n\",uri=\"sip:h\",\r\n response=\"00ff\","
		"algorithm=md5,qop=\"auth\",nc=0000001F,cnonce=\"c\"\r\n");

	(void)state;
	assert_true(r.present && r.has_authorization);
	assert_true(r.scheme == span_hash(S("digest")));
	assert_true(r.username == span_hash(S("a@h")));
	assert_true(r.nonce == span_hash(S("n")));
	assert_true(r.response == span_hash(S("00ff")));
	assert_true(r.algorithm == span_hash(S("md5")));
	assert_true(r.qop == span_hash(S("auth")));
	assert_true(r.contact == span_hash(S("sip:a@1.2.3.4;transport=ws")));
	assert_int_equal(r.nc_count, 0x1f);
	assert_int_equal(r.cseq, 7);
	assert_true(r.response_there && !r.response_empty && !r.nonce_empty);
	assert_int_equal(r.integrity, INTEGRITY_ABSENT);
}

static void trusted_node(void **state)
{
	struct reg_sip r = request(
		"Authorization: Digest username=\"a@h\", realm=\"h\", "
		"uri=\"sip:h\", nonce=\"\", response=\"\", "
		"integrity-protected=\"auth-done\"\r\n");

	(void)state;
	assert_true(r.response_there && r.response_empty && r.nonce_empty);
	assert_int_equal(r.integrity, INTEGRITY_AUTH_DONE);
	assert_int_equal(request("Authorization: Digest integrity-protected="
				 "\"tls-yes\"\r\n").integrity,
			 INTEGRITY_TLS_YES);
	assert_int_equal(request("Authorization: Digest integrity-protected="
				 "maybe\r\n").integrity, INTEGRITY_OTHER);
}

/* The Digest ones count, wherever they stand; so does the flag. */
static void two_credentials(void **state)
{
	struct reg_sip r = request(
		"Authorization: Bearer access_token=\"t\"\r\n"
		"Authorization: Digest username=\"a@h\", nonce=\"n\", "
		"response=\"1\"\r\n");

	(void)state;
	assert_true(r.scheme == span_hash(S("digest")));
	assert_true(r.username == span_hash(S("a@h")));
	r = request("Authorization: Digest username=\"a@h\"\r\n"
		    "Authorization: Bearer access_token=\"t\", "
		    "integrity-protected=\"auth-done\"\r\n");
	assert_true(r.username == span_hash(S("a@h")));
	assert_int_equal(r.integrity, INTEGRITY_AUTH_DONE);
	r = request("Authorization: Bearer t\r\n");
	assert_true(r.has_authorization);
	assert_true(r.scheme == span_hash(S("bearer")));
	assert_false(r.response_there);
}

static void nonce_count_that_is_none(void **state)
{
	(void)state;
	assert_int_equal(request("Authorization: Digest nc=xyz\r\n").nc_count,
			 0);
	assert_int_equal(request("Authorization: Digest nc=123456789\r\n")
			 .nc_count, 0);
	assert_int_equal(request("").nc_count, 0);
}

static void challenges(void **state)
{
	struct challenge c = answer(
		"WWW-Authenticate: Bearer realm=\"x\"\r\n"
		"WWW-Authenticate: Digest realm=\"h\", nonce=\"n\", "
		"algorithm=MD5, qop=\"auth, auth-int\", stale=TRUE\r\n"
		"WWW-Authenticate: Digest realm=\"h\", nonce=\"other\"\r\n");

	(void)state;
	assert_true(c.present && c.digest && c.bearer && c.stale);
	assert_true(c.nonce == span_hash(S("n")));
	assert_true(c.qop == span_hash(S("auth,auth-int")));
	c = answer("WWW-Authenticate: Basic realm=\"h\"\r\n");
	assert_true(c.present && !c.digest && !c.bearer);
	c = answer("");
	assert_false(c.present);
}

static void recent_forgets_the_oldest(void **state)
{
	struct recent r = { 0 };

	(void)state;
	for (uint32_t i = 1; i <= 6; i++)
		recent_put(&r, 4, i, i * 10);
	assert_int_equal(recent_get(&r, 1), MAP_NONE);
	assert_int_equal(recent_get(&r, 2), MAP_NONE);
	assert_int_equal(recent_get(&r, 3), 30);
	assert_int_equal(recent_get(&r, 6), 60);
	recent_put(&r, 4, 6, 61);       /* an old key takes no room */
	assert_int_equal(recent_get(&r, 3), 30);
	assert_int_equal(recent_get(&r, 6), 61);
	recent_del(&r, 6);
	assert_int_equal(recent_get(&r, 6), MAP_NONE);
	assert_true(r.at.used <= 4);
	recent_free(&r);
	assert_int_equal(recent_get(&r, 3), MAP_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_sip_is_nothing),
		cmocka_unit_test(digest_fields),
		cmocka_unit_test(trusted_node),
		cmocka_unit_test(two_credentials),
		cmocka_unit_test(nonce_count_that_is_none),
		cmocka_unit_test(challenges),
		cmocka_unit_test(recent_forgets_the_oldest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
