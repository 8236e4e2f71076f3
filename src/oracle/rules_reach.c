/* The pool and the core: who can be reached under a lent pair, before and
 * after it ran out or went to somebody else (TS 23.228 U.2.1.4, seed change
 * request item 3). */
#include <stdlib.h>

#include "base/err.h"
#include "oracle/lend.h"

/* A request that the core sent towards the edge, seen on Mw itself. */
static bool from_core(const struct ev *e)
{
	return e->on == POINT_MW && e->from == ROLE_SCSCF;
}

/* Answers that come at once when there is no such contact. */
static bool unreached(int status)
{
	return status == 404 || status == 410 || status == 430 ||
	       status == 480 || status == 481;
}

/* ---- POOL-15: what ran out is not reachable ---- */

/* IMPU -> slot with the end of its last registration. */
struct pool_15 {
	struct map index;
	struct ran_out { int64_t until_us; name_id wic; } *at;
	uint32_t n, room;
};

static void pool_15_free(void *state)
{
	struct pool_15 *s = state;

	map_free(&s->index);
	free(s->at);
}

static struct ran_out *ran_out(struct pool_15 *s, name_id impu, bool make)
{
	uint32_t i = map_get(&s->index, impu);

	if (i != MAP_NONE)
		return &s->at[i];
	if (!make)
		return NULL;
	if (s->n == s->room) {
		s->room = s->room ? s->room * 2 : 16;
		s->at = must_grow(s->at, s->room * sizeof *s->at);
	}
	map_put(&s->index, impu, s->n);
	s->at[s->n] = (struct ran_out){ UNSAID_T, 0 };
	return &s->at[s->n++];
}

static bool held_on(const struct model *m, enum point on, name_id impu,
		    int64_t t_us)
{
	return model_binding_impu(m, on, impu, t_us, MAP_NONE) != MAP_NONE;
}

static void pool_15_note(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	const struct reg *r = model_reg(m, n->reg);
	const struct binding *b = model_binding(m, n->binding);

	if (!r || !is_2xx(e->status) || !b || b->pair == MAP_NONE || !b->impu)
		return;
	struct ran_out *x = ran_out(judge_state(j), b->impu, true);

	x->wic = b->wic;
	x->until_us = b->live ? b->until_us : UNSAID_T;
}

static void pool_15_expired(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);

	for (unsigned i = 0; i < e->impu.n; i++) {
		name_id impu = model_find_impu(m, e->impu.at[i]);
		struct ran_out *x = impu ? ran_out(judge_state(j), impu,
						   false) : NULL;

		if (x) {
			x->until_us = e->t_us;
			judge_held(j);
		}
	}
}

/* A call for the IMPU: the core forwards it on Mw, or it is answered. */
static void pool_15_reached(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	int64_t t_us = asked_at(e);
	name_id impu = model_find_impu(m, e->to_id);
	struct ran_out *x = impu ? ran_out(judge_state(j), impu, false) : NULL;
	bool core = from_core(e);

	if (!x || x->until_us == UNSAID_T || t_us < x->until_us ||
	    held_on(m, POINT_MW, impu, t_us) ||
	    (!core && held_on(m, POINT_W2, impu, t_us)))
		return;
	if (core)
		judge_limit(j, where_of(e), t_us - x->until_us + 1, true,
			    "expected: the core forwards nothing to %.*s after "
			    "its registration ran out at %.3f s; seen: %.*s "
			    "forwarded on Mw", SPAN(e->to_id),
			    (double)x->until_us / 1e6, SPAN(e->method));
	else if (e->status != UNSAID && !is_2xx(e->status))
		judge_held(j);
	else if (e->status != UNSAID)
		judge_limit(j, where_of(e), t_us - x->until_us + 1, true,
			    "expected: %.*s is not reachable after its "
			    "registration ran out at %.3f s; seen: %.*s "
			    "answered with %d", SPAN(e->to_id),
			    (double)x->until_us / 1e6, SPAN(e->method),
			    e->status);
}

static void pool_15(struct judge *j, const struct ev *e)
{
	if (e->kind == EV_ANSWER) {
		pool_15_note(j, e);
		return;
	}
	if (e->kind == EV_EXPIRED) {
		pool_15_expired(j, e);
		return;
	}
	pool_15_reached(j, e);
}

/* ---- POOL-16: after re-assignment only the new WIC is served ---- */

/* Newest window of the identity's pair, and an older one of this WIC. */
static bool former(const struct judge *j, struct span id, name_id wic,
		   const struct window **newest, bool *own)
{
	const struct model *m = judge_model(j);
	uint32_t i = model_pair_window(
		m, model_pair_of(m, 0, model_find_impu(m, id)));
	bool other = false;

	*newest = model_window(m, i);
	*own = *newest && (*newest)->wic == wic;
	for (; i != MAP_NONE; i = model_window(m, i)->previous) {
		const struct window *w = model_window(m, i);

		if (!*own && w->wic == wic)
			return w->wic_sure;
		other |= w->wic != wic;
	}
	return *own && other;
}

/* A call from the core for a pair that was lent again and whose new holder is
 * registered and connected, yet it is not reached. */
