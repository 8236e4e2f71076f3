/* The decoder's door: connections, and the one way every event takes. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "source/decoder.h"
#include "source/sniff.h"

struct decoder *decoder_new(const struct profile *p, struct mask *mask,
			    ev_sink *sink, void *arg)
{
	struct decoder *d = must_alloc(sizeof *d);
	const struct token_ixit *t = &p->token;

	d->p = p;
	d->mask = mask;
	d->sink = sink;
	d->arg = arg;
	d->unix_zero_us = UNSAID_T;
	d->free_conn = MAP_NONE;
	d->format = (struct token_format){
		.alg = span_str(t->alg), .key = t->key,
		.claim_impi = span_str(t->claim_impi),
		.claim_impu = span_str(t->claim_impu),
		.claim_wwsf = span_str(t->claim_wwsf),
		.claim_waf = span_str(t->claim_waf),
	};
	txns_init(&d->txns);
	buf_init(&d->ws_scratch, LIMIT_WS_MESSAGE);
	return d;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	for (uint32_t i = 0; i < d->n_conns; i++) {
		reader_free(d->conns[i].dir[0]);
		reader_free(d->conns[i].dir[1]);
		free(d->conns[i].line);
	}
	free(d->conns);
	map_free(&d->conn_index);
	buf_free(&d->ws_scratch);
	known_free(&d->known);
	txns_free(&d->txns);
	map_free(&d->digest_index);
	free(d->digests);
	for (unsigned i = 0; i < d->n_troubles; i++)
		free(d->troubles[i]);
	free(d);
}

void decoder_clock(struct decoder *d, int64_t unix_zero_us)
{
	d->unix_zero_us = unix_zero_us;
}

unsigned decoder_facts(const struct decoder *d) { return d->facts; }

static void keep_trouble(struct decoder *d, const char *fmt, va_list ap)
{
	char text[200];

	vsnprintf(text, sizeof text, fmt, ap);
	d->troubles[d->n_troubles++] = span_dup(span_str(text));
}

void decoder_trouble(struct decoder *d, const char *fmt, ...)
{
	va_list ap;

	if (d->n_peer_troubles == PEER_TROUBLES_MAX)
		return;
	if (++d->n_peer_troubles == PEER_TROUBLES_MAX)
		fmt = "more troubles than are listed here";
	va_start(ap, fmt);
	keep_trouble(d, fmt, ap);
	va_end(ap);
}

void decoder_limit(struct decoder *d, const char *fmt, ...)
{
	va_list ap;

	d->limited = true;
	if (d->n_troubles - d->n_peer_troubles == LIMITS_MAX)
		return;
	va_start(ap, fmt);
	keep_trouble(d, fmt, ap);
	va_end(ap);
}

bool decoder_limited(const struct decoder *d) { return d->limited; }

unsigned decoder_troubles(const struct decoder *d, const char *const **out)
{
	*out = (const char *const *)d->troubles;
	return d->n_troubles;
}

/* ---- connections ---- */

/* Stays valid until the next decoder_conn_new. */
struct conn *decoder_conn(struct decoder *d, uint32_t id)
{
	uint32_t i = map_get(&d->conn_index, id);

	return i == MAP_NONE ? NULL : &d->conns[i];
}

struct conn *decoder_conn_new(struct decoder *d, uint32_t id)
{
	uint32_t i = d->free_conn;

	assert(id && map_get(&d->conn_index, id) == MAP_NONE);
	if (d->open_conns == CONNS_MAX) {
		if (d->gone_conns++ == 0)
			decoder_limit(d, "over %u connections open at once: "
				      "connection %u and later ones are not "
				      "decoded", CONNS_MAX, id);
		return NULL;
	}
	if (i != MAP_NONE) {
		d->free_conn = d->conns[i].next_free;
	} else {
		if (d->n_conns == d->room_conns) {
			d->room_conns = d->room_conns ? d->room_conns * 2 : 16;
			d->conns = must_grow(d->conns, d->room_conns *
					     sizeof *d->conns);
		}
		i = d->n_conns++;
	}
	struct conn *c = &d->conns[i];

