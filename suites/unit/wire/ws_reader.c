/* WebSocket messages: every split, every defect, every limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "ws_log.h"
#include "wire/ws.h"

/* A bit of everything that does not lose the framing. */
static void rich_stream(struct buf *b, bool client)
{
	struct span rest = S("0123456789");
	struct ws_frame odd = { .fin = true, .op = WS_TEXT, .masked = client,
				.defects = WS_D_LENGTH_FORM, .head = 4 };

	put(b, true, WS_TEXT, client, S("REGISTER sip:ims.example SIP/2.0"));
	put(b, false, WS_BINARY, client, S("one "));
	put(b, true, WS_PING, client, S("between"));
	put(b, false, WS_CONT, client, S(""));
	put(b, true, WS_TEXT, client, S("interloper"));
	put(b, true, WS_CONT, client, S("two"));
	put(b, true, WS_CONT, client, S("orphan"));
	put(b, true, WS_TEXT, !client, S("masking wrong"));
	put(b, true, 5, client, S("reserved"));
	ws_put(b, &odd, S("long form"));
	odd = (struct ws_frame){ .fin = true, .rsv = 4, .op = WS_TEXT,
				 .masked = client };
	ws_put(b, &odd, S("rsv1"));
	put(b, false, WS_PONG, client, S("half a pong"));
	put(b, true, WS_TEXT, client, S("gr\xc3\xbc\xc3\x9f" "e"));
	put(b, true, WS_TEXT, client, S("latin1 \xfc"));
	put(b, true, WS_TEXT, client, S(""));
	for (unsigned i = 0; i < 70; i++)
		put(b, i == 69, i ? WS_CONT : WS_TEXT, client,
		    span_sub(rest, i % 10, 4));
	put(b, true, WS_CLOSE, client, S("\x03\xe8" "bye"));
	put(b, true, WS_TEXT, client, S("too late"));
}

static void every_split(void **state)
{
	struct guard g = guard_new(70000);

	(void)state;
	for (int client = 0; client < 2; client++) {
		struct buf b, want, got;

		buf_init(&b, 1 << 20);
		buf_init(&want, 1 << 20);
		buf_init(&got, 1 << 20);
		rich_stream(&b, client);
		read_pieces(&want, buf_span(&b), client, b.n, &g);
		for (size_t piece = 1; piece < 40; piece++) {
			buf_clear(&got);
			read_pieces(&got, buf_span(&b), client, piece, &g);
			assert_string_equal(buf_str(&got), buf_str(&want));
		}
		for (size_t cut = 0; cut <= b.n; cut++) {
			buf_clear(&got);
			read_two(&got, buf_span(&b), client, cut, &g);
			assert_string_equal(buf_str(&got), buf_str(&want));
		}
		buf_free(&b);
		buf_free(&want);
		buf_free(&got);
	}
	guard_free(&g);
}

static void rich_stream_is_understood(void **state)
{
	struct guard g = guard_new(70000);
	struct buf b, log;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_init(&log, 1 << 20);
	rich_stream(&b, true);
	read_pieces(&log, buf_span(&b), true, b.n, &g);
	const char *s = buf_str(&log);

	assert_non_null(strstr(s, "[1 x1  0 32:REGISTER"));
	assert_non_null(strstr(s, "[9 x1  0 7:between][1 x1 interleaved 0 10:"
				  "interloper][2 x3  0 7:one two]"
				  "[0 x1 cont-orphan 0 6:orphan]"
				  "[1 x1 mask-missing 0 13:masking wrong]"
				  "[5 x1 opcode 0 8:reserved]"));
	assert_non_null(strstr(s, "[1 x1 length-form 0 9:long form]"
				  "[1 x1 rsv 0 4:rsv1]"
				  "[10 x1 control-fragment 0 11:half a pong]"));
	assert_non_null(strstr(s, "[1 x1 utf8 0 8:latin1 \xfc][1 x1  0 0:]"
				  "[1 x70  0 "));
	assert_non_null(strstr(s, "[8 x1  1000 5:\x03\xe8" "bye]"
				  "[1 x1 after-close 0 8:too late]lost="));
	buf_free(&b);
	buf_free(&log);
	guard_free(&g);
}

