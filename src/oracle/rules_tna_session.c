/* TNA-14 (TS 33.203 X.3.2.3 step 7): IMPI and IMPUs are bound to the TLS session
 * that registered them. What can be seen of it: which identity a request from
 * W2 is sent on with. From is the caller's own word and may say anything;
 * what the eP-CSCF answers for is P-Asserted-Identity. */
#include <stdlib.h>

#include "base/err.h"
#include "oracle/rules_tna_session.h"

void rules_tna_session_free(void *state)
{
	struct rules_tna_session *s = state;

	free(s->ring);
	recent_free(&s->bound);
	recent_free(&s->of_call);
	recent_free(&s->on_mw);
}

static uint64_t call_key(struct span call) { return map_mix(span_hash(call), 7); }

static struct asker *asker_of(struct rules_tna_session *s, struct span call)
{
	uint32_t i = recent_get(&s->of_call, call_key(call));

	return i == MAP_NONE ? NULL : &s->ring[i];
}

/* Requests of both ends may share a Call-ID, where both are on W2: then whose
 * is whose cannot be told. */
static void note_asker(struct rules_tna_session *s, struct span call,
		       uint32_t conn, name_id wic)
{
	struct asker *a = asker_of(s, call);

	if (a) {
		a->several |= a->conn != conn || a->wic != wic;
		return;
	}
	if (span_empty(call) || (!conn && !wic) ||
	    recent_get(&s->on_mw, call_key(call)) != MAP_NONE)
		return;
	if (!s->ring)
		s->ring = must_alloc(CALLS * sizeof *s->ring);
	uint32_t i = s->next++ % CALLS;

	s->ring[i] = (struct asker){ conn, wic, false };
	recent_put(&s->of_call, CALLS, call_key(call), i);
}

/* A WIC may hold several sessions, each with a registration of its own. */
static uint64_t bound_key(uint32_t conn, name_id impu)
{
	return map_mix(map_mix(conn, 12), impu);
}

static void bind(struct judge *j, const struct ev *e)
{
	struct rules_tna_session *s = judge_state(j);
	const struct model *m = judge_model(j);
	const struct reg *r = rule_sip_reg(j);
	const struct binding *b = model_binding(m, model_now(m)->binding);

	if (e->on != POINT_W2 || !r || !r->conn || !is_2xx(e->status))
		return;
	name_id impus[] = { r->impu, b ? b->impu : 0 };

	for (unsigned i = 0; i < 2; i++) {
		uint64_t key = bound_key(r->conn, impus[i]);

		if (impus[i] && r->expires_s != 0 && r->granted_s != 0)
			recent_put(&s->bound, CALLS, key, 1);
		else if (impus[i])
			recent_del(&s->bound, key);
	}
}

enum owner { NOBODY, OWN, OTHER };

static enum owner owner_of(struct judge *j, const struct asker *a,
			   struct span identity, int64_t t_us)
{
	const struct model *m = judge_model(j);
	const struct rules_tna_session *s = judge_state(j);
	name_id impu = model_find_impu(m, identity);
	enum owner found = NOBODY;
	uint32_t i = MAP_NONE;

	while ((i = model_binding_impu(m, POINT_W2, impu, t_us, i)) !=
	       MAP_NONE) {
		const struct binding *b = model_binding(m, i);
		bool by_conn = b->conn && a->conn;

		if (by_conn ? b->conn == a->conn ||
			      recent_get(&s->bound, bound_key(a->conn, impu)) !=
			      MAP_NONE :
			      b->wic && b->wic == a->wic)
			return OWN;
		if (by_conn || (b->wic && a->wic))
			found = OTHER;
	}
	return found;
}

static bool registered(const struct judge *j, const struct asker *a,
		       int64_t t_us)
{
	const struct model *m = judge_model(j);
	const struct binding *b = model_binding(m,
		model_binding_wic(m, POINT_W2, a->wic, t_us));

	return b && (!b->conn || !a->conn || b->conn == a->conn);
}

