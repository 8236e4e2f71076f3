#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "net/conn_impl.h"

#define CLOSE_US (2ll * 1000 * 1000)    /* how long a close handshake may take */
#define HEAD_ROOM 16u                   /* head of a frame */

struct ws_conn {
	struct guest guest;
	struct link *link;
	struct loop *loop;
	struct ws_calls calls;
	bool client, up, over;
	bool closing;                   /* our close frame is out */
	bool closed;                    /* the peer's came */
	int code;
	char key[25];
	struct http_reader *http;       /* a client's, for the answer */
	struct ws_reader reader;
	struct buf rest;                /* came, but is not read yet */
	uint64_t timer;
	char why[200];
};

/* ---- the end ---- */

static void dispose(void *arg)
{
	struct ws_conn *w = arg;

	http_reader_free(w->http);
	ws_reader_free(&w->reader);
	buf_free(&w->rest);
	free(w);
}

static void leave(struct ws_conn *w)
{
	w->over = true;
	loop_cancel(w->loop, w->timer);
	loop_forget(w->loop, w);
	loop_dispose(w->loop, dispose, w);
}

static void kill(struct guest *g)
{
	leave((struct ws_conn *)g);
}

static void finish(struct ws_conn *w, bool tell)
{
	if (w->over)
		return;
	link_close(w->link);
	guest_remove(link_fabric(w->link), &w->guest);
	leave(w);
	if (tell && w->calls.closed)
		w->calls.closed(w, w->why, w->calls.arg);
}

static void finish_later(void *arg)
{
	finish(arg, true);
}

static void too_late(void *arg)
{
	struct ws_conn *w = arg;

	if (w->closed)
		snprintf(w->why, sizeof w->why, "close %d", w->code);
	else
		snprintf(w->why, sizeof w->why,
			 "no close frame came back within 2 s");
	finish(w, true);
}

/* ---- sending ---- */

static bool usable(const struct ws_conn *w)
{
	return !w->over && w->up && !w->closing;
}

static void send_frame(struct ws_conn *w, enum ws_op op, bool fin,
		       struct span payload)
{
	struct ws_frame f = { .fin = fin, .op = (unsigned char)op,
			      .masked = w->client };
	uint64_t random = w->client ? loop_random(w->loop) : 0;
	struct buf b;

	memcpy(f.mask, &random, sizeof f.mask);
	buf_init(&b, payload.n + HEAD_ROOM);
	if (ws_put(&b, &f, payload))
		link_send(w->link, buf_span(&b));
	buf_free(&b);
}

void ws_send(struct ws_conn *w, enum ws_op op, struct span payload)
{
	if (usable(w))
		send_frame(w, op, true, payload);
}

void ws_send_fragments(struct ws_conn *w, enum ws_op op, struct span payload,
		       unsigned n)
{
	size_t each = n ? payload.n / n : payload.n;

	for (unsigned i = 0; usable(w) && (i < n || i == 0); i++) {
		bool last = i + 1 >= n;
		struct span part = last ? span_from(payload, i * each) :
					  span_sub(payload, i * each, each);

		send_frame(w, i ? WS_CONT : op, last, part);
	}
}

void ws_send_raw(struct ws_conn *w, struct span bytes)
{
	if (!w->over)
		link_send(w->link, bytes);
}

static void send_close(struct ws_conn *w, int code)
{
	char payload[2] = { (char)(code >> 8), (char)(code & 0xff) };

	send_frame(w, WS_CLOSE, true,
		   (struct span){ payload, code ? 2u : 0u });
	w->closing = true;
	loop_cancel(w->loop, w->timer);
	w->timer = loop_after(w->loop, CLOSE_US, too_late, w);
}

void ws_close(struct ws_conn *w, int code)
{
	if (w->over || w->closing)
		return;
	if (w->up) {
		send_close(w, code);
		return;
	}
	w->closing = true;
	snprintf(w->why, sizeof w->why, "closed before the upgrade");
	loop_soon(w->loop, finish_later, w);
}

void ws_drop(struct ws_conn *w)
{
	finish(w, false);
}

void ws_abort(struct ws_conn *w)
{
	if (!w->over)
		link_abort(w->link);
	finish(w, false);
}

/* ---- receiving frames ---- */

