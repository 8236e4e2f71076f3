/* Who is that, by user, IMPI and IMPU; and the profile of a stored run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "profile/names.h"
#include "profile/profile.h"
#include "scratch.h"

static const char text[] =
"subscribers:\n"
"  - {user: alice, web_password: wonder, impi: Alice@IMS.example, sip_password: secret,\n"
"     impu: [\"sip:alice@IMS.example:5060;x=y\", \"tel:+1-23\"]}\n"
"  - {user: alice, impi: second@ims.example, impu: \"sip:second@ims.example\"}\n"
"  - {user: nobody}\n"
"strangers: [{user: mallory, web_password: malice}]\n"
"pools:\n"
"  - wwsf: w\n"
"    pairs:\n"
"      - {impi: p1@ims.example, impu: [\"sip:p1@ims.example\", \"sip:q1@ims.example\"]}\n"
"      - {impi: p1@ims.example, impu: \"sip:p1@ims.example\"}\n"
"      - {impu: \"sip:p3@ims.example\"}\n"
"lifetime_s: 0.3\n"
"tolerance_ms: 0.5\n"
"guard_s: 1.25\n"
"behind_tls_terminator: true\n"
"token: {kind: jwt, key_file: k, command: [./mint], spelling: bare}\n"
"tls: {key: tls.key}\n"
"iut: {reset: [./reset], mw: \"udp:1\"}\n"
"origins: {allowed: []}\n"
"w1: {command: [./speak]}\n"
"capture: [{at: \"a:1\", role: scscf, point: ignore}]\n";

static struct profile *loaded(void)
{
	struct profile *p = profile_new();
	struct err err = { 0 };

	assert_int_equal(0, profile_ixit_text(p, S(text), "f", &err));
	return p;
}

static void people(void **state)
{
	struct profile *p = loaded();

	(void)state;
	assert_ptr_equal(profile_user(p, S("alice")), &p->subscribers[0]);
	assert_null(profile_user(p, S("Alice")));
	assert_null(profile_user(p, S("")));
	assert_null(profile_user(p, SPAN_NONE));
	assert_null(profile_user(p, S("mallory")));
	assert_ptr_equal(profile_stranger(p, S("mallory")), &p->strangers[0]);
	assert_null(profile_stranger(p, S("alice")));
	/* the realm folds case, the user part does not */
	assert_ptr_equal(profile_sub_impi(p, S("Alice@ims.EXAMPLE")),
			 &p->subscribers[0]);
	assert_null(profile_sub_impi(p, S("alice@ims.example")));
	assert_null(profile_sub_impi(p, SPAN_NONE));
	assert_ptr_equal(profile_sub_impu(p, S("<sip:alice@ims.example>;tag=1")),
			 &p->subscribers[0]);
	assert_ptr_equal(profile_sub_impu(p, S("tel:+1.23")),
			 &p->subscribers[0]);
	assert_ptr_equal(profile_sub_impu(p, S("sip:second@ims.example")),
			 &p->subscribers[1]);
	assert_null(profile_sub_impu(p, S("sip:Alice@ims.example")));
	assert_null(profile_sub_impu(p, SPAN_NONE));
	profile_free(p);
}

static void pairs(void **state)
{
	struct profile *p = loaded(), *empty = profile_new();

	(void)state;
	assert_int_equal(profile_pair_impi(p, S("p1@IMS.EXAMPLE")), 0);
	assert_int_equal(profile_pair_impi(p, S("P1@ims.example")), MAP_NONE);
	assert_int_equal(profile_pair_impi(p, S("")), MAP_NONE);
	assert_int_equal(profile_pair_impu(p, S("sip:q1@ims.example;a=b")), 0);
	assert_int_equal(profile_pair_impu(p, S("sip:p3@ims.example")), 2);
	assert_int_equal(profile_pair_impu(p, S("sip:p4@ims.example")),
			 MAP_NONE);
	assert_null(p->pairs[2].impi);
	assert_int_equal(profile_pair_impi(empty, S("p1@x")), MAP_NONE);
	assert_null(profile_user(empty, S("alice")));
	profile_free(p);
	profile_free(empty);
}

static void stored(void **state)
{
	struct profile *p = loaded(), *q = profile_new();
	struct err err = { 0 };

	(void)state;
	assert_int_equal(0, profile_ics_text(p, S("edition: rel13\nroles: [wwsf]\n"
		"options: {aka: false, forged_to: reject}\n"), "i", &err));
	char *json = profile_to_json(p);
	static const char *const left_out[] = {
		"wonder", "secret", "malice", "key", "mint", "speak", "reset",
	};
	for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
		assert_null(strstr(json, left_out[i]));
	int rc = profile_from_json(q, span_str(json), &err);

	assert_string_equal(err.text, "");
	assert_int_equal(rc, 0);
	assert_int_equal(q->lifetime_us, 300000);
	assert_int_equal(q->tolerance_us, 500);
	assert_int_equal(q->guard_us, 1250000);
	assert_true(q->behind_tls_terminator && q->token.bare && q->w1_present);
	assert_int_equal(q->n_pairs, 3);
	assert_int_equal(q->pairs[0].n_impu, 2);
	assert_int_equal(profile_pair_impu(q, S("sip:q1@ims.example")), 0);
	assert_int_equal(q->n_subscribers, 3);
	assert_ptr_equal(profile_sub_impu(q, S("tel:+123")), &q->subscribers[0]);
	assert_int_equal(q->capture[0].point, POINT_NONE);
	assert_non_null(q->origins);
	assert_int_equal(q->ics.edition, EDITION_REL13);
	assert_int_equal(q->ics.aka, CLAIM_NO);
	assert_int_equal(q->ics.digest, CLAIM_UNSAID);
	char *again = profile_to_json(q);

	assert_string_equal(json, again);
	free(again);
	free(json);
	profile_free(p);
	profile_free(q);
}

