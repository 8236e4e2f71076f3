/* W2 as the browser has it: a WebSocket, SIP in its frames. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/wic_priv.h"

static void lost(struct wic *w)
{
	if (!w->open_done)
		w->open_status = WIC_LOST;
	w->open_done = true;
	w->connected = false;
	w->ws = NULL;
	if (w->open_timer)
		loop_cancel(w->env.loop, w->open_timer);
	w->open_timer = 0;
	txn_forget(&w->txns, NULL);
	wic_reg_lost(w);
	if (!w->req_done)
		w->req_status = WIC_LOST;
	w->req_done = true;
}

static void on_closed(struct ws_conn *ws, const char *why, void *arg)
{
	(void)ws;
	(void)why;
	lost(arg);
}

static void on_upgraded(struct ws_conn *ws, const struct http_msg *m, bool up, void *arg)
{
	struct wic *w = arg;

	if (w->open_timer)
		loop_cancel(w->env.loop, w->open_timer);
	w->open_timer = 0;
	w->open_status = m ? m->status : WIC_LOST;
	w->open_done = true;
	/* A browser gives the socket up when no subprotocol was agreed. */
	if (up && !span_eq(http_get(m, S("Sec-WebSocket-Protocol")), S("sip"))) {
		w->ws = NULL;
		ws_drop(ws);
		return;
	}
	w->connected = up;
}

static void on_message(struct ws_conn *ws, const struct ws_item *item, void *arg)
{
	struct wic *w = arg;
	struct sip_msg *m;

	(void)ws;
	if ((item->op != WS_TEXT && item->op != WS_BINARY) ||
	    span_empty(span_trim(item->payload)))
		return;
	m = must_alloc(sizeof(*m));
	if (sip_read(m, item->payload)) {
		if (m->request)
			wic_incoming_request(w, m);
		else
			txn_answer(&w->txns, m);
	}
	free(m);
}

static void on_open_timeout(void *arg)
{
	struct wic *w = arg;
	struct ws_conn *ws = w->ws;

	w->open_timer = 0;
	w->open_status = WIC_TIMEOUT;
	w->open_done = true;
	lost(w);
	if (ws)
		ws_drop(ws);
}

static const char *default_origin(struct wic *w)
{
	const struct profile *p = w->env.profile;
	struct actor_url u;

	if (p->n_origins)
		return p->origins[0];
	if (!actor_url_read(&u, w->w1))
		return NULL;
	snprintf(w->origin, sizeof(w->origin), "%s:/%s", u.scheme, strchr(u.endpoint, ':') + 1);
	actor_url_write(w->origin, sizeof(w->origin), u.scheme, u.endpoint, "");
	return w->origin;
}

static struct ws_offer offer_of(struct wic *w, const struct wic_open *o,
				const struct actor_url *u)
{
	struct ws_offer offer = {
		.host = strchr(u->endpoint, ':') + 1, .path = u->path, .extra = o->extra,
		.origin = o->origin ? o->origin : default_origin(w),
		.protocol = o->protocol ? o->protocol :
			    wic_variant(w, VARIANT_MORE_SUBPROTOCOLS) ? "sip, msrp" : "sip",
	};

	if (offer.origin && !offer.origin[0])
		offer.origin = NULL;
	if (!offer.protocol[0] || wic_flaw(w, FLAW_OFFERS_NO_SUBPROTOCOL))
		offer.protocol = NULL;
	return offer;
}

void wic_open(struct wic *w, const struct wic_open *o)
{
	static const struct wic_open plain;
	const char *url;
	struct ws_offer offer;
	struct actor_url u;
	char tag[80];

	o = o ? o : &plain;
	url = o->w2 ? o->w2 : w->w2[0] ? w->w2 : w->page_w2;
	wic_drop(w);
	w->open_status = WIC_PENDING;
	w->open_done = false;
	if (actor_url_read(&u, url)) {
		offer = offer_of(w, o, &u);
		w->ws = ws_connect(w->env.fabric, u.endpoint, &offer, (struct ws_calls){
			.upgraded = on_upgraded, .message = on_message, .closed = on_closed,
			.arg = w }, NULL);
	}
	if (!w->ws) {
		lost(w);
		return;
	}
	snprintf(tag, sizeof(tag), "W2 %s", w->label);
	ws_set_tag(w->ws, tag);
	w->open_timer = loop_after(w->env.loop, w->env.profile->answer_timeout_us,
				   on_open_timeout, w);
}

