/* SIP messages to register, answer and request events. */
#include <stdio.h>

#include "source/decoder.h"

/* ---- which transaction? ---- */

static uint64_t key_of(const struct sip_ident *id, struct span branch)
{
	return map_mix(id->base, span_empty(branch) ? 1 : span_hash(branch));
}

/* The topmost Via's branch leads; a CANCEL shares it with its INVITE, so the
 * method of CSeq counts as well. On W2 the connection does, too: two WICs may
 * choose alike. */
static struct sip_ident ident_of(const struct ev *e, struct sip_list *vias)
{
	const struct sip_msg *m = e->sip;
	struct span value = sip_get(m, SIP_H_CSEQ), method = SPAN_NONE, top;
	struct sip_via via = { 0 };
	uint32_t number = 0;
	struct sip_ident id;

	sip_cseq_read(value, &number, &method);
	id.base = map_mix(span_hash(sip_get(m, SIP_H_CALL_ID)),
			  map_mix(span_hash(method),
				  (uint64_t)number << 8 | (unsigned)e->on));
	id.loose = map_mix(map_mix(id.base, 0x6c6f6f7365u), e->conn);
	if (e->on == POINT_W2)
		id.base = map_mix(id.base, e->conn);
	*vias = (struct sip_list){ 0 };
	if (sip_list_next(m, SIP_H_VIA, vias, &top))
		sip_via_read(&via, top);
	id.key = key_of(&id, via.branch);
	return id;
}

/* Behind the hop that we follow, the same request goes on (I-CSCF to S-CSCF):
 * then a lower Via is the topmost one of a request that is known. */
static bool is_hop(const struct decoder *d, const struct ev *e,
		   struct sip_list *vias)
{
	const struct sip_ident *id = &d->ident;
	struct span element;
	struct sip_via via;

	if (e->on != POINT_MW || txns_find(&d->txns, id->key))
		return false;
	for (unsigned i = 0; i < 8; i++) {
		if (!sip_list_next(e->sip, SIP_H_VIA, vias, &element))
			return false;
		if (sip_via_read(&via, element) && !span_empty(via.branch) &&
		    txns_find(&d->txns, key_of(id, via.branch)))
			return true;
	}
	return false;
}

void derive_sip_before(struct decoder *d, struct conn *c, struct ev *e)
{
	struct sip_list vias;

	d->ident = ident_of(e, &vias);
	d->hop = is_hop(d, e, &vias);
	if (!d->hop || d->replay || !c || c->told)
		return;
	e->from = e->to = ROLE_SCSCF;
	if (!c->fixed)
		c->client = c->server = ROLE_SCSCF;
}

/* ---- what a REGISTER says ---- */

static enum ev_auth kind_of(const struct sip_auth *a)
{
	struct span v = SPAN_NONE;

	if (span_ieq(a->scheme, S("Bearer")))
		return AUTH_BEARER;
	if (!span_ieq(a->scheme, S("Digest")))
		return AUTH_NONE;
	if (sip_auth_param(a, S("integrity-protected"), &v) &&
	    span_ieq(v, S("auth-done")))
		return AUTH_TNA;
	if (sip_auth_param(a, S("algorithm"), &v) &&
	    span_istarts(v, S("AKAv")))
		return AUTH_AKA;
	return AUTH_DIGEST;
}

/* Beside each other: on W2 the token is what the WIC presents, on Mw the mark
 * is what the core goes by. */
static unsigned weight(enum ev_auth kind, enum point on)
{
	switch (kind) {
	case AUTH_BEARER: return on == POINT_W2 ? 5 : 2;
	case AUTH_TNA: return 4;
	case AUTH_AKA: return 3;
	case AUTH_DIGEST: return 3;
	case AUTH_NONE: return 1;
	case AUTH_KIND_UNSAID: break;
	}
	return 0;
}

static void read_auth(struct ev *e)
{
	const struct sip_msg *m = e->sip;
	struct sip_auth a;

	e->auth = AUTH_NONE;
	for (int i = sip_next(m, SIP_H_AUTHORIZATION, -1); i >= 0;
	     i = sip_next(m, SIP_H_AUTHORIZATION, i)) {
		struct span user = SPAN_NONE;

		if (!sip_auth_read(&a, m->headers[i].value))
			continue;
		enum ev_auth kind = kind_of(&a);

		if (weight(kind, e->on) > weight(e->auth, e->on))
			e->auth = kind;
		/* Beside a token, a username is a claim of the WIC. */
		if ((span_ieq(a.scheme, S("Digest")) || kind == AUTH_BEARER) &&
		    sip_auth_param(&a, S("username"), &user) && user.n)
			e->impi = user;
	}
}

