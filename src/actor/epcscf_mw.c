/* Messages on Mw: the REGISTER that the eP-CSCF makes of a WIC's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/epcscf_priv.h"

void epcscf_put_via(struct epcscf *e, struct buf *b, const char *branch)
{
	sip_put(b, "Via: SIP/2.0/%s %s;branch=%s", mw_transport(e->mw), mw_address(e->mw), branch);
}

static void put_charging(struct epcscf *e, struct buf *b)
{
	char icid[33];

	if (epcscf_flaw(e, FLAW_NO_CHARGING_VECTOR))
		return;
	loop_random_hex(e->env.loop, icid, 32);
	sip_put(b, "P-Charging-Vector: icid-value=%s;icid-generated-at=%s;orig-ioi=%s",
		epcscf_flaw(e, FLAW_REPEATS_ICID) ? e->icid : icid, mw_address(e->mw),
		epcscf_home(e));
}

static void put_network(struct epcscf *e, struct buf *b, const char *flow)
{
	if (!epcscf_flaw(e, FLAW_NO_PATH))
		sip_put(b, "Path: <sip:%s@%s;lr%s>", flow, mw_address(e->mw),
			mw_udp(e->mw) ? "" : ";transport=tcp");
	if (!epcscf_flaw(e, FLAW_NO_REQUIRE_PATH))
		sip_put(b, "Require: path");
	if (!epcscf_flaw(e, FLAW_NO_VISITED_NETWORK))
		sip_put(b, "P-Visited-Network-ID: \"%s\"", epcscf_home(e));
	put_charging(e, b);
}

static const char *flag_of(const struct epcscf *e, const struct epcscf_reg *r)
{
	if (epcscf_flaw(e, FLAW_NO_AUTH_DONE) ||
	    (r->refresh && epcscf_flaw(e, FLAW_REFRESHES_WITHOUT_AUTH_DONE)) ||
	    (r->deregister && epcscf_flaw(e, FLAW_DEREGISTERS_WITHOUT_AUTH_DONE)))
		return "";
	return epcscf_flaw(e, FLAW_FLAGS_YES) ? ", integrity-protected=\"yes\"" :
	       ", integrity-protected=\"auth-done\"";
}

/* TNA: a Digest without proof, vouched for by the flag. */
static void put_trusted(struct epcscf *e, struct buf *b, const struct epcscf_reg *r)
{
	const char *home = epcscf_home(e);
	const char *realm = epcscf_flaw(e, FLAW_WRONG_REALM) ? "web" : home;

	sip_put(b, "Authorization: Digest username=\"%s\", realm=\"%s\", uri=\"sip:%s\", "
		"nonce=\"\", response=\"%s\"%s",
		epcscf_flaw(e, FLAW_USERNAME_IS_IMPU) ? r->to : r->who.impi, realm, home,
		epcscf_flaw(e, FLAW_RESPONSE_NOT_EMPTY) ? "0123456789abcdef0123456789abcdef" : "",
		flag_of(e, r));
	if (epcscf_flaw(e, FLAW_LEAKS_TOKEN))
		sip_put_copy(b, &r->request->msg, SIP_H_AUTHORIZATION);
}

/* The parameters one by one, without any integrity-protected of the UE
 * (33.203 P.3). */
static void put_cleaned(struct epcscf *e, struct buf *b, struct span params)
{
	bool quoted = false, first = true;
	size_t from = 0;

	for (size_t i = 0; i <= params.n; i++) {
		struct span one;

		if (i < params.n && params.p[i] == '"' && (i == 0 || params.p[i - 1] != '\\'))
			quoted = !quoted;
		if (i < params.n && (quoted || params.p[i] != ','))
			continue;
		one = span_trim(span_sub(params, from, i - from));
		from = i + 1;
		if (span_empty(one) ||
		    (span_istarts(one, S("integrity-protected")) &&
		     !epcscf_flaw(e, FLAW_KEEPS_INTEGRITY_PROTECTED)) ||
		    (span_istarts(one, S("uri=")) && epcscf_flaw(e, FLAW_ALTERS_DIGEST)))
			continue;
		buf_add(b, first ? S(" ") : S(", "));
		buf_add(b, one);
		first = false;
	}
}

/* Scenario 1: as the WIC wrote it; what it answers a challenge with is marked
 * as authentication pending (33.203 P.3, O.2.3). */
