/* HTTP client and server on every carrier. */
#include "kit.h"

#include "base/limits.h"

struct web {
	struct kit *k;
	struct listener *li;
	struct http_server *last;
	void (*on_request)(struct web *w, struct http_server *s,
			   const struct http_msg *m);
	unsigned requests, accepted, closed;
	char seen[4096];        /* "GET /a;" ... */
	/* the client's side */
	unsigned answers;
	int status;
	char why[256];
	struct buf body;
};

static void request(struct http_server *s, const struct http_msg *m, void *arg)
{
	struct web *w = arg;
	size_t n = strlen(w->seen);

	w->last = s;
	w->requests++;
	snprintf(w->seen + n, sizeof w->seen - n, "%.*s %.*s;",
		 SPAN(m->method), SPAN(m->target));
	w->on_request(w, s, m);
}

static void server_closed(struct http_server *s, void *arg)
{
	struct web *w = arg;

	w->closed++;
	http_server_close(s);           /* harmless here */
	http_server_reply(s, S("HTTP/1.1 200 OK\r\n\r\n"));
}

static void accept_http(struct link *l, void *arg)
{
	struct web *w = arg;
	struct http_server *s = http_server_new(l, (struct http_server_calls){
		request, server_closed, w });

	w->accepted++;
	assert_ptr_equal(http_server_link(s), l);
}

