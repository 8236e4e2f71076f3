/* REGISTERs in flight and their answers, on both sides of the eP-CSCF, and
 * which Mw register belongs to which W2 register (ruling 16). */
#include "oracle/model_priv.h"

static uint64_t call_key(enum point on, uint64_t call)
{
	return map_mix(call, (uint64_t)on + 77);
}

static uint32_t newest_of_call(const struct model *m, enum point on,
			       uint64_t call)
{
	uint32_t i = map_get(&m->call_index, call_key(on, call));

	return model_reg(m, i) && m->regs[i].call == call ? i : MAP_NONE;
}

/* Takes the next slot of the ring; an unanswered register that is pushed out
 * is a limit reached. */
static uint32_t slot(struct model *m)
{
	uint32_t i = m->next_reg++ % MODEL_REGS;

	if (m->regs[i].live) {
		uint64_t key = m->reg_links[i].key;

		if (!m->regs[i].answered)
			m->dropped_regs++;
		if (key && map_get(&m->call_index, key) == i)
			map_del(&m->call_index, key);
	}
	m->regs[i] = (struct reg){ .live = true };
	m->reg_links[i] = (struct reg_link){ 0, MAP_NONE };
	return i;
}

/* ---- W2 ---- */

static void pend(struct model *m, uint32_t i)
{
	unsigned cap = sizeof m->pending / sizeof *m->pending;

	if (m->n_pending == cap) {
		for (unsigned k = 1; k < cap; k++)
			m->pending[k - 1] = m->pending[k];
		m->n_pending--;
	}
	m->pending[m->n_pending++] = i;
}

static void unpend(struct model *m, uint32_t i)
{
	unsigned n = 0;

	for (unsigned k = 0; k < m->n_pending; k++)
		if (m->pending[k] != i)
			m->pending[n++] = m->pending[k];
	m->n_pending = n;
}

/* The pair's window that is open now, or its only one; MAP_NONE when several
 * could be meant. */
static uint32_t only_window(const struct model *m, uint32_t pair)
{
	uint32_t head = model_pair_window(m, pair), open = MAP_NONE;

	for (uint32_t i = head; i != MAP_NONE; i = m->windows[i].previous) {
		const struct window *w = &m->windows[i];

		if (m->t_us >= w->behind_us)
			break;          /* all behind it is over */
		if (w->end_us != UNSAID_T && m->t_us >= w->end_us)
			continue;
		if (open != MAP_NONE)
			return MAP_NONE;
		open = i;
	}
	if (open == MAP_NONE && head != MAP_NONE &&
	    m->windows[head].previous == MAP_NONE)
		return head;
	return open;
}

static uint32_t window_of(const struct model *m, const struct reg *r)
{
	const struct token *t = model_token(m, model_token_named(m, r->token));

	if (t && t->window != MAP_NONE)
		return t->window;
	uint32_t pair = model_pair_of(m, r->impi, r->impu);
	uint32_t w = r->wic ? map_get(&m->wic_window, r->wic) : MAP_NONE;

	if (w != MAP_NONE &&
	    (pair == MAP_NONE || m->windows[w].pair == pair))
		return w;
	return r->wic ? MAP_NONE : only_window(m, pair);
}

static void who_registers(struct model *m, struct reg *r, const struct ev *e)
{
	uint32_t ti = model_token_named(m, r->token);
	uint32_t same = r->call ? newest_of_call(m, e->on, r->call) : MAP_NONE;

	r->wic = intern_put(&m->names, e->wic, NULL);
	r->wic_sure = r->wic && e->wic_sure;
	if (!r->wic && ti != MAP_NONE) {
		uint32_t h = m->tokens[ti].handover;

		r->wic = m->tokens[ti].wic;
		r->wic_sure = r->wic && h != MAP_NONE &&
			      m->handovers[h].wic_sure;
	}
	if (!r->wic && same != MAP_NONE) {
		r->wic = m->regs[same].wic;
		r->wic_sure = m->regs[same].wic_sure;
	}
}

static void register_w2(struct model *m, uint32_t i, const struct ev *e)
{
	struct reg *r = &m->regs[i];

	who_registers(m, r, e);
	r->window = window_of(m, r);
	r->refresh = r->wic && map_get(&m->was_registered, r->wic) != MAP_NONE;
	pend(m, i);
}

/* ---- Mw ---- */

/* Could the Mw register r be what the W2 register w caused? By the token's
 * identity, else by what the WIC itself claimed. */
static bool fits(const struct model *m, const struct reg *w,
		 const struct reg *r)
{
	const struct token *t = model_token(m, model_token_named(m, w->token));

	if (w->wic && r->wic && w->wic_sure && r->wic_sure)
		return w->wic == r->wic;
	if (t && t->impi && r->impi)
		return t->impi == r->impi;
	if (t && t->n_impu && r->impu)
		return token_has_impu(t, r->impu);
	if (w->impi && r->impi)
		return w->impi == r->impi;
	return w->impu && w->impu == r->impu;
}

static uint32_t find_mate(const struct model *m, const struct reg *r,
			  bool *sure)
{
	uint32_t i = r->call ? newest_of_call(m, POINT_W2, r->call) : MAP_NONE;

	*sure = i != MAP_NONE;
	if (i != MAP_NONE)
		return i;
	for (int fresh = 1; fresh >= 0; fresh--)
		for (unsigned k = 0; k < m->n_pending; k++) {
			uint32_t w = m->pending[k];

			if (!model_reg(m, w) || (m->regs[w].mw_count == 0) !=
			    (fresh == 1) || !fits(m, &m->regs[w], r))
				continue;
			*sure = r->wic_sure && m->regs[w].wic_sure;
			return w;
		}
	return MAP_NONE;
}

