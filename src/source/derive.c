/* From wire events to flow events: the hub. SIP is in derive_sip.c, HTTP in
 * derive_http.c; here are the ends of connections, and what flow events that
 * were written directly teach the rest. */
#include <stdio.h>

#include "source/decoder.h"

void derive_init(struct ev *e, enum ev_kind kind, const struct ev *from)
{
	ev_init(e, kind, from->t_us);
	e->number = from->number;
	e->file = from->file;
	e->on = from->on;
	e->from = from->from;
	e->to = from->to;
	e->conn = from->conn;
	e->sip = from->sip;
	e->secrets = from->secrets;
	e->http = from->http;
	e->derived = true;
}

void derive_label(struct ev *e, const struct conn *c)
{
	const struct label *l = label_none(&c->live) ? &c->label : &c->live;

	if (label_none(l))
		return;
	e->wic = span_str(l->text);
	e->wic_sure = l->sure;
}

void derive_before(struct decoder *d, struct conn *c, struct ev *e)
{
	derive_sip_sweep(d, e->t_us);
	if (e->kind == EV_SIP && e->sip)
		derive_sip_before(d, c, e);
	if (e->http && !d->replay)
		secrets_http(d, e);
}

void derive_after(struct decoder *d, struct conn *c, const struct ev *e)
{
	if (e->kind == EV_SIP && e->sip)
		derive_sip(d, c, e);
	else if (e->kind == EV_HTTP && e->http && c)
		derive_http(d, c, e);
	else if (c && e->step == STEP_CLOSE &&
		 (e->kind == EV_TCP || e->kind == EV_WS))
		derive_closed(d, c, e);
}

void derive_closed(struct decoder *d, struct conn *c, const struct ev *e)
{
	char text[32];
	struct ev out;

	if (e->kind == EV_TCP && c->pending)
		derive_sip_gone(d, c, e->t_us);
	if (c->told_closed)
		return;
	derive_init(&out, EV_CLOSED, e);
	out.on = c->point;
	derive_label(&out, c);
	/* A W1 connection that gave nothing says nothing about a WIC. */
	if (c->point != POINT_W2 &&
	    (c->point != POINT_W1 || span_absent(out.wic)))
		return;
	if (span_absent(out.wic)) {
		snprintf(text, sizeof text, "w2#%u", conn_number(c));
		out.wic = span_str(text);
	}
	c->told_closed = true;
	decoder_emit(d, &out);
}

/* A handover or token event from elsewhere: the bench's own, or a line of a
 * stored trace. */
void derive_flow(struct decoder *d, const struct ev *e)
{
	struct known_token *t;

	if (span_empty(e->token) ||
	    (e->kind != EV_TOKEN && e->kind != EV_HANDOVER))
		return;
	t = known_put(&d->known, e->token, SPAN_NONE);
	if (e->kind == EV_HANDOVER && !span_empty(e->wic))
		label_set(&t->label, e->wic, e->wic_sure);
	if (e->kind == EV_TOKEN) {
		t->told = true;
		t->active |= e->state == TOKEN_ACTIVE;
	}
	if (e->ends_us != UNSAID_T)
		t->ends_us = e->ends_us;
	else if (e->valid_us != UNSAID_T)
		t->ends_us = e->t_us + e->valid_us;
	known_wwsf(&d->known, t, e->wwsf);
}
