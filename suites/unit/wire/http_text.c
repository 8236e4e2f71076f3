/* What an HTTP message says, and what the writers write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/http.h"

/* Reads one message; the reader is the caller's to free. */
static struct http_reader *read_one(struct http_msg *m, bool requests,
				    struct span s)
{
	struct http_reader *r = http_reader_new(requests);
	bool done;

	assert_int_equal(s.n, http_reader_feed(r, s, m, &done));
	assert_true(done);
	return r;
}

static void header_fields(void **state)
{
	struct http_msg m;
	struct http_reader *r = read_one(&m, true, S("GET /a HTTP/1.1\r\n"
		"host: first\r\nHost: second\r\nEmpty:\r\n"
		"Sec-WebSocket-Protocol: xmpp, SIP ,msrp\r\n"
		"Sec-WebSocket-Protocol: more\r\nUpgrade: websocket2\r\n\r\n"));

	(void)state;
	assert_true(span_eq(http_get(&m, S("HOST")), S("first")));
	assert_true(span_absent(http_get(&m, S("Hos"))));
	assert_false(span_absent(http_get(&m, S("Empty"))));
	assert_true(span_empty(http_get(&m, S("Empty"))));
	assert_true(http_lists(&m, S("sec-websocket-protocol"), S("sip")));
	assert_true(http_lists(&m, S("sec-websocket-protocol"), S("more")));
	assert_false(http_lists(&m, S("sec-websocket-protocol"), S("xm")));
	assert_false(http_lists(&m, S("Upgrade"), S("websocket")));
	assert_false(http_lists(&m, S("Absent"), S("")));
	http_reader_free(r);
}

static void cookies(void **state)
{
	struct http_msg m;
	struct http_reader *r = read_one(&m, true, S("GET / HTTP/1.1\r\n"
		"Cookie: a=1; session=\"x=y\";b\r\nCookie: c=3; a=9\r\n\r\n"));

	(void)state;
	assert_true(span_eq(http_cookie(&m, S("a")), S("1")));
	assert_true(span_eq(http_cookie(&m, S("session")), S("x=y")));
	assert_true(span_eq(http_cookie(&m, S("c")), S("3")));
	assert_true(span_absent(http_cookie(&m, S("b"))));
	assert_true(span_absent(http_cookie(&m, S("A"))));
	http_reader_free(r);

	r = read_one(&m, false, S("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
		"Set-Cookie: sid=old; Path=/; HttpOnly\r\n"
		"Set-Cookie: sid=new\r\nSet-Cookie: e=; Max-Age=0\r\n\r\n"));
	assert_true(span_eq(http_cookie(&m, S("sid")), S("new")));
	assert_true(span_absent(http_cookie(&m, S("Path"))));
	assert_false(span_absent(http_cookie(&m, S("e"))));
	assert_true(span_empty(http_cookie(&m, S("e"))));
	http_reader_free(r);
}

static void forms(void **state)
{
	struct span form = S("user=alice&pass+word=a%2Bb+c%3d%26&empty=&flag&"
			     "user=mallory&odd=50%&zz=%zz%4&nul=a%00b&"
			     "%75%73=hex&sip=sip%3Aalice%40ims.example");
	static const struct { struct span name; const char *want; } rows[] = {
		{ SPAN_INIT("user"), "alice" },
		{ SPAN_INIT("pass word"), "a+b c=&" },
		{ SPAN_INIT("empty"), "" }, { SPAN_INIT("flag"), "" },
		{ SPAN_INIT("odd"), "50%" }, { SPAN_INIT("zz"), "%zz%4" },
		{ SPAN_INIT("us"), "hex" },
		{ SPAN_INIT("sip"), "sip:alice@ims.example" },
		{ SPAN_INIT("nul"), NULL }, { SPAN_INIT("use"), NULL },
		{ SPAN_INIT("users"), NULL }, { SPAN_INIT(""), NULL },
	};
	char out[32];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool got = http_form_get(form, rows[i].name, out, sizeof out);

		assert_int_equal(got, rows[i].want != NULL);
		assert_string_equal(out, got ? rows[i].want : "");
	}
	assert_true(http_form_get(S("a=1234"), S("a"), out, 5));
	assert_false(http_form_get(S("a=1234"), S("a"), out, 4));
	assert_string_equal(out, "");
	assert_false(http_form_get(S("a=1"), S("a"), out, 0));
	assert_false(http_form_get(SPAN_NONE, S("a"), out, sizeof out));
}

/* Every byte there and back again. */
static void url_encoding(void **state)
{
	char raw[255], form[2000], out[300];
	struct buf b;

	(void)state;
	for (int i = 0; i < 255; i++)
		raw[i] = (char)(i + 1);
	buf_init(&b, 1000);
	buf_add(&b, S("v="));
	assert_true(http_url_encode(&b, (struct span){ raw, sizeof raw }));
	for (size_t i = 2; i < b.n; i++)
		assert_non_null(strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"
				       "OPQRSTUVWXYZ0123456789-._~%", b.p[i]));
	snprintf(form, sizeof form, "%s", buf_str(&b));
	assert_true(http_form_get(span_str(form), S("v"), out, sizeof out));
	assert_memory_equal(out, raw, sizeof raw);
	buf_free(&b);
	buf_init(&b, 5);
	assert_false(http_url_encode(&b, S("ab//")));
	assert_int_equal(b.n, 0);
	assert_true(http_url_encode(&b, (struct span){ "\0", 1 }));
	assert_string_equal(buf_str(&b), "%00");
	buf_free(&b);
}

static void what_is_written_is_read(void **state)
{
	struct http_msg m;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	http_put_request(&b, S("POST"), S("/token?x=%20"));
	http_put(&b, "Host: %s:%d", "127.0.0.1", 8080);
	http_put(&b, "X: %s", "evil\r\nInjected: yes\n");
	http_put_end(&b, S("{\"a\":1}"), true);
	assert_false(b.full);
	struct http_reader *r = read_one(&m, true, buf_span(&b));

	assert_true(span_eq(m.method, S("POST")));
	assert_true(span_eq(m.target, S("/token?x=%20")));
	assert_true(span_eq(http_get(&m, S("Host")), S("127.0.0.1:8080")));
	assert_true(span_absent(http_get(&m, S("Injected"))));
	assert_true(span_eq(http_get(&m, S("Content-Length")), S("7")));
	assert_true(span_eq(m.body, S("{\"a\":1}")));
	http_reader_free(r);

	buf_clear(&b);
	http_put_status(&b, 403);
	http_put_end(&b, SPAN_NONE, true);
	r = read_one(&m, false, buf_span(&b));
	assert_int_equal(m.status, 403);
	assert_true(span_eq(m.reason, S("Forbidden")));
	http_reader_free(r);

	buf_clear(&b);
	http_put_status(&b, 799);
	assert_string_equal(buf_str(&b), "HTTP/1.1 799 Unknown\r\n");
	buf_free(&b);
	buf_init(&b, 8);
	http_put(&b, "Long: %s", "value");
	assert_true(b.full);
	assert_int_equal(b.n, 0);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_fields),
		cmocka_unit_test(cookies),
		cmocka_unit_test(forms),
		cmocka_unit_test(url_encoding),
		cmocka_unit_test(what_is_written_is_read),
	};

	return cmocka_run_group_tests_name("http_text", tests, NULL, NULL);
}
