/* W1 and W2 as transports: TLS, the WebSocket handshake, origins, one SIP
 * message a WebSocket message, nothing of W2 on Mw (TS 23.228 U.1.3.3, U.1.4.2
 * and U.2.1, RFC 7118 4.1 and 5; rulings 16, 26, 27). */
#include "oracle/rule_sip.h"
#include "wire/ws.h"

#define CONNS 65536u            /* connections remembered, of one rule */

struct conns { struct recent seen; };

static void conns_free(void *state)
{
	recent_free(&((struct conns *)state)->seen);
}

static void conn_put(struct judge *j, uint32_t conn, uint32_t bits)
{
	struct conns *c = judge_state(j);

	if (conn)
		recent_put(&c->seen, CONNS, map_mix(conn, 1), bits);
}

static uint32_t conn_bits(struct judge *j, uint32_t conn)
{
	struct conns *c = judge_state(j);
	uint32_t bits = conn ? recent_get(&c->seen, map_mix(conn, 1)) : 0;

	return bits == MAP_NONE ? 0 : bits;
}

static int status_of(const struct ev *e)
{
	return e->status == UNSAID && e->http ? e->http->status : e->status;
}

/* ---- W1-01 ---- */

enum { W1_PLAIN = 1, W1_SECURE = 2 };

/* A redirect to https is how a discovered http URI is meant to go on, so only
 * content counts. */
static bool delivers(const struct ev *e)
{
	if (e->kind == EV_HANDOVER)
		return true;
	return e->http && !e->http->request && e->http->body.n &&
	       is_2xx(e->http->status);
}

static void w1_01(struct judge *j, const struct ev *e)
{
	if (e->on != POINT_W1)
		return;
	uint32_t bits = conn_bits(j, e->conn);

	if (e->kind == EV_TLS || (e->kind == EV_TCP && e->step == STEP_OPEN)) {
		bool secure = e->kind == EV_TLS || e->secure;

		if (bits != W1_SECURE)
			conn_put(j, e->conn, secure ? W1_SECURE : W1_PLAIN);
		return;
	}
	if ((e->kind != EV_HTTP && e->kind != EV_HANDOVER) || !delivers(e))
		return;
	if (e->secure || bits == W1_SECURE)
		judge_held(j);
	else if (bits == W1_PLAIN)
		judge_broken(j, where_of(e), "expected: page and token over "
			     "TLS; seen: %s over plain HTTP",
			     e->kind == EV_HANDOVER ? "identities handed over" :
						      "content delivered");
}

/* ---- WSS-01 ---- */

enum { PLAIN_ASKED = 1, PLAIN_USED = 2 };

static void plain_used(struct judge *j, const struct ev *e)
{
	conn_put(j, e->conn, PLAIN_USED);
	judge_broken_as(j, where_of(e), ROLE_EPCSCF, EFFECT_NONE,
			"expected: SIP over WebSocket inside TLS; seen: plain "
			"ws:// accepted");
	judge_broken_as(j, where_of(e), ROLE_WIC, EFFECT_NONE,
			"expected: SIP over WebSocket inside TLS; seen: plain "
			"ws:// used");
}

static void wss_01(struct judge *j, const struct ev *e)
{
	if (e->on != POINT_W2)
		return;
	uint32_t bits = conn_bits(j, e->conn);

	if (e->step == STEP_UPGRADE && e->secure)
		judge_held(j);
	else if (e->step == STEP_UPGRADE)
		conn_put(j, e->conn, PLAIN_ASKED);
	else if (bits == PLAIN_ASKED && e->step == STEP_ANSWER &&
		 status_of(e) != 101)
		judge_held(j);          /* refused, as it should be */
	else if (bits == PLAIN_ASKED && (e->step == STEP_ANSWER ||
					 e->step == STEP_FRAME))
		plain_used(j, e);
}

/* ---- WSS-03, WSS-04 ---- */

enum listed { LISTED_NOT, LISTED_OTHER_CASE, LISTED };

static enum listed lists_sip(struct span list)
{
	enum listed found = LISTED_NOT;

	while (!span_absent(list)) {
		struct span one = span_trim(span_split(&list, ','));

		if (span_eq(one, S("sip")))
			return LISTED;
		if (span_ieq(one, S("sip")))
			found = LISTED_OTHER_CASE;
	}
	return found;
}

/* The header may stand more than once. */
static enum listed protocol_is_sip(const struct ev *e)
{
	enum listed found = lists_sip(e->ws_protocol);

	for (unsigned i = 0; e->http && i < e->http->n_headers; i++) {
		const struct http_header *h = &e->http->headers[i];

		if (!span_ieq(h->name, S("Sec-WebSocket-Protocol")))
			continue;
		enum listed l = lists_sip(h->value);

		if (l > found)
			found = l;
	}
	return found;
}

