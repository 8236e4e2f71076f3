/* HTTP messages: every split on guard pages, limits by name, what a message
 * says, and what the writers write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "guard.h"
#include "wire/http.h"

static void log_msg(struct buf *log, const struct http_msg *m)
{
	if (m->request)
		buf_addf(log, "{%.*s %.*s", SPAN(m->method), SPAN(m->target));
	else
		buf_addf(log, "{%d %.*s", m->status, SPAN(m->reason));
	buf_addf(log, " v%u%s%s", m->version, m->upgrade ? " upgrade" : "",
		 m->keep_alive ? "" : " last");
	for (unsigned i = 0; i < m->n_headers; i++)
		buf_addf(log, "|%.*s=%.*s", SPAN(m->headers[i].name),
			 SPAN(m->headers[i].value));
	buf_addc(log, '|');
	buf_add(log, m->body);
	buf_addc(log, '}');
}

/* Feeds one piece to its end; false once the reader failed. */
static bool feed(struct http_reader *r, struct span piece, struct buf *log)
{
	struct http_msg m;
	bool done;

	while (piece.n) {
		long n = http_reader_feed(r, piece, &m, &done);

		if (n < 0) {
			assert_true(http_reader_why(r)[0]);
			return false;
		}
		assert_true((size_t)n <= piece.n && (done || (size_t)n == piece.n));
		if (done)
			log_msg(log, &m);
		piece = span_from(piece, (size_t)n);
	}
	return true;
}

static void finish(struct http_reader *r, struct buf *log)
{
	struct http_msg m;

	if (http_reader_eof(r, &m))
		log_msg(log, &m);
	buf_addf(log, "why=%s", http_reader_why(r));
	http_reader_free(r);
}

static void read_pieces(struct buf *log, bool requests, struct span s,
			size_t piece, struct guard *g)
{
	struct http_reader *r = http_reader_new(requests);

	for (size_t at = 0; at < s.n; at += piece)
		if (!feed(r, guard_put(g, span_sub(s, at, piece)), log))
			break;
	finish(r, log);
}

static void read_two(struct buf *log, bool requests, struct span s, size_t cut,
		     struct guard *g)
{
	struct http_reader *r = http_reader_new(requests);

	if (feed(r, guard_put(g, span_sub(s, 0, cut)), log))
		feed(r, guard_put(g, span_from(s, cut)), log);
	finish(r, log);
}

struct stream { bool requests; struct span bytes; const char *want; };

#define UPGRADE "Host: a\r\nUpgrade: websocket\r\nConnection: keep-alive, " \
	"Upgrade\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
