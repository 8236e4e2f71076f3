/* The pool: what frees a pair. Nothing but the end of its window: not
 * de-registration, not a lost socket, not a restart, not an exhausted pool
 * (TS 23.228 U.2.1.4, seed change request item 3; rulings 5, 10). */
#include "oracle/lend.h"

/* ---- POOL-09, POOL-10, POOL-29: three things that free nothing ---- */

#define FLAGGED 256u

/* Windows in which the thing happened, so that a WWSF that had the occasion
 * to lend the pair and did not is seen to keep the rule. */
struct flagged {
	struct doubts doubts;
	unsigned next;
	uint32_t window[FLAGGED];
};

typedef int64_t moment_of(const struct window *w);

static int64_t deregistered(const struct window *w)
{
	return w->deregistered_us;
}

static int64_t lost(const struct window *w) { return w->closed_us; }
static int64_t restarted(const struct window *w) { return w->wwsf_restart_us; }

static void flag(struct judge *j, uint32_t window)
{
	struct flagged *f = judge_state(j);

	if (window == MAP_NONE)
		return;
	for (unsigned i = 0; i < FLAGGED && i < f->next; i++)
		if (f->window[i] == window)
			return;
	f->window[f->next++ % FLAGGED] = window;
}

/* Somebody else was served or refused while a flagged window was open. */
static void resisted(struct judge *j, const struct ev *e, moment_of *when)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	const struct handover *h = model_handover_at(m, n->handover);
	const struct window *own = model_window(m, n->window);
	const struct flagged *f = judge_state(j);

	for (unsigned i = 0; h && i < FLAGGED && i < f->next; i++) {
		const struct window *w = model_window(m, f->window[i]);

		if (when(w) == UNSAID_T || when(w) > e->t_us ||
		    w->end_us == UNSAID_T || e->t_us >= w->end_us ||
		    (own && own->pair == w->pair) ||
		    (h->wic && h->wic == w->wic))
			continue;
		judge_held(j);
	}
}

static void after(struct judge *j, const struct ev *e, moment_of *when,
		  const char *what)
{
	struct lent l;

	if (e->kind == EV_REFUSED) {
		resisted(j, e, when);
		return;
	}
	if (!lent_now(j, &l))
		return;
	resisted(j, e, when);
	if (!l.opened || !l.previous || when(l.previous) == UNSAID_T ||
	    when(l.previous) > l.window->t0_us)
		return;
	lent_sentence(j, &l, what,
		      &((struct flagged *)judge_state(j))->doubts);
}

/* What is neither a lending nor a refusal may settle a doubt. */
static void settle(struct judge *j, const struct ev *e, const char *what)
{
	struct flagged *f = judge_state(j);

	if (e->kind == EV_ANSWER || e->kind == EV_REGISTER ||
	    e->kind == EV_REQUEST)
		doubts_act(&f->doubts, j, e, what);
}

#define AFTER_DEREGISTRATION " after de-registration"
#define AFTER_LOSS " after its WebSocket was lost"
#define AFTER_RESTART " after a restart of the WWSF"

static void pool_09(struct judge *j, const struct ev *e)
{
	const struct now *n = model_now(judge_model(j));
	const struct window *w = model_window(judge_model(j), n->window);

	if (n->moment || e->kind == EV_REFUSED)
		after(j, e, deregistered, AFTER_DEREGISTRATION);
	else if (e->kind == EV_ANSWER && w && w->deregistered_us == e->t_us)
		flag(j, n->window);
	if (!n->moment)
		settle(j, e, AFTER_DEREGISTRATION);
}

static void pool_10(struct judge *j, const struct ev *e)
{
	const struct now *n = model_now(judge_model(j));

	if (n->moment || e->kind == EV_REFUSED)
		after(j, e, lost, AFTER_LOSS);
	else if (e->kind == EV_CLOSED && e->on != POINT_W1)
		flag(j, n->window);
	else
		settle(j, e, AFTER_LOSS);
}

/* All windows that were open at the restart are concerned. */
static void flag_restarted(struct judge *j, int64_t t_us)
{
	const struct model *m = judge_model(j);

	for (uint32_t p = 0; p < judge_profile(j)->n_pairs; p++) {
		uint32_t i = model_pair_window(m, p);
		const struct window *w = model_window(m, i);

		if (w && w->wwsf_restart_us == t_us)
			flag(j, i);
	}
}

static void pool_29(struct judge *j, const struct ev *e)
{
	if (model_now(judge_model(j))->moment || e->kind == EV_REFUSED)
		after(j, e, restarted, AFTER_RESTART);
	else if (e->kind == EV_MARK)
		flag_restarted(j, e->t_us);
	else
		settle(j, e, AFTER_RESTART);
}

/* ---- POOL-12, POOL-08, POOL-30: exhaustion and the way back ---- */

