/* Contacts: each pair or subscriber has its own, each with its own timer. */
#include <stdlib.h>
#include <string.h>

#include "actor/scscf_priv.h"

static void contact_drop(struct scscf_contact *c)
{
	struct scscf *s = c->scscf;

	for (struct scscf_contact **p = &s->contacts; *p; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			break;
		}
	if (c->timer)
		loop_cancel(s->env.loop, c->timer);
	free(c->uri);
	free(c->params);
	free(c->path);
	free(c->call);
	free(c);
}

static void on_expired(void *arg)
{
	struct scscf_contact *c = arg;
	struct scscf *s = c->scscf;
	struct scscf_user u = c->user;

	c->timer = 0;
	contact_drop(c);
	for (unsigned i = 0; s->expired && i < u.n_impu; i++)
		s->expired(span_str(u.impi), span_str(u.impu[i]), s->expired_arg);
}

int64_t scscf_max_s(const struct scscf *s)
{
	int64_t us = s->env.profile->max_registration_us;

	return us == UNSAID_US ? 3600 : us / 1000000;
}

/* Never more than was asked for (RFC 3261 10.3), never more than the maximum
 * that goes with the lifetime of a lent pair. */
int64_t scscf_grant_s(const struct scscf *s, int64_t asked_s)
{
	int64_t max_s = scscf_max_s(s), granted_s;

	if (scscf_flaw(s, FLAW_GRANTS_WHAT_IS_ASKED) && asked_s >= 0)
		return asked_s;
	if (scscf_flaw(s, FLAW_GRANTS_ITS_MAXIMUM) && asked_s != 0)
		return max_s * 2;
	granted_s = asked_s < 0 || asked_s > max_s ? max_s : asked_s;
	if (granted_s > 1 && variant_in(&s->env.variants, VARIANT_SHORTER_GRANTS))
		granted_s--;
	return granted_s;
}

static bool same_user(const struct scscf_contact *c, const struct scscf_user *u)
{
	return c->user.impi == u->impi || strcmp(c->user.impi, u->impi) == 0;
}

/* RFC 5626: instance and reg-id name the flow, whatever the URI is now. */
static bool same_flow(const struct scscf_contact *c, const struct sip_addr *a)
{
	struct span i, j, r, q;

	return sip_param(a->params, S("+sip.instance"), &i) &&
	       sip_param(span_str(c->params), S("+sip.instance"), &j) && span_eq(i, j) &&
	       sip_param(a->params, S("reg-id"), &r) &&
	       sip_param(span_str(c->params), S("reg-id"), &q) && span_eq(r, q);
}

/* A pair serves one WIC, so a new contact takes the place of the old one. */
static bool replaces(const struct scscf *s, const struct scscf_contact *c,
		     const struct scscf_user *u, const struct sip_addr *a)
{
	if (scscf_flaw(s, FLAW_ONE_BINDING_FOR_ALL) && u->pair != MAP_NONE &&
	    c->user.pair != MAP_NONE)
		return true;
	if (!same_user(c, u))
		return false;
	if (u->pair != MAP_NONE && !scscf_flaw(s, FLAW_FIRST_CONTACT_STAYS))
		return true;
	return sip_uri_eq(span_str(c->uri), a->uri) || same_flow(c, a);
}

static char *params_but_expires(struct span params)
{
	struct buf b;
	char *text;

	buf_init(&b, LIMIT_SIP_BYTES);
	while (!span_absent(params)) {
		struct span one = span_trim(span_split(&params, ';'));

		if (span_empty(one) || span_istarts(one, S("expires=")) ||
		    span_ieq(one, S("expires")))
			continue;
		buf_addc(&b, ';');
		buf_add(&b, one);
	}
	text = span_dup(span_str(buf_str(&b)));
	buf_free(&b);
	return text;
}