static void wss_03(struct judge *j, const struct ev *e)
{
	if (e->on != POINT_W2 || e->step != STEP_UPGRADE)
		return;
	switch (protocol_is_sip(e)) {
	case LISTED:
		judge_held(j);
		break;
	case LISTED_OTHER_CASE:
		judge_unsure(j, where_of(e), "subprotocol offered as %.*s: "
			     "subprotocol names are compared exactly",
			     SPAN(e->ws_protocol));
		break;
	case LISTED_NOT:
		judge_broken(j, where_of(e), "expected: "
			     "Sec-WebSocket-Protocol: sip in the handshake; "
			     "seen: %.*s", SPAN(span_empty(e->ws_protocol) ?
			     S("none") : e->ws_protocol));
		break;
	}
}

enum { OFFERED_SIP = 1, OFFERED_NO_SIP = 2 };

static void wss_04(struct judge *j, const struct ev *e)
{
	if (e->on != POINT_W2)
		return;
	enum listed l = protocol_is_sip(e);

	if (e->step == STEP_UPGRADE) {
		conn_put(j, e->conn, l == LISTED_NOT ? OFFERED_NO_SIP :
						       OFFERED_SIP);
		return;
	}
	if (e->step != STEP_ANSWER || status_of(e) != 101)
		return;
	if (l == LISTED_NOT)
		judge_broken(j, where_of(e), "expected: "
			     "Sec-WebSocket-Protocol: sip in the 101; seen: "
			     "%.*s", SPAN(span_empty(e->ws_protocol) ?
			     S("none") : e->ws_protocol));
	else if (conn_bits(j, e->conn) == OFFERED_NO_SIP)
		judge_broken(j, where_of(e), "expected: no 101, since sip was "
			     "not offered; seen: 101 with subprotocol sip");
	else if (l == LISTED)
		judge_held(j);
	else
		judge_unsure(j, where_of(e), "subprotocol answered as %.*s: "
			     "subprotocol names are compared exactly",
			     SPAN(e->ws_protocol));
}

/* ---- WSS-05, WSS-06 ---- */

enum { HOME_ORIGIN = 1, HOME_ORIGIN_ODD = 2, FOREIGN_ASKED = 3,
       FOREIGN_IN = 4 };

/* Nothing but the origin could be a reason to refuse it. Without the HTTP
 * head (hand-written traces) the subprotocol has to do. */
static bool proper_upgrade(const struct judge *j, const struct ev *e)
{
	if (protocol_is_sip(e) != LISTED ||
	    (!e->secure && !judge_profile(j)->behind_tls_terminator))
		return false;
	return !e->http ||
	       (http_lists(e->http, S("Connection"), S("upgrade")) &&
		http_lists(e->http, S("Upgrade"), S("websocket")) &&
		span_eq(http_get(e->http, S("Sec-WebSocket-Version")),
			S("13")) &&
		http_get(e->http, S("Sec-WebSocket-Key")).n == 24);
}

static void wss_05_answer(struct judge *j, const struct ev *e, uint32_t bits)
{
	int status = status_of(e);
	bool plainly = status == 400 || status == 401 || status == 403;

	if (bits != HOME_ORIGIN && bits != HOME_ORIGIN_ODD)
		return;
	conn_put(j, e->conn, 0);
	if (status == 101)
		judge_held(j);
	else if (bits == HOME_ORIGIN && plainly)
		judge_broken(j, where_of(e), "expected: 101 for a WIC from an "
			     "authorised WWSF's origin; seen: %d", status);
	else if (bits == HOME_ORIGIN)
		judge_unsure(j, where_of(e), "%d for a WIC from an authorised "
			     "origin: refused for this or another reason",
			     status);
}

static void wss_05(struct judge *j, const struct ev *e)
{
	if (e->on != POINT_W2)
		return;
	if (e->step == STEP_ANSWER)
		wss_05_answer(j, e, conn_bits(j, e->conn));
	else if (e->step == STEP_UPGRADE && !span_empty(e->ws_origin) &&
		 profile_origin_allowed(judge_profile(j), e->ws_origin))
		conn_put(j, e->conn, proper_upgrade(j, e) ? HOME_ORIGIN :
							 HOME_ORIGIN_ODD);
}

static void wss_06_ws(struct judge *j, const struct ev *e)
{
	if (e->step == STEP_UPGRADE && !span_empty(e->ws_origin) &&
	    !profile_origin_allowed(judge_profile(j), e->ws_origin)) {
		conn_put(j, e->conn, FOREIGN_ASKED);
	} else if (e->step == STEP_ANSWER &&
		   conn_bits(j, e->conn) == FOREIGN_ASKED) {
		if (status_of(e) == 101)
			conn_put(j, e->conn, FOREIGN_IN);
		else
			judge_held(j);
	}
}