	memset(c, 0, sizeof *c);
	c->id = id;
	d->open_conns++;
	map_put(&d->conn_index, id, i);
	return c;
}

void decoder_conn_free(struct decoder *d, struct conn *c)
{
	map_del(&d->conn_index, c->id);
	reader_uncount(d, c->dir[0]);
	reader_uncount(d, c->dir[1]);
	reader_free(c->dir[0]);
	reader_free(c->dir[1]);
	free(c->line);
	memset(c, 0, sizeof *c);
	c->next_free = d->free_conn;
	d->free_conn = (uint32_t)(c - d->conns);
	d->open_conns--;
}

static void place(struct decoder *d, struct conn *c)
{
	struct place found;

	if (c->point != POINT_NONE) {
		c->told = c->fixed = true;
		return;
	}
	if (!d->p->n_capture)
		return;
	/* Entries with a path wait for the HTTP request. */
	if (!endpoint_find(d->p, span_str(c->local), span_str(c->remote),
			   SPAN_NONE, &found))
		return;
	c->point = found.point;
	c->client = found.client;
	c->server = found.server;
	c->ignore = found.ignore;
	c->fixed = true;
}

void decoder_open(struct decoder *d, const struct decode_conn *o,
		  struct decode_at at)
{
	struct conn *c = decoder_conn(d, o->conn);

	if (c)          /* a number used again: the old one is over */
		decoder_close(d, o->conn, true, at);
	c = decoder_conn_new(d, o->conn);
	if (!c)
		return;
	c->point = o->point;
	c->client = o->client;
	c->server = o->server;
	c->stream = o->stream;
	c->secure = o->secure;
	c->open_number = at.number;
	span_copy(c->local, sizeof c->local, o->local);
	span_copy(c->remote, sizeof c->remote, o->remote);
	if (!span_empty(o->wic))
		label_set(&c->live, o->wic, true);
	place(d, c);
	if (c->fixed && c->point != POINT_NONE && !c->ignore)
		decoder_tell_open(d, c, at);
}

void decoder_tell_open(struct decoder *d, struct conn *c, struct decode_at at)
{
	char text[140];
	struct ev e;

	if (c->told_open || !c->stream)
		return;
	c->told_open = true;
	at.number = c->open_number;
	snprintf(text, sizeof text, "%s %s", c->local, c->remote);
	decoder_ev(d, &e, EV_TCP, c, true, at);
	e.step = STEP_OPEN;
	e.secure = c->secure;
	e.text = span_str(text);
	decoder_wire(d, c, &e);
	if (!c->secure)
		return;
	decoder_ev(d, &e, EV_TLS, c, true, at);
	e.step = STEP_OPEN;
	e.secure = true;
	decoder_wire(d, c, &e);
}

/* Datagrams between ends that nobody named: looked at closer only when the
 * first line is SIP's; not at all after a while without any. */
#define ODD_MAX 32u

static bool datagram_is_sip(struct conn *c, struct span bytes)
{
	if (sniff_sip(bytes))
		return true;
	if (++c->odd > ODD_MAX)
		c->opaque = true;
	return false;
}

void decoder_bytes(struct decoder *d, uint32_t conn, bool from_client,
		   struct span bytes, struct decode_at at)
{
	struct conn *c = decoder_conn(d, conn);

	if (!c || c->ignore || c->opaque || c->sniffed || d->stopped)
		return;
	if (c->stream)
		reader_feed(d, c, from_client, bytes, at);
	else if (c->fixed || c->guessed || datagram_is_sip(c, bytes))
		decoder_sip(d, c, from_client, bytes, at);
}

