/* How WebSockets end: close handshakes, drops, defects, owners that leave. */
#include "ws_room.h"

static void close_from(struct room *r, struct side *who, int code,
		       const char *why)
{
	ws_close(who->w, code);
	ws_close(who->w, code);
	ws_send(who->w, WS_TEXT, S("never"));
	assert_false(who->closed);
	kit_until(r->k, both_closed, r);
	assert_string_equal(r->client.why, why);
	assert_string_equal(r->server.why, why);
	assert_int_equal(r->client.messages + r->server.messages, 0);
}

static void close_handshakes(void **state)
{
	struct room r;

	room_up(&r, *state);
	close_from(&r, &r.client, 1000, "close 1000");
	room_close(&r);
	room_up(&r, *state);
	close_from(&r, &r.server, 1001, "close 1001");
	room_close(&r);
	room_up(&r, *state);
	close_from(&r, &r.client, 0, "close 1005");
	room_close(&r);
	room_up(&r, *state);
	ws_close(r.client.w, 1000);
	close_from(&r, &r.server, 1000, "close 1000");
	room_close(&r);
}

/* A peer that never answers the close frame is dropped after 2 s. */
static void close_unanswered(void **state)
{
	static const char hello[] =
		"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
	struct room r;
	struct end a;

	room_open(&r, *state);
	end_init(&a);
	kit_connect(r.k, &a, listener_endpoint(r.li));
	link_send(a.link, span_str(hello));
	kit_wait_bytes(r.k, &a, 1);
	int64_t t = loop_now_us(r.k->loop);

	ws_close(r.server.w, 1000);
	kit_until(r.k, side_closed, &r.server);
	t = loop_now_us(r.k->loop) - t;
	assert_true(t >= 2000000 && t < 4000000);
	assert_non_null(strstr(r.server.why, "no close frame"));
	kit_until(r.k, end_is_closed, &a);
	buf_free(&a.got);
	room_close(&r);
}

static void dropped_and_aborted(void **state)
{
	struct room r;

	room_up(&r, *state);
	ws_drop(r.client.w);
	kit_until(r.k, side_closed, &r.server);
	assert_string_equal(r.server.why, "closed by peer");
	assert_false(r.client.closed);
	room_close(&r);
	room_up(&r, *state);
	ws_abort(r.server.w);
	kit_until(r.k, side_closed, &r.client);
	assert_string_equal(r.client.why, "connection reset by peer");
	room_close(&r);
}

static void closed_before_the_upgrade(void **state)
{
	struct room r;

	room_open(&r, *state);
	dial(&r, &(struct ws_offer){ .host = "x" });
	ws_close(r.client.w, 1000);
	kit_until(r.k, side_closed, &r.client);
	assert_string_equal(r.client.why, "closed before the upgrade");
	room_close(&r);
}

static void defects_are_reported(void **state)
{
	struct room r;

	room_up(&r, *state);
	ws_send_raw(r.client.w, S("\x81\x02hi"));       /* not masked */
	await(&r, &r.server, 1);
	assert_int_equal(r.server.defects, WS_D_MASK_MISSING);
	assert_false(r.server.closed);
	ws_send(r.client.w, WS_TEXT, S("on"));
	await(&r, &r.server, 2);
	assert_string_equal(buf_str(&r.server.log), "text:hi;text:on;");
	room_close(&r);
}

static void framing_lost(void **state)
{
	struct room r;

	room_up(&r, *state);
	ws_send_raw(r.client.w, S("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff"
				  "abcd and much more"));
	kit_until(r.k, both_closed, &r);
	assert_non_null(strstr(r.server.why, "framing lost"));
	assert_string_equal(r.client.why, "close 1002");
	room_close(&r);
}


static void drop_in_message(struct ws_conn *w, const struct ws_item *m,
			    void *arg)
{
	struct side *s = arg;

	s->messages++;
	ws_send(w, WS_TEXT, S("thanks"));
	ws_drop(w);
	ws_send(w, WS_TEXT, S("never"));
	KIT_ASSERT_SPAN(m->payload, "1");
}

static void drop_in_upgraded(struct ws_conn *w, const struct http_msg *m,
			     bool up, void *arg)
{
	struct side *s = arg;

	assert_true(up);
	s->upgraded = true;
	ws_drop(w);
	assert_int_equal(m->status, 101);
}

static void dropped_in_its_own_callback(void **state)
{
	struct room r;
	struct ws_calls c;

	room_open(&r, *state);
	c = calls(&r.client);
	c.message = drop_in_message;
	r.client.w = ws_connect(r.k->f, listener_endpoint(r.li),
				&(struct ws_offer){ .host = "x" }, c, NULL);
	kit_until(r.k, side_up, &r.client);
	ws_send(r.server.w, WS_TEXT, S("1"));
	ws_send(r.server.w, WS_TEXT, S("2"));
	kit_until(r.k, side_closed, &r.server);
	assert_int_equal(r.client.messages, 1);
	assert_string_equal(buf_str(&r.server.log), "text:thanks;");
	assert_false(r.client.closed);
	r.server.closed = r.client.upgraded = false;
	c.upgraded = drop_in_upgraded;
	r.client.w = ws_connect(r.k->f, listener_endpoint(r.li),
				&(struct ws_offer){ .host = "x" }, c, NULL);
	kit_until(r.k, side_up, &r.client);
	kit_until(r.k, side_closed, &r.server);
	assert_false(r.client.closed);
	room_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_EACH(close_handshakes),
		KIT_ONE(close_unanswered, 0),
		KIT_ONE(close_unanswered, 2),
		KIT_EACH(dropped_and_aborted),
		KIT_EACH(closed_before_the_upgrade),
		KIT_EACH(defects_are_reported),
		KIT_EACH(framing_lost),
		KIT_EACH(dropped_in_its_own_callback),
	};

	return cmocka_run_group_tests_name("net/ws_end", tests, NULL, NULL);
}
