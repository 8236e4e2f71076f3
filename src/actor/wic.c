#include "actor/wic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/wic_priv.h"

const char *wic_home(const struct wic *w)
{
	return w->env.profile->home_domain ? w->env.profile->home_domain : "invalid";
}

void wic_new_page(struct wic *w)
{
	char hex[33];

	loop_random_hex(w->env.loop, hex, 32);
	snprintf(w->host, sizeof(w->host), "%.12s.invalid", hex);
	loop_random_hex(w->env.loop, hex, 32);
	snprintf(w->instance, sizeof(w->instance), "urn:uuid:%.8s-%.4s-4%.3s-8%.3s-%.12s", hex,
		 hex + 8, hex + 12, hex + 15, hex + 18);
	loop_random_hex(w->env.loop, w->call, 24);
	loop_random_hex(w->env.loop, w->tag, 10);
	w->cseq = 0;
}

struct wic *wic_new(const struct wic_config *c, struct err *err)
{
	struct wic *w = must_alloc(sizeof(*w));
	struct actor_url u;

	if ((c->w1 && !actor_url_read(&u, c->w1)) || (c->w2 && !actor_url_read(&u, c->w2))) {
		err_set(err, EXIT_USAGE, "%s, %s: no end point", c->w1 ? c->w1 : "-",
			c->w2 ? c->w2 : "-");
		free(w);
		return NULL;
	}
	w->env = c->env;
	w->style.variants = &w->env.variants;
	w->txns.loop = w->env.loop;
	snprintf(w->label, sizeof(w->label), "%s", c->label);
	snprintf(w->w1, sizeof(w->w1), "%s", c->w1 ? c->w1 : "");
	snprintf(w->w2, sizeof(w->w2), "%s", c->w2 ? c->w2 : "");
	w->session.valid_us = -1;
	w->granted_s = -1;
	wic_new_page(w);
	return w;
}

void wic_free(struct wic *w)
{
	if (!w)
		return;
	txn_forget(&w->txns, NULL);
	wic_w1_free(w);
	if (w->open_timer)
		loop_cancel(w->env.loop, w->open_timer);
	if (w->ws)
		ws_drop(w->ws);
	free(w->page);
	free(w->reg.token);
	free(w->reg.authorization);
	free(w);
}

const char *wic_label(const struct wic *w)
{
	return w->label;
}