void decoder_gap(struct decoder *d, uint32_t conn, bool from_client,
		 uint64_t missing, struct decode_at at)
{
	struct conn *c = decoder_conn(d, conn);

	if (!c || c->ignore || c->opaque || d->stopped)
		return;
	reader_gap(d, c, from_client, missing, at);
}

void decoder_close(struct decoder *d, uint32_t conn, bool from_client,
		   struct decode_at at)
{
	struct conn *c = decoder_conn(d, conn);
	struct ev e;

	if (!c)
		return;
	if (c->stream && !c->ignore && !d->stopped) {
		reader_close(d, c, from_client, at);
		if (c->told_open) {
			decoder_ev(d, &e, EV_TCP, c, from_client, at);
			e.step = STEP_CLOSE;
			decoder_wire(d, c, &e);
		}
	}
	/* decoder_wire may have let go of it already. */
	c = decoder_conn(d, conn);
	if (c)
		decoder_conn_free(d, c);
}

/* ---- events ---- */

void decoder_ev(struct decoder *d, struct ev *e, enum ev_kind kind,
		const struct conn *c, bool from_client, struct decode_at at)
{
	if (at.t_us > d->now_us)
		d->now_us = at.t_us;
	ev_init(e, kind, d->now_us);
	e->number = at.number;
	e->file = at.file;
	e->conn = conn_number(c);
	e->on = c->point;
	e->from = from_client ? c->client : c->server;
	e->to = from_client ? c->server : c->client;
	if ((c->point == POINT_W1 || c->point == POINT_W2) &&
	    !label_none(&c->live))
		derive_label(e, c);
}

void decoder_emit(struct decoder *d, const struct ev *e)
{
	if (!d->facts_only && !d->stopped && !d->sink(e, d->arg))
		d->stopped = true;
}

static unsigned facts_of(const struct ev *e)
{
	static const unsigned by_point[POINT_COUNT] = {
		[POINT_W1] = FACT_W1, [POINT_W2] = FACT_W2,
		[POINT_W4] = FACT_W4, [POINT_W5] = FACT_W5,
		[POINT_MW] = FACT_MW, [POINT_CX] = FACT_CX,
	};
	unsigned f = FACT_FLOW | FACT_TIME;

	if (e->kind == EV_HTTP || e->kind == EV_WS || e->kind == EV_SIP)
		f |= by_point[e->on];
	if (e->kind == EV_HTTP)
		f |= FACT_HTTP;
	if (e->kind == EV_WS)
		f |= FACT_WS;
	if (e->kind == EV_SIP)
		f |= FACT_SIP;
	if (e->kind == EV_TLS)
		f |= FACT_TLS;
	return f;
}

/* c is NULL only where the event has no connection. */
void decoder_wire(struct decoder *d, struct conn *c, struct ev *e)
{
	d->facts |= facts_of(e);
	if (d->stopped)
		return;
	if (d->facts_only)
		return;
	derive_before(d, c, e);
	decoder_emit(d, e);
	derive_after(d, c, e);
}

void decoder_sip(struct decoder *d, struct conn *c, bool from_client,
		 struct span bytes, struct decode_at at)
{
	struct sip_msg *m = &d->sip;
	struct ev e;

	if (!sip_read(m, bytes))
		return;         /* keep-alive, STUN, noise */
	endpoint_of_sip(c, m, from_client);
	if (c->ignore)
		return;
	decoder_tell_open(d, c, at);
	if (d->facts_only)
		c->sniffed = true;
	decoder_ev(d, &e, EV_SIP, c, from_client, at);
	if (!d->facts_only)
		secrets_sip(d, m, &e);
	e.sip = m;
	e.secrets = &d->secrets;
	e.bytes = m->whole;
	decoder_wire(d, c, &e);
}

/* ---- events that are decoded already ---- */

/* By who sent it where that is known: the first reader takes start lines that
 * do not look it. */
