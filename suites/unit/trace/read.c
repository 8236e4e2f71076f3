/* Trace files as people write them: every key of every kind, and what is
 * refused, with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../profile/scratch.h"
#include "trace/trace.h"

#define HAND "{\"annexu-trace\":1,\"source\":\"hand\",\"facts\":[\"flow\",\"time\"]}\n"
#define LIVE "{\"annexu-trace\":1,\"source\":\"live\",\"facts\":[\"sip\",\"http\"]}\n"
#define CAPTURE "{\"annexu-trace\":1,\"source\":\"capture\",\"facts\":[\"sip\"]}\n"

static struct trace_reader *reader;
static struct trace_head head;

static void open_text(const char *text)
{
	struct err err = { 0 };
	int rc = trace_open(&reader, scratch_file("t.jsonl", text), &head,
			    &err);

	if (rc)
		fail_msg("%s", err.text);
}

static struct ev next(void)
{
	struct err err = { 0 };
	struct ev e;
	int rc = trace_next(reader, &e, &err);

	if (rc != 1)
		fail_msg("%d %s", rc, err.text);
	return e;
}

static void done(void)
{
	struct err err = { 0 };
	struct ev e;

	assert_int_equal(0, trace_next(reader, &e, &err));
	assert_int_equal(0, trace_next(reader, &e, &err));
	trace_close(reader);
	trace_head_free(&head);
}

#define SPAN_IS(span, text) assert_true(span_eq(span, S(text)))

static void a_flow(void **state)
{
	(void)state;
	open_text(HAND
	"{\"t\":0,\"ev\":\"handover\",\"wic\":\"w1\",\"user\":null,\"scenario\":\"pool\","
	"\"wwsf\":\"w\",\"impi\":\"p@x\",\"impu\":\"sip:p@x\",\"token\":\"t1\",\"valid_s\":60}\n"
	"{\"t\":0.25,\"ev\":\"register\",\"on\":\"W2\",\"wic\":\"w1\",\"call\":\"c\","
	"\"impi\":\"p@x\","
	"\"impu\":[\"sip:p@x\",\"sip:q@x\"],\"auth\":\"bearer\",\"token\":\"t1\","
	"\"expires_s\":60.0}\n"
	"\n"
	"{\"ev\":\"answer\",\"t\":1.5,\"on\":\"Mw\",\"call\":\"c\",\"status\":200,"
	"\"expires_s\":0}\r\n"
	"{\"t\":1.5,\"ev\":\"end\"}\n   \n\n");
	assert_int_equal(head.source, SOURCE_HAND);
	assert_int_equal(head.facts, FACT_FLOW | FACT_TIME);
	assert_int_equal(trace_facts(&head), FACT_FLOW | FACT_TIME | FACT_W1 |
			 FACT_W2 | FACT_MW);
	assert_false(head.has_run);

	struct ev e = next();

	assert_int_equal(e.kind, EV_HANDOVER);
	assert_int_equal(e.number, 2);
	assert_int_equal(e.t_us, 0);
	assert_int_equal(e.on, POINT_W1);
	SPAN_IS(e.wic, "w1");
	assert_true(e.wic_sure && e.anonymous && span_absent(e.user));
	assert_int_equal(e.scenario, SCENARIO_POOL);
	SPAN_IS(e.wwsf, "w");
	SPAN_IS(e.impi, "p@x");
	assert_int_equal(e.impu.n, 1);
	SPAN_IS(e.impu.at[0], "sip:p@x");
	SPAN_IS(e.token, "t1");
	assert_int_equal(e.valid_us, 60000000);
	assert_int_equal(e.ends_us, UNSAID_T);
	assert_true(e.ends_whole);
	assert_false(e.derived || e.relogin);

	e = next();
	assert_int_equal(e.kind, EV_REGISTER);
	assert_int_equal(e.t_us, 250000);
	assert_int_equal(e.on, POINT_W2);
	assert_int_equal(e.impu.n, 2);
	SPAN_IS(e.impu.at[1], "sip:q@x");
	assert_int_equal(e.auth, AUTH_BEARER);
	assert_int_equal(e.expires_s, 60);

	e = next();
	assert_int_equal(e.kind, EV_ANSWER);
	assert_int_equal(e.number, 5);
	assert_int_equal(e.on, POINT_MW);
	assert_int_equal(e.status, 200);
	assert_int_equal(e.expires_s, 0);
	assert_false(e.wic_sure);
	assert_int_equal(next().kind, EV_END);
	done();
}

static void other_kinds(void **state)
{
	(void)state;
	open_text("\xef\xbb\xbf" HAND
	"{\"t\":1,\"ev\":\"refused\",\"wic\":\"w\",\"user\":\"u\",\"scenario\":\"web\","
	"\"wwsf\":\"f\",\"why\":\"empty\"}\n"
	"{\"t\":1,\"ev\":\"token\",\"token\":\"t\",\"impi\":\"i\",\"impu\":[],"
	"\"wwsf\":\"f\",\"waf\":\"a\",\"valid_s\":7,\"ends\":8.5,\"state\":\"revoked\"}\n"
	"{\"t\":1,\"ev\":\"request\",\"on\":\"W2\",\"wic\":\"w\",\"call\":\"c\","
	"\"method\":\"INVITE\",\"from\":\"sip:a\",\"to\":\"sip:b\",\"status\":486}\n"
	"{\"t\":1,\"ev\":\"closed\",\"on\":\"W1\",\"wic\":\"w\"}\n"
	"{\"t\":1,\"ev\":\"expired\",\"impi\":\"i\",\"impu\":\"j\",\"wic\":\"w\"}\n"
	"{\"t\":1,\"ev\":\"released\",\"impi\":\"i\",\"impu\":\"j\"}\n"
	"{\"t\":1.000001,\"ev\":\"mark\",\"text\":\"restart wwsf\"}");
	struct ev e = next();

	SPAN_IS(e.user, "u");
	assert_false(e.anonymous);
	SPAN_IS(e.why, "empty");
	assert_int_equal(e.scenario, SCENARIO_WEB);
	e = next();
	assert_int_equal(e.impu.n, 0);
	SPAN_IS(e.waf, "a");
	assert_int_equal(e.state, TOKEN_REVOKED);
	assert_int_equal(e.valid_us, 7000000);
	assert_int_equal(e.ends_us, 8500000);
	assert_false(e.ends_whole);
	e = next();
	SPAN_IS(e.method, "INVITE");
	SPAN_IS(e.from_id, "sip:a");
	SPAN_IS(e.to_id, "sip:b");
	assert_int_equal(e.status, 486);
	assert_int_equal(next().on, POINT_W1);
	e = next();
	assert_int_equal(e.kind, EV_EXPIRED);
	SPAN_IS(e.impu.at[0], "j");
	assert_int_equal(next().kind, EV_RELEASED);
	e = next();
	SPAN_IS(e.text, "restart wwsf");
	assert_int_equal(e.t_us, 1000001);
	done();
}

/* Whatever is absent is not known; nothing but t and ev is required. */
static void absent_keys(void **state)
{
	(void)state;
	for (unsigned k = 0; k < EV_COUNT; k++) {
		char text[400];

		snprintf(text, sizeof text, HAND "{\"t\":2,\"ev\":\"%s\"}",
			 ev_kind_name((enum ev_kind)k));
		open_text(text);
		struct ev e = next();

		assert_int_equal(e.kind, k);
		assert_int_equal(e.status, UNSAID);
		assert_int_equal(e.expires_s, UNSAID);
		assert_int_equal(e.valid_us, UNSAID_T);
		assert_true(span_absent(e.wic) && span_absent(e.token));
		assert_false(e.wic_sure || e.anonymous);
		done();
	}
}