/* RFC 6455 5.5.1 and 7.1.1: a close frame is answered, and the server closes
 * the TCP connection first. */
static void on_close_frame(struct ws_conn *w, const struct ws_item *m)
{
	int answer = m->defects & WS_D_CLOSE_BODY ? 1002 :
		     m->close_code == 1005 ? 0 : m->close_code;

	w->closed = true;
	w->code = m->close_code;
	if (!w->closing)
		send_close(w, answer);
	snprintf(w->why, sizeof w->why, "close %d", w->code);
	if (!w->client)
		finish(w, true);
}

static void on_item(struct ws_conn *w, const struct ws_item *m)
{
	if (m->op == WS_CLOSE) {
		on_close_frame(w, m);
		return;
	}
	if (m->op == WS_PING)
		ws_send(w, WS_PONG, m->payload);
	if (!w->over && w->calls.message)
		w->calls.message(w, m, w->calls.arg);
}

static void on_lost(struct ws_conn *w)
{
	snprintf(w->why, sizeof w->why, "framing lost: %s",
		 w->reader.why ? w->reader.why : "no reason");
	if (!w->closing)
		send_close(w, 1002);
	finish(w, true);
}

static void read_frames(struct ws_conn *w, struct span bytes)
{
	struct ws_item m;

	if (w->closed)
		return;         /* nothing counts after a close frame */
	ws_reader_feed(&w->reader, bytes);
	while (!w->over && !w->closed && ws_reader_next(&w->reader, &m))
		on_item(w, &m);
	if (!w->over && w->reader.lost)
		on_lost(w);
}

/* ---- the client's upgrade ---- */

static bool accepted(const struct ws_conn *w, const struct http_msg *m)
{
	char want[29];

	ws_accept_key(span_str(w->key), want);
	return m->status == 101 &&
	       http_lists(m, S("Upgrade"), S("websocket")) &&
	       http_lists(m, S("Connection"), S("Upgrade")) &&
	       span_eq(http_get(m, S("Sec-WebSocket-Accept")), span_str(want));
}

static void on_answer(struct ws_conn *w, const struct http_msg *m)
{
	w->up = accepted(w, m) && !w->closing;
	if (!w->up)
		snprintf(w->why, sizeof w->why, m->status == 101 ?
			 "upgrade answer %d is not valid" :
			 "upgrade answered with %d", m->status);
	if (w->calls.upgraded)
		w->calls.upgraded(w, m, w->up, w->calls.arg);
	if (!w->up)
		finish(w, true);
}

/* Reads the answer; true when what is left in rest are frames. */
static bool read_answer(struct ws_conn *w)
{
	struct http_msg m;
	bool done;

	while (!w->over && !w->up && w->rest.n) {
		long n = http_reader_feed(w->http, buf_span(&w->rest), &m,
					  &done);

		if (n < 0) {
			snprintf(w->why, sizeof w->why,
				 "upgrade answered with no HTTP: %.150s",
				 http_reader_why(w->http));
			finish(w, true);
			return false;
		}
		buf_drop(&w->rest, (size_t)n);
		if (done && (m.status >= 200 || m.status == 101))
			on_answer(w, &m);
	}
	return w->up && !w->over;
}

/* ---- the link ---- */

static void read_rest(void *arg)
{
	struct ws_conn *w = arg;

	if (!w->up && !read_answer(w))
		return;
	struct buf b = w->rest;

	/* The reader may point into it until it has given everything. */
	buf_init(&w->rest, LIMIT_STREAM_BUFFER);
	read_frames(w, buf_span(&b));
	buf_free(&b);
}

static void on_bytes(struct link *l, struct span bytes, void *arg)
{
	struct ws_conn *w = arg;

	(void)l;
	if (w->up && !w->rest.n) {
		read_frames(w, bytes);
	} else if (buf_add(&w->rest, bytes)) {
		read_rest(w);
	} else {
		snprintf(w->why, sizeof w->why, "flooded");
		finish(w, true);
	}
}

static void on_closed(struct link *l, const char *why, void *arg)
{
	struct ws_conn *w = arg;
	struct http_msg m;

	(void)l;
	if (!w->closed)
		snprintf(w->why, sizeof w->why, "%s", why);
	/* An answer without a length ends here. */
	if (!w->up && w->http && http_reader_eof(w->http, &m))
		on_answer(w, &m);
	finish(w, true);
}

