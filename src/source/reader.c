/* A reader for each direction of a stream: finds out what is spoken, frames
 * it, and makes wire events of it. HTTP has its own file (reader_http.c). */
#include "source/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "source/sniff.h"

/* A direction that made no sense for so long is left alone. */
#define SENSELESS_MAX (1024u * 1024)
/* Over LIMIT_STREAMS_TOTAL a stream that holds no more than this goes on. */
#define HELD_SMALL 2048u

static void feed(struct decoder *d, struct conn *c, bool from_client,
		 struct span bytes, struct decode_at at);

struct reader *reader_get(struct conn *c, bool from_client)
{
	struct reader *r = c->dir[from_client];

	if (!r) {
		r = c->dir[from_client] = must_alloc(sizeof *r);
		buf_init(&r->stash, LIMIT_STREAM_BUFFER);
		buf_init(&r->raw, LIMIT_HTTP_HEAD + 2 * LIMIT_HTTP_BODY);
	}
	return r;
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	buf_free(&r->stash);
	buf_free(&r->raw);
	if (r->http)
		http_reader_free(r->http);
	if (r->ws_ready)
		ws_reader_free(&r->ws);
	free(r);
}

void reader_as_ws(struct conn *c, bool from_client, struct buf *scratch)
{
	struct reader *r = reader_get(c, from_client);

	c->ws = true;
	if (r->http)    /* no more HTTP here: an open WebSocket is to be small */
		http_reader_free(r->http);
	r->http = NULL;
	buf_free(&r->raw);
	if (r->ws_ready)
		ws_reader_free(&r->ws);
	ws_reader_init(&r->ws, from_client);
	r->ws.scratch = scratch;
	r->ws_ready = true;
	r->mode = READ_WS;
}

void reader_lost(struct reader *r)
{
	buf_clear(&r->stash);
	buf_clear(&r->raw);
	if (r->http)
		http_reader_free(r->http);
	r->http = NULL;
	r->mode = READ_SNIFF;
}

/* Names what a direction lost, the first time: a peer that goes on like that
 * must not push the troubles of others out of the list. */
static bool first_loss(struct reader *r)
{
	bool first = !r->told;

	r->told = true;
	return first;
}

/* ---- memory ---- */

static size_t memory_of(const struct reader *r)
{
	/* An HTTP reader keeps the body that raw has as well. */
	return r->stash.room + 2 * r->raw.room +
	       (r->ws_ready ? r->ws.in.room + r->ws.message.room : 0);
}

void reader_uncount(struct decoder *d, struct reader *r)
{
	if (!r)
		return;
	d->held -= r->held;
	r->held = 0;
}

/* Many streams that each hold back a little less than a message may hold: the
 * one in hand is left alone when all of them hold too much. */
static void count(struct decoder *d, struct conn *c, bool from_client,
		  struct decode_at at)
{
	struct reader *r = c->dir[from_client];

	if (!r)
		return;
	reader_uncount(d, r);
	r->held = memory_of(r);
	d->held += r->held;
	if (d->held <= LIMIT_STREAMS_TOTAL || r->held <= HELD_SMALL)
		return;
	if (d->gone_streams++ == 0)
		decoder_limit(d, "over %u bytes of unfinished messages on all "
			      "connections: connection %u and others are left "
			      "alone from frame %llu on",
			      LIMIT_STREAMS_TOTAL, c->id,
			      (unsigned long long)at.number);
	reader_lost(r);
	buf_free(&r->stash);
	buf_free(&r->raw);
	if (r->ws_ready)
		ws_reader_free(&r->ws);
	r->ws_ready = false;
	r->mode = READ_DEAD;
	reader_uncount(d, r);
}

/* ---- WebSocket ---- */

/* One SIP message a WebSocket message is the rule (RFC 7118 5); what comes
 * otherwise is counted, and delivered as far as it can be read. */
struct sip_parts { unsigned n; struct span at[8]; bool partial, odd; };

static struct span past_newlines(struct span s)
{
	while (s.n && (s.p[0] == '\r' || s.p[0] == '\n'))
		s = span_from(s, 1);
	return s;
}

static struct sip_parts split_sip(struct span text)
{
	struct sip_parts out = { 0 };

	text = past_newlines(text);
	while (text.n && out.n < 8 && sniff_sip(text)) {
		size_t skip = 0;
		long n = sip_frame(text, &skip);
		struct span rest = n > 0 ? past_newlines(
			span_from(text, skip + (size_t)n)) : SPAN_NONE;
		bool another = rest.n && sniff_sip(rest);

		out.partial = n == 0;
		/* Bytes that are no message of their own belong to this one:
		 * its reader names them as a defect. */
		if (n == 0 && span_find(text, S("\r\n\r\n")) < 0)
			return out;
		out.at[out.n++] = another ? span_sub(text, 0, skip + (size_t)n)
					  : text;
		text = another ? rest : SPAN_NONE;
	}
	out.odd = text.n > 0;
	return out;
}

