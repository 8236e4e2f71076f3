/* Scenario 2: web authentication, identities are determined
 * (TS 23.228 U.2.1.1, U.2.1.3; TS 33.203 X.3). */
#include "suites.h"

static void alice_joins(struct tc *t)
{
	tc_join(t, tc_wic(t, "w1"), "alice");
}

static void alice_logs_in(struct tc *t)
{
	tc_login(t, tc_wic(t, "w1"), "alice");
}

/* Three logins on three devices, one after the other. */
static void alice_thrice(struct tc *t)
{
	if (tc_login(t, tc_wic(t, "phone"), "alice") &&
	    tc_login(t, tc_wic(t, "laptop"), "alice"))
		tc_login(t, tc_wic(t, "tablet"), "alice");
}

/* A subscription with two IMPUs. */
static void carol_logs_in(struct tc *t)
{
	tc_login(t, tc_wic(t, "w1"), "carol");
}

static void wrong_web_password(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	wic_login(w, "alice", "not-her-password");
	if (tc_await(t, wic_w1_done, w, TC_STEP_US))
		tc_login(t, tc_wic(t, "w2"), "alice");
}

/* Nobody's password for a browser that nobody authenticated. */
static void empty_web_password(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	wic_login(w, "alice", "");
	if (tc_await(t, wic_w1_done, w, TC_STEP_US))
		tc_login(t, tc_wic(t, "w2"), "bob");
}

/* Somebody who can log in and has no subscription. */
static void stranger_logs_in(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (!tc_login(t, tc_wic(t, "w2"), "alice"))
		return;
	wic_login(w, "mallory", tc_password(t, "mallory"));
	tc_await(t, wic_w1_done, w, TC_STEP_US);
}

static void two_users(struct tc *t)
{
	if (tc_login(t, tc_wic(t, "w1"), "alice") &&
	    tc_login(t, tc_wic(t, "w2"), "bob"))
		tc_login(t, tc_wic(t, "w3"), "carol");
}

/* The browser keeps its session and another user logs in. */
static void users_change_seats(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (tc_login(t, w, "alice") && tc_login(t, w, "bob"))
		tc_login(t, w, "alice");
}

static void two_users_join(struct tc *t)
{
	if (tc_join(t, tc_wic(t, "w1"), "alice"))
		tc_join(t, tc_wic(t, "w2"), "bob");
}

/* Refresh, so that there are several REGISTERs to compare. */
static void alice_joins_and_refreshes(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (tc_join(t, w, "alice") && tc_register(t, w, NULL))
		tc_register(t, w, NULL);
}

/* Nobody speaks for alice but the connection that registered her. */
static void bob_speaks_for_alice(struct tc *t)
{
	struct wic *a = tc_wic(t, "w1"), *b = tc_wic(t, "w2");
	struct wic_req own = { .to = "sip:bob@ims.example" };
	struct wic_req forged = { .from = "sip:alice@ims.example",
				  .to = "sip:bob@ims.example" };

	if (!tc_join(t, a, "alice") || !tc_join(t, b, "bob"))
		return;
	wic_request(a, &own);
	if (!tc_await(t, wic_request_done, a, TC_STEP_US))
		return;
	wic_request(b, &forged);
	tc_await(t, wic_request_done, b, TC_STEP_US);
}

/* A registration that the core refuses reaches the WIC as a refusal. */
static void garbled_then_good(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg bad = { .token = "eyJhbGciOiJIUzI1NiJ9.e30.AAAA" };

	if (tc_login(t, w, "alice") && tc_connect(t, w) &&
	    tc_try_register(t, w, &bad))
		tc_join(t, tc_wic(t, "w2"), "alice");
}

#define WEB(purpose_id, what, where, role, fn, how, ...)                     \
	{ .id = purpose_id, .title = what, .clause = where,                  \
	  .under_test = role, .scenarios = SCENARIO_BIT_WEB, .bed = how,     \
	  .run = fn, .expects = EXPECTS(__VA_ARGS__) }