static void put_relayed(struct epcscf *e, struct buf *b, const struct sip_msg *m)
{
	struct span value = sip_get(m, SIP_H_AUTHORIZATION), response;
	struct sip_auth a;

	if (span_absent(value) || !sip_auth_read(&a, value))
		return;
	buf_add(b, S("Authorization: Digest"));
	put_cleaned(e, b, a.rest);
	if (epcscf_flaw(e, FLAW_ALTERS_DIGEST))
		buf_addf(b, ", uri=\"sip:%s\"", mw_address(e->mw));
	if (sip_auth_param(&a, S("response"), &response) && !span_empty(response) &&
	    !epcscf_flaw(e, FLAW_KEEPS_INTEGRITY_PROTECTED))
		buf_add(b, S(", integrity-protected=\"tls-pending\""));
	buf_add(b, S("\r\n"));
}

/* Contacts with the expiry that we ask for. */
static void put_contacts(struct epcscf *e, struct buf *b, const struct epcscf_reg *r)
{
	const struct sip_msg *m = &r->request->msg;
	bool header = epcscf_variant(e, VARIANT_EXPIRES_HEADER);
	struct sip_list it = { 0 };
	struct span element, rest;
	struct sip_addr a;

	while (sip_list_next(m, SIP_H_CONTACT, &it, &element)) {
		if (!r->tna || r->expires_s < 0 || !sip_addr_read(&a, element)) {
			relay_put(b, S("Contact"), element);
			continue;
		}
		buf_add(b, S("Contact: <"));
		buf_add(b, a.uri);
		buf_addc(b, '>');
		for (rest = a.params; !span_absent(rest);) {
			struct span one = span_trim(span_split(&rest, ';'));

			if (span_empty(one) || span_istarts(one, S("expires")))
				continue;
			buf_addc(b, ';');
			buf_add(b, one);
		}
		if (!header)
			buf_addf(b, ";expires=%lld", (long long)r->expires_s);
		buf_add(b, S("\r\n"));
	}
	if (r->tna && r->expires_s >= 0 && (header || span_eq(sip_get(m, SIP_H_CONTACT), S("*"))))
		sip_put(b, "Expires: %lld", (long long)r->expires_s);
	else if (!r->tna || r->expires_s < 0)
		sip_put_copy(b, m, SIP_H_EXPIRES);
}

static void put_names(struct epcscf *e, struct buf *b, const struct epcscf_reg *r)
{
	const struct sip_msg *m = &r->request->msg;
	struct span tag = relay_tag(m, SIP_H_FROM), call = sip_get(m, SIP_H_CALL_ID), method;
	uint32_t cseq = 0;

	if (epcscf_variant(e, VARIANT_B2BUA)) {
		uint64_t own = map_mix(span_hash(call), e->secret);

		sip_put(b, "From: <%s>;tag=b2b%08x", r->to, (unsigned)(own >> 32));
		sip_put(b, "To: <%s>", r->to);
		sip_put(b, "Call-ID: %016llx@%s", (unsigned long long)own, epcscf_home(e));
		sip_put(b, "CSeq: %u REGISTER", ++e->next_cseq);
		return;
	}
	if (r->tna) {
		sip_put(b, "From: <%s>;tag=%.*s", r->to, SPAN(tag));
		sip_put(b, "To: <%s>", r->to);
	} else {
		sip_put_copy(b, m, SIP_H_FROM);
		sip_put_copy(b, m, SIP_H_TO);
	}
	sip_put(b, "Call-ID: %.*s", SPAN(call));
	sip_cseq_read(sip_get(m, SIP_H_CSEQ), &cseq, &method);
	sip_put(b, "CSeq: %u REGISTER", cseq);
}

/* Everything that we write ourselves or that ends at the edge. */
static const enum sip_hdr managed[] = {
	SIP_H_VIA, SIP_H_FROM, SIP_H_TO, SIP_H_CALL_ID, SIP_H_CSEQ, SIP_H_CONTACT,
	SIP_H_MAX_FORWARDS, SIP_H_CONTENT_LENGTH, SIP_H_EXPIRES, SIP_H_ROUTE, SIP_H_PATH,
	SIP_H_REQUIRE, SIP_H_PROXY_REQUIRE, SIP_H_AUTHORIZATION, SIP_H_PROXY_AUTHORIZATION,
	SIP_H_P_VISITED_NETWORK_ID, SIP_H_P_CHARGING_VECTOR, SIP_H_P_ACCESS_NETWORK_INFO,
	SIP_H_P_ASSERTED_IDENTITY, SIP_H_P_PREFERRED_IDENTITY, SIP_H_SECURITY_CLIENT,
	SIP_H_SECURITY_VERIFY, SIP_H_OTHER,
};

