/* TNA-15 and TNA-16 (TS 23.228 U.2.1.1 and U.2.1.3 step 6, ruling 17): each 2xx
 * to a WIC follows a 2xx of the core to a REGISTER of its own, and the core's
 * reaches the WIC.
 *
 * Two captures of one test bed may be skewed by the tolerance, so a 200 that
 * comes first is looked at again after it; and what cannot be correlated is
 * never called lost or local (ruling 16), unless nothing at all was on Mw. */
#include <stdlib.h>

#include "base/err.h"
#include "oracle/rules_tna_ok.h"

#define INTERFACES_US 1000       /* one file, several interfaces */

void rules_tna_ok_free(void *state)
{
	struct rules_tna_ok *s = state;

	free(s->ring);
	free(s->holders);
	recent_free(&s->gone);
	recent_free(&s->newest);
	recent_free(&s->holder_index);
}

/* ---- waiting ---- */

static void wait_for(struct judge *j, const struct ev *e, uint32_t reg,
		     uint64_t number, bool lost)
{
	struct rules_tna_ok *s = judge_state(j);
	const struct profile *p = judge_profile(j);

	if (!s->ring)
		s->ring = must_alloc(PENDING * sizeof *s->ring);
	uint32_t i = s->next++ % PENDING;

	s->ring[i] = (struct pending){ reg, number, where_of(e), true, lost };
	judge_timer(j, e->t_us + (lost ? p->answer_timeout_us :
					 p->tolerance_us),
		    (uint64_t)s->next << 32 | i);
}

/* The slot of a timer that fired, unless it was given away since. */
static struct pending *due(struct judge *j, uint64_t key, const struct reg **w)
{
	struct rules_tna_ok *s = judge_state(j);
	uint32_t i = (uint32_t)key, turn = (uint32_t)(key >> 32);

	if (i >= PENDING || !s->ring[i].live || s->next - turn >= PENDING)
		return NULL;
	s->ring[i].live = false;
	*w = model_reg(judge_model(j), s->ring[i].reg);
	return *w && (*w)->number == s->ring[i].number ? &s->ring[i] : NULL;
}

/* Was there any REGISTER on Mw that could be the one, though not correlated? */
static bool unmated_since(const struct judge *j, const struct rules_tna_ok *s,
			  const struct reg *w)
{
	return s->saw_unmated &&
	       s->unmated_us >= w->t_us - judge_profile(j)->tolerance_us;
}

static void note_mw(struct judge *j, const struct ev *e)
{
	struct rules_tna_ok *s = judge_state(j);

	s->saw_mw = true;
	if (rule_sip_mate(j, rule_sip_reg(j)))
		return;
	s->saw_unmated = true;
	s->unmated_us = e->t_us;
}

/* ---- TNA-15 ---- */

static void say_local(struct judge *j, struct doubt *d)
{
	struct rules_tna_ok *s = judge_state(j);

	if (d->there && s->saw_mw)
		judge_broken(j, d->where, "expected: 200 for the WIC only "
			     "after a 200 of the core; seen: %d, and no "
			     "REGISTER on Mw", d->status);
}

static void say_lost(struct judge *j, struct doubt *d)
{
	struct rules_tna_ok *s = judge_state(j);

	if (d->there && s->saw_w2_answer)
		judge_broken(j, d->where, "expected: the core's %d relayed to "
			     "the WIC; seen: no answer on W2 in %.1f s",
			     d->status,
			     (double)judge_profile(j)->answer_timeout_us / 1e6);
}

static void doubt(struct doubt *d, struct where w, int status)
{
	if (!d->there)
		*d = (struct doubt){ true, w, status };
}

static void compare_expiry(struct judge *j, struct where at,
			   const struct reg *w, const struct reg *core)
{
	if (w->granted_s != UNSAID && core->granted_s != UNSAID &&
	    w->granted_s > core->granted_s)
		rule_sip_breach(j, at, core->mate_sure, ROLE_NONE,
				"expected: no longer expiry than the core's "
				"%lld s; seen: %lld s",
				(long long)core->granted_s,
				(long long)w->granted_s);
	else
		judge_held(j);
}

static void ok_on_w2(struct judge *j, const struct ev *e, const struct reg *w)
{
	const struct reg *core = rule_sip_mate(j, w);

	if (!core || !core->answered)
		wait_for(j, e, model_now(judge_model(j))->reg, w->number,
			 false);
	else if (is_2xx(core->status))
		compare_expiry(j, where_of(e), w, core);
	else
		rule_sip_breach(j, where_of(e), core->mate_sure, ROLE_NONE,
				"expected: 200 for the WIC only after a 200 of "
				"the core; seen: %d after the core's %d",
				e->status, core->status);
}

/* In one file the order is what it is, but for the clocks of two interfaces;
 * two files may be skewed by the tolerance. */
static bool in_time(const struct pending *p, const struct reg *w,
		    const struct reg *core)
{
	return core && core->answered && is_2xx(core->status) &&
	       (core->file != w->file ||
		core->answered_us < p->where.t_us + INTERFACES_US);
}

