/* Handovers, tokens and windows: who was lent what, and until when
 * (rulings 3, 4, 7, 8, 11; TS 23.228 U.2.1.3 and U.2.1.4). */
#include <string.h>

#include "oracle/model_priv.h"
#include "oracle/rule.h"

static int64_t said_end(const struct ev *e)
{
	if (e->ends_us != UNSAID_T)
		return e->ends_us;
	return e->valid_us != UNSAID_T ? e->t_us + e->valid_us : UNSAID_T;
}

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

static int64_t window_end(const struct model *m, const struct handover *h,
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
		.relent_us = UNSAID_T, .acted_us = UNSAID_T,
	};

	w.end_us = window_end(m, h, &w.end_whole);
	return w;
}

static void say(struct model *m, unsigned bit, uint32_t handover,
		uint32_t window, uint32_t previous, bool opened)
{
	if (m->n_moments < MODEL_MOMENTS)
		m->moments[m->n_moments++] = (struct moment){
			bit, handover, window, previous, opened };
}

/* The WIC's own window of that pair, and the one of somebody else that ends
 * last; windows that ended long ago stand behind newer ones and still count. */
static void look_up(const struct model *m, const struct window *d,
		    uint32_t *own, uint32_t *other)
{
	*own = *other = MAP_NONE;
	for (uint32_t i = m->pair_head[d->pair]; i != MAP_NONE;
	     i = m->windows[i].previous) {
		const struct window *w = &m->windows[i];

		if (model_same_wic(m, w, d) == SAME_YES) {
			if (*own == MAP_NONE)
				*own = i;
		} else if (*other == MAP_NONE ||
			   w->end_us > m->windows[*other].end_us) {
			*other = i;
		}
	}
}

static bool open_at(const struct window *w, int64_t t_us)
{
	return w->end_us == UNSAID_T || t_us < w->end_us;
}

/* Ruling 4: a new token or a later end extends; the same token again, with
 * no later end of its own, changes nothing. */
static void extend(struct model *m, struct window *w, const struct window *d)
{
	bool same_token = d->token && d->token == w->token;
	const struct handover *h = &m->handovers[d->newest];
	bool stated = m->setup.profile->lifetime_from != LIFETIME_IXIT &&
		      h->said_end_us != UNSAID_T;

	if (d->token)
		w->token = d->token;
	if (same_token && !stated)
		return;
	if (w->end_us == UNSAID_T || d->end_us > w->end_us) {
		w->end_us = d->end_us;
		w->end_whole = d->end_whole;
		w->newest = d->newest;
	}
}

static void own_token(struct model *m, name_id token, uint32_t window)
{
	uint32_t t = model_token_named(m, token);

	if (t != MAP_NONE)
		m->tokens[t].window = window;
}

static uint32_t open_window(struct model *m, const struct window *d,
			    uint32_t other)
{
	if (!model_grow(m, (void **)&m->windows, m->n_windows,
			&m->room_windows, sizeof *m->windows))
		return MAP_NONE;
	uint32_t i = m->n_windows++;

	m->windows[i] = *d;
	m->windows[i].previous = m->pair_head[d->pair];
	m->pair_head[d->pair] = i;
	if (other != MAP_NONE &&
	    model_same_wic(m, &m->windows[other], d) == SAME_NO)
		m->windows[other].relent_us = d->t0_us;
	return i;
}

static void lend_pair(struct model *m, uint32_t hi, uint32_t pair)
{
	struct window d = draft(m, hi, pair);
	uint32_t own, other;
	bool opened = false;

	look_up(m, &d, &own, &other);
	if (own != MAP_NONE && open_at(&m->windows[own], d.t0_us)) {
		extend(m, &m->windows[own], &d);
	} else {
		own = open_window(m, &d, other);
		opened = true;
	}
	own_token(m, d.token, own);
	if (d.wic && own != MAP_NONE)
		map_put(&m->wic_window, d.wic, own);
	say(m, MOMENT_LENT, hi, own, other, opened);
}

/* Either member names the pair; a mixed handover touches two pairs. In rel13
 * IMPUs may be shared, so there the IMPI alone does where it is known. */