static bool is_request(const struct ev *e)
{
	if (e->from == ROLE_NONE || e->on == POINT_NONE)
		return !span_starts(e->bytes, S("HTTP/"));
	if (e->on == POINT_W1 || e->on == POINT_W2)
		return e->from == ROLE_WIC;
	return e->from == endpoint_usual(e->on).client;
}

/* The bytes of a stored HTTP message, read whole. */
static struct http_reader *reread_http(struct decoder *d, struct ev *e)
{
	bool request = is_request(e);
	struct http_reader *r = http_reader_new(request);
	bool done = false;

	if (http_reader_feed(r, e->bytes, &d->http, &done) >= 0 && !done)
		done = http_reader_eof(r, &d->http);
	if (!done && !request) {        /* the answer to a HEAD */
		http_reader_free(r);
		r = http_reader_new(false);
		http_reader_no_body(r);
		if (http_reader_feed(r, e->bytes, &d->http, &done) < 0)
			done = false;
	}
	e->http = done ? &d->http : NULL;
	return r;
}

/* The connection of a stored event, as far as events tell of it. */
static struct conn *replay_conn(struct decoder *d, const struct ev *e)
{
	struct conn *c = e->conn ? decoder_conn(d, e->conn) : NULL;
	struct place u = endpoint_usual(e->on);

	if (!e->conn)
		return NULL;
	/* Datagrams of Mw need nothing of a connection. */
	if (!c && e->kind == EV_SIP && e->on == POINT_MW)
		return NULL;
	if (!c) {
		c = decoder_conn_new(d, e->conn);
		if (!c)
			return NULL;
		c->stream = true;
		c->told_open = true;
		c->fixed = true;
	}
	if (e->on != POINT_NONE)
		c->point = e->on;
	if (c->client == ROLE_NONE) {
		c->client = u.client;
		c->server = u.server;
	}
	if (e->wic_sure && !span_empty(e->wic))
		label_set(&c->live, e->wic, true);
	return c;
}

static void replay(struct decoder *d, struct ev *e)
{
	struct http_reader *r = NULL;
	struct conn *c = replay_conn(d, e);
	uint32_t id = e->conn;

	d->replay = true;
	if (e->kind == EV_SIP && sip_read(&d->sip, e->bytes))
		e->sip = &d->sip;
	else if (!span_empty(e->bytes) &&
		 (e->kind == EV_HTTP ||
		  (e->kind == EV_WS && (e->step == STEP_UPGRADE ||
					e->step == STEP_ANSWER))))
		r = reread_http(d, e);
	if (e->http && !e->http->request && e->status == UNSAID)
		e->status = e->http->status;
	if (c && e->kind == EV_HTTP && e->http && e->http->request)
		line_push(d, c, e->http, e);
	decoder_wire(d, c, e);
	if (c && e->kind == EV_HTTP && e->http && !e->http->request)
		line_pop(c);
	if (r)
		http_reader_free(r);
	d->replay = false;
	c = id ? decoder_conn(d, id) : NULL;
	if (c && e->kind == EV_TCP && e->step == STEP_CLOSE)
		decoder_conn_free(d, c);
}

void decoder_event(struct decoder *d, const struct ev *e)
{
	struct ev copy = *e;

	if (d->stopped)
		return;
	if (copy.t_us > d->now_us)
		d->now_us = copy.t_us;
	copy.t_us = d->now_us;
	if (EV_BIT(copy.kind) & EV_WIRE) {
		replay(d, &copy);
		return;
	}
	derive_sip_sweep(d, copy.t_us);
	if (copy.kind == EV_END)
		derive_sip_end(d, copy.t_us);
	decoder_emit(d, &copy);
	derive_flow(d, &copy);
}

void decoder_end(struct decoder *d, int64_t t_us)
{
	if (t_us > d->now_us)
		d->now_us = t_us;
	derive_sip_sweep(d, d->now_us);
	derive_sip_end(d, d->now_us);
}
