/* Framing of streams: every piece size, every cut, every way to be lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "guard.h"
#include "wire/sip.h"

#define LINE "REGISTER sip:x SIP/2.0\r\n"
#define FIRST LINE "i: 1\r\nContent-Length: 3\r\n\r\nabc"
#define SECOND "SIP/2.0 200 OK\r\nCall-ID: 2\r\nL :\r\n 0\r\n\r\n"
#define THIRD "INVITE sip:y SIP/2.0\ni: 3\nl: 4\n\r\nLMNO"

static struct sip_msg m;

/* Feeds the stream in pieces; what comes out, as "1abc|2|3LMNO|". */
static void feed(struct span stream, size_t piece, struct guard *g,
		 struct buf *out)
{
	struct buf in;
	size_t skip;
	long n;

	buf_init(&in, stream.n);
	buf_clear(out);
	while (stream.n) {
		buf_add(&in, span_sub(stream, 0, piece));
		stream = span_from(stream, piece);
		for (;;) {
			struct span s = guard_put(g, buf_span(&in));

			n = sip_frame(s, &skip);
			buf_drop(&in, skip);
			if (n <= 0)
				break;
			assert_true(sip_read(&m, span_sub(s, skip, (size_t)n)));
			buf_add(out, sip_get(&m, SIP_H_CALL_ID));
			buf_add(out, m.body);
			buf_addc(out, '|');
			buf_drop(&in, (size_t)n);
		}
		assert_int_equal(n, 0);
	}
	assert_int_equal(in.n, 0);
	buf_free(&in);
}

static void every_piece(void **state)
{
	struct span stream = S("\r\n\r\n" FIRST SECOND "\r\n" THIRD "\n\r\n");
	struct guard g = guard_new(4096);
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t piece = 1; piece <= stream.n; piece++) {
		feed(stream, piece, &g, &out);
		assert_string_equal(buf_str(&out), "1abc|2|3LMNO|");
	}
	buf_free(&out);
	guard_free(&g);
}

/* No part of a message is a message, nor is its framing ever lost. */
static void every_cut(void **state)
{
	static const char *const whole[] = { FIRST, SECOND, THIRD };
	struct guard g = guard_new(4096);
	size_t skip;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct span s = span_str(whole[i]);

		for (size_t n = 0; n < s.n; n++) {
			struct span cut = guard_put(&g, span_sub(s, 0, n));

			assert_int_equal(sip_frame(cut, &skip), 0);
			assert_int_equal(skip, 0);
		}
		assert_int_equal(sip_frame(guard_put(&g, s), &skip), s.n);
	}
	guard_free(&g);
}

static void keep_alives(void **state)
{
	size_t skip;

	(void)state;
	assert_int_equal(sip_frame(SPAN_NONE, &skip), 0);
	assert_int_equal(skip, 0);
	assert_int_equal(sip_frame(S("\r\n\r\n"), &skip), 0);
	assert_int_equal(skip, 4);
	assert_int_equal(sip_frame(S("\r\n\r"), &skip), 0);
	assert_int_equal(skip, 2);
	assert_int_equal(sip_frame(S("\r\n\r\n" SECOND), &skip),
			 sizeof(SECOND) - 1);
	assert_int_equal(skip, 4);
}

struct loss {
	struct span stream;
	long lost;
};

static void lost(void **state)
{
	static const struct loss losses[] = {
		{ SPAN_INIT(LINE "i: 1\r\n\r\n"), SIP_LOST_NO_LENGTH },
		{ SPAN_INIT(LINE "X-Content-Length: 1\r\nlx: 1\r\n l: 1\r\n\r\n"),
		  SIP_LOST_NO_LENGTH },
		{ SPAN_INIT(LINE "l: -1\r\n\r\n"), SIP_LOST_LENGTH },
		{ SPAN_INIT(LINE "l: 1 2\r\n\r\n"), SIP_LOST_LENGTH },
		{ SPAN_INIT(LINE "l:\r\n\r\n"), SIP_LOST_LENGTH },
		{ SPAN_INIT(LINE "l: 99999999999999999999\r\n\r\n"),
		  SIP_LOST_LENGTH },
		{ SPAN_INIT(LINE "l: 0\r\nContent-Length: 1\r\n\r\n"),
		  SIP_LOST_LENGTH },
		{ SPAN_INIT(LINE "l: 65501\r\n\r\n"), SIP_LOST_TOO_LONG },
		{ SPAN_INIT("GET / HTTP/1.1\r\n"), SIP_LOST_NOT_SIP },
		{ SPAN_INIT("\x16\x03\x01\x02"), SIP_LOST_NOT_SIP },
		{ SPAN_INIT("\r\n hm"), SIP_LOST_NOT_SIP },
		{ SPAN_INIT("HTTP/1.1 200"), SIP_LOST_NOT_SIP },
		{ SPAN_INIT("{\"a\":1}"), SIP_LOST_NOT_SIP },
		{ SPAN_INIT("\r\rREGISTER"), SIP_LOST_NOT_SIP },
		{ SPAN_INIT("SIP/2.0 xyz\r\n"), SIP_LOST_NOT_SIP },
	};
	size_t skip;

	(void)state;
	for (size_t i = 0; i < sizeof(losses) / sizeof(*losses); i++) {
		long n = sip_frame(losses[i].stream, &skip);

		if (n != losses[i].lost)
			fail_msg("%s instead of %s (%ld) for: %s",
				 sip_lost_name(n),
				 sip_lost_name(losses[i].lost), n,
				 losses[i].stream.p);
	}
	/* The same length twice is odd, but clear. */
	assert_int_equal(sip_frame(S(LINE "l: 0\r\nl: 0\r\n\r\n"), &skip),
			 sizeof(LINE) - 1 + 14);
	assert_string_equal(sip_lost_name(SIP_LOST_NO_LENGTH), "no-length");
}

