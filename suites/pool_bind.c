/* Scenario 3 at the edge and in the core: the registration of a lent pair is
 * over when its window is, and one WIC at a time holds it (TS 23.228 U.2.1.4
 * and its seed change request). */
#include "suites.h"


/* The IMPU of the pair that the WIC was lent. */
static struct span lent_impu(const struct wic *w)
{
	return span_str(wic_session(w)->impu[0]);
}

/* A call that comes in for that identity. */
static void call(struct tc *t, struct span impu)
{
	if (scscf_call(tc_scscf(t), impu, S("MESSAGE")))
		tc_await(t, scscf_call_done, tc_scscf(t), TC_STEP_US);
}

/* Somebody outside the pool sends a message to that identity. His own
 * registration is as short as any, so it is made just before. */
static void message(struct tc *t, struct span impu)
{
	struct wic *bob = tc_wic(t, "bob");
	char to[256];
	struct wic_req r = { .to = to };

	span_copy(to, sizeof to, impu);
	if (!tc_join_digest(t, bob, "bob"))
		return;
	wic_request(bob, &r);
	tc_await(t, wic_request_done, bob, TC_STEP_US);
}

/* Long past the end of that WIC's window, so that all of it is observed. */
static void see_the_end(struct tc *t, const struct wic *w)
{
	tc_until(t, tc_window_end(t, w) + SEC(1) + tc_margin(t));
}

static void join_and_see(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (tc_join(t, w, NULL))
		see_the_end(t, w);
}

/* A first REGISTER late in the window asks for more than the rest. */
static void join_late(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (!tc_login(t, w, NULL) || !tc_connect(t, w))
		return;
	/* The token's exp is in whole seconds, so up to one of them is gone. */
	tc_until(t, tc_window_end(t, w) - MS(2400));
	if (tc_try_register(t, w, NULL))
		see_the_end(t, w);
}

/* A refresh late in the window moves nothing. */
static void refresh_late(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (!tc_join(t, w, NULL))
		return;
	tc_until(t, tc_window_end(t, w) - MS(1400));
	if (tc_try_register(t, w, NULL))
		see_the_end(t, w);
}

/* So little is left that no whole second fits: refused, or not longer. */
static void rest_too_short(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (!tc_join(t, w, NULL))
		return;
	tc_until(t, tc_window_end(t, w) - MS(700));
	if (tc_try_register(t, w, NULL))
		see_the_end(t, w);
}

static void ask_for_a_week(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = { .expires_s = 600000 };

	if (tc_login(t, w, NULL) && tc_connect(t, w) && tc_register(t, w, &r))
		see_the_end(t, w);
}

static void ask_for_no_expiry(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = { .no_expires = true };

	if (tc_login(t, w, NULL) && tc_connect(t, w))
		tc_register(t, w, &r);
}

static void ask_for_one_second(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");
	struct wic_reg r = { .expires_s = 1 };

	if (tc_login(t, w, NULL) && tc_connect(t, w))
		tc_try_register(t, w, &r);
}

/* Calls while it is registered, and after it ran out. */
static void call_after_expiry(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (!tc_join(t, w, NULL))
		return;
	call(t, lent_impu(w));
	tc_until(t, tc_window_end(t, w) + SEC(1) + tc_margin(t));
	call(t, lent_impu(w));
}

/* Every pair is lent to the first users, then to the next ones. */
static bool lend_twice(struct tc *t, struct wic **old, struct wic **next)
{
	static const char *const first[] = { "w1", "w2", "w3" };
	static const char *const second[] = { "n1", "n2", "n3" };

	for (unsigned i = 0; i < 3; i++)
		if (!tc_join(t, tc_wic(t, first[i]), NULL))
			return false;
	*old = tc_wic(t, first[0]);
	tc_until(t, tc_window_end(t, tc_wic(t, first[2])) + tc_margin(t));
	for (unsigned i = 0; i < 3; i++) {
		struct wic *w = tc_wic(t, second[i]);

		if (!tc_join(t, w, NULL))
			return false;
		if (span_eq(lent_impu(w), lent_impu(*old)))
			*next = w;
	}
	if (!*next)
		tc_give_up(t, "the first pair was not lent a second time");
	return *next != NULL;
}

/* The old holder's connection is still open; calls go to the new one. */
static void call_after_relending(struct tc *t)
{
	struct wic *old, *next = NULL;
	struct wic_req r = { 0 };

	if (!lend_twice(t, &old, &next))
		return;
	call(t, lent_impu(next));
	wic_request(old, &r);
	tc_await(t, wic_request_done, old, TC_STEP_US);
}

/* The old holder comes back with the old token. */
static void replay_old_token(struct tc *t)
{
	struct wic *old, *next = NULL;

	if (!lend_twice(t, &old, &next) || !tc_try_register(t, old, NULL))
		return;
	call(t, lent_impu(next));
}

/* After the end, before anybody else has the pair. */
static void replay_ended_token(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (!tc_join(t, w, NULL))
		return;
	tc_until(t, tc_window_end(t, w) + SEC(1) + tc_margin(t));
	tc_try_register(t, w, NULL);
}

/* One of two pairs is de-registered; the other one gets a message. */
static void end_older_of_two(struct tc *t)
{
	struct wic *a = tc_wic(t, "w1"), *b = tc_wic(t, "w2");

	if (tc_join(t, a, NULL) && tc_join(t, b, NULL) && tc_deregister(t, a))
		message(t, lent_impu(b));
}

