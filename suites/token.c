/* Tokens at the eP-CSCF: verified, unexpired, from a trusted WAF, and the
 * identities are the token's (TS 23.228 U.1.3.3, TS 33.203 REQ 2.4). Each
 * purpose ends with a good registration: an eP-CSCF that refuses everything
 * proves nothing. */
#include <stdlib.h>

#include "suites.h"

/* Alice is logged in and connected, and shows this token instead of hers;
 * then another WIC of hers registers with a good one. */
static void show(struct tc *t, const struct waf_grant *g)
{
	struct wic *w = tc_wic(t, "w1");
	struct err err;
	char *token = waf_grant(tc_waf(t), g, &err);
	struct wic_reg r = { .token = token };

	if (!token)
		tc_give_up(t, "the WAF did not grant: %s", err.text);
	else if (tc_login(t, w, "alice") && tc_connect(t, w) &&
		 tc_try_register(t, w, &r))
		tc_join(t, tc_wic(t, "w2"), "alice");
	free(token);
}

#define ALICE .impi = "alice@ims.example", .n_impu = 1, \
	      .impu = { "sip:alice@ims.example" }

static void garbled(struct tc *t)
{
	show(t, &(struct waf_grant){ ALICE, .garbled = true });
}

static void unknown_opaque(struct tc *t)
{
	show(t, &(struct waf_grant){ ALICE, .unknown = true });
}

static void other_wwsf(struct tc *t)
{
	show(t, &(struct waf_grant){ ALICE, .wwsf = "wwsf.elsewhere.example" });
}

static void other_key(struct tc *t)
{
	show(t, &(struct waf_grant){ ALICE,
		.key = "the-key-of-somebody-else-0123456789abcdef" });
}

static void other_issuer(struct tc *t)
{
	show(t, &(struct waf_grant){ ALICE,
		.issuer = "https://waf.elsewhere.example" });
}

static void expired(struct tc *t)
{
	show(t, &(struct waf_grant){ ALICE, .valid_us = -SEC(30) });
}

/* The token that the WWSF gave ages until it is over. */
static void aged(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (!tc_login(t, w, "alice") || !tc_connect(t, w))
		return;
	tc_pass(t, tc_profile(t)->token_us + SEC(1) + tc_margin(t));
	if (tc_try_register(t, w, NULL))
		tc_join(t, tc_wic(t, "w2"), "alice");
}

/* A text that is no token at all. */
static void no_token(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = { .token = "let-me-in" };

	if (tc_login(t, w, "alice") && tc_connect(t, w) &&
	    tc_try_register(t, w, &r))
		tc_join(t, tc_wic(t, "w2"), "alice");
}

/* Alice registers with her token and these claims of her own. */
static void claim(struct tc *t, const struct wic_reg *r)
{
	struct wic *w = tc_wic(t, "w1");

	if (tc_login(t, w, "alice") && tc_connect(t, w) &&
	    tc_try_register(t, w, r))
		tc_join(t, tc_wic(t, "w2"), "alice");
}

static void claim_other_to(struct tc *t)
{
	claim(t, &(struct wic_reg){ .to = "sip:bob@ims.example" });
}

static void claim_other_impu(struct tc *t)
{
	claim(t, &(struct wic_reg){ .impu = "sip:bob@ims.example" });
}

static void claim_other_impi(struct tc *t)
{
	claim(t, &(struct wic_reg){ .username = "bob@ims.example" });
}

/* The second IMPU of a subscription is in the token's set: legal. */
static void choose_in_set(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = { .impu = "sip:carol.work@ims.example" };

	if (tc_login(t, w, "carol") && tc_connect(t, w))
		tc_register(t, w, &r);
}

static void alice_joins(struct tc *t)
{
	tc_join(t, tc_wic(t, "w1"), "alice");
}

static void pair_joins(struct tc *t)
{
	tc_join(t, tc_wic(t, "w1"), NULL);
}

/* Logged in on the web, and the token left out on W2. */
static void no_authorization(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = { .auth = WIC_AUTH_NONE };

	if (tc_login(t, w, "alice") && tc_connect(t, w))
		tc_try_register(t, w, &r);
}