static void tell_close(struct decoder *d, struct conn *c, bool from_client,
		       int code, struct decode_at at)
{
	struct ev e;

	if (c->ws_closed)
		return;
	c->ws_closed = true;
	decoder_ev(d, &e, EV_WS, c, from_client, at);
	e.step = STEP_CLOSE;
	e.status = code;
	decoder_wire(d, c, &e);
}

static void deliver_ws(struct decoder *d, struct conn *c, bool from_client,
		       const struct ws_item *item, struct decode_at at)
{
	bool text = item->op == WS_TEXT || item->op == WS_BINARY;
	struct sip_parts parts = { 0 };
	struct ev e;

	if ((item->defects & WS_D_TOO_LONG) && first_loss(c->dir[from_client]))
		decoder_trouble(d, "connection %u: a WebSocket message over %u "
				"bytes in frame %llu", c->id, LIMIT_WS_MESSAGE,
				(unsigned long long)at.number);
	if (text)
		parts = split_sip(item->payload);
	decoder_ev(d, &e, EV_WS, c, from_client, at);
	e.step = STEP_FRAME;
	e.ws_op = item->op;
	e.ws_defects = item->defects;
	e.ws_fragments = item->fragments;
	/* A message whose end is missing is told, but does not count. */
	e.ws_sip_count = parts.n - (parts.n && parts.partial);
	e.ws_sip_partial = parts.partial ||
			   (text && parts.odd && c->partial[from_client]);
	if (item->op == WS_CLOSE)
		e.status = item->close_code;
	/* The bytes of a SIP message stand with its own event. */
	if (parts.n == 0)
		e.bytes = item->payload;
	if (text)
		c->partial[from_client] = parts.partial;
	decoder_wire(d, c, &e);
	for (unsigned i = 0; i < parts.n; i++)
		decoder_sip(d, c, from_client, parts.at[i], at);
	if (item->op == WS_CLOSE)
		tell_close(d, c, from_client, item->close_code, at);
}

static void feed_ws(struct decoder *d, struct conn *c, bool from_client,
		    struct span bytes, struct decode_at at)
{
	struct reader *r = c->dir[from_client];
	struct ws_item item;

	ws_reader_feed(&r->ws, bytes);
	while (ws_reader_next(&r->ws, &item))
		deliver_ws(d, c, from_client, &item, at);
	if (!r->ws.lost || r->mode != READ_WS)
		return;
	if (!c->ws_closed && first_loss(r))
		decoder_trouble(d, "connection %u: WebSocket framing lost in "
				"frame %llu: %s", c->id,
				(unsigned long long)at.number,
				r->ws.why ? r->ws.why : "no reason");
	r->mode = READ_DEAD;
}

/* ---- SIP stream ---- */

/* Framing is lost in s: drops it up to the next start line. */
static struct span resync_sip(struct decoder *d, struct conn *c,
			      struct reader *r, struct span s, long why,
			      struct decode_at at)
{
	long next = sniff_next_sip(s, 1);

	if (first_loss(r))
		decoder_trouble(d, "connection %u: SIP framing lost in frame "
				"%llu: %s (limit %u bytes)", c->id,
				(unsigned long long)at.number,
				sip_lost_name(why), LIMIT_SIP_BYTES);
	return next < 0 ? SPAN_NONE : span_from(s, (size_t)next);
}

/* Delivers what is whole; returns what is left. */
static struct span take_sip(struct decoder *d, struct conn *c, bool from_client,
			    struct span s, struct decode_at at)
{
	while (s.n) {
		size_t skip = 0;
		long n = sip_frame(s, &skip);

		s = span_from(s, skip);
		if (n == 0)
			return s;
		if (n < 0) {
			s = resync_sip(d, c, c->dir[from_client], s, n, at);
			continue;
		}
		decoder_sip(d, c, from_client, span_sub(s, 0, (size_t)n), at);
		s = span_from(s, (size_t)n);
	}
	return s;
}

static void feed_sip(struct decoder *d, struct conn *c, bool from_client,
		     struct span bytes, struct decode_at at)
{
	struct reader *r = c->dir[from_client];
	struct span left;

	if (!r->stash.n) {
		left = take_sip(d, c, from_client, bytes, at);
		if (buf_add(&r->stash, left))
			return;
	} else if (buf_add(&r->stash, bytes)) {
		left = take_sip(d, c, from_client, buf_span(&r->stash), at);
		buf_drop(&r->stash, r->stash.n - left.n);
		return;
	}
	if (first_loss(r))
		decoder_trouble(d, "connection %u: a SIP message over %u "
				"bytes, up to frame %llu", c->id,
				LIMIT_STREAM_BUFFER,
				(unsigned long long)at.number);
	reader_lost(r);
}