/* How a pool stands at t. */
struct stock {
	unsigned pairs, lent, free, never, unknown;
	int64_t first_free_us;  /* earliest end that has passed, UNSAID_T */
	int64_t next_free_us;   /* earliest end to come, UNSAID_T */
	uint32_t freed;         /* the pair of first_free_us */
	bool whole;             /* first_free_us is in whole seconds */
};

/* When is the pair free, but for what the handover `except` lends? */
static int64_t free_at(const struct judge *j, uint32_t pair, uint32_t except,
		       bool *whole)
{
	const struct model *m = judge_model(j);

	for (uint32_t i = model_pair_window(m, pair); i != MAP_NONE;
	     i = model_window(m, i)->previous) {
		const struct window *w = model_window(m, i);

		if (w->handover == except)
			continue;
		*whole = w->end_whole;
		return w->behind_us;    /* INT64_MAX: not known */
	}
	return UNSAID_T;
}

static void count_pair(struct stock *s, uint32_t pair, int64_t end,
		       bool whole, int64_t t_us)
{
	s->pairs++;
	if (end == INT64_MAX) {
		s->unknown++;
	} else if (end == UNSAID_T) {
		s->never++;
	} else if (end > t_us) {
		s->lent++;
		if (s->next_free_us == UNSAID_T || end < s->next_free_us)
			s->next_free_us = end;
	} else {
		s->free++;
		if (s->first_free_us == UNSAID_T || end < s->first_free_us) {
			s->first_free_us = end;
			s->freed = pair;
			s->whole = whole;
		}
	}
}

static struct stock stock_at(const struct judge *j, int64_t t_us,
			     struct span wwsf, uint32_t except)
{
	const struct profile *p = judge_profile(j);
	struct stock s = { .first_free_us = UNSAID_T, .next_free_us = UNSAID_T };

	for (uint32_t i = 0; i < p->n_pairs; i++) {
		bool whole = false;

		if (!span_absent(wwsf) &&
		    !span_ieq(wwsf, span_str(p->pools[p->pairs[i].pool].wwsf)))
			continue;
		int64_t end = free_at(j, i, except, &whole);

		count_pair(&s, i, end, whole, t_us);
	}
	return s;
}

/* Whose pool is meant: the event's WWSF where it names a pool, else all. */
static struct span pool_meant(const struct judge *j, name_id wwsf)
{
	const struct profile *p = judge_profile(j);
	struct span text = model_text(judge_model(j), wwsf);

	if (wwsf && profile_pool(p, text) != MAP_NONE)
		return text;
	return p->n_pools == 1 ? span_str(p->pools[0].wwsf) : SPAN_NONE;
}

/* A refusal for want of a pair, not for a wrong password. */
static bool for_want(const struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct handover *h =
		model_handover_at(m, model_now(m)->handover);

	if (!h || h->scenario == SCENARIO_WEB)
		return false;
	if (h->who == WHO_ANONYMOUS &&
	    judge_profile(j)->ics.anonymous == CLAIM_NO)
		return false;
	return span_ifind(e->why, S("login")) < 0 &&
	       span_ifind(e->why, S("passw")) < 0 &&
	       span_ifind(e->why, S("auth")) < 0 &&
	       span_ifind(e->why, S("credential")) < 0 &&
	       span_ifind(e->why, S("forbidden")) < 0;
}

/* A refusal for want of a pair: how does the pool stand? */
static bool refused(const struct judge *j, const struct ev *e, struct stock *s)
{
	const struct model *m = judge_model(j);
	const struct handover *h =
		model_handover_at(m, model_now(m)->handover);

	if (e->kind != EV_REFUSED || !for_want(j, e))
		return false;
	*s = stock_at(j, e->t_us, pool_meant(j, h->wwsf), MAP_NONE);
	return true;
}

static void pool_12(struct judge *j, const struct ev *e)
{
	const char *what = ", when every pair was lent,";
	const struct now *n = model_now(judge_model(j));
	struct stock now;
	struct lent l;

	if (refused(j, e, &now)) {
		if (now.pairs && now.lent == now.pairs)
			judge_held(j);
		return;
	}
	if (!n->moment)
		doubts_act(judge_state(j), j, e, what);
	if (!n->moment || !lent_now(j, &l) || !l.opened || !l.previous ||
	    l.early_us == UNSAID_T || l.early_us <= 0)
		return;
	const struct profile *p = judge_profile(j);
	const struct pool *pool = &p->pools[p->pairs[l.window->pair].pool];
	struct stock then = stock_at(j, l.window->t0_us, span_str(pool->wwsf),
				     n->handover);

	if (then.lent == then.pairs)
		lent_sentence(j, &l, what, judge_state(j));
}

/* Ruling 5: waiting longer is no fault until a declared guard time is over. A
 * token-only handover may hold the pair that seems to be free. */
