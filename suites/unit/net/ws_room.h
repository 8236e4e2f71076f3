/* For the WebSocket tests: a server that upgrades as told, a client, and what
 * each of them saw. */
#ifndef UNIT_NET_WS_ROOM_H
#define UNIT_NET_WS_ROOM_H

#include "kit.h"

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

static inline const char *op_name(enum ws_op op)
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

static inline void message(struct ws_conn *w, const struct ws_item *m, void *arg)
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

static inline void closed(struct ws_conn *w, const char *why, void *arg)
{
	struct side *s = arg;

	assert_ptr_equal(w, s->w);
	assert_false(s->closed);
	s->closed = true;
	snprintf(s->why, sizeof s->why, "%s", why);
	ws_drop(w);                     /* harmless here */
	ws_send(w, WS_TEXT, S("never"));
}

static inline void upgraded(struct ws_conn *w, const struct http_msg *m, bool up,
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

static inline struct ws_calls calls(struct side *s)
{
	return (struct ws_calls){ upgraded, message, closed, s };
}

static inline void request(struct http_server *h, const struct http_msg *m, void *arg)
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

static inline void http_gone(struct http_server *h, void *arg)
{
	(void)h;
	(void)arg;
}

static inline void accept_http(struct link *l, void *arg)
{
	struct room *r = arg;

	r->http = http_server_new(l, (struct http_server_calls){
		request, http_gone, r });
}

static inline void room_open(struct room *r, struct kit *k)
{
	*r = (struct room){ .k = k, .protocol = "sip" };
	buf_init(&r->client.log, 1u << 20);
	buf_init(&r->server.log, 1u << 20);
	r->li = kit_listen(k, accept_http, r);
}

static inline void room_close(struct room *r)
{
	buf_free(&r->client.log);
	buf_free(&r->server.log);
}

static inline void dial(struct room *r, const struct ws_offer *o)
{
	struct err err = { 0 };

	r->client.w = ws_connect(r->k->f, listener_endpoint(r->li), o,
				 calls(&r->client), &err);
	if (!r->client.w)
		fail_msg("%s", err.text);
	ws_set_tag(r->client.w, "W2 wic1");
	assert_string_equal(link_tag(ws_link(r->client.w)), "W2 wic1");
}

static inline bool side_up(void *arg)
{
	return ((struct side *)arg)->upgraded;
}

static inline bool side_closed(void *arg)
{
	return ((struct side *)arg)->closed;
}

static inline bool both_closed(void *arg)
{
	struct room *r = arg;

	return r->client.closed && r->server.closed;
}

static unsigned want;

static inline bool side_has(void *arg)
{
	return ((struct side *)arg)->messages >= want;
}

static inline void await(struct room *r, struct side *s, unsigned messages)
{
	want = messages;
	kit_until(r->k, side_has, s);
}

static inline void room_up(struct room *r, struct kit *k)
{
	room_open(r, k);
	dial(r, &(struct ws_offer){ .host = "edge.example", .path = "/sip",
				    .protocol = "sip" });
	kit_until(k, side_up, &r->client);
	assert_true(r->client.up && r->server.up);
}

#endif
