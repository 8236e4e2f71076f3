/* Requests other than REGISTER: to a registered IMPU along its Path, to the
 * home domain itself answered here, else 404 or 480. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/scscf_priv.h"

static void relay_free(struct scscf_relay *r)
{
	for (struct scscf_relay **p = &r->scscf->relays; *p; p = &(*p)->next)
		if (*p == r) {
			*p = r->next;
			r->scscf->n_relays--;
			break;
		}
	relay_drop(r->request);
	free(r);
}

void scscf_forget_relays(struct scscf *s)
{
	txn_forget(&s->txns, NULL);
	while (s->relays)
		relay_free(s->relays);
}

static void send_on(struct span message, const char *address, void *arg)
{
	struct scscf_relay *r = arg;

	mw_send(r->scscf->mw[r->mw], address, message);
}

static const enum sip_hdr nothing_more[] = { SIP_H_OTHER };

static void on_answer(const struct sip_msg *m, void *arg)
{
	struct scscf_relay *r = arg;
	struct buf b;

	if (!r->request) {
		r->scscf->call_status = m ? m->status : -1;
	} else if (!m) {
		scscf_refuse(r->scscf, r->from, &r->request->msg, 408);
	} else {
		buf_init(&b, LIMIT_SIP_BYTES);
		relay_put_answer(&b, &r->request->msg, m, nothing_more);
		scscf_finish(r->scscf, r->from, &b);
		buf_free(&b);
	}
	relay_free(r);
}

/* The first element of the Path is the next hop. */
static bool next_hop(struct scscf *s, const struct scscf_contact *c, struct scscf_relay *r)
{
	struct sip_addr a;
	struct sip_uri u;
	struct span first = span_str(c->path), transport;
	long comma = span_chr(first, ',');

	if (comma > 0)
		first = span_sub(first, 0, (size_t)comma);
	if (!sip_addr_read(&a, first) || !sip_uri_read(&u, a.uri) ||
	    !mw_uri_address(a.uri, r->address, sizeof(r->address)))
		return false;
	if (s->mw[1] && sip_param(u.params, S("transport"), &transport))
		r->mw = span_ieq(transport, S("tcp")) != !mw_udp(s->mw[0]);
	else
		r->mw = s->mw[1] && !mw_udp(s->mw[0]);
	return true;
}

static void put_via(struct scscf *s, unsigned mw, struct buf *b, const char *branch)
{
	sip_put(b, "Via: SIP/2.0/%s %s;branch=%s", mw_transport(s->mw[mw]), mw_address(s->mw[mw]),
		branch);
}

static void start(struct scscf *s, struct scscf_relay *r, struct buf *b, const char *branch)
{
	struct buf styled;

	sip_put_end(b, r->request ? r->request->msg.body : SPAN_NONE);
	buf_init(&styled, 2 * LIMIT_SIP_BYTES);
	style_apply(&s->style, buf_span(b), &styled);
	r->next = s->relays;
	s->relays = r;
	s->n_relays++;
	txn_start(&s->txns, &(struct txn_start){ .message = buf_span(&styled),
		.branch = span_str(branch), .address = r->address, .repeat = mw_udp(s->mw[r->mw]),
		.timeout_us = s->env.profile->answer_timeout_us / 2, .send = send_on, .send_arg = r,
		.done = on_answer, .done_arg = r });
	buf_free(&styled);
}

static const enum sip_hdr hop_fields[] = {
	SIP_H_VIA, SIP_H_MAX_FORWARDS, SIP_H_ROUTE, SIP_H_CONTENT_LENGTH, SIP_H_OTHER,
};

static void forward(struct scscf *s, struct scscf_from from, const struct sip_msg *m,
		    const struct scscf_contact *c)
{
	struct scscf_relay *r = must_alloc(sizeof(*r));
	char branch[32];
	struct buf b;

	*r = (struct scscf_relay){ .scscf = s, .from = from };
	if (!next_hop(s, c, r)) {
		free(r);
		scscf_refuse(s, from, m, 480);
		return;
	}
	r->request = relay_keep(m);
	relay_branch(s->env.loop, branch);
	buf_init(&b, LIMIT_SIP_BYTES);
	sip_put_request(&b, m->method, span_str(c->uri));
	put_via(s, r->mw, &b, branch);
	sip_put_copy(&b, m, SIP_H_VIA);
	sip_put(&b, "Max-Forwards: %d", relay_max_forwards(m));
	relay_put(&b, S("Route"), span_str(c->path));
	relay_put_rest(&b, m, hop_fields);
	start(s, r, &b, branch);
	buf_free(&b);
}

static bool is_home(const struct scscf *s, struct span uri)
{
	struct sip_uri u;

	return sip_uri_read(&u, uri) && span_empty(u.user) &&
	       span_ieq(u.host, span_str(scscf_home(s)));
}

void scscf_request(struct scscf *s, struct scscf_from from, const struct sip_msg *m)
{
	struct scscf_user u;
	struct scscf_contact *c;

	if (sip_is(m, S("ACK")))
		return;
	if (relay_max_forwards(m) < 0) {
		scscf_refuse(s, from, m, 483);
	} else if (s->n_relays >= SCSCF_RELAYS_MAX) {
		scscf_refuse(s, from, m, 503);
	} else if (is_home(s, m->uri)) {
		scscf_refuse(s, from, m, 200);
	} else if (!scscf_user_impu(s, m->uri, &u)) {
		scscf_refuse(s, from, m, 404);
	} else {
		c = scscf_target(s, &u);
		if (c)
			forward(s, from, m, c);
		else
			scscf_refuse(s, from, m, 480);
	}
}

bool scscf_call(struct scscf *s, struct span impu, struct span method)
{
	struct scscf_user u;
	struct scscf_contact *c;
	struct scscf_relay *r;
	char branch[32], tag[17], call[33];
	struct buf b;

	s->call_status = 0;
	if (!scscf_user_impu(s, impu, &u) || !(c = scscf_target(s, &u)))
		return false;
	r = must_alloc(sizeof(*r));
	r->scscf = s;
	if (!next_hop(s, c, r)) {
		free(r);
		return false;
	}
	relay_branch(s->env.loop, branch);
	loop_random_hex(s->env.loop, tag, 16);
	loop_random_hex(s->env.loop, call, 32);
	buf_init(&b, LIMIT_SIP_BYTES);
	sip_put_request(&b, method, span_str(c->uri));
	put_via(s, r->mw, &b, branch);
	sip_put(&b, "Max-Forwards: 69");
	relay_put(&b, S("Route"), span_str(c->path));
	sip_put(&b, "From: <sip:caller@%s>;tag=%s", scscf_home(s), tag);
	sip_put(&b, "To: <%.*s>", SPAN(impu));
	sip_put(&b, "Call-ID: %s", call);
	sip_put(&b, "CSeq: %u %.*s", ++s->call_cseq, SPAN(method));
	sip_put(&b, "P-Called-Party-ID: <%.*s>", SPAN(impu));
	start(s, r, &b, branch);
	buf_free(&b);
	return true;
}

int scscf_call_status(const struct scscf *s)
{
	return s->call_status;
}

bool scscf_call_done(void *scscf)
{
	return ((struct scscf *)scscf)->call_status != 0;
}
