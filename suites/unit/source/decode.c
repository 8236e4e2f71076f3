/* The decoder as live taps use it: SIP, WebSocket, TCP. */
#include "rig.h"

static void register_on_w2(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	ws_open(&r, 1, "wic1");
	ws_give(&r, 1, true, sip_request_text("REGISTER", "alice", "a1", 1,
		"Authorization: Bearer access_token=\"secret-token-1\"\r\n"),
		10);
	ws_give(&r, 1, false, sip_answer_text(100, "REGISTER", "alice", "a1",
					      1, ""), 20);
	ws_give(&r, 1, false, sip_answer_text(200, "REGISTER", "alice", "a1", 1,
		"Contact: <sip:x@y>;expires=7, <sip:alice@h.invalid;"
		"transport=ws>;expires=540\r\n"), 30);
	assert_string_equal(seen_nth(&r.seen, "tcp", 0),
			    "tcp W2 wic>epcscf open wic=wic1!");
	assert_string_equal(seen_nth(&r.seen, "ws", 0),
			    "ws W2 wic>epcscf upgrade origin=https://wwsf "
			    "protocol=sip wic=wic1!");
	assert_string_equal(seen_nth(&r.seen, "ws", 1),
			    "ws W2 epcscf>wic answer protocol=sip wic=wic1! "
			    "status=101");
	assert_string_equal(seen_nth(&r.seen, "ws", 2),
			    "ws W2 wic>epcscf frame op=1 sip=1 frags=1 "
			    "wic=wic1!");
	assert_string_equal(seen_nth(&r.seen, "register", 0),
			    "register W2 wic=wic1! impu=sip:alice@ims.example "
			    "token=secret-token-1 auth=bearer "
			    "call=call-alice expires=600");
	assert_int_equal(seen_count(&r.seen, "answer"), 1);
	assert_string_equal(seen_nth(&r.seen, "answer", 0),
			    "answer W2 call=call-alice status=200 expires=540");
	rig_close(&r);
}

static void every_kind_of_authorization(void **state)
{
	static const struct { const char *header, *w2, *mw; } cases[] = {
		{ "", "none", "none" },
		{ "Authorization: Digest username=\"u@x\",nonce=\"n\","
		  "response=\"r\"\r\n", "digest", "digest" },
		{ "Authorization: Digest username=\"u@x\","
		  "algorithm=AKAv2-SHA-256\r\n", "aka", "aka" },
		{ "Authorization: Digest username=\"u@x\",response=\"\","
		  "integrity-protected=\"auth-done\"\r\n", "tna", "tna" },
		{ "Authorization: Bearer abcdefghijkl\r\n", "bearer",
		  "bearer" },
		{ "Authorization: Bearer abcdefghijkl\r\nAuthorization: Digest "
		  "username=\"u@x\",integrity-protected=auth-done\r\n",
		  "bearer", "tna" },
	};
	struct rig r;
	char want[32];

	(void)state;
	rig_open(&r, NULL);
	ws_open(&r, 1, NULL);
	conn_open(&r, 2, POINT_MW, false, NULL);
	for (unsigned i = 0; i < 6; i++) {
		ws_give(&r, 1, true, sip_request_text("REGISTER", "a", "w",
						      i, cases[i].header), 0);
		give(&r, 2, true, sip_request_text("REGISTER", "a", "m w", i,
						   cases[i].header), 0);
		snprintf(want, sizeof want, " auth=%s ", cases[i].w2);
		assert_non_null(strstr(seen_nth(&r.seen, "register W2", i),
				       want));
		snprintf(want, sizeof want, " auth=%s ", cases[i].mw);
		assert_non_null(strstr(seen_nth(&r.seen, "register Mw", i),
				       want));
		assert_int_equal(strstr(cases[i].header, "username") != NULL,
			strstr(seen_nth(&r.seen, "register Mw", i),
			       "impi=u@x") != NULL);
	}
	rig_close(&r);
}

