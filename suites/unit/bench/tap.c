/* Each connection is seen once, whichever of its ends are ours. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "bench/tap.h"

#define ALL (ROLE_BIT(ROLE_WIC) | ROLE_BIT(ROLE_WWSF) | ROLE_BIT(ROLE_WAF) | \
	     ROLE_BIT(ROLE_EPCSCF) | ROLE_BIT(ROLE_SCSCF))

static struct tap_tag tag(const char *text)
{
	struct tap_tag t;

	assert_true(tap_tag_read(span_str(text), &t));
	return t;
}

static bool wanted(const char *text, unsigned ours)
{
	struct tap_tag t = tag(text);

	return tap_wanted(&t, true, ours);
}

static void tags(void **state)
{
	struct tap_tag t;

	(void)state;
	assert_int_equal(tag("W1 w1").role, ROLE_WIC);
	assert_true(span_eq(tag("W2 the-copy").wic, S("the-copy")));
	assert_int_equal(tag("W2 epcscf").role, ROLE_EPCSCF);
	assert_int_equal(tag("Mw scscf").point, POINT_MW);
	assert_int_equal(tag("W4 wwsf").role, ROLE_WWSF);
	assert_false(tap_tag_read(S(""), &t));
	assert_false(tap_tag_read(S("W9 wwsf"), &t));
	assert_false(tap_tag_read(S("Mw nobody"), &t));
	assert_false(tap_tag_read(S("W1"), &t));
	assert_false(tap_tag_read(S("Cx hss"), &t));
}

static void all_ours_are_seen_once(void **state)
{
	static const char *const pairs[][2] = {
		{ "W1 w1", "W1 wwsf" }, { "W2 w1", "W2 epcscf" },
		{ "W4 wwsf", "W4 waf" }, { "W5 epcscf", "W5 waf" },
		{ "Mw epcscf", "Mw scscf" },
	};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		assert_true(wanted(pairs[i][0], ALL));
		assert_false(wanted(pairs[i][1], ALL));
	}
}

static void foreign_client_is_seen_at_our_server(void **state)
{
	(void)state;
	assert_true(wanted("W2 epcscf", ALL & ~ROLE_BIT(ROLE_WIC)));
	assert_true(wanted("Mw scscf", ROLE_BIT(ROLE_SCSCF)));
	assert_true(wanted("Mw epcscf", ROLE_BIT(ROLE_EPCSCF)));
	assert_false(wanted("Mw scscf", ROLE_BIT(ROLE_SCSCF) |
					ROLE_BIT(ROLE_EPCSCF)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags),
		cmocka_unit_test(all_ours_are_seen_once),
		cmocka_unit_test(foreign_client_is_seen_at_our_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
