/* Every key of ics.yaml and ixit.yaml lands where it should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "profile/profile.h"
#include "scratch.h"

#define T(text) ((struct span){ (text), strlen(text) })

static const char ics_text[] =
"implementation: {vendor: Example, product: edge, version: 1.4}\n"
"roles: [epcscf, waf]\n"
"edition: pre-cr\n"
"scenarios: [ims-auth, pool]\n"
"options:\n"
"  digest: true\n"
"  aka: false\n"
"  anonymous: yes\n"
"  early_release: no\n"
"  identities_on_w1: true\n"
"  bearer_challenge: false\n"
"  closes_on_bad_token: true\n"
"  third_party_waf: false\n"
"  forged_to: override\n"
"  caps_registration: epcscf\n"
"  authenticates: waf\n"
"  separate_waf: true\n";

static void every_ics_key(void **state)
{
	struct profile *p = profile_new();
	struct err err;
	const struct ics *i = &p->ics;

	(void)state;
	assert_false(i->present);
	assert_int_equal(0, profile_ics_text(p, T(ics_text), "i.yaml", &err));
	assert_true(i->present);
	assert_string_equal(i->vendor, "Example");
	assert_string_equal(i->product, "edge");
	assert_string_equal(i->version, "1.4");
	assert_int_equal(i->roles, ROLE_BIT(ROLE_EPCSCF) | ROLE_BIT(ROLE_WAF));
	assert_int_equal(i->edition, EDITION_PRE_CR);
	assert_int_equal(i->scenarios, SCENARIO_BIT_IMS | SCENARIO_BIT_POOL);
	assert_int_equal(i->digest, CLAIM_YES);
	assert_int_equal(i->aka, CLAIM_NO);
	assert_int_equal(i->anonymous, CLAIM_YES);
	assert_int_equal(i->early_release, CLAIM_NO);
	assert_int_equal(i->identities_on_w1, CLAIM_YES);
	assert_int_equal(i->bearer_challenge, CLAIM_NO);
	assert_int_equal(i->closes_on_bad_token, CLAIM_YES);
	assert_int_equal(i->third_party_waf, CLAIM_NO);
	assert_int_equal(i->forged_to, FORGED_TO_OVERRIDE);
	assert_int_equal(i->caps_registration, CAPS_EPCSCF);
	assert_int_equal(i->authenticates, AUTH_WAF);
	assert_int_equal(i->separate_waf, CLAIM_YES);
	assert_false(p->ixit_present);
	profile_free(p);
}

static const char ixit_text[] =
"home_domain: ims.example\n"
"lifetime_s: 3\n"
"lifetime_from: token\n"
"token_s: 2.5\n"
"max_registration_s: 0.5\n"
"guard_s: 0\n"
"tolerance_ms: 12.5\n"
"behind_tls_terminator: true\n"
"answer_timeout_ms: 700\n"
"iut: {w1: \"https://a\", w2: \"wss://b\", w4: \"https://c\", w5: \"https://d\",\n"
"      mw: \"udp:e:1\", reset: [./reset.sh, -x], restart: [restart, a/b]}\n"
"tester: {mw: \"tcp:f:1\", w4: \"https://g\", w5: \"https://h\",\n"
"         w1: \"https://i\", w2: \"wss://j\"}\n"
"tls: {ca: ca.pem, certificate: /abs/tester.pem, key: sub/tester.key}\n"
"origins:\n"
"  allowed: [\"https://one\", \"https://two\"]\n"
"  foreign: \"https://three\"\n"
"subscribers:\n"
"  - {user: alice, web_password: w, impi: alice@ims.example,\n"
"     impu: \"sip:alice@ims.example\", sip_password: 1234}\n"
"  - {user: bob, impi: bob@ims.example, impu: [\"sip:bob@ims.example\", \"tel:+123\"]}\n"
"placeholder_to: \"sip:anonymous@ims.example\"\n"
"strangers: [{user: mallory, web_password: malice}]\n"
"pools:\n"
"  - wwsf: w1.example\n"
"    pairs: [{impi: p1@ims.example, impu: \"sip:p1@ims.example\"}]\n"
"  - wwsf: w2.example\n"
"    pairs_file: pairs.csv\n"
"token:\n"
"  {kind: opaque, alg: HS256, key_file: token.key, issuer: iss, audience: aud,\n"
"   scope: sc, claims: {impi: a, impu: b, wwsf: c, waf: d}, spelling: bare,\n"
"   command: [./mint, \"{class}\"]}\n"
"w1:\n"
"  login: {method: PUT, path: /s, type: text/plain, body: '{user}',\n"
"          ok: [200, 201], refused: [401]}\n"
"  anonymous: {path: /a}\n"
"  refresh: {path: /r}\n"
"  answer: {user: /u, impi: /i, impu: /j, token: /t, valid_s: /v}\n"
"  command: [./w1-adapter]\n"
"capture:\n"
"  - {at: \"127.0.0.1:1\", path: /token, role: waf, point: W4}\n"
"  - {at: \"127.0.0.1:2\", role: scscf, point: ignore}\n"
"  - {at: \"127.0.0.1:3\"}\n"
"  - {role: scscf, point: Mw}\n";

static void check_times(const struct profile *p)
{
	assert_string_equal(p->home_domain, "ims.example");
	assert_int_equal(p->lifetime_us, 3000000);
	assert_int_equal(p->lifetime_from, LIFETIME_TOKEN);
	assert_int_equal(p->token_us, 2500000);
	assert_int_equal(p->max_registration_us, 500000);
	assert_int_equal(p->guard_us, 0);
	assert_int_equal(p->tolerance_us, 12500);
	assert_true(p->behind_tls_terminator);
	assert_int_equal(p->answer_timeout_us, 700000);
}

static void check_places(const struct profile *p)
{
	assert_string_equal(p->iut.w1, "https://a");
	assert_string_equal(p->iut.w2, "wss://b");
	assert_string_equal(p->iut.w4, "https://c");
	assert_string_equal(p->iut.w5, "https://d");
	assert_string_equal(p->iut.mw, "udp:e:1");
	assert_string_equal(p->tester.mw, "tcp:f:1");
	assert_string_equal(p->tester.w4, "https://g");
	assert_string_equal(p->tester.w5, "https://h");
	assert_string_equal(p->tester.w1, "https://i");
	assert_string_equal(p->tester.w2, "wss://j");
	assert_string_equal(p->reset[0], scratch_path("./reset.sh"));
	assert_string_equal(p->reset[1], "-x");
	assert_null(p->reset[2]);
	assert_string_equal(p->restart[0], "restart");
	assert_string_equal(p->restart[1], "a/b");
	assert_string_equal(p->tls_ca, scratch_path("ca.pem"));
	assert_string_equal(p->tls_certificate, "/abs/tester.pem");
	assert_string_equal(p->tls_key, scratch_path("sub/tester.key"));
	assert_int_equal(p->n_origins, 2);
	assert_true(profile_origin_allowed(p, S("https://TWO")));
	assert_false(profile_origin_allowed(p, S("https://three")));
	assert_string_equal(p->foreign_origin, "https://three");
}

static void check_people(const struct profile *p)
{
	assert_true(p->subscribers_present);
	assert_int_equal(p->n_subscribers, 2);
	assert_string_equal(p->subscribers[0].user, "alice");
	assert_string_equal(p->subscribers[0].web_password, "w");
	assert_string_equal(p->subscribers[0].sip_password, "1234");
	assert_int_equal(p->subscribers[0].n_impu, 1);
	assert_null(p->subscribers[1].web_password);
	assert_int_equal(p->subscribers[1].n_impu, 2);
	assert_string_equal(p->subscribers[1].impu[1], "tel:+123");
	assert_string_equal(p->placeholder_to, "sip:anonymous@ims.example");
	assert_int_equal(p->n_strangers, 1);
	assert_string_equal(p->strangers[0].web_password, "malice");
}

static void check_pools(const struct profile *p)
{
	assert_true(p->pools_present);
	assert_int_equal(p->n_pools, 2);
	assert_int_equal(p->n_pairs, 3);
	assert_int_equal(p->pools[0].first, 0);
	assert_int_equal(p->pools[0].n, 1);
	assert_int_equal(p->pools[1].first, 1);
	assert_int_equal(p->pools[1].n, 2);
	assert_string_equal(p->pools[1].wwsf, "w2.example");
	assert_string_equal(p->pairs[0].impu[0], "sip:p1@ims.example");
	assert_string_equal(p->pairs[1].impi, "p2@ims.example");
	assert_int_equal(p->pairs[2].n_impu, 2);
	assert_string_equal(p->pairs[2].impu[0], "sip:p,3@ims.example");
	assert_string_equal(p->pairs[2].impu[1], "tel:+3");
	assert_int_equal(p->pairs[2].pool, 1);
}

static void check_token(const struct token_ixit *t)
{
	assert_int_equal(t->kind, TOKEN_OPAQUE);
	assert_string_equal(t->alg, "HS256");
	assert_string_equal(t->key_file, scratch_path("token.key"));
	assert_string_equal(t->issuer, "iss");
	assert_string_equal(t->audience, "aud");
	assert_string_equal(t->scope, "sc");
	assert_string_equal(t->claim_impi, "a");
	assert_string_equal(t->claim_impu, "b");
	assert_string_equal(t->claim_wwsf, "c");
	assert_string_equal(t->claim_waf, "d");
	assert_true(t->bare);
	assert_string_equal(t->command[1], "{class}");
	assert_null(t->command[2]);
}

static void check_w1(const struct w1_speech *w)
{
	assert_true(w->login.present);
	assert_string_equal(w->login.method, "PUT");
	assert_string_equal(w->login.path, "/s");
	assert_string_equal(w->login.type, "text/plain");
	assert_string_equal(w->login.body, "{user}");
	assert_int_equal(w->login.n_ok, 2);
	assert_int_equal(w->login.ok[1], 201);
	assert_int_equal(w->login.n_refused, 1);
	assert_int_equal(w->login.refused[0], 401);
	assert_string_equal(w->anonymous.method, "POST");
	assert_int_equal(w->anonymous.n_ok, 1);
	assert_int_equal(w->anonymous.ok[0], 200);
	assert_true(w->refresh.present);
	assert_string_equal(w->user, "/u");
	assert_string_equal(w->impi, "/i");
	assert_string_equal(w->impu, "/j");
	assert_string_equal(w->token, "/t");
	assert_string_equal(w->valid_s, "/v");
	assert_string_equal(w->command[0], scratch_path("./w1-adapter"));
}

static void check_capture(const struct profile *p)
{
	assert_int_equal(p->n_capture, 2);
	assert_string_equal(p->capture[0].at, "127.0.0.1:1");
	assert_string_equal(p->capture[0].path, "/token");
	assert_int_equal(p->capture[0].role, ROLE_WAF);
	assert_int_equal(p->capture[0].point, POINT_W4);
	assert_null(p->capture[1].path);
	assert_int_equal(p->capture[1].role, ROLE_SCSCF);
	assert_int_equal(p->capture[1].point, POINT_NONE);
}

static void write_pairs(void)
{
	scratch_file("pairs.csv", "\xef\xbb\xbfimpi,impu\r\n# a comment\r\n\r\n"
		     " p2@ims.example , sip:p2@ims.example \r\n"
		     "p3@ims.example,sip:p,3@ims.example,tel:+3");
}

static void every_ixit_key(void **state)
{
	struct profile *p = profile_new();
	struct err err = { 0 };

	(void)state;
	write_pairs();
	int rc = profile_load_ixit(p, scratch_file("ixit.yaml", ixit_text),
				   &err);

	assert_string_equal(err.text, "");
	assert_int_equal(rc, 0);
	assert_true(p->ixit_present);
	check_times(p);
	check_places(p);
	check_people(p);
	check_pools(p);
	check_token(&p->token);
	check_w1(&p->w1);
	check_capture(p);
	profile_free(p);
}

static void defaults(void **state)
{
	struct profile *p = profile_new();
	struct err err;

	(void)state;
	assert_int_equal(p->lifetime_us, UNSAID_US);
	assert_int_equal(p->tolerance_us, 250000);
	assert_int_equal(0, profile_ixit_text(p, S(""), "x", &err));
	assert_true(p->ixit_present);
	assert_int_equal(p->lifetime_us, UNSAID_US);
	assert_int_equal(p->token_us, UNSAID_US);
	assert_int_equal(p->max_registration_us, UNSAID_US);
	assert_int_equal(p->guard_us, UNSAID_US);
	assert_int_equal(p->tolerance_us, 250000);
	assert_int_equal(p->answer_timeout_us, 5000000);
	assert_int_equal(p->lifetime_from, LIFETIME_IXIT);
	assert_false(p->pools_present || p->subscribers_present);
	assert_null(p->origins);
	assert_int_equal(0, profile_ixit_text(p, S("lifetime_s: 60\ntoken: {}\n"
		"origins: {allowed: []}\npools: []\niut:\n"), "x", &err));
	assert_int_equal(p->token_us, 60000000);
	assert_int_equal(p->max_registration_us, 60000000);
	assert_string_equal(p->token.claim_wwsf, "azp");
	assert_string_equal(p->token.claim_waf, "iss");
	assert_non_null(p->origins);
	assert_true(p->pools_present);
	profile_free(p);
}

/* ---- the environment ---- */

