/* W2: the upgrade with its Origin and subprotocol, SIP in frames. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/epcscf_priv.h"

struct epcscf_session *epcscf_session_by_id(struct epcscf *e, uint64_t id)
{
	for (struct epcscf_session *x = e->sessions; x; x = x->next)
		if (x->id == id)
			return x;
	return NULL;
}

static void session_drop(struct epcscf_session *x)
{
	for (struct epcscf_session **p = &x->e->sessions; *p; p = &(*p)->next)
		if (*p == x) {
			*p = x->next;
			break;
		}
	epcscf_session_gone(x->e, x->id);
	free(x);
}

void epcscf_drop_sessions(struct epcscf *e)
{
	while (e->sessions) {
		struct ws_conn *ws = e->sessions->ws;

		session_drop(e->sessions);
		ws_drop(ws);
	}
}

void epcscf_send_w2(struct epcscf *e, uint64_t session, struct span message)
{
	struct epcscf_session *x = epcscf_session_by_id(e, session);
	struct buf styled;

	if (!x || span_empty(message))
		return;
	buf_init(&styled, 2 * LIMIT_SIP_BYTES);
	style_apply(&e->style_w2, message, &styled);
	if (styled.n)
		ws_send(x->ws, WS_TEXT, buf_span(&styled));
	buf_free(&styled);
}

void epcscf_finish_w2(struct epcscf *e, uint64_t session, struct buf *b, struct span body)
{
	sip_put_end(b, body);
	if (!b->full)
		epcscf_send_w2(e, session, buf_span(b));
}

void epcscf_refuse_w2(struct epcscf *e, uint64_t session, const struct sip_msg *req,
		      int status, const char *extra)
{
	char tag[17];
	struct buf b;

	loop_random_hex(e->env.loop, tag, 16);
	buf_init(&b, LIMIT_SIP_BYTES);
	sip_put_reply(&b, req, status, status == 100 ? SPAN_NONE : span_str(tag));
	if (extra)
		sip_put(&b, "%s", extra);
	epcscf_finish_w2(e, session, &b, SPAN_NONE);
	buf_free(&b);
}

/* RFC 7118 5: one SIP message a WebSocket message, the whole of it. */
static bool one_message(const struct sip_msg *m, struct span payload)
{
	size_t used = (size_t)(m->whole.p - payload.p) + m->whole.n;

	return used <= payload.n && span_empty(span_trim(span_from(payload, used))) &&
	       !sip_has_defect(m, SIP_D_NO_BLANK) && !sip_has_defect(m, SIP_D_LENGTH_SHORT);
}

static void on_sip(struct epcscf_session *x, const struct sip_msg *m, struct span payload)
{
	struct epcscf *e = x->e;

	if (!m->request) {
		txn_answer(&e->txns_w2, m);
		return;
	}
	if (!actor_answerable(m) || sip_is(m, S("ACK")))
		return;
	if (!one_message(m, payload))
		epcscf_refuse_w2(e, x->id, m, 400, NULL);
	else if (e->pending >= EPCSCF_PENDING_MAX)
		epcscf_refuse_w2(e, x->id, m, 503, NULL);
	else if (sip_is(m, S("REGISTER")))
		epcscf_register(x, m);
	else
		epcscf_request_w2(x, m);
}

static void on_message(struct ws_conn *ws, const struct ws_item *item, void *arg)
{
	struct epcscf_session *x = arg;
	struct sip_msg *m;

	if (item->op != WS_TEXT && item->op != WS_BINARY)
		return;
	if (span_empty(span_trim(item->payload))) {
		/* RFC 5626 4.4.1: a double CRLF is answered with one */
		if (item->payload.n >= 4)
			ws_send(ws, item->op, S("\r\n"));
		return;
	}
	m = must_alloc(sizeof(*m));
	if (sip_read(m, item->payload))
		on_sip(x, m, item->payload);
	free(m);
}

static void on_closed(struct ws_conn *ws, const char *why, void *arg)
{
	(void)ws;
	(void)why;
	session_drop(arg);
}

static bool origin_fine(const struct epcscf *e, const struct http_msg *m)
{
	struct span origin = http_get(m, S("Origin"));

	if (epcscf_flaw(e, FLAW_REFUSES_EVERY_ORIGIN))
		return false;
	if (span_absent(origin) || epcscf_flaw(e, FLAW_IGNORES_ORIGIN))
		return true;
	return e->env.profile->n_origins == 0 ||
	       profile_origin_allowed(e->env.profile, origin);
}

void epcscf_upgrade(struct http_server *s, const struct http_msg *m, void *arg)
{
	struct epcscf *e = arg;
	struct epcscf_session *x;

	if (!m->upgrade || !http_lists(m, S("Upgrade"), S("websocket"))) {
		serve_reply(s, 426, NULL, SPAN_NONE, "Upgrade: websocket");
		return;
	}
	if (!origin_fine(e, m)) {
		serve_reply(s, 403, NULL, SPAN_NONE, NULL);
		return;
	}
	if (!http_lists(m, S("Sec-WebSocket-Protocol"), S("sip"))) {
		serve_reply(s, 400, NULL, SPAN_NONE, NULL);
		return;
	}
	if (trouble_wants_upgrade(serve_trouble(e->serve))) {
		serve_forget(e->serve, s);
		trouble_upgrade(serve_trouble(e->serve), s, m);
		return;
	}
	x = must_alloc(sizeof(*x));
	*x = (struct epcscf_session){ .next = e->sessions, .e = e, .id = ++e->next_session };
	loop_random_hex(e->env.loop, x->flow, 16);
	e->sessions = x;
	serve_forget(e->serve, s);
	x->ws = ws_server_accept(s, m, epcscf_flaw(e, FLAW_NO_SUBPROTOCOL_IN_ANSWER) ? NULL : "sip",
				 (struct ws_calls){ .message = on_message,
						    .closed = on_closed, .arg = x });
	if (!x->ws)
		session_drop(x);
}