static bool foreign(struct judge *j, const struct reg *r)
{
	return r && conn_bits(j, r->conn) >= FOREIGN_ASKED;
}

static void wss_06_answer(struct judge *j, const struct ev *e,
			  const struct reg *r)
{
	if (is_2xx(e->status))
		judge_broken(j, where_of(e), "expected: no registration over a "
			     "connection with a foreign origin; seen: %d to "
			     "its REGISTER", e->status);
	else if (r->mw_count)
		return;                 /* judged when it was forwarded */
	else if (r->challenge.digest)
		judge_unsure(j, where_of(e), "REGISTER over a connection with "
			     "a foreign origin was challenged: it may have "
			     "gone to the core");
	else if (e->status >= 300)
		judge_held(j);
}

static void wss_06(struct judge *j, const struct ev *e)
{
	const struct reg *r = rule_sip_reg(j);

	if (e->kind == EV_WS && e->on == POINT_W2)
		wss_06_ws(j, e);
	else if (e->kind == EV_REGISTER && e->on == POINT_MW &&
		 foreign(j, rule_sip_mate(j, r)))
		rule_sip_breach(j, where_of(e), rule_sip_sure(j, r), ROLE_NONE,
				"expected: nothing on Mw from a connection "
				"with a foreign origin; seen: its REGISTER");
	else if (e->kind == EV_ANSWER && e->on == POINT_W2 && foreign(j, r))
		wss_06_answer(j, e, r);
}

/* ---- WSS-08 ---- */

static void wss_08(struct judge *j, const struct ev *e)
{
	enum role who = e->from == ROLE_WIC ? ROLE_WIC : ROLE_EPCSCF;

	if (e->on != POINT_W2 || e->step != STEP_FRAME ||
	    (e->ws_op != WS_TEXT && e->ws_op != WS_BINARY))
		return;
	if (e->ws_sip_count > 1)
		judge_broken_as(j, where_of(e), who, EFFECT_NONE,
				"expected: one SIP message in a WebSocket "
				"message; seen: %u", e->ws_sip_count);
	else if (e->ws_sip_partial)
		judge_broken_as(j, where_of(e), who, EFFECT_NONE,
				"expected: a whole SIP message in a WebSocket "
				"message; seen: a part of one");
	else if (e->ws_sip_count == 1)
		judge_held(j);
}

/* ---- WSS-17 ---- */

static bool ws_transport(struct span params)
{
	struct span v;

	return sip_param(params, S("transport"), &v) &&
	       (span_ieq(v, S("ws")) || span_ieq(v, S("wss")));
}

/* The hop itself, not the hops before it: a Via of the WIC under the
 * eP-CSCF's own one is what a proxy must leave there. Route only in REGISTER,
 * which surely goes inward. */
static bool ws_hop(const struct sip_msg *m)
{
	struct sip_list it = { 0 };
	struct sip_via via;
	struct sip_addr route;
	struct sip_uri uri;
	struct span el;

	if (sip_list_next(m, SIP_H_VIA, &it, &el) && sip_via_read(&via, el) &&
	    (span_ieq(via.transport, S("WS")) ||
	     span_ieq(via.transport, S("WSS"))))
		return true;
	it = (struct sip_list){ 0 };
	return sip_is(m, S("REGISTER")) &&
	       sip_list_next(m, SIP_H_ROUTE, &it, &el) &&
	       sip_addr_read(&route, el) && sip_uri_read(&uri, route.uri) &&
	       ws_transport(uri.params);
}

static bool bearer_credentials(const struct sip_msg *m)
{
	struct sip_auth a;

	for (int i = -1; (i = sip_next(m, SIP_H_AUTHORIZATION, i)) >= 0;)
		if (sip_auth_read(&a, m->headers[i].value) &&
		    span_ieq(a.scheme, S("Bearer")))
			return true;
	return false;
}

static void wss_17_sip(struct judge *j, const struct ev *e)
{
	const struct sip_secrets *s = e->secrets;

	if (!e->sip->request || e->from == ROLE_SCSCF || e->to == ROLE_EPCSCF)
		return;
	if (bearer_credentials(e->sip) || (s && s->has_token))
		judge_broken(j, where_of(e), "expected: no token on Mw; seen: "
			     "Bearer credentials in %.*s", SPAN(e->sip->method));
	else if (s && s->token_elsewhere)
		judge_broken(j, where_of(e), "expected: no token on Mw; seen: "
			     "a token's text in %.*s", SPAN(e->sip->method));
	else if (ws_hop(e->sip))
		judge_broken(j, where_of(e), "expected: no WebSocket hop on "
			     "Mw; seen: the topmost Via or Route of %.*s says "
			     "one", SPAN(e->sip->method));
	else if (sip_is(e->sip, S("REGISTER")))
		judge_held(j);
}

