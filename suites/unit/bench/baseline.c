/* Known failures: what fits is expected, what fits no more is stale. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/baseline.h"

static const struct purpose one = { .id = "TP-POOL-07-01" };
static const struct purpose *const all[] = { &one };

static int load(struct baseline **b, const char *text, struct err *err)
{
	char name[] = "/tmp/annexu-baseline-XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	int rc = baseline_load(b, name, all, 1, err);

	unlink(name);
	return rc;
}

static json_t *verdict(const char *verdict, const char *reason)
{
	return json_pack("{s:s, s:s, s:s}", "id", "TP-POOL-07-01", "verdict",
			 verdict, "reason", reason);
}

static const char *apply(const char *entry, json_t *c, bool *stale)
{
	struct baseline *b;
	static char out[32];

	assert_int_equal(load(&b, entry, NULL), 0);
	baseline_apply(b, c, "2026-11-22");
	snprintf(out, sizeof out, "%s",
		 json_string_value(json_object_get(c, "verdict")));
	*stale = json_is_true(json_object_get(c, "stale_baseline"));
	baseline_free(b);
	json_decref(c);
	return out;
}

static void fits(void **state)
{
	bool stale;

	(void)state;
	assert_string_equal(apply("- {case: TP-POOL-07-01, cause: POOL-07}\n",
				  verdict("fail", "POOL-07: early"), &stale),
			    "expected_fail");
	assert_false(stale);
	assert_string_equal(apply("- case: TP-POOL-07-01\n"
				  "  expect: inconclusive\n"
				  "  until: 2026-11-22\n",
				  verdict("inconclusive", ""), &stale),
			    "expected_fail");
	assert_false(stale);
}

static void stale(void **state)
{
	bool is;

	(void)state;
	assert_string_equal(apply("- case: TP-POOL-07-01\n",
				  verdict("pass", ""), &is), "pass");
	assert_true(is);
	assert_string_equal(apply("- {case: TP-POOL-07-01, cause: POOL-09}\n",
				  verdict("fail", "POOL-07: early"), &is),
			    "fail");
	assert_true(is);
	apply("- {case: TP-POOL-07-01, until: 2026-11-21}\n",
	      verdict("fail", ""), &is);
	assert_true(is);
}

static void bad_files(void **state)
{
	static const struct { const char *text, *said; } bad[] = {
		{ "- case: TP-POOL-07-02\n", "TP-POOL-07-01" },
		{ "- expect: fail\n", "needs its case" },
		{ "- case: TP-POOL-07-01\n  colour: red\n", "unknown key" },
		{ "- case: TP-POOL-07-01\n  expect: pass\n", "expect" },
		{ "- case: [a]\n", "" },
		{ "text\n", "list" },
		{ "- {case: *x}\n", "" },
		{ "- {case\n", "" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct baseline *b;
		struct err err;

		assert_int_equal(load(&b, bad[i].text, &err), -EXIT_USAGE);
		assert_null(b);
		assert_non_null(strstr(err.text, bad[i].said));
		assert_non_null(strstr(err.text, "annexu-baseline-"));
	}
}

static void empty_file(void **state)
{
	struct baseline *b;

	(void)state;
	assert_int_equal(load(&b, "# nothing known\n", NULL), 0);
	baseline_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits), cmocka_unit_test(stale),
		cmocka_unit_test(bad_files), cmocka_unit_test(empty_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