static void pool_16_core(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	name_id impu = model_find_impu(m, e->to_id);
	const struct window *w = model_window(
		m, model_pair_window(m, model_pair_of(m, 0, impu)));
	const struct binding *b = model_binding(
		m, model_binding_impu(m, POINT_MW, impu, e->t_us, MAP_NONE));

	if (w && b && w->previous != MAP_NONE && b->t0_us >= w->t0_us &&
	    w->closed_us == UNSAID_T && unreached(e->status))
		judge_broken(j, where_of(e), "expected: %.*s of the core "
			     "reaches %.*s, to whom %.*s is lent now; seen: "
			     "answered with %d", SPAN(e->method),
			     SPAN(lent_wic(j, w)), SPAN(lent_pair(j, w)),
			     e->status);
}

static void pool_16(struct judge *j, const struct ev *e)
{
	const struct window *newest;
	name_id wic = model_now(judge_model(j))->wic;
	bool own;

	if (from_core(e))
		pool_16_core(j, e);
	if (e->on == POINT_MW || !wic || e->status == UNSAID)
		return;
	bool in = former(j, e->to_id, wic, &newest, &own);

	if (!in && !former(j, e->from_id, wic, &newest, &own))
		return;
	if (own ? is_2xx(e->status) : !is_2xx(e->status))
		judge_held(j);
	else if (!own)
		judge_broken(j, where_of(e), "expected: %.*s serves %.*s alone "
			     "after it was lent again; seen: %.*s of %.*s "
			     "answered with %d", SPAN(lent_pair(j, newest)),
			     SPAN(lent_wic(j, newest)), SPAN(e->method),
			     SPAN(e->wic), e->status);
}

/* ---- POOL-23: two pairs are two registrations ---- */

struct pool_23 { int64_t t_us; uint32_t pair; bool any; };

/* A registration that the core drops soon after another one was ended, long
 * before it runs out, and not because its window ends. */
static void pool_23_dropped(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct pool_23 *s = judge_state(j);
	const struct binding *b = model_binding(m, model_now(m)->binding);
	const struct window *w = b ? model_window(m, b->window) : NULL;
	int64_t soon = 2000000 + judge_profile(j)->tolerance_us;

	if (!s->any || !b || b->pair == MAP_NONE || b->pair == s->pair ||
	    b->t0_us > s->t_us || e->t_us - s->t_us > soon ||
	    b->until_us - e->t_us <= soon ||
	    (w && w->end_us != UNSAID_T && w->end_us - e->t_us <= soon))
		return;
	judge_broken(j, where_of(e), "expected: %s stays registered when %s is "
		     "de-registered; seen: dropped %.3f s before it runs out",
		     judge_profile(j)->pairs[b->pair].impi,
		     judge_profile(j)->pairs[s->pair].impi,
		     (double)(b->until_us - e->t_us) / 1e6);
}

static void pool_23(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	struct pool_23 *s = judge_state(j);

	if (e->kind == EV_ANSWER) {
		const struct reg *r = model_reg(m, n->reg);

		if (r && is_2xx(e->status) && r->expires_s == 0) {
			uint32_t p = model_pair_of(m, r->impi, r->impu);

			if (p != MAP_NONE)
				*s = (struct pool_23){ e->t_us, p, true };
		}
		return;
	}
	if (e->kind == EV_EXPIRED) {
		pool_23_dropped(j, e);
		return;
	}
	struct span id = e->to_id;
	name_id impu = model_find_impu(m, id);
	uint32_t pair = model_pair_of(m, 0, impu);

	if (!s->any || pair == MAP_NONE || pair == s->pair)
		return;
	const struct binding *b = model_binding(
		m, model_binding_impu(m, POINT_MW, impu, e->t_us, MAP_NONE));

	if (!b || b->t0_us > s->t_us)
		return;
	if (is_2xx(e->status))
		judge_held(j);
	else if (e->status == 404 || e->status == 480 || e->status == 410)
		judge_broken(j, where_of(e), "expected: %.*s stays registered "
			     "when %s is de-registered; seen: %.*s answered "
			     "with %d", SPAN(id),
			     judge_profile(j)->pairs[s->pair].impi,
			     SPAN(e->method), e->status);
}

const struct rule rules_reach[] = {
	{ .id = "POOL-15", POOL_SEED, POOL_TIMED,
	  .text = "A lent pair whose registration ran out is not reachable any "
		  "more",
	  .strength = STRENGTH_CR, .obliged = ROLE_SYSTEM,
	  .facts = FACT_MW | FACT_TIME,
	  .kinds = EV_BIT(EV_ANSWER) | EV_BIT(EV_REQUEST) |
		   EV_BIT(EV_EXPIRED),
	  .state_size = sizeof(struct pool_15), .on_event = pool_15,
	  .free_state = pool_15_free },
	{ .id = "POOL-16", POOL_SEED, POOL_TIMED,
	  .text = "After a pair is lent again, its IMPU serves the new WIC "
		  "alone",
	  .strength = STRENGTH_DER, .obliged = ROLE_SYSTEM,
	  .facts = FACT_W1 | FACT_W2, .kinds = EV_BIT(EV_REQUEST),
	  .on_event = pool_16 },
	{ .id = "POOL-23", POOL_SEED, .needs = NEED_POOLS,
	  .editions = IN_CR | IN_REL13,
	  .text = "Two pairs of the pool are registered independently: ending "
		  "one leaves the other",
	  .strength = STRENGTH_CR, .obliged = ROLE_SCSCF, .facts = FACT_MW,
	  .kinds = EV_BIT(EV_ANSWER) | EV_BIT(EV_REQUEST) |
		   EV_BIT(EV_EXPIRED),
	  .state_size = sizeof(struct pool_23), .on_event = pool_23 },
	{ 0 }
};
