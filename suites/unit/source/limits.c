/* What many or mad peers cost the decoder: bounded, and named. */
#include "rig.h"

#define HALF "REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nX-Long: "

static const char *trouble(struct rig *r, unsigned i)
{
	const char *const *texts;
	unsigned n = decoder_troubles(r->d, &texts);

	return i < n ? texts[i] : "";
}

static unsigned troubles(struct rig *r)
{
	const char *const *texts;

	return decoder_troubles(r->d, &texts);
}

/* A header line without end: one word about it, and what follows on the same
 * connection is read again. */
static void header_without_end(void **state)
{
	char filler[30000];
	struct rig r;

	(void)state;
	memset(filler, 'x', sizeof filler);
	rig_open(&r, NULL);
	conn_open(&r, 1, POINT_MW, true, NULL);
	for (unsigned round = 0; round < 3; round++) {
		give(&r, 1, true, S(HALF), 0);
		for (unsigned i = 0; i < 50; i++)
			give(&r, 1, true, (struct span){ filler, sizeof filler }, 0);
		give(&r, 1, true, S("\r\n\r\n"), 0);
	}
	give(&r, 1, true, sip_request_text("REGISTER", "alice", "a1", 1,
					   "Content-Length: 0\r\n"), 10);
	assert_int_equal(troubles(&r), 1);
	assert_non_null(strstr(trouble(&r, 0), "connection 1: SIP framing lost"));
	assert_non_null(strstr(trouble(&r, 0), "too-long (limit 65536 bytes)"));
	assert_false(decoder_limited(r.d));
	assert_int_equal(seen_count(&r.seen, "register"), 1);
	rig_close(&r);
}

/* Troubles of a hundred peers fill their list; the limit is named behind it. */
static void memory_of_all_streams(void **state)
{
	unsigned n = LIMIT_STREAMS_TOTAL / 60000 + 500;
	char *filler = must_alloc(60000);
	struct rig r;

	(void)state;
	memset(filler, 'x', 60000);
	rig_open(&r, NULL);
	for (uint32_t i = 1; i <= 100; i++) {
		conn_open(&r, i, POINT_NONE, true, NULL);
		give(&r, i, true, S("SIP/2.0 200 OK\r\nContent-Length: x\r\n\r\n"), 0);
	}
	unsigned before = troubles(&r);

	for (uint32_t i = 101; i <= n; i++) {
		conn_open(&r, i, POINT_NONE, true, NULL);
		give(&r, i, true, S(HALF), 0);
		give(&r, i, true, (struct span){ filler, 60000 }, 0);
	}
	assert_int_equal(troubles(&r), before + 1);
	assert_non_null(strstr(trouble(&r, before - 1), "more troubles"));
	assert_non_null(strstr(trouble(&r, before), "unfinished messages on all"));
	assert_true(decoder_limited(r.d));
	/* small ones are still heard, and room comes back with the closes */
	conn_open(&r, n + 1, POINT_MW, true, NULL);
	struct span text = sip_request_text("REGISTER", "alice", "a1", 1,
					    "Content-Length: 0\r\n");

	give(&r, n + 1, true, span_sub(text, 0, 40), 0);
	give(&r, n + 1, true, span_from(text, 40), 0);
	assert_int_equal(seen_count(&r.seen, "register"), 1);
	for (uint32_t i = 1; i <= n; i++)
		decoder_close(r.d, i, true, (struct decode_at){ 0 });
	conn_open(&r, n + 2, POINT_MW, true, NULL);
	give(&r, n + 2, true, S(HALF), 0);
	give(&r, n + 2, true, (struct span){ filler, 60000 }, 0);
	give(&r, n + 2, true, S("\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: c9\r\n"
				"CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n"), 0);
	assert_int_equal(seen_count(&r.seen, "register"), 2);
	free(filler);
	rig_close(&r);
}

/* Requests that wait for their answers, more than the line first has room for. */
static void waiting_requests(void **state)
{
	struct rig r;
	char text[120];

	(void)state;
	rig_open(&r, NULL);
	conn_open(&r, 1, POINT_W1, true, "w");
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 16; i++) {
			snprintf(text, sizeof text, "%s /%u HTTP/1.1\r\nHost: x\r\n\r\n",
				 i % 3 ? "GET" : "HEAD", i);
			give(&r, 1, true, span_str(text), 0);
		}
		/* Only with the right request is the body of an answer known. */
		for (unsigned i = 0; i < 16; i++)
			give(&r, 1, false, i % 3 ?
			     S("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") :
			     S("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), 0);
	}
	assert_int_equal(seen_count(&r.seen, "http"), 96);
	assert_int_equal(troubles(&r), 0);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_without_end),
		cmocka_unit_test(memory_of_all_streams),
		cmocka_unit_test(waiting_requests),
	};

	return cmocka_run_group_tests_name("source limits", tests, NULL, NULL);
}