static const struct stream streams[] = {
	{ true, SPAN_INIT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"
			  "POST /s?x=1 HTTP/1.1\r\nHost:b\r\n"
			  "Content-Length: 5\r\n\r\nhello"
			  "GET /2 HTTP/1.0\r\n\r\n"),
	  "{GET / v11|Host=a|}{POST /s?x=1 v11|Host=b|Content-Length=5|hello}"
	  "{GET /2 v10 last|}why=" },
	{ true, SPAN_INIT("\r\n\r\nGET /w HTTP/1.1\r\n" UPGRADE),
	  "{GET /w v11 upgrade|Host=a|Upgrade=websocket|"
	  "Connection=keep-alive, Upgrade|Sec-WebSocket-Protocol=sip|}why=" },
	{ false, SPAN_INIT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			   "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\n"
			   "Trailer: x\r\nOther: y\r\n\r\n"
			   "HTTP/1.1 204 No Content\r\n\r\n"),
	  "{200 OK v11|Transfer-Encoding=chunked|hello world}"
	  "{204 No Content v11|}why=" },
	{ false, SPAN_INIT("HTTP/1.1 101 Switching Protocols\r\n" UPGRADE),
	  "{101 Switching Protocols v11 upgrade|Host=a|Upgrade=websocket|"
	  "Connection=keep-alive, Upgrade|Sec-WebSocket-Protocol=sip|}why=" },
	{ false, SPAN_INIT("HTTP/1.1 101\r\nContent-Length: 3\r\n\r\n"
			   "HTTP/1.1 304 X\r\nContent-Length: 9\r\n\r\n"
			   "HTTP/1.1 200 OK\r\n\r\nuntil the end"),
	  "{101  v11 upgrade|Content-Length=3|}{304 X v11|Content-Length=9|}"
	  "{200 OK v11 last|until the end}why=" },
	{ true, SPAN_INIT("GET / HTTP/1.1\r\nA:  one\r\n\t two \r\n   three\r\n"
			  "B:\r\nC: \r\n x\r\nD: x\r\n \r\nE:e\r\n\r\n"),
	  "{GET / v11|A=one\t two    three|B=|C=x|D=x|E=e|}why=" },
	{ true, SPAN_INIT("GET / HTTP/1.1\nHost: a\n\n"),
	  "{GET / v11|Host=a|}why=" },
	{ true, SPAN_INIT("GET / HTTP/1.1\r\nHost"), "why=closed inside a message" },
	{ true, SPAN_INIT("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"),
	  "why=closed inside a message" },
	{ true, SPAN_INIT("REGISTER sip:a SIP/2.0\r\n\r\n"), NULL },
	{ true, SPAN_INIT("GET / HTTP/1.1\r\nA B: c\r\n\r\n"), NULL },
	{ true, SPAN_INIT("POST / HTTP/1.1\r\nContent-Length: 5\r\n"
			  "Content-Length: 6\r\n\r\nhello"), NULL },
	{ true, SPAN_INIT("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
			  "zz\r\n"), NULL },
	{ true, SPAN_INIT("GET /\r\n\r\n"), NULL },
	{ true, SPAN_INIT("GET / HTTP/2.0\r\n\r\n"), NULL },
	{ true, SPAN_INIT("POST / HTTP/1.1\r\nContent-Length: 5\r\n"
			  "Transfer-Encoding: chunked\r\n\r\nhello"), NULL },
	{ false, SPAN_INIT("HTTP/1.1 2000 OK\r\n\r\n"), NULL },
	{ false, SPAN_INIT("HTTP/1.1 0 OK\r\n\r\n"), NULL },
	{ true, SPAN_INIT("GET / HTTP/1.1\r\nA B\r\n: c\r\n\r\n"), NULL },
	{ true, SPAN_INIT("\x16\x03\x01\x02\x00"), NULL },
};

static void every_split(void **state)
{
	struct guard g = guard_new(4096);
	struct buf want, got;

	(void)state;
	buf_init(&want, 1 << 20);
	buf_init(&got, 1 << 20);
	for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
		struct span s = streams[i].bytes;
		bool requests = streams[i].requests;

		buf_clear(&want);
		read_pieces(&want, requests, s, s.n, &g);
		for (size_t piece = 1; piece < 20; piece++) {
			buf_clear(&got);
			read_pieces(&got, requests, s, piece, &g);
			assert_string_equal(buf_str(&got), buf_str(&want));
		}
		for (size_t cut = 0; cut <= s.n; cut++) {
			buf_clear(&got);
			read_two(&got, requests, s, cut, &g);
			assert_string_equal(buf_str(&got), buf_str(&want));
		}
	}
	buf_free(&want);
	buf_free(&got);
	guard_free(&g);
}

static void streams_are_understood(void **state)
{
	struct guard g = guard_new(4096);
	struct buf got;

	(void)state;
	buf_init(&got, 1 << 20);
	for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
		buf_clear(&got);
		read_pieces(&got, streams[i].requests, streams[i].bytes, 4096, &g);
		const char *why = strstr(buf_str(&got), "why=");

		if (streams[i].want)
			assert_string_equal(buf_str(&got), streams[i].want);
		else
			assert_true(why && why[4]);
	}
	buf_free(&got);
	guard_free(&g);
}

