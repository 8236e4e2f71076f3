/* For the HTTP tests: a server that answers as told, and a client's view. */
#ifndef UNIT_NET_HTTP_WEB_H
#define UNIT_NET_HTTP_WEB_H

#include "kit.h"

#include "base/limits.h"

struct web {
	struct kit *k;
	struct listener *li;
	struct http_server *last;
	void (*on_request)(struct web *w, struct http_server *s,
			   const struct http_msg *m);
	unsigned requests, accepted, closed;
	unsigned want;          /* requests */
	char seen[4096];        /* "GET /a;" ... */
	/* the client's side */
	unsigned answers;
	int status;
	char why[256];
	struct buf body;
};

static inline void request(struct http_server *s, const struct http_msg *m, void *arg)
{
	struct web *w = arg;
	size_t n = strlen(w->seen);

	w->last = s;
	w->requests++;
	snprintf(w->seen + n, sizeof w->seen - n, "%.*s %.*s;",
		 SPAN(m->method), SPAN(m->target));
	w->on_request(w, s, m);
}

static inline void server_closed(struct http_server *s, void *arg)
{
	struct web *w = arg;

	w->closed++;
	http_server_close(s);           /* harmless here */
	http_server_reply(s, S("HTTP/1.1 200 OK\r\n\r\n"));
}

static inline void accept_http(struct link *l, void *arg)
{
	struct web *w = arg;
	struct http_server *s = http_server_new(l, (struct http_server_calls){
		request, server_closed, w });

	w->accepted++;
	assert_ptr_equal(http_server_link(s), l);
}

static inline void reply(struct http_server *s, int status, struct span body,
		  const char *extra)
{
	struct buf b;

	buf_init(&b, 2 * LIMIT_HTTP_BODY);
	http_put_status(&b, status);
	if (extra)
		http_put(&b, "%s", extra);
	http_put_end(&b, body, true);
	http_server_reply(s, buf_span(&b));
	buf_free(&b);
}

static inline void echo(struct web *w, struct http_server *s, const struct http_msg *m)
{
	(void)w;
	reply(s, 200, m->body.n ? m->body : m->target, NULL);
}

static inline void web_start(struct web *w, struct kit *k)
{
	*w = (struct web){ .k = k, .on_request = echo };
	buf_init(&w->body, 2 * LIMIT_HTTP_BODY);
	w->li = kit_listen(k, accept_http, w);
}

static inline void answered(struct http_client *c, const struct http_msg *m,
		     const char *why, void *arg)
{
	struct web *w = arg;

	(void)c;
	w->answers++;
	w->status = m ? m->status : -1;
	snprintf(w->why, sizeof w->why, "%s", m ? "" : why);
	assert_true(m || why);
	buf_clear(&w->body);
	if (m)
		buf_add(&w->body, m->body);
}

static inline struct http_client *client(struct web *w, int64_t timeout_us)
{
	struct err err = { 0 };
	struct http_client *c = http_client_new(w->k->f,
						listener_endpoint(w->li), NULL,
						timeout_us, &err);

	if (!c)
		fail_msg("%s", err.text);
	http_client_set_tag(c, "client");
	return c;
}

static inline void ask(struct web *w, struct http_client *c, const char *method,
		const char *target, struct span body)
{
	struct buf b;

	buf_init(&b, 2 * LIMIT_HTTP_BODY);
	http_put_request(&b, span_str(method), span_str(target));
	http_put(&b, "Host: x");
	http_put_end(&b, body, true);
	http_client_send(c, buf_span(&b), answered, w);
	buf_free(&b);
}

static unsigned want_answers;

static inline bool enough(void *arg)
{
	return ((struct web *)arg)->answers >= want_answers;
}

static inline void await(struct web *w, unsigned answers)
{
	want_answers = answers;
	kit_until(w->k, enough, w);
	assert_int_equal(w->answers, answers);
}

static inline bool server_is_closed(void *arg)
{
	return ((struct web *)arg)->closed > 0;
}

#endif
