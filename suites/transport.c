/* W2 as a transport: SIP over secure WebSocket from authorised origins alone
 * (TS 23.228 U.1.3.3, RFC 7118). */
#include "suites.h"

static void connect_plainly(struct tc *t)
{
	tc_connect(t, tc_wic(t, "w1"));
}

static void alice_joins(struct tc *t)
{
	tc_join(t, tc_wic(t, "w1"), "alice");
}

/* Every origin of the list is allowed. */
static void all_allowed_origins(struct tc *t)
{
	static const char *const labels[] = { "w1", "w2", "w3", "w4" };
	const struct profile *p = tc_profile(t);

	for (unsigned i = 0; i < p->n_origins && i < 4; i++) {
		struct wic *w = tc_wic(t, labels[i]);
		struct wic_open o = { .origin = p->origins[i] };

		wic_open(w, &o);
		if (!tc_await(t, wic_open_done, w, TC_STEP_US))
			return;
	}
}

/* From a page of somebody else's server: with a good token, or by digest. */
static bool connect_foreign(struct tc *t, struct wic *w)
{
	struct wic_open o = { .origin = tc_profile(t)->foreign_origin };

	wic_open(w, &o);
	return tc_await(t, wic_open_done, w, TC_STEP_US);
}

static void foreign_with_token(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (tc_login(t, w, "alice") && connect_foreign(t, w) &&
	    wic_connected(w))
		tc_try_register(t, w, NULL);
}

static void foreign_by_digest(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = { .auth = WIC_AUTH_DIGEST, .user = "alice" };

	if (connect_foreign(t, w) && wic_connected(w))
		tc_try_register(t, w, &r);
}

/* An origin that an allowed one begins. */
static void lookalike_origin(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_open o = {
		.origin = "https://wwsf.ims.example.elsewhere.example" };

	if (!tc_login(t, w, "alice"))
		return;
	wic_open(w, &o);
	if (tc_await(t, wic_open_done, w, TC_STEP_US) && wic_connected(w))
		tc_try_register(t, w, NULL);
}

static void join_framed(struct tc *t, enum wic_framing f)
{
	struct wic *w = tc_wic(t, "w1");

	wic_set_framing(w, f);
	tc_join(t, w, "alice");
}

static void fragments(struct tc *t) { join_framed(t, WIC_FRAME_FRAGMENTS); }
static void binary(struct tc *t) { join_framed(t, WIC_FRAME_BINARY); }

/* Several messages each way, pings and keep-alives between them. */
static void busy_connection(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (!tc_join(t, w, "alice"))
		return;
	wic_ping(w);
	wic_keepalive(w);
	if (!tc_register(t, w, NULL))
		return;
	scscf_call(tc_scscf(t), S("sip:alice@ims.example"), S("MESSAGE"));
	if (tc_await(t, scscf_call_done, tc_scscf(t), TC_STEP_US))
		tc_deregister(t, w);
}

#define W2(purpose_id, what, where, role, fn, ...)                           \
	{ .id = purpose_id, .title = what, .clause = where,                  \
	  .under_test = role, .scenarios = SCENARIO_BIT_WEB, .run = fn,      \
	  .expects = EXPECTS(__VA_ARGS__) }
#define ORIGIN "TS 23.228 U.1.3.3"

const struct purpose suite_transport[] = {
	W2("TP-WSS-01-01", "SIP over WebSocket runs inside TLS",
	   "TS 23.228 U.1.4.2", ROLE_EPCSCF, connect_plainly, "WSS-01"),
	W2("TP-WSS-03-01", "The handshake offers the subprotocol sip",
	   "RFC 7118 4.1", ROLE_WIC, connect_plainly, "WSS-03"),
	W2("TP-WSS-04-01", "The answer to the handshake repeats sip",
	   "RFC 7118 4.1", ROLE_EPCSCF, connect_plainly, "WSS-04"),
	W2("TP-WSS-05-01", "A WIC from each authorised origin is let in",
	   ORIGIN, ROLE_EPCSCF, all_allowed_origins, "WSS-05"),
	W2("TP-WSS-06-01", "A foreign origin cannot register with a token",
	   ORIGIN, ROLE_EPCSCF, foreign_with_token, "WSS-06"),
	{ .id = "TP-WSS-06-02", .title = "A foreign origin cannot register by "
					 "digest",
	  .clause = ORIGIN, .under_test = ROLE_EPCSCF,
	  .scenarios = SCENARIO_BIT_IMS, .run = foreign_by_digest,
	  .expects = EXPECTS("WSS-06") },
	W2("TP-WSS-06-03", "An origin that only begins like an allowed one",
	   ORIGIN, ROLE_EPCSCF, lookalike_origin, "WSS-06"),
	W2("TP-WSS-08-01", "One SIP message a WebSocket message, by the edge",
	   "RFC 7118 5", ROLE_EPCSCF, busy_connection, "WSS-08"),
	W2("TP-WSS-08-02", "One SIP message a WebSocket message, by the WIC",
	   "RFC 7118 5", ROLE_WIC, busy_connection, "WSS-08"),
	W2("TP-WSS-08-03", "A SIP message in several fragments is one message",
	   "RFC 7118 5", ROLE_EPCSCF, fragments, "WSS-08"),
	W2("TP-WSS-08-04", "A SIP message in a binary frame is accepted",
	   "RFC 7118 5", ROLE_EPCSCF, binary, "WSS-08"),
	W2("TP-WSS-17-01", "No token and no WebSocket hop on Mw",
	   "TS 23.228 U.1.3.3", ROLE_EPCSCF, alice_joins, "WSS-17"),
	{ 0 }
};
