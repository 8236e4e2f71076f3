/* WebSocket client and server on every carrier. */
#include "kit.h"

#include "base/limits.h"

struct side {
	struct ws_conn *w;
	struct buf log;         /* "text:hello;" ... */
	size_t bytes;           /* of messages */
	unsigned messages, fragments, defects;
	bool upgraded, up, closed;
	int status;
	char why[256], protocol[64];
};

struct room {
	struct kit *k;
	struct listener *li;
	struct http_server *http;
	struct side client, server;
	const char *protocol, *raw;     /* how the server answers */
	int refuse;
	char request[2048];     /* the upgrade request's header fields */
};

static const char *op_name(enum ws_op op)
{
	switch (op) {
	case WS_TEXT:
		return "text";
	case WS_BINARY:
		return "binary";
	case WS_PING:
		return "ping";
	case WS_PONG:
		return "pong";
	case WS_CONT:
	case WS_CLOSE:
		break;
	}
	return "other";
}

static void message(struct ws_conn *w, const struct ws_item *m, void *arg)
{
	struct side *s = arg;

	assert_ptr_equal(w, s->w);
	assert_false(s->closed);
	s->messages++;
	s->fragments = m->fragments;
	s->defects |= m->defects;
	s->bytes += m->payload.n;
	if (m->payload.n < 1000)
		buf_addf(&s->log, "%s:%.*s;", op_name(m->op), SPAN(m->payload));
}

static void closed(struct ws_conn *w, const char *why, void *arg)
{
	struct side *s = arg;

	assert_ptr_equal(w, s->w);
	assert_false(s->closed);
	s->closed = true;
	snprintf(s->why, sizeof s->why, "%s", why);
	ws_drop(w);                     /* harmless here */
	ws_send(w, WS_TEXT, S("never"));
}

static void upgraded(struct ws_conn *w, const struct http_msg *m, bool up,
		     void *arg)
{
	struct side *s = arg;

	assert_ptr_equal(w, s->w);
	s->upgraded = true;
	s->up = up;
	s->status = m->status;
	span_copy(s->protocol, sizeof s->protocol,
		  http_get(m, S("Sec-WebSocket-Protocol")));
}

static struct ws_calls calls(struct side *s)
{
	return (struct ws_calls){ upgraded, message, closed, s };
}

static void request(struct http_server *h, const struct http_msg *m, void *arg)
{
	struct room *r = arg;
	size_t n = 0;

	assert_true(m->upgrade);
	for (unsigned i = 0; i < m->n_headers; i++)
		n += (size_t)snprintf(r->request + n, sizeof r->request - n,
				      "%.*s=%.*s;", SPAN(m->headers[i].name),
				      SPAN(m->headers[i].value));
	if (r->refuse) {
		struct buf b;

		buf_init(&b, 4096);
		http_put_status(&b, r->refuse);
		http_put_end(&b, S("no"), true);
		http_server_reply(h, buf_span(&b));
		buf_free(&b);
		return;
	}
	if (r->raw)
		r->server.w = ws_server_accept_raw(h, span_str(r->raw),
						   calls(&r->server));
	else
		r->server.w = ws_server_accept(h, m, r->protocol,
					       calls(&r->server));
	r->server.up = true;
	assert_ptr_equal(ws_link(r->server.w), http_server_link(h));
}

static void http_gone(struct http_server *h, void *arg)
{
	(void)h;
	(void)arg;
}

static void accept_http(struct link *l, void *arg)
{
	struct room *r = arg;

	r->http = http_server_new(l, (struct http_server_calls){
		request, http_gone, r });
}

static void room_open(struct room *r, struct kit *k)
{
	*r = (struct room){ .k = k, .protocol = "sip" };
	buf_init(&r->client.log, 1u << 20);
	buf_init(&r->server.log, 1u << 20);
	r->li = kit_listen(k, accept_http, r);
}

static void room_close(struct room *r)
{
	buf_free(&r->client.log);
	buf_free(&r->server.log);
}

static void dial(struct room *r, const struct ws_offer *o)
{
	struct err err = { 0 };

	r->client.w = ws_connect(r->k->f, listener_endpoint(r->li), o,
				 calls(&r->client), &err);
	if (!r->client.w)
		fail_msg("%s", err.text);
	ws_set_tag(r->client.w, "W2 wic1");
	assert_string_equal(link_tag(ws_link(r->client.w)), "W2 wic1");
}

static bool side_up(void *arg)
{
	return ((struct side *)arg)->upgraded;
}

static bool side_closed(void *arg)
{
	return ((struct side *)arg)->closed;
}

static bool both_closed(void *arg)
{
	struct room *r = arg;

	return r->client.closed && r->server.closed;
}

static unsigned want;

static bool side_has(void *arg)
{
	return ((struct side *)arg)->messages >= want;
}

static void await(struct room *r, struct side *s, unsigned messages)
{
	want = messages;
	kit_until(r->k, side_has, s);
}

static void room_up(struct room *r, struct kit *k)
{
	room_open(r, k);
	dial(r, &(struct ws_offer){ .host = "edge.example", .path = "/sip",
				    .protocol = "sip" });
	kit_until(k, side_up, &r->client);
	assert_true(r->client.up && r->server.up);
}

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
		KIT_EACH(upgrade),
		KIT_EACH(nothing_offered),
		KIT_EACH(refused),
		KIT_EACH(accept_key_wrong),
		KIT_EACH(answer_is_no_http),
		KIT_EACH(connection_refused),
		KIT_EACH(fragments_and_pings),
		KIT_EACH(large_messages),
		KIT_EACH(frames_with_the_upgrade),
		KIT_EACH(close_handshakes),
		KIT_EACH(close_unanswered),
		KIT_EACH(dropped_and_aborted),
		KIT_EACH(closed_before_the_upgrade),
		KIT_EACH(defects_are_reported),
		KIT_EACH(framing_lost),
		KIT_EACH(dropped_in_its_own_callback),
	};

	return cmocka_run_group_tests_name("net/ws", tests, NULL, NULL);
}
