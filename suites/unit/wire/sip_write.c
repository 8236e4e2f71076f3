/* The writer: what it is told, legal or not, and what is read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "wire/sip.h"

static struct sip_msg m, w;

static void whole_request(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	sip_put_request(&b, S("REGISTER"), S("sip:ims.example"));
	sip_put(&b, "Via: SIP/2.0/%s %s;branch=%s", "WSS", "a.invalid", "z9");
	sip_put(&b, "Max-Forwards: %d", 70);
	sip_put(&b, "X-Odd line without");
	sip_put_end(&b, S("body"));
	assert_string_equal(buf_str(&b),
		"REGISTER sip:ims.example SIP/2.0\r\n"
		"Via: SIP/2.0/WSS a.invalid;branch=z9\r\n"
		"Max-Forwards: 70\r\nX-Odd line without\r\n"
		"Content-Length: 4\r\n\r\nbody");
	assert_true(sip_read(&m, buf_span(&b)));
	assert_true(sip_has_defect(&m, SIP_D_NO_COLON));
	assert_true(span_eq(m.body, S("body")));
	assert_int_equal(m.whole.n, b.n);
	buf_free(&b);
}

static void long_lines(void **state)
{
	char big[5000];
	struct buf b;

	(void)state;
	memset(big, 'x', sizeof(big));
	for (size_t n = 1000; n < 1050; n++) {
		buf_init(&b, 8192);
		sip_put_request(&b, S("A"), S("sip:b"));
		sip_put(&b, "X: %.*s", (int)n, big);
		sip_put_end(&b, SPAN_NONE);
		sip_read(&m, buf_span(&b));
		assert_int_equal(sip_get_named(&m, S("X")).n, n);
		buf_free(&b);
	}
	/* Over the cap: full, and no half line. */
	buf_init(&b, 100);
	sip_put(&b, "X: %.*s", 4000, big);
	assert_true(b.full);
	assert_int_equal(b.n, 0);
	buf_free(&b);
}

static void reply(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	assert_true(sip_read(&m, S("REGISTER sip:x SIP/2.0\r\n"
		"v: SIP/2.0/UDP b;branch=z9\r\nf: <sip:a@b>;tag=f\r\n"
		"X: y\r\nt:<sip:a@b>\r\nVia: SIP/2.0/WSS c,\r\n SIP/2.0/TCP d\r\n"
		"Call-ID: 7\r\ncseq: 9 REGISTER\r\n\r\n")));
	sip_put_reply(&b, &m, 401, S("t1"));
	sip_put(&b, "X-More: 1");
	sip_put_end(&b, SPAN_NONE);
	assert_string_equal(buf_str(&b),
		"SIP/2.0 401 Unauthorized\r\n"
		"Via: SIP/2.0/UDP b;branch=z9\r\n"
		"Via: SIP/2.0/WSS c,\r\n SIP/2.0/TCP d\r\n"
		"From: <sip:a@b>;tag=f\r\nTo: <sip:a@b>;tag=t1\r\n"
		"Call-ID: 7\r\nCSeq: 9 REGISTER\r\nX-More: 1\r\n"
		"Content-Length: 0\r\n\r\n");
	assert_true(sip_read(&w, buf_span(&b)));
	assert_int_equal(w.n_defects, 0);
	assert_true(span_eq(w.method, S("REGISTER")));
	buf_free(&b);
}

/* A To tag that is there stays; without a tag to give none is added. */
static void reply_tags(void **state)
{
	static const char *const tos[][3] = {
		{ "<sip:a@b>;tag=x", "t", "To: <sip:a@b>;tag=x\r\n" },
		{ "sip:a@b;TAG=x", "t", "To: sip:a@b;TAG=x\r\n" },
		{ "<sip:a@b;tag=x>", "t", "To: <sip:a@b;tag=x>;tag=t\r\n" },
		{ "\";tag=x\" <sip:a@b>", "t",
		  "To: \";tag=x\" <sip:a@b>;tag=t\r\n" },
		{ "sip:a@b", "t", "To: sip:a@b;tag=t\r\n" },
		{ "<sip:a@b>", "", "To: <sip:a@b>\r\n" },
	};
	struct buf req, b;

	(void)state;
	for (size_t i = 0; i < sizeof(tos) / sizeof(*tos); i++) {
		buf_init(&req, 4096);
		buf_init(&b, 4096);
		buf_addf(&req, "A sip:b SIP/2.0\r\nTo: %s\r\n\r\n", tos[i][0]);
		sip_read(&m, buf_span(&req));
		sip_put_reply(&b, &m, 200, span_str(tos[i][1]));
		assert_non_null(strstr(buf_str(&b), tos[i][2]));
		buf_free(&b);
		buf_free(&req);
	}
}

static void copies(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	sip_read(&m, S("A sip:b SIP/2.0\r\nm: <sip:a>\r\nx-own: 1\r\n"
		       "Contact: <sip:b>\r\ns: subject\r\n\r\n"));
	sip_put_copy(&b, &m, SIP_H_CONTACT);
	sip_put_copy(&b, &m, SIP_H_PATH);
	sip_put_copy(&b, &m, SIP_H_OTHER);
	assert_string_equal(buf_str(&b), "Contact: <sip:a>\r\n"
			    "Contact: <sip:b>\r\nx-own: 1\r\ns: subject\r\n");
	buf_free(&b);
}

static void reasons(void **state)
{
	(void)state;
	assert_true(span_eq(sip_reason(200), S("OK")));
	assert_true(span_eq(sip_reason(403), S("Forbidden")));
	assert_true(span_eq(sip_reason(423), S("Interval Too Brief")));
	assert_true(sip_reason(299).n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_request),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(reply),
		cmocka_unit_test(reply_tags),
		cmocka_unit_test(copies),
		cmocka_unit_test(reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
