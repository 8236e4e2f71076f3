/* W1, W4 and W5 to handover, refused and token events. */
#include "rig.h"

static const char ixit[] =
	"subscribers:\n"
	"  - {user: alice, web_password: wonder, impi: alice@ims.example, "
	"impu: [\"sip:alice@ims.example\"]}\n"
	"strangers: [{user: mallory, web_password: malice}]\n"
	"pools:\n"
	"  - wwsf: wwsf.ims.example\n"
	"    pairs: [{impi: p1@ims.example, impu: \"sip:p1@ims.example\"}]\n"
	"w1:\n"
	"  login: {method: POST, path: /session, type: application/json, "
	"body: '{\"user\":\"{user}\",\"password\":\"{password}\"}', ok: [200], "
	"refused: [401, 403, 503]}\n"
	"  anonymous: {method: POST, path: /session, type: application/json, "
	"body: '{}', ok: [200], refused: [401, 403, 503]}\n"
	"  refresh: {method: POST, path: /session/refresh, type: "
	"application/json, body: '{\"token\":\"{token}\"}', ok: [200], "
	"refused: [401, 403, 503]}\n"
	"  answer: {user: /user, impi: /impi, impu: /impu, token: /token, "
	"valid_s: /expires_in}\n";

static void w1_open(struct rig *r, uint32_t conn, enum point point,
		    const char *wic)
{
	struct decode_conn c = {
		.conn = conn, .point = point, .stream = true,
		.client = ROLE_WIC, .server = ROLE_WWSF,
		.wic = span_str(wic),
	};

	decoder_open(r->d, &c, (struct decode_at){ 0 });
}

static void ask(struct rig *r, uint32_t conn, const char *path,
		const char *headers, const char *body)
{
	char text[4096];
	int n = snprintf(text, sizeof text, "POST %s HTTP/1.1\r\nHost: "
			 "wwsf.example:443\r\n%sContent-Length: %zu\r\n\r\n%s",
			 path, headers, strlen(body), body);

	give(r, conn, true, (struct span){ text, (size_t)n }, 0);
}

static void reply(struct rig *r, uint32_t conn, int status,
		  const char *headers, const char *body, int64_t t_us)
{
	char text[4096];
	int n = snprintf(text, sizeof text, "HTTP/1.1 %d X\r\n%s"
			 "Content-Length: %zu\r\n\r\n%s", status, headers,
			 strlen(body), body);

	give(r, conn, false, (struct span){ text, (size_t)n }, t_us);
}

#define LOGIN(user, password) \
	"{\"user\":\"" user "\",\"password\":\"" password "\"}"
#define GAVE(who, token) \
	"{\"impi\":\"" who "@ims.example\",\"impu\":[\"sip:" who \
	"@ims.example\"],\"token\":\"" token "\",\"expires_in\":60}"

static void logins(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, ixit);
	w1_open(&r, 1, POINT_W1, "wic1");
	ask(&r, 1, "/session", "", LOGIN("alice", "wonder"));
	reply(&r, 1, 200, "", GAVE("alice", "tok-1"), 5);
	assert_string_equal(seen_nth(&r.seen, "handover", 0),
		"handover W1 wic=wic1! user=alice web wwsf=wwsf.example "
		"impi=alice@ims.example impu=sip:alice@ims.example "
		"token=tok-1 valid=60000000 relogin right");
	/* A wrong password and served all the same: nobody is logged in. */
	ask(&r, 1, "/session", "", LOGIN("alice", "wrong"));
	reply(&r, 1, 200, "", GAVE("alice", "tok-2"), 5);
	assert_string_equal(seen_nth(&r.seen, "handover", 1),
		"handover W1 wic=wic1! anonymous web wwsf=wwsf.example "
		"impi=alice@ims.example impu=sip:alice@ims.example "
		"token=tok-2 valid=60000000 relogin wrong");
	ask(&r, 1, "/session", "", LOGIN("alice", "wrong"));
	reply(&r, 1, 401, "", "{}", 5);
	assert_string_equal(seen_nth(&r.seen, "refused", 0),
		"refused W1 wic=wic1! user=alice web wwsf=wwsf.example "
		"why=login wrong");
	ask(&r, 1, "/session", "", LOGIN("mallory", "malice"));
	reply(&r, 1, 200, "", GAVE("p1", "tok-3"), 5);
	assert_string_equal(seen_nth(&r.seen, "handover", 2),
		"handover W1 wic=wic1! user=mallory pool "
		"wwsf=wwsf.ims.example impi=p1@ims.example "
		"impu=sip:p1@ims.example token=tok-3 valid=60000000 "
		"relogin right");
	ask(&r, 1, "/session", "", LOGIN("who", "x"));
	reply(&r, 1, 500, "", "", 5);
	assert_string_equal(seen_nth(&r.seen, "refused", 1),
		"refused W1 wic=wic1! user=who pool "
		"wwsf=wwsf.ims.example why=500");
	rig_close(&r);
}

