/* Which pair may be lent when (design: the end of a window is one absolute
 * moment fixed at the handover; only its passing frees the pair). */
#include "actor/wwsf_priv.h"

#include <string.h>

int64_t wwsf_lifetime_us(const struct wwsf *w)
{
	int64_t us = w->env.profile->lifetime_us;

	return us == UNSAID_US ? 60000000 : us;
}

/* The clocks of WWSF and eP-CSCF may differ by the tolerance: half of it is
 * what we wait unless the profile declares a guard. */
static int64_t guard_us(const struct wwsf *w)
{
	const struct profile *p = w->env.profile;
	int64_t us = p->guard_us == UNSAID_US ? p->tolerance_us / 2 : p->guard_us;

	if (variant_in(&w->env.variants, VARIANT_LONGER_QUARANTINE))
		us += p->tolerance_us / 4;
	return us;
}

static int64_t free_at_us(const struct wwsf *w, uint32_t pair)
{
	const struct wwsf_window *x = &w->windows[pair];

	if (x->end_us == 0)
		return 0;
	if (wwsf_flaw(w, FLAW_NEVER_FREES))
		return INT64_MAX;
	if (wwsf_flaw(w, FLAW_RELENDS_AT_HALF_TIME))
		return x->start_us + (x->end_us - x->start_us) / 2;
	if (wwsf_flaw(w, FLAW_RELENDS_JUST_EARLY))
		return x->end_us - w->env.profile->tolerance_us * 3 / 2;
	return x->end_us + guard_us(w);
}

bool wwsf_pair_free(const struct wwsf *w, uint32_t pair)
{
	return loop_now_us(w->env.loop) >= free_at_us(w, pair);
}

bool wwsf_window_open(const struct wwsf *w, uint32_t pair)
{
	return loop_now_us(w->env.loop) < w->windows[pair].end_us;
}

/* Is the pair one that this WWSF lends? */
static bool ours(const struct wwsf *w, uint32_t pair)
{
	const struct profile *p = w->env.profile;
	bool own = strcmp(p->pools[p->pairs[pair].pool].wwsf, w->name) == 0;

	return wwsf_flaw(w, FLAW_LENDS_FOREIGN_POOL) && p->n_pools > 1 ? !own : own;
}

static bool better(const struct wwsf *w, uint32_t a, uint32_t b)
{
	if (b == MAP_NONE)
		return true;
	return variant_in(&w->env.variants, VARIANT_LEAST_RECENTLY_LENT) &&
	       w->windows[a].end_us < w->windows[b].end_us;
}

uint32_t wwsf_pick(struct wwsf *w)
{
	uint32_t best = MAP_NONE, soonest = MAP_NONE;

	for (uint32_t i = 0; i < w->env.profile->n_pairs; i++) {
		if (!ours(w, i))
			continue;
		if (wwsf_flaw(w, FLAW_LENDS_ONE_PAIR_TO_ALL))
			return i;
		if (wwsf_pair_free(w, i) && better(w, i, best))
			best = i;
		if (soonest == MAP_NONE || w->windows[i].end_us < w->windows[soonest].end_us)
			soonest = i;
	}
	if (best == MAP_NONE && wwsf_flaw(w, FLAW_LENDS_WHEN_EXHAUSTED))
		return soonest;
	return best;
}

void wwsf_open_window(struct wwsf *w, uint32_t pair, bool refresh)
{
	struct wwsf_window *x = &w->windows[pair];
	int64_t now_us = loop_now_us(w->env.loop);

	if (refresh && wwsf_flaw(w, FLAW_REFRESH_KEEPS_OLD_END))
		return;
	x->start_us = now_us;
	x->end_us = now_us + wwsf_lifetime_us(w);
}

void wwsf_give_back(struct wwsf *w, uint32_t pair)
{
	w->windows[pair].end_us = 0;
}

unsigned wwsf_free_pairs(const struct wwsf *w)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < w->env.profile->n_pairs; i++)
		n += ours(w, i) && wwsf_pair_free(w, i);
	return n;
}
