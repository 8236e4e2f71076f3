/* The pool: which pairs are lent, in which combination, to how many
 * (TS 23.228 U.2.1.4 and its seed change request, items 2 and 3;
 * rulings 3 to 8, 11, 14, 28). */
#include "oracle/lend.h"

/* ---- POOL-01 ---- */

static void pool_01_identity(struct judge *j, const struct handover *h,
			     uint32_t pair, name_id name)
{
	const struct model *m = judge_model(j);
	const struct profile *p = judge_profile(j);
	struct where w = { h->t_us, h->number, h->file };
	struct span wwsf = model_text(m, h->wwsf);

	if (pair == MAP_NONE)
		judge_broken(j, w, "expected: an identity of the pool; seen: "
			     "%.*s, which is in no pool",
			     SPAN(model_text(m, name)));
	else if (h->wwsf && profile_pool(p, wwsf) != MAP_NONE &&
		 !span_ieq(wwsf, span_str(p->pools[p->pairs[pair].pool].wwsf)))
		judge_broken(j, w, "expected: an identity of %.*s's pool; seen:"
			     " %.*s of %s's", SPAN(wwsf),
			     SPAN(model_text(m, name)),
			     p->pools[p->pairs[pair].pool].wwsf);
	else
		judge_held(j);
}

static void pool_01(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct handover *h =
		model_handover_at(m, model_now(m)->handover);

	(void)e;
	if (!h || h->learned)
		return;
	if (h->impi)
		pool_01_identity(j, h, model_pair_of(m, h->impi, 0), h->impi);
	for (unsigned i = 0; i < h->n_impu; i++)
		pool_01_identity(j, h, model_pair_of(m, 0, h->impu[i]),
				 h->impu[i]);
}

/* ---- POOL-04 ---- */

static void combination(struct judge *j, struct where w, name_id impi,
			const name_id *impu, unsigned n)
{
	const struct model *m = judge_model(j);
	uint32_t pair = model_pair_of(m, impi, 0);

	for (unsigned i = 0; impi && i < n; i++) {
		uint32_t other = model_pair_of(m, 0, impu[i]);

		if (pair == MAP_NONE && other == MAP_NONE)
			continue;
		if (pair == other)
			judge_held(j);
		else
			judge_broken(j, w, "expected: IMPI and IMPU of one "
				     "provisioned pair; seen: %.*s with %.*s",
				     SPAN(model_text(m, impi)),
				     SPAN(model_text(m, impu[i])));
	}
}

static void pool_04(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	const struct token *t = model_token(m, n->token);
	const struct handover *h = model_handover_at(m, n->handover);

	if (e->kind == EV_TOKEN && t && !n->moment) {
		h = model_handover_at(m, t->handover);
		if (t->impi_filled)
			return;
		combination(j, where_of(e), t->impi, t->impu, t->n_impu);
		if (h && h->scenario == SCENARIO_POOL)
			combination(j, where_of(e), t->impi, h->impu,
				    h->n_impu);
	} else if (h && !h->learned) {
		struct where w = { h->t_us, h->number, h->file };

		if (!t)
			t = model_token(m, model_token_named(m, h->token));
		if (h->gave_impi || (t && !t->impi_filled))
			combination(j, w, h->gave_impi ? h->impi : t->impi,
				    h->impu, h->n_impu);
	}
}

/* ---- POOL-05, POOL-26: checks of the profile, made when it is used ---- */

struct once { bool done; };

static const char *doubled(const struct profile *p, uint32_t i)
{
	const struct pool_pair *x = &p->pairs[i];

	if (profile_pair_impi(p, span_str(x->impi)) != i ||
	    profile_sub_impi(p, span_str(x->impi)))
		return x->impi;
	for (unsigned k = 0; k < x->n_impu; k++)
		if (profile_pair_impu(p, span_str(x->impu[k])) != i ||
		    profile_sub_impu(p, span_str(x->impu[k])))
			return x->impu[k];
	return NULL;
}

static void pool_05(struct judge *j, const struct ev *e)
{
	const struct profile *p = judge_profile(j);
	struct once *s = judge_state(j);

	if (s->done)
		return;
	s->done = true;
	judge_held(j);
	for (uint32_t i = 0; i < p->n_pairs; i++) {
		const char *twice = doubled(p, i);

		if (twice) {
			judge_broken(j, where_of(e), "expected: each identity "
				     "in one pool entry alone; seen: %s is "
				     "provisioned twice", twice);
			return;
		}
	}
}

