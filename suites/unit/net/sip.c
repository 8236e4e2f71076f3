/* SIP over streams on every carrier. */
#include "kit.h"

#include "base/limits.h"

#define OPTIONS(id, body) \
	"OPTIONS sip:a@example.org SIP/2.0\r\n" \
	"Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK" id "\r\n" \
	"From: <sip:b@example.org>;tag=1\r\nTo: <sip:a@example.org>\r\n" \
	"Call-ID: " id "\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n" \
	"Content-Length: " body

struct side {
	struct sip_conn *c;
	struct buf calls;       /* Call-IDs */
	unsigned messages, closed;
	size_t body;
	bool free_at_once;
};

struct talk {
	struct kit *k;
	struct listener *li;
	struct side client, server;
	unsigned accepted;
};

static void message(struct sip_conn *c, const struct sip_msg *m, void *arg)
{
	struct side *s = arg;

	assert_ptr_equal(c, s->c);
	s->messages++;
	s->body += m->body.n;
	buf_addf(&s->calls, "%.*s;", SPAN(sip_get(m, SIP_H_CALL_ID)));
	if (s->free_at_once)
		sip_conn_free(c);
}

static void closed(struct sip_conn *c, void *arg)
{
	struct side *s = arg;

	assert_ptr_equal(c, s->c);
	assert_non_null(sip_conn_link(c));
	s->closed++;
}

static void accept_sip(struct link *l, void *arg)
{
	struct talk *t = arg;

	t->accepted++;
	t->server.c = sip_conn_new(l, message, closed, &t->server);
}

static void talk_open(struct talk *t, struct kit *k)
{
	*t = (struct talk){ .k = k };
	buf_init(&t->client.calls, 1u << 20);
	buf_init(&t->server.calls, 1u << 20);
	t->li = kit_listen(k, accept_sip, t);
	struct link *l = fabric_connect(k->f, listener_endpoint(t->li), NULL,
					(struct link_calls){ 0 }, NULL);

	t->client.c = sip_conn_new(l, message, closed, &t->client);
	assert_ptr_equal(sip_conn_link(t->client.c), l);
}

static void talk_close(struct talk *t)
{
	sip_conn_free(t->client.c);
	buf_free(&t->client.calls);
	buf_free(&t->server.calls);
}

static unsigned want;

static bool side_has(void *arg)
{
	return ((struct side *)arg)->messages >= want;
}

static void await(struct talk *t, struct side *s, unsigned messages)
{
	want = messages;
	kit_until(t->k, side_has, s);
}

static bool side_closed(void *arg)
{
	return ((struct side *)arg)->closed > 0;
}

static void both_ways(void **state)
{
	struct talk t;

	talk_open(&t, *state);
	sip_conn_send(t.client.c, S(OPTIONS("c1", "5\r\n\r\nhello")
				    "\r\n\r\n" OPTIONS("c2", "0\r\n\r\n")));
	await(&t, &t.server, 2);
	assert_string_equal(buf_str(&t.server.calls), "c1;c2;");
	assert_int_equal(t.server.body, 5);
	sip_conn_send(t.server.c, S(OPTIONS("s1", "0\r\n\r\n")));
	await(&t, &t.client, 1);
	assert_string_equal(buf_str(&t.client.calls), "s1;");
	sip_conn_free(t.server.c);
	kit_until(t.k, side_closed, &t.client);
	assert_int_equal(t.server.closed, 0);
	assert_null(sip_conn_link(t.client.c));
	sip_conn_send(t.client.c, S("never"));
	talk_close(&t);
}

static void byte_by_byte(void **state)
{
	static const char m[] = "\r\n" OPTIONS("b1", "3\r\n\r\nabc")
				OPTIONS("b2", "0\r\n\r\n");
	struct talk t;

	talk_open(&t, *state);
	for (size_t i = 0; i < sizeof m - 1; i++) {
		sip_conn_send(t.client.c, (struct span){ m + i, 1 });
		loop_pass(t.k->loop, 1);
	}
	await(&t, &t.server, 2);
	assert_string_equal(buf_str(&t.server.calls), "b1;b2;");
	assert_int_equal(t.server.body, 3);
	talk_close(&t);
}

static void many_and_large(void **state)
{
	enum { N = 30, BODY = 60000 };
	struct talk t;
	struct buf b;

	talk_open(&t, *state);
	buf_init(&b, 4u << 20);
	for (unsigned i = 0; i < N; i++) {
		buf_addf(&b, OPTIONS("m", "%d\r\n\r\n"), BODY);
		for (unsigned n = 0; n < BODY; n++)
			buf_addc(&b, 'x');
	}
	sip_conn_send(t.client.c, buf_span(&b));
	await(&t, &t.server, N);
	assert_int_equal(t.server.body, N * BODY);
	buf_free(&b);
	talk_close(&t);
}

static void lost_framing_closes(void **state)
{
	static const char *const bad[] = {
		"GARBAGE GARBAGE GARBAGE\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"OPTIONS sip:a@b SIP/2.0\r\nCall-ID: x\r\n\r\n",
		"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct talk t;

		talk_open(&t, *state);
		sip_conn_send(t.client.c, S(OPTIONS("ok", "0\r\n\r\n")));
		sip_conn_send(t.client.c, span_str(bad[i]));
		kit_until(t.k, side_closed, &t.server);
		kit_until(t.k, side_closed, &t.client);
		assert_int_equal(t.server.messages, 1);
		assert_int_equal(t.server.closed, 1);
		sip_conn_free(t.server.c);
		sip_conn_free(t.server.c);
		talk_close(&t);
		listener_close(t.li);
	}
}

/* A head that never ends, and another connection that goes on. */
static void endless_head(void **state)
{
	struct talk t;
	struct end a;

	talk_open(&t, *state);
	sip_conn_send(t.client.c, S(OPTIONS("ok", "0\r\n\r\n")));
	await(&t, &t.server, 1);
	struct side first = t.server;

	end_init(&a);
	kit_connect(t.k, &a, listener_endpoint(t.li));
	link_send(a.link, S("OPTIONS sip:a@b SIP/2.0\r\nX: "));
	for (unsigned i = 0; i < LIMIT_SIP_BYTES / 16; i++)
		link_send(a.link, S("0123456789abcdef"));
	kit_until(t.k, end_is_closed, &a);
	assert_int_equal(t.server.closed, 1);
	assert_int_equal(t.client.closed, 0);
	sip_conn_send(first.c, S(OPTIONS("alive", "0\r\n\r\n")));
	await(&t, &t.client, 1);
	talk_close(&t);
	buf_free(&a.got);
}

static void freed_in_its_own_message(void **state)
{
	struct talk t;

	talk_open(&t, *state);
	t.server.free_at_once = true;
	sip_conn_send(t.client.c, S(OPTIONS("1", "0\r\n\r\n")
				    OPTIONS("2", "0\r\n\r\n")));
	kit_until(t.k, side_closed, &t.client);
	assert_int_equal(t.server.messages, 1);
	assert_int_equal(t.server.closed, 0);
	talk_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_EACH(both_ways),
		KIT_EACH(byte_by_byte),
		KIT_EACH(many_and_large),
		KIT_EACH(lost_framing_closes),
		KIT_EACH(endless_head),
		KIT_EACH(freed_in_its_own_message),
	};

	return cmocka_run_group_tests_name("net/sip", tests, NULL, NULL);
}