static void lend(struct model *m, uint32_t hi)
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
		say(m, MOMENT_LENT, hi, MAP_NONE, MAP_NONE, true);
}

/* ---- handovers ---- */

static enum scenario scenario_for(const struct model *m, const struct ev *e,
				  const struct handover *h)
{
	const struct profile *p = m->setup.profile;

	if (e->scenario != SCENARIO_UNSAID)
		return e->scenario;
	if (h->who == WHO_KNOWN)
		return profile_user(p, e->user) ? SCENARIO_WEB : SCENARIO_POOL;
	if (h->who == WHO_UNKNOWN &&
	    ((h->impi && profile_sub_impi(p, model_text(m, h->impi))) ||
	     (h->n_impu && profile_sub_impu(p, model_text(m, h->impu[0])))))
		return SCENARIO_WEB;
	return SCENARIO_POOL;
}

static void resolve(struct model *m, uint32_t hi)
{
	struct handover *h = &m->handovers[hi];

	if (!h->impi && !h->n_impu)
		return;
	h->resolved = true;
	if (h->scenario == SCENARIO_WEB)
		say(m, MOMENT_WEB, hi, MAP_NONE, MAP_NONE, true);
	else
		lend(m, hi);
}

/* What the token is known to carry, where W1 itself did not say it. */
static void fill_from_token(struct model *m, uint32_t hi)
{
	struct handover *h = &m->handovers[hi];
	const struct token *t =
		model_token(m, model_token_named(m, h->token));

	if (!t || h->resolved)
		return;
	if (!h->impi)
		h->impi = t->impi;
	if (!h->n_impu) {
		h->n_impu = t->n_impu;
		memcpy(h->impu, t->impu, sizeof h->impu);
	}
	if (!h->wwsf)
		h->wwsf = t->wwsf;
}

/* W1 may show the IMPU alone: the provisioned pair has the IMPI, and the
 * other way round (ruling 11). */
static void note_token(struct model *m, uint32_t hi)
{
	const struct handover *h = &m->handovers[hi];
	uint32_t i = model_token_put(m, h->token);

	if (i == MAP_NONE)
		return;
	struct token *t = &m->tokens[i];

	m->now.token = i;
	t->seen_handover = true;
	t->handover = hi;
	if (h->wic)
		t->wic = h->wic;
	/* Fetching the same token again does not make it live longer. */
	if (t->ends_us == UNSAID_T && h->said_end_us != UNSAID_T) {
		t->ends_us = h->said_end_us;
		t->ends_whole = h->said_end_whole;
	}
	if (!t->impi)
		t->impi = h->impi;
	if (!t->n_impu) {
		t->n_impu = h->n_impu;
		memcpy(t->impu, h->impu, sizeof t->impu);
	}
	if (!t->wwsf)
		t->wwsf = h->wwsf;
}

void model_handover(struct model *m, const struct ev *e)
{
	if (!model_grow(m, (void **)&m->handovers, m->n_handovers,
			&m->room_handovers, sizeof *m->handovers))
		return;
	uint32_t hi = m->n_handovers++;
	struct handover *h = &m->handovers[hi];

	*h = (struct handover){
		.t_us = e->t_us, .number = e->number, .file = e->file,
		.wic = intern_put(&m->names, e->wic, NULL),
		.wic_sure = e->wic_sure,
		.user = intern_put(&m->names, e->user, NULL),
		.who = e->anonymous ? WHO_ANONYMOUS :
		       span_absent(e->user) ? WHO_UNKNOWN : WHO_KNOWN,
		.wwsf = intern_put(&m->names, e->wwsf, NULL),
		.impi = model_impi(m, e->impi),
		.token = intern_put(&m->names, e->token, NULL),
		.relogin = e->relogin,
		.password_wrong = e->password == PROOF_WRONG,
		.said_end_us = said_end(e), .said_end_whole = e->ends_whole,
	};
	for (unsigned i = 0; i < e->impu.n && i < LIMIT_IMPUS; i++)
		h->impu[h->n_impu++] = model_impu(m, e->impu.at[i]);
	h->gave_impi = h->impi != 0;
	h->gave_impu = h->n_impu != 0;
	h->scenario = scenario_for(m, e, h);
	m->now.handover = hi;
	m->now.wic = h->wic;
	if (e->kind == EV_REFUSED)
		return;
	note_token(m, hi);
	fill_from_token(m, hi);
	resolve(m, hi);
}

