/* Text slices: absent and empty differ, nothing reads beyond the slice, no
 * number overflows unnoticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/span.h"

/* A slice in memory of its own size, so that a sanitizer sees a step too far;
 * free .p. */
static struct span exact(struct span s)
{
	char *p = malloc(s.n ? s.n : 1);

	assert_non_null(p);
	memcpy(p, s.p, s.n);
	return (struct span){ p, s.n };
}

static void absent_is_not_empty(void **state)
{
	(void)state;
	assert_true(span_absent(span_str(NULL)));
	assert_false(span_absent(span_str("")));
	assert_true(span_empty(span_str("")));
	assert_true(span_empty(SPAN_NONE));
	assert_true(span_eq(SPAN_NONE, S("")));
	assert_true(span_absent(span_sub(SPAN_NONE, 3, 4)));
	assert_true(span_absent(span_trim(SPAN_NONE)));
}

static void equality(void **state)
{
	(void)state;
	assert_true(span_eq(S("a\0b"), S("a\0b")));
	assert_false(span_eq(S("a\0b"), S("a\0c")));
	assert_false(span_eq(S("ab"), S("abc")));
	assert_false(span_eq(S("ab"), S("aB")));
	assert_true(span_ieq(S("Via:@[`{"), S("vIA:@[`{")));
	/* Only letters fold: these pairs differ in bit 5 alone. */
	assert_false(span_ieq(S("@"), S("`")));
	assert_false(span_ieq(S("["), S("{")));
	assert_false(span_ieq(S("\xc4"), S("\xe4")));
	assert_false(span_ieq(S("a"), S("")));
}

static void starts_and_ends(void **state)
{
	(void)state;
	assert_true(span_starts(S("sip:a"), S("sip:")));
	assert_true(span_starts(S("x"), S("")));
	assert_false(span_starts(S("si"), S("sip:")));
	assert_false(span_starts(S("SIP:a"), S("sip:")));
	assert_true(span_istarts(S("SIP:a"), S("sip:")));
	assert_false(span_istarts(S("SI"), S("sip:")));
	assert_true(span_ends(S("a.example"), S(".example")));
	assert_true(span_ends(S("a"), S("")));
	assert_false(span_ends(S("e"), S(".example")));
}

static void parts_are_clamped(void **state)
{
	struct span s = S("hello");

	(void)state;
	assert_true(span_eq(span_sub(s, 1, 3), S("ell")));
	assert_true(span_eq(span_sub(s, 3, 99), S("lo")));
	assert_true(span_eq(span_sub(s, 3, SIZE_MAX), S("lo")));
	assert_true(span_eq(span_sub(s, 99, 1), S("")));
	assert_ptr_equal(span_sub(s, 99, 1).p, s.p + 5);
	assert_true(span_eq(span_from(s, 2), S("llo")));
	assert_true(span_empty(span_from(s, SIZE_MAX)));
}

static void trims_and_unquotes(void **state)
{
	(void)state;
	assert_true(span_eq(span_trim(S(" \t\r\na b\r\n ")), S("a b")));
	assert_true(span_empty(span_trim(S(" \r\n\t"))));
	assert_true(span_eq(span_trim(S("\va")), S("\va")));
	assert_true(span_eq(span_unquote(S("\"a\\\"b\"")), S("a\\\"b")));
	assert_true(span_eq(span_unquote(S("\"\"")), S("")));
	assert_true(span_eq(span_unquote(S("\"")), S("\"")));
	assert_true(span_eq(span_unquote(S("\"a")), S("\"a")));
	assert_true(span_eq(span_unquote(S("a")), S("a")));
}

static void searches(void **state)
{
	struct span s = exact(S("abcABCabc"));

	(void)state;
	assert_int_equal(span_chr(s, 'C'), 5);
	assert_int_equal(span_chr(s, 'x'), -1);
	assert_int_equal(span_chr(s, '\0'), -1);
	assert_int_equal(span_chr(SPAN_NONE, 'a'), -1);
	assert_int_equal(span_find(s, S("Cab")), 5);
	assert_int_equal(span_find(s, S("abcABCabc")), 0);
	assert_int_equal(span_find(s, S("abcABCabcd")), -1);
	assert_int_equal(span_find(s, S("bcd")), -1);
	assert_int_equal(span_find(s, S("")), 0);
	assert_int_equal(span_find(SPAN_NONE, S("a")), -1);
	assert_int_equal(span_ifind(s, S("CAB")), 2);
	assert_int_equal(span_ifind(s, S("BCD")), -1);
	assert_int_equal(span_ifind(S("a"), S("aa")), -1);
	assert_int_equal(span_ifind(SPAN_NONE, S("a")), -1);
	free((char *)(uintptr_t)s.p);
}

