/* Which purposes a selection selects, and what it says when it cannot. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/nearest.h"
#include "bench/select.h"

#define P(name, role, where) \
	{ .id = name, .title = "t", .clause = where, .under_test = role, \
	  .expects = EXPECTS("POOL-07") }

static const struct purpose some[] = {
	P("TP-POOL-07-01", ROLE_WWSF, "TS 23.228 U.2.1.4"),
	P("TP-POOL-07-02", ROLE_WWSF, "TS 23.228 U.2.1.4"),
	P("TP-POOL-14-01", ROLE_SCSCF, "TS 23.228 U.2.1.4"),
	P("TP-IAU-01-01", ROLE_EPCSCF, "TS 33.203 N.2.1.1, X.2"),
	P("TP-WSS-04-01/bare", ROLE_EPCSCF, "RFC 7118 4.1"),
};
static const struct purpose *const all[] = { &some[0], &some[1], &some[2],
					     &some[3], &some[4] };
#define N 5u

static unsigned chosen(const struct selection *s, const struct purpose **out,
		       struct err *err)
{
	unsigned n = 99;
	int rc = select_purposes(s, all, N, out, &n, err);

	assert_true(rc == 0 || rc == -EXIT_USAGE);
	if (rc < 0)
		assert_int_equal(n, 0);
	return n;
}

static void patterns(void **state)
{
	(void)state;
	assert_true(select_matches("TP-POOL-*", "TP-POOL-07-01"));
	assert_true(select_matches("tp-pool-07-01", "TP-POOL-07-01"));
	assert_true(select_matches("*", "TP-POOL-07-01"));
	assert_false(select_matches("*", "TP-WSS-04-01/bare"));
	assert_true(select_matches("**", "TP-WSS-04-01/bare"));
	assert_true(select_matches("TP-WSS-*/bare", "TP-WSS-04-01/bare"));
	assert_false(select_matches("TP-POOL-07", "TP-POOL-07-01"));
	assert_false(select_matches("", "TP"));
	assert_true(select_matches("***", "TP"));
}

static void clauses(void **state)
{
	(void)state;
	assert_true(select_clause("TS 23.228 U.2.1.4", "U.2.1"));
	assert_true(select_clause("TS 23.228 U.2.1.4", "U.2.1.4"));
	assert_true(select_clause("TS 23.228 U.2.1.4", "TS 23.228"));
	assert_false(select_clause("TS 23.228 U.2.10", "U.2.1"));
	assert_false(select_clause("TS 23.228 U.2.1.4", "2.1.4"));
	assert_true(select_clause("TS 33.203 N.2.1.1, X.2", "X.2"));
	assert_false(select_clause("TS 23.228", ""));
}

static void everything_by_default(void **state)
{
	const struct purpose *out[N];
	struct selection s = { 0 };

	(void)state;
	assert_int_equal(chosen(&s, out, NULL), N);
	assert_ptr_equal(out[4], &some[4]);
}

static void role_clause_skip(void **state)
{
	const struct purpose *out[N];
	struct selection s = { .roles = ROLE_BIT(ROLE_WWSF) };

	(void)state;
	assert_int_equal(chosen(&s, out, NULL), 2);
	s.n_skip = 1;
	s.skip[0] = "TP-POOL-07-01";
	assert_int_equal(chosen(&s, out, NULL), 1);
	assert_string_equal(out[0]->id, "TP-POOL-07-02");
	s = (struct selection){ .n_clause = 1, .clause = { "N.2.1" } };
	assert_int_equal(chosen(&s, out, NULL), 1);
	assert_string_equal(out[0]->id, "TP-IAU-01-01");
}

static void unknown_names_the_nearest(void **state)
{
	const struct purpose *out[N];
	struct selection s = { .n_run = 1, .run = { "TP-POOL-07-11" } };
	struct err err;

	(void)state;
	assert_int_equal(chosen(&s, out, &err), 0);
	assert_non_null(strstr(err.text, "TP-POOL-07-11"));
	assert_non_null(strstr(err.text, "TP-POOL-07-01"));
	s = (struct selection){ .n_clause = 1, .clause = { "U.9" } };
	assert_int_equal(chosen(&s, out, &err), 0);
	assert_non_null(strstr(err.text, "U.9"));
}