/* asserted: by the eP-CSCF; else the identity is only what From says. */
static void judge_identity(struct judge *j, const struct ev *e,
			   const struct asker *a, struct span identity,
			   bool asserted)
{
	enum owner o = owner_of(j, a, identity, e->t_us);

	if (o == OWN)
		judge_held(j);
	else if (o == OTHER && (asserted || !registered(j, a, e->t_us)))
		judge_broken(j, where_of(e), "expected: %.*s used by the "
			     "session alone that registered it; seen: another "
			     "session's request with it on Mw",
			     SPAN(identity));
	else if (o == OTHER)
		judge_unsure(j, where_of(e), "another session's request came "
			     "to Mw with %.*s; what identity was asserted "
			     "cannot be seen", SPAN(identity));
}

/* ---- SIP ---- */

static void from_wic(struct judge *j, const struct ev *e)
{
	/* A token in the request itself proves the user anew. */
	if (e->from == ROLE_EPCSCF || e->to == ROLE_WIC ||
	    (e->secrets && e->secrets->has_token))
		return;
	note_asker(judge_state(j), sip_get(e->sip, SIP_H_CALL_ID), e->conn,
		   model_find(judge_model(j), e->wic));
}

static void to_core(struct judge *j, const struct ev *e)
{
	struct rules_tna_session *s = judge_state(j);
	struct span call = sip_get(e->sip, SIP_H_CALL_ID), el;
	const struct asker *a = asker_of(s, call);
	struct sip_list it = { 0 };
	struct sip_addr addr;
	bool asserted = false;

	recent_put(&s->on_mw, CALLS, call_key(call), 1);
	if (!a || a->several || e->from == ROLE_SCSCF || e->to == ROLE_EPCSCF)
		return;
	while (sip_list_next(e->sip, SIP_H_P_ASSERTED_IDENTITY, &it, &el)) {
		asserted = true;
		if (sip_addr_read(&addr, el))
			judge_identity(j, e, a, addr.uri, true);
	}
	if (!asserted && sip_addr_read(&addr, sip_get(e->sip, SIP_H_FROM)))
		judge_identity(j, e, a, addr.uri, false);
}

/* ---- flow events; derived ones come after their messages ---- */

/* What came of a request from W2, where its message on Mw was not seen.
 * OPTIONS may be answered by the eP-CSCF itself, for anybody. Which way a
 * hand-written request went is not said; a WIC with nothing registered cannot be
 * called, so it sent it. */
static void outcome_on_w2(struct judge *j, const struct ev *e,
			  const struct asker *a)
{
	struct rules_tna_session *s = judge_state(j);

	if (e->from == ROLE_EPCSCF || span_ieq(e->method, S("OPTIONS")) ||
	    recent_get(&s->on_mw, call_key(e->call)) != MAP_NONE ||
	    owner_of(j, a, e->from_id, e->t_us) != OTHER)
		return;
	if (e->status >= 300)
		judge_held(j);          /* refused at the edge */
	else if ((e->from == ROLE_WIC || !e->derived) &&
		 is_2xx(e->status) && !registered(j, a, e->t_us))
		judge_broken(j, where_of(e), "expected: %.*s used by the "
			     "session alone that registered it; seen: %d to "
			     "another session's %.*s, which registered nothing",
			     SPAN(e->from_id), e->status, SPAN(e->method));
}

static void flow(struct judge *j, const struct ev *e)
{
	struct rules_tna_session *s = judge_state(j);
	struct asker here = { e->conn, model_find(judge_model(j), e->wic),
			      false };

	if (e->on == POINT_MW && !e->derived) {
		const struct asker *a = asker_of(s, e->call);

		recent_put(&s->on_mw, CALLS, call_key(e->call), 1);
		if (a && !a->several)
			judge_identity(j, e, a, e->from_id, false);
	} else if (e->on == POINT_W2) {
		if (!e->derived)
			note_asker(s, e->call, e->conn, here.wic);
		outcome_on_w2(j, e, &here);
	}
}

void rules_tna_session_event(struct judge *j, const struct ev *e)
{
	if (e->kind == EV_ANSWER)
		bind(j, e);
	else if (e->kind == EV_REQUEST)
		flow(j, e);
	if (e->kind != EV_SIP)
		return;
	if (!e->sip || !e->sip->request || sip_is(e->sip, S("REGISTER")))
		return;
	if (e->on == POINT_W2)
		from_wic(j, e);
	else if (e->on == POINT_MW)
		to_core(j, e);
}