void wic_close(struct wic *w)
{
	if (w->ws)
		ws_close(w->ws, 1000);
}

void wic_drop(struct wic *w)
{
	struct ws_conn *ws = w->ws;

	if (!ws)
		return;
	lost(w);
	ws_drop(ws);
}

bool wic_open_done(void *wic)
{
	return ((struct wic *)wic)->open_done;
}

bool wic_connected(void *wic)
{
	return ((struct wic *)wic)->connected;
}

bool wic_closed(void *wic)
{
	return !((struct wic *)wic)->ws;
}

int wic_open_status(const struct wic *w)
{
	return w->open_status;
}

void wic_set_framing(struct wic *w, enum wic_framing f)
{
	w->framing = f;
}

void wic_on_send(struct wic *w, actor_edit *edit, void *arg)
{
	w->style.edit = edit;
	w->style.edit_arg = arg;
}

void wic_ping(struct wic *w)
{
	if (w->ws)
		ws_send(w->ws, WS_PING, S("wic"));
}

void wic_keepalive(struct wic *w)
{
	if (w->ws)
		ws_send(w->ws, WS_TEXT, S("\r\n\r\n"));
}

void wic_send_text(struct wic *w, struct span message)
{
	if (w->ws)
		ws_send(w->ws, WS_TEXT, message);
}

void wic_send_raw(struct wic *w, struct span bytes)
{
	if (w->ws)
		ws_send_raw(w->ws, bytes);
}

static enum wic_framing framing_of(const struct wic *w)
{
	if (w->framing != WIC_FRAME_TEXT)
		return w->framing;
	if (wic_flaw(w, FLAW_WIC_TWO_IN_ONE_FRAME))
		return WIC_FRAME_TWO;
	if (wic_flaw(w, FLAW_WIC_SPLITS_MESSAGES))
		return WIC_FRAME_SPLIT;
	if (wic_variant(w, VARIANT_FRAGMENTED_FRAMES))
		return WIC_FRAME_FRAGMENTS;
	return wic_variant(w, VARIANT_BINARY_FRAMES) ? WIC_FRAME_BINARY : WIC_FRAME_TEXT;
}

static void frame(struct wic *w, struct span message)
{
	struct buf two;

	switch (framing_of(w)) {
	case WIC_FRAME_TEXT:
		ws_send(w->ws, WS_TEXT, message);
		break;
	case WIC_FRAME_BINARY:
		ws_send(w->ws, WS_BINARY, message);
		break;
	case WIC_FRAME_FRAGMENTS:
		ws_send_fragments(w->ws, WS_TEXT, message, 3);
		break;
	case WIC_FRAME_TWO:
		buf_init(&two, 2 * LIMIT_SIP_BYTES);
		buf_add(&two, message);
		wic_put_body_of_options(w, &two);
		ws_send(w->ws, WS_TEXT, buf_span(&two));
		buf_free(&two);
		break;
	case WIC_FRAME_SPLIT:
		ws_send(w->ws, WS_TEXT, span_sub(message, 0, message.n / 2));
		ws_send(w->ws, WS_TEXT, span_from(message, message.n / 2));
		break;
	}
}

static void send_now(struct span message, const char *address, void *arg)
{
	struct wic *w = arg;
	struct buf styled;

	(void)address;
	if (!w->ws)
		return;
	if (wic_variant(w, VARIANT_PINGS)) {
		wic_ping(w);
		wic_keepalive(w);
	}
	buf_init(&styled, 2 * LIMIT_SIP_BYTES);
	style_apply(&w->style, message, &styled);
	if (styled.n)
		frame(w, buf_span(&styled));
	buf_free(&styled);
}

bool wic_send_sip(struct wic *w, struct buf *b, const char *branch, txn_done *done)
{
	if (!w->connected || b->full)
		return false;
	txn_start(&w->txns, &(struct txn_start){ .message = buf_span(b),
		.branch = span_str(branch), .timeout_us = w->env.profile->answer_timeout_us,
		.send = send_now, .send_arg = w, .done = done, .done_arg = w });
	return true;
}

void wic_reply(struct wic *w, struct buf *b)
{
	sip_put_end(b, SPAN_NONE);
	if (!b->full)
		send_now(buf_span(b), "", w);
}

void wic_put_via(struct wic *w, struct buf *b, char branch[32])
{
	relay_branch(w->env.loop, branch);
	sip_put(b, "Via: SIP/2.0/%s %s;branch=%s",
		w->ws && !link_secure(ws_link(w->ws)) ? "WS" : "WSS", w->host, branch);
}
