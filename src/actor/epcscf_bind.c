/* Bindings of identities to TLS sessions (33.203 X.3.2.3 step 7), ended by
 * de-registration, by their timer, or with the token. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/epcscf_priv.h"

static void binding_drop(struct epcscf_binding *x)
{
	for (struct epcscf_binding **p = &x->e->bindings; *p; p = &(*p)->next)
		if (*p == x) {
			*p = x->next;
			break;
		}
	if (x->timer)
		loop_cancel(x->e->env.loop, x->timer);
	free(x);
}

static void on_end(void *arg)
{
	struct epcscf_binding *x = arg;

	x->timer = 0;
	if (x->overlong)
		epcscf_end_at_registrar(x->e, x);
	binding_drop(x);
}

struct epcscf_binding *epcscf_binding_of(struct epcscf *e, uint64_t session, const char *impi)
{
	for (struct epcscf_binding *x = e->bindings; x; x = x->next)
		if (x->session == session && strcmp(x->impi, impi) == 0)
			return x;
	return NULL;
}

static bool has_impu(const struct epcscf_binding *x, struct span impu)
{
	for (unsigned i = 0; i < x->n_impu; i++)
		if (sip_identity_eq(span_str(x->impu[i]), impu))
			return true;
	return false;
}

struct epcscf_binding *epcscf_binding_impu(struct epcscf *e, uint64_t session,
					   struct span impu)
{
	bool any = epcscf_flaw(e, FLAW_NO_SESSION_CHECK);

	for (struct epcscf_binding *x = e->bindings; x; x = x->next)
		if ((any || x->session == session) && has_impu(x, impu))
			return x;
	return NULL;
}

bool epcscf_bound_elsewhere(struct epcscf *e, uint64_t session, const char *impi)
{
	int64_t now_us = loop_now_us(e->env.loop);

	for (struct epcscf_binding *x = e->bindings; x; x = x->next)
		if (x->session && x->session != session && x->end_us > now_us &&
		    strcmp(x->impi, impi) == 0)
			return true;
	return false;
}

void epcscf_impi_of(const struct sip_msg *m, char *out, size_t cap)
{
	struct sip_auth a;
	struct sip_addr to;
	struct span username;
	char identity[256];

	out[0] = '\0';
	if (sip_auth_read(&a, sip_get(m, SIP_H_AUTHORIZATION)) &&
	    span_ieq(a.scheme, S("Digest")) && sip_auth_param(&a, S("username"), &username))
		span_copy(out, cap, username);
	else if (sip_addr_read(&to, sip_get(m, SIP_H_TO)))
		span_copy(out, cap, span_from(sip_identity(to.uri, identity, sizeof(identity)),
					      4));
}

static void add_impu(struct epcscf_binding *x, struct span uri)
{
	if (x->n_impu < LIMIT_IMPUS)
		span_copy(x->impu[x->n_impu++], sizeof(x->impu[0]), uri);
}

static void name_identities(struct epcscf_binding *x, const struct epcscf_reg *r,
			    const struct sip_msg *answer)
{
	struct sip_list it = { 0 };
	struct span element;
	struct sip_addr a;

	x->n_impu = 0;
	while (sip_list_next(answer, SIP_H_P_ASSOCIATED_URI, &it, &element))
		if (sip_addr_read(&a, element))
			add_impu(x, a.uri);
	if (x->n_impu == 0 && sip_addr_read(&a, sip_get(&r->request->msg, SIP_H_TO)))
		add_impu(x, r->to[0] ? span_str(r->to) : a.uri);
}

static struct epcscf_binding *binding_for(struct epcscf *e, const struct epcscf_reg *r,
					  const char *impi)
{
	struct epcscf_binding *x = epcscf_binding_of(e, r->session, impi);

	if (x)
		return x;
	/* A new connection takes the place of one that is gone. */
	x = epcscf_binding_of(e, 0, impi);
	if (x)
		binding_drop(x);
	x = must_alloc(sizeof(*x));
	*x = (struct epcscf_binding){ .next = e->bindings, .e = e, .session = r->session };
	e->bindings = x;
	return x;
}

void epcscf_bind(struct epcscf *e, const struct epcscf_reg *r, const struct sip_msg *answer,
		 int64_t granted_s)
{
	struct epcscf_session *s = epcscf_session_by_id(e, r->session);
	struct span element = SPAN_NONE;
	struct sip_list it = { 0 };
	struct epcscf_binding *x;
	struct sip_addr a;
	char impi[256];

	if (r->tna)
		snprintf(impi, sizeof(impi), "%s", r->who.impi);
	else
		epcscf_impi_of(&r->request->msg, impi, sizeof(impi));
	x = binding_for(e, r, impi);
	snprintf(x->impi, sizeof(x->impi), "%s", impi);
	snprintf(x->flow, sizeof(x->flow), "%s", s->flow);
	x->tna = r->tna;
	name_identities(x, r, answer);
	if (sip_list_next(&r->request->msg, SIP_H_CONTACT, &it, &element) &&
	    sip_addr_read(&a, element))
		span_copy(x->contact, sizeof(x->contact), a.uri);
	it = (struct sip_list){ 0 };
	if (sip_list_next(answer, SIP_H_SERVICE_ROUTE, &it, &element))
		span_copy(x->service_route, sizeof(x->service_route), element);
	x->token_end_us = r->tna ? r->who.end_us : INT64_MAX;
	x->end_us = loop_now_us(e->env.loop) + granted_s * 1000000;
	x->overlong = x->end_us > x->token_end_us && !epcscf_flaw(e, FLAW_CUTS_NO_GRANT) &&
		      !epcscf_flaw(e, FLAW_ROUNDS_UP_SHORT_REST) &&
		      !epcscf_flaw(e, FLAW_CUTS_TO_WHOLE_LIFE) &&
		      !(r->refresh && epcscf_flaw(e, FLAW_CUTS_FIRST_GRANT_ONLY)) &&
		      e->env.profile->ics.caps_registration != CAPS_SCSCF;
	if (x->overlong)
		x->end_us = x->token_end_us;
	if (x->timer)
		loop_cancel(e->env.loop, x->timer);
	x->timer = 0;
	if (!epcscf_flaw(e, FLAW_BINDING_NEVER_ENDS) &&
	    !epcscf_flaw(e, FLAW_NOTHING_RUNS_OUT) &&
	    !epcscf_flaw(e, FLAW_FIRST_CONTACT_STAYS))
		x->timer = loop_after(e->env.loop, x->end_us - loop_now_us(e->env.loop), on_end,
				      x);
}

void epcscf_unbind(struct epcscf *e, uint64_t session, const char *impi)
{
	struct epcscf_binding *x = epcscf_binding_of(e, session, impi);

	if (x && !epcscf_flaw(e, FLAW_FORWARDS_AFTER_DEREGISTRATION) &&
	    !epcscf_flaw(e, FLAW_DEREGISTRATION_ENDS_NOTHING))
		binding_drop(x);
}

void epcscf_session_gone(struct epcscf *e, uint64_t session)
{
	for (struct epcscf_binding *x = e->bindings; x; x = x->next)
		if (x->session == session)
			x->session = 0;
}

void epcscf_unbind_all(struct epcscf *e)
{
	while (e->bindings)
		binding_drop(e->bindings);
}

unsigned epcscf_bindings(const struct epcscf *e)
{
	unsigned n = 0;

	for (const struct epcscf_binding *x = e->bindings; x; x = x->next)
		n++;
	return n;
}
