#include "actor/wwsf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/wwsf_priv.h"

/* Where the profile speaks W1 by templates, we listen where they point. */
static bool posts_to(const struct http_msg *m, const struct w1_call *call, const char *path)
{
	if (call && call->present && call->path)
		path = call->path;
	return span_eq(m->method, S("POST")) && span_eq(m->target, span_str(path));
}

static void on_request(struct http_server *s, const struct http_msg *m, void *arg)
{
	struct wwsf *w = arg;
	const struct w1_speech *w1 = &w->env.profile->w1;
	struct buf b;

	if (posts_to(m, &w1->refresh, "/session/refresh")) {
		wwsf_refresh_token(w, s, m);
	} else if (posts_to(m, &w1->login, "/session") ||
		   posts_to(m, &w1->anonymous, "/session")) {
		wwsf_login(w, s, m);
	} else if (posts_to(m, NULL, "/session/bye")) {
		wwsf_bye(w, s, m);
	} else if (span_eq(m->method, S("GET")) && span_eq(m->target, S("/"))) {
		buf_init(&b, LIMIT_HTTP_BODY);
		wwsf_page(w, &b);
		serve_reply(s, 200, "text/html; charset=utf-8", buf_span(&b), NULL);
		buf_free(&b);
	} else {
		wwsf_error(s, 404, "nothing here");
	}
}

static void on_closed(struct http_server *s, void *arg)
{
	wwsf_w1_closed(arg, s);
}

struct wwsf *wwsf_new(const struct wwsf_config *c, struct err *err)
{
	const struct profile *p = c->env.profile;
	struct wwsf *w = must_alloc(sizeof(*w));

	w->env = c->env;
	w->fetches.env = &w->env;
	snprintf(w->name, sizeof(w->name), "%s",
		 c->name ? c->name : p->n_pools ? p->pools[0].wwsf : "wwsf");
	snprintf(w->w4, sizeof(w->w4), "%s", c->w4 ? c->w4 : "");
	wwsf_set_w2(w, c->w2);
	w->serve = serve_new(&(struct serve_config){ .env = &w->env, .url = c->listen,
		.plain = wwsf_flaw(w, FLAW_PLAIN_W1), .tag = "W1 wwsf",
		.request = on_request, .closed = on_closed, .arg = w }, err);
	if (!w->serve) {
		free(w);
		return NULL;
	}
	w->windows = must_alloc((p->n_pairs + 1) * sizeof(*w->windows));
	return w;
}

void wwsf_free(struct wwsf *w)
{
	if (!w)
		return;
	wwsf_forget_asks(w);
	serve_free(w->serve);
	free(w->windows);
	free(w);
}

const char *wwsf_w1(const struct wwsf *w)
{
	return serve_url(w->serve);
}

void wwsf_set_w2(struct wwsf *w, const char *w2)
{
	snprintf(w->w2, sizeof(w->w2), "%s", w2 ? w2 : "");
}

void wwsf_restart(struct wwsf *w)
{
	wwsf_forget_asks(w);
	serve_drop_all(w->serve);
	memset(w->sessions, 0, sizeof(w->sessions));
	if (wwsf_flaw(w, FLAW_FORGETS_WINDOWS_ON_RESTART))
		memset(w->windows, 0, w->env.profile->n_pairs * sizeof(*w->windows));
}