/* ---- what is spoken? ---- */

static void tell_tls(struct decoder *d, struct conn *c, bool from_client,
		     struct decode_at at)
{
	struct ev e;

	c->opaque = true;
	if (c->secure)
		return;         /* TLS inside TLS */
	c->secure = true;
	if (c->point != POINT_NONE && !c->told_open) {
		decoder_tell_open(d, c, at);
		return;
	}
	decoder_ev(d, &e, EV_TLS, c, from_client, at);
	e.step = STEP_OPEN;
	e.secure = true;
	decoder_wire(d, c, &e);
}

/* True when the direction has its reader now; *s is what it gets. */
static bool find_mode(struct decoder *d, struct conn *c, bool from_client,
		      struct span *s, struct decode_at at)
{
	struct reader *r = c->dir[from_client];
	size_t skip = 0;
	enum sniffed what = sniff(*s, from_client, c->ws, &skip);

	*s = span_from(*s, skip);
	switch (what) {
	case SNIFF_HTTP:
		r->mode = READ_HTTP;
		return true;
	case SNIFF_SIP:
		r->mode = READ_SIP;
		return true;
	case SNIFF_WS:
		reader_as_ws(c, from_client, &d->ws_scratch);
		return true;
	case SNIFF_TLS:
		tell_tls(d, c, from_client, at);
		return false;
	case SNIFF_MORE:
		return false;
	case SNIFF_NOTHING:
		break;
	}
	r->senseless += s->n;
	*s = SPAN_NONE;
	if (r->senseless > SENSELESS_MAX)
		r->mode = READ_DEAD;
	return false;
}

/* Takes bytes while nothing is known; returns those that the reader found is
 * to be fed with, from the stash or from bytes. */
static void feed_sniff(struct decoder *d, struct conn *c, bool from_client,
		       struct span bytes, struct decode_at at)
{
	struct reader *r = c->dir[from_client];
	struct buf old = r->stash;
	struct span s = bytes;

	if (old.n) {
		if (!buf_add(&r->stash, bytes)) {
			reader_lost(r);
			return;
		}
		old = r->stash;
		s = buf_span(&old);
	}
	bool found = find_mode(d, c, from_client, &s, at);

	if (!found && !old.n) {
		buf_add(&r->stash, s);
		return;
	}
	if (!found) {
		buf_drop(&r->stash, r->stash.n - s.n);
		return;
	}
	if (old.n)      /* the reader gets its own stash */
		buf_init(&r->stash, LIMIT_STREAM_BUFFER);
	feed(d, c, from_client, s, at);
	if (old.n)
		buf_free(&old);
}

static void feed(struct decoder *d, struct conn *c, bool from_client,
		 struct span bytes, struct decode_at at)
{
	while (bytes.n && !c->opaque && !c->ignore && !d->stopped) {
		struct reader *r = reader_get(c, from_client);

		switch (r->mode) {
		case READ_SNIFF:
			feed_sniff(d, c, from_client, bytes, at);
			return;
		case READ_HTTP:
			bytes = reader_http(d, c, from_client, bytes, at);
			break;
		case READ_WAIT:
			if (!buf_add(&r->stash, bytes))
				r->mode = READ_DEAD;
			return;
		case READ_WS:
			feed_ws(d, c, from_client, bytes, at);
			return;
		case READ_SIP:
			feed_sip(d, c, from_client, bytes, at);
			return;
		case READ_DEAD:
			return;
		}
	}
}

void reader_feed(struct decoder *d, struct conn *c, bool from_client,
		 struct span bytes, struct decode_at at)
{
	feed(d, c, from_client, bytes, at);
	count(d, c, from_client, at);
}

void reader_gap(struct decoder *d, struct conn *c, bool from_client,
		uint64_t missing, struct decode_at at)
{
	struct reader *r = c->dir[from_client];

	(void)missing;  /* told by whoever found it */
	(void)at;
	if (!r || r->mode == READ_DEAD)
		return;
	reader_lost(r);
	if (r->ws_ready)
		ws_reader_free(&r->ws);
	r->ws_ready = false;
	c->partial[from_client] = false;
	if (!line_front(c))
		return;
	while (line_front(c))
		line_pop(c);
	c->told_id = CONN_AFTER_GAP + ++d->renumbered;
	c->requests = 0;
	c->told_closed = false;
	label_set(&c->label, S(""), false);
}

void reader_close(struct decoder *d, struct conn *c, bool from_client,
		  struct decode_at at)
{
	struct reader *r = c->dir[0];

	(void)from_client;
	/* An HTTP answer may be as long as the connection lasts. */
	if (r && r->mode == READ_HTTP)
		reader_http_eof(d, c, at);
}
