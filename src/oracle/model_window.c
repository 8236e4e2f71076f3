/* Windows: who holds which pool pair until when, and who follows whom (rulings
 * 3, 4, 7, 8, 11, 30; TS 23.228 U.2.1.4). */
#include "oracle/model_priv.h"
#include "oracle/rule.h"

/* ---- who ---- */

enum same model_same_wic(const struct model *m, const struct window *a,
			 const struct window *b)
{
	bool labels = a->wic && b->wic && a->wic_sure && b->wic_sure;
	if (a->wic && a->wic == b->wic)
		return SAME_YES;
	if (a->token && a->token == b->token && !labels)
		return SAME_YES;
	/* rel13: one IMPI with two WICs is a conflict whoever uses them. */
	if (labels && m->setup.edition == EDITION_REL13)
		return SAME_NO;
	if (a->who == WHO_UNKNOWN || b->who == WHO_UNKNOWN)
		return labels ? SAME_NO : SAME_UNKNOWN;
	if (a->who == WHO_KNOWN && b->who == WHO_KNOWN)
		return a->user == b->user ? SAME_UNKNOWN : SAME_NO;
	return SAME_NO;         /* null equals nobody, null neither */
}

/* ---- windows ---- */

int64_t model_window_end(const struct model *m, const struct handover *h,
			  bool *whole)
{
	const struct profile *p = m->setup.profile;
	uint32_t t = model_token_named(m, h->token);

	*whole = false;
	switch (p->lifetime_from) {
	case LIFETIME_IXIT:
		return p->lifetime_us == UNSAID_US ? UNSAID_T :
						     h->t_us + p->lifetime_us;
	case LIFETIME_TOKEN:
		if (t == MAP_NONE)
			return UNSAID_T;
		*whole = m->tokens[t].ends_whole;
		return m->tokens[t].ends_us;
	case LIFETIME_HANDOVER:
		*whole = h->said_end_whole;
		return h->said_end_us;
	}
	return UNSAID_T;
}

static struct window draft(const struct model *m, uint32_t hi, uint32_t pair)
{
	const struct handover *h = &m->handovers[hi];
	struct window w = {
		.pair = pair, .t0_us = h->t_us, .wic = h->wic, .user = h->user,
		.token = h->token, .wic_sure = h->wic_sure, .who = h->who,
		.handover = hi, .newest = hi, .previous = MAP_NONE,
		.deregistered_us = UNSAID_T, .closed_us = UNSAID_T,
		.wwsf_restart_us = UNSAID_T, .released_us = UNSAID_T,
		.relent_us = UNSAID_T,
	};

	w.end_us = model_window_end(m, h, &w.end_whole);
	return w;
}

void model_say(struct model *m, unsigned bit, uint32_t handover,
		uint32_t window, uint32_t previous, bool opened)
{
	if (m->n_moments < MODEL_MOMENTS)
		m->moments[m->n_moments++] = (struct moment){
			bit, handover, window, previous, opened };
	else
		m->dropped_table++;
}

#define LOOK_BACK 64u           /* ended windows that may be passed over */
#define OPEN_MAX 1024u          /* open windows of one pair that are looked at */

/* Nothing behind can change what was found: all of it has ended, and earlier
 * than the window that was found. A pair that is lent thousands of times at once
 * is past saving. */
static bool settled(const struct model *m, const struct window *w,
		    const struct window *d, uint32_t other, unsigned steps)
{
	bool ended = w->behind_us <= d->t0_us;

	if (other == MAP_NONE)
		return ended && steps > LOOK_BACK;
	return steps > OPEN_MAX ||
	       (ended && w->behind_us <= m->windows[other].end_us);
}

/* The WIC's own window of that pair, and the one of somebody else that began
 * before and ends last; windows that ended long ago stand behind newer ones and
 * still count. */
static void look_up(const struct model *m, const struct window *d,
		    uint32_t *own, uint32_t *other)
{
	unsigned steps = 0;

	*own = *other = MAP_NONE;
	for (uint32_t i = m->pair_head[d->pair]; i != MAP_NONE;
	     i = m->windows[i].previous) {
		const struct window *w = &m->windows[i];

		if (settled(m, w, d, *other, steps++))
			break;
		if (model_same_wic(m, w, d) == SAME_YES) {
			if (*own == MAP_NONE)
				*own = i;
		} else if (w->t0_us <= d->t0_us &&
			   (*other == MAP_NONE ||
			    w->end_us > m->windows[*other].end_us)) {
			*other = i;
		}
	}
}

bool model_open_at(const struct window *w, int64_t t_us)
{
	return w->end_us == UNSAID_T || t_us < w->end_us;
}

/* Newer windows of the pair have this one behind them. */
static void raise(struct model *m, const struct window *w)
{
	for (uint32_t i = m->pair_head[w->pair]; &m->windows[i] != w;
	     i = m->windows[i].previous)
		if (m->windows[i].behind_us < w->behind_us)
			m->windows[i].behind_us = w->behind_us;
}

void model_set_end(struct model *m, struct window *w, int64_t end_us,
		   bool whole)
{
	w->end_us = end_us;
	w->end_whole = whole;
	w->behind_us = end_us;
	if (w->previous != MAP_NONE &&
	    m->windows[w->previous].behind_us > end_us)
		w->behind_us = m->windows[w->previous].behind_us;
	raise(m, w);
}