static void environment(void **state)
{
	struct profile *p = profile_new();
	struct err err = { 0 };

	(void)state;
	setenv("ANNEXU_UNIT", "7", 1);
	unsetenv("ANNEXU_UNSET");
	assert_int_equal(0, profile_ixit_text(p, S("lifetime_s: ${ANNEXU_UNIT}\n"
		"tester: {w1: \"https://h${ANNEXU_UNIT}:${ANNEXU_UNIT}/\"}\n"
		"strangers: [{user: u, web_password: \"${ANNEXU_UNIT}\"}]\n"
		"home_domain: $x{y}\n"), "f", &err));
	assert_int_equal(p->lifetime_us, 7000000);
	assert_string_equal(p->tester.w1, "https://h7:7/");
	assert_string_equal(p->strangers[0].web_password, "7");
	assert_string_equal(p->home_domain, "$x{y}");
	assert_int_equal(0, profile_ixit_text(p, S("{lifetime_s: "
		"\"${ANNEXU_UNIT}\"}"), "f", &err));
	assert_int_equal(p->lifetime_us, 7000000);
	assert_int_equal(-EXIT_USAGE, profile_ixit_text(p, S("\n"
		"home_domain: a${ANNEXU_UNSET}\n"), "f", &err));
	assert_string_equal(err.text,
		"f:2: ${ANNEXU_UNSET} is not set in the environment");
	assert_int_equal(-EXIT_USAGE, profile_ixit_text(p, S(
		"home_domain: \"a${\"\n"), "f", &err));
	assert_non_null(strstr(err.text, "f:1: \"${\" is not followed"));
	profile_free(p);
}