/* The pieces of a text, joined by '|'. */
static const char *pieces(struct span rest, char sep)
{
	static char out[100];
	size_t n = 0;
	unsigned count = 0;

	while (!span_absent(rest)) {
		struct span head = span_split(&rest, sep);

		assert_true(count++ < 20);
		n += (size_t)snprintf(out + n, sizeof out - n, "%.*s|",
				      SPAN(head));
	}
	out[n] = '\0';
	return out;
}

static void splits(void **state)
{
	(void)state;
	assert_string_equal(pieces(S("a,b,,c"), ','), "a|b||c|");
	assert_string_equal(pieces(S(","), ','), "||");
	assert_string_equal(pieces(S("a"), ','), "a|");
	assert_string_equal(pieces(S(""), ','), "|");
	assert_string_equal(pieces(SPAN_NONE, ','), "");
}

static void numbers(void **state)
{
	static const struct { struct span s; bool ok; uint64_t v; } rows[] = {
		{ SPAN_INIT("0"), true, 0 }, { SPAN_INIT("007"), true, 7 },
		{ SPAN_INIT("18446744073709551615"), true, UINT64_MAX },
		{ SPAN_INIT("18446744073709551616"), false, 0 },
		{ SPAN_INIT("99999999999999999999"), false, 0 },
		{ SPAN_INIT(""), false, 0 }, { SPAN_INIT("+1"), false, 0 },
		{ SPAN_INIT("-1"), false, 0 }, { SPAN_INIT(" 1"), false, 0 },
		{ SPAN_INIT("1 "), false, 0 }, { SPAN_INIT("1a"), false, 0 },
		{ SPAN_INIT("\xb2"), false, 0 }, { { NULL, 0 }, false, 0 },
	};
	int64_t i = 5;

	(void)state;
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
		uint64_t v = 42;

		assert_int_equal(span_u64(rows[k].s, &v), rows[k].ok);
		assert_true(v == (rows[k].ok ? rows[k].v : 42));
	}
	assert_true(span_i64(S("-9223372036854775807"), &i) && i == -INT64_MAX);
	assert_true(span_i64(S("9223372036854775807"), &i) && i == INT64_MAX);
	assert_true(span_i64(S("-0"), &i) && i == 0);
	assert_false(span_i64(S("9223372036854775808"), &i));
	assert_false(span_i64(S("-"), &i));
	assert_false(span_i64(S("--1"), &i));
	assert_false(span_i64(S(""), &i));
}

/* Equal texts hash alike wherever they lie; near ones differ; never 0. */
static void hashes(void **state)
{
	char text[40];
	uint64_t seen[1000];
	size_t n_seen = 0;

	(void)state;
	memset(text, 'a', sizeof text);
	for (size_t n = 0; n < sizeof text; n++) {
		struct span a = exact((struct span){ text, n });

		assert_true(span_hash(a) == span_hash((struct span){ text, n }));
		seen[n_seen++] = span_hash(a);
		for (size_t i = 0; i < n && n_seen < 1000; i++) {
			((char *)(uintptr_t)a.p)[i] = 'b';
			seen[n_seen++] = span_hash(a);
			((char *)(uintptr_t)a.p)[i] = 'a';
		}
		free((char *)(uintptr_t)a.p);
	}
	for (size_t i = 0; i < n_seen; i++) {
		assert_true(seen[i] != 0);
		for (size_t k = i + 1; k < n_seen; k++)
			assert_true(seen[i] != seen[k]);
	}
	assert_true(span_hash(SPAN_NONE) == span_hash(S("")));
}

static void copies(void **state)
{
	char out[4] = "xxx";

	(void)state;
	span_copy(out, sizeof out, S("abc"));
	assert_string_equal(out, "abc");
	span_copy(out, sizeof out, S("wxyz"));
	assert_string_equal(out, "wxy");
	span_copy(out, 1, S("q"));
	assert_string_equal(out, "");
	span_copy(out, sizeof out, SPAN_NONE);
	assert_string_equal(out, "");
	char *z = span_dup(S("a\0b"));

	assert_memory_equal(z, "a\0b\0", 4);
	free(z);
	z = span_dup(SPAN_NONE);
	assert_string_equal(z, "");
	free(z);
}

/* SPAN() in a conversion: absent texts print as nothing, long ones are cut. */
static void printing(void **state)
{
	char big[5000], out[6000];

	(void)state;
	memset(big, 'x', sizeof big);
	snprintf(out, sizeof out, "<%.*s>", SPAN(SPAN_NONE));
	assert_string_equal(out, "<>");
	assert_int_equal(snprintf(out, sizeof out, "%.*s",
				  SPAN(((struct span){ big, sizeof big }))), 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_is_not_empty),
		cmocka_unit_test(equality),
		cmocka_unit_test(starts_and_ends),
		cmocka_unit_test(parts_are_clamped),
		cmocka_unit_test(trims_and_unquotes),
		cmocka_unit_test(searches),
		cmocka_unit_test(splits),
		cmocka_unit_test(numbers),
		cmocka_unit_test(hashes),
		cmocka_unit_test(copies),
		cmocka_unit_test(printing),
	};

	return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