/* ---- what the WAF says, and what a JWT says of itself ---- */

static void late_resolve(struct model *m, uint32_t ti)
{
	struct token *t = &m->tokens[ti];
	uint32_t hi = t->handover;

	if (hi == MAP_NONE)
		return;
	if (!m->handovers[hi].resolved) {
		fill_from_token(m, hi);
		resolve(m, hi);
		return;
	}
	struct window *w = t->window == MAP_NONE ? NULL :
						   &m->windows[t->window];

	if (w && w->end_us == UNSAID_T)
		w->end_us = window_end(m, &m->handovers[hi], &w->end_whole);
}

void model_token_event(struct model *m, const struct ev *e)
{
	uint32_t i = model_token_put(m, intern_put(&m->names, e->token, NULL));
	const char *issuer = m->setup.profile->token.issuer;

	m->now.token = i;
	if (i == MAP_NONE)
		return;
	struct token *t = &m->tokens[i];

	t->seen_waf = true;
	if (!span_absent(e->impi))
		t->impi = model_impi(m, e->impi);
	if (e->impu.n) {
		t->n_impu = 0;
		for (unsigned k = 0; k < e->impu.n && k < LIMIT_IMPUS; k++)
			t->impu[t->n_impu++] = model_impu(m, e->impu.at[k]);
	}
	if (!span_absent(e->wwsf))
		t->wwsf = intern_put(&m->names, e->wwsf, NULL);
	if (!span_absent(e->waf)) {
		t->waf = intern_put(&m->names, e->waf, NULL);
		t->wrong_issuer = issuer && !span_eq(e->waf, span_str(issuer));
	}
	if (e->state != TOKEN_STATE_UNSAID)
		t->state = e->state;
	if (said_end(e) != UNSAID_T) {
		t->ends_us = said_end(e);
		t->ends_whole = e->ends_whole;
	}
	late_resolve(m, i);
}

void model_token_resolved(struct model *m, uint32_t token, name_id impi,
			  name_id impu)
{
	struct token *t = &m->tokens[token];
	uint32_t hi = t->handover;

	if (hi == MAP_NONE || m->handovers[hi].resolved)
		return;
	m->handovers[hi].impi = impi;
	if (impu && !m->handovers[hi].n_impu) {
		m->handovers[hi].impu[0] = impu;
		m->handovers[hi].n_impu = 1;
	}
	resolve(m, hi);
}

/* ---- what happens to windows besides handovers ---- */

void model_mark(struct model *m, const struct ev *e)
{
	if (span_eq(e->text, S("restart wwsf")))
		for (uint32_t i = 0; i < m->n_windows; i++)
			if (open_at(&m->windows[i], e->t_us))
				m->windows[i].wwsf_restart_us = e->t_us;
	if (span_eq(e->text, S("restart epcscf")))
		model_unbind_restart(m);
}

void model_closed(struct model *m, const struct ev *e)
{
	name_id wic = intern_find(&m->names, e->wic);
	uint32_t w = wic ? map_get(&m->wic_window, wic) : MAP_NONE;

	m->now.wic = wic;
	m->now.window = w;
	if (w != MAP_NONE && e->on != POINT_W1)
		m->windows[w].closed_us = e->t_us;
}

void model_released(struct model *m, const struct ev *e)
{
	for (unsigned i = 0; i <= e->impu.n; i++) {
		uint32_t p = i ? model_pair_of(m, 0,
					       model_impu(m, e->impu.at[i - 1])) :
				 model_pair_of(m, model_impi(m, e->impi), 0);
		uint32_t w = model_pair_window(m, p);

		if (p != MAP_NONE && w != MAP_NONE)
			m->windows[w].released_us = e->t_us;
	}
}