static void token_key(void **state)
{
	struct profile *p = profile_new();
	struct err err = { 0 };

	(void)state;
	assert_int_equal(0, profile_token_key(p, &err));
	assert_int_equal(0, profile_load_ixit(p, scratch_file("k.yaml",
		"token: {key_file: the.key}"), &err));
	assert_int_equal(-EXIT_USAGE, profile_token_key(p, &err));
	assert_non_null(strstr(err.text, "the.key: cannot open"));
	scratch_file("the.key", "");
	assert_int_equal(-EXIT_USAGE, profile_token_key(p, &err));
	scratch_file("the.key", "top secret\r\n");
	assert_int_equal(0, profile_token_key(p, &err));
	assert_true(span_eq(p->token.key, S("top secret")));
	assert_int_equal(0, profile_load_ixit(p, scratch_path("k.yaml"), &err));
	scratch_bytes("the.key", "\0\1\2\n", 4);
	assert_int_equal(0, profile_token_key(p, &err));
	assert_int_equal(p->token.key.n, 4);
	profile_free(p);
}

/* Twice loaded, the second alone counts, and the ics stays. */
static void load_again(void **state)
{
	struct profile *p = profile_new();
	struct err err = { 0 };

	(void)state;
	assert_int_equal(0, profile_ics_text(p, T(ics_text), "i", &err));
	assert_int_equal(0, profile_ixit_text(p, S("pools: [{pairs: [{impi: a@b,"
		" impu: 'sip:a@b'}]}]\nlifetime_s: 9"), "f", &err));
	assert_int_equal(profile_pair_impi(p, S("a@b")), 0);
	assert_int_equal(0, profile_ixit_text(p, S("home_domain: x"), "f", &err));
	assert_int_equal(p->n_pairs, 0);
	assert_int_equal(p->lifetime_us, UNSAID_US);
	assert_int_equal(profile_pair_impi(p, S("a@b")), MAP_NONE);
	assert_true(p->ics.present);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_ics_key),
		cmocka_unit_test(every_ixit_key),
		cmocka_unit_test(defaults),
		cmocka_unit_test(environment),
		cmocka_unit_test(token_key),
		cmocka_unit_test(load_again),
	};

	return cmocka_run_group_tests_name("profile load", tests, scratch_make,
					   scratch_remove);
}
