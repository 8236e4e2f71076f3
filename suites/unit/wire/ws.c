/* WebSocket frames: every head, every mask offset, the RFC's own examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "wire/ws.h"

static const unsigned char mask[4] = { 0x37, 0xfa, 0x21, 0x3d };

static unsigned rnd(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33);
}

/* Every first and second byte, against the text of RFC 6455 5.2 read anew. */
static void every_head(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 0x20000; i++) {
		bool client = i >> 16;
		unsigned a = i & 0xff, b = i >> 8 & 0xff, op = a % 16;
		char raw[14] = { (char)a, (char)b };
		struct ws_frame f;
		size_t head = b % 128 < 126 ? 2u : b % 128 == 126 ? 4u : 10u;

		head += b > 127 ? 4 : 0;
		for (size_t n = 0; n < head; n++)
			assert_int_equal(0, ws_head_read(&f, (struct span){
				raw, n }, client));
		assert_int_equal(head, ws_head_read(&f, (struct span){
			raw, sizeof raw }, client));
		assert_int_equal(f.fin, a >= 128);
		assert_int_equal(f.rsv, (a % 128) / 16);
		assert_int_equal(f.op, op);
		assert_int_equal(f.masked, b >= 128);
		assert_int_equal(f.length, b % 128 < 126 ? b % 128 : 0);
		assert_int_equal(!!(f.defects & WS_D_RSV), f.rsv != 0);
		assert_int_equal(!!(f.defects & WS_D_OPCODE),
				 (op > 2 && op < 8) || op > 10);
		assert_int_equal(!!(f.defects & WS_D_MASK_MISSING),
				 client && b < 128);
		assert_int_equal(!!(f.defects & WS_D_MASKED),
				 !client && b >= 128);
		assert_int_equal(!!(f.defects & WS_D_LENGTH_FORM), b % 128 > 125);
		assert_int_equal(!!(f.defects & WS_D_CONTROL_FRAGMENT),
				 op >= 8 && a < 128);
		assert_false(f.defects & (WS_D_CONTROL_LONG | WS_D_TOO_LONG));
	}
}

static void length_borders(void **state)
{
	static const struct { uint64_t n; unsigned wide, defects; } rows[] = {
		{ 125, 2, WS_D_LENGTH_FORM }, { 126, 2, 0 }, { 65535, 2, 0 },
		{ 65535, 8, WS_D_LENGTH_FORM }, { 65536, 8, 0 },
		{ 65537, 8, WS_D_TOO_LONG },
		{ UINT64_C(1) << 63, 8, WS_D_TOO_LONG | WS_D_LENGTH_FORM },
		{ UINT64_MAX, 8, WS_D_TOO_LONG | WS_D_LENGTH_FORM },
	};

	(void)state;
	assert_int_equal(65536, LIMIT_WS_MESSAGE);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char raw[10] = { (char)0x82, rows[i].wide == 2 ? 126 : 127 };
		struct ws_frame f;

		for (unsigned k = 0; k < rows[i].wide; k++)
			raw[1 + rows[i].wide - k] = (char)(rows[i].n >> 8 * k);
		struct span head = { raw, 2 + rows[i].wide };

		assert_int_equal(head.n, ws_head_read(&f, head, false));
		assert_true(f.length == rows[i].n);
		assert_int_equal(f.defects, rows[i].defects);
	}
	char ping[] = { (char)0x89, 126, 0, 126 };
	struct ws_frame f;

	assert_int_equal(4, ws_head_read(&f, (struct span){ ping, 4 }, false));
	assert_int_equal(f.defects, WS_D_CONTROL_LONG);
}

/* What was read is written again as it was, wrong or not. */
static void heads_round_trip(void **state)
{
	uint64_t seed = 1;
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	for (unsigned i = 0; i < 200000; i++) {
		char raw[14];
		struct ws_frame f;

		for (size_t k = 0; k < sizeof raw; k++)
			raw[k] = (char)(rnd(&seed) & (rnd(&seed) % 3 ? 0xff : 0));
		long n = ws_head_read(&f, (struct span){ raw, sizeof raw },
				      true);

		assert_true(n > 0);
		f.defects |= WS_D_TOO_LONG;     /* keep f.length */
		buf_clear(&b);
		assert_true(ws_put(&b, &f, SPAN_NONE));
		assert_int_equal(b.n, n);
		assert_memory_equal(b.p, raw, b.n);
	}
	buf_free(&b);
}

