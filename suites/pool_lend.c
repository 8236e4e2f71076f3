/* Scenario 3 at the WWSF: pairs are assigned from a pool, each to one WIC
 * until its lifetime is over, and nothing else frees them (TS 23.228 U.2.1.4
 * and its seed change request). */
#include <stdio.h>

#include "suites.h"

/* The embedded pool has three pairs; a foreign one is filled whatever it has,
 * up to this. */
#define POOL_MAX 8u

static unsigned pool_size(const struct tc *t)
{
	unsigned n = tc_profile(t)->pools[0].n;

	return n < POOL_MAX ? n : POOL_MAX;
}

static struct wic *nth(struct tc *t, unsigned i)
{
	char label[16];

	snprintf(label, sizeof label, "w%u", i + 1);
	return tc_wic(t, label);
}

/* n anonymous WICs, each with a pair. */
static bool lend(struct tc *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!tc_login(t, nth(t, i), NULL))
			return false;
	return true;
}

static bool join(struct tc *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!tc_join(t, nth(t, i), NULL))
			return false;
	return true;
}

/* One more user asks; what he is told is for the rules to judge. */
static void ask(struct tc *t, const char *label)
{
	struct wic *w = tc_wic(t, label);

	wic_login_anonymous(w);
	tc_await(t, wic_w1_done, w, TC_STEP_US);
}

static void lend_all(struct tc *t) { lend(t, pool_size(t)); }

static void stranger_borrows(struct tc *t)
{
	tc_login(t, tc_wic(t, "w1"), "mallory");
}

/* Asked again at half time, shortly before the end, and after it. */
static void lend_again(struct tc *t)
{
	if (!lend(t, pool_size(t)))
		return;
	int64_t end = tc_window_end(t, nth(t, pool_size(t) - 1));

	tc_until(t, end - tc_profile(t)->lifetime_us * 2 / 5);
	ask(t, "half");
	tc_until(t, end + tc_margin(t));
	ask(t, "next");
	ask(t, "after-next");
}

/* The pool lives: all of it is lent a second time. */
static void whole_pool_twice(struct tc *t)
{
	if (!lend(t, pool_size(t)))
		return;
	tc_until(t, tc_window_end(t, nth(t, pool_size(t) - 1)) + tc_margin(t));
	for (unsigned i = 0; i < pool_size(t); i++) {
		char label[16];

		snprintf(label, sizeof label, "again%u", i + 1);
		if (!tc_login(t, tc_wic(t, label), NULL))
			return;
	}
}

/* The pool is lent, one of its WICs does `leave`, somebody else asks at once
 * and again shortly before the end. */
static void leave_and_ask(struct tc *t, void (*leave)(struct tc *t,
						      struct wic *w))
{
	struct wic *first = nth(t, 0);

	if (!join(t, pool_size(t)))
		return;
	leave(t, first);
	ask(t, "early");
	tc_until(t, tc_window_end(t, first) - tc_profile(t)->lifetime_us / 4);
	ask(t, "later");
}

static void by_deregistration(struct tc *t, struct wic *w)
{
	tc_deregister(t, w);
}

static void by_close(struct tc *t, struct wic *w)
{
	wic_close(w);
	tc_await(t, wic_closed, w, TC_STEP_US);
	tc_pass(t, MS(50));
}

static void by_loss(struct tc *t, struct wic *w)
{
	wic_drop(w);
	tc_pass(t, MS(50));
}

static void by_leaving(struct tc *t, struct wic *w)
{
	wic_leave(w);
	by_close(t, w);
}

static void by_restart(struct tc *t, struct wic *w)
{
	(void)w;
	tc_restart(t, ROLE_WWSF);
}

static void deregister_and_ask(struct tc *t)
{
	leave_and_ask(t, by_deregistration);
}

static void close_and_ask(struct tc *t) { leave_and_ask(t, by_close); }
static void drop_and_ask(struct tc *t) { leave_and_ask(t, by_loss); }
static void go_and_ask(struct tc *t) { leave_and_ask(t, by_leaving); }
static void restart_and_ask(struct tc *t) { leave_and_ask(t, by_restart); }

/* All at once: more users than pairs. */
static void crowd(struct tc *t)
{
	unsigned n = pool_size(t) + 2;

	for (unsigned i = 0; i < n; i++)
		wic_login_anonymous(nth(t, i));
	for (unsigned i = 0; i < n; i++)
		if (!tc_await(t, wic_w1_done, nth(t, i), TC_STEP_US))
			return;
	ask(t, "latecomer");
}

