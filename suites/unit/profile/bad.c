/* What is not right in a profile is refused with its file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "profile/profile.h"
#include "scratch.h"

struct bad { const char *yaml, *says; };

static void refused(bool ics, const struct bad *b)
{
	struct profile *p = profile_new();
	struct err err = { 0 };
	int rc = ics ? profile_ics_text(p, span_str(b->yaml), "f.yaml", &err) :
		       profile_ixit_text(p, span_str(b->yaml), "f.yaml", &err);

	if (rc != -EXIT_USAGE || !strstr(err.text, b->says))
		fail_msg("%s\ngave %d \"%s\", not \"%s\"", b->yaml, rc,
			 err.text, b->says);
	assert_null(strchr(err.text, '\n'));
	profile_free(p);
}

static void bad_ixit(void **state)
{
	static const struct bad rows[] = {
		{ "a: 1\nlifetme_s: 3\n", "f.yaml:1: unknown key \"a\"" },
		{ "\nlifetme_s: 3\n", "f.yaml:2: unknown key \"lifetme_s\" "
		  "(did you mean \"lifetime_s\"?)" },
		{ "lifetime_s: 3\n\nlifetime_s: 4\n",
		  "f.yaml:3: key \"lifetime_s\" stands twice, first in line 1" },
		{ "lifetime_s: -3\n", "f.yaml:1: a time may not be negative" },
		{ "lifetime_s: 0\n", "over 0" },
		{ "lifetime_s: abc\n", "f.yaml:1: expected a number, found "
		  "\"abc\"" },
		{ "lifetime_s: \"60\"\n", "expected a number" },
		{ "lifetime_s: [3]\n", "expected a number, found a list" },
		{ "lifetime_s:\n", "expected a number, found nothing" },
		{ "lifetime_s: .inf\n", "expected a number" },
		{ "lifetime_s: 0x10\n", "expected a number" },
		{ "lifetime_s: 1e999\n", "expected a number" },
		{ "lifetime_s: 1e20\n", "a time over" },
		{ "guard_s: -0.1\n", "negative" },
		{ "home_domain: [a]\n", "expected text, found a list" },
		{ "home_domain: 5\n", "expected text, found \"5\"" },
		{ "home_domain: true\n", "expected text" },
		{ "home_domain: \"a\\0b\"\n", "NUL" },
		{ "home_domain: \"\"\n", "empty" },
		{ "behind_tls_terminator: maybe\n", "expected true or false" },
		{ "behind_tls_terminator: \"true\"\n", "expected true or false" },
		{ "lifetime_from: tokens\n", "f.yaml:1: expected one of ixit, "
		  "token, handover, found \"tokens\" (did you mean \"token\"?)" },
		{ "iut: {w3: x}\n", "unknown key \"w3\"" },
		{ "iut: [a]\n", "expected a mapping (key: value), found a list" },
		{ "iut: {reset: ./x}\n", "expected a list: program" },
		{ "iut: {reset: []}\n", "empty command" },
		{ "pools: 3\n", "expected a list of pools" },
		{ "pools:\n  - pairs:\n     - {impi: a, impu: b}\n     - {impi: a, "
		  "impus: b}\n", "f.yaml:4: unknown key \"impus\" (did you mean "
		  "\"impu\"?)" },
		{ "pools: [{pairs: [a]}]\n", "expected a mapping" },
		{ "pools: [{pairs_file: none.csv}]\n", "none.csv: cannot open" },
		{ "subscribers: [{impu: {a: b}}]\n", "expected an IMPU or a list" },
		{ "subscribers: [{impu: [a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a]}]\n",
		  "17 IMPUs; the limit is 16" },
		{ "strangers: [{impi: x}]\n", "unknown key \"impi\"" },
		{ "token: {kind: jwd}\n", "did you mean \"jwt\"" },
		{ "token: {spelling: x}\n", "one of access_token, bare" },
		{ "w1: {login: {ok: [99]}}\n", "not an HTTP status" },
		{ "w1: {login: {ok: [200.5]}}\n", "not an HTTP status" },
		{ "w1: {login: {ok: 200}}\n", "expected a list of HTTP" },
		{ "w1: {login: {ok: [200,200,200,200,200,200,200,200,200]}}\n",
		  "over 8" },
		{ "capture: [{at: x, role: pcscf, point: W2}]\n",
		  "did you mean \"epcscf\"" },
		{ "capture: [{at: x, role: wic, point: w2}]\n",
		  "found \"w2\" (did you mean \"W2\"?)" },
		{ "a: [\n", "f.yaml:2: not YAML: " },
		{ "ok\n\x01", "f.yaml:2: not YAML: " },
		{ "\xff\xfe\xfd", "not YAML: " },
		{ "lifetime_s: 3\n---\nlifetime_s: 3\n", "f.yaml:3: a second "
		  "document" },
		{ "- a\n", "expected a mapping" },
		{ "lifetime_s: &a [*a]\n", "expected a number" },
		{ "origins: &a {allowed: *a}\n", "expected a list of origins" },
		{ "{[a]: b}\n", "expected a key" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		refused(false, &rows[i]);
}

static void bad_ics(void **state)
{
	static const struct bad rows[] = {
		{ "roles: epcscf\n", "expected a list of names" },
		{ "roles: [p-cscf]\n", "f.yaml:1: expected one of wic, wwsf, "
		  "waf, epcscf, scscf, system" },
		{ "roles: [none]\n", "one of" },
		{ "edition: rel14\n", "found \"rel14\" (did you mean \"rel13\"?)" },
		{ "edition: [cr]\n", "one of cr, pre-cr, rel13, found a list" },
		{ "scenarios: [web]\n", "one of ims-auth, web-auth, pool" },
		{ "options: {digets: true}\n", "did you mean \"digest\"" },
		{ "options: {aka: 1}\n", "expected true or false" },
		{ "options: {forged_to: drop}\n", "one of reject, override" },
		{ "options: {authenticates: wic}\n", "one of wwsf, waf" },
		{ "implementation: x\n", "expected a mapping" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		refused(true, &rows[i]);
}

static void bad_files(void **state)
{
	struct profile *p = profile_new();
	struct err err;

	(void)state;
	assert_int_equal(-EXIT_USAGE, profile_load_ixit(p,
		scratch_path("absent.yaml"), &err));
	assert_non_null(strstr(err.text, "absent.yaml: cannot open"));
	assert_int_equal(-EXIT_USAGE, profile_load_ics(p, scratch, &err));
	assert_non_null(strstr(err.text, "cannot read"));
	profile_free(p);
}

static void bad_pairs(void **state)
{
	static const struct bad rows[] = {
		{ "p1@a,sip:p1@a\ngarbage\n", "pairs.csv:2: no comma" },
		{ "p1@a,\n", "pairs.csv:1: the second column" },
		{ ",sip:p1@a\n", "pairs.csv:1: the first column" },
		{ "sip:p1@a,p1@a\n", "pairs.csv:1: the first column" },
		{ "p1@a,p1@a\n", "pairs.csv:1: the second column" },
		{ "p1@a,sip:p1@a sip:p2@a\n", "pairs.csv:1: the second column" },
	};
	char longer[6000];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct profile *p = profile_new();
		struct err err = { 0 };

		scratch_file("pairs.csv", rows[i].yaml);
		assert_int_equal(-EXIT_USAGE, profile_load_ixit(p, scratch_file(
			"p.yaml", "pools: [{pairs_file: pairs.csv}]"), &err));
		assert_non_null(strstr(err.text, rows[i].says));
		profile_free(p);
	}
	struct profile *p = profile_new();
	struct err err = { 0 };

	memset(longer, 'a', sizeof longer);
	scratch_bytes("pairs.csv", longer, sizeof longer);
	assert_int_equal(-EXIT_USAGE, profile_load_ixit(p,
		scratch_path("p.yaml"), &err));
	assert_non_null(strstr(err.text, "pairs.csv:1: line over 4096 bytes"));
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_ixit),
		cmocka_unit_test(bad_ics),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(bad_pairs),
	};

	return cmocka_run_group_tests_name("profile bad", tests, scratch_make,
					   scratch_remove);
}