static void anonymous_and_refresh(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, ixit);
	w1_open(&r, 1, POINT_W1, NULL);
	w1_open(&r, 2, POINT_W1, NULL);
	ask(&r, 1, "/session", "", "{}");
	reply(&r, 1, 200, "", GAVE("p1", "tok-1"), 5);
	assert_string_equal(seen_nth(&r.seen, "handover", 0),
		"handover W1 wic=w1#1.1 anonymous pool "
		"wwsf=wwsf.ims.example impi=p1@ims.example "
		"impu=sip:p1@ims.example token=tok-1 valid=60000000 relogin");
	/* From another connection, by the token. */
	ask(&r, 2, "/session/refresh", "", "{\"token\":\"tok-1\"}");
	reply(&r, 2, 200, "", GAVE("p1", "tok-2"), 6);
	assert_string_equal(seen_nth(&r.seen, "handover", 1),
		"handover W1 wic=w1#1.1 anonymous pool "
		"wwsf=wwsf.ims.example impi=p1@ims.example "
		"impu=sip:p1@ims.example token=tok-2 valid=60000000");
	ask(&r, 2, "/session", "", "{}");
	reply(&r, 2, 503, "", "full", 7);
	assert_string_equal(seen_nth(&r.seen, "refused", 0),
		"refused W1 wic=w1#2.2 anonymous pool "
		"wwsf=wwsf.ims.example why=exhausted");
	/* Whatever else the page asks for is nothing. */
	ask(&r, 2, "/session", "", "{\"other\":1}");
	reply(&r, 2, 200, "", GAVE("p1", "tok-9"), 8);
	ask(&r, 2, "/style", "", "");
	reply(&r, 2, 404, "", "", 8);
	assert_int_equal(seen_count(&r.seen, "handover"), 2);
	assert_int_equal(seen_count(&r.seen, "refused"), 1);
	assert_int_equal(seen_count(&r.seen, "http"), 10);
	rig_close(&r);
}

static void wic_of(const char *line, char out[64])
{
	const char *at = strstr(line, " wic=");

	assert_non_null(at);
	snprintf(out, 64, "%.*s", (int)strcspn(at + 5, " "), at + 5);
}

static void sessions_and_tokens_tie_connections(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, ixit);
	w1_open(&r, 1, POINT_W1, NULL);
	w1_open(&r, 2, POINT_W1, NULL);
	ask(&r, 1, "/session", "", "{}");
	reply(&r, 1, 200, "Set-Cookie: lang=de\r\nSet-Cookie: sid=77; Path=/"
	      "\r\n", GAVE("p1", "tok-token-tok-1"), 5);
	ask(&r, 2, "/session", "Cookie: lang=de; sid=77\r\n", "{}");
	reply(&r, 2, 200, "", GAVE("p1", "tok-token-tok-2"), 6);
	char one[64], two[64];

	wic_of(seen_nth(&r.seen, "handover", 0), one);
	wic_of(seen_nth(&r.seen, "handover", 1), two);
	assert_memory_equal(one, "w1-session:", 11);
	assert_string_equal(one, two);
	/* The token's WIC is the one on W2. */
	ws_open(&r, 3, NULL);
	ws_give(&r, 3, true, sip_request_text("REGISTER", "p1", "b", 1,
		"Authorization: Bearer tok-token-tok-2\r\n"), 7);
	ws_give(&r, 3, true, sip_request_text("MESSAGE", "p1", "c", 2, ""), 7);
	decoder_end(r.d, 10);
	wic_of(seen_nth(&r.seen, "register W2", 0), two);
	assert_string_equal(one, two);
	wic_of(seen_nth(&r.seen, "request W2", 0), two);
	assert_string_equal(one, two);
	rig_close(&r);
}

/* A client id names a WWSF where the ixit says so, and only there. */
static void introspection_names_the_wwsf(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "token: {kind: opaque, claims: {wwsf: azp}}\n");
	w1_open(&r, 1, POINT_NONE, NULL);
	ask(&r, 1, "/introspect",
	    "Content-Type: application/x-www-form-urlencoded\r\n",
	    "token=tok-1&x=y");
	reply(&r, 1, 200, "", "{\"active\":true,\"azp\":\"w\"}", 5);
	assert_non_null(strstr(seen_nth(&r.seen, "token", 0), "wwsf=w "));
	rig_close(&r);
}

#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"

