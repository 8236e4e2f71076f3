/* The pool and the core: a lent pair's registration ends with its window, and
 * one WIC at a time holds it (TS 23.228 U.2.1.4, seed change request item 3;
 * rulings 2, 6, 8, 9, 25). */
#include "oracle/lend.h"


/* ---- POOL-13: the binding is over when the window is ---- */

struct pool_13 {
	struct map pending;     /* binding and generation, waiting for its end */
	struct where last;
};

static uint64_t pending_key(uint32_t i, uint32_t gen)
{
	return (uint64_t)(gen & 0x7fffffff) << 32 | i;
}

static int64_t slack(const struct judge *j, const struct window *w)
{
	return judge_profile(j)->tolerance_us + (w->end_whole ? 1000000 : 0);
}

/* rel13: a declared release ends the assignment, and with it this rule. */
static bool let_go(const struct judge *j, const struct window *w)
{
	return judge_edition(j) == EDITION_REL13 &&
	       w->released_us != UNSAID_T &&
	       judge_profile(j)->ics.early_release == CLAIM_YES;
}

static enum role end_keeper(const struct judge *j)
{
	return judge_profile(j)->ics.caps_registration == CAPS_EPCSCF ?
	       ROLE_EPCSCF : ROLE_SYSTEM;
}

static void pool_13_free(void *state)
{
	map_free(&((struct pool_13 *)state)->pending);
}

static void pool_13(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	const struct binding *b = model_binding(m, n->binding);
	struct pool_13 *s = judge_state(j);

	if (!is_2xx(e->status) || !b || !b->live || b->pair == MAP_NONE)
		return;
	const struct window *w = model_window(m, b->window);

	if (!w || w->end_us == UNSAID_T || b->until_us == INT64_MAX ||
	    let_go(j, w))
		return;
	if (b->until_us <= w->end_us) {
		judge_held(j);
		return;
	}
	int64_t settled_us = w->end_us + slack(j, w);

	s->last = where_of(e);
	map_put(&s->pending, pending_key(n->binding, b->gen), 1);
	judge_timer(j, settled_us > e->t_us ? settled_us : e->t_us,
		    pending_key(n->binding, b->gen));
}

/* When was, or will, the binding be over, as far as is known now? */
static int64_t over_at(const struct binding *b)
{
	return b->live || b->ended_us == UNSAID_T ? b->until_us : b->ended_us;
}

static bool same_binding(const struct binding *b, uint64_t key)
{
	return b && pending_key((uint32_t)key, b->gen) == key;
}

/* The window's end and the tolerance have passed. */
static void pool_13_end(struct judge *j, uint64_t key)
{
	const struct model *m = judge_model(j);
	struct pool_13 *s = judge_state(j);
	const struct binding *b = model_binding(m, (uint32_t)key);
	const struct window *w = b ? model_window(m, b->window) : NULL;

	if (map_get(&s->pending, key) == MAP_NONE)
		return;
	if (!same_binding(b, key) || !w || let_go(j, w)) {
		map_del(&s->pending, key);
		return;
	}
	if (judge_time(j) < w->end_us + slack(j, w) &&
	    over_at(b) > w->end_us) {
		judge_timer(j, w->end_us + slack(j, w), key);
		return;
	}
	struct where at = { b->granted_us, b->number, b->file };
	int64_t over = over_at(b) - w->end_us;

	map_del(&s->pending, key);
	if (over <= 0)
		judge_held(j);
	else if (over < slack(j, w))
		judge_unsure(j, at, "%.*s registered %.3f s longer than it is "
			     "lent: too close to tell", SPAN(lent_pair(j, w)),
			     (double)over / 1e6);
	else
		judge_broken_as(j, at, end_keeper(j), EFFECT_NONE,
				"expected: the registration of %.*s is over at "
				"%.3f s, when its window ends; seen: granted "
				"until %.3f s and not ended",
				SPAN(lent_pair(j, w)),
				(double)w->end_us / 1e6,
				(double)b->until_us / 1e6);
}

/* What is still open when the observation stops. */
static void pool_13_rest(struct judge *j)
{
	const struct model *m = judge_model(j);
	struct pool_13 *s = judge_state(j);

	for (size_t i = 0; i < s->pending.room; i++) {
		uint64_t key = s->pending.slots[i].key;
		const struct binding *b = model_binding(m, (uint32_t)key);
		const struct window *w = b ? model_window(m, b->window) : NULL;

		if (!key || !same_binding(b, key) || !w || let_go(j, w))
			continue;
		if (over_at(b) <= w->end_us)
			judge_held(j);
		else
			judge_unsure(j, s->last, "granted for longer than the "
				     "pair is lent, and the observation stops "
				     "before that is settled");
	}
}

/* ---- POOL-14: the maximum registration duration ---- */

