#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "source/reasm.h"

/* What comes out: bytes as they are, a gap of n bytes as "[n]". */
struct out { char text[4096]; };

static void bytes(struct span s, void *arg)
{
	struct out *o = arg;
	size_t n = strlen(o->text);

	snprintf(o->text + n, sizeof o->text - n, "%.*s", SPAN(s));
}

static void gap(uint64_t missing, void *arg)
{
	struct out *o = arg;
	size_t n = strlen(o->text);

	snprintf(o->text + n, sizeof o->text - n, "[%llu]",
		 (unsigned long long)missing);
}

#define CALLS(o) ((struct reasm_calls){ bytes, gap, o })

static void put(struct reasm *r, uint32_t seq, const char *text, int64_t t_us,
		struct out *o)
{
	reasm_segment(r, seq, span_str(text), 0, t_us, CALLS(o));
}

static void in_order(void **state)
{
	struct reasm r = { 0 };
	struct out o = { "" };

	(void)state;
	reasm_start(&r, 100);
	put(&r, 100, "abc", 0, &o);
	put(&r, 103, "def", 0, &o);
	assert_string_equal(o.text, "abcdef");
	reasm_fin(&r, 106);
	assert_true(reasm_done(&r));
	reasm_free(&r);
}

static void every_order_of_four(void **state)
{
	static const char *const parts[] = { "ab", "cd", "ef", "gh" };

	(void)state;
	for (unsigned code = 0; code < 256; code++) {
		struct reasm r = { 0 };
		struct out o = { "" };
		unsigned seen = 0;

		reasm_start(&r, 0);
		for (unsigned i = 0; i < 4; i++) {
			unsigned k = code >> (2 * i) & 3;

			seen |= 1u << k;
			put(&r, 2 * k, parts[k], 0, &o);
		}
		for (unsigned k = 0; k < 4; k++)
			put(&r, 2 * k, parts[k], 0, &o);
		assert_int_not_equal(seen, 0);
		assert_string_equal(o.text, "abcdefgh");
		assert_int_equal(r.n_waiting, 0);
		assert_int_equal(r.waiting_bytes, 0);
		reasm_free(&r);
	}
}

static void overlaps(void **state)
{
	struct reasm r = { 0 };
	struct out o = { "" };

	(void)state;
	reasm_start(&r, 0);
	put(&r, 0, "abcd", 0, &o);
	put(&r, 2, "CDef", 0, &o);      /* the first copy of cd stays */
	put(&r, 8, "ij", 0, &o);        /* waits */
	put(&r, 7, "hijk", 0, &o);      /* waits, overlaps */
	put(&r, 0, "abcdefg", 0, &o);   /* fills */
	assert_string_equal(o.text, "abcdefghijk");
	assert_true(r.late_bytes > 0);
	reasm_free(&r);
}

static void wraps(void **state)
{
	struct reasm r = { 0 };
	struct out o = { "" };

	(void)state;
	reasm_start(&r, UINT32_MAX - 2);
	put(&r, 4, "hi", 0, &o);
	put(&r, UINT32_MAX - 2, "abc", 0, &o);
	put(&r, UINT32_MAX - 1, "bcde", 0, &o);
	put(&r, 0, "defg", 0, &o);
	assert_string_equal(o.text, "abcdefghi");
	reasm_fin(&r, 6);
	assert_true(reasm_done(&r));
	reasm_free(&r);
}

static void joined_in_the_middle(void **state)
{
	struct reasm r = { 0 };
	struct out o = { "" };

	(void)state;
	put(&r, 777, "xyz", 0, &o);
	put(&r, 770, "older", 0, &o);
	put(&r, 780, "!", 0, &o);
	assert_string_equal(o.text, "xyz!");
	reasm_free(&r);
}