static struct ws_conn *ws_new(struct loop *loop, bool client,
			      struct ws_calls calls)
{
	struct ws_conn *w = must_alloc(sizeof *w);

	w->loop = loop;
	w->client = client;
	w->calls = calls;
	ws_reader_init(&w->reader, !client);
	buf_init(&w->rest, LIMIT_STREAM_BUFFER);
	return w;
}

static void ws_adopt(struct ws_conn *w, struct link *l)
{
	w->link = l;
	guest_add(link_fabric(l), &w->guest, kill);
	link_set_calls(l, (struct link_calls){ .bytes = on_bytes,
					       .closed = on_closed,
					       .arg = w });
}

/* ---- client ---- */

static void make_key(struct ws_conn *w)
{
	uint64_t random[2] = { loop_random(w->loop), loop_random(w->loop) };

	EVP_EncodeBlock((unsigned char *)w->key, (unsigned char *)random, 16);
}

static void put_upgrade(struct buf *b, const struct ws_conn *w,
			const struct ws_offer *o)
{
	struct span extra = span_str(o->extra);

	http_put_request(b, S("GET"), span_str(o->path ? o->path : "/"));
	if (o->host)
		http_put(b, "Host: %s", o->host);
	http_put(b, "Upgrade: websocket");
	http_put(b, "Connection: Upgrade");
	http_put(b, "Sec-WebSocket-Key: %s", w->key);
	http_put(b, "Sec-WebSocket-Version: 13");
	if (o->origin)
		http_put(b, "Origin: %s", o->origin);
	if (o->protocol)
		http_put(b, "Sec-WebSocket-Protocol: %s", o->protocol);
	if (extra.n) {
		buf_add(b, extra);
		if (!span_ends(extra, S("\n")))
			buf_add(b, S("\r\n"));
	}
	http_put_end(b, SPAN_NONE, false);
}

struct ws_conn *ws_connect(struct fabric *f, const char *endpoint,
			   const struct ws_offer *o, struct ws_calls calls,
			   struct err *err)
{
	struct link *l = fabric_connect(f, endpoint, NULL,
					(struct link_calls){ 0 }, err);
	struct buf b;

	if (!l)
		return NULL;
	struct ws_conn *w = ws_new(f->loop, true, calls);

	ws_adopt(w, l);
	w->http = http_reader_new(false);
	make_key(w);
	buf_init(&b, 2 * LIMIT_HTTP_HEAD);
	put_upgrade(&b, w, o);
	link_send(l, buf_span(&b));
	buf_free(&b);
	return w;
}

/* ---- server ---- */

struct ws_conn *ws_server_accept_raw(struct http_server *s, struct span answer,
				     struct ws_calls calls)
{
	struct ws_conn *w = ws_new(link_loop(http_server_link(s)), false,
				   calls);
	struct buf rest;
	struct link *l = http_server_take(s, &rest);

	if (!l) {
		dispose(w);
		return NULL;
	}
	buf_free(&w->rest);
	w->rest = rest;
	w->up = true;
	ws_adopt(w, l);
	link_send(l, answer);
	/* Frames that came with the request: once the owner has w. */
	loop_soon(w->loop, read_rest, w);
	return w;
}

struct ws_conn *ws_server_accept(struct http_server *s,
				 const struct http_msg *m,
				 const char *protocol, struct ws_calls calls)
{
	char accept[29];
	struct buf b;

	ws_accept_key(http_get(m, S("Sec-WebSocket-Key")), accept);
	buf_init(&b, LIMIT_HTTP_HEAD);
	http_put_status(&b, 101);
	http_put(&b, "Upgrade: websocket");
	http_put(&b, "Connection: Upgrade");
	http_put(&b, "Sec-WebSocket-Accept: %s", accept);
	if (protocol)
		http_put(&b, "Sec-WebSocket-Protocol: %s", protocol);
	http_put_end(&b, SPAN_NONE, false);
	struct ws_conn *w = ws_server_accept_raw(s, buf_span(&b), calls);

	buf_free(&b);
	return w;
}

void ws_set_tag(struct ws_conn *w, const char *tag)
{
	link_set_tag(w->link, tag);
}

struct link *ws_link(struct ws_conn *w)
{
	return w->link;
}
