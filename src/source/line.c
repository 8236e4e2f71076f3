/* The line of HTTP requests of one connection that wait for their answers. */
#include <stdlib.h>

#include "base/err.h"
#include "source/decoder.h"

/* A browser waits for one answer as a rule, and there may be many of them. */
static struct http_line *grow(struct conn *c)
{
	struct http_line *old = c->line, *l;
	unsigned room = old ? old->room * 4 : 1;

	l = must_alloc(sizeof *l + room * sizeof *l->at);
	l->first = 0;
	l->n = old ? old->n : 0;
	l->room = room;
	for (unsigned i = 0; i < l->n; i++)
		l->at[i] = old->at[(old->first + i) % old->room];
	free(old);
	return c->line = l;
}

void line_push(struct decoder *d, struct conn *c, const struct http_msg *m,
	       const struct ev *e)
{
	struct http_line *l = c->line;

	if (l && l->n == HTTP_WAITING) {     /* a peer that never answers */
		if (d->gone_http++ == 0)
			decoder_trouble(d, "connection %u: over %u HTTP "
					"requests wait for answers, the "
					"oldest are given up", c->id,
					HTTP_WAITING);
		line_pop(c);
	}
	if (!l || l->n == l->room)
		l = grow(c);
	struct http_wait *w = &l->at[(l->first + l->n++) % l->room];

	w->about = ABOUT_OTHER;
	w->point = e->on;
	w->from = e->from;
	w->to = e->to;
	w->head = span_eq(m->method, S("HEAD"));
	w->password = PROOF_UNKNOWN;
	w->user[0] = w->token[0] = w->session[0] = w->host[0] = '\0';
	w->number = ++c->requests;
}

struct http_wait *line_front(const struct conn *c)
{
	return c->line && c->line->n ? &c->line->at[c->line->first] : NULL;
}

struct http_wait *line_newest(const struct conn *c)
{
	const struct http_line *l = c->line;

	if (!l || !l->n)
		return NULL;
	return &c->line->at[(l->first + l->n - 1) % l->room];
}

void line_pop(struct conn *c)
{
	struct http_line *l = c->line;

	if (!l || !l->n)
		return;
	l->first = (l->first + 1) % l->room;
	l->n--;
}
