/* Handovers and what the WAF says of tokens: who was given what (ruling 11;
 * TS 23.228 U.2.1.3 and U.2.1.4 step 1). */
#include <string.h>

#include "oracle/model_priv.h"
#include "oracle/rule.h"

static int64_t said_end(const struct ev *e)
{
	if (e->ends_us != UNSAID_T)
		return e->ends_us;
	return e->valid_us != UNSAID_T ? e->t_us + e->valid_us : UNSAID_T;
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

static void resolve(struct model *m, uint32_t hi, bool late)
{
	struct handover *h = &m->handovers[hi];

	if (!h->impi && !h->n_impu)
		return;
	if (late && h->scenario != SCENARIO_WEB)
		m->n_unresolved--;
	h->resolved = true;
	if (h->scenario == SCENARIO_WEB)
		model_say(m, MOMENT_WEB, hi, MAP_NONE, MAP_NONE, true);
	else
		model_lend(m, hi);
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
	if (!t->impi) {
		t->impi = h->impi;
		t->impi_filled = !h->gave_impi;
	}
	if (!t->n_impu) {
		t->n_impu = h->n_impu;
		memcpy(t->impu, h->impu, sizeof t->impu);
	}
	if (!t->wwsf)
		t->wwsf = h->wwsf;
}

static bool owns(struct model *m, const struct subscriber *s, name_id impu)
{
	for (unsigned i = 0; i < s->n_impu; i++)
		if (model_impu(m, span_str(s->impu[i])) == impu)
			return true;
	return false;
}

/* W1 may show the IMPU alone: the provisioned pair has the IMPI (ruling 11); of
 * two subscribers that share an IMPU the user himself is meant. */
static void fill_from_ixit(struct model *m, struct handover *h)
{
	const struct profile *p = m->setup.profile;
	uint32_t pair = h->n_impu ? model_pair_of(m, 0, h->impu[0]) : MAP_NONE;

	if (h->impi || !h->n_impu)
		return;
	const struct subscriber *s = h->who == WHO_KNOWN ?
		profile_user(p, model_text(m, h->user)) : NULL;

	if (!s || !owns(m, s, h->impu[0]))
		s = profile_sub_impu(p, model_text(m, h->impu[0]));
	if (pair != MAP_NONE)
		h->impi = model_impi(m, span_str(p->pairs[pair].impi));
	else if (s)
		h->impi = model_impi(m, span_str(s->impi));
}

/* A token-only handover: it may hold any pair until its end. */
static void stay_open(struct model *m, const struct handover *h)
{
	int64_t life = m->setup.profile->lifetime_us;
	int64_t end = h->said_end_us;

	if (h->scenario == SCENARIO_WEB)
		return;
	if (life != UNSAID_US && (end == UNSAID_T || end < h->t_us + life))
		end = h->t_us + life;
	m->n_unresolved++;
	if (end > m->unresolved_until_us)
		m->unresolved_until_us = end;
}

uint32_t model_unresolved(const struct model *m, int64_t t_us)
{
	return t_us < m->unresolved_until_us ? m->n_unresolved : 0;
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
	fill_from_ixit(m, h);
	note_token(m, hi);
	fill_from_token(m, hi);
	resolve(m, hi, false);
	if (!m->handovers[hi].resolved)
		stay_open(m, &m->handovers[hi]);
}

/* ---- what the WAF says, and what a JWT says of itself ---- */

/* The WAF's word counts more than what Mw seemed to say. */
static void unlearn(struct handover *h)
{
	h->learned = false;
	h->resolved = false;
	h->impi = 0;
	h->n_impu = 0;
}

static void late_resolve(struct model *m, uint32_t ti)
{
	struct token *t = &m->tokens[ti];
	uint32_t hi = t->handover;

	if (hi == MAP_NONE)
		return;
	struct handover *h = &m->handovers[hi];
	bool waiting = !h->resolved;

	if (h->learned && (t->impi || t->n_impu))
		unlearn(h);
	if (!h->resolved) {
		fill_from_token(m, hi);
		resolve(m, hi, waiting);
		return;
	}
	struct window *w = t->window == MAP_NONE ? NULL :
						   &m->windows[t->window];

	bool whole;

	if (w && w->end_us == UNSAID_T) {
		int64_t end_us = model_window_end(m, h, &whole);

		if (end_us != UNSAID_T)
			model_set_end(m, w, end_us, whole);
	}
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
	if (!span_absent(e->impi)) {
		t->impi = model_impi(m, e->impi);
		t->impi_filled = false;
	}
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
	m->handovers[hi].learned = true;
	resolve(m, hi, true);
}

/* ---- what happens to windows besides handovers ---- */

void model_mark(struct model *m, const struct ev *e)
{
	if (span_eq(e->text, S("restart wwsf"))) {
		m->wwsf_restart_us = e->t_us;
		for (uint32_t i = 0; i < m->n_windows; i++)
			if (model_open_at(&m->windows[i], e->t_us))
				m->windows[i].wwsf_restart_us = e->t_us;
	}
	if (span_eq(e->text, S("restart epcscf")))
		model_unbind_restart(m);
	if (span_starts(e->text, S("limit reached: ")))
		span_copy(m->cut, sizeof m->cut, span_from(e->text, 15));
}

/* Kept also for a WIC whose pair is not known yet. */
static void note_closed(struct model *m, name_id wic, int64_t t_us)
{
	uint32_t k = wic ? map_get(&m->wic_closed, wic) : MAP_NONE;

	if (!wic)
		return;
	if (k == MAP_NONE) {
		if (!model_grow(m, (void **)&m->closed, m->n_closed,
				&m->room_closed, sizeof *m->closed))
			return;
		k = m->n_closed++;
		map_put(&m->wic_closed, wic, k);
	}
	m->closed[k] = t_us;
}

void model_closed(struct model *m, const struct ev *e)
{
	name_id wic = intern_put(&m->names, e->wic, NULL);
	uint32_t w = wic ? map_get(&m->wic_window, wic) : MAP_NONE;

	m->now.wic = wic;
	m->now.window = w;
	if (e->on == POINT_W1)
		return;
	note_closed(m, wic, e->t_us);
	if (w != MAP_NONE)
		m->windows[w].closed_us = e->t_us;
}

/* Which of the window's IMPUs: its place in the handover, or n_impu. */
static unsigned place(const struct handover *h, name_id impu)
{
	unsigned i = 0;

	while (i < h->n_impu && h->impu[i] != impu)
		i++;
	return i;
}

bool model_released_impu(const struct model *m, const struct window *w,
			 name_id impu)
{
	const struct handover *h = &m->handovers[w->handover];
	unsigned i = place(h, impu);

	return w->released_us != UNSAID_T ||
	       (i < h->n_impu && (w->released & (1u << i)));
}

/* Ruling 30: an IMPU is freed alone; the IMPI stays taken while another of its
 * IMPUs is lent. impu 0: all of them. */
static void release(struct model *m, uint32_t pair, name_id impu, int64_t t_us)
{
	uint32_t i = model_pair_window(m, pair);

	if (i == MAP_NONE)
		return;
	struct window *w = &m->windows[i];
	const struct handover *h = &m->handovers[w->handover];
	unsigned k = place(h, impu);
	uint32_t all = (1u << h->n_impu) - 1;

	w->released |= impu && k < h->n_impu ? 1u << k : all;
	if (w->released == all && w->released_us == UNSAID_T)
		w->released_us = t_us;
}

void model_released(struct model *m, const struct ev *e)
{
	name_id impi = model_impi(m, e->impi);

	if (!e->impu.n)
		release(m, model_pair_of(m, impi, 0), 0, e->t_us);
	for (unsigned i = 0; i < e->impu.n; i++) {
		name_id impu = model_impu(m, e->impu.at[i]);

		release(m, model_pair_of(m, impi, impu), impu, e->t_us);
	}
}