static struct span uri_of(const struct sip_msg *m, enum sip_hdr h)
{
	struct span value = sip_get(m, h);
	struct sip_addr a;

	if (span_absent(value) || !sip_addr_read(&a, value))
		return SPAN_NONE;
	return a.uri;
}

static struct span first_contact(const struct sip_msg *m,
				 struct sip_addr *addr)
{
	struct sip_list it = { 0 };
	struct span el;

	if (!sip_list_next(m, SIP_H_CONTACT, &it, &el) ||
	    !sip_addr_read(addr, el))
		return SPAN_NONE;
	return addr->uri;
}

/* Who is it? What the tester knows; else the token's WIC; else what the
 * connection showed before; else the instance; else the connection. */
static void label_w2(struct decoder *d, struct conn *c, const struct ev *e,
		     const struct sip_addr *contact)
{
	const struct known_token *t = NULL;
	struct span instance = SPAN_NONE;
	char text[32];

	if (!label_none(&c->live))
		return;
	if (!span_empty(e->token))
		t = known_find(&d->known, e->token);
	if (t && !label_none(&t->label)) {
		c->label = t->label;
		c->label.sure = false;
		return;
	}
	if (!label_none(&c->label))
		return;
	if (sip_param(contact->params, S("+sip.instance"), &instance) &&
	    !span_empty(instance)) {
		label_set(&c->label, instance, false);
		return;
	}
	snprintf(text, sizeof text, "w2#%u", conn_number(c));
	label_set(&c->label, span_str(text), false);
}

static void tell_register(struct decoder *d, struct conn *c,
			  const struct ev *e, const struct sip_ident *id)
{
	struct sip_addr contact = { 0 };
	struct span uri = first_contact(e->sip, &contact);
	struct span to = uri_of(e->sip, SIP_H_TO);
	struct txn *x;
	struct ev out;

	derive_init(&out, EV_REGISTER, e);
	out.call = sip_get(e->sip, SIP_H_CALL_ID);
	read_auth(&out);
	if (!span_empty(to))
		out.impu.at[out.impu.n++] = to;
	if (e->secrets && e->secrets->has_token)
		out.token = e->secrets->token;
	out.expires_s = sip_expires(e->sip, SPAN_NONE);
	if (out.expires_s < 0)
		out.expires_s = UNSAID;
	if (e->on == POINT_W2 && c) {
		label_w2(d, c, &out, &contact);
		derive_label(&out, c);
	}
	x = txns_add(&d->txns, TXN_REGISTERS, id->key, id->loose, e->t_us);
	x->on = e->on;
	x->conn = e->conn;
	txn_text(x, TXN_CONTACT, uri);
	decoder_emit(d, &out);
}

static void tell_answer(struct decoder *d, const struct ev *e, struct txn *x)
{
	struct span contact = txn_get(x, TXN_CONTACT);
	struct ev out;

	derive_init(&out, EV_ANSWER, e);
	out.call = sip_get(e->sip, SIP_H_CALL_ID);
	out.status = e->sip->status;
	out.expires_s = UNSAID;
	if (out.status / 100 == 2) {
		out.expires_s = sip_expires(e->sip, contact);
		/* An edge that changes Contact grants the one it shows. */
		if (out.expires_s < 0)
			out.expires_s = sip_expires(e->sip, SPAN_NONE);
		if (out.expires_s < 0)
			out.expires_s = UNSAID;
	}
	txns_move(&d->txns, x, TXN_DONE, e->t_us);
	decoder_emit(d, &out);
}

/* ---- other requests ---- */