/* A retransmission and the leg behind the I-CSCF are the same REGISTER. */
static void the_same_register_again(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	conn_open(&r, 1, POINT_NONE, false, NULL);
	conn_open(&r, 2, POINT_NONE, false, NULL);
	for (unsigned i = 0; i < 2; i++)
		give(&r, 1, true, sip_request_text("REGISTER", "a", "p w", 1,
						   ""), i);
	give(&r, 2, true, sip_request_text("REGISTER", "a", "i p w", 1, ""), 2);
	give(&r, 2, false, sip_answer_text(200, "REGISTER", "a", "i p w", 1,
					   ""), 3);
	assert_int_equal(seen_count(&r.seen, "answer"), 0);
	for (unsigned i = 0; i < 2; i++)
		give(&r, 1, false, sip_answer_text(200, "REGISTER", "a", "p w",
						   1, ""), 4);
	assert_int_equal(seen_count(&r.seen, "register"), 1);
	assert_int_equal(seen_count(&r.seen, "answer"), 1);
	assert_int_equal(seen_count(&r.seen, "sip Mw epcscf>scscf"), 2);
	assert_int_equal(seen_count(&r.seen, "sip Mw scscf>scscf"), 2);
	assert_int_equal(seen_count(&r.seen, "sip Mw scscf>epcscf"), 2);
	/* Another CSeq, another branch: another REGISTER. */
	give(&r, 1, true, sip_request_text("REGISTER", "a", "p w", 2, ""), 5);
	give(&r, 1, true, sip_request_text("REGISTER", "a", "q w", 2, ""), 6);
	assert_int_equal(seen_count(&r.seen, "register"), 3);
	rig_close(&r);
}

static void two_wics_may_choose_alike(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	ws_open(&r, 1, "one");
	ws_open(&r, 2, "two");
	ws_give(&r, 1, true, sip_request_text("REGISTER", "a", "b", 1, ""), 0);
	ws_give(&r, 2, true, sip_request_text("REGISTER", "a", "b", 1, ""), 0);
	ws_give(&r, 2, false, sip_answer_text(403, "REGISTER", "a", "b", 1,
					      ""), 0);
	ws_give(&r, 1, false, sip_answer_text(200, "REGISTER", "a", "b", 1,
					      ""), 0);
	assert_int_equal(seen_count(&r.seen, "register"), 2);
	assert_int_equal(seen_count(&r.seen, "answer"), 2);
	assert_non_null(strstr(seen_nth(&r.seen, "answer", 0), "status=403"));
	rig_close(&r);
}

static void requests_wait_for_their_answer(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	ws_open(&r, 1, "wic1");
	ws_open(&r, 2, "wic2");
	ws_give(&r, 1, true, sip_request_text("INVITE", "a", "i", 1, ""), 0);
	ws_give(&r, 1, true, sip_request_text("ACK", "a", "k", 1, ""), 0);
	ws_give(&r, 1, true, sip_request_text("MESSAGE", "a", "m", 2, ""), 0);
	ws_give(&r, 2, true, sip_request_text("OPTIONS", "b", "o", 3, ""), 5);
	assert_int_equal(seen_count(&r.seen, "request"), 0);
	ws_give(&r, 1, false, sip_answer_text(180, "INVITE", "a", "i", 1, ""),
		SEC(1));
	ws_give(&r, 1, false, sip_answer_text(486, "INVITE", "a", "i", 1, ""),
		SEC(2));
	assert_int_equal(seen_count(&r.seen, "request"), 1);
	assert_string_equal(seen_nth(&r.seen, "request", 0),
			    "request W2 wic=wic1! call=call-a method=INVITE "
			    "from=sip:a@ims.example to=sip:a@ims.example "
			    "status=486");
	decoder_close(r.d, 2, true, (struct decode_at){ .t_us = SEC(3) });
	assert_string_equal(seen_nth(&r.seen, "request", 1),
			    "request W2 wic=wic2! call=call-b method=OPTIONS "
			    "from=sip:b@ims.example to=sip:b@ims.example");
	/* Timer F: 32 s. */
	ws_give(&r, 1, true, sip_request_text("REGISTER", "a", "r", 9, ""),
		SEC(31.9));
	assert_int_equal(seen_count(&r.seen, "request"), 2);
	ws_give(&r, 1, true, sip_request_text("REGISTER", "a", "s", 9, ""),
		SEC(32));
	assert_int_equal(seen_count(&r.seen, "request"), 3);
	ws_give(&r, 1, true, sip_request_text("NOTIFY", "a", "n", 10, ""),
		SEC(33));
	decoder_end(r.d, SEC(34));
	assert_non_null(strstr(seen_nth(&r.seen, "request", 3), "NOTIFY"));
	assert_int_equal(seen_count(&r.seen, "request"), 4);
	rig_close(&r);
}