static void nothing_selected_is_an_error(void **state)
{
	const struct purpose *out[N];
	struct selection s = { .n_skip = 1, .skip = { "**" } };
	struct err err;

	(void)state;
	assert_int_equal(chosen(&s, out, &err), 0);
	assert_non_null(strstr(err.text, "none"));
}

static void shards_cover_everything_once(void **state)
{
	const struct purpose *out[N];
	unsigned seen[N] = { 0 }, total = 0;

	(void)state;
	for (unsigned i = 1; i <= 3; i++) {
		struct selection s = { .shard = i, .shards = 3 };
		unsigned n = chosen(&s, out, NULL);

		for (unsigned k = 0; k < n; k++)
			seen[out[k] - some]++;
		total += n;
	}
	assert_int_equal(total, N);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(seen[i], 1);
}

static void shard_texts(void **state)
{
	struct selection s = { 0 };

	(void)state;
	assert_int_equal(select_shard(&s, "2/4", NULL), 0);
	assert_int_equal(s.shard, 2);
	assert_int_equal(s.shards, 4);
	assert_int_equal(select_shard(&s, "0/4", NULL), -EXIT_USAGE);
	assert_int_equal(select_shard(&s, "5/4", NULL), -EXIT_USAGE);
	assert_int_equal(select_shard(&s, "2", NULL), -EXIT_USAGE);
	assert_int_equal(select_shard(&s, "a/b", NULL), -EXIT_USAGE);
}

static void roles(void **state)
{
	unsigned bits = 0;
	struct err err;

	(void)state;
	assert_int_equal(select_role(&bits, "wwsf,waf", &err), 0);
	assert_int_equal(bits, ROLE_BIT(ROLE_WWSF) | ROLE_BIT(ROLE_WAF));
	assert_int_equal(select_role(&bits, "wfsf", &err), -EXIT_USAGE);
	assert_non_null(strstr(err.text, "wwsf"));
}

static void pattern_files(void **state)
{
	const struct purpose *out[N];
	char name[] = "/tmp/annexu-select-XXXXXX", arg[64];
	int fd = mkstemp(name);
	struct selection s = { .n_run = 1 };
	struct err err;

	(void)state;
	assert_true(fd >= 0);
	assert_true(dprintf(fd, "# known\nTP-POOL-14-01 # why\n\n") > 0);
	snprintf(arg, sizeof arg, "@%s", name);
	s.run[0] = arg;
	assert_int_equal(chosen(&s, out, NULL), 1);
	assert_string_equal(out[0]->id, "TP-POOL-14-01");
	assert_true(dprintf(fd, "TP-NO\n") > 0);
	assert_int_equal(chosen(&s, out, &err), 0);
	assert_non_null(strstr(err.text, ":4"));
	close(fd);
	unlink(name);
	assert_int_equal(chosen(&s, out, &err), 0);
	assert_non_null(strstr(err.text, name));
}

static void nearest_keeps_the_best(void **state)
{
	struct nearest n;
	char text[128];

	(void)state;
	nearest_init(&n, "judje");
	nearest_offer(&n, "gate");
	nearest_offer(&n, "judge");
	nearest_offer(&n, "list");
	assert_non_null(strstr(nearest_text(&n, text, sizeof text), "judge"));
	nearest_init(&n, "zzzzzz");
	nearest_offer(&n, "judge");
	assert_string_equal(nearest_text(&n, text, sizeof text), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns), cmocka_unit_test(clauses),
		cmocka_unit_test(everything_by_default),
		cmocka_unit_test(role_clause_skip),
		cmocka_unit_test(unknown_names_the_nearest),
		cmocka_unit_test(nothing_selected_is_an_error),
		cmocka_unit_test(shards_cover_everything_once),
		cmocka_unit_test(shard_texts), cmocka_unit_test(roles),
		cmocka_unit_test(pattern_files),
		cmocka_unit_test(nearest_keeps_the_best),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