static void bad_json(void **state)
{
	static const struct { const char *json, *says; } rows[] = {
		{ "{", "profile: not JSON" },
		{ "[]", "profile: expected a mapping" },
		{ "{\"ixit\":{\"lifetme_s\":1}}", "unknown key \"lifetme_s\"" },
		{ "{\"ixit\":{\"lifetime_s\":\"1\"}}", "expected a number" },
		{ "{\"ixit\":{\"lifetime_s\":true}}", "expected a number" },
		{ "{\"ixit\":{\"home_domain\":7}}", "expected text" },
		{ "{\"other\":{}}", "unknown key \"other\"" },
	};
	char deep[200];

	(void)state;
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	for (size_t i = 0; i <= sizeof rows / sizeof *rows; i++) {
		struct profile *p = profile_new();
		struct err err = { 0 };
		bool last = i == sizeof rows / sizeof *rows;
		struct span json = last ? (struct span){ deep, 200 } :
				   span_str(rows[i].json);

		assert_int_equal(-EXIT_USAGE, profile_from_json(p, json, &err));
		assert_non_null(strstr(err.text, last ? "too deeply" :
				       rows[i].says));
		profile_free(p);
	}
}

/* A stored text is not filled in from the judge's environment. */
static void json_has_no_environment(void **state)
{
	struct profile *p = profile_new();
	struct err err = { 0 };

	(void)state;
	unsetenv("ANNEXU_UNSET");
	assert_int_equal(0, profile_from_json(p, S("{\"ixit\":{\"home_domain\":"
		"\"${ANNEXU_UNSET}\"}}"), &err));
	assert_string_equal(p->home_domain, "${ANNEXU_UNSET}");
	profile_free(p);
}

static void large_pool(void **state)
{
	struct profile *p = profile_new();
	struct err err = { 0 };
	const char *path = scratch_path("large.csv");
	FILE *f = fopen(path, "w");
	char impu[64];

	(void)state;
	for (unsigned i = 0; i < 126000; i++)
		fprintf(f, "p%u@ims.example,sip:p%u@ims.example\n", i, i);
	fclose(f);
	assert_int_equal(0, profile_load_ixit(p, scratch_file("large.yaml",
		"pools: [{wwsf: w, pairs_file: large.csv}]"), &err));
	assert_int_equal(p->n_pairs, 126000);
	for (unsigned i = 0; i < 126000; i += 97) {
		snprintf(impu, sizeof impu, "sip:p%u@ims.example", i);
		assert_int_equal(profile_pair_impu(p, span_str(impu)), i);
		assert_int_equal(profile_pair_impi(p, span_str(impu + 4)), i);
	}
	profile_free(p);
}

/* An alias may not make a small file large. */
static void aliases(void **state)
{
	struct profile *p = profile_new();
	struct err err = { 0 };
	struct buf yaml;

	(void)state;
	buf_init(&yaml, 400000);
	buf_addf(&yaml, "pools:\n - &a\n  pairs:\n   - &p {}\n");
	for (unsigned i = 0; i < 3000; i++)
		buf_addf(&yaml, "   - *p\n");
	for (unsigned i = 0; i < 3000; i++)
		buf_addf(&yaml, " - *a\n");
	assert_int_equal(-EXIT_USAGE, profile_ixit_text(p, buf_span(&yaml), "f",
							&err));
	assert_string_equal(err.text, "f: over 2000000 pool pairs");
	buf_free(&yaml);
	profile_free(p);
}

static void nearest(void **state)
{
	static const char *const words[] = { NULL, "impi", "impu", "lifetime_s" };
	static const struct names t = NAMES_INIT(words);
	char list[8], hint[64];

	(void)state;
	assert_string_equal(names_nearest(t, S("ipmi")), "impi");
	assert_string_equal(names_nearest(t, S("IMPU")), "impu");
	assert_string_equal(names_nearest(t, S("lifetime")), "lifetime_s");
	assert_null(names_nearest(t, S("zzz")));
	assert_null(names_nearest(t, S("")));
	assert_string_equal(names_list(t, list, sizeof list), "impi");
	assert_string_equal(names_hint(t, S("zzz"), hint, sizeof hint), "");
}

static void roles_and_points(void **state)
{
	enum role r;
	enum point pt;
	enum edition e;

	(void)state;
	for (unsigned i = ROLE_WIC; i < ROLE_COUNT; i++)
		assert_true(role_of(span_str(role_name((enum role)i)), &r) &&
			    r == i);
	for (unsigned i = POINT_W1; i < POINT_COUNT; i++)
		assert_true(point_of(span_str(point_name((enum point)i)), &pt) &&
			    pt == i);
	for (unsigned i = EDITION_CR; i <= EDITION_REL13; i++)
		assert_true(edition_of(span_str(edition_name((enum edition)i)),
				       &e) && e == i);
	assert_false(role_of(S("none"), &r) || role_of(S(""), &r));
	assert_false(point_of(S("none"), &pt) || point_of(S("mw"), &pt));
	assert_false(edition_of(S("unset"), &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people),
		cmocka_unit_test(pairs),
		cmocka_unit_test(stored),
		cmocka_unit_test(bad_json),
		cmocka_unit_test(json_has_no_environment),
		cmocka_unit_test(large_pool),
		cmocka_unit_test(aliases),
		cmocka_unit_test(nearest),
		cmocka_unit_test(roles_and_points),
	};

	return cmocka_run_group_tests_name("profile lookup", tests, scratch_make,
					   scratch_remove);
}
