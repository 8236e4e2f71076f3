/* Scenario 1: IMS authentication by SIP Digest through the eP-CSCF
 * (TS 23.228 U.2.1.2, TS 33.203 N and X.2.2). */
#include "suites.h"

/* The whole flow: page, WebSocket, REGISTER, challenge, answer, 200. */
static void register_by_digest(struct tc *t)
{
	tc_join_digest(t, tc_wic(t, "w1"), "alice");
}

static void register_two_users(struct tc *t)
{
	if (tc_join_digest(t, tc_wic(t, "w1"), "alice"))
		tc_join_digest(t, tc_wic(t, "w2"), "bob");
}

/* A first REGISTER may come without any Authorization (33.203 N.2.1.1). */
static void register_without_impi(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = { .auth = WIC_AUTH_DIGEST, .user = "alice",
			     .no_impi = true };

	wic_load(w);
	if (tc_await(t, wic_w1_done, w, TC_STEP_US) && tc_connect(t, w))
		tc_register(t, w, &r);
}

/* A challenge that nobody answers registers nobody. */
static void leave_challenge(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = { .auth = WIC_AUTH_DIGEST, .user = "alice",
			     .no_answer = true };

	if (tc_connect(t, w))
		tc_try_register(t, w, &r);
}

/* A wrong password is refused; the right one works afterwards. */
static void wrong_password(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg bad = { .auth = WIC_AUTH_DIGEST, .user = "alice",
			       .wrong_password = true };

	if (tc_connect(t, w) && tc_try_register(t, w, &bad))
		tc_join_digest(t, tc_wic(t, "w2"), "alice");
}

/* Another subscriber's IMPI with one's own password. */
static void other_ones_impi(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = { .auth = WIC_AUTH_DIGEST, .user = "bob",
			     .password = "s3cret-of-alice" };

	if (tc_connect(t, w))
		tc_try_register(t, w, &r);
}

/* A nonce that is known no more: a new challenge with stale=TRUE. */
static void stale_nonce(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = { .auth = WIC_AUTH_DIGEST, .user = "alice",
			     .nonce = "6d61646520757020627920746865" };

	if (tc_join_digest(t, w, "alice"))
		tc_try_register(t, w, &r);
}

/* The same nonce count twice is a replay. */
static void replayed_nonce_count(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = { .auth = WIC_AUTH_DIGEST, .user = "alice",
			     .replay_nc = true };

	if (tc_join_digest(t, w, "alice"))
		tc_try_register(t, w, &r);
}

/* A WIC that claims the flag of an authenticated user. */
static void forge(struct tc *t, const char *flag)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = { .auth = WIC_AUTH_DIGEST, .user = "alice",
			     .integrity_protected = flag };

	if (tc_connect(t, w))
		tc_try_register(t, w, &r);
}

static void forge_yes(struct tc *t) { forge(t, "yes"); }
static void forge_auth_done(struct tc *t) { forge(t, "auth-done"); }
static void forge_tls(struct tc *t) { forge(t, "tls-connected"); }

/* The very Authorization that a trusted node would send, by a WIC. */
static void forge_tna(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = {
		.user = "alice",
		.authorization = "Digest username=\"alice@ims.example\", "
				 "realm=\"ims.example\", nonce=\"\", "
				 "uri=\"sip:ims.example\", response=\"\", "
				 "integrity-protected=\"auth-done\"" };

	if (tc_connect(t, w))
		tc_try_register(t, w, &r);
}

#define IMS(purpose_id, what, where, role, fn, how, ...)                     \
	{ .id = purpose_id, .title = what, .clause = where,                  \
	  .under_test = role, .scenarios = SCENARIO_BIT_IMS, .bed = how,     \
	  .run = fn, .expects = EXPECTS(__VA_ARGS__) }

const struct purpose suite_ims_auth[] = {
	IMS("TP-IAU-01-01", "Digest credentials and challenge pass unchanged",
	    "TS 23.228 U.1.3.3", ROLE_EPCSCF, register_by_digest, 0,
	    "IAU-01"),
	IMS("TP-IAU-01-02", "Digest credentials pass unchanged, Mw over TCP",
	    "TS 23.228 U.1.3.3", ROLE_EPCSCF, register_by_digest, BED_MW_TCP,
	    "IAU-01"),
	IMS("TP-IAU-01-03", "A SHA-256 challenge passes unchanged",
	    "TS 23.228 U.1.3.3", ROLE_EPCSCF, register_by_digest, BED_SHA256,
	    "IAU-01"),
	IMS("TP-IAU-04-01", "A first REGISTER is challenged by Digest",
	    "TS 33.203 X.2.2.3", ROLE_SCSCF, register_by_digest, 0, "IAU-04"),
	IMS("TP-IAU-04-02", "A first REGISTER without IMPI is challenged",
	    "TS 33.203 N.2.1.1", ROLE_SCSCF, register_without_impi, 0,
	    "IAU-04"),
	IMS("TP-IAU-04-03", "A challenge left unanswered registers nobody",
	    "TS 33.203 N.2.2.3", ROLE_SCSCF, leave_challenge, 0, "IAU-04"),
	IMS("TP-IAU-07-01", "The right answer gets 200 with rspauth",
	    "TS 33.203 N.2.1.1", ROLE_SCSCF, register_by_digest, 0, "IAU-07"),
	IMS("TP-IAU-07-02", "The right answer by SHA-256 gets rspauth",
	    "TS 33.203 N.2.1.1", ROLE_SCSCF, register_by_digest, BED_SHA256,
	    "IAU-07"),
	IMS("TP-IAU-07-03", "Two users register side by side by Digest",
	    "TS 33.203 N.2.1.1", ROLE_SCSCF, register_two_users, 0, "IAU-04",
	    "IAU-07"),
	IMS("TP-IAU-09-01", "A wrong password registers nobody",
	    "TS 33.203 N.2.2.1", ROLE_SCSCF, wrong_password, 0, "IAU-09"),
	IMS("TP-IAU-10-01", "A wrong password gets 403 or a new challenge",
	    "TS 24.229 5.4.1.2.3B", ROLE_SCSCF, wrong_password, 0, "IAU-10"),
	IMS("TP-IAU-09-02", "One's own password opens nobody else's IMPI",
	    "TS 33.203 N.2.2.1", ROLE_SCSCF, other_ones_impi, 0, "IAU-09"),
	IMS("TP-IAU-11-01", "An answer over a stale nonce is challenged anew",
	    "TS 33.203 N.2.3", ROLE_SCSCF, stale_nonce, 0, "IAU-11"),
	IMS("TP-IAU-11-02", "A replayed nonce count is challenged anew",
	    "TS 33.203 N.2.3", ROLE_SCSCF, replayed_nonce_count, 0, "IAU-11"),
	IMS("TP-IAU-19-01", "integrity-protected=yes of a WIC is removed",
	    "TS 33.203 P.3", ROLE_EPCSCF, forge_yes, 0, "IAU-19"),
	IMS("TP-IAU-19-02", "integrity-protected=tls-connected is removed",
	    "TS 33.203 P.3", ROLE_EPCSCF, forge_tls, 0, "IAU-19"),
	IMS("TP-ERR-02-01", "A forged auth-done beside digest makes no TNA",
	    "TS 33.203 P.3", ROLE_EPCSCF, forge_auth_done, 0, "ERR-02",
	    "IAU-19"),
	IMS("TP-ERR-02-02", "A whole forged TNA Authorization makes no TNA",
	    "TS 33.203 P.3", ROLE_EPCSCF, forge_tna, 0, "ERR-02"),
	{ 0 }
};