static void early_ok(struct judge *j, const struct pending *p,
		     const struct reg *w)
{
	const struct reg *core = rule_sip_mate(j, w);
	struct rules_tna_ok *s = judge_state(j);

	if (in_time(p, w, core))
		compare_expiry(j, p->where, w, core);
	else if (core)
		rule_sip_breach(j, p->where, core->mate_sure, ROLE_NONE,
				"expected: 200 for the WIC only after a 200 of "
				"the core; seen: %d %s", w->status,
				core->answered && !is_2xx(core->status) ?
				"though the core refused" :
				"before the core had answered");
	else if (unmated_since(j, s, w))
		judge_unsure(j, p->where, "which REGISTER on Mw belongs to "
			     "this %d on W2 is not known", w->status);
	else
		doubt(&s->local, p->where, w->status);
	say_local(j, &s->local);
}

/* A WIC that is gone, or that asked again, waits for nothing. */
static bool waits(const struct rules_tna_ok *s, const struct reg *w)
{
	uint32_t number = (uint32_t)w->number & 0x7fffffff;
	uint32_t call = recent_get(&s->newest, map_mix(w->call, 10));
	uint32_t wic = recent_get(&s->newest, map_mix(w->wic, 11));

	return !w->answered &&
	       recent_get(&s->gone, map_mix(w->conn, 8)) == MAP_NONE &&
	       recent_get(&s->gone, map_mix(w->wic, 9)) == MAP_NONE &&
	       !(s->restarted && s->restart_us >= w->t_us) &&
	       (call == MAP_NONE || call == number) &&
	       (wic == MAP_NONE || wic == number);
}

static void note_newest(struct judge *j, const struct reg *w)
{
	struct rules_tna_ok *s = judge_state(j);
	uint32_t number = (uint32_t)w->number & 0x7fffffff;

	if (w->call)
		recent_put(&s->newest, 2 * PENDING, map_mix(w->call, 10),
			   number);
	if (w->wic) {
		recent_put(&s->newest, 2 * PENDING, map_mix(w->wic, 11),
			   number);
		recent_del(&s->gone, map_mix(w->wic, 9));
	}
}

static void lost_ok(struct judge *j, const struct pending *p,
		    const struct reg *w)
{
	struct rules_tna_ok *s = judge_state(j);
	const struct reg *core = rule_sip_mate(j, w);

	if (waits(s, w))
		doubt(&s->lost, p->where, core ? core->status : 200);
	say_lost(j, &s->lost);
}

void rules_tna_ok_15_time(struct judge *j, uint64_t key)
{
	const struct reg *w;
	const struct pending *p = due(j, key, &w);

	if (p && p->lost)
		lost_ok(j, p, w);
	else if (p)
		early_ok(j, p, w);
}

/* An eP-CSCF that cuts registrations to the window's end may find that nothing
 * is left of it, and has to refuse what the core granted. */
static bool nothing_left(const struct judge *j, const struct ev *e,
			 const struct reg *w)
{
	const struct window *x = model_window(judge_model(j), w->window);

	return judge_profile(j)->ics.caps_registration == CAPS_EPCSCF && x &&
	       x->end_us != UNSAID_T &&
	       e->t_us + judge_profile(j)->tolerance_us + 1000000 >= x->end_us;
}

static void refused_on_w2(struct judge *j, const struct ev *e,
			  const struct reg *w)
{
	const struct reg *core = rule_sip_mate(j, w);

	if (!core || !core->answered || !is_2xx(core->status))
		return;
	rule_sip_breach(j, where_of(e),
			core->mate_sure && !nothing_left(j, e, w), ROLE_NONE,
			"expected: the core's %d relayed to the WIC; seen: %d",
			core->status, e->status);
}

static void answer_15(struct judge *j, const struct ev *e, const struct reg *r)
{
	struct rules_tna_ok *s = judge_state(j);
	const struct reg *o = rule_sip_mate(j, r);

	if (e->on == POINT_MW) {
		if (o && !o->answered && r->mate_sure &&
		    is_2xx(e->status))
			wait_for(j, e, r->mate, o->number, true);
		return;
	}
	s->saw_w2_answer = true;
	say_lost(j, &s->lost);
	if (is_2xx(e->status))
		ok_on_w2(j, e, r);
	else if (e->status >= 300)
		refused_on_w2(j, e, r);
}

static void note_gone(struct judge *j, const struct ev *e)
{
	struct rules_tna_ok *s = judge_state(j);
	name_id wic = model_find(judge_model(j), e->wic);

	if (e->on != POINT_W2)
		return;
	if (e->conn)
		recent_put(&s->gone, PENDING, map_mix(e->conn, 8), 1);
	else if (wic)
		recent_put(&s->gone, PENDING, map_mix(wic, 9), 1);
}

void rules_tna_ok_15(struct judge *j, const struct ev *e)
{
	struct rules_tna_ok *s = judge_state(j);
	const struct reg *r = rule_sip_reg(j);

	if (e->kind == EV_CLOSED || (e->kind == EV_TCP &&
				     e->step == STEP_CLOSE)) {
		note_gone(j, e);
	} else if (e->kind == EV_MARK && span_eq(e->text, S("restart epcscf"))) {
		s->restarted = true;
		s->restart_us = e->t_us;
	} else if (e->kind == EV_REGISTER && e->on == POINT_MW) {
		note_mw(j, e);
		say_local(j, &s->local);
	} else if (e->kind == EV_REGISTER && r) {
		note_newest(j, r);
	} else if (e->kind == EV_ANSWER && r) {
		answer_15(j, e, r);
	}
}