static void wait_for(struct decoder *d, struct conn *c, const struct ev *e,
		     const struct sip_ident *id)
{
	struct txn *x = txns_add(&d->txns, TXN_REQUESTS, id->key, id->loose,
				 e->t_us);
	struct ev label;

	ev_init(&label, EV_REQUEST, e->t_us);
	if (c && e->on == POINT_W2)
		derive_label(&label, c);
	x->on = e->on;
	x->conn = e->conn;
	x->number = e->number;
	x->file = e->file;
	x->from = e->from;
	x->to = e->to;
	x->wic_sure = label.wic_sure;
	txn_text(x, TXN_CALL, sip_get(e->sip, SIP_H_CALL_ID));
	txn_text(x, TXN_METHOD, e->sip->method);
	txn_text(x, TXN_FROM, uri_of(e->sip, SIP_H_FROM));
	txn_text(x, TXN_TO, uri_of(e->sip, SIP_H_TO));
	txn_text(x, TXN_WIC, label.wic);
	if (c)
		c->pending++;
}

static void tell_request(struct decoder *d, struct txn *x, int status,
			 int64_t t_us)
{
	struct conn *c = decoder_conn(d, x->conn);
	struct ev out;

	ev_init(&out, EV_REQUEST, t_us);
	out.derived = true;
	out.on = x->on;
	out.conn = x->conn;
	out.number = x->number;
	out.file = x->file;
	out.from = x->from;
	out.to = x->to;
	out.asked_us = x->since_us;
	out.status = status;
	out.call = txn_get(x, TXN_CALL);
	out.method = txn_get(x, TXN_METHOD);
	out.from_id = txn_get(x, TXN_FROM);
	out.to_id = txn_get(x, TXN_TO);
	out.wic = txn_get(x, TXN_WIC);
	out.wic_sure = x->wic_sure;
	if (c && c->pending)
		c->pending--;
	txns_move(&d->txns, x, TXN_DONE, t_us);
	decoder_emit(d, &out);
}

/* ---- the way of each message ---- */

static void request(struct decoder *d, struct conn *c, const struct ev *e)
{
	if (d->hop || span_eq(e->sip->method, S("ACK")))
		return;
	if (txns_find(&d->txns, d->ident.key))
		return;         /* a retransmission */
	if (span_eq(e->sip->method, S("REGISTER")))
		tell_register(d, c, e, &d->ident);
	else
		wait_for(d, c, e, &d->ident);
}

static void answer(struct decoder *d, const struct ev *e)
{
	struct txn *x;

	if (d->hop || e->sip->status < 200)
		return;
	x = txns_find(&d->txns, d->ident.key);
	if (!x)
		x = txns_find(&d->txns, d->ident.loose);
	if (!x)
		return;
	if (x->list == TXN_REGISTERS)
		tell_answer(d, e, x);
	else if (x->list == TXN_REQUESTS)
		tell_request(d, x, e->sip->status, e->t_us);
}

void derive_sip(struct decoder *d, struct conn *c, const struct ev *e)
{
	if (e->on != POINT_W2 && e->on != POINT_MW)
		return;
	if (e->sip->request)
		request(d, c, e);
	else
		answer(d, e);
}

/* ---- time ---- */

void derive_sip_sweep(struct decoder *d, int64_t t_us)
{
	struct txns *t = &d->txns;
	struct txn *x;

	while ((x = txns_oldest(t, TXN_REQUESTS, t_us, TXN_REQUEST_US)))
		tell_request(d, x, UNSAID, t_us);
	while ((x = txns_oldest(t, TXN_REGISTERS, t_us, TXN_REGISTER_US))) {
		if (t_us - x->since_us < TXN_REGISTER_US &&
		    d->gone_registers++ == 0)
			decoder_limit(d, "over %u REGISTERs wait for "
				      "answers at once: answers to the oldest "
				      "are not seen", TXNS_MAX);
		txns_drop(t, x);
	}
	while ((x = txns_oldest(t, TXN_DONE, t_us, TXN_DONE_US)))
		txns_drop(t, x);
}

void derive_sip_gone(struct decoder *d, struct conn *c, int64_t t_us)
{
	struct txn *x = txns_first(&d->txns, TXN_REQUESTS), *next;

	for (; x && c->pending; x = next) {
		next = txns_next(&d->txns, x);
		if (x->conn == conn_number(c))
			tell_request(d, x, UNSAID, t_us);
	}
}

void derive_sip_end(struct decoder *d, int64_t t_us)
{
	struct txn *x;

	while ((x = txns_first(&d->txns, TXN_REQUESTS)))
		tell_request(d, x, UNSAID, t_us);
}
