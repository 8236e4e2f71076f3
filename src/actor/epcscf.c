#include "actor/epcscf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/epcscf_priv.h"

const char *epcscf_home(const struct epcscf *e)
{
	return e->env.profile->home_domain ? e->env.profile->home_domain : "invalid";
}

struct epcscf *epcscf_new(const struct epcscf_config *c, struct err *err)
{
	struct epcscf *e = must_alloc(sizeof(*e));

	e->env = c->env;
	e->fetches.env = &e->env;
	e->style_mw.variants = e->style_w2.variants = &e->env.variants;
	e->txns_mw.loop = e->txns_w2.loop = e->env.loop;
	e->secret = loop_random(e->env.loop);
	loop_random_hex(e->env.loop, e->icid, 32);
	epcscf_set_peer(e, c->peer_mw);
	epcscf_set_w5(e, c->w5);
	e->serve = serve_new(&(struct serve_config){ .env = &e->env, .url = c->listen_w2,
		.plain = epcscf_flaw(e, FLAW_PLAIN_W2), .tag = "W2 epcscf",
		.request = epcscf_upgrade, .arg = e }, err);
	if (e->serve)
		e->mw = mw_new(&e->env, c->listen_mw, "Mw epcscf", epcscf_mw_message, e, err);
	if (!e->mw) {
		serve_free(e->serve);
		free(e);
		return NULL;
	}
	snprintf(e->mw_endpoint, sizeof(e->mw_endpoint), "%s", mw_endpoint(e->mw));
	return e;
}

static void forget(struct epcscf *e)
{
	epcscf_forget_regs(e);
	epcscf_forget_relays(e);
	epcscf_drop_sessions(e);
	epcscf_unbind_all(e);
}

void epcscf_free(struct epcscf *e)
{
	if (!e)
		return;
	forget(e);
	serve_free(e->serve);
	mw_free(e->mw);
	free(e);
}

void epcscf_restart(struct epcscf *e)
{
	forget(e);
	serve_drop_all(e->serve);
	mw_drop_all(e->mw);
	memset(e->cache, 0, sizeof(e->cache));
}

const char *epcscf_w2(const struct epcscf *e)
{
	return serve_url(e->serve);
}

const char *epcscf_mw(const struct epcscf *e)
{
	return e->mw_endpoint;
}

void epcscf_set_peer(struct epcscf *e, const char *peer_mw)
{
	struct actor_url u;

	e->peer[0] = '\0';
	if (peer_mw && actor_url_read(&u, peer_mw))
		snprintf(e->peer, sizeof(e->peer), "%s", strchr(u.endpoint, ':') + 1);
}

void epcscf_set_w5(struct epcscf *e, const char *w5)
{
	snprintf(e->w5, sizeof(e->w5), "%s", w5 ? w5 : "");
}

void epcscf_on_send_mw(struct epcscf *e, actor_edit *edit, void *arg)
{
	e->style_mw.edit = edit;
	e->style_mw.edit_arg = arg;
}

void epcscf_on_send_w2(struct epcscf *e, actor_edit *edit, void *arg)
{
	e->style_w2.edit = edit;
	e->style_w2.edit_arg = arg;
}