static void upgrade_leaves_the_rest(void **state)
{
	struct span s = S("GET /w HTTP/1.1\r\n" UPGRADE "\x81\x85raw");
	struct http_reader *r = http_reader_new(true);
	struct http_msg m;
	bool done;

	(void)state;
	long n = http_reader_feed(r, s, &m, &done);

	assert_true(done && m.upgrade);
	assert_true(span_eq(span_from(s, (size_t)n), S("\x81\x85raw")));
	/* The answer said no: HTTP goes on. */
	n = http_reader_feed(r, S("GET /3 HTTP/1.1\r\n\r\n"), &m, &done);
	assert_true(done && !m.upgrade && span_eq(m.target, S("/3")));
	assert_false(http_reader_midway(r));
	http_reader_feed(r, S("GE"), &m, &done);
	assert_true(!done && http_reader_midway(r));
	http_reader_free(r);
}

static void no_body(void **state)
{
	struct http_reader *r = http_reader_new(false);
	struct http_msg m;
	bool done;

	(void)state;
	http_reader_no_body(r);
	struct span s = S("HTTP/1.1 100 Continue\r\n\r\n"
			  "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
			  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
	int status[3];
	size_t body[3];

	for (int i = 0; i < 3; i++) {
		long n = http_reader_feed(r, s, &m, &done);

		assert_true(n > 0 && done);
		status[i] = m.status;
		body[i] = m.body.n;
		s = span_from(s, (size_t)n);
	}
	assert_int_equal(status[0], 100);
	assert_true(status[1] == 200 && body[1] == 0);
	assert_true(status[2] == 200 && body[2] == 2);
	http_reader_free(r);
}

/* ---- limits ---- */

/* A head of n bytes in all, blank line included. */
static void make_head(struct buf *b, size_t n)
{
	buf_clear(b);
	buf_add(b, S("GET / HTTP/1.1\r\nLong: "));
	while (b->n + 4 < n)
		buf_addc(b, 'x');
	buf_add(b, S("\r\n\r\n"));
	assert_int_equal(b->n, n);
}

static const char *why_of(bool requests, struct span s, size_t piece)
{
	static char why[200];
	struct http_reader *r = http_reader_new(requests);
	struct http_msg m;
	bool done;

	why[0] = '\0';
	for (size_t at = 0; at < s.n; at += piece)
		if (http_reader_feed(r, span_sub(s, at, piece), &m, &done) < 0) {
			snprintf(why, sizeof why, "%s", http_reader_why(r));
			assert_true(http_reader_feed(r, S("x"), &m, &done) < 0);
			assert_false(http_reader_eof(r, &m));
			break;
		}
	http_reader_free(r);
	return why;
}

static void head_limit(void **state)
{
	static const size_t pieces[] = { 1, 1000, 1u << 20 };
	struct buf b;

	(void)state;
	buf_init(&b, 1u << 20);
	for (size_t i = 0; i < 3; i++) {
		make_head(&b, LIMIT_HTTP_HEAD - 1);
		assert_string_equal("", why_of(true, buf_span(&b), pieces[i]));
		make_head(&b, LIMIT_HTTP_HEAD);
		assert_string_equal("", why_of(true, buf_span(&b), pieces[i]));
		make_head(&b, LIMIT_HTTP_HEAD + 1);
		assert_string_equal("head longer than LIMIT_HTTP_HEAD",
				    why_of(true, buf_span(&b), pieces[i]));
		make_head(&b, LIMIT_HTTP_HEAD * 8);
		assert_string_equal("head longer than LIMIT_HTTP_HEAD",
				    why_of(true, buf_span(&b), pieces[i]));
	}
	/* Many heads on one connection are not one long head. */
	buf_clear(&b);
	for (int i = 0; i < 4000; i++)
		buf_add(&b, S("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	struct http_reader *r = http_reader_new(true);
	struct buf log;

	buf_init(&log, 1u << 20);
	assert_true(feed(r, buf_span(&b), &log));
	assert_int_equal(log.n, 4000 * strlen("{GET / v11|Host=a|}"));
	http_reader_free(r);
	buf_free(&log);
	buf_free(&b);
}

static void header_count_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1u << 20);
	for (int n = HTTP_HEADERS_MAX; n < HTTP_HEADERS_MAX + 2; n++) {
		buf_clear(&b);
		http_put_request(&b, S("GET"), S("/"));
		for (int i = 0; i < n; i++)
			http_put(&b, "H%d: v", i);
		http_put_end(&b, SPAN_NONE, false);
		assert_string_equal(why_of(true, buf_span(&b), 50),
				    n == HTTP_HEADERS_MAX ? "" :
				    "more than HTTP_HEADERS_MAX header fields");
	}
	buf_free(&b);
}

static void body_limit(void **state)
{
	static char big[LIMIT_HTTP_BODY + 1];
	struct buf b;

	(void)state;
	memset(big, 'z', sizeof big);
	buf_init(&b, 4u << 20);
	for (size_t n = LIMIT_HTTP_BODY; n < LIMIT_HTTP_BODY + 2; n++) {
		const char *want = n == LIMIT_HTTP_BODY ? "" :
				   "body longer than LIMIT_HTTP_BODY";

		buf_clear(&b);
		http_put_status(&b, 200);
		http_put_end(&b, (struct span){ big, n }, true);
		assert_string_equal(why_of(false, buf_span(&b), 5000), want);
		buf_clear(&b);
		http_put_status(&b, 200);
		http_put_end(&b, (struct span){ big, n }, false);
		assert_string_equal(why_of(false, buf_span(&b), 5000), want);
		buf_clear(&b);
		http_put_status(&b, 200);
		http_put(&b, "Transfer-Encoding: chunked");
		http_put_end(&b, SPAN_NONE, false);
		buf_addf(&b, "%zx\r\n", n);
		buf_add(&b, (struct span){ big, n });
		buf_add(&b, S("\r\n0\r\n\r\n"));
		assert_string_equal(why_of(false, buf_span(&b), 5000), want);
	}
	assert_string_equal("body longer than LIMIT_HTTP_BODY",
			    why_of(true, S("POST / HTTP/1.1\r\nContent-Length: "
					   "9999999999999999\r\n\r\n"), 10));
	buf_free(&b);
}

/* Chunks of one byte with long extensions cost time, never memory. */
static void chunk_extensions(void **state)
{
	struct http_reader *r = http_reader_new(true);
	struct http_msg m;
	char chunk[2000];
	bool done;

	(void)state;
	memset(chunk, 'e', sizeof chunk);
	memcpy(chunk, "1;", 2);
	memcpy(chunk + sizeof chunk - 5, "\r\nb\r\n", 5);
	assert_true(http_reader_feed(r, S("POST / HTTP/1.1\r\n"
		"Transfer-Encoding: chunked\r\n\r\n"), &m, &done) > 0);
	for (int i = 0; i < 1000; i++)
		assert_true(http_reader_feed(r, (struct span){ chunk,
			    sizeof chunk }, &m, &done) > 0);
	assert_true(http_reader_feed(r, S("0\r\n\r\n"), &m, &done) > 0);
	assert_true(done);
	assert_int_equal(m.body.n, 1000);
	http_reader_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_split),
		cmocka_unit_test(streams_are_understood),
		cmocka_unit_test(upgrade_leaves_the_rest),
		cmocka_unit_test(no_body),
		cmocka_unit_test(head_limit),
		cmocka_unit_test(header_count_limit),
		cmocka_unit_test(body_limit),
		cmocka_unit_test(chunk_extensions),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
