#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/conn_impl.h"

struct request {
	struct request *next;
	struct http_client *client;
	http_answer *answer;
	void *arg;
	uint64_t timer;
	size_t n;
	char bytes[];
};

struct http_client {
	struct guest guest;
	struct fabric *fabric;
	struct loop *loop;
	char *endpoint, *server_name, *tag;
	int64_t timeout_us;
	struct link *link;              /* NULL: none at the moment */
	struct http_reader *reader;
	struct request *first, **last;
	bool in_flight;                 /* the first one was sent */
	bool over;
	char why[160];                  /* of a connect that failed at once */
};

static void pump(struct http_client *c);
static void on_bytes(struct link *l, struct span bytes, void *arg);
static void on_closed(struct link *l, const char *why, void *arg);

static char *copy(const char *z)
{
	return z ? span_dup(span_str(z)) : NULL;
}

/* ---- the link ---- */

static int open_link(struct http_client *c, struct err *err)
{
	struct link_calls calls = { .bytes = on_bytes, .closed = on_closed,
				    .arg = c };

	c->link = fabric_connect(c->fabric, c->endpoint, c->server_name, calls,
				 err);
	if (!c->link)
		return -1;
	link_set_tag(c->link, c->tag);
	c->reader = http_reader_new(false);
	return 0;
}

static void forget_link(struct http_client *c)
{
	c->link = NULL;
	c->in_flight = false;
	http_reader_dispose(c->loop, c->reader);
	c->reader = NULL;
}

static void close_link(struct http_client *c)
{
	if (!c->link)
		return;
	link_close(c->link);
	forget_link(c);
}

/* ---- requests ---- */

static void unlink_request(struct http_client *c, struct request *r)
{
	struct request **p = &c->first;

	while (*p != r)
		p = &(*p)->next;
	*p = r->next;
	if (c->last == &r->next)
		c->last = p;
	loop_cancel(c->loop, r->timer);
}

/* Takes r off and answers it; c may be over afterwards. */
static void answer(struct http_client *c, struct request *r,
		   const struct http_msg *m, const char *why)
{
	unlink_request(c, r);
	r->answer(c, m, why, r->arg);
	free(r);
}

static void too_late(void *arg)
{
	struct request *r = arg;
	struct http_client *c = r->client;
	char why[80];

	snprintf(why, sizeof why, "no answer within %lld ms",
		 (long long)(c->timeout_us / 1000));
	if (r == c->first)
		close_link(c);
	answer(c, r, NULL, why);
	pump(c);
}

static void connect_failed(void *arg)
{
	struct http_client *c = arg;

	if (c->first && !c->link)
		answer(c, c->first, NULL, c->why);
	pump(c);
}

/* Sends the first request, on a new link where there is none. */
static void pump(struct http_client *c)
{
	struct err err = { 0 };

	if (c->over || !c->first || c->in_flight)
		return;
	if (!c->link && open_link(c, &err) < 0) {
		snprintf(c->why, sizeof c->why, "%.150s", err.text);
		loop_forget(c->loop, c);
		loop_soon(c->loop, connect_failed, c);
		return;
	}
	struct span bytes = { c->first->bytes, c->first->n };

	c->in_flight = true;
	if (span_starts(bytes, S("HEAD ")) || span_starts(bytes, S("CONNECT ")))
		http_reader_no_body(c->reader);
	link_send(c->link, bytes);
}

/* ---- answers ---- */

static void answered(struct http_client *c, const struct http_msg *m)
{
	c->in_flight = false;
	if (!m->keep_alive || m->status == 101)
		close_link(c);
	answer(c, c->first, m, NULL);
}

static void on_bytes(struct link *l, struct span bytes, void *arg)
{
	struct http_client *c = arg;
	struct http_msg m;
	bool done;

	while (!c->over && c->link == l && bytes.n) {
		if (!c->in_flight) {
			close_link(c);  /* nobody asked */
			return;
		}
		long n = http_reader_feed(c->reader, bytes, &m, &done);

		if (n < 0) {
			snprintf(c->why, sizeof c->why, "not HTTP: %.140s",
				 http_reader_why(c->reader));
			close_link(c);
			answer(c, c->first, NULL, c->why);
			break;
		}
		bytes = span_from(bytes, (size_t)n);
		if (done && (m.status >= 200 || m.status == 101))
			answered(c, &m);
	}
	pump(c);
}

static void on_closed(struct link *l, const char *why, void *arg)
{
	struct http_client *c = arg;
	bool waiting = c->in_flight;
	struct http_msg m;

	(void)l;
	if (waiting && http_reader_eof(c->reader, &m)) {
		forget_link(c);
		answer(c, c->first, &m, NULL);
	} else {
		forget_link(c);
		if (waiting)
			answer(c, c->first, NULL, why);
	}
	pump(c);
}

/* ---- what the owner sees ---- */

static void dispose(void *arg)
{
	struct http_client *c = arg;

	http_reader_free(c->reader);
	free(c->endpoint);
	free(c->server_name);
	free(c->tag);
	free(c);
}

static void leave(struct http_client *c)
{
	c->over = true;
	while (c->first) {
		struct request *r = c->first;

		unlink_request(c, r);
		free(r);
	}
	loop_forget(c->loop, c);
	loop_dispose(c->loop, dispose, c);
}

static void kill(struct guest *g)
{
	leave((struct http_client *)g);
}

struct http_client *http_client_new(struct fabric *f, const char *endpoint,
				    const char *server_name,
				    int64_t timeout_us, struct err *err)
{
	struct http_client *c = must_alloc(sizeof *c);

	c->fabric = f;
	c->loop = f->loop;
	c->endpoint = copy(endpoint);
	c->server_name = copy(server_name);
	c->timeout_us = timeout_us;
	c->last = &c->first;
	if (open_link(c, err) < 0) {
		dispose(c);
		return NULL;
	}
	guest_add(f, &c->guest, kill);
	return c;
}

void http_client_send(struct http_client *c, struct span whole_message,
		      http_answer *fn, void *arg)
{
	if (c->over)
		return;
	struct request *r = must_alloc(sizeof *r + whole_message.n);

	r->client = c;
	r->answer = fn;
	r->arg = arg;
	r->n = whole_message.n;
	if (r->n)
		memcpy(r->bytes, whole_message.p, r->n);
	r->timer = loop_after(c->loop, c->timeout_us, too_late, r);
	*c->last = r;
	c->last = &r->next;
	pump(c);
}

void http_client_set_tag(struct http_client *c, const char *tag)
{
	free(c->tag);
	c->tag = copy(tag);
	if (c->link)
		link_set_tag(c->link, tag);
}

void http_client_free(struct http_client *c)
{
	if (!c || c->over)
		return;
	close_link(c);
	guest_remove(c->fabric, &c->guest);
	leave(c);
}