static void a_hole_is_given_up_in_time(void **state)
{
	struct reasm r = { 0 };
	struct out o = { "" };

	(void)state;
	reasm_start(&r, 0);
	put(&r, 0, "ab", 0, &o);
	put(&r, 5, "fg", 1000, &o);
	reasm_time(&r, 1000 + REASM_WAIT_US, CALLS(&o));
	assert_string_equal(o.text, "ab");
	reasm_time(&r, 1001 + REASM_WAIT_US, CALLS(&o));
	assert_string_equal(o.text, "ab[3]fg");
	put(&r, 2, "cde", 2000, &o);    /* too late now */
	assert_string_equal(o.text, "ab[3]fg");
	reasm_free(&r);
}

static void an_acknowledged_hole_goes_sooner(void **state)
{
	struct reasm r = { 0 };
	struct out o = { "" };

	(void)state;
	reasm_start(&r, 0);
	put(&r, 3, "de", 0, &o);
	reasm_ack(&r, 5);
	reasm_time(&r, REASM_ACKED_US, CALLS(&o));
	assert_string_equal(o.text, "");
	reasm_time(&r, REASM_ACKED_US + 1, CALLS(&o));
	assert_string_equal(o.text, "[3]de");
	reasm_free(&r);
}

static void waiting_is_bounded(void **state)
{
	struct reasm r = { 0 };
	struct out o = { "" };
	uint32_t i;

	(void)state;
	reasm_start(&r, 0);
	for (i = 0; i <= REASM_SEGMENTS_MAX; i++) {
		assert_true(r.n_waiting <= REASM_SEGMENTS_MAX);
		put(&r, 10 + 2 * i, "x", 0, &o);
	}
	assert_memory_equal(o.text, "[10]x", 5);
	assert_int_equal(r.n_waiting, REASM_SEGMENTS_MAX);
	reasm_free(&r);
}

static void many_bytes_are_bounded(void **state)
{
	static char big[60000];
	struct reasm r = { 0 };
	struct out o = { "" };

	(void)state;
	memset(big, 'x', sizeof big - 1);
	reasm_start(&r, 0);
	for (uint32_t i = 0; i < 20; i++) {
		reasm_segment(&r, 1000000 + i * 60000,
			      (struct span){ big, sizeof big }, 0, 0,
			      CALLS(&o));
		assert_true(r.waiting_bytes <= REASM_BYTES_MAX);
	}
	assert_memory_equal(o.text, "[1000000]", 9);
	reasm_free(&r);
}

static void the_end_gives_what_waits(void **state)
{
	struct reasm r = { 0 };
	struct out o = { "" };

	(void)state;
	reasm_start(&r, 0);
	put(&r, 2, "c", 0, &o);
	put(&r, 4, "e", 0, &o);
	reasm_fin(&r, 7);
	reasm_flush(&r, CALLS(&o));
	assert_string_equal(o.text, "[2]c[1]e[2]");
	reasm_free(&r);
}

static void a_cut_segment_is_a_gap(void **state)
{
	struct reasm r = { 0 };
	struct out o = { "" };

	(void)state;
	reasm_start(&r, 0);
	reasm_segment(&r, 0, S("ab"), 3, 0, CALLS(&o));
	put(&r, 5, "fg", 0, &o);
	reasm_segment(&r, 0, S("abcdef"), 0, 0, CALLS(&o));
	assert_string_equal(o.text, "ab[3]fg");
	reasm_segment(&r, 4, S("efg"), 4, 0, CALLS(&o));
	assert_string_equal(o.text, "ab[3]fg[4]");
	reasm_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(every_order_of_four),
		cmocka_unit_test(overlaps),
		cmocka_unit_test(wraps),
		cmocka_unit_test(joined_in_the_middle),
		cmocka_unit_test(a_hole_is_given_up_in_time),
		cmocka_unit_test(an_acknowledged_hole_goes_sooner),
		cmocka_unit_test(waiting_is_bounded),
		cmocka_unit_test(many_bytes_are_bounded),
		cmocka_unit_test(the_end_gives_what_waits),
		cmocka_unit_test(a_cut_segment_is_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