/* Shortly before the first window ends, and shortly after. */
static void boundary(struct tc *t)
{
	int64_t near = tc_profile(t)->tolerance_us * 3 / 2;

	if (!lend(t, pool_size(t)))
		return;
	int64_t end = tc_window_end(t, nth(t, 0));

	tc_until(t, end - near);
	ask(t, "just-before");
	tc_until(t, tc_window_end(t, nth(t, pool_size(t) - 1)) +
		    tc_profile(t)->tolerance_us / 2);
	ask(t, "just-after");
}

/* A WIC that loads its page again is the same WIC. */
static void reload_and_ask(struct tc *t)
{
	if (!join(t, pool_size(t)))
		return;
	wic_reload(nth(t, 0));
	if (!tc_await(t, wic_w1_done, nth(t, 0), TC_STEP_US))
		return;
	ask(t, "other");
}

static void token_in_window(struct tc *t) { join(t, 1); }

/* A renewed token late in the window; nobody else gets the pair. */
static void renewed_token(struct tc *t)
{
	struct wic *w = nth(t, 0);

	if (!join(t, pool_size(t)))
		return;
	tc_until(t, tc_window_end(t, w) - tc_profile(t)->lifetime_us / 3);
	wic_refresh(w);
	if (!tc_await(t, wic_w1_done, w, TC_STEP_US))
		return;
	tc_pass(t, tc_profile(t)->lifetime_us / 3 + tc_margin(t));
	ask(t, "other");
	ask(t, "another");
}

#define LEND(purpose_id, what, fn, ...)                                      \
	{ .id = purpose_id, .title = what, .clause = "TS 23.228 U.2.1.4",    \
	  .under_test = ROLE_WWSF, .scenarios = SCENARIO_BIT_POOL,           \
	  .bed = BED_ANONYMOUS, .run = fn, .expects = EXPECTS(__VA_ARGS__) }

const struct purpose suite_pool_lend[] = {
	LEND("TP-POOL-01-01", "Only pairs of the WWSF's own pool are lent",
	     lend_all, "POOL-01"),
	LEND("TP-POOL-01-02", "A web user without subscription borrows a pair",
	     stranger_borrows, "POOL-01", "POOL-04"),
	LEND("TP-POOL-04-01", "Pairs are lent as they were provisioned",
	     lend_all, "POOL-04"),
	LEND("TP-POOL-05-01", "No identity stands in two pool entries",
	     lend_all, "POOL-05"),
	LEND("TP-POOL-06-01", "Users at the same time get different pairs",
	     lend_all, "POOL-06"),
	LEND("TP-POOL-06-02", "A crowd never gets one pair twice", crowd,
	     "POOL-06", "POOL-12"),
	LEND("TP-POOL-07-01", "A pair is lent again only after its lifetime",
	     lend_again, "POOL-06", "POOL-07"),
	LEND("TP-POOL-08-01", "After its lifetime each pair is lent again",
	     whole_pool_twice, "POOL-08", "POOL-07"),
	LEND("TP-POOL-09-01", "De-registration frees no pair",
	     deregister_and_ask, "POOL-09"),
	LEND("TP-POOL-10-01", "A closed WebSocket frees no pair",
	     close_and_ask, "POOL-10"),
	LEND("TP-POOL-10-02", "A lost WebSocket frees no pair", drop_and_ask,
	     "POOL-10"),
	LEND("TP-POOL-10-03", "A user who leaves the page frees no pair",
	     go_and_ask, "POOL-10"),
	LEND("TP-POOL-10-04", "A reloaded page is no new user", reload_and_ask,
	     "POOL-06", "POOL-10"),
	LEND("TP-POOL-12-01", "An exhausted pool refuses", crowd, "POOL-12"),
	LEND("TP-POOL-18-01", "A renewed token keeps pair and holder",
	     renewed_token, "POOL-18"),
	LEND("TP-POOL-29-01", "A restart of the WWSF forgets no window",
	     restart_and_ask, "POOL-29"),
	LEND("TP-POOL-30-01", "Not lendable just before the end, but after it",
	     boundary, "POOL-30"),
	LEND("TP-POOL-31-01", "A token ends with the assignment of its pair",
	     token_in_window, "POOL-31"),
	{ 0 }
};
