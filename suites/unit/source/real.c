/* The captures of real implementations: what is derived from them, with their
 * ixit and, as far as roles can be guessed, without. Run from the top folder. */
#include "rig.h"

#include "source/capture.h"

static void read_real(const char *name, bool with_ixit, struct seen *out)
{
	char file[128], ixit[128];
	const char *files[] = { file };
	struct profile *p = profile_new();
	struct capture_result r;
	struct err err = { 0 };
	struct decoder *d;

	memset(out, 0, sizeof *out);
	snprintf(file, sizeof file, "captures/real/%s.pcapng", name);
	snprintf(ixit, sizeof ixit, "captures/real/%s.ixit.yaml", name);
	if (with_ixit && profile_load_ixit(p, ixit, &err))
		fail_msg("%s", err.text);
	d = decoder_new(p, NULL, seen_take, out);
	if (capture_read(files, 1, p, d, &r, &err))
		fail_msg("%s", err.text);
	assert_false(r.truncated);
	assert_int_equal(r.n_notes, 0);
	decoder_free(d);
	profile_free(p);
}

/* The flow events, in order, and nothing else but wire events. */
static void expect(const struct seen *s, const char *const *want)
{
	static const char *const wire[] = { "tcp ", "tls ", "http ", "ws ",
					    "sip " };

	for (unsigned i = 0; i < s->n; i++) {
		bool is_wire = false;

		for (unsigned k = 0; k < 5; k++)
			is_wire |= strncmp(s->line[i], wire[k],
					   strlen(wire[k])) == 0;
		if (is_wire)
			continue;
		assert_non_null(*want);
		assert_string_equal(s->line[i], *want);
		want++;
	}
	assert_null(*want);
}

#define INSTANCE "<urn:uuid:97188a9d-a115-411f-a744-cb22ae5f8671>"
#define ALICE(on, wic) \
	"register " on wic " impi=alice@ims.example.org " \
	"impu=sip:alice@ims.example.org auth=digest " \
	"call=3388a4e88ae648772968 expires=600"
#define ANSWER(on, call, rest) "answer " on " call=" call " status=" rest

static void digest(void **state)
{
	static const char *const want[] = {
		ALICE("W2", " wic=" INSTANCE), ALICE("Mw", ""),
		ANSWER("Mw", "3388a4e88ae648772968", "401"),
		ANSWER("W2", "3388a4e88ae648772968", "401"),
		ALICE("W2", " wic=" INSTANCE), ALICE("Mw", ""),
		ANSWER("Mw", "3388a4e88ae648772968", "200 expires=540"),
		ANSWER("W2", "3388a4e88ae648772968", "200 expires=540"),
		"closed W2 wic=" INSTANCE, NULL
	};

	(void)state;
	for (unsigned ixit = 0; ixit < 2; ixit++) {
		struct seen s;

		read_real("s1-digest-ws", ixit, &s);
		expect(&s, want);
		/* The leg behind the I-CSCF is ignored, or told apart. */
		assert_int_equal(seen_count(&s, "sip Mw scscf>scscf"),
				 ixit ? 0 : 4);
		assert_int_equal(seen_count(&s, "sip W2"), 4);
		assert_int_equal(seen_count(&s, "sip Mw epcscf>scscf"), 2);
		assert_int_equal(seen_count(&s, "sip Mw scscf>epcscf"), 2);
		seen_clear(&s);
	}
}

#define SESSION "w1-session:3b5db9c21f72154e"
#define T2 "3FeoIvEELVRMkhvmFfkb5V_fT3K4BvHSWDBSuDwPVO7"

static void web(void **state)
{
	static const char *const want[] = {
		"token W4 token=" T2 " active valid=600000000",
		"handover W1 wic=" SESSION " user=web1 web "
		"impu=sip:web1@ims.example.org token=" T2 " valid=600000000",
		"closed W1 wic=" SESSION,
		"register W2 wic=" SESSION " impu=sip:web1@ims.example.org "
		"token=" T2 " auth=bearer call=2cb2f97819ff15695cdd "
		"expires=600",
		"token W5 wwsf=wwsf waf=http://127.0.0.1:18080 "
		"impi=web1_impi@ims.example.org impu=sip:web1@ims.example.org "
		"token=" T2 " active ends=600061143",
		"register Mw impi=web1_impi@ims.example.org "
		"impu=sip:web1@ims.example.org auth=tna "
		"call=2cb2f97819ff15695cdd expires=600",
		ANSWER("Mw", "2cb2f97819ff15695cdd", "200 expires=540"),
		ANSWER("W2", "2cb2f97819ff15695cdd", "200 expires=540"),
		"closed W2 wic=" SESSION, NULL
	};
	struct seen s;

	(void)state;
	read_real("s2-web-ws", true, &s);
	expect(&s, want);
	assert_int_equal(seen_count(&s, "http W1 wic>waf"), 4);
	assert_int_equal(seen_count(&s, "http W1 wic>wwsf"), 4);
	assert_int_equal(seen_count(&s, "http W4"), 2);
	assert_int_equal(seen_count(&s, "http W5"), 2);
	seen_clear(&s);
}

#define T3 "gpi_9ix55qlkBPg8qDXoipvKqjXKZZLj285n4i4yFbA"

static void pool(void **state)
{
	static const char *const want[] = {
		"token W4 token=" T3 " active valid=120000000",
		"handover W1 wic=w1#1.1 anonymous pool wwsf=wwsf "
		"impu=sip:pool001@ims.example.org token=" T3
		" valid=120000000 relogin",
		"closed W1 wic=w1#1.1",
		"register W2 wic=w1#1.1 impu=sip:pool001@ims.example.org "
		"token=" T3 " auth=bearer call=737e043c9064f231d43e "
		"expires=600",
		"token W5 wwsf=wwsf waf=http://127.0.0.1:18080 "
		"impi=pool001@ims.example.org "
		"impu=sip:pool001@ims.example.org token=" T3
		" active ends=119200356",
		"register Mw impi=pool001@ims.example.org "
		"impu=sip:pool001@ims.example.org auth=tna "
		"call=737e043c9064f231d43e expires=600",
		ANSWER("Mw", "737e043c9064f231d43e", "200 expires=540"),
		ANSWER("W2", "737e043c9064f231d43e", "200 expires=540"),
		"closed W2 wic=w1#1.1", NULL
	};
	struct seen s;

	(void)state;
	read_real("s3-pool-ws", true, &s);
	expect(&s, want);
	seen_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest),
		cmocka_unit_test(web),
		cmocka_unit_test(pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
