/* Secrets out of bytes: everywhere, at equal length, and always by one name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "trace/mask.h"

static struct mask *m;

static int setup(void **state)
{
	(void)state;
	m = mask_new(1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mask_free(m);
	return 0;
}

static char *through(struct span text)
{
	static char out[4000];
	struct buf b;

	buf_init(&b, sizeof out - 1);
	mask_bytes(m, text, &b);
	assert_int_equal(b.n, text.n);
	span_copy(out, sizeof out, buf_span(&b));
	buf_free(&b);
	return out;
}

static void names(void **state)
{
	char a[17], b[17], c[17];
	struct mask *same = mask_new(1), *other = mask_new(2);

	(void)state;
	struct span x = mask_name(m, S("a token of some length"), a);

	assert_int_equal(x.n, 16);
	assert_true(span_starts(x, S("tok:")));
	assert_int_equal(strspn(a + 4, "0123456789abcdef"), 12);
	assert_true(span_eq(x, mask_name(same, S("a token of some length"), b)));
	assert_false(span_eq(x, mask_name(other, S("a token of some length"),
					  c)));
	assert_false(span_eq(x, mask_name(m, S("a token of some length."), c)));
	/* names come back as they are, padded or not */
	assert_true(span_eq(x, mask_name(other, x, c)));
	assert_true(span_eq(S("tok:0123456789ab"), mask_name(m,
		S("tok:0123456789ab~~~~~~"), c)));
	assert_true(span_eq(S("tok:01234"), mask_name(m, S("tok:01234"), c)));
	assert_false(span_eq(S("tok:xyz"), mask_name(m, S("tok:xyz"), c)));
	assert_true(span_empty(mask_name(m, S(""), c)));
	assert_true(span_absent(mask_name(m, SPAN_NONE, c)));
	mask_free(same);
	mask_free(other);
}

static void places(void **state)
{
	char name[17], want[200];

	(void)state;
	assert_string_equal(through(S("nothing known yet")), "nothing known yet");
	mask_token(m, S("secret-token-of-24-bytes"));
	mask_name(m, S("secret-token-of-24-bytes"), name);
	snprintf(want, sizeof want, "%s~~~~~~~~ and %s~~~~~~~~", name, name);
	assert_string_equal(through(S("secret-token-of-24-bytes and "
				      "secret-token-of-24-bytes")), want);
	assert_string_equal(through(S("secret-token-of-24-byte")),
			    "secret-token-of-24-byte");
	assert_int_equal(mask_find_token(m, S("x secret-token-of-24-bytes")), 2);
	assert_int_equal(mask_find_token(m, S("x secret-token")), -1);
	mask_password(m, S("hunter2"));
	assert_string_equal(through(S("hunter2hunter2 hunter")),
			    "************** hunter");
	assert_int_equal(mask_find_token(m, S("hunter2")), -1);
	mask_token(m, S("short6"));
	mask_name(m, S("short6"), name);
	name[6] = '\0';
	assert_string_equal(through(S("short6")), name);
}

static void short_ones(void **state)
{
	(void)state;
	mask_password(m, S("abc"));
	mask_token(m, S("xy"));
	assert_string_equal(through(S("abc \"abc\" \"abcd\" abc\" \"abc")),
			    "abc \"***\" \"abcd\" abc\" \"abc");
	assert_string_equal(through(S("{\"p\":\"abc\",\"t\":\"xy\"}")),
			    "{\"p\":\"***\",\"t\":\"to\"}");
	assert_int_equal(mask_find_token(m, S("xy")), -1);
	assert_int_equal(mask_find_token(m, S("\"xy\"")), 1);
}

/* A secret inside another, before it, behind it: no part is left. */
static void overlaps(void **state)
{
	(void)state;
	mask_password(m, S("abcdef"));
	mask_password(m, S("abcdefghij"));
	mask_password(m, S("123abcdefghij"));
	mask_password(m, S("ghij98765"));
	assert_string_equal(through(S("abcdef.abcdefghij.123abcdefghij")),
			    "******.**********.*************");
	assert_string_equal(through(S("123abcdefghij98765 fghij")),
			    "****************** fghij");
}