/* A message of just the limit is one; a byte more is not. */
static void at_the_limit(void **state)
{
	struct buf b;
	size_t skip;

	(void)state;
	for (unsigned over = 0; over < 2; over++) {
		buf_init(&b, 1 << 20);
		buf_add(&b, S(LINE "l: 60000\r\nX: "));
		while (b.n < LIMIT_SIP_BYTES + over - 60000 - 4)
			buf_addc(&b, 'x');
		buf_add(&b, S("\r\n\r\n"));
		while (b.n < LIMIT_SIP_BYTES + over)
			buf_addc(&b, 'b');
		assert_int_equal(sip_frame(buf_span(&b), &skip),
				 over ? SIP_LOST_TOO_LONG :
				 (long)LIMIT_SIP_BYTES);
		buf_free(&b);
	}
}

/* 200 MB without a line end: lost once the limit is seen, the rest of it is
 * not even looked at. */
static void giant_line(void **state)
{
	size_t skip, n = 200u << 20, limit = LIMIT_SIP_BYTES;
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	(void)state;
	assert_true(p != MAP_FAILED);
	memset(p, 'a', limit);
	memcpy(p, LINE "X: ", sizeof(LINE "X: ") - 1);
	assert_int_equal(mprotect(p + limit, n - limit, PROT_NONE), 0);
	assert_int_equal(sip_frame((struct span){ p, limit - 1 }, &skip), 0);
	assert_int_equal(sip_frame((struct span){ p, n }, &skip),
			 SIP_LOST_TOO_LONG);
	munmap(p, n);
}

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The worst that a peer can do byte by byte: as many lines as there is room
 * for, and a long body that each byte asks about again. */
static void byte_by_byte(void **state)
{
	double start = cpu_s();
	struct buf b;
	size_t skip, lines = 0;
	long n = 0;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_add(&b, S(LINE));
	for (; lines < SIP_FRAME_LINES - 3; lines++)
		buf_add(&b, S("l\n"));
	buf_add(&b, S("l: 60000\n\n"));
	while (b.n < LIMIT_SIP_BYTES)
		buf_addc(&b, '\n');
	for (size_t i = 0; i < b.n && n == 0; i++)
		n = sip_frame(span_sub(buf_span(&b), 0, i), &skip);
	assert_true(n > 60000);

	/* One line more, and the head is over its limit. */
	buf_clear(&b);
	buf_add(&b, S(LINE));
	for (lines = 0; lines < SIP_FRAME_LINES; lines++)
		buf_add(&b, S("l\n"));
	assert_int_equal(sip_frame(buf_span(&b), &skip), 0);
	buf_add(&b, S("\n"));
	assert_int_equal(sip_frame(buf_span(&b), &skip), SIP_LOST_TOO_LONG);

	/* A head that never ends. */
	buf_clear(&b);
	buf_add(&b, S(LINE));
	while (b.n < LIMIT_SIP_BYTES)
		buf_add(&b, S("x\n"));
	for (size_t i = 0; i < LIMIT_SIP_BYTES; i++)
		assert_int_equal(sip_frame(span_sub(buf_span(&b), 0, i), &skip),
				 0);
	buf_free(&b);
	/* About 1 s without a sanitizer; square behaviour takes minutes. */
	assert_true(cpu_s() - start < 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_piece),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(keep_alives),
		cmocka_unit_test(lost),
		cmocka_unit_test(at_the_limit),
		cmocka_unit_test(giant_line),
		cmocka_unit_test(byte_by_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