static void reply(struct http_server *s, int status, struct span body,
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

static void echo(struct web *w, struct http_server *s, const struct http_msg *m)
{
	(void)w;
	reply(s, 200, m->body.n ? m->body : m->target, NULL);
}

static void web_start(struct web *w, struct kit *k)
{
	*w = (struct web){ .k = k, .on_request = echo };
	buf_init(&w->body, 2 * LIMIT_HTTP_BODY);
	w->li = kit_listen(k, accept_http, w);
}

static void answered(struct http_client *c, const struct http_msg *m,
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

static struct http_client *client(struct web *w, int64_t timeout_us)
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

static void ask(struct web *w, struct http_client *c, const char *method,
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

static bool enough(void *arg)
{
	return ((struct web *)arg)->answers >= want_answers;
}

static void await(struct web *w, unsigned answers)
{
	want_answers = answers;
	kit_until(w->k, enough, w);
	assert_int_equal(w->answers, answers);
}

static bool server_is_closed(void *arg)
{
	return ((struct web *)arg)->closed > 0;
}

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

/* Two requests in one go: the second is shown once the first is answered. */
static void pipelined(void **state)
{
	struct kit *k = *state;
	struct web w;
	struct end a;

	web_start(&w, k);
	w.on_request = reply_later;
	end_init(&a);
	kit_connect(k, &a, listener_endpoint(w.li));
	link_send(a.link, S("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
			    "GET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET"));
	loop_pass(k->loop, 30000);
	assert_string_equal(w.seen, "GET /1;");
	reply(w.last, 200, S("first"), NULL);
	assert_int_equal(w.requests, 1);        /* not from inside the reply */
	loop_pass(k->loop, 30000);
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

static void no_answer(void **state)
{
	struct web w;

	web_start(&w, *state);
	w.on_request = reply_later;
	struct http_client *c = client(&w, 50000);

	ask(&w, c, "GET", "/1", SPAN_NONE);
	await(&w, 1);
	assert_int_equal(w.status, -1);
	assert_string_equal(w.why, "no answer within 50 ms");
	kit_until(w.k, server_is_closed, &w);
	/* It is still good for the next one. */
	w.on_request = echo;
	ask(&w, c, "GET", "/2", SPAN_NONE);
	await(&w, 2);
	assert_int_equal(w.status, 200);
	http_client_free(c);
	buf_free(&w.body);
}

static void nobody_there(void **state)
{
	struct web w;
	struct err err = { 0 };

	web_start(&w, *state);
	struct http_client *c = client(&w, KIT_WAIT_US / 2);

	listener_close(w.li);
	if (w.k->kind.memory) {
		ask(&w, c, "GET", "/", SPAN_NONE);
		await(&w, 1);
		assert_string_equal(w.why, "connection refused");
	}
	loop_pass(w.k->loop, 20000);
	ask(&w, c, "GET", "/", SPAN_NONE);
	ask(&w, c, "GET", "/", SPAN_NONE);
	assert_true(w.answers <= 1);
	await(&w, w.answers + 1);
	assert_int_equal(w.status, -1);
	await(&w, w.answers + 1);
	assert_string_equal(w.why, "connection refused");
	http_client_free(c);
	assert_null(http_client_new(w.k->f, "nonsense", NULL, 1, &err));
	assert_int_equal(err.exit, EXIT_USAGE);
	buf_free(&w.body);
}

static void garbage(struct web *w, struct http_server *s,
		    const struct http_msg *m)
{
	(void)w;
	(void)m;
	http_server_reply(s, S("SIP/2.0 200 OK\r\n\r\n"));
}

static void answer_is_no_http(void **state)
{
	struct web w;

	web_start(&w, *state);
	w.on_request = garbage;
	struct http_client *c = client(&w, KIT_WAIT_US / 2);

	ask(&w, c, "GET", "/", SPAN_NONE);
	await(&w, 1);
	assert_non_null(strstr(w.why, "not HTTP"));
	http_client_free(c);
	buf_free(&w.body);
}

static void cut_off(struct web *w, struct http_server *s,
		    const struct http_msg *m)
{
	(void)w;
	(void)m;
	link_send(http_server_link(s),
		  S("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal"));
	http_server_close(s);
}

static void answer_cut_off(void **state)
{
	struct web w;

	web_start(&w, *state);
	w.on_request = cut_off;
	struct http_client *c = client(&w, KIT_WAIT_US / 2);

	ask(&w, c, "GET", "/", SPAN_NONE);
	await(&w, 1);
	assert_int_equal(w.status, -1);
	assert_string_equal(w.why, "closed by peer");
	assert_int_equal(w.closed, 0);  /* http_server_close tells nobody */
	http_client_free(c);
	buf_free(&w.body);
}

static void request_is_no_http(void **state)
{
	struct kit *k = *state;
	struct web w;
	struct end a, b;

	web_start(&w, k);
	end_init(&a);
	end_init(&b);
	kit_connect(k, &a, listener_endpoint(w.li));
	kit_connect(k, &b, listener_endpoint(w.li));
	link_send(a.link, S("\x16\x03\x01 what is this?\r\n\r\n"));
	link_send(b.link, S("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
	kit_until(k, end_is_closed, &a);
	KIT_ASSERT_SPAN(span_sub(buf_span(&a.got), 0, 12), "HTTP/1.1 400");
	assert_int_equal(w.closed, 1);
	/* The other one is served. */
	kit_wait_bytes(k, &b, 12);
	KIT_ASSERT_SPAN(span_sub(buf_span(&b.got), 0, 12), "HTTP/1.1 200");
	assert_false(b.closed);
	buf_free(&a.got);
	buf_free(&b.got);
	buf_free(&w.body);
}

/* Requests and requests while the first one is not answered. */
static void flood_of_requests(void **state)
{
	struct kit *k = *state;
	struct web w;
	struct end a;

	web_start(&w, k);
	w.on_request = reply_later;
	end_init(&a);
	kit_connect(k, &a, listener_endpoint(w.li));
	for (unsigned i = 0; i < 20000; i++)
		link_send(a.link, S("GET /f HTTP/1.1\r\nHost: x\r\n\r\n"));
	kit_until(k, end_is_closed, &a);
	assert_int_equal(w.requests, 1);
	assert_int_equal(w.closed, 1);
	buf_free(&a.got);
	buf_free(&w.body);
}

static void free_in_answer(struct http_client *c, const struct http_msg *m,
			   const char *why, void *arg)
{
	answered(c, m, why, arg);
	http_client_free(c);
	http_client_free(c);
	ask(arg, c, "GET", "/never", SPAN_NONE);
}

static void freed_in_its_own_answer(void **state)
{
	struct web w;

	web_start(&w, *state);
	struct http_client *c = client(&w, KIT_WAIT_US / 2);

	http_client_send(c, S("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
			 free_in_answer, &w);
	ask(&w, c, "GET", "/second", SPAN_NONE);
	await(&w, 1);
	loop_pass(w.k->loop, 20000);
	assert_int_equal(w.answers, 1);
	buf_free(&w.body);
}

static void close_in_request(struct web *w, struct http_server *s,
			     const struct http_msg *m)
{
	reply(s, 200, S("x"), NULL);
	http_server_close(s);
	KIT_ASSERT_SPAN(m->target, "/only");
	(void)w;
}

static void closed_in_its_own_request(void **state)
{
	struct web w;

	web_start(&w, *state);
	w.on_request = close_in_request;
	struct http_client *c = client(&w, KIT_WAIT_US / 2);

	ask(&w, c, "GET", "/only", SPAN_NONE);
	await(&w, 1);
	assert_int_equal(w.status, 200);
	assert_int_equal(w.closed, 0);
	buf_free(&w.body);      /* the client goes with the fabric */
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
		KIT_EACH(no_answer),
		KIT_EACH(nobody_there),
		KIT_EACH(answer_is_no_http),
		KIT_EACH(answer_cut_off),
		KIT_EACH(request_is_no_http),
		KIT_EACH(flood_of_requests),
		KIT_EACH(freed_in_its_own_answer),
		KIT_EACH(closed_in_its_own_request),
	};

	return cmocka_run_group_tests_name("net/http", tests, NULL, NULL);
}
