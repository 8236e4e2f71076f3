#include "actor/scscf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/scscf_priv.h"

const char *scscf_home(const struct scscf *s)
{
	return s->env.profile->home_domain ? s->env.profile->home_domain : "invalid";
}

static void of_subscriber(const struct subscriber *sub, struct scscf_user *u)
{
	*u = (struct scscf_user){ .impi = sub->impi, .n_impu = sub->n_impu, .impu = sub->impu,
				  .password = sub->sip_password, .pair = MAP_NONE };
}

static void of_pair(const struct scscf *s, uint32_t pair, struct scscf_user *u)
{
	const struct pool_pair *p = &s->env.profile->pairs[pair];

	*u = (struct scscf_user){ .impi = p->impi, .n_impu = p->n_impu, .impu = p->impu,
				  .pair = pair };
}

bool scscf_user_impi(const struct scscf *s, struct span impi, struct scscf_user *u)
{
	const struct subscriber *sub = profile_sub_impi(s->env.profile, impi);
	uint32_t pair = sub ? MAP_NONE : profile_pair_impi(s->env.profile, impi);

	if (sub)
		of_subscriber(sub, u);
	else if (pair != MAP_NONE)
		of_pair(s, pair, u);
	return sub || pair != MAP_NONE;
}

bool scscf_user_impu(const struct scscf *s, struct span impu, struct scscf_user *u)
{
	const struct subscriber *sub = profile_sub_impu(s->env.profile, impu);
	uint32_t pair = sub ? MAP_NONE : profile_pair_impu(s->env.profile, impu);

	if (sub)
		of_subscriber(sub, u);
	else if (pair != MAP_NONE)
		of_pair(s, pair, u);
	return sub || pair != MAP_NONE;
}

bool scscf_user_has(const struct scscf_user *u, struct span impu)
{
	for (unsigned i = 0; i < u->n_impu; i++)
		if (sip_identity_eq(impu, span_str(u->impu[i])))
			return true;
	return false;
}

void scscf_finish(struct scscf *s, struct scscf_from to, struct buf *b)
{
	struct buf styled;

	sip_put_end(b, SPAN_NONE);
	buf_init(&styled, 2 * LIMIT_SIP_BYTES);
	style_apply(&s->style, buf_span(b), &styled);
	if (styled.n && !b->full)
		mw_reply(s->mw[to.mw], to.link, buf_span(&styled));
	buf_free(&styled);
}

void scscf_refuse(struct scscf *s, struct scscf_from to, const struct sip_msg *req, int status)
{
	char tag[17];
	struct buf b;

	loop_random_hex(s->env.loop, tag, 16);
	buf_init(&b, LIMIT_SIP_BYTES);
	sip_put_reply(&b, req, status, span_str(tag));
	scscf_finish(s, to, &b);
	buf_free(&b);
}

static void on_message(struct mw *mw, uint32_t link, const struct sip_msg *m, void *arg)
{
	struct scscf *s = arg;
	struct scscf_from from = { .mw = mw == s->mw[1], .link = link };

	if (!m->request)
		txn_answer(&s->txns, m);
	else if (!actor_answerable(m))
		return;
	else if (sip_is(m, S("REGISTER")))
		scscf_register(s, from, m);
	else
		scscf_request(s, from, m);
}

struct scscf *scscf_new(const struct scscf_config *c, struct err *err)
{
	struct scscf *s = must_alloc(sizeof(*s));
	const char *listen[2] = { c->listen, c->listen_too };

	s->env = c->env;
	s->style.variants = &s->env.variants;
	s->txns.loop = s->env.loop;
	s->alg = variant_in(&s->env.variants, VARIANT_SHA256) ? DIGEST_SHA256 : c->alg;
	s->nonce_us = c->nonce_us ? c->nonce_us : 60000000;
	for (unsigned i = 0; i < 2 && (i == 0 || listen[i]); i++) {
		s->mw[i] = mw_new(&s->env, listen[i], "Mw scscf", on_message, s, err);
		if (!s->mw[i]) {
			scscf_free(s);
			return NULL;
		}
		snprintf(s->endpoint[i], sizeof(s->endpoint[i]), "%s", mw_endpoint(s->mw[i]));
	}
	return s;
}

void scscf_free(struct scscf *s)
{
	if (!s)
		return;
	scscf_forget_relays(s);
	scscf_unbind_all(s, NULL);
	mw_free(s->mw[0]);
	mw_free(s->mw[1]);
	free(s);
}

const char *scscf_mw(const struct scscf *s)
{
	return s->endpoint[0];
}

const char *scscf_mw_too(const struct scscf *s)
{
	return s->mw[1] ? s->endpoint[1] : NULL;
}

void scscf_on_send(struct scscf *s, actor_edit *edit, void *arg)
{
	s->style.edit = edit;
	s->style.edit_arg = arg;
}

void scscf_restart(struct scscf *s)
{
	scscf_forget_relays(s);
	scscf_unbind_all(s, NULL);
	memset(s->nonces, 0, sizeof(s->nonces));
}

unsigned scscf_bindings(const struct scscf *s, struct span impu)
{
	unsigned n = 0;

	for (const struct scscf_contact *c = s->contacts; c; c = c->next)
		n += scscf_user_has(&c->user, impu);
	return n;
}

void scscf_on_expired(struct scscf *s, scscf_expired *fn, void *arg)
{
	s->expired = fn;
	s->expired_arg = arg;
}
