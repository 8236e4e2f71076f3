/* Refresh and de-registration (TS 23.228 U.2.1.3, U.2.3, 5.3.1;
 * TS 33.203 X step 5; rulings 17, 18, 23). */
#include "oracle/rule.h"

/* ---- REF-04, DRG-04: Trusted Node Authentication each time ---- */

/* The Mw register of a W2 register that carried a token. */
static const struct reg *token_mate(const struct judge *j, const struct ev *e,
				    const struct reg **w2)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	const struct reg *r = model_reg(m, n->reg);

	*w2 = model_reg(m, n->mate);
	if (e->on != POINT_MW || !r || !*w2 || (*w2)->auth != AUTH_BEARER ||
	    r->auth == AUTH_KIND_UNSAID)
		return NULL;
	return r;
}

static void trusted(struct judge *j, const struct ev *e, const struct reg *mw,
		    const char *what)
{
	if (mw->auth == AUTH_TNA)
		judge_held(j);
	else
		judge_broken(j, where_of(e), "expected: %s marked auth-done on "
			     "Mw; seen: %s", what, auth_kind_name(mw->auth));
}

static void ref_04(struct judge *j, const struct ev *e)
{
	const struct reg *w2, *mw = token_mate(j, e, &w2);

	if (mw && w2->refresh && w2->expires_s != 0)
		trusted(j, e, mw, "a refresh");
}

static void drg_04(struct judge *j, const struct ev *e)
{
	const struct reg *w2, *mw = token_mate(j, e, &w2);

	if (mw && w2->expires_s == 0)
		trusted(j, e, mw, "a de-registration");
}

/* ---- DRG-01: de-registration goes through the eP-CSCF to the core ---- */

static void drg_01(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	const struct reg *r = model_reg(m, n->reg);

	if (!r || e->on == POINT_MW || r->expires_s != 0 || !is_2xx(e->status))
		return;
	const struct reg *mw = r->mw_count ? model_reg(m, r->mate) : NULL;

	if (!mw && !model_seen_mw(m))
		return;
	if (!mw)
		judge_broken_as(j, where_of(e), ROLE_EPCSCF, EFFECT_NONE,
				"expected: the de-registration is sent on to "
				"the core; seen: %d without it", e->status);
	else if (mw->expires_s != 0 && mw->expires_s != UNSAID)
		judge_broken_as(j, where_of(e), ROLE_EPCSCF, EFFECT_NONE,
				"expected: expiry 0 on Mw; seen: %lld s",
				(long long)mw->expires_s);
	else
		judge_held(j);
}

/* ---- DRG-05: what is de-registered is not reachable there ---- */

/* WIC and IMPU -> gone. */
static uint64_t gone_key(name_id wic, name_id impu)
{
	return map_mix((uint64_t)wic << 32 | impu, 5);
}

struct drg_05 {
	struct map gone;
	int64_t last_us;        /* newest de-registration */
};

#define THE_CORE UINT32_MAX     /* stands for the S-CSCF in gone_key() */

static void drg_05_free(void *state)
{
	map_free(&((struct drg_05 *)state)->gone);
}

static bool is_gone(const struct drg_05 *s, name_id who, name_id impu)
{
	return impu && map_get(&s->gone, gone_key(who, impu)) != MAP_NONE;
}

static void note_gone(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct reg *r = model_reg(m, model_now(m)->reg);
	struct drg_05 *s = judge_state(j);
	name_id who = e->on == POINT_MW ? THE_CORE : r ? r->wic : 0;

	if (!r || !is_2xx(e->status) || !who || !r->impu)
		return;
	if (r->expires_s == 0) {
		map_put(&s->gone, gone_key(who, r->impu), 1);
		s->last_us = e->t_us;
	} else {
		map_del(&s->gone, gone_key(who, r->impu));
	}
}

/* A request to an IMPU whose last contact has gone: the S-CSCF forwards it; or a
 * flow event, which says not who sent it, tells how it was answered. */
static void forwarded(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	name_id to = model_find_impu(m, e->to_id);
	bool told = e->from == ROLE_NONE && !e->derived && e->status != UNSAID;

	if (!is_gone(judge_state(j), THE_CORE, to) ||
	    model_binding_impu(m, POINT_MW, to, asked_at(e), MAP_NONE) !=
		    MAP_NONE)
		return;
	if (e->from == ROLE_SCSCF)
		judge_broken_as(j, where_of(e), ROLE_SCSCF, EFFECT_NONE,
				"expected: nothing is forwarded to %.*s after "
				"its de-registration; seen: %.*s on Mw",
				SPAN(e->to_id), SPAN(e->method));
	else if (told && is_2xx(e->status))
		judge_broken(j, where_of(e), "expected: %.*s is not reachable "
			     "after its de-registration; seen: %.*s answered "
			     "with %d", SPAN(e->to_id), SPAN(e->method),
			     e->status);
	else if (told && e->status >= 400)
		judge_held(j);
}