static void whole_seconds(void **state)
{
	(void)state;
	open_text(HAND
		  "{\"t\":1,\"ev\":\"handover\",\"valid_s\":1.0}\n"
		  "{\"t\":1,\"ev\":\"handover\",\"valid_s\":1.5}\n"
		  "{\"t\":1,\"ev\":\"handover\",\"valid_s\":1.5,\"ends\":2}\n"
		  "{\"t\":1,\"ev\":\"token\",\"ends\":2.25,\"valid_s\":1}\n"
		  "{\"t\":1,\"ev\":\"token\",\"ends\":1e1}\n"
		  "{\"t\":1,\"ev\":\"token\"}\n");
	assert_true(next().ends_whole);
	assert_false(next().ends_whole);
	assert_true(next().ends_whole);
	assert_false(next().ends_whole);
	assert_true(next().ends_whole);
	assert_false(next().ends_whole);
	done();
}

/* Derived events are checked and passed over; a capture's labels are guesses. */
static void stored(void **state)
{
	(void)state;
	open_text(LIVE
		  "{\"t\":1,\"ev\":\"register\",\"derived\":true,\"conn\":3,\"on\":\"W2\"}\n"
		  "{\"t\":1,\"ev\":\"handover\",\"wic\":\"w\",\"relogin\":true,\"valid_s\":60,"
		  "\"whole\":false}\n"
		  "{\"t\":1,\"ev\":\"closed\",\"wic\":\"w\",\"wic_sure\":false}\n"
		  "{\"t\":2,\"ev\":\"answer\",\"derived\":true}\n");
	struct ev e = next();

	assert_int_equal(e.kind, EV_HANDOVER);
	assert_int_equal(e.number, 3);
	assert_true(e.wic_sure && e.relogin);
	assert_false(e.ends_whole);
	assert_false(next().wic_sure);
	done();
	open_text(CAPTURE "{\"t\":1,\"ev\":\"sip\",\"wic\":\"w\",\"wic_sure\":true}\n"
		  "{\"t\":1,\"ev\":\"sip\",\"wic\":\"w\"}\n");
	assert_true(next().wic_sure);
	assert_false(next().wic_sure);
	done();
}