static void close_bodies(void **state)
{
	static const struct { struct span body; int code; bool bad; } rows[] = {
		{ SPAN_INIT(""), 1005, false },
		{ SPAN_INIT("\x03"), 1005, true },
		{ SPAN_INIT("\x03\xe7"), 999, true },
		{ SPAN_INIT("\x03\xe8"), 1000, false },
		{ SPAN_INIT("\x03\xec"), 1004, true },
		{ SPAN_INIT("\x03\xed"), 1005, true },
		{ SPAN_INIT("\x03\xee"), 1006, true },
		{ SPAN_INIT("\x03\xef"), 1007, false },
		{ SPAN_INIT("\x03\xf7"), 1015, true },
		{ SPAN_INIT("\x0b\xb7"), 2999, true },
		{ SPAN_INIT("\x0b\xb8"), 3000, false },
		{ SPAN_INIT("\x13\x87"), 4999, false },
		{ SPAN_INIT("\x13\x88"), 5000, true },
		{ SPAN_INIT("\xff\xff"), 65535, true },
		{ SPAN_INIT("\x03\xe8gr\xc3\xbcn"), 1000, false },
		{ SPAN_INIT("\x03\xe8gr\xfcn"), 1000, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ws_reader r;
		struct ws_item it;
		struct buf b;

		buf_init(&b, 200);
		put(&b, true, WS_CLOSE, true, rows[i].body);
		ws_reader_init(&r, true);
		ws_reader_feed(&r, buf_span(&b));
		assert_true(ws_reader_next(&r, &it));
		assert_int_equal(it.close_code, rows[i].code);
		assert_int_equal(it.defects, rows[i].bad ? WS_D_CLOSE_BODY : 0);
		ws_reader_free(&r);
		buf_free(&b);
	}
}

static void utf8_borders(void **state)
{
	static const struct span good[] = {
		SPAN_INIT("\x7f"), SPAN_INIT("\xc2\x80"), SPAN_INIT("\xdf\xbf"),
		SPAN_INIT("\xe0\xa0\x80"), SPAN_INIT("\xed\x9f\xbf"),
		SPAN_INIT("\xee\x80\x80"), SPAN_INIT("\xf0\x90\x80\x80"),
		SPAN_INIT("\xf4\x8f\xbf\xbf"),
		SPAN_INIT("12345678\xc3\xbc" "12345678"),
	}, bad[] = {
		SPAN_INIT("\x80"), SPAN_INIT("\xc1\xbf"), SPAN_INIT("\xc3"),
		SPAN_INIT("\xe0\x9f\xbf"), SPAN_INIT("\xed\xa0\x80"),
		SPAN_INIT("\xf0\x8f\xbf\xbf"), SPAN_INIT("\xf4\x90\x80\x80"),
		SPAN_INIT("\xf5\x80\x80\x80"), SPAN_INIT("\xff"),
		SPAN_INIT("\xe2\x82"), SPAN_INIT("12345678\xc3" "12345678"),
	};
	struct guard g = guard_new(100);
	struct buf b, log;

	(void)state;
	buf_init(&b, 200);
	buf_init(&log, 1000);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		put(&b, true, WS_TEXT, false, good[i]);
		read_pieces(&log, buf_span(&b), false, b.n, &g);
		assert_null(strstr(buf_str(&log), "utf8"));
		buf_clear(&b);
		buf_clear(&log);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		put(&b, true, WS_TEXT, false, bad[i]);
		read_pieces(&log, buf_span(&b), false, b.n, &g);
		assert_non_null(strstr(buf_str(&log), "utf8"));
		buf_clear(&b);
		buf_clear(&log);
	}
	buf_free(&b);
	buf_free(&log);
	guard_free(&g);
}