static void closed_is_told_once(void **state)
{
	static const unsigned char mask[4];
	struct rig r;
	struct buf b;

	(void)state;
	rig_open(&r, NULL);
	ws_open(&r, 1, NULL);
	ws_give(&r, 1, true, sip_request_text("REGISTER", "a", "b", 1, ""), 0);
	buf_init(&b, 100);
	ws_put_message(&b, WS_CLOSE, S("\x03\xe8" "bye"), true, mask);
	give(&r, 1, true, buf_span(&b), 10);
	decoder_close(r.d, 1, true, (struct decode_at){ .t_us = 20 });
	assert_int_equal(seen_count(&r.seen, "closed"), 1);
	assert_string_equal(seen_nth(&r.seen, "closed", 0),
			    "closed W2 wic=w2#1");
	assert_int_equal(seen_count(&r.seen, "ws W2 wic>epcscf close"), 1);
	assert_int_equal(seen_count(&r.seen, "tcp W2 wic>epcscf close"), 1);
	/* Without a close frame the end of TCP says it. */
	ws_open(&r, 2, "wic2");
	decoder_close(r.d, 2, false, (struct decode_at){ .t_us = 30 });
	assert_string_equal(seen_nth(&r.seen, "closed", 1),
			    "closed W2 wic=wic2!");
	buf_free(&b);
	rig_close(&r);
}

static void several_messages_in_one_frame(void **state)
{
	struct span one = sip_request_text("REGISTER", "a", "b", 1, "");
	struct span two = sip_request_text("REGISTER", "b", "c", 1, "");
	struct rig r;
	struct buf b;

	(void)state;
	rig_open(&r, NULL);
	ws_open(&r, 1, NULL);
	buf_init(&b, 10000);
	buf_add(&b, one);
	buf_add(&b, two);
	ws_give(&r, 1, true, buf_span(&b), 0);
	assert_int_equal(seen_count(&r.seen,
				    "ws W2 wic>epcscf frame op=1 sip=2 frags"),
			 1);
	assert_int_equal(seen_count(&r.seen, "register W2"), 2);
	/* One message in two frames: a part, then its rest. */
	ws_give(&r, 1, true, span_sub(one, 0, 100), 1);
	ws_give(&r, 1, true, span_from(one, 100), 2);
	assert_int_equal(seen_count(&r.seen, "ws W2 wic>epcscf frame op=1 "
				    "sip=0 partial"), 2);
	ws_give(&r, 1, true, S("hello"), 3);
	assert_int_equal(seen_count(&r.seen, "ws"), 6);
	assert_int_equal(seen_count(&r.seen, "ws W2 wic>epcscf frame op=1 "
				    "sip=0 frags"), 1);
	assert_int_equal(seen_count(&r.seen, "sip"), 2);
	buf_free(&b);
	rig_close(&r);
}

/* A message whose Content-Length promises more than the frame holds. */
static void a_message_without_its_end(void **state)
{
	static const char text[] =
		"MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/WS h;branch=z9hG4bKq"
		"\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\n"
		"CSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n"
		"Content-Length: 50\r\n\r\nshort";
	struct rig r;

	(void)state;
	rig_open(&r, NULL);
	ws_open(&r, 1, NULL);
	ws_give(&r, 1, true, S(text), 0);
	assert_int_equal(seen_count(&r.seen, "ws W2 wic>epcscf frame op=1 "
				    "sip=0 partial"), 1);
	assert_string_equal(seen_nth(&r.seen, "sip", 0),
			    "sip W2 wic>epcscf MESSAGE 0 defects=1");
	rig_close(&r);
}

/* ---- splitting ---- */

static void whole_dialogue(struct buf *up, struct buf *down, bool ws)
{
	struct span q[3] = {
		sip_request_text("REGISTER", "a", "b", 1,
				 "Authorization: Bearer tokentokentoken\r\n"),
		sip_request_text("INVITE", "a", "c", 2, ""),
		sip_request_text("REGISTER", "a", "d", 3, ""),
	};
	struct span s[3] = {
		sip_answer_text(401, "REGISTER", "a", "b", 1, ""),
		sip_answer_text(404, "INVITE", "a", "c", 2, ""),
		sip_answer_text(200, "REGISTER", "a", "d", 3,
				"Contact: <sip:a@h.invalid>;expires=9\r\n"),
	};

	buf_init(up, 1 << 16);
	buf_init(down, 1 << 16);
	if (ws) {
		buf_add(up, S(UPGRADE));
		buf_add(down, S(SWITCHED));
	}
	for (unsigned i = 0; i < 3; i++) {
		if (ws) {
			add_frame(up, true, q[i]);
			add_frame(down, false, s[i]);
		} else {
			buf_add(up, S("\r\n\r\n"));
			buf_add(up, q[i]);
			buf_add(down, s[i]);
		}
	}
}

