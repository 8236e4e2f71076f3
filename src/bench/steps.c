#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/tc_priv.h"

struct waf *tc_waf(struct tc *t) { return t->parts.waf; }
struct scscf *tc_scscf(struct tc *t) { return t->parts.scscf; }
const struct profile *tc_profile(const struct tc *t) { return t->profile; }
int64_t tc_now(const struct tc *t) { return loop_now_us(t->loop); }

struct wic *tc_wic(struct tc *t, const char *label)
{
	for (unsigned i = 0; i < t->n_wics; i++)
		if (strcmp(wic_label(t->wics[i]), label) == 0)
			return t->wics[i];
	if (t->n_wics == TC_WICS_MAX)
		die("%s uses more than %u WICs", t->purpose->id, TC_WICS_MAX);
	struct wic_config c = { .env = tc_env(t), .label = label,
				.w1 = wwsf_w1(t->parts.wwsf),
				.w2 = epcscf_w2(t->parts.epcscf) };
	struct wic *w = wic_new(&c, &t->err);

	if (!w)
		die("%s: WIC %s: %s", t->purpose->id, label, t->err.text);
	t->wics[t->n_wics++] = w;
	return w;
}

void tc_give_up(struct tc *t, const char *fmt, ...)
{
	va_list ap;

	if (*t->reason)
		return;         /* the first reason is the cause */
	va_start(ap, fmt);
	vsnprintf(t->reason, sizeof t->reason, fmt, ap);
	va_end(ap);
}

bool tc_await_named(struct tc *t, const char *what, bool (*pred)(void *arg),
		    void *arg, int64_t timeout_us)
{
	if (timeout_us > LIMIT_WAIT_US)
		timeout_us = LIMIT_WAIT_US;
	if (loop_until(t->loop, pred, arg, tc_now(t) + timeout_us))
		return true;
	tc_give_up(t, "waited %.1f s in vain for %s",
		   (double)timeout_us / 1e6, what);
	return false;
}

void tc_pass(struct tc *t, int64_t us)
{
	loop_pass(t->loop, us < LIMIT_WAIT_US ? us : LIMIT_WAIT_US);
}

void tc_until(struct tc *t, int64_t loop_us)
{
	if (loop_us > tc_now(t))
		tc_pass(t, loop_us - tc_now(t));
}

void tc_mark(struct tc *t, const char *text)
{
	struct ev e;

	if (t->flooded)
		return;
	ev_init(&e, EV_MARK, tc_now(t));
	e.text = span_str(text);
	decoder_event(t->decoder, &e);
}

void tc_restart(struct tc *t, enum role r)
{
	char text[32];

	snprintf(text, sizeof text, "restart %s", role_name(r));
	tc_mark(t, text);
	if (r == ROLE_WWSF)
		wwsf_restart(t->parts.wwsf);
	else if (r == ROLE_EPCSCF)
		epcscf_restart(t->parts.epcscf);
	else if (r == ROLE_SCSCF)
		scscf_restart(t->parts.scscf);
	else
		die("%s restarts the %s", t->purpose->id, role_name(r));
}

const char *tc_password(const struct tc *t, const char *user)
{
	const struct subscriber *s = profile_user(t->profile, span_str(user));

	if (!s)
		s = profile_stranger(t->profile, span_str(user));
	if (!s)
		die("%s: the bed has no user %s", t->purpose->id, user);
	return s->web_password;
}

bool tc_login(struct tc *t, struct wic *w, const char *user)
{
	wic_load(w);
	if (!tc_await(t, wic_w1_done, w, TC_STEP_US))
		return false;
	if (user)
		wic_login(w, user, tc_password(t, user));
	else
		wic_login_anonymous(w);
	if (!tc_await(t, wic_w1_done, w, TC_STEP_US))
		return false;
	if (!wic_logged_in(w))
		tc_give_up(t, "%s: login on W1 ended with %d", wic_label(w),
			   wic_w1_status(w));
	return wic_logged_in(w);
}

bool tc_connect(struct tc *t, struct wic *w)
{
	wic_open(w, NULL);
	if (!tc_await(t, wic_open_done, w, TC_STEP_US))
		return false;
	if (!wic_connected(w))
		tc_give_up(t, "%s: the upgrade on W2 ended with %d",
			   wic_label(w), wic_open_status(w));
	return wic_connected(w);
}

bool tc_try_register(struct tc *t, struct wic *w, const struct wic_reg *r)
{
	wic_register(w, r);
	if (!tc_await(t, wic_register_done, w, TC_STEP_US))
		return false;
	if (wic_register_status(w) == WIC_TIMEOUT ||
	    wic_register_status(w) == WIC_LOST)
		tc_give_up(t, "%s: no final answer to REGISTER", wic_label(w));
	return wic_register_status(w) > 0;
}

bool tc_register(struct tc *t, struct wic *w, const struct wic_reg *r)
{
	if (!tc_try_register(t, w, r))
		return false;
	if (!wic_registered(w))
		tc_give_up(t, "%s: REGISTER ended with %d", wic_label(w),
			   wic_register_status(w));
	return wic_registered(w);
}

bool tc_deregister(struct tc *t, struct wic *w)
{
	struct wic_reg r = { .deregister = true };

	if (!tc_try_register(t, w, &r))
		return false;
	if (!wic_unregistered(w))
		tc_give_up(t, "%s: de-registration ended with %d",
			   wic_label(w), wic_register_status(w));
	return wic_unregistered(w);
}

bool tc_join(struct tc *t, struct wic *w, const char *user)
{
	return tc_login(t, w, user) && tc_connect(t, w) &&
	       tc_register(t, w, NULL);
}

bool tc_join_digest(struct tc *t, struct wic *w, const char *user)
{
	struct wic_reg r = { .auth = WIC_AUTH_DIGEST, .user = user };

	wic_load(w);
	return tc_await(t, wic_w1_done, w, TC_STEP_US) && tc_connect(t, w) &&
	       tc_register(t, w, &r);
}

int64_t tc_window_end(const struct tc *t, const struct wic *w)
{
	return wic_session(w)->at_us + t->profile->lifetime_us;
}

int64_t tc_margin(const struct tc *t)
{
	return 3 * t->profile->tolerance_us;
}