/* ---- limits ---- */

/* A frame over the cap is named from its head alone, and nothing is kept. */
static void a_frame_over_the_cap(void **state)
{
	struct ws_reader r;
	struct ws_item it;

	(void)state;
	ws_reader_init(&r, false);
	ws_reader_feed(&r, S("\x81\x7f\0\0\0\0\0\1\0\1...and more"));
	assert_true(ws_reader_next(&r, &it));
	assert_int_equal(it.op, WS_TEXT);
	assert_int_equal(it.defects, WS_D_TOO_LONG);
	assert_int_equal(it.payload.n, 0);
	assert_true(r.lost);
	assert_non_null(strstr(r.why, "LIMIT_WS_MESSAGE"));
	assert_false(ws_reader_next(&r, &it));
	ws_reader_feed(&r, S("\x81\x01x"));
	assert_false(ws_reader_next(&r, &it));
	assert_int_equal(r.in.n, 0);
	ws_reader_free(&r);
}

static void fragments_over_the_cap(void **state)
{
	static char big[40000];
	struct guard g = guard_new(200000);
	struct buf b, log;

	(void)state;
	memset(big, 'y', sizeof big);
	buf_init(&b, 200000);
	buf_init(&log, 200000);
	for (int i = 0; i < 4; i++)
		put(&b, i == 3, i ? WS_CONT : WS_TEXT, true,
		    (struct span){ big, sizeof big });
	put(&b, true, WS_TEXT, true, S("after"));
	read_pieces(&log, buf_span(&b), true, 999, &g);
	assert_string_equal(buf_str(&log),
			    "[1 x2 too-long 0 0:][1 x1  0 5:after]lost=");
	buf_free(&b);
	buf_free(&log);
	guard_free(&g);
}

/* Fragments without end: two buffers at their caps, no more. */
static void endless_fragments(void **state)
{
	static char big[60000];
	struct ws_reader r;
	struct ws_item it;
	struct buf b;
	unsigned items = 0;

	(void)state;
	buf_init(&b, 70000);
	put(&b, false, WS_CONT, true, (struct span){ big, sizeof big });
	ws_reader_init(&r, true);
	ws_reader_feed(&r, S("\x01\x80" "abcd"));
	assert_false(ws_reader_next(&r, &it));
	for (int i = 0; i < 300; i++) {
		ws_reader_feed(&r, buf_span(&b));
		for (; ws_reader_next(&r, &it); items++)
			assert_int_equal(it.defects, WS_D_TOO_LONG);
		assert_true(r.in.room + r.message.room <
			    4 * LIMIT_WS_MESSAGE + 100);
	}
	assert_int_equal(items, 1);
	assert_true(r.in_message);
	ws_reader_free(&r);
	buf_free(&b);
}

/* A million one-byte feeds of longest messages: would take minutes if each
 * cost as much as what is stored. */
static void bytewise_is_linear(void **state)
{
	static char big[LIMIT_WS_MESSAGE];
	struct ws_reader r;
	struct ws_item it;
	struct buf b;
	unsigned items = 0;

	(void)state;
	buf_init(&b, 70000);
	put(&b, true, WS_BINARY, true, (struct span){ big, sizeof big });
	ws_reader_init(&r, true);
	for (int i = 0; i < 16; i++)
		for (size_t at = 0; at < b.n; at++) {
			ws_reader_feed(&r, (struct span){ b.p + at, 1 });
			for (; ws_reader_next(&r, &it); items++)
				assert_int_equal(it.payload.n, sizeof big);
		}
	assert_int_equal(items, 16);
	ws_reader_free(&r);
	buf_free(&b);
}