static void introspection(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	decoder_clock(r.d, 1000 * 1000000ll);
	w1_open(&r, 1, POINT_NONE, NULL);
	ask(&r, 1, "/introspect", FORM, "token=tok-1&x=y");
	reply(&r, 1, 200, "", "{\"active\":true,\"impi\":\"a@x\",\"impu\":["
	      "\"sip:a@x\",\"tel:+1\"],\"azp\":\"w\",\"iss\":\"i\","
	      "\"exp\":1003}", 5);
	assert_string_equal(seen_nth(&r.seen, "token", 0),
		"token W5 waf=i impi=a@x impu=sip:a@x impu=tel:+1 "
		"token=tok-1 active ends=3000000");
	for (unsigned i = 0; i < 3; i++) {
		static const char *const said[] = { "revoked", "expired",
						    "unknown" };
		char form[32], want[64];

		snprintf(form, sizeof form, "token=tok-%d", i < 2 ? 1 : 2);
		ask(&r, 1, "/introspect", FORM, form);
		reply(&r, 1, 200, "", "{\"active\":false}",
		      i ? 4000000 : 1000000);
		snprintf(want, sizeof want, "token W5 %s %s", form, said[i]);
		assert_string_equal(seen_nth(&r.seen, "token", i + 1), want);
	}
	ask(&r, 1, "/introspect", FORM, "token=tok-3");
	reply(&r, 1, 401, "", "{\"active\":true}", 4000000);
	ask(&r, 1, "/introspect", FORM, "token=tok-3");
	reply(&r, 1, 200, "", "active", 4000000);
	assert_int_equal(seen_count(&r.seen, "token"), 4);
	assert_int_equal(seen_count(&r.seen, "http W5 epcscf>waf"), 6);
	rig_close(&r);
}

static void issue(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	w1_open(&r, 1, POINT_NONE, NULL);
	ask(&r, 1, "/token", FORM, "grant_type=client_credentials&scope=sip");
	reply(&r, 1, 200, "", "{\"access_token\":\"tok-1\","
	      "\"expires_in\":90}", 5);
	assert_string_equal(seen_nth(&r.seen, "token", 0),
			    "token W4 token=tok-1 active valid=90000000");
	ask(&r, 1, "/token", FORM, "grant_type=client_credentials");
	reply(&r, 1, 400, "", "{\"error\":\"invalid_client\"}", 5);
	assert_int_equal(seen_count(&r.seen, "token"), 1);
	rig_close(&r);
}

/* Without templates: a 2xx JSON answer with a token gives something. */
static void generic_reading(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	w1_open(&r, 1, POINT_NONE, NULL);
	ask(&r, 1, "/x", "", "");
	reply(&r, 1, 201, "", "{\"access_token\":\"t1\",\"sub\":\"bob\","
	      "\"expires_in\":2.5}", 5);
	assert_string_equal(seen_nth(&r.seen, "handover", 0),
		"handover W1 wic=w1#1.1 user=bob wwsf=wwsf.example "
		"token=t1 valid=2500000");
	ask(&r, 1, "/x", "", "");
	reply(&r, 1, 403, "", "{\"access_token\":\"t2\"}", 5);
	ask(&r, 1, "/x", "", "");
	reply(&r, 1, 200, "", "{\"impi\":\"a\"}", 5);
	ask(&r, 1, "/x", "", "");
	reply(&r, 1, 200, "", "[[[[", 5);
	assert_int_equal(seen_count(&r.seen, "handover"), 1);
	assert_int_equal(seen_count(&r.seen, "refused"), 0);
	rig_close(&r);
}

static void pipelined_and_head(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, ixit);
	w1_open(&r, 1, POINT_W1, "w");
	give(&r, 1, true, S("HEAD /session HTTP/1.1\r\nHost: h\r\n\r\n"), 0);
	ask(&r, 1, "/session", "", "{}");
	ask(&r, 1, "/session", "", LOGIN("alice", "wonder"));
	give(&r, 1, false, S("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"),
	     1);
	give(&r, 1, false, S("HTTP/1.1 100 Continue\r\n\r\n"), 1);
	reply(&r, 1, 503, "", "", 1);
	reply(&r, 1, 200, "", GAVE("alice", "t1"), 1);
	assert_int_equal(seen_count(&r.seen, "refused"), 1);
	assert_non_null(strstr(seen_nth(&r.seen, "handover", 0),
			       "user=alice"));
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logins),
		cmocka_unit_test(anonymous_and_refresh),
		cmocka_unit_test(sessions_and_tokens_tie_connections),
		cmocka_unit_test(introspection),
		cmocka_unit_test(introspection_names_the_wwsf),
		cmocka_unit_test(issue),
		cmocka_unit_test(generic_reading),
		cmocka_unit_test(pipelined_and_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
