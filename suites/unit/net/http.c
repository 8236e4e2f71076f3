/* HTTP client and server on every carrier. */
#include "http_web.h"

static void one_after_another(void **state)
{
	struct web w;

	web_start(&w, *state);
	struct http_client *c = client(&w, KIT_WAIT_US / 2);

	ask(&w, c, "GET", "/1", SPAN_NONE);
	ask(&w, c, "POST", "/2", S("two"));
	ask(&w, c, "PUT", "/3", S(""));
	assert_int_equal(w.answers, 0);
	await(&w, 1);
	KIT_ASSERT_SPAN(buf_span(&w.body), "/1");
	await(&w, 2);
	KIT_ASSERT_SPAN(buf_span(&w.body), "two");
	await(&w, 3);
	assert_int_equal(w.status, 200);
	assert_string_equal(w.seen, "GET /1;POST /2;PUT /3;");
	assert_int_equal(w.accepted, 1);
	http_client_free(c);
	kit_until(w.k, server_is_closed, &w);
	buf_free(&w.body);
}

static void head_only(struct web *w, struct http_server *s,
		      const struct http_msg *m)
{
	(void)w;
	(void)m;
	http_server_reply(s, S("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"));
}

/* The answer to HEAD announces a body that does not come. */
static void head_has_no_body(void **state)
{
	struct web w;

	web_start(&w, *state);
	struct http_client *c = client(&w, KIT_WAIT_US / 2);

	w.on_request = head_only;
	ask(&w, c, "HEAD", "/", SPAN_NONE);
	await(&w, 1);
	w.on_request = echo;
	ask(&w, c, "GET", "/after", SPAN_NONE);
	await(&w, 2);
	KIT_ASSERT_SPAN(buf_span(&w.body), "/after");
	http_client_free(c);
	buf_free(&w.body);
}

static void large_bodies(void **state)
{
	struct web w;
	size_t n = LIMIT_HTTP_BODY;
	char *p = malloc(n);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 7 + (i >> 12));
	web_start(&w, *state);
	struct http_client *c = client(&w, KIT_WAIT_US / 2);

	ask(&w, c, "POST", "/", (struct span){ p, n });
	await(&w, 1);
	assert_int_equal(w.body.n, n);
	assert_memory_equal(w.body.p, p, n);
	http_client_free(c);
	buf_free(&w.body);
	free(p);
}

static void reply_later(struct web *w, struct http_server *s,
			const struct http_msg *m)
{
	(void)w;
	(void)s;
	(void)m;
}

static bool has_request(void *arg)
{
	const struct web *w = arg;

	return w->requests >= w->want;
}

/* Two requests in one go: the second is shown once the first is answered. */
static void pipelined(void **state)
{
	struct kit *k = *state;
	struct web w;
	struct end a;

	web_start(&w, k);
	w.on_request = reply_later;
	w.want = 1;
	end_init(&a);
	kit_connect(k, &a, listener_endpoint(w.li));
	link_send(a.link, S("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
			    "GET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET"));
	kit_until(k, has_request, &w);
	loop_pass(k->loop, 10000);
	assert_string_equal(w.seen, "GET /1;");
	w.want = 2;
	reply(w.last, 200, S("first"), NULL);
	assert_int_equal(w.requests, 1);        /* not from inside the reply */
	kit_until(k, has_request, &w);
	assert_string_equal(w.seen, "GET /1;GET /2;");
	reply(w.last, 204, SPAN_NONE, "Connection: close");
	kit_until(k, end_is_closed, &a);
	assert_true(span_find(buf_span(&a.got), S("first")) > 0);
	assert_true(span_find(buf_span(&a.got), S("204 No Content")) > 0);
	assert_int_equal(w.closed, 1);
	buf_free(&a.got);
	buf_free(&w.body);
}

/* The server closes after each answer; the client opens a new link. */
static void close_each(struct web *w, struct http_server *s,
		       const struct http_msg *m)
{
	(void)w;
	reply(s, 200, m->target, "Connection: close");
}

static void opened_again(void **state)
{
	struct web w;

	web_start(&w, *state);
	w.on_request = close_each;
	struct http_client *c = client(&w, KIT_WAIT_US / 2);

	ask(&w, c, "GET", "/1", SPAN_NONE);
	ask(&w, c, "GET", "/2", SPAN_NONE);
	await(&w, 1);
	await(&w, 2);
	KIT_ASSERT_SPAN(buf_span(&w.body), "/2");
	assert_int_equal(w.accepted, 2);
	http_client_free(c);
	buf_free(&w.body);
}

static void without_length(struct web *w, struct http_server *s,
			   const struct http_msg *m)
{
	(void)w;
	(void)m;
	http_server_reply(s, S("HTTP/1.1 100 Continue\r\n\r\n"));
	http_server_reply(s, S("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
			       "till the end"));
}

static void body_till_the_end(void **state)
{
	struct web w;

	web_start(&w, *state);
	w.on_request = without_length;
	struct http_client *c = client(&w, KIT_WAIT_US / 2);

	ask(&w, c, "GET", "/", SPAN_NONE);
	await(&w, 1);
	assert_int_equal(w.status, 200);
	KIT_ASSERT_SPAN(buf_span(&w.body), "till the end");
	http_client_free(c);
	buf_free(&w.body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_EACH(one_after_another),
		KIT_EACH(head_has_no_body),
		KIT_EACH(large_bodies),
		KIT_EACH(pipelined),
		KIT_EACH(opened_again),
		KIT_EACH(body_till_the_end),
	};

	return cmocka_run_group_tests_name("net/http", tests, NULL, NULL);
}