static void the_run(void **state)
{
	(void)state;
	open_text("{\"annexu-trace\":1,\"source\":\"live\",\"facts\":[],\"run\":{"
		  "\"purpose\":\"TP-X-01\",\"rules\":[\"POOL-01\",\"W1-04\"],"
		  "\"roles\":\"wwsf,epcscf\",\"edition\":\"rel13\",\"strict\":true,"
		  "\"profile\":{\"ixit\":{\"lifetime_s\":3}}}}\n");
	assert_true(head.has_run && head.strict);
	assert_string_equal(head.purpose, "TP-X-01");
	assert_string_equal(head.rules, "POOL-01,W1-04");
	assert_string_equal(head.roles, "wwsf,epcscf");
	assert_int_equal(head.edition, EDITION_REL13);
	assert_string_equal(head.profile_json, "{\"ixit\":{\"lifetime_s\":3}}");
	assert_int_equal(trace_facts(&head), 0);
	done();
}

/* ---- what is refused ---- */

struct bad { const char *text, *says; };

static void bad_headers(void **state)
{
	static const struct bad rows[] = {
		{ "", "t.jsonl:1: no header" },
		{ "\n" HAND, "t.jsonl:1: no header" },
		{ "{", "t.jsonl:1: not JSON" },
		{ "[1]", "t.jsonl:1: not a JSON object" },
		{ "{\"t\":0,\"ev\":\"end\"}", "no header" },
		{ "{\"annexu-trace\":2,\"source\":\"hand\",\"facts\":[]}",
		  "trace version 2" },
		{ "{\"annexu-trace\":\"1\",\"source\":\"hand\",\"facts\":[]}",
		  "not the number 1" },
		{ "{\"annexu-trace\":1,\"facts\":[]}", "lacks \"source\"" },
		{ "{\"annexu-trace\":1,\"source\":\"hand\"}", "lacks \"facts\"" },
		{ "{\"annexu-trace\":1,\"source\":\"hnd\",\"facts\":[]}",
		  "unknown source \"hnd\" (did you mean \"hand\"?)" },
		{ "{\"annexu-trace\":1,\"source\":1,\"facts\":[]}",
		  "unknown source" },
		{ "{\"annexu-trace\":1,\"source\":\"hand\",\"facts\":[\"flw\"]}",
		  "t.jsonl:1: unknown fact \"flw\" (did you mean \"flow\"?)" },
		{ "{\"annexu-trace\":1,\"source\":\"hand\",\"facts\":\"flow\"}",
		  "\"facts\" is not a list" },
		{ "{\"annexu-trace\":1,\"source\":\"hand\",\"facts\":[],\"x\":1}",
		  "t.jsonl:1: unknown key \"x\" in the header" },
		{ "{\"annexu-trace\":1,\"source\":\"hand\",\"facts\":[],\"run\":1}",
		  "\"run\" is not an object" },
		{ "{\"annexu-trace\":1,\"source\":\"hand\",\"facts\":[],\"run\":"
		  "{\"rule\":1}}", "unknown key \"rule\" in run" },
		{ "{\"annexu-trace\":1,\"source\":\"hand\",\"facts\":[],\"run\":"
		  "{\"roles\":[\"x\"]}}", "unknown role \"x\"" },
		{ "{\"annexu-trace\":1,\"source\":\"hand\",\"facts\":[],\"run\":"
		  "{\"edition\":\"x\"}}", "unknown edition \"x\"" },
		{ "{\"annexu-trace\":1,\"source\":\"hand\",\"facts\":[],\"run\":"
		  "{\"strict\":1}}", "\"strict\" is not true or false" },
		{ "{\"annexu-trace\":1,\"source\":\"hand\",\"facts\":[],\"run\":"
		  "{\"profile\":\"x\"}}", "\"profile\" is not an object" },
		{ "{\"annexu-trace\":1,\"source\":\"hand\",\"facts\":[],\"run\":"
		  "{\"rules\":[1]}}", "\"rules\" is not a list of texts" },
		{ "{\"annexu-trace\":1,\"annexu-trace\":1}", "not JSON" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err err = { 0 };
		int rc = trace_open(&reader, scratch_file("t.jsonl",
				    rows[i].text), &head, &err);

		if (rc != -EXIT_USAGE || !strstr(err.text, rows[i].says))
			fail_msg("%s: %d %s", rows[i].text, rc, err.text);
	}
}

/* Each after a header and a good event, so that the line is 3. */
static const struct bad bad_event_rows[] = {
	{ "{\"ev\":\"end\"}", "t.jsonl:3: no \"t\"" },
	{ "{\"t\":2}", "t.jsonl:3: no \"ev\"" },
	{ "{\"t\":\"2\",\"ev\":\"end\"}", "\"t\" is not a number" },
	{ "{\"t\":null,\"ev\":\"end\"}", "\"t\" is not a number" },
	{ "{\"t\":1e12,\"ev\":\"end\"}", "\"t\" is not a number" },
	{ "{\"t\":-1,\"ev\":\"end\"}", "\"t\" is negative" },
	{ "{\"t\":-0.0000001,\"ev\":\"end\"}", "\"t\" is negative" },
	{ "{\"t\":0.5,\"ev\":\"end\"}", "\"t\" goes back, from 1.000000 "
	  "to 0.500000" },
	{ "{\"t\":2,\"ev\":\"handovr\"}", "unknown ev \"handovr\" (did you "
	  "mean \"handover\"?)" },
	{ "{\"t\":2,\"ev\":7}", "unknown ev" },
	{ "{\"t\":2,\"ev\":\"handover\",\"wisf\":\"x\"}", "t.jsonl:3: unknown "
	  "key \"wisf\" in handover (did you mean \"wwsf\"?); its keys: t, "
	  "ev, wic, user, scenario, wwsf, impi, impu, token, valid_s, ends" },
	{ "{\"t\":2,\"ev\":\"handover\",\"on\":\"W1\"}", "unknown key \"on\"" },
	{ "{\"t\":2,\"ev\":\"handover\",\"relogin\":true}", "unknown key" },
	{ "{\"t\":2,\"ev\":\"handover\",\"expires_s\":3}", "unknown key" },
	{ "{\"t\":2,\"ev\":\"closed\",\"wic_sure\":true}", "unknown key" },
	{ "{\"t\":2,\"ev\":\"end\",\"text\":\"x\"}", "its keys: t, ev" },
	{ "{\"t\":2,\"ev\":\"answer\",\"wic\":\"w\"}", "its keys: t, ev, on, "
	  "call, status, expires_s" },
	{ "{\"t\":2,\"ev\":\"register\",\"user\":\"u\"}", "unknown key" },
	{ "{\"t\":2,\"ev\":\"handover\",\"wic\":null}", "\"wic\" is not a text" },
	{ "{\"t\":2,\"ev\":\"handover\",\"user\":3}", "null for an anonymous" },
	{ "{\"t\":2,\"ev\":\"handover\",\"impu\":null}", "list of texts" },
	{ "{\"t\":2,\"ev\":\"handover\",\"impu\":[1]}", "list of texts" },
	{ "{\"t\":2,\"ev\":\"handover\",\"impu\":[\"\",\"\",\"\",\"\",\"\",\"\","
	  "\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]}",
	  "17 entries; the limit is 16" },
	{ "{\"t\":2,\"ev\":\"handover\",\"scenario\":\"ims\"}",
	  "not one of web, pool" },
	{ "{\"t\":2,\"ev\":\"handover\",\"valid_s\":\"60\"}",
	  "\"valid_s\" is not a number of seconds" },
	{ "{\"t\":2,\"ev\":\"register\",\"on\":\"w2\"}", "\"on\" is \"w2\" (did "
	  "you mean \"W2\"?), not one of W2, Mw" },
	{ "{\"t\":2,\"ev\":\"register\",\"on\":\"W1\"}", "not one of W2, Mw" },
	{ "{\"t\":2,\"ev\":\"closed\",\"on\":\"Mw\"}", "not one of W1, W2" },
	{ "{\"t\":2,\"ev\":\"register\",\"auth\":\"basic\"}",
	  "not one of none, digest, aka, bearer, tna" },
	{ "{\"t\":2,\"ev\":\"register\",\"expires_s\":-1}", "\"expires_s\"" },
	{ "{\"t\":2,\"ev\":\"register\",\"expires_s\":1.5}", "\"expires_s\"" },
	{ "{\"t\":2,\"ev\":\"answer\",\"status\":99}", "from 100 to 699" },
	{ "{\"t\":2,\"ev\":\"answer\",\"status\":\"200\"}", "from 100 to 699" },
	{ "{\"t\":2,\"ev\":\"token\",\"state\":\"dead\"}",
	  "not one of active, expired, unknown, revoked" },
	{ "{\"t\":2,\"ev\":\"mark\",\"text\":1}", "\"text\" is not a text" },
	{ "{\"t\":2,\"ev\":\"sip\",\"bytes\":\"a\",\"b64\":\"YQ==\"}", "both" },
	{ "{\"t\":2,\"ev\":\"sip\",\"b64\":\"YQ=\"}", "not base64" },
	{ "{\"t\":2,\"ev\":\"sip\",\"b64\":\"Y===\"}", "not base64" },
	{ "{\"t\":2,\"ev\":\"sip\",\"b64\":\"Y Q=\"}", "not base64" },
	{ "{\"t\":2,\"ev\":\"sip\",\"response\":\"yes\"}", "right" },
	{ "{\"t\":2,\"ev\":\"sip\",\"claims\":{\"x\":1}}", "\"x\"" },
	{ "{\"t\":2,\"ev\":\"sip\",\"claims\":{\"exp\":1.5}}", "\"exp\"" },
	{ "{\"t\":2,\"ev\":\"sip\",\"from\":\"ue\"}", "not one of wic" },
	{ "{\"t\":2,\"ev\":\"ws\",\"step\":\"open\"}", "not one of close" },
	{ "{\"t\":2,\"ev\":\"tcp\",\"step\":\"frame\"}", "open, close" },
	{ "{\"t\":2,\"ev\":\"ws\",\"op\":16}", "opcode" },
	{ "{\"t\":2,\"ev\":\"ws\",\"op\":\"nop\"}", "not one of cont" },
	{ "{\"t\":2,\"ev\":\"ws\",\"defects\":[\"x\"]}", "known defects" },
	{ "{\"t\":2,\"ev\":\"ws\",\"fragments\":-1}", "from 0 on" },
	{ "{\"t\":2,\"ev\":\"end\"}{", "t.jsonl:3: not JSON" },
	{ "{\"t\":2,\"ev\":\"end\"", "t.jsonl:3: not JSON" },
	{ "{\"t\":2,\"t\":2,\"ev\":\"end\"}", "t.jsonl:3: not JSON" },
	{ "{\"t\":2,\"ev\":\"mark\",\"text\":\"\\u0000\"}", "not JSON" },
	{ "{\"t\":2,\"ev\":\"mark\",\"text\":\"\xff\"}", "not JSON" },
	{ "{\"t\":2,\"ev\":\"end\"}\n{\"t\":2,\"ev\":\"mark\"}",
	  "t.jsonl:4: an event after \"end\"" },
	{ "{\"t\":2,\"ev\":\"end\"}\n{\"t\":2,\"ev\":\"end\"}",
	  "t.jsonl:4: an event after \"end\"" },
};

static void bad_events(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_event_rows / sizeof *bad_event_rows;
	     i++) {
		const struct bad *row = &bad_event_rows[i];
		char text[1000];
		struct err err = { 0 };
		struct ev e;
		int rc;

		snprintf(text, sizeof text, HAND
			 "{\"t\":1,\"ev\":\"mark\"}\n%s", row->text);
		open_text(text);
		while ((rc = trace_next(reader, &e, &err)) == 1)
			;
		if (rc != -EXIT_USAGE || !strstr(err.text, row->says))
			fail_msg("%s: %d %s", row->text, rc, err.text);
		trace_close(reader);
	}
}