static void pool_14(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	const struct reg *r = model_reg(m, n->reg);
	int64_t max = judge_profile(j)->max_registration_us;

	if (!r || !is_2xx(e->status) || r->granted_s == UNSAID ||
	    r->granted_s == 0 || r->expires_s == 0 ||
	    (r->on != POINT_MW && r->mw_count))
		return;
	const struct reg *mate = model_reg(m, n->mate);
	uint32_t pair = model_pair_of(m, r->impi, r->impu);

	if (pair == MAP_NONE && mate)
		pair = model_pair_of(m, mate->impi, mate->impu);
	if (pair == MAP_NONE)
		return;
	enum role who = r->on == POINT_MW ? ROLE_SCSCF : ROLE_SYSTEM;

	if (max != UNSAID_US && r->granted_s * 1000000 > max)
		judge_broken_as(j, where_of(e), who, EFFECT_NONE,
				"expected: at most %.3f s, the longest "
				"registration; seen: %lld s granted",
				(double)max / 1e6, (long long)r->granted_s);
	else if (r->expires_s != UNSAID && r->granted_s > r->expires_s)
		judge_broken_as(j, where_of(e), who, EFFECT_NONE,
				"expected: no more than the %lld s asked for; "
				"seen: %lld s granted", (long long)r->expires_s,
				(long long)r->granted_s);
	else
		judge_held(j);
}

/* ---- POOL-17: a token whose assignment ended registers nobody ---- */

static void pool_17(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	const struct reg *r = model_reg(m, n->reg);
	const struct reg *w2 = r && r->on == POINT_MW ? model_reg(m, n->mate) :
							r;
	const struct token *t =
		w2 ? model_token(m, model_token_named(m, w2->token)) : NULL;
	const struct window *w = t ? model_window(m, t->window) : NULL;

	if (!w || w2->expires_s == 0 ||
	    (r->on != POINT_MW) != (e->kind == EV_ANSWER))
		return;
	bool relent = w->relent_us != UNSAID_T && w2->t_us >= w->relent_us;
	bool released = let_go(j, w) && w2->t_us >= w->released_us;
	bool over = w->end_us != UNSAID_T && w2->t_us >= w->end_us;

	if (!relent && !released && !over)
		return;
	if (r->on != POINT_MW && !is_2xx(e->status)) {
		if (!w2->mw_count && e->status >= 300)
			judge_held(j);
		return;
	}
	const char *fmt = "expected: a token whose assignment of %.*s ended "
			  "registers nobody; seen: %s at %.3f s";
	const char *did = r->on == POINT_MW ? "REGISTER on Mw" :
					      "2xx on W2";
	struct span pair = lent_pair(j, w);

	if (relent || released)
		judge_broken(j, where_of(e), fmt, SPAN(pair), did,
			     (double)w2->t_us / 1e6);
	else
		judge_limit(j, where_of(e), w2->t_us - w->end_us, w->end_whole,
			    fmt, SPAN(pair), did, (double)w2->t_us / 1e6);
}

/* ---- POOL-32: one WIC at a time holds the binding ---- */

#define RIVALS 64u

struct rivals {
	unsigned next;
	struct rival {
		uint32_t first, second, first_gen, second_gen;
	} at[RIVALS];
};

static enum same same_holder(const struct model *m, const struct binding *a,
			     const struct binding *b)
{
	const struct window *wa = model_window(m, a->window);
	const struct window *wb = model_window(m, b->window);

	if (a->wic && a->wic == b->wic)
		return SAME_YES;
	if (wa && wb && wa != wb)
		return model_same_wic(m, wa, wb);
	return a->wic && b->wic && a->wic_sure && b->wic_sure ? SAME_NO :
								SAME_UNKNOWN;
}

static void pool_32_answer(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	const struct binding *b = model_binding(m, n->binding);
	const struct binding *o = model_binding(m, n->replaced);
	struct rivals *s = judge_state(j);

	if (!is_2xx(e->status) || !b || !b->live || b->pair == MAP_NONE)
		return;
	if (!o) {
		judge_held(j);
		return;
	}
	struct span pair = span_str(judge_profile(j)->pairs[b->pair].impi);

	switch (same_holder(m, o, b)) {
	case SAME_YES:
		judge_held(j);
		break;
	case SAME_NO:
		judge_limit(j, where_of(e), o->until_us - e->t_us, false,
			    "expected: one WIC holds %.*s; seen: %.*s "
			    "registered while %.*s is, until %.3f s",
			    SPAN(pair), SPAN(model_text(m, b->wic)),
			    SPAN(model_text(m, o->wic)),
			    o->until_us == INT64_MAX ? 0.0 :
			    (double)o->until_us / 1e6);
		break;
	case SAME_UNKNOWN:
		judge_unsure(j, where_of(e), "%.*s is registered a second time; "
			     "whether by another WIC is not known", SPAN(pair));
		s->at[s->next++ % RIVALS] = (struct rival){
			n->replaced, n->binding, o->gen, b->gen };
		break;
	}
}

static bool acts(const struct now *n, const struct reg *r,
		 const struct binding *b, const struct ev *e)
{
	if (b->wic)
		return n->wic == b->wic;
	return r && b->on == e->on && r->call && r->call == b->call;
}

