/* HTTP/1.1 of a connection: messages to events, requests to their answers, and
 * the step over to WebSocket. */
#include "source/reader.h"

#include "base/err.h"

static void place_request(struct decoder *d, struct conn *c,
			  const struct http_msg *m, struct place *out)
{
	*out = (struct place){ c->point, c->client, c->server, false };
	if (c->told)
		return;
	if (!d->p->n_capture ||
	    !endpoint_find(d->p, span_str(c->local), span_str(c->remote),
			   m->target, out)) {
		if (c->fixed)
			return;
		*out = endpoint_of_http(m);
	}
	if (out->ignore || (c->point != POINT_NONE && c->fixed))
		return;
	c->point = out->point;
	c->client = out->client;
	c->server = out->server;
}

static void http_ev(struct decoder *d, struct conn *c, struct ev *e,
		    const struct place *pl, bool from_client,
		    const struct http_msg *m, struct span raw,
		    struct decode_at at)
{
	decoder_ev(d, e, EV_HTTP, c, from_client, at);
	e->on = pl->point;
	e->from = from_client ? pl->client : pl->server;
	e->to = from_client ? pl->server : pl->client;
	e->http = m;
	e->bytes = raw;
	e->secure = c->secure;
	if (!m->request)
		e->status = m->status;
}

static void request(struct decoder *d, struct conn *c, const struct http_msg *m,
		    struct span raw, struct decode_at at)
{
	struct place pl;
	struct ev e;

	place_request(d, c, m, &pl);
	http_ev(d, c, &e, &pl, true, m, raw, at);
	if (http_lists(m, S("Upgrade"), S("websocket"))) {
		c->ws_asked = true;
		e.kind = EV_WS;
		e.step = STEP_UPGRADE;
		e.ws_origin = http_get(m, S("Origin"));
		e.ws_protocol = http_get(m, S("Sec-WebSocket-Protocol"));
	} else {
		if (pl.ignore)  /* its answer is passed over as well */
			e.on = POINT_NONE;
		line_push(d, c, m, &e);
	}
	if (pl.ignore)
		return;
	decoder_tell_open(d, c, at);
	decoder_wire(d, c, &e);
}

static void answer(struct decoder *d, struct conn *c, const struct http_msg *m,
		   struct span raw, struct decode_at at)
{
	const struct http_wait *w = line_front(c);
	struct place pl = { c->point, c->client, c->server, c->ignore };
	struct ev e;

	if (w)
		pl = (struct place){ w->point, w->from, w->to,
				     w->point == POINT_NONE };
	http_ev(d, c, &e, &pl, false, m, raw, at);
	if (!w && c->ws_asked) {
		e.kind = EV_WS;
		e.step = STEP_ANSWER;
		e.ws_protocol = http_get(m, S("Sec-WebSocket-Protocol"));
	} else if (m->status < 200) {
		return;         /* 100 Continue: the answer is to come */
	}
	if (!pl.ignore && pl.point != POINT_NONE)
		decoder_wire(d, c, &e);
	if (w)
		line_pop(c);
}

/* After an answer: is the connection a WebSocket now, or HTTP still? */
static void after_answer(struct decoder *d, struct conn *c,
			 const struct http_msg *m, struct decode_at at)
{
	struct reader *client = c->dir[1];
	struct buf waiting;

	if (!c->ws_asked || m->status == 100)
		return;
	c->ws_asked = false;
	if (m->status == 101) {
		reader_as_ws(c, false, &d->ws_scratch);
		reader_as_ws(c, true, &d->ws_scratch);
		client = c->dir[1];
	} else if (client && client->mode == READ_WAIT) {
		client->mode = READ_HTTP;
	}
	if (!client || !client->stash.n)
		return;
	waiting = client->stash;
	buf_init(&client->stash, LIMIT_STREAM_BUFFER);
	reader_feed(d, c, true, buf_span(&waiting), at);
	buf_free(&waiting);
}

static void deliver(struct decoder *d, struct conn *c, bool from_client,
		    struct span raw, struct decode_at at)
{
	const struct http_msg *m = &d->http;
	struct reader *r = c->dir[from_client];
	int status = m->status;

	if (from_client)
		request(d, c, m, raw, at);
	else
		answer(d, c, m, raw, at);
	if (from_client && c->ws_asked && r->mode == READ_HTTP)
		r->mode = READ_WAIT;
	if (!from_client)
		after_answer(d, c, &(struct http_msg){ .status = status }, at);
}

static struct span lost(struct decoder *d, struct conn *c, struct reader *r,
			struct decode_at at)
{
	decoder_trouble(d, "connection %u: HTTP lost in frame %llu: %s", c->id,
			(unsigned long long)at.number,
			http_reader_why(r->http));
	reader_lost(r);
	return SPAN_NONE;
}

struct span reader_http(struct decoder *d, struct conn *c, bool from_client,
			struct span bytes, struct decode_at at)
{
	struct reader *r = c->dir[from_client];
	const struct http_wait *w = from_client ? NULL : line_front(c);
	bool done = false;

	if (!r->http)
		r->http = http_reader_new(from_client);
	if (w && w->head && !r->raw.n)
		http_reader_no_body(r->http);
	long n = http_reader_feed(r->http, bytes, &d->http, &done);

	if (n < 0 || (n == 0 && !done))
		return lost(d, c, r, at);
	struct span took = span_sub(bytes, 0, (size_t)n);

	if (!done || r->raw.n) {
		if (!buf_add(&r->raw, took))
			return lost(d, c, r, at);
		took = buf_span(&r->raw);
	}
	if (done) {
		struct buf raw = r->raw;        /* deliver may let go of it */

		buf_init(&r->raw, raw.cap);
		deliver(d, c, from_client, took, at);
		buf_free(&r->raw);
		r->raw = raw;
		buf_clear(&r->raw);
	}
	return span_from(bytes, (size_t)n);
}

void reader_http_eof(struct decoder *d, struct conn *c, struct decode_at at)
{
	struct reader *r = c->dir[0];

	if (r->http && http_reader_eof(r->http, &d->http))
		deliver(d, c, false, buf_span(&r->raw), at);
}