/* A huge line is refused while most of it is still in the file. */
static void long_lines(void **state)
{
	const char *path = scratch_path("long.jsonl");
	FILE *f = fopen(path, "w");
	struct err err = { 0 };
	struct ev e;

	(void)state;
	fputs(HAND "{\"t\":1,\"ev\":\"mark\",\"text\":\"", f);
	fflush(f);
	assert_int_equal(0, ftruncate(fileno(f), 200000000));
	fclose(f);
	assert_int_equal(0, trace_open(&reader, path, &head, &err));
	assert_int_equal(-EXIT_USAGE, trace_next(reader, &e, &err));
	assert_non_null(strstr(err.text, "long.jsonl:2: the line is over"));
	trace_close(reader);
	f = fopen(path, "w");
	assert_int_equal(0, ftruncate(fileno(f), 200000000));
	fclose(f);
	assert_int_equal(-EXIT_USAGE, trace_open(&reader, path, &head, &err));
	assert_non_null(strstr(err.text, "long.jsonl:1: the line is over"));
	assert_int_equal(-EXIT_USAGE, trace_open(&reader, scratch, &head, &err));
	assert_non_null(strstr(err.text, "cannot read"));
	assert_int_equal(-EXIT_USAGE, trace_open(&reader,
		scratch_path("none"), &head, &err));
	assert_non_null(strstr(err.text, "none: cannot open"));
}

/* A line as long as is allowed, over many reads. */
static void longest_line(void **state)
{
	size_t n = LIMIT_TRACE_LINE - 40;
	char *text = must_alloc(LIMIT_TRACE_LINE + 1000);
	const char start[] = HAND "{\"t\":1,\"ev\":\"mark\",\"text\":\"";
	const char end[] = "\"}\n{\"t\":1,\"ev\":\"end\"}";
	size_t at = sizeof start - 1;

	(void)state;
	memcpy(text, start, at);
	memset(text + at, 'x', n);
	memcpy(text + at + n, end, sizeof end);
	open_text(text);
	assert_int_equal(next().text.n, n);
	assert_int_equal(next().kind, EV_END);
	done();
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flow),
		cmocka_unit_test(other_kinds),
		cmocka_unit_test(absent_keys),
		cmocka_unit_test(whole_seconds),
		cmocka_unit_test(stored),
		cmocka_unit_test(the_run),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(bad_events),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(longest_line),
	};

	return cmocka_run_group_tests_name("trace read", tests, scratch_make,
					   scratch_remove);
}