/* Ruling 4: a new token or a later end extends; the same token again, with
 * no later end of its own, changes nothing. */
static void extend(struct model *m, struct window *w, const struct window *d)
{
	/* A new token is a new assignment, whatever became of the old one. */
	if (d->token && d->token != w->token)
		w->relent_us = UNSAID_T;

	bool same_token = d->token && d->token == w->token;
	const struct handover *h = &m->handovers[d->newest];
	bool stated = m->setup.profile->lifetime_from != LIFETIME_IXIT &&
		      h->said_end_us != UNSAID_T;

	if (d->token)
		w->token = d->token;
	if (same_token && !stated)
		return;
	if (w->end_us == UNSAID_T || d->end_us > w->end_us) {
		model_set_end(m, w, d->end_us, d->end_whole);
		w->newest = d->newest;
	}
}

static void own_token(struct model *m, name_id token, uint32_t window)
{
	uint32_t t = model_token_named(m, token);

	if (t != MAP_NONE)
		m->tokens[t].window = window;
}

static int64_t end_or_never(const struct window *w)
{
	return w->end_us == UNSAID_T ? INT64_MAX : w->end_us;
}

/* The pair's windows stand in the order of their beginnings, also when one
 * becomes known late. */
static void enlist(struct model *m, uint32_t i)
{
	uint32_t *at = &m->pair_head[m->windows[i].pair];
	struct window *w = &m->windows[i];

	while (*at != MAP_NONE && m->windows[*at].t0_us > m->windows[i].t0_us)
		at = &m->windows[*at].previous;
	w->previous = *at;
	w->behind_us = end_or_never(w);
	if (*at != MAP_NONE && m->windows[*at].behind_us > w->behind_us)
		w->behind_us = m->windows[*at].behind_us;
	*at = i;
	raise(m, w);
}

/* What happened to the WIC and the WWSF before the pair was known. */
static void catch_up(const struct model *m, struct window *w)
{
	uint32_t k = w->wic ? map_get(&m->wic_closed, w->wic) : MAP_NONE;

	if (k != MAP_NONE && m->closed[k] >= w->t0_us)
		w->closed_us = m->closed[k];
	if (m->wwsf_restart_us != UNSAID_T && m->wwsf_restart_us >= w->t0_us)
		w->wwsf_restart_us = m->wwsf_restart_us;
}

static uint32_t open_window(struct model *m, const struct window *d,
			    uint32_t other)
{
	if (!model_grow(m, (void **)&m->windows, m->n_windows,
			&m->room_windows, sizeof *m->windows))
		return MAP_NONE;
	uint32_t i = m->n_windows++;

	m->windows[i] = *d;
	enlist(m, i);
	if (d->t0_us < m->t_us)
		catch_up(m, &m->windows[i]);
	if (other != MAP_NONE &&
	    model_same_wic(m, &m->windows[other], d) == SAME_NO)
		m->windows[other].relent_us = d->t0_us;
	return i;
}

/* Windows of others that were opened before this one was known of, and began
 * after it: each of them is the later lending of the two. */
static void later_lendings(struct model *m, uint32_t own)
{
	const struct window *d = &m->windows[own];

	for (uint32_t i = m->pair_head[d->pair]; i != own && i != MAP_NONE;
	     i = m->windows[i].previous) {
		struct window *w = &m->windows[i];
		enum same same = model_same_wic(m, w, d);

		if (same == SAME_YES || w->t0_us <= d->t0_us)
			continue;
		if (same == SAME_NO)
			m->windows[own].relent_us = w->t0_us;
		model_say(m, MOMENT_LENT, w->handover, i, own, true);
	}
}

static void lend_pair(struct model *m, uint32_t hi, uint32_t pair)
{
	struct window d = draft(m, hi, pair);
	uint32_t own, other;
	bool opened = false;

	look_up(m, &d, &own, &other);
	if (own != MAP_NONE && model_open_at(&m->windows[own], d.t0_us)) {
		extend(m, &m->windows[own], &d);
	} else {
		own = open_window(m, &d, other);
		opened = true;
	}
	own_token(m, d.token, own);
	if (d.wic && own != MAP_NONE)
		map_put(&m->wic_window, d.wic, own);
	model_say(m, MOMENT_LENT, hi, own, other, opened);
	if (opened && own != MAP_NONE)
		later_lendings(m, own);
}

/* Either member names the pair; a mixed handover touches two pairs. In rel13
 * IMPUs may be shared, so there the IMPI alone does where it is known. */
void model_lend(struct model *m, uint32_t hi)
{
	struct handover *h = &m->handovers[hi];
	uint32_t pairs[LIMIT_IMPUS + 1];
	unsigned n = 0, members = h->n_impu;

	if (m->setup.edition == EDITION_REL13 &&
	    model_pair_of(m, h->impi, 0) != MAP_NONE)
		members = 0;
	for (unsigned i = 0; i <= members; i++) {
		uint32_t p = i ? model_pair_of(m, 0, h->impu[i - 1]) :
				 model_pair_of(m, h->impi, 0);
		bool known = p == MAP_NONE;

		for (unsigned k = 0; k < n; k++)
			known |= pairs[k] == p;
		if (!known)
			pairs[n++] = p;
	}
	for (unsigned k = 0; k < n; k++)
		lend_pair(m, hi, pairs[k]);
	if (!n)
		model_say(m, MOMENT_LENT, hi, MAP_NONE, MAP_NONE, true);
}