static void masks(void **state)
{
	char text[64], got[64], back[64];
	uint64_t seed = 2;

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)rnd(&seed);
	for (size_t n = 0; n < 40; n++)
		for (size_t off = 0; off < 9; off++) {
			ws_mask_copy(got, text + off, n, mask, off);
			for (size_t i = 0; i < n; i++)
				assert_int_equal((unsigned char)got[i],
						 (unsigned char)text[off + i] ^
						 mask[(off + i) % 4]);
			memcpy(back, got, n);
			ws_mask(back, n, mask, off);
			assert_memory_equal(back, text + off, n);
		}
}

static void a_full_buffer_takes_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_true(buf_add(&b, S("ab")));
	assert_false(ws_put_message(&b, WS_TEXT, S("Hello"), true, mask));
	assert_true(b.full);
	assert_int_equal(b.n, 2);
	b.full = false;
	assert_true(ws_put_message(&b, WS_TEXT, S("Hello!"), false, NULL));
	assert_false(b.full);
	buf_free(&b);
}

/* ---- the examples of RFC 6455 1.3 and 5.7 ---- */

static void sample_key(void **state)
{
	char out[29];

	(void)state;
	ws_accept_key(S("dGhlIHNhbXBsZSBub25jZQ=="), out);
	assert_string_equal(out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	ws_accept_key(SPAN_NONE, out);
	assert_int_equal(strlen(out), 28);
}

static void one(struct span raw, bool from_client, enum ws_op op,
		struct span want, unsigned fragments)
{
	struct ws_reader r;
	struct ws_item it;

	ws_reader_init(&r, from_client);
	ws_reader_feed(&r, raw);
	assert_true(ws_reader_next(&r, &it));
	assert_int_equal(it.op, op);
	assert_true(span_eq(it.payload, want));
	assert_int_equal(it.fragments, fragments);
	assert_int_equal(it.defects, 0);
	assert_false(ws_reader_next(&r, &it));
	assert_false(r.lost);
	ws_reader_free(&r);
}

static void rfc_examples(void **state)
{
	char big[65536];
	struct buf b;

	(void)state;
	memset(big, 'x', sizeof big);
	one(S("\x81\x05Hello"), false, WS_TEXT, S("Hello"), 1);
	one(S("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), true, WS_TEXT,
	    S("Hello"), 1);
	one(S("\x01\x03Hel\x80\x02lo"), false, WS_TEXT, S("Hello"), 2);
	one(S("\x89\x05Hello"), false, WS_PING, S("Hello"), 1);
	one(S("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), true, WS_PONG,
	    S("Hello"), 1);
	buf_init(&b, 70000);
	buf_add(&b, S("\x82\x7e\x01\x00"));
	buf_add(&b, (struct span){ big, 256 });
	one(buf_span(&b), false, WS_BINARY, (struct span){ big, 256 }, 1);
	buf_clear(&b);
	buf_add(&b, S("\x82\x7f\0\0\0\0\0\1\0\0"));
	buf_add(&b, (struct span){ big, sizeof big });
	one(buf_span(&b), false, WS_BINARY, (struct span){ big, sizeof big }, 1);
	buf_clear(&b);
	assert_true(ws_put_message(&b, WS_TEXT, S("Hello"), true, mask));
	assert_true(span_eq(buf_span(&b), S("\x81\x85\x37\xfa\x21\x3d\x7f\x9f"
					    "\x4d\x51\x58")));
	buf_free(&b);
}

static void defect_names(void **state)
{
	char all[256], small[9];

	(void)state;
	ws_defects_text((1u << WS_DEFECTS) - 1, all, sizeof all);
	assert_string_equal(all, "rsv,opcode,mask-missing,masked,length-form,"
			    "control-long,control-fragment,cont-orphan,"
			    "interleaved,too-long,close-body,utf8,after-close");
	assert_string_equal(ws_defects_text(WS_D_RSV | WS_D_OPCODE, small,
					    sizeof small), "rsv");
	assert_string_equal(ws_defects_text(0, small, sizeof small), "");
	assert_string_equal(ws_defects_text(WS_D_RSV, small, 1), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_head),
		cmocka_unit_test(length_borders),
		cmocka_unit_test(heads_round_trip),
		cmocka_unit_test(masks),
		cmocka_unit_test(a_full_buffer_takes_nothing),
		cmocka_unit_test(sample_key),
		cmocka_unit_test(rfc_examples),
		cmocka_unit_test(defect_names),
	};

	return cmocka_run_group_tests_name("ws", tests, NULL, NULL);
}