static void plain_text_is_no_framing(void **state)
{
	static const struct { struct span text; bool client; } rows[] = {
		{ SPAN_INIT("REGISTER sip:ims.example SIP/2.0\r\n"), true },
		{ SPAN_INIT("SIP/2.0 200 OK\r\n"), false },
		{ SPAN_INIT("HTTP/1.1 400 Bad Request\r\n"), false },
		{ SPAN_INIT("GET / HTTP/1.1\r\n"), true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ws_reader r;
		struct ws_item it;

		ws_reader_init(&r, rows[i].client);
		ws_reader_feed(&r, rows[i].text);
		assert_true(ws_reader_next(&r, &it));
		assert_true(it.defects & WS_D_RSV);
		assert_true(r.lost);
		assert_string_equal(r.why, "not a WebSocket frame");
		assert_false(ws_reader_next(&r, &it));
		ws_reader_free(&r);
	}
}

/* Whole frames are not copied when they are not masked. */
static void unmasked_frames_stay_where_they_are(void **state)
{
	struct span raw = S("\x81\x05Hello\x81\x05World");
	struct ws_reader r;
	struct ws_item it;

	(void)state;
	ws_reader_init(&r, false);
	ws_reader_feed(&r, raw);
	assert_true(ws_reader_next(&r, &it));
	assert_ptr_equal(it.payload.p, raw.p + 2);
	assert_true(ws_reader_next(&r, &it));
	assert_ptr_equal(it.payload.p, raw.p + 9);
	assert_null(r.in.p);
	assert_null(r.message.p);
	ws_reader_free(&r);
}

static void feeding_before_taking_gives_up(void **state)
{
	struct ws_reader r;
	struct ws_item it;

	(void)state;
	ws_reader_init(&r, false);
	ws_reader_feed(&r, S("\x81\x01" "a\x81\x01" "b"));
	assert_true(ws_reader_next(&r, &it));
	ws_reader_feed(&r, S("\x81\x01" "c"));
	assert_true(r.lost);
	assert_false(ws_reader_next(&r, &it));
	ws_reader_free(&r);
}

/* Readers that share their scratch read the same, and keep nothing between
 * two messages. */
static void shared_scratch(void **state)
{
	struct buf b, scratch, want, got;
	struct guard g = guard_new(70000);

	(void)state;
	buf_init(&b, 1 << 20);
	buf_init(&scratch, LIMIT_WS_MESSAGE);
	buf_init(&want, 1 << 20);
	buf_init(&got, 1 << 20);
	rich_stream(&b, true);
	read_pieces(&want, buf_span(&b), true, b.n, &g);
	for (size_t piece = 1; piece < 60; piece++) {
		struct ws_reader r;

		ws_reader_init(&r, true);
		r.scratch = &scratch;
		buf_clear(&got);
		for (size_t at = 0; at < b.n; at += piece) {
			ws_reader_feed(&r, span_sub(buf_span(&b), at, piece));
			drain(&r, &got);
		}
		buf_addf(&got, "lost=");
		assert_string_equal(buf_str(&got), buf_str(&want));
		assert_null(r.in.p);
		assert_null(r.message.p);
		ws_reader_free(&r);
	}
	buf_free(&b);
	buf_free(&scratch);
	buf_free(&want);
	buf_free(&got);
	guard_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_split),
		cmocka_unit_test(rich_stream_is_understood),
		cmocka_unit_test(close_bodies),
		cmocka_unit_test(utf8_borders),
		cmocka_unit_test(a_frame_over_the_cap),
		cmocka_unit_test(fragments_over_the_cap),
		cmocka_unit_test(endless_fragments),
		cmocka_unit_test(bytewise_is_linear),
		cmocka_unit_test(plain_text_is_no_framing),
		cmocka_unit_test(unmasked_frames_stay_where_they_are),
		cmocka_unit_test(feeding_before_taking_gives_up),
		cmocka_unit_test(shared_scratch),
	};

	return cmocka_run_group_tests_name("ws_reader", tests, NULL, NULL);
}
