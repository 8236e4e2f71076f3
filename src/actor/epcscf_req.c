/* Requests other than REGISTER, in both directions. A WIC sends under an
 * identity that is bound to its TLS session, or not at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/epcscf_priv.h"

static void relay_free(struct epcscf_relay *r)
{
	for (struct epcscf_relay **p = &r->e->relays; *p; p = &(*p)->next)
		if (*p == r) {
			*p = r->next;
			break;
		}
	r->e->pending--;
	relay_drop(r->request);
	free(r);
}

void epcscf_forget_relays(struct epcscf *e)
{
	txn_forget(&e->txns_mw, NULL);
	txn_forget(&e->txns_w2, NULL);
	while (e->relays)
		relay_free(e->relays);
}

static struct epcscf_relay *relay_new(struct epcscf *e, uint64_t session, uint32_t link,
				      const struct sip_msg *m)
{
	struct epcscf_relay *r = must_alloc(sizeof(*r));

	*r = (struct epcscf_relay){ .next = e->relays, .e = e, .session = session,
				    .link = link, .request = relay_keep(m) };
	e->relays = r;
	e->pending++;
	return r;
}

static const enum sip_hdr inward[] = { SIP_H_P_CHARGING_VECTOR, SIP_H_OTHER };

/* ---- from the WIC ---- */

static void on_mw_answer(const struct sip_msg *m, void *arg)
{
	struct epcscf_relay *r = arg;
	struct buf b;

	if (!m) {
		epcscf_refuse_w2(r->e, r->session, &r->request->msg, 504, NULL);
	} else {
		buf_init(&b, LIMIT_SIP_BYTES);
		relay_put_answer(&b, &r->request->msg, m, inward);
		epcscf_finish_w2(r->e, r->session, &b, m->body);
		buf_free(&b);
	}
	relay_free(r);
}

static const enum sip_hdr managed[] = {
	SIP_H_VIA, SIP_H_MAX_FORWARDS, SIP_H_ROUTE, SIP_H_CONTENT_LENGTH, SIP_H_AUTHORIZATION,
	SIP_H_PROXY_AUTHORIZATION, SIP_H_P_ASSERTED_IDENTITY, SIP_H_P_PREFERRED_IDENTITY,
	SIP_H_P_CHARGING_VECTOR, SIP_H_P_ACCESS_NETWORK_INFO, SIP_H_OTHER,
};

static void send_inward(struct epcscf_session *x, const struct sip_msg *m,
			const struct epcscf_binding *bound, struct span from)
{
	struct epcscf *e = x->e;
	struct epcscf_relay *r = relay_new(e, x->id, 0, m);
	char branch[32], icid[33];
	struct sip_addr a;
	struct buf b;

	snprintf(r->address, sizeof(r->address), "%s", e->peer);
	relay_branch(e->env.loop, branch);
	loop_random_hex(e->env.loop, icid, 32);
	buf_init(&b, LIMIT_SIP_BYTES);
	sip_put_request(&b, m->method, m->uri);
	epcscf_put_via(e, &b, branch);
	sip_put_copy(&b, m, SIP_H_VIA);
	sip_put(&b, "Max-Forwards: %d", relay_max_forwards(m));
	if (bound && bound->service_route[0]) {
		sip_put(&b, "Route: %s", bound->service_route);
		if (sip_addr_read(&a, span_str(bound->service_route)))
			mw_uri_address(a.uri, r->address, sizeof(r->address));
	}
	sip_put(&b, "P-Asserted-Identity: <%.*s>", SPAN(from));
	sip_put(&b, "P-Charging-Vector: icid-value=%s;orig-ioi=%s", icid, epcscf_home(e));
	relay_put_rest(&b, m, managed);
	sip_put_end(&b, m->body);
	epcscf_start_mw(e, &b, branch, r->address, on_mw_answer, r);
	buf_free(&b);
}

void epcscf_request_w2(struct epcscf_session *x, const struct sip_msg *m)
{
	struct epcscf *e = x->e;
	struct epcscf_binding *bound;
	struct sip_addr from;

	if (relay_max_forwards(m) < 0) {
		epcscf_refuse_w2(e, x->id, m, 483, NULL);
		return;
	}
	if (!sip_addr_read(&from, sip_get(m, SIP_H_FROM))) {
		epcscf_refuse_w2(e, x->id, m, 400, NULL);
		return;
	}
	bound = epcscf_binding_impu(e, x->id, from.uri);
	if (bound)
		send_inward(x, m, bound, from.uri);
	else
		epcscf_refuse_w2(e, x->id, m, 403, NULL);
}

/* ---- from Mw ---- */

