/* One test run: everything that it owns, and what a purpose may do with it.
 *
 *   actors --link taps--> decoder --events--> trace file
 *                                        \--> oracle
 *
 * A purpose drives the actors and waits; it never looks at messages. A wait
 * that is not fulfilled leaves its reason here, and the rules that stayed
 * silent make the verdict inconclusive. */
#ifndef BENCH_TC_H
#define BENCH_TC_H

#include "actor/epcscf.h"
#include "actor/scscf.h"
#include "actor/waf.h"
#include "actor/wic.h"
#include "actor/wwsf.h"
#include "bench/purpose.h"

#define MS(n) ((int64_t)(n) * 1000)
#define SEC(n) ((int64_t)(n) * 1000 * 1000)

/* Ordinary wait for one step of one actor. */
#define TC_STEP_US SEC(8)

struct tc;

/* The actors; a purpose finds its own way to them. */
struct wic *tc_wic(struct tc *t, const char *label);    /* made when new */
struct waf *tc_waf(struct tc *t);
struct scscf *tc_scscf(struct tc *t);
const struct profile *tc_profile(const struct tc *t);

/* Turns the loop until pred(arg); false when it did not come true in time:
 * the reason of the run then names the predicate. Never longer than
 * LIMIT_WAIT_US. */
#define tc_await(t, pred, arg, us) tc_await_named((t), #pred, (pred), (arg), (us))
bool tc_await_named(struct tc *t, const char *what, bool (*pred)(void *arg),
		    void *arg, int64_t timeout_us);
void tc_pass(struct tc *t, int64_t us);         /* lets time pass */
void tc_until(struct tc *t, int64_t loop_us);   /* until that moment */
int64_t tc_now(const struct tc *t);

/* Mark the trace; restart an actor, with its mark. */
void tc_mark(struct tc *t, const char *text);
void tc_restart(struct tc *t, enum role r);
/* The purpose cannot go on: the reason for an inconclusive verdict. */
void tc_give_up(struct tc *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- steps that many purposes begin with; false: gave up ---- */

/* Loads the page and logs in. user NULL: anonymous. */
bool tc_login(struct tc *t, struct wic *w, const char *user);
/* The subscriber's web password, as the profile has it. */
const char *tc_password(const struct tc *t, const char *user);
/* Opens W2 as the page says. */
bool tc_connect(struct tc *t, struct wic *w);
/* REGISTER; waits for its end. True when it is registered. r NULL: ordinary. */
bool tc_register(struct tc *t, struct wic *w, const struct wic_reg *r);
/* REGISTER that ends in whatever way; false only when no answer came. */
bool tc_try_register(struct tc *t, struct wic *w, const struct wic_reg *r);
bool tc_deregister(struct tc *t, struct wic *w);
/* All of it: log in, connect, register. user NULL: a pool pair. */
bool tc_join(struct tc *t, struct wic *w, const char *user);
/* Scenario 1: page, connect, register by digest as that subscriber. */
bool tc_join_digest(struct tc *t, struct wic *w, const char *user);

/* When the window of that WIC's assignment ends: handover + lifetime. */
int64_t tc_window_end(const struct tc *t, const struct wic *w);
/* A distance from a limit that is safe on sockets too: three tolerances. */
int64_t tc_margin(const struct tc *t);

#endif