static void pool_26(struct judge *j, const struct ev *e)
{
	const struct profile *p = judge_profile(j);
	struct once *s = judge_state(j);

	if (s->done)
		return;
	s->done = true;
	if (p->lifetime_us == UNSAID_US) {
		if (p->lifetime_from == LIFETIME_IXIT)
			judge_broken(j, where_of(e), "expected: a lifetime that "
				     "both providers agreed on; seen: no "
				     "lifetime_s in the ixit");
		return;
	}
	int64_t rest = p->ics.caps_registration == CAPS_SCSCF ?
		       p->max_registration_us : 0;
	int64_t need = p->token_us + rest;

	if (p->ics.caps_registration == CAPS_UNSAID &&
	    p->max_registration_us > need)
		need = p->max_registration_us;
	if (p->lifetime_us >= need)
		judge_held(j);
	else
		judge_broken(j, where_of(e), "expected: lifetime_s of at least "
			     "%.3f s (token%s); seen: %.3f s",
			     (double)need / 1e6,
			     rest ? " and the longest registration" : "",
			     (double)p->lifetime_us / 1e6);
}

/* ---- POOL-06, POOL-07: never two holders, never before the end ---- */

struct sole {
	struct doubts doubts;
	struct map shared;      /* rel13: IMPU -> its newest window */
};

static void sole_free(void *state)
{
	map_free(&((struct sole *)state)->shared);
}

/* Ruling 30: one user's WICs may share an IMPU, two users may not. */
static void shared_impu(struct judge *j, const struct lent *l, name_id impu)
{
	const struct model *m = judge_model(j);
	struct map *shared = &((struct sole *)judge_state(j))->shared;
	const struct window *w = model_window(m, map_get(shared, impu));

	map_put(shared, impu, model_now(m)->window);
	if (!w || w == l->window || w->end_us == UNSAID_T ||
	    w->end_us <= l->window->t0_us || model_released_impu(m, w, impu))
		return;
	bool known = w->who == WHO_KNOWN && l->window->who == WHO_KNOWN;

	if (known && w->user == l->window->user)
		judge_held(j);
	else if (w->who == WHO_UNKNOWN || l->window->who == WHO_UNKNOWN)
		judge_unsure(j, lent_at(l), "%.*s is lent twice; whether to two"
			     " users is not known", SPAN(model_text(m, impu)));
	else
		judge_limit(j, lent_at(l), w->end_us - l->window->t0_us,
			    w->end_whole, "expected: %.*s, lent to %.*s, for no"
			    " other user before %.3f s; seen: lent to %.*s",
			    SPAN(model_text(m, impu)), SPAN(lent_wic(j, w)),
			    (double)w->end_us / 1e6,
			    SPAN(lent_wic(j, l->window)));
}

static void pool_06_07(struct judge *j, const struct ev *e, bool alone_holds)
{
	struct sole *s = judge_state(j);
	struct lent l;

	if (!model_now(judge_model(j))->moment) {
		doubts_act(&s->doubts, j, e, "");
		return;
	}
	if (!lent_now(j, &l) || !l.opened)
		return;
	for (unsigned i = 0; judge_edition(j) == EDITION_REL13 &&
	     i < l.handover->n_impu; i++)
		shared_impu(j, &l, l.handover->impu[i]);
	if (!l.previous) {
		if (alone_holds)
			judge_held(j);
		return;
	}
	lent_sentence(j, &l, "", &s->doubts);
}

static void pool_06(struct judge *j, const struct ev *e)
{
	pool_06_07(j, e, true);
}

static void pool_07(struct judge *j, const struct ev *e)
{
	pool_06_07(j, e, false);
}

/* ---- POOL-18: a refresh keeps the pair ---- */

static void pool_18_free(void *state) { map_free(state); }

static void pool_18(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	struct map *last = judge_state(j);
	struct lent l;

	(void)e;
	if (!lent_now(j, &l) || !l.handover->wic)
		return;
	uint32_t before = map_get(last, l.handover->wic);
	const struct window *own = model_window(m, before);

	map_put(last, l.handover->wic, model_now(m)->window);
	bool mixed = own && own != l.window &&
		     own->handover == l.window->handover;

	if (!own || mixed || l.handover->relogin || own->end_us == UNSAID_T ||
	    l.handover->t_us >= own->end_us)
		return;
	if (own->pair == l.window->pair)
		judge_held(j);
	else
		judge_broken(j, lent_at(&l), "expected: a refresh keeps %.*s; "
			     "seen: %.*s", SPAN(lent_pair(j, own)),
			     SPAN(lent_pair(j, l.window)));
}

/* ---- POOL-31: no token outlives its assignment ---- */

static void pool_31(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct profile *p = judge_profile(j);
	const struct token *t = model_token(m, model_now(m)->token);

	if (!t) {
		const struct handover *h =
			model_handover_at(m, model_now(m)->handover);

		t = h ? model_token(m, model_token_named(m, h->token)) : NULL;
	}
	const struct window *w = t ? model_window(m, t->window) : NULL;

	if (!w || w->end_us == UNSAID_T || t->ends_us == UNSAID_T)
		return;
	int64_t rest = p->ics.caps_registration == CAPS_SCSCF &&
		       p->lifetime_from != LIFETIME_TOKEN &&
		       p->max_registration_us != UNSAID_US ?
		       p->max_registration_us : 0;
	int64_t over = t->ends_us + rest - w->end_us;

	judge_limit(j, where_of(e), over, t->ends_whole || w->end_whole,
		    "expected: the token for %.*s, %sover by %.3f s; seen: "
		    "%.3f s", SPAN(lent_pair(j, w)),
		    rest ? "and a registration made at its end, " : "",
		    (double)w->end_us / 1e6, (double)(t->ends_us + rest) / 1e6);
}