static void register_mw(struct model *m, uint32_t i, const struct ev *e)
{
	struct reg *r = &m->regs[i];

	m->seen_mw = true;
	r->wic = intern_put(&m->names, e->wic, NULL);
	r->wic_sure = r->wic && e->wic_sure;
	r->mate = find_mate(m, r, &r->mate_sure);
	m->now.mate = r->mate;
	if (r->mate != MAP_NONE) {
		struct reg *w = &m->regs[r->mate];

		w->mate = i;
		w->mw_count++;
		if (!r->wic) {
			r->wic = w->wic;
			r->wic_sure = w->wic_sure;
		}
		if (!r->token)
			r->token = w->token;
		r->window = w->window;
		uint32_t t = model_token_named(m, w->token);

		if (t != MAP_NONE && w->expires_s != 0 &&
		    (!w->impu || w->impu == r->impu))
			model_token_resolved(m, t, r->impi, r->impu);
	}
	if (r->window == MAP_NONE)
		r->window = window_of(m, r);
	r->wic_registered = r->impi ?
		model_binding_impi(m, POINT_MW, r->impi, e->t_us,
				   MAP_NONE) != MAP_NONE :
		model_binding_impu(m, POINT_MW, r->impu, e->t_us,
				   MAP_NONE) != MAP_NONE;
}

/* ---- both ---- */

void model_register(struct model *m, const struct ev *e)
{
	uint32_t i = slot(m);
	struct reg *r = &m->regs[i];

	*r = (struct reg){
		.live = true, .on = e->on, .call = span_hash(e->call),
		.conn = e->conn, .t_us = e->t_us, .number = e->number,
		.file = e->file,
		.token = intern_put(&m->names, e->token, NULL),
		.impi = model_impi(m, e->impi),
		.impu = e->impu.n ? model_impu(m, e->impu.at[0]) : 0,
		.n_impu = e->impu.n, .auth = e->auth,
		.expires_s = e->expires_s, .status = UNSAID,
		.granted_s = UNSAID, .mate = MAP_NONE, .window = MAP_NONE,
	};
	if (span_absent(e->call))
		r->call = 0;
	if (e->sip)
		model_sip_request(&r->sip, e);
	m->now.reg = i;
	if (r->token) {
		m->now.token = model_token_put(m, r->token);
		if (e->secrets && e->secrets->has_token &&
		    e->on == POINT_W2 && m->now.token != MAP_NONE)
			model_claims(m, &m->tokens[m->now.token],
				     &e->secrets->claims);
	}
	if (e->on == POINT_MW)
		register_mw(m, i, e);
	else
		register_w2(m, i, e);
	m->now.wic = r->wic;
	m->now.window = r->window;
	uint64_t key = call_key(e->on, r->call);

	m->reg_links[i] = (struct reg_link){ key,
					     map_get(&m->call_index, key) };
	map_put(&m->call_index, key, i);
}

/* contracts 1: the newest unanswered register with the same on and call. A SIP
 * message names its CSeq as well: all registrations of one user agent may
 * share a Call-ID (RFC 3261 10.2). */
static uint32_t unanswered(const struct model *m, enum point on, uint64_t call,
			   uint32_t cseq)
{
	uint32_t i = newest_of_call(m, on, call);

	for (unsigned steps = 0; i != MAP_NONE && steps < 64; steps++) {
		const struct reg *r = model_reg(m, i);

		if (!r || r->call != call || r->on != on)
			return MAP_NONE;
		if (!r->answered &&
		    (!cseq || !r->sip.cseq || r->sip.cseq == cseq))
			return i;
		i = m->reg_links[i].older;
	}
	return MAP_NONE;
}

void model_answer(struct model *m, const struct ev *e)
{
	uint64_t call = span_absent(e->call) ? 0 : span_hash(e->call);
	uint32_t i = unanswered(m, e->on, call, model_sip_cseq(e));

	if (i == MAP_NONE)
		return;
	struct reg *r = &m->regs[i];

	if (r->window == MAP_NONE)      /* it became known meanwhile */
		r->window = window_of(m, r);
	r->answered = true;
	r->status = e->status;
	r->granted_s = e->expires_s;
	r->answered_us = e->t_us;
	if (e->sip && e->status == 401)
		model_sip_challenge(&r->challenge, e);
	m->now.reg = i;
	m->now.mate = r->mate;
	m->now.wic = r->wic;
	m->now.window = r->window;
	m->now.token = model_token_named(m, r->token);
	if (e->on != POINT_MW)
		unpend(m, i);
	if (e->status >= 200 && e->status < 300)
		model_bind(m, i, e);
}

void model_request(struct model *m, const struct ev *e)
{
	name_id wic = intern_put(&m->names, e->wic, NULL);
	uint32_t w;

	if (!span_absent(e->token))
		m->now.token = model_token_named(
			m, intern_put(&m->names, e->token, NULL));
	m->now.wic = wic;
	if (!wic)
		return;
	w = map_get(&m->wic_window, wic);
	m->now.window = w;
	m->now.binding = model_binding_wic(m, e->on, wic, e->t_us);
}
