/* The line of HTTP requests of one connection that wait for their answers. */
#include <stdlib.h>

#include "base/err.h"
#include "source/decoder.h"

void line_push(struct decoder *d, struct conn *c, const struct http_msg *m,
	       const struct ev *e)
{
	struct http_line *l = c->line;

	if (!l)
		l = c->line = must_alloc(sizeof *l);
	if (l->n == HTTP_WAITING) {     /* a peer that never answers */
		if (d->gone_http++ == 0)
			decoder_trouble(d, "connection %u: over %u HTTP "
					"requests wait for answers, the "
					"oldest are given up", c->id,
					HTTP_WAITING);
		line_pop(c);
	}
	struct http_wait *w = &l->at[(l->first + l->n++) % HTTP_WAITING];

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
	return &c->line->at[(l->first + l->n - 1) % HTTP_WAITING];
}

void line_pop(struct conn *c)
{
	struct http_line *l = c->line;

	if (!l || !l->n)
		return;
	l->first = (l->first + 1) % HTTP_WAITING;
	l->n--;
}
