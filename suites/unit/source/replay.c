/* A stored trace passes the same derivation: what was derived live comes out
 * again, though every secret is masked. */
#include "rig.h"

#include <unistd.h>

#include "trace/mask.h"

static const char ixit[] =
	"subscribers:\n"
	"  - {user: alice, web_password: wonderland, impi: alice@ims.example, "
	"impu: [\"sip:alice@ims.example\"], sip_password: s3cret}\n"
	"pools:\n"
	"  - wwsf: wwsf.ims.example\n"
	"    pairs: [{impi: p1@ims.example, impu: \"sip:p1@ims.example\"}]\n"
	"w1:\n"
	"  login: {method: POST, path: /session, type: application/json, "
	"body: '{\"user\":\"{user}\",\"password\":\"{password}\"}', ok: [200]}\n"
	"  refresh: {method: POST, path: /refresh, type: application/json, "
	"body: '{\"token\":\"{token}\"}', ok: [200]}\n"
	"  answer: {user: /user, impi: /impi, impu: /impu, token: /token, "
	"valid_s: /expires_in}\n";

struct both {
	struct seen *seen;
	struct trace_writer *writer;
};

static bool take_both(const struct ev *e, void *arg)
{
	struct both *b = arg;
	struct err err = { 0 };

	if (trace_put(b->writer, e, &err))
		fail_msg("%s", err.text);
	return seen_take(e, b->seen);
}

static void http_give(struct rig *r, uint32_t conn, bool ask, const char *head,
		      const char *body, int64_t t_us)
{
	char text[2048];
	int n = snprintf(text, sizeof text, "%s\r\nContent-Type: %s\r\n"
			 "Content-Length: %zu\r\n\r\n%s", head,
			 body[0] == '{' ? "application/json" :
			 "application/x-www-form-urlencoded", strlen(body),
			 body);

	give(r, conn, ask, (struct span){ text, (size_t)n }, t_us);
}

static void web(struct rig *r)
{
	struct decode_conn w1 = { .conn = 11, .point = POINT_W1, .stream = true,
				  .client = ROLE_WIC, .server = ROLE_WWSF,
				  .wic = S("wic7"), .secure = true };
	struct decode_conn w5 = { .conn = 12, .point = POINT_W5, .stream = true,
				  .client = ROLE_EPCSCF, .server = ROLE_WAF };

	decoder_open(r->d, &w1, (struct decode_at){ .t_us = 1 });
	decoder_open(r->d, &w5, (struct decode_at){ .t_us = 1 });
	http_give(r, 11, true, "POST /session HTTP/1.1\r\nHost: h",
		  "{\"user\":\"alice\",\"password\":\"wonderland\"}", 2);
	http_give(r, 11, false, "HTTP/1.1 200 OK", "{\"token\":"
		  "\"tok-secret-tok-secret-1\",\"impu\":"
		  "\"sip:alice@ims.example\",\"expires_in\":60}", 3);
	http_give(r, 12, true, "POST /introspect HTTP/1.1\r\nHost: h",
		  "token=tok-secret-tok-secret-1", 4);
	http_give(r, 12, false, "HTTP/1.1 200 OK", "{\"active\":true,"
		  "\"impi\":\"alice@ims.example\",\"exp\":1060}", 5);
	http_give(r, 11, true, "POST /refresh HTTP/1.1\r\nHost: h",
		  "{\"token\":\"tok-secret-tok-secret-1\"}", 6);
	http_give(r, 11, false, "HTTP/1.1 200 OK", "{\"token\":"
		  "\"tok-secret-tok-secret-2\",\"expires_in\":61.5}", 7);
	http_give(r, 11, true, "POST /session HTTP/1.1\r\nHost: h",
		  "{\"user\":\"alice\",\"password\":\"not that one\"}", 8);
	http_give(r, 11, false, "HTTP/1.1 403 No", "{}", 9);
	decoder_close(r->d, 11, true, (struct decode_at){ .t_us = 10 });
}

