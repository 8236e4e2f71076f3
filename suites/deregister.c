/* De-registration (TS 23.228 U.2.3 and 5.3.1). */
#include "suites.h"

static void alice_leaves(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (tc_join(t, w, "alice"))
		tc_deregister(t, w);
}

static void pair_leaves(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (tc_join(t, w, NULL))
		tc_deregister(t, w);
}

static void digest_user_leaves(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (tc_join_digest(t, w, "alice"))
		tc_deregister(t, w);
}

/* Afterwards she can neither call nor be called. */
static void call_after_leaving(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_req r = { .from = "sip:alice@ims.example",
			     .to = "sip:bob@ims.example" };

	if (!tc_join(t, tc_wic(t, "w2"), "bob") || !tc_join(t, w, "alice") ||
	    !tc_deregister(t, w))
		return;
	wic_request(w, &r);
	if (!tc_await(t, wic_request_done, w, TC_STEP_US))
		return;
	if (scscf_call(tc_scscf(t), S("sip:alice@ims.example"), S("MESSAGE")))
		tc_await(t, scscf_call_done, tc_scscf(t), TC_STEP_US);
}

/* One user's token does not end another user's registration. */
static void end_for(struct tc *t, struct wic *victim, struct wic *attacker)
{
	struct wic_reg r = { .deregister = true,
			     .to = wic_session(victim)->impu[0] };

	if (!tc_try_register(t, attacker, &r))
		return;
	if (scscf_call(tc_scscf(t), span_str(wic_session(victim)->impu[0]),
		       S("MESSAGE")))
		tc_await(t, scscf_call_done, tc_scscf(t), TC_STEP_US);
}

static void bob_ends_alice(struct tc *t)
{
	struct wic *a = tc_wic(t, "w1"), *b = tc_wic(t, "w2");

	if (tc_join(t, a, "alice") && tc_join(t, b, "bob"))
		end_for(t, a, b);
}

static void pair_ends_pair(struct tc *t)
{
	struct wic *a = tc_wic(t, "w1"), *b = tc_wic(t, "w2");

	if (tc_join(t, a, NULL) && tc_join(t, b, NULL))
		end_for(t, a, b);
}

#define LEAVE(purpose_id, what, where, role, scenario, fn, ...)              \
	{ .id = purpose_id, .title = what, .clause = where,                  \
	  .under_test = role, .scenarios = scenario, .run = fn,              \
	  .deviates = role == ROLE_WIC ? 0 : ROLE_BIT(ROLE_WIC),             \
	  .expects = EXPECTS(__VA_ARGS__) }
#define U23 "TS 23.228 U.2.3"

const struct purpose suite_deregister[] = {
	LEAVE("TP-DRG-01-01", "De-registration goes to the core (web)", U23,
	      ROLE_WIC, SCENARIO_BIT_WEB, alice_leaves, "DRG-01"),
	LEAVE("TP-DRG-01-02", "De-registration goes to the core (digest)", U23,
	      ROLE_WIC, SCENARIO_BIT_IMS, digest_user_leaves, "DRG-01"),
	LEAVE("TP-DRG-01-03", "The edge sends the de-registration on", U23,
	      ROLE_EPCSCF, SCENARIO_BIT_WEB, alice_leaves, "DRG-01"),
	LEAVE("TP-DRG-04-01", "De-registration is marked auth-done (web)", U23,
	      ROLE_EPCSCF, SCENARIO_BIT_WEB, alice_leaves, "DRG-04"),
	LEAVE("TP-DRG-04-02", "De-registration is marked auth-done (pool)",
	      U23, ROLE_EPCSCF, SCENARIO_BIT_POOL, pair_leaves, "DRG-04"),
	LEAVE("TP-DRG-05-01", "Who has left neither calls nor is called",
	      "TS 23.228 5.3.1", ROLE_SYSTEM, SCENARIO_BIT_WEB,
	      call_after_leaving, "DRG-05"),
	LEAVE("TP-DRG-10-01", "One user cannot de-register another (web)",
	      "TS 33.203 REQ 2.4", ROLE_EPCSCF, SCENARIO_BIT_WEB,
	      bob_ends_alice, "DRG-10"),
	LEAVE("TP-DRG-10-02", "One WIC cannot de-register another (pool)",
	      "TS 33.203 REQ 2.4", ROLE_EPCSCF, SCENARIO_BIT_POOL,
	      pair_ends_pair, "DRG-10"),
	{ 0 }
};