/* ---- TNA-16 ---- */

/* What the WIC is entitled to, by its token or its own word. */
static name_id identity_of(const struct judge *j, const struct reg *w)
{
	const struct model *m = judge_model(j);
	const struct token *t = model_token(m, model_token_named(m, w->token));

	return t && t->impi ? t->impi : w->impi;
}

static int64_t until(const struct reg *r, int64_t t_us)
{
	int64_t s = r->granted_s != UNSAID ? r->granted_s : r->expires_s;

	return s == UNSAID || s > 100000000 ? INT64_MAX : t_us + s * 1000000;
}

static struct holder *holder_slot(struct rules_tna_ok *s, uint64_t key)
{
	uint32_t i = recent_get(&s->holder_index, key);

	if (!s->holders)
		s->holders = must_alloc(PENDING * sizeof *s->holders);
	if (i == MAP_NONE) {
		i = s->next_holder++ % PENDING;
		s->holders[i] = (struct holder){ 0 };
		recent_put(&s->holder_index, PENDING, key, i);
	}
	return &s->holders[i];
}

/* Under one identity on Mw, two WICs that are entitled to different ones. */
static bool shares(const struct holder *h, const struct holder *mine,
		   int64_t t_us)
{
	return t_us < h->until_us && h->wic && mine->wic &&
	       h->wic != mine->wic && h->sure && mine->sure && h->impi &&
	       mine->impi && h->impi != mine->impi;
}

static void ok_on_mw(struct judge *j, const struct ev *e, const struct reg *r)
{
	struct rules_tna_ok *s = judge_state(j);
	const struct reg *w = rule_sip_mate(j, r);
	const struct model *m = judge_model(j);

	if (!w || r->expires_s == 0 || r->granted_s == 0)
		return;
	struct holder *h = holder_slot(s, map_mix(r->impi, r->impu));
	struct holder mine = { w->wic, identity_of(j, w),
			       w->wic_sure && r->mate_sure,
			       until(r, e->t_us) };

	if (shares(h, &mine, e->t_us))
		judge_broken_as(j, where_of(e), ROLE_EPCSCF, EFFECT_NONE,
				"expected: a registration of its own for each "
				"WIC; seen: %.*s and %.*s, two WICs', both "
				"under %.*s", SPAN(model_text(m, h->impi)),
				SPAN(model_text(m, mine.impi)),
				SPAN(model_text(m, r->impi)));
	else
		judge_held(j);
	*h = mine;
}

/* Contacts of two devices in one REGISTER: on behalf of a group. */
static void group_contacts(struct judge *j, const struct ev *e)
{
	struct sip_list it = { 0 };
	struct span el, one = SPAN_NONE, v;
	struct sip_addr a;

	while (e->sip && sip_list_next(e->sip, SIP_H_CONTACT, &it, &el)) {
		if (!sip_addr_read(&a, el) ||
		    !sip_param(a.params, S("+sip.instance"), &v) ||
		    span_empty(v))
			continue;
		if (!span_absent(one) && !span_eq(one, v))
			judge_broken_as(j, where_of(e), ROLE_EPCSCF,
					EFFECT_NONE, "expected: one WIC in a "
					"REGISTER; seen: the instances %.*s "
					"and %.*s", SPAN(one), SPAN(v));
		one = v;
	}
}

/* A first 200 without a REGISTER on Mw, while another WIC is registered. */
void rules_tna_ok_16_time(struct judge *j, uint64_t key)
{
	const struct rules_tna_ok *s = judge_state(j);
	const struct reg *w;
	const struct pending *p = due(j, key, &w);

	if (!p || w->mw_count || unmated_since(j, s, w))
		return;
	for (uint32_t i = 0; s->holders && i < PENDING; i++) {
		const struct holder *h = &s->holders[i];

		if (h->wic && h->wic != w->wic && p->where.t_us < h->until_us)
			judge_broken_as(j, p->where, ROLE_EPCSCF, EFFECT_NONE,
					"expected: a REGISTER on Mw of its own "
					"for each WIC; seen: %d without one, "
					"while another WIC is registered",
					w->status);
	}
}

void rules_tna_ok_16(struct judge *j, const struct ev *e)
{
	const struct reg *r = rule_sip_reg(j);

	if (!r)
		return;
	if (e->kind == EV_REGISTER && e->on == POINT_MW) {
		note_mw(j, e);
		group_contacts(j, e);
	} else if (e->kind == EV_ANSWER && is_2xx(e->status)) {
		if (e->on == POINT_MW)
			ok_on_mw(j, e, r);
		else if (!r->mw_count && !r->refresh && r->expires_s != 0)
			wait_for(j, e, model_now(judge_model(j))->reg,
				 r->number, false);
	}
}