const struct rule rules_lend[] = {
	{ .id = "POOL-01", .clause = POOL_CLAUSE, .version = "V16.5.0",
	  .text = "Only identities of the pool that the operator gave to this "
		  "WWSF are lent",
	  .strength = STRENGTH_ASM, .obliged = ROLE_WWSF, .facts = FACT_W1,
	  .needs = NEED_POOLS, .kinds = MOMENT_LENT, .on_event = pool_01 },
	{ .id = "POOL-04", .clause = POOL_CLAUSE, .version = POOL_VERSION,
	  .text = "IMPI and IMPU are handed out in their provisioned "
		  "combination",
	  .strength = STRENGTH_CR, .obliged = ROLE_WWSF, .editions = IN_CR,
	  .facts = FACT_W1, .needs = NEED_POOLS,
	  .kinds = MOMENT_LENT | EV_BIT(EV_TOKEN), .on_event = pool_04 },
	{ .id = "POOL-05", .clause = POOL_CLAUSE, .version = POOL_VERSION,
	  .text = "No IMPI or IMPU is in two pool entries, nor in a pool and "
		  "with a subscriber",
	  .strength = STRENGTH_CR, .obliged = ROLE_WWSF, .editions = IN_CR,
	  .needs = NEED_POOLS, .kinds = MOMENT_LENT,
	  .state_size = sizeof(struct once), .on_event = pool_05 },
	{ .id = "POOL-06", .clause = POOL_CLAUSE, .version = POOL_VERSION,
	  .text = "At any instant a pair is lent to one WIC at most",
	  .strength = STRENGTH_CR, .obliged = ROLE_WWSF,
	  .editions = IN_CR | IN_REL13, .facts = FACT_W1 | FACT_TIME,
	  .needs = NEED_POOLS | NEED_LIFETIME,
	  .kinds = MOMENT_LENT | EV_BIT(EV_ANSWER) | EV_BIT(EV_REGISTER) |
		   EV_BIT(EV_REQUEST),
	  .state_size = sizeof(struct sole), .on_event = pool_06,
	  .free_state = sole_free },
	{ .id = "POOL-07", .clause = POOL_CLAUSE, .version = POOL_VERSION,
	  .text = "A pair is lent to another WIC only after its lifetime has "
		  "expired",
	  .strength = STRENGTH_CR, .obliged = ROLE_WWSF,
	  .editions = IN_CR | IN_REL13, .facts = FACT_W1 | FACT_TIME,
	  .needs = NEED_POOLS | NEED_LIFETIME,
	  .kinds = MOMENT_LENT | EV_BIT(EV_ANSWER) | EV_BIT(EV_REGISTER) |
		   EV_BIT(EV_REQUEST),
	  .state_size = sizeof(struct sole), .on_event = pool_07,
	  .free_state = sole_free },
	{ .id = "POOL-18", .clause = "TS 23.228 U.2.1.3 (refresh)",
	  .version = "V16.5.0",
	  .text = "A refresh with a renewed token keeps the same pair for the "
		  "same WIC",
	  .strength = STRENGTH_DER, .cap_cr = EFFECT_WARNING,
	  .obliged = ROLE_WWSF, .editions = IN_CR | IN_REL13,
	  .facts = FACT_W1 | FACT_TIME, .needs = NEED_POOLS | NEED_LIFETIME,
	  .kinds = MOMENT_LENT, .state_size = sizeof(struct map),
	  .on_event = pool_18, .free_state = pool_18_free },
	{ .id = "POOL-26", .clause = POOL_CLAUSE, .version = "V16.5.0",
	  .text = "The lifetimes configured at the WWSF and in IMS agree",
	  .strength = STRENGTH_SD, .obliged = ROLE_SYSTEM,
	  .editions = IN_CR | IN_REL13, .needs = NEED_POOLS,
	  .kinds = MOMENT_LENT, .state_size = sizeof(struct once),
	  .on_event = pool_26 },
	{ .id = "POOL-31", .clause = POOL_CLAUSE, .version = POOL_VERSION,
	  .text = "A token does not outlive the assignment of its pair",
	  .strength = STRENGTH_DER, .obliged = ROLE_WWSF,
	  .editions = IN_CR | IN_REL13, .facts = FACT_TIME,
	  .facts_any = FACT_W1 | FACT_W4 | FACT_W5,
	  .needs = NEED_POOLS | NEED_LIFETIME,
	  .kinds = MOMENT_LENT | EV_BIT(EV_TOKEN), .on_event = pool_31 },
	{ 0 }
};
