/* WebSocket client and server on every carrier: upgrade and messages. */
#include "ws_room.h"

#include "base/limits.h"

static void upgrade(void **state)
{
	struct room r;

	room_open(&r, *state);
	dial(&r, &(struct ws_offer){ .host = "edge.example", .path = "/sip",
				     .origin = "https://wwsf.example",
				     .protocol = "sip",
				     .extra = "X-One: 1\r\nX-Two: 2\r\n" });
	ws_send(r.client.w, WS_TEXT, S("too early"));
	kit_until(r.k, side_up, &r.client);
	assert_true(r.client.up);
	assert_int_equal(r.client.status, 101);
	assert_string_equal(r.client.protocol, "sip");
	assert_non_null(strstr(r.request, "Host=edge.example;"));
	assert_non_null(strstr(r.request, "Origin=https://wwsf.example;"));
	assert_non_null(strstr(r.request, "Sec-WebSocket-Protocol=sip;"));
	assert_non_null(strstr(r.request, "Sec-WebSocket-Version=13;"));
	assert_non_null(strstr(r.request, "X-One=1;X-Two=2;"));
	ws_send(r.client.w, WS_TEXT, S("hello"));
	ws_send(r.server.w, WS_BINARY, S("there"));
	await(&r, &r.server, 1);
	await(&r, &r.client, 1);
	assert_string_equal(buf_str(&r.server.log), "text:hello;");
	assert_string_equal(buf_str(&r.client.log), "binary:there;");
	assert_int_equal(r.server.defects | r.client.defects, 0);
	room_close(&r);
}

static void nothing_offered(void **state)
{
	struct room r;

	room_open(&r, *state);
	r.protocol = NULL;
	dial(&r, &(struct ws_offer){ .extra = "X-Bare: 1" });
	kit_until(r.k, side_up, &r.client);
	assert_true(r.client.up);
	assert_string_equal(r.client.protocol, "");
	assert_null(strstr(r.request, "Sec-WebSocket-Protocol"));
	assert_null(strstr(r.request, "Origin"));
	assert_null(strstr(r.request, "Host"));
	assert_non_null(strstr(r.request, "X-Bare=1;"));
	room_close(&r);
}

static void refused(void **state)
{
	struct room r;

	room_open(&r, *state);
	r.refuse = 403;
	dial(&r, &(struct ws_offer){ .host = "x" });
	kit_until(r.k, side_closed, &r.client);
	assert_true(r.client.upgraded);
	assert_false(r.client.up);
	assert_int_equal(r.client.status, 403);
	assert_string_equal(r.client.why, "upgrade answered with 403");
	room_close(&r);
}

static void accept_key_wrong(void **state)
{
	static const char *const bad[] = {
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\n"
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\n\r\n",
	};
	struct room r;

	for (unsigned i = 0; i < 2; i++) {
		room_open(&r, *state);
		r.raw = bad[i];
		dial(&r, &(struct ws_offer){ .host = "x" });
		kit_until(r.k, side_closed, &r.client);
		assert_int_equal(r.client.status, 101);
		assert_false(r.client.up);
		kit_until(r.k, side_closed, &r.server);
		room_close(&r);
		listener_close(r.li);
	}
}

static void answer_is_no_http(void **state)
{
	struct room r;

	room_open(&r, *state);
	r.raw = "SIP/2.0 200 OK\r\n\r\n";
	dial(&r, &(struct ws_offer){ .host = "x" });
	kit_until(r.k, side_closed, &r.client);
	assert_false(r.client.upgraded);
	assert_non_null(strstr(r.client.why, "no HTTP"));
	room_close(&r);
}

static void connection_refused(void **state)
{
	struct room r;
	char at[128];

	room_open(&r, *state);
	snprintf(at, sizeof at, "%s", listener_endpoint(r.li));
	listener_close(r.li);
	r.client.w = ws_connect(r.k->f, at, &(struct ws_offer){ 0 },
				calls(&r.client), NULL);
	kit_until(r.k, side_closed, &r.client);
	assert_string_equal(r.client.why, "connection refused");
	assert_false(r.client.upgraded);
	room_close(&r);
}

