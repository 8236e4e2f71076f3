/* Capped buffers: what does not fit is not added in part, and is remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void fills_to_the_cap(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_true(buf_add(&b, S("abc")));
	assert_false(buf_add(&b, S("def")));
	assert_true(b.full);
	assert_true(span_eq(buf_span(&b), S("abc")));
	assert_true(buf_add(&b, S("de")));      /* the rest still fits */
	assert_true(b.full);                    /* and full is sticky */
	assert_false(buf_addc(&b, 'f'));
	assert_true(buf_add(&b, S("")));
	assert_true(buf_add(&b, SPAN_NONE));
	assert_string_equal(buf_str(&b), "abcde");
	buf_clear(&b);
	assert_false(b.full);
	assert_true(span_empty(buf_span(&b)));
	assert_true(buf_add(&b, S("12345")));
	buf_free(&b);
	assert_null(b.p);
	assert_int_equal(b.cap, 5);
	assert_true(buf_add(&b, S("again")));
	buf_free(&b);
}

static void formats(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_true(buf_addf(&b, "%s-%d", "ab", 42));
	assert_string_equal(buf_str(&b), "ab-42");
	assert_false(buf_addf(&b, "%06d", 1));
	assert_true(b.full);
	assert_string_equal(buf_str(&b), "ab-42");
	assert_true(buf_addf(&b, "%05d", 1));   /* to the very cap */
	assert_string_equal(buf_str(&b), "ab-4200001");
	assert_true(buf_addf(&b, "%s", ""));
	buf_free(&b);
}

static void an_unused_buffer(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_string_equal(buf_str(&b), "");
	assert_true(span_empty(buf_span(&b)));
	buf_drop(&b, 3);
	buf_clear(&b);
	assert_false(buf_addc(&b, 'x'));
	assert_true(b.full);
	buf_free(&b);
}

static void drops_from_the_front(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_add(&b, S("0123456789"));
	buf_drop(&b, 0);
	assert_int_equal(b.n, 10);
	buf_drop(&b, 4);
	assert_string_equal(buf_str(&b), "456789");
	buf_drop(&b, 6);
	assert_int_equal(b.n, 0);
	buf_add(&b, S("xy"));
	buf_drop(&b, SIZE_MAX);
	assert_int_equal(b.n, 0);
	buf_free(&b);
}

static void extends(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_add(&b, S("ab"));
	char *p = buf_extend(&b, 3);

	assert_non_null(p);
	memcpy(p, "cde", 3);
	assert_string_equal(buf_str(&b), "abcde");
	assert_null(buf_extend(&b, 4));
	assert_true(b.full);
	assert_int_equal(b.n, 5);
	assert_null(buf_extend(&b, SIZE_MAX));
	assert_non_null(buf_extend(&b, 0));
	buf_free(&b);
}

/* Against a plain array, seeded; a million bytes one by one stay cheap. */
static void grows_like_an_array(void **state)
{
	static char model[1 << 20];
	size_t n = 0;
	uint64_t seed = 3;
	struct buf b;

	(void)state;
	buf_init(&b, sizeof model);
	for (unsigned i = 0; i < 100000; i++) {
		char piece[64];

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		size_t len = seed >> 58, drop = seed >> 40 & 63;

		memset(piece, (int)(seed >> 33 & 0xff), sizeof piece);
		bool fits = len <= sizeof model - n;

		assert_int_equal(fits, buf_add(&b, (struct span){ piece, len }));
		assert_true(b.room > b.n);      /* buf_str's NUL */
		if (fits) {
			memcpy(model + n, piece, len);
			n += len;
		}
		if (i % 97 == 0) {
			drop = drop < n ? drop * n / 64 : n;
			memmove(model, model + drop, n - drop);
			n -= drop;
			buf_drop(&b, drop);
			assert_int_equal(b.n, n);
			assert_memory_equal(b.p, model, n);
		}
	}
	buf_clear(&b);
	for (size_t i = 0; i < sizeof model; i++)
		assert_true(buf_addc(&b, (char)i) && b.room > b.n);
	assert_false(buf_addc(&b, 'x'));
	assert_true(b.room <= 2 * sizeof model + 2);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_to_the_cap),
		cmocka_unit_test(formats),
		cmocka_unit_test(an_unused_buffer),
		cmocka_unit_test(drops_from_the_front),
		cmocka_unit_test(extends),
		cmocka_unit_test(grows_like_an_array),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