static void late(struct judge *j, const struct ev *e, const struct stock *s)
{
	const struct profile *p = judge_profile(j);
	bool declared = p->guard_us != UNSAID_US;
	int64_t free_us = s->first_free_us + (declared ? p->guard_us : 0);
	int64_t slack = p->tolerance_us + (s->whole ? 1000000 : 0);

	if (s->first_free_us == UNSAID_T || s->never || e->t_us <= free_us)
		return;
	if (e->t_us - free_us < slack)
		return;
	if (s->free <= model_unresolved(judge_model(j), e->t_us))
		judge_unsure(j, where_of(e), "refused at %.3f s, although %s "
			     "seems to be free since %.3f s",
			     (double)e->t_us / 1e6, p->pairs[s->freed].impi,
			     (double)free_us / 1e6);
	else
		judge_broken_as(j, where_of(e), ROLE_WWSF,
				declared ? EFFECT_FAIL : EFFECT_REMARK,
				"expected: %s available again after %.3f s; "
				"seen: refused at %.3f s",
				p->pairs[s->freed].impi, (double)free_us / 1e6,
				(double)e->t_us / 1e6);
}

static void pool_08(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	struct stock s;
	struct lent l;

	if (refused(j, e, &s)) {
		late(j, e, &s);
		return;
	}
	if (!model_now(m)->moment || !lent_now(j, &l) || !l.opened)
		return;
	uint32_t before = l.window->previous;

	if (before != MAP_NONE) {
		const struct window *w = model_window(m, before);

		if (w->end_us != UNSAID_T && w->end_us <= l.window->t0_us)
			judge_held(j);
	}
}

static void pool_30(struct judge *j, const struct ev *e)
{
	const struct now *n = model_now(judge_model(j));
	int64_t near = 2 * judge_profile(j)->tolerance_us;
	struct stock s;
	struct lent l;

	if (refused(j, e, &s)) {
		if (s.next_free_us != UNSAID_T && s.lent == s.pairs &&
		    s.next_free_us - e->t_us <= near)
			judge_held(j);
		if (s.first_free_us != UNSAID_T &&
		    e->t_us - s.first_free_us <= near)
			late(j, e, &s);
		return;
	}
	if (!n->moment)
		doubts_act(judge_state(j), j, e, " at the boundary");
	if (!n->moment || !lent_now(j, &l) || !l.opened || !l.previous ||
	    l.early_us == UNSAID_T || l.early_us > near || l.early_us < -near)
		return;
	lent_sentence(j, &l, " at the boundary", judge_state(j));
}

#define ACTS (EV_BIT(EV_ANSWER) | EV_BIT(EV_REGISTER) | EV_BIT(EV_REQUEST))
#define RELEND(rule_id, how, ...)                                            \
	{ .id = rule_id, POOL_SEED, POOL_TIMED, .strength = how,             \
	  .obliged = ROLE_WWSF, .facts = FACT_W1 | FACT_TIME, __VA_ARGS__ }

const struct rule rules_relend[] = {
	RELEND("POOL-08", STRENGTH_CR,
	  .text = "After its lifetime a pair is available again",
	  .kinds = MOMENT_LENT | EV_BIT(EV_REFUSED), .on_event = pool_08),
	RELEND("POOL-09", STRENGTH_CR,
	  .text = "De-registration does not free a pair before its lifetime "
		  "is over",
	  .kinds = MOMENT_LENT | EV_BIT(EV_REFUSED) | ACTS,
	  .state_size = sizeof(struct flagged), .on_event = pool_09),
	RELEND("POOL-10", STRENGTH_CR,
	  .text = "The loss of the WebSocket does not free a pair before its "
		  "lifetime is over",
	  .kinds = MOMENT_LENT | EV_BIT(EV_REFUSED) | EV_BIT(EV_CLOSED) |
		   ACTS,
	  .state_size = sizeof(struct flagged), .on_event = pool_10),
	RELEND("POOL-12", STRENGTH_DER,
	  .text = "An exhausted pool refuses; it does not lend a live pair "
		  "again",
	  .kinds = MOMENT_LENT | EV_BIT(EV_REFUSED) | ACTS,
	  .state_size = sizeof(struct doubts), .on_event = pool_12),
	RELEND("POOL-29", STRENGTH_DER,
	  .text = "A restart of the WWSF does not forget open windows",
	  .kinds = MOMENT_LENT | EV_BIT(EV_REFUSED) | EV_BIT(EV_MARK) |
		   ACTS,
	  .state_size = sizeof(struct flagged), .on_event = pool_29),
	RELEND("POOL-30", STRENGTH_DER,
	  .text = "Just before its lifetime is over a pair is not lendable, "
		  "just after it is",
	  .kinds = MOMENT_LENT | EV_BIT(EV_REFUSED) | ACTS,
	  .state_size = sizeof(struct doubts), .on_event = pool_30),
	{ 0 }
};