/* The first acts again after the second registered, both alive (ruling 8). */
static void pool_32_acts(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	const struct reg *r = model_reg(m, n->reg);
	const struct rivals *s = judge_state(j);

	for (unsigned i = 0; i < RIVALS && i < s->next; i++) {
		const struct rival *x = &s->at[i];
		const struct binding *a = model_binding(m, x->first);
		const struct binding *b = model_binding(m, x->second);

		if (!a->live || !b->live || a->gen != x->first_gen ||
		    b->gen != x->second_gen || a->until_us <= e->t_us ||
		    b->until_us <= e->t_us || !acts(n, r, a, e) ||
		    (r && r->expires_s == 0))
			continue;
		judge_broken(j, where_of(e), "expected: one WIC holds %s; seen:"
			     " the first acts again while the second is "
			     "registered",
			     judge_profile(j)->pairs[a->pair].impi);
	}
}

static void pool_32(struct judge *j, const struct ev *e)
{
	if (e->kind == EV_ANSWER)
		pool_32_answer(j, e);
	else
		pool_32_acts(j, e);
}

/* ---- POOL-33: P-Associated-URI of a lent pair ---- */

static void pool_33_uri(struct judge *j, const struct ev *e, uint32_t pair,
			struct span uri)
{
	const struct profile *p = judge_profile(j);
	char room[512];
	struct span id = sip_identity(uri, room, sizeof room);
	uint32_t owner = profile_pair_impu(p, id);
	bool taken = owner != MAP_NONE && owner != pair;

	/* A tel alias of the same subscription is legal (ruling 15). */
	if (owner == pair || (!taken && !profile_sub_impu(p, id) &&
			      span_istarts(id, S("tel:"))))
		judge_held(j);
	else if (taken || profile_sub_impu(p, id))
		judge_broken(j, where_of(e), "expected: no IMPU of another %s "
			     "beside %s; seen: %.*s",
			     taken ? "pool pair" : "subscriber",
			     p->pairs[pair].impi, SPAN(id));
	else
		judge_broken_as(j, where_of(e), ROLE_SCSCF, EFFECT_WARNING,
				"expected: the IMPU of %s alone; seen: %.*s as "
				"well", p->pairs[pair].impi, SPAN(id));
}

static void pool_33(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct reg *r = model_reg(m, model_now(m)->reg);
	struct sip_list it = { 0 };
	struct span el;

	if (!r || !e->sip || e->on != POINT_MW || !is_2xx(e->status) ||
	    r->expires_s == 0)
		return;
	uint32_t pair = model_pair_of(m, r->impi, r->impu);

	while (pair != MAP_NONE &&
	       sip_list_next(e->sip, SIP_H_P_ASSOCIATED_URI, &it, &el))
		pool_33_uri(j, e, pair, el);
}

const struct rule rules_bind[] = {
	{ .id = "POOL-13", POOL_SEED, POOL_TIMED,
	  .text = "The registration of a lent pair is over when its window is",
	  .strength = STRENGTH_CR, .obliged = ROLE_SYSTEM,
	  .facts = FACT_W1 | FACT_TIME, .facts_any = FACT_MW | FACT_W2,
	  .kinds = EV_BIT(EV_ANSWER), .state_size = sizeof(struct pool_13),
	  .on_event = pool_13, .on_time = pool_13_end, .at_end = pool_13_rest,
	  .free_state = pool_13_free },
	{ .id = "POOL-14", POOL_SEED, POOL_TIMED,
	  .text = "No registration of a lent pair is granted for longer than "
		  "the maximum, or than was asked for",
	  .strength = STRENGTH_CR, .obliged = ROLE_SCSCF,
	  .facts_any = FACT_MW | FACT_W2, .kinds = EV_BIT(EV_ANSWER),
	  .on_event = pool_14 },
	{ .id = "POOL-17", POOL_SEED, POOL_TIMED,
	  .text = "A token whose assignment ended registers nobody",
	  .strength = STRENGTH_DER, .obliged = ROLE_EPCSCF,
	  .facts = FACT_W2 | FACT_TIME,
	  .facts_any = FACT_W1 | FACT_W4 | FACT_W5,
	  .kinds = EV_BIT(EV_REGISTER) | EV_BIT(EV_ANSWER),
	  .on_event = pool_17 },
	{ .id = "POOL-32", POOL_SEED, .needs = NEED_POOLS, .editions = IN_CR,
	  .text = "At any instant one WIC at most holds the binding of a pool "
		  "pair",
	  .strength = STRENGTH_DER, .obliged = ROLE_SYSTEM,
	  .facts = FACT_TIME, .facts_any = FACT_W2 | FACT_MW,
	  .kinds = EV_BIT(EV_ANSWER) | EV_BIT(EV_REGISTER) |
		   EV_BIT(EV_REQUEST),
	  .state_size = sizeof(struct rivals), .on_event = pool_32 },
	{ .id = "POOL-33", POOL_SEED, .needs = NEED_POOLS, .editions = IN_CR,
	  .text = "P-Associated-URI for a lent pair names no IMPU of another "
		  "pool entry or subscriber",
	  .strength = STRENGTH_CR, .obliged = ROLE_SCSCF,
	  .facts = FACT_MW | FACT_SIP, .kinds = EV_BIT(EV_ANSWER),
	  .on_event = pool_33 },
	{ 0 }
};