#define TOKEN(purpose_id, what, where, fn, how, ...)                         \
	{ .id = purpose_id, .title = what, .clause = where,                  \
	  .under_test = ROLE_EPCSCF, .scenarios = SCENARIO_BIT_WEB,          \
	  .deviates = ROLE_BIT(ROLE_WIC), .bed = how, .run = fn,             \
	  .expects = EXPECTS(__VA_ARGS__) }
#define STEP4 "TS 23.228 U.2.1.3"

const struct purpose suite_token[] = {
	TOKEN("TP-TOK-04-01", "A garbled token is refused",
	      "TS 23.228 U.1.3.3", garbled, 0, "TOK-04"),
	TOKEN("TP-TOK-04-02", "A text that is no token is refused",
	      "TS 23.228 U.1.3.3", no_token, 0, "TOK-04"),
	TOKEN("TP-TOK-04-03", "An opaque token that the WAF does not know",
	      "TS 23.228 U.1.3.3", unknown_opaque, BED_OPAQUE, "TOK-04"),
	TOKEN("TP-TOK-05-01", "A token of an unknown WWSF is refused",
	      "TS 23.228 U.1.3.3", other_wwsf, 0, "TOK-05"),
	TOKEN("TP-TOK-05-02", "An opaque token of an unknown WWSF is refused",
	      "TS 23.228 U.1.3.3", other_wwsf, BED_OPAQUE, "TOK-05"),
	TOKEN("TP-TOK-06-01", "A token under another key is refused", STEP4,
	      other_key, 0, "TOK-06"),
	TOKEN("TP-TOK-06-02", "A token of another issuer is refused", STEP4,
	      other_issuer, 0, "TOK-06"),
	TOKEN("TP-TOK-07-01", "A token that expired long ago is refused",
	      STEP4, expired, 0, "TOK-07"),
	TOKEN("TP-TOK-07-02", "An opaque token that expired is refused",
	      STEP4, aged, BED_OPAQUE, "TOK-07"),
	TOKEN("TP-TOK-07-03", "A token that ages until it expires is refused",
	      STEP4, aged, 0, "TOK-07"),
	TOKEN("TP-TOK-12-01", "Identities on Mw are the token's",
	      "TS 33.203 REQ 2.4", alice_joins, 0, "TOK-12"),
	TOKEN("TP-TOK-12-02", "Another IMPI claimed on W2 does not reach Mw",
	      "TS 33.203 REQ 2.4", claim_other_impi, 0, "TOK-12", "TOK-14"),
	TOKEN("TP-TOK-13-01", "A To outside the token's set is refused",
	      "TS 33.203 REQ 2.4", claim_other_to, 0, "TOK-13"),
	TOKEN("TP-TOK-13-02", "A To outside the token's set is overridden",
	      "TS 33.203 REQ 2.4", claim_other_to, BED_OVERRIDE_TO, "TOK-13"),
	TOKEN("TP-TOK-13-03", "To and From of another user are refused",
	      "TS 33.203 REQ 2.4", claim_other_impu, 0, "TOK-13"),
	TOKEN("TP-TOK-12-03", "A WIC may choose inside the token's set",
	      "TS 33.203 REQ 2.4", choose_in_set, 0, "TOK-12"),
	TOKEN("TP-TOK-14-01", "An IMPI that is not the token's registers not",
	      "TS 33.203 REQ 2.4", claim_other_impi, BED_OPAQUE, "TOK-14"),
	TOKEN("TP-ERR-01-01", "A REGISTER without Authorization makes no TNA",
	      "TS 23.228 U.1.3.3", no_authorization, 0, "ERR-01"),
	{ .id = "TP-TOK-12-04", .title = "A lent pair on Mw is the token's",
	  .clause = "TS 33.203 REQ 2.4", .under_test = ROLE_EPCSCF,
	  .scenarios = SCENARIO_BIT_POOL, .bed = BED_ANONYMOUS,
	  .run = pair_joins, .expects = EXPECTS("TOK-12", "TNA-02") },
	{ 0 }
};
