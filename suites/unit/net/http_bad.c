/* HTTP when the other side is silent, gone or talks nonsense, and when the
 * owner leaves in the middle. */
#include "http_web.h"

static void reply_later(struct web *w, struct http_server *s,
			const struct http_msg *m)
{
	(void)w;
	(void)s;
	(void)m;
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
		KIT_EACH(no_answer),
		KIT_EACH(nobody_there),
		KIT_EACH(answer_is_no_http),
		KIT_EACH(answer_cut_off),
		KIT_EACH(request_is_no_http),
		KIT_EACH(flood_of_requests),
		KIT_EACH(freed_in_its_own_answer),
		KIT_EACH(closed_in_its_own_request),
	};

	return cmocka_run_group_tests_name("net/http_bad", tests, NULL, NULL);
}
