/* Requests other than REGISTER: sent to others, and answered with 200. */
#include <stdio.h>
#include <string.h>

#include "actor/wic_priv.h"

static void on_answer(const struct sip_msg *m, void *arg)
{
	struct wic *w = arg;

	w->req_status = m ? m->status : WIC_TIMEOUT;
	w->req_done = true;
}

static void put_head(struct wic *w, struct buf *b, const char *method, const char *from,
		     const char *to, char branch[32])
{
	char call[33], tag[17];

	loop_random_hex(w->env.loop, call, 24);
	loop_random_hex(w->env.loop, tag, 10);
	buf_addf(b, "%s %s SIP/2.0\r\n", method, to);
	wic_put_via(w, b, branch);
	sip_put(b, "Max-Forwards: 70");
	sip_put(b, "From: <%s>;tag=%s", from, tag);
	sip_put(b, "To: <%s>", to);
	sip_put(b, "Call-ID: %s", call);
	sip_put(b, "CSeq: 1 %s", method);
}

void wic_request(struct wic *w, const struct wic_req *r)
{
	static const struct wic_req plain;
	const char *own = w->reg.impu[0] ? w->reg.impu :
			  w->session.n_impu ? w->session.impu[0] :
			  "sip:anonymous@anonymous.invalid";
	const char *method;
	char branch[32];
	bool message;
	struct buf b;

	r = r ? r : &plain;
	method = r->method ? r->method : "MESSAGE";
	message = strcmp(method, "MESSAGE") == 0;
	w->req_done = false;
	w->req_status = WIC_PENDING;
	buf_init(&b, LIMIT_SIP_BYTES);
	put_head(w, &b, method, r->from ? r->from : own, r->to ? r->to : own, branch);
	if (r->token && w->session.token[0])
		buf_addf(&b, "Authorization: Bearer access_token=\"%s\"\r\n", w->session.token);
	sip_put(&b, "User-Agent: annexu");
	if (message)
		sip_put(&b, "Content-Type: text/plain");
	sip_put_end(&b, message ? S("hello") : SPAN_NONE);
	if (!wic_send_sip(w, &b, branch, on_answer)) {
		w->req_status = WIC_LOST;
		w->req_done = true;
	}
	buf_free(&b);
}

/* The second message of a frame that holds two. */
void wic_put_body_of_options(struct wic *w, struct buf *b)
{
	char to[280], branch[32];

	snprintf(to, sizeof(to), "sip:%s", wic_home(w));
	put_head(w, b, "OPTIONS", w->reg.impu[0] ? w->reg.impu : to, to, branch);
	sip_put_end(b, SPAN_NONE);
}

void wic_incoming_request(struct wic *w, const struct sip_msg *m)
{
	struct buf b;

	if (sip_is(m, S("ACK")) || span_absent(sip_get(m, SIP_H_VIA)))
		return;
	w->incoming++;
	span_copy(w->incoming_method, sizeof(w->incoming_method), m->method);
	buf_init(&b, LIMIT_SIP_BYTES);
	sip_put_reply(&b, m, 200, span_str(w->tag));
	sip_put(&b, "Contact: <sip:wic@%s;transport=ws>", w->host);
	wic_reply(w, &b);
	buf_free(&b);
}

bool wic_request_done(void *wic)
{
	return ((struct wic *)wic)->req_done;
}

int wic_request_status(const struct wic *w)
{
	return w->req_status;
}

unsigned wic_incoming(const struct wic *w)
{
	return w->incoming;
}

const char *wic_incoming_method(const struct wic *w)
{
	return w->incoming_method;
}