static void served(struct judge *j, const struct ev *e, name_id wic)
{
	const struct model *m = judge_model(j);
	const struct drg_05 *s = judge_state(j);
	bool out = is_gone(s, wic, model_find_impu(m, e->from_id));
	bool in = is_gone(s, wic, model_find_impu(m, e->to_id));

	if (!out && !in)
		return;
	if (is_2xx(e->status))
		judge_broken(j, where_of(e), "expected: %.*s is not served at a"
			     " contact that was de-registered; seen: %.*s "
			     "answered with %d", SPAN(in ? e->to_id : e->from_id),
			     SPAN(e->method), e->status);
	else
		judge_held(j);
}

/* A request sent before a de-registration proves nothing. */
static void drg_05(struct judge *j, const struct ev *e)
{
	name_id wic = model_now(judge_model(j))->wic;
	const struct drg_05 *s = judge_state(j);

	if (e->kind == EV_ANSWER)
		note_gone(j, e);
	else if (asked_at(e) < s->last_us)
		return;
	else if (e->on == POINT_MW)
		forwarded(j, e);
	else if (wic && e->status != UNSAID)
		served(j, e, wic);
}

/* ---- DRG-10: one WIC's token does not de-register another's pair ---- */

static void drg_10(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	const struct reg *r = model_reg(m, n->reg);
	bool mw = r && e->on == POINT_MW;
	const struct reg *w2 = mw ? model_reg(m, n->mate) : r;
	const struct token *t =
		w2 ? model_token(m, model_token_named(m, w2->token)) : NULL;

	if (!t || w2->expires_s != 0)
		return;
	bool claims = w2->impu && t->n_impu && !token_has_impu(t, w2->impu);
	bool core = mw && e->kind == EV_REGISTER;

	if (core && ((claims && r->impu == w2->impu) ||
		     (t->impi && r->impi && r->impi != t->impi)))
		judge_broken(j, where_of(e), "expected: %.*s cannot be "
			     "de-registered with a token for %.*s; seen: so "
			     "de-registered on Mw",
			     SPAN(model_text(m, r->impu)),
			     SPAN(model_text(m, t->impi ? t->impi :
							  t->impu[0])));
	else if (claims && ((core && r->impu) ||
			    (!mw && e->kind == EV_ANSWER && !w2->mw_count &&
			     e->status >= 300)))
		judge_held(j);
}

const struct rule rules_reg[] = {
	{ .id = "REF-04", .clause = "TS 23.228 U.2.1.3 (refresh)",
	  .version = "V16.5.0",
	  .text = "A refresh is registered by Trusted Node Authentication "
		  "again",
	  .strength = STRENGTH_DER, .cap_cr = EFFECT_WARNING,
	  .obliged = ROLE_EPCSCF, .facts = FACT_W2 | FACT_MW,
	  .kinds = EV_BIT(EV_REGISTER), .on_event = ref_04 },
	{ .id = "DRG-01", .clause = "TS 23.228 5.3.1 and U.2.3",
	  .version = "V16.5.0",
	  .text = "De-registration is a REGISTER with expiry 0 that goes "
		  "through the eP-CSCF to the core",
	  .strength = STRENGTH_SH, .obliged = ROLE_WIC,
	  .facts = FACT_W2 | FACT_MW, .kinds = EV_BIT(EV_ANSWER),
	  .on_event = drg_01 },
	{ .id = "DRG-04", .clause = "TS 33.203 X.3.2.3 step 5 with TS 23.228 "
				    "U.2.3",
	  .version = "V14.1.0",
	  .text = "De-registration in scenarios 2 and 3 is marked auth-done "
		  "too",
	  .strength = STRENGTH_DER, .obliged = ROLE_EPCSCF,
	  .facts = FACT_W2 | FACT_MW, .kinds = EV_BIT(EV_REGISTER),
	  .on_event = drg_04 },
	{ .id = "DRG-05", .clause = "TS 23.228 5.3.1", .version = "V16.5.0",
	  .text = "After de-registration the IMPU is not reachable at that "
		  "contact and its WIC is refused",
	  .strength = STRENGTH_SH, .obliged = ROLE_SYSTEM, .facts = FACT_W2,
	  .kinds = EV_BIT(EV_ANSWER) | EV_BIT(EV_REQUEST),
	  .state_size = sizeof(struct drg_05), .on_event = drg_05,
	  .free_state = drg_05_free },
	{ .id = "DRG-10", .clause = "TS 33.203 REQ 2.4", .version = "V14.1.0",
	  .text = "A WIC cannot de-register another WIC's pair with its own "
		  "token",
	  .strength = STRENGTH_DER, .obliged = ROLE_EPCSCF,
	  .facts = FACT_W2 | FACT_MW,
	  .kinds = EV_BIT(EV_REGISTER) | EV_BIT(EV_ANSWER),
	  .on_event = drg_10 },
	{ 0 }
};