static void end_newer_of_two(struct tc *t)
{
	struct wic *a = tc_wic(t, "w1"), *b = tc_wic(t, "w2");

	if (tc_join(t, a, NULL) && tc_join(t, b, NULL) && tc_deregister(t, b))
		message(t, lent_impu(a));
}

/* The pool is lent anew on W1; a former holder, whose connection is open as
 * before, goes on as if nothing had happened. */
static void former_holder_goes_on(struct tc *t)
{
	static const char *const next[] = { "n1", "n2", "n3" };
	struct wic *old = tc_wic(t, "w1");
	struct wic_req r = { .to = "sip:bob@ims.example" };

	if (!tc_join(t, old, NULL))
		return;
	tc_until(t, tc_window_end(t, old) + tc_margin(t));
	for (unsigned i = 0; i < 3; i++)
		if (!tc_login(t, tc_wic(t, next[i]), NULL))
			return;
	if (!tc_join_digest(t, tc_wic(t, "bob"), "bob"))
		return;
	wic_request(old, &r);
	tc_await(t, wic_request_done, old, TC_STEP_US);
}

/* A second browser with a copy of the first one's token. */
static void copied_token(struct tc *t)
{
	struct wic *a = tc_wic(t, "w1"), *b = tc_wic(t, "copy");

	if (!tc_join(t, a, NULL))
		return;
	wic_set_session(b, wic_session(a));
	if (tc_connect(t, b))
		tc_try_register(t, b, NULL);
}

/* The holder's connection breaks and it comes back on a new one. */
static void reconnect(struct tc *t)
{
	struct wic *w = tc_wic(t, "w1");

	if (!tc_join(t, w, NULL))
		return;
	wic_drop(w);
	tc_pass(t, MS(100));
	if (tc_connect(t, w))
		tc_register(t, w, NULL);
}

static void three_join(struct tc *t)
{
	if (tc_join(t, tc_wic(t, "w1"), NULL) &&
	    tc_join(t, tc_wic(t, "w2"), NULL))
		tc_join(t, tc_wic(t, "w3"), NULL);
}

#define BIND(purpose_id, what, role, fn, how, ...)                           \
	{ .id = purpose_id, .title = what, .clause = "TS 23.228 U.2.1.4",    \
	  .under_test = role, .scenarios = SCENARIO_BIT_POOL,                \
	  .bed = BED_ANONYMOUS | how, .run = fn,                             \
	  .expects = EXPECTS(__VA_ARGS__) }

const struct purpose suite_pool_bind[] = {
	BIND("TP-POOL-13-01", "A lent pair's registration ends with its window",
	     ROLE_EPCSCF, join_and_see, 0, "POOL-13"),
	BIND("TP-POOL-13-02", "A late first REGISTER is cut to the rest",
	     ROLE_EPCSCF, join_late, 0, "POOL-13"),
	BIND("TP-POOL-13-03", "A late refresh is cut to the rest",
	     ROLE_EPCSCF, refresh_late, 0, "POOL-13"),
	BIND("TP-POOL-13-04", "Too short a rest is never rounded up",
	     ROLE_EPCSCF, rest_too_short, 0, "POOL-13"),
	BIND("TP-POOL-13-05", "A fixed maximum of the core ends in the window",
	     ROLE_SYSTEM, join_and_see, BED_CAPS_SCSCF, "POOL-13"),
	BIND("TP-POOL-14-01", "A week is asked for, the maximum is granted",
	     ROLE_SCSCF, ask_for_a_week, BED_CAPS_SCSCF, "POOL-14"),
	BIND("TP-POOL-14-02", "No expiry is asked for, the maximum holds",
	     ROLE_SCSCF, ask_for_no_expiry, BED_CAPS_SCSCF, "POOL-14"),
	BIND("TP-POOL-14-03", "Less is asked for, no more is granted",
	     ROLE_SCSCF, ask_for_one_second, BED_CAPS_SCSCF, "POOL-14"),
	BIND("TP-POOL-15-01", "What ran out is not reachable any more",
	     ROLE_SYSTEM, call_after_expiry, 0, "POOL-15"),
	BIND("TP-POOL-16-01", "After re-assignment the new WIC alone is served",
	     ROLE_SYSTEM, call_after_relending, 0, "POOL-16"),
	BIND("TP-POOL-16-02", "A former holder is not served any more",
	     ROLE_SYSTEM, former_holder_goes_on, 0, "POOL-16"),
	BIND("TP-POOL-17-01", "The old token registers nobody after re-lending",
	     ROLE_EPCSCF, replay_old_token, 0, "POOL-17"),
	BIND("TP-POOL-17-02", "A token whose assignment ended registers nobody",
	     ROLE_EPCSCF, replay_ended_token, 0, "POOL-17"),
	BIND("TP-POOL-23-01", "De-registering the older pair leaves the newer",
	     ROLE_SCSCF, end_older_of_two, 0, "POOL-23"),
	BIND("TP-POOL-23-02", "De-registering the newer pair leaves the older",
	     ROLE_SCSCF, end_newer_of_two, 0, "POOL-23"),
	BIND("TP-POOL-26-01", "The lifetimes of both providers agree",
	     ROLE_SYSTEM, three_join, 0, "POOL-26"),
	BIND("TP-POOL-32-01", "A copied token gives no second holder",
	     ROLE_SYSTEM, copied_token, 0, "POOL-32"),
	BIND("TP-POOL-32-02", "A reconnected WIC replaces its own binding",
	     ROLE_SYSTEM, reconnect, 0, "POOL-32"),
	BIND("TP-POOL-33-01", "P-Associated-URI names nobody else's IMPU",
	     ROLE_SCSCF, three_join, 0, "POOL-33"),
	{ 0 }
};