static void send_on(struct span message, const char *address, void *arg)
{
	struct epcscf *e = arg;

	mw_send(e->mw, address, message);
}

void epcscf_start_mw(struct epcscf *e, struct buf *b, const char *branch, const char *address,
		     txn_done *done, void *arg)
{
	struct buf styled;

	buf_init(&styled, 2 * LIMIT_SIP_BYTES);
	style_apply(&e->style_mw, buf_span(b), &styled);
	txn_start(&e->txns_mw, &(struct txn_start){ .message = buf_span(&styled),
		.branch = span_str(branch), .address = address, .repeat = mw_udp(e->mw),
		.timeout_us = e->env.profile->answer_timeout_us / 4 * 3, .send = send_on,
		.send_arg = e, .done = done, .done_arg = arg });
	buf_free(&styled);
}

void epcscf_send_register(struct epcscf *e, struct epcscf_reg *r, txn_done *done)
{
	const struct sip_msg *m = &r->request->msg;
	struct epcscf_session *x = epcscf_session_by_id(e, r->session);
	struct sip_addr to;
	char branch[32];
	struct buf b;

	if (!r->to[0] && sip_addr_read(&to, sip_get(m, SIP_H_TO)))
		span_copy(r->to, sizeof(r->to), to.uri);
	relay_branch(e->env.loop, branch);
	buf_init(&b, LIMIT_SIP_BYTES);
	buf_addf(&b, "REGISTER sip:%s SIP/2.0\r\n", epcscf_home(e));
	epcscf_put_via(e, &b, branch);
	if (!epcscf_variant(e, VARIANT_B2BUA))
		sip_put_copy(&b, m, SIP_H_VIA);
	sip_put(&b, "Max-Forwards: %d", relay_max_forwards(m));
	put_names(e, &b, r);
	put_contacts(e, &b, r);
	put_network(e, &b, x ? x->flow : "gone");
	if (r->tna)
		put_trusted(e, &b, r);
	else
		put_relayed(e, &b, m);
	relay_put_rest(&b, m, managed);
	sip_put_end(&b, m->body);
	epcscf_start_mw(e, &b, branch, e->peer, done, r);
	buf_free(&b);
}

static void ended(const struct sip_msg *m, void *arg)
{
	(void)m;
	(void)arg;
}

void epcscf_end_at_registrar(struct epcscf *e, const struct epcscf_binding *x)
{
	char branch[32], hex[33];
	struct buf b;

	relay_branch(e->env.loop, branch);
	loop_random_hex(e->env.loop, hex, 32);
	buf_init(&b, LIMIT_SIP_BYTES);
	buf_addf(&b, "REGISTER sip:%s SIP/2.0\r\n", epcscf_home(e));
	epcscf_put_via(e, &b, branch);
	sip_put(&b, "Max-Forwards: 70");
	sip_put(&b, "From: <%s>;tag=%.8s", x->impu[0], hex);
	sip_put(&b, "To: <%s>", x->impu[0]);
	sip_put(&b, "Call-ID: %s@%s", hex, epcscf_home(e));
	sip_put(&b, "CSeq: 1 REGISTER");
	sip_put(&b, "Contact: <%s>;expires=0", x->contact);
	put_network(e, &b, x->flow);
	sip_put(&b, "Authorization: Digest username=\"%s\", realm=\"%s\", uri=\"sip:%s\", "
		"nonce=\"\", response=\"\", integrity-protected=\"auth-done\"", x->impi,
		epcscf_home(e), epcscf_home(e));
	sip_put_end(&b, SPAN_NONE);
	epcscf_start_mw(e, &b, branch, e->peer, ended, NULL);
	buf_free(&b);
}

void epcscf_mw_message(struct mw *mw, uint32_t link, const struct sip_msg *m, void *arg)
{
	struct epcscf *e = arg;

	(void)mw;
	if (!m->request)
		txn_answer(&e->txns_mw, m);
	else if (actor_answerable(m) && !sip_is(m, S("ACK")))
		epcscf_request_mw(e, link, m);
}