static void reply_mw(struct epcscf *e, uint32_t link, struct buf *b, struct span body)
{
	struct buf styled;

	sip_put_end(b, body);
	buf_init(&styled, 2 * LIMIT_SIP_BYTES);
	style_apply(&e->style_mw, buf_span(b), &styled);
	if (styled.n && !b->full)
		mw_reply(e->mw, link, buf_span(&styled));
	buf_free(&styled);
}

static void refuse_mw(struct epcscf *e, uint32_t link, const struct sip_msg *m, int status)
{
	char tag[17];
	struct buf b;

	loop_random_hex(e->env.loop, tag, 16);
	buf_init(&b, LIMIT_SIP_BYTES);
	sip_put_reply(&b, m, status, span_str(tag));
	reply_mw(e, link, &b, SPAN_NONE);
	buf_free(&b);
}

static const enum sip_hdr nothing[] = { SIP_H_OTHER };

static void on_w2_answer(const struct sip_msg *m, void *arg)
{
	struct epcscf_relay *r = arg;
	struct buf b;

	if (!m) {
		refuse_mw(r->e, r->link, &r->request->msg, 408);
	} else {
		buf_init(&b, LIMIT_SIP_BYTES);
		relay_put_answer(&b, &r->request->msg, m, nothing);
		reply_mw(r->e, r->link, &b, m->body);
		buf_free(&b);
	}
	relay_free(r);
}

static void send_w2(struct span message, const char *address, void *arg)
{
	struct epcscf_relay *r = arg;

	(void)address;
	epcscf_send_w2(r->e, r->session, message);
}

/* Our Path's user part names the connection; the Request-URI is the contact.
 * Both must belong to one live binding. */
static struct epcscf_binding *binding_for(struct epcscf *e, const struct sip_msg *m)
{
	struct sip_list it = { 0 };
	struct span element, flow = SPAN_NONE;
	struct sip_addr a;
	struct sip_uri u;

	if (sip_list_next(m, SIP_H_ROUTE, &it, &element) && sip_addr_read(&a, element) &&
	    sip_uri_read(&u, a.uri))
		flow = u.user;
	for (struct epcscf_binding *x = e->bindings; x; x = x->next)
		if (x->session && sip_uri_eq(span_str(x->contact), m->uri) &&
		    (span_empty(flow) || span_eq(flow, span_str(x->flow))))
			return x;
	return NULL;
}

static const enum sip_hdr outward[] = {
	SIP_H_VIA, SIP_H_MAX_FORWARDS, SIP_H_ROUTE, SIP_H_CONTENT_LENGTH,
	SIP_H_P_CHARGING_VECTOR, SIP_H_OTHER,
};

static void send_outward(struct epcscf *e, uint32_t link, const struct sip_msg *m,
			 const struct epcscf_binding *x)
{
	struct epcscf_relay *r = relay_new(e, x->session, link, m);
	struct actor_url u;
	char branch[32];
	struct buf b;

	actor_url_read(&u, serve_url(e->serve));
	relay_branch(e->env.loop, branch);
	buf_init(&b, LIMIT_SIP_BYTES);
	sip_put_request(&b, m->method, m->uri);
	sip_put(&b, "Via: SIP/2.0/%s %s;branch=%s", u.secure ? "WSS" : "WS",
		strchr(u.endpoint, ':') + 1, branch);
	sip_put_copy(&b, m, SIP_H_VIA);
	sip_put(&b, "Max-Forwards: %d", relay_max_forwards(m));
	relay_put_rest(&b, m, outward);
	sip_put_end(&b, m->body);
	txn_start(&e->txns_w2, &(struct txn_start){ .message = buf_span(&b),
		.branch = span_str(branch), .timeout_us = e->env.profile->answer_timeout_us / 4,
		.send = send_w2, .send_arg = r, .done = on_w2_answer, .done_arg = r });
	buf_free(&b);
}

static bool is_us(const struct epcscf *e, struct span uri)
{
	char address[160];
	struct sip_uri u;

	return sip_uri_read(&u, uri) && span_empty(u.user) &&
	       mw_uri_address(uri, address, sizeof(address)) &&
	       strcmp(address, mw_address(e->mw)) == 0;
}

void epcscf_request_mw(struct epcscf *e, uint32_t link, const struct sip_msg *m)
{
	struct epcscf_binding *x = binding_for(e, m);

	if (relay_max_forwards(m) < 0)
		refuse_mw(e, link, m, 483);
	else if (is_us(e, m->uri))
		refuse_mw(e, link, m, 200);
	else if (e->pending >= EPCSCF_PENDING_MAX)
		refuse_mw(e, link, m, 503);
	else if (x)
		send_outward(e, link, m, x);
	else
		refuse_mw(e, link, m, 480);
}