/* The same secret in a JSON string and in a form. */
static void disguises(void **state)
{
	(void)state;
	mask_password(m, S("p\"ss w\\rd+"));
	assert_string_equal(through(S("{\"password\":\"p\\\"ss w\\\\rd+\"}")),
			    "{\"password\":\"************\"}");
	mask_password(m, S("a/b\xc3\xa9/c"));
	assert_string_equal(through(S("\"a\\/b\xc3\xa9\\/c\"")),
			    "\"*********\"");
	assert_string_equal(through(S("\"a/b\\u00E9/c\"")),
			    "\"***********\"");
	assert_string_equal(through(S("pw=p%22ss%20w%5Crd%2B&x=1")),
			    "pw=******************&x=1");
	assert_string_equal(through(S("pw=p%22ss+w%5Crd%2B&x=1")),
			    "pw=****************&x=1");
}

static void many(void **state)
{
	char text[64], line[4000];
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		n = (size_t)snprintf(text, sizeof text,
				     "common-start-%u-common-end", i);
		mask_token(m, (struct span){ text, n });
		mask_token(m, (struct span){ text, n });
	}
	n = 0;
	for (unsigned i = 0; i < 100; i++)
		n += (size_t)snprintf(line + n, sizeof line - n,
				      "common-start-%u-common-end ", i * 199);
	assert_null(strstr(through((struct span){ line, n }), "common"));
}

/* Any bytes, any cut: nothing known is left and the length stays. */
static void random_texts(void **state)
{
	static const char *const secrets[] = {
		"aabbaabb", "abbaab", "bbbbbbb", "aaaaaabb", "ba",
	};
	uint64_t seed = 99;
	char text[120];

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		mask_password(m, span_str(secrets[i]));
	for (unsigned round = 0; round < 5000; round++) {
		size_t n = round % sizeof text;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 6364136223846793005u + 1;
			text[i] = "aab\"b"[(seed >> 33) % 5];
		}
		char *out = through((struct span){ text, n });

		for (unsigned i = 0; i < 4; i++)
			assert_null(strstr(out, secrets[i]));
		assert_null(strstr(out, "\"ba\""));
		for (size_t i = 0; i < n; i++)
			assert_true(out[i] == text[i] || out[i] == '*');
	}
}

/* Over the cap nothing of a peer is written any more. */
static void too_many(void **state)
{
	size_t n = LIMIT_HTTP_BODY + 1;
	char *huge = malloc(n);

	(void)state;
	memset(huge, 'x', n);
	assert_false(mask_full(m));
	mask_token(m, (struct span){ huge, n });
	assert_true(mask_full(m));
	assert_string_equal(through(S("anything")), "********");
	free(huge);
}

/* A peer's absurd token does not blind the rest of the trace. */
static void giant(void **state)
{
	size_t n = 500000;
	char *text = malloc(n);

	(void)state;
	memset(text, 'x', n);
	mask_token(m, (struct span){ text, n });
	assert_string_equal(through(S("sip anything xxxxxxxxxx")), "sip anything xxxxxxxxxx");
	assert_false(mask_full(m));
	free(text);
}

/* One that overlaps itself everywhere costs no more than the limit says. */
static void costly(void **state)
{
	size_t n = LIMIT_HTTP_BODY;
	char *text = malloc(n);

	(void)state;
	memset(text, 'x', n);
	mask_token(m, (struct span){ text, n / 2 });

	struct buf b;

	buf_init(&b, n);
	mask_bytes(m, (struct span){ text, n }, &b);
	assert_true(mask_full(m));
	assert_int_equal(b.n, n);
	assert_null(memchr(b.p, 'x', n));
	buf_free(&b);
	free(text);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(names), TEST(places), TEST(short_ones), TEST(overlaps),
		TEST(disguises), TEST(many), TEST(random_texts), TEST(too_many),
		TEST(giant), TEST(costly),
	};

	return cmocka_run_group_tests_name("trace mask", tests, NULL, NULL);
}