static void fragments_and_pings(void **state)
{
	struct room r;

	room_up(&r, *state);
	ws_send_fragments(r.client.w, WS_TEXT, S("abcdefghij"), 4);
	await(&r, &r.server, 1);
	assert_string_equal(buf_str(&r.server.log), "text:abcdefghij;");
	assert_int_equal(r.server.fragments, 4);
	ws_send_fragments(r.server.w, WS_BINARY, S("ab"), 5);
	ws_send_fragments(r.server.w, WS_TEXT, SPAN_NONE, 0);
	await(&r, &r.client, 2);
	assert_string_equal(buf_str(&r.client.log), "binary:ab;text:;");
	ws_send(r.client.w, WS_PING, S("p1"));
	await(&r, &r.client, 3);
	assert_string_equal(buf_str(&r.server.log),
			    "text:abcdefghij;ping:p1;");
	ws_send(r.server.w, WS_PING, S("p2"));
	await(&r, &r.server, 3);
	assert_string_equal(buf_str(&r.client.log),
			    "binary:ab;text:;pong:p1;ping:p2;");
	assert_string_equal(buf_str(&r.server.log),
			    "text:abcdefghij;ping:p1;pong:p2;");
	assert_int_equal(r.server.defects | r.client.defects, 0);
	room_close(&r);
}

static void large_messages(void **state)
{
	struct room r;
	size_t n = LIMIT_WS_MESSAGE;
	char *p = malloc(n);

	memset(p, 'x', n);
	room_up(&r, *state);
	for (unsigned i = 0; i < 20; i++) {
		ws_send(r.client.w, WS_TEXT, (struct span){ p, n });
		ws_send_fragments(r.server.w, WS_TEXT, (struct span){ p, n }, 7);
	}
	await(&r, &r.server, 20);
	await(&r, &r.client, 20);
	assert_int_equal(r.server.bytes, 20 * n);
	assert_int_equal(r.client.bytes, 20 * n);
	free(p);
	room_close(&r);
}

/* Frames behind the upgrade, in the same bytes, and byte by byte. */
static void frames_with_the_upgrade(void **state)
{
	static const char hello[] =
		"GET /sip HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
		"\x81\x82\0\0\0\0hi\x89\x80\0\0\0\0\x81\x83\0\0\0\0you";
	struct span all = { hello, sizeof hello - 1 };
	struct end a;

	for (int bytewise = 0; bytewise < 2; bytewise++) {
		struct room r;

		room_open(&r, *state);
		end_init(&a);
		kit_connect(r.k, &a, listener_endpoint(r.li));
		kit_until(r.k, end_is_open, &a);
		for (size_t i = 0; bytewise && i < all.n; i++) {
			link_send(a.link, span_sub(all, i, 1));
			loop_pass(r.k->loop, 1);
		}
		if (!bytewise)
			link_send(a.link, all);
		await(&r, &r.server, 3);
		assert_string_equal(buf_str(&r.server.log),
				    "text:hi;ping:;text:you;");
		kit_wait_bytes(r.k, &a, 100);
		assert_true(span_find(buf_span(&a.got),
				      S("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) > 0);
		listener_close(r.li);
		ws_drop(r.server.w);
		kit_until(r.k, end_is_closed, &a);
		buf_free(&a.got);
		room_close(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_EACH(upgrade),
		KIT_EACH(nothing_offered),
		KIT_EACH(refused),
		KIT_EACH(accept_key_wrong),
		KIT_EACH(answer_is_no_http),
		KIT_EACH(connection_refused),
		KIT_EACH(fragments_and_pings),
		KIT_EACH(large_messages),
		KIT_EACH(frames_with_the_upgrade),
	};

	return cmocka_run_group_tests_name("net/ws", tests, NULL, NULL);
}
