/* Refreshing a registration by token (TS 23.228 U.2.1.3, refresh): all steps
 * again, the token's validation and TNA among them. */
#include <stdio.h>
#include <stdlib.h>

#include "suites.h"

/* A registered WIC shows a token that has expired. */
static void refresh_with(struct tc *t, const struct waf_grant *g)
{
	struct wic *w = tc_wic(t, "w1");
	struct err err;
	char *token = waf_grant(tc_waf(t), g, &err);
	struct wic_reg r = { .token = token };

	if (!token)
		tc_give_up(t, "the WAF did not grant: %s", err.text);
	else if (tc_join(t, w, "alice"))
		tc_try_register(t, w, &r);
	free(token);
}

static void refresh_expired(struct tc *t)
{
	refresh_with(t, &(struct waf_grant){ .impi = "alice@ims.example",
		.n_impu = 1, .impu = { "sip:alice@ims.example" },
		.valid_us = -SEC(20) });
}

/* The token of an earlier login, long over, shown by a registered WIC. */
static void refresh_with_old_one(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	char old[sizeof wic_session(w)->token];
	struct wic_reg r = { .token = old };

	if (!tc_login(t, w, "alice"))
		return;
	snprintf(old, sizeof old, "%s", wic_session(w)->token);
	tc_pass(t, tc_profile(t)->token_us + SEC(1) + tc_margin(t));
	if (tc_join(t, w, "alice"))
		tc_try_register(t, w, &r);
}

static void refresh_good(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (tc_join(t, w, "alice"))
		tc_register(t, w, NULL);
}

/* A renewed token, and a REGISTER with it. */
static void refresh_renewed(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (!tc_join(t, w, NULL))
		return;
	tc_pass(t, tc_profile(t)->lifetime_us / 3);
	wic_refresh(w);
	if (tc_await(t, wic_w1_done, w, TC_STEP_US))
		tc_register(t, w, NULL);
}

#define REFRESH(purpose_id, what, scenario, fn, how, ...)                    \
	{ .id = purpose_id, .title = what, .clause = "TS 23.228 U.2.1.3",    \
	  .under_test = ROLE_EPCSCF, .scenarios = scenario, .bed = how,      \
	  .run = fn, .expects = EXPECTS(__VA_ARGS__) }

const struct purpose suite_refresh[] = {
	REFRESH("TP-REF-03-01", "A refresh with an expired token is refused",
		SCENARIO_BIT_WEB, refresh_expired, 0, "REF-03"),
	REFRESH("TP-REF-03-02", "A refresh with an expired opaque token",
		SCENARIO_BIT_WEB, refresh_with_old_one, BED_OPAQUE, "REF-03"),
	REFRESH("TP-REF-04-01", "A refresh is marked auth-done again",
		SCENARIO_BIT_WEB, refresh_good, 0, "REF-04"),
	REFRESH("TP-REF-04-02", "A lent pair is refreshed with a renewed token",
		SCENARIO_BIT_POOL, refresh_renewed, BED_ANONYMOUS, "REF-04"),
	{ 0 }
};