static void sip(struct rig *r)
{
	struct span q;

	ws_open(r, 1, "wic7");
	conn_open(r, 2, POINT_MW, false, NULL);
	q = sip_request_text("REGISTER", "alice", "a", 1,
		"Authorization: Bearer access_token=\"tok-secret-tok-secret-2"
		"\"\r\n");
	ws_give(r, 1, true, q, 20);
	give(r, 2, true, sip_request_text("REGISTER", "alice", "m a", 1,
		"Authorization: Digest username=\"alice@ims.example\","
		"integrity-protected=\"auth-done\",nonce=\"\",response=\"\"\r\n"
		"X-Leak: tok-secret-tok-secret-2\r\n"), 21);
	give(r, 2, false, sip_answer_text(200, "REGISTER", "alice", "m a", 1,
		"Contact: <sip:alice@h.invalid;transport=ws>;expires=9\r\n"),
	     22);
	ws_give(r, 1, false, sip_answer_text(200, "REGISTER", "alice", "a", 1,
		"Contact: <sip:alice@h.invalid;transport=ws>;expires=9\r\n"),
		23);
	ws_give(r, 1, true, sip_request_text("MESSAGE", "alice", "c", 2, ""),
		24);
	ws_give(r, 1, true, sip_request_text("OPTIONS", "alice", "d", 3, ""),
		24);
	ws_give(r, 1, false, sip_answer_text(404, "OPTIONS", "alice", "d", 3,
					     ""), 25);
	decoder_close(r->d, 1, true, (struct decode_at){ .t_us = 26 });
}

static void record(const char *file, struct seen *out)
{
	struct trace_head head = { .source = SOURCE_LIVE,
				   .facts = FACT_FLOW | FACT_TIME };
	struct mask *m = mask_new(1);
	struct err err = { 0 };
	struct both both = { .seen = out };
	struct rig r;
	struct ev e;

	memset(out, 0, sizeof *out);
	rig_open(&r, ixit);
	decoder_free(r.d);
	if (trace_create(&both.writer, file, &head, m, &err))
		fail_msg("%s", err.text);
	r.d = decoder_new(r.p, m, take_both, &both);
	decoder_clock(r.d, 1000000000);
	ev_init(&e, EV_MARK, 0);
	e.text = S("restart wwsf");
	decoder_event(r.d, &e);
	web(&r);
	sip(&r);
	ev_init(&e, EV_END, 100);
	decoder_event(r.d, &e);
	assert_int_equal(trace_finish(both.writer, &err), 0);
	rig_close(&r);
	mask_free(m);
}

static void read_back(const char *file, struct seen *out)
{
	struct trace_head head = { 0 };
	struct trace_reader *reader;
	struct err err = { 0 };
	struct rig r;
	struct ev e;
	int rc;

	rig_open(&r, ixit);
	if (trace_open(&reader, file, &head, &err))
		fail_msg("%s", err.text);
	while ((rc = trace_next(reader, &e, &err)) > 0)
		decoder_event(r.d, &e);
	if (rc)
		fail_msg("%s", err.text);
	trace_close(reader);
	trace_head_free(&head);
	*out = r.seen;
	memset(&r.seen, 0, sizeof r.seen);
	rig_close(&r);
}

static void a_stored_trace_gives_the_same(void **state)
{
	char file[] = "/tmp/annexu-replay-XXXXXX";
	struct seen live, stored;
	int fd = mkstemp(file);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	record(file, &live);
	read_back(file, &stored);
	unlink(file);
	assert_int_equal(seen_count(&live, "handover"), 2);
	assert_int_equal(seen_count(&live, "refused"), 1);
	assert_int_equal(seen_count(&live, "register"), 2);
	assert_int_equal(seen_count(&live, "answer"), 2);
	assert_int_equal(seen_count(&live, "request"), 2);
	assert_int_equal(seen_count(&live, "closed"), 2);
	assert_int_equal(seen_count(&live, "token"), 1);
	if (!seen_same(&live, &stored)) {
		seen_print(&live);
		puts("  -- stored:");
		seen_print(&stored);
		fail();
	}
	seen_clear(&live);
	seen_clear(&stored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stored_trace_gives_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