static void wss_17(struct judge *j, const struct ev *e)
{
	if (e->on != POINT_MW)
		return;
	if (e->kind == EV_SIP && e->sip)
		wss_17_sip(j, e);
	else if (e->kind == EV_SIP || e->sip)
		return;                 /* judged as the message it is */
	else if (e->auth == AUTH_BEARER || !span_absent(e->token))
		judge_broken(j, where_of(e), "expected: no token on Mw; seen: "
			     "a REGISTER with %s",
			     e->auth == AUTH_BEARER ? "Bearer credentials" :
						      "a token");
	else
		judge_held(j);
}

#define WS_KINDS EV_BIT(EV_WS)

const struct rule rules_wss[] = {
	{ .id = "W1-01", .clause = "TS 23.228 U.2.1.3 step 1",
	  .version = "V16.5.0",
	  .text = "The page, the WIC and the token are delivered over TLS only",
	  .strength = STRENGTH_SD, .obliged = ROLE_WWSF,
	  .facts = FACT_W1 | FACT_HTTP, .needs = NEED_OPEN_TAP,
	  .state_size = sizeof(struct conns),
	  .kinds = EV_BIT(EV_TCP) | EV_BIT(EV_TLS) | EV_BIT(EV_HTTP) |
		   EV_BIT(EV_HANDOVER),
	  .on_event = w1_01, .free_state = conns_free },
	{ .id = "WSS-01", .clause = "TS 23.228 U.1.4.2", .version = "V16.5.0",
	  .text = "SIP on W2 runs over WebSocket inside TLS",
	  .strength = STRENGTH_ASM, .obliged = ROLE_EPCSCF,
	  .facts = FACT_W2 | FACT_WS, .needs = NEED_OPEN_TAP,
	  .state_size = sizeof(struct conns),
	  .kinds = WS_KINDS, .on_event = wss_01, .free_state = conns_free },
	{ .id = "WSS-03", .clause = "RFC 7118 4.1", .version = "2014",
	  .text = "The WIC offers the WebSocket subprotocol sip",
	  .strength = STRENGTH_MUST, .obliged = ROLE_WIC,
	  .facts = FACT_W2 | FACT_WS, .kinds = WS_KINDS, .on_event = wss_03 },
	{ .id = "WSS-04", .clause = "RFC 7118 4.1", .version = "2014",
	  .text = "A 101 of the eP-CSCF names the subprotocol sip, which was "
		  "offered",
	  .strength = STRENGTH_MUST, .obliged = ROLE_EPCSCF,
	  .facts = FACT_W2 | FACT_WS, .state_size = sizeof(struct conns),
	  .kinds = WS_KINDS, .on_event = wss_04, .free_state = conns_free },
	{ .id = "WSS-05", .clause = "TS 23.228 U.1.3.3", .version = "V16.5.0",
	  .text = "A WIC that comes from an authorised WWSF's origin is let in",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF,
	  .facts = FACT_W2 | FACT_WS, .needs = NEED_ORIGINS,
	  .state_size = sizeof(struct conns), .kinds = WS_KINDS,
	  .on_event = wss_05, .free_state = conns_free },
	{ .id = "WSS-06", .clause = "TS 23.228 U.1.3.3", .version = "V16.5.0",
	  .text = "A connection with the origin of no authorised WWSF registers "
		  "nobody",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF,
	  .facts = FACT_W2 | FACT_WS, .needs = NEED_ORIGINS,
	  .state_size = sizeof(struct conns),
	  .kinds = WS_KINDS | EV_BIT(EV_REGISTER) | EV_BIT(EV_ANSWER),
	  .on_event = wss_06, .free_state = conns_free },
	{ .id = "WSS-08", .clause = "RFC 7118 5", .version = "2014",
	  .text = "A WebSocket message carries exactly one whole SIP message",
	  .strength = STRENGTH_MUST, .obliged = ROLE_EPCSCF,
	  .facts = FACT_W2 | FACT_WS, .kinds = WS_KINDS, .on_event = wss_08 },
	{ .id = "WSS-17", .clause = "TS 23.228 U.1.3.3", .version = "V16.5.0",
	  .text = "Nothing of W2 shows on Mw: no token, no WebSocket hop",
	  .strength = STRENGTH_DER, .obliged = ROLE_EPCSCF, .facts = FACT_MW,
	  .kinds = EV_BIT(EV_SIP) | EV_BIT(EV_REGISTER), .on_event = wss_17 },
	{ 0 }
};