/* Client bytes first, then server bytes, in pieces. */
static void feed_in_pieces(struct seen *out, const struct buf *up,
			   const struct buf *down, bool ws, size_t piece)
{
	struct rig r;

	rig_open(&r, NULL);
	conn_open(&r, 1, ws ? POINT_W2 : POINT_NONE, true, NULL);
	for (size_t at = 0; at < up->n; at += piece)
		give(&r, 1, true, span_sub(buf_span(up), at, piece), 0);
	for (size_t at = 0; at < down->n; at += piece)
		give(&r, 1, false, span_sub(buf_span(down), at, piece), 1);
	decoder_close(r.d, 1, true, (struct decode_at){ .t_us = 2 });
	*out = r.seen;
	memset(&r.seen, 0, sizeof r.seen);
	rig_close(&r);
}

static void any_split_gives_the_same(void **state)
{
	(void)state;
	for (unsigned ws = 0; ws < 2; ws++) {
		struct seen whole, pieces;
		struct buf up, down;

		whole_dialogue(&up, &down, ws);
		feed_in_pieces(&whole, &up, &down, ws, up.n);
		assert_int_equal(seen_count(&whole, "register"), 2);
		assert_int_equal(seen_count(&whole, "request"), 1);
		assert_int_equal(seen_count(&whole, "answer"), 2);
		for (size_t n = 1; n < 300; n += n < 20 ? 1 : 37) {
			feed_in_pieces(&pieces, &up, &down, ws, n);
			if (!seen_same(&whole, &pieces)) {
				seen_print(&whole);
				seen_print(&pieces);
				fail_msg("pieces of %zu", n);
			}
			seen_clear(&pieces);
		}
		seen_clear(&whole);
		buf_free(&up);
		buf_free(&down);
	}
}

static void a_gap_costs_what_is_in_it(void **state)
{
	struct span one = sip_request_text("REGISTER", "a", "b", 1, "");
	struct span two = sip_request_text("REGISTER", "b", "c", 1, "");
	struct rig r;
	struct buf b;

	(void)state;
	rig_open(&r, NULL);
	conn_open(&r, 1, POINT_NONE, true, NULL);
	give(&r, 1, true, span_sub(one, 0, 60), 0);
	decoder_gap(r.d, 1, true, 99, (struct decode_at){ 0 });
	/* The rest of something, and a whole message. */
	buf_init(&b, 10000);
	buf_add(&b, span_from(one, 159));
	buf_add(&b, two);
	give(&r, 1, true, buf_span(&b), 1);
	assert_int_equal(seen_count(&r.seen, "register"), 1);
	assert_non_null(strstr(seen_nth(&r.seen, "register", 0), "call-b"));
	/* On a WebSocket the next frame that begins a segment. */
	ws_open(&r, 2, NULL);
	ws_give(&r, 2, true, one, 2);
	decoder_gap(r.d, 2, true, 1000, (struct decode_at){ 0 });
	give(&r, 2, true, S("rest of a masked frame, who knows"), 3);
	ws_give(&r, 2, true, two, 4);
	assert_int_equal(seen_count(&r.seen, "register W2"), 2);
	buf_free(&b);
	rig_close(&r);
}

static void tls_is_seen_and_left_alone(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "capture: [{at: \"127.0.0.1:2000\", role: epcscf, "
		 "point: W2}]\n");
	conn_open(&r, 1, POINT_NONE, true, NULL);
	give(&r, 1, true, S("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 0);
	give(&r, 1, false, S("\x16\x03\x03\x00\x7a\x02"), 0);
	assert_int_equal(seen_count(&r.seen, "tls W2 wic>epcscf open"), 1);
	assert_int_equal(seen_count(&r.seen, "tls"), 1);
	assert_true(decoder_facts(r.d) & FACT_TLS);
	assert_false(decoder_facts(r.d) & FACT_W2);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(register_on_w2),
		cmocka_unit_test(every_kind_of_authorization),
		cmocka_unit_test(the_same_register_again),
		cmocka_unit_test(two_wics_may_choose_alike),
		cmocka_unit_test(requests_wait_for_their_answer),
		cmocka_unit_test(closed_is_told_once),
		cmocka_unit_test(several_messages_in_one_frame),
		cmocka_unit_test(a_message_without_its_end),
		cmocka_unit_test(any_split_gives_the_same),
		cmocka_unit_test(a_gap_costs_what_is_in_it),
		cmocka_unit_test(tls_is_seen_and_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