const struct purpose suite_web_auth[] = {
	WEB("TP-W1-01-01", "Page and token are delivered over TLS",
	    "TS 33.203 REQ 1.0", ROLE_WWSF, alice_logs_in, 0, "W1-01"),
	WEB("TP-W1-04-01", "Identities only for an authenticated web user",
	    "TS 33.203 REQ 2.0", ROLE_WWSF, wrong_web_password, 0, "W1-04"),
	WEB("TP-W1-04-02", "An empty password authenticates nobody",
	    "TS 33.203 REQ 2.0", ROLE_WWSF, empty_web_password, 0, "W1-04"),
	WEB("TP-W1-08-01", "A web user gets the identities of the subscription",
	    "TS 23.228 U.2.1.1", ROLE_WWSF, alice_logs_in, 0, "W1-08"),
	WEB("TP-W1-08-02", "Three logins determine the same identities",
	    "TS 23.228 U.2.1.1", ROLE_WWSF, alice_thrice, 0, "W1-08"),
	WEB("TP-W1-08-03", "A subscription with two IMPUs stays in its set",
	    "TS 23.228 U.2.1.1", ROLE_WWSF, carol_logs_in, 0, "W1-08"),
	WEB("TP-W1-08-04", "A user without subscription gets nobody's identity",
	    "TS 23.228 U.2.1.1", ROLE_WWSF, stranger_logs_in, 0, "W1-08",
	    "W1-09"),
	WEB("TP-W1-09-01", "Three web users never share an IMPI",
	    "TS 33.203 REQ 2.5", ROLE_WWSF, two_users, 0, "W1-08", "W1-09"),
	WEB("TP-W1-09-02", "Users who take turns at one browser stay apart",
	    "TS 33.203 REQ 2.5", ROLE_WWSF, users_change_seats, 0, "W1-08",
	    "W1-09"),
	WEB("TP-WEB-02-01", "A WIC registers an identity that it received",
	    "TS 23.228 U.2.1.3", ROLE_WIC, alice_joins, 0, "WEB-02"),
	WEB("TP-WEB-03-01", "A WIC without identities is registered all the same",
	    "TS 23.228 U.2.1.3", ROLE_EPCSCF, alice_joins, BED_NO_IDENTITIES,
	    "WEB-03", "TOK-12"),
	WEB("TP-TNA-01-01", "A validated token becomes a TNA REGISTER on Mw",
	    "TS 33.203 X.3.2.3", ROLE_EPCSCF, alice_joins, 0, "TNA-01",
	    "TNA-02", "TNA-03", "TNA-04"),
	WEB("TP-TNA-01-02", "TNA on Mw over TCP", "TS 33.203 X.3.2.3",
	    ROLE_EPCSCF, alice_joins, BED_MW_TCP, "TNA-01", "TNA-02",
	    "TNA-03"),
	WEB("TP-TNA-01-03", "TNA for an opaque token", "TS 33.203 X.3.2.3",
	    ROLE_EPCSCF, alice_joins, BED_OPAQUE, "TNA-01", "TNA-02",
	    "TNA-03"),
	WEB("TP-TNA-01-04", "TNA for a token in the bare spelling",
	    "TS 33.203 X.3.2.3", ROLE_EPCSCF, alice_joins, BED_BEARER_BARE,
	    "TNA-01", "TNA-02"),
	WEB("TP-TNA-05-01", "Nothing on Mw before an opaque token is validated",
	    "TS 23.228 U.2.1.3", ROLE_EPCSCF, alice_joins, BED_OPAQUE,
	    "TNA-05"),
	WEB("TP-TNA-05-02", "Nothing on Mw for a token that fails validation",
	    "TS 23.228 U.2.1.3", ROLE_EPCSCF, garbled_then_good, 0, "TNA-05"),
	WEB("TP-TNA-11-01", "auth-done is not challenged",
	    "TS 33.203 P.4.2", ROLE_SCSCF, alice_joins, 0, "TNA-11"),
	WEB("TP-TNA-14-01", "A registration is bound to its TLS session",
	    "TS 33.203 X.3.2.3", ROLE_EPCSCF, bob_speaks_for_alice, 0,
	    "TNA-14"),
	WEB("TP-TNA-15-01", "The 200 of the core is relayed, not made up",
	    "TS 23.228 U.2.1.3", ROLE_EPCSCF, alice_joins, 0, "TNA-15"),
	WEB("TP-TNA-16-01", "Each WIC has a registration of its own",
	    "TS 23.228 U.2.1.1", ROLE_SCSCF, two_users_join, 0, "TNA-16"),
	WEB("TP-HDR-01-01", "Path of the eP-CSCF in each REGISTER",
	    "TS 24.229 5.2.2", ROLE_EPCSCF, alice_joins_and_refreshes, 0,
	    "HDR-01"),
	WEB("TP-HDR-02-01", "P-Visited-Network-ID in each REGISTER",
	    "TS 24.229 5.2.2", ROLE_EPCSCF, alice_joins_and_refreshes, 0,
	    "HDR-02"),
	WEB("TP-HDR-03-01", "A charging id of its own for each REGISTER",
	    "TS 24.229 5.2.2", ROLE_EPCSCF, alice_joins_and_refreshes, 0,
	    "HDR-03"),
	WEB("TP-HDR-06-01", "The 200 carries what the edge and the WIC need",
	    "TS 24.229 5.4.1.2.2F", ROLE_SCSCF, alice_joins, 0, "HDR-06"),
	{ 0 }
};