static char *path_of(const struct sip_msg *m)
{
	struct sip_list it = { 0 };
	struct span element;
	struct buf b;
	char *text;

	buf_init(&b, LIMIT_SIP_BYTES);
	while (sip_list_next(m, SIP_H_PATH, &it, &element)) {
		if (b.n)
			buf_add(&b, S(", "));
		buf_add(&b, element);
	}
	text = span_dup(span_str(buf_str(&b)));
	buf_free(&b);
	return text;
}

static struct scscf_contact *contact_new(struct scscf *s, const struct scscf_user *u,
					 const struct sip_msg *m, const struct sip_addr *a)
{
	struct scscf_contact *c = must_alloc(sizeof(*c));
	struct span method;

	*c = (struct scscf_contact){ .scscf = s, .user = *u, .next = s->contacts };
	c->uri = span_dup(a->uri);
	c->params = params_but_expires(a->params);
	c->path = path_of(m);
	c->call = span_dup(sip_get(m, SIP_H_CALL_ID));
	sip_cseq_read(sip_get(m, SIP_H_CSEQ), &c->cseq, &method);
	s->contacts = c;
	return c;
}

static unsigned drop_replaced(struct scscf *s, const struct scscf_user *u,
			      const struct sip_addr *a)
{
	struct scscf_contact *next;
	unsigned left = 0;

	for (struct scscf_contact *c = s->contacts; c; c = next) {
		next = c->next;
		if (replaces(s, c, u, a))
			contact_drop(c);
		else if (same_user(c, u))
			left++;
	}
	return left;
}

bool scscf_bind(struct scscf *s, const struct scscf_user *u, const struct sip_msg *m,
		const struct sip_addr *a, int64_t granted_s)
{
	struct scscf_contact *c;

	if (drop_replaced(s, u, a) >= SCSCF_CONTACTS_MAX)
		return false;
	c = contact_new(s, u, m, a);
	c->end_us = loop_now_us(s->env.loop) + granted_s * 1000000;
	if (!scscf_flaw(s, FLAW_NOTHING_RUNS_OUT) &&
	    !(scscf_flaw(s, FLAW_FIRST_CONTACT_STAYS) && u->pair != MAP_NONE))
		c->timer = loop_after(s->env.loop, granted_s * 1000000, on_expired, c);
	return true;
}

void scscf_unbind(struct scscf *s, const struct scscf_user *u, struct span uri)
{
	struct scscf_contact *next;

	if (scscf_flaw(s, FLAW_DEREGISTRATION_ENDS_NOTHING))
		return;
	for (struct scscf_contact *c = s->contacts; c; c = next) {
		next = c->next;
		if ((scscf_flaw(s, FLAW_DEREGISTERS_EVERYBODY) ||
		     scscf_flaw(s, FLAW_ONE_BINDING_FOR_ALL)) && u->pair != MAP_NONE &&
		    c->user.pair != MAP_NONE)
			contact_drop(c);
		else if (same_user(c, u) && sip_uri_eq(span_str(c->uri), uri))
			contact_drop(c);
	}
}

void scscf_unbind_all(struct scscf *s, const struct scscf_user *u)
{
	struct scscf_contact *next;

	for (struct scscf_contact *c = s->contacts; c; c = next) {
		next = c->next;
		if (!u || same_user(c, u))
			contact_drop(c);
	}
}

struct scscf_contact *scscf_target(struct scscf *s, const struct scscf_user *u)
{
	struct scscf_contact *found = NULL;

	for (struct scscf_contact *c = s->contacts; c; c = c->next) {
		if (!same_user(c, u))
			continue;
		found = c;
		if (!scscf_flaw(s, FLAW_FIRST_CONTACT_STAYS))
			break;
	}
	return found;
}

bool scscf_old_cseq(const struct scscf *s, const struct scscf_user *u, const struct sip_msg *m)
{
	struct span call = sip_get(m, SIP_H_CALL_ID), method;
	uint32_t cseq;

	if (!sip_cseq_read(sip_get(m, SIP_H_CSEQ), &cseq, &method))
		return false;
	for (struct scscf_contact *c = s->contacts; c; c = c->next)
		if (same_user(c, u) && span_eq(span_str(c->call), call) && cseq <= c->cseq)
			return true;
	return false;
}
