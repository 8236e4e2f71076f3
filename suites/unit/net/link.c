/* Stream links: the same bodies over TCP, TLS and memory. */
#include "kit.h"

#include "base/limits.h"

static void to_and_fro(void **state)
{
	struct kit *k = *state;
	struct end a, b;

	kit_pair(k, &a, &b);
	assert_int_equal(b.accepted, 1);
	assert_true(link_stream(a.link) && link_stream(b.link));
	assert_int_equal(link_secure(a.link), !strcmp(k->kind.scheme, "tls"));
	assert_int_equal(link_secure(b.link), link_secure(a.link));
	assert_string_equal(link_local(a.link), link_remote(b.link));
	assert_string_equal(link_remote(a.link), link_local(b.link));
	assert_true(link_number(a.link) && link_number(b.link));
	assert_int_not_equal(link_number(a.link), link_number(b.link));
	assert_ptr_equal(link_loop(a.link), k->loop);
	link_send(a.link, S("ping"));
	kit_wait_bytes(k, &b, 4);
	KIT_ASSERT_SPAN(buf_span(&b.got), "ping");
	link_send(b.link, S("po"));
	link_send(b.link, S("ng"));
	kit_wait_bytes(k, &a, 4);
	KIT_ASSERT_SPAN(buf_span(&a.got), "pong");
	/* What is sent last still arrives, and so does the end. */
	link_send(a.link, S("last"));
	link_close(a.link);
	kit_until(k, end_is_closed, &b);
	KIT_ASSERT_SPAN(buf_span(&b.got), "pinglast");
	assert_string_equal(b.why, "closed by peer");
	assert_false(a.closed);
	buf_free(&a.got);
	buf_free(&b.got);
}

static void sent_before_it_is_up(void **state)
{
	struct kit *k = *state;
	struct end a, b;

	end_init(&a);
	end_init(&b);
	struct listener *li = kit_listen(k, end_accept, &b);

	kit_connect(k, &a, listener_endpoint(li));
	link_send(a.link, S("early"));
	assert_false(a.opened);
	kit_wait_bytes(k, &b, 5);
	KIT_ASSERT_SPAN(buf_span(&b.got), "early");
	buf_free(&b.got);
}

static void refused(void **state)
{
	struct kit *k = *state;
	struct end a;
	char at[128];
	struct listener *li = kit_listen(k, NULL, NULL);

	end_init(&a);
	snprintf(at, sizeof at, "%s", listener_endpoint(li));
	listener_close(li);
	kit_connect(k, &a, at);
	assert_false(a.closed);         /* from the loop, not from connect */
	kit_until(k, end_is_closed, &a);
	assert_string_equal(a.why, "connection refused");
	assert_false(a.opened);
}

static void reset(void **state)
{
	struct kit *k = *state;
	struct end a, b;

	kit_pair(k, &a, &b);
	link_abort(a.link);
	kit_until(k, end_is_closed, &b);
	assert_string_equal(b.why, "connection reset by peer");
	assert_false(a.closed);
}

static void bad_end_points(void **state)
{
	struct kit *k = *state;
	static const char *const bad[] = {
		"", "tcp", "tcp:", "tcp:127.0.0.1", "tcp:127.0.0.1:", "x:a:1",
		"tcp:127.0.0.1:65536", "tcp:127.0.0.1:-1", "tcp:::1:80",
		"tcp:[::1:80", "tcp:[zz]:80", "tcp:a b:80", "tcp::80",
		"https://127.0.0.1:80/",
	};
	struct err err;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		err = (struct err){ 0 };
		assert_null(fabric_listen(k->f, bad[i], NULL, NULL, &err));
		assert_int_equal(err.exit, EXIT_USAGE);
		err = (struct err){ 0 };
		assert_null(fabric_connect(k->f, bad[i], NULL,
					   (struct link_calls){ 0 }, &err));
		assert_int_equal(err.exit, EXIT_USAGE);
		assert_non_null(strstr(err.text, "no end point"));
	}
}

static void busy_port(void **state)
{
	struct kit *k = *state;
	struct listener *li = kit_listen(k, NULL, NULL);
	struct err err = { 0 };

	assert_null(strstr(listener_endpoint(li), ":0"));
	assert_null(fabric_listen(k->f, listener_endpoint(li), NULL, NULL,
				  &err));
	assert_int_equal(err.exit, EXIT_BROKE);
	assert_non_null(strstr(err.text, listener_endpoint(li)));
	assert_non_null(strstr(err.text, "in use"));
}

/* ---- large and slow ---- */

static char pattern(size_t i)
{
	return (char)(i * 31 + (i >> 13));
}

static void large_both_ways(void **state)
{
	enum { N = 3u << 20 };
	struct kit *k = *state;
	char *p = malloc(N);
	struct end a, b;

	for (size_t i = 0; i < N; i++)
		p[i] = pattern(i);
	kit_pair(k, &a, &b);
	link_send(a.link, (struct span){ p, N });
	link_send(b.link, (struct span){ p, N });
	kit_wait_bytes(k, &b, N);
	kit_wait_bytes(k, &a, N);
	assert_memory_equal(a.got.p, p, N);
	assert_memory_equal(b.got.p, p, N);
	/* Close with a lot on its way. */
	link_send(a.link, (struct span){ p, N });
	link_close(a.link);
	kit_until(k, end_is_closed, &b);
	assert_int_equal(b.got.n, 2u * N);
	buf_free(&a.got);
	buf_free(&b.got);
	free(p);
}

/* The sender writes on and on before the loop turns: nobody reads. */
static void queue_is_bounded(void **state)
{
	struct kit *k = *state;
	static const char chunk[65536];
	struct end a, b;

	kit_pair(k, &a, &b);
	for (unsigned i = 0; i < 2 * LIMIT_LINK_QUEUE / sizeof chunk; i++)
		link_send(a.link, (struct span){ chunk, sizeof chunk });
	if (!k->kind.memory)    /* the kernel's own buffers take some */
		for (unsigned i = 0; i < 4000; i++)
			link_send(a.link, (struct span){ chunk, sizeof chunk });
	assert_false(a.closed);
	kit_until(k, end_is_closed, &a);
	assert_non_null(strstr(a.why, "peer does not read"));
	kit_until(k, end_is_closed, &b);
	buf_free(&b.got);
}

/* ---- re-entrancy ---- */

static void close_in_accept(struct link *l, void *arg)
{
	(*(unsigned *)arg)++;
	link_send(l, S("bye"));
	link_close(l);
	link_close(l);
	link_send(l, S("never"));
}

static void closed_by_the_acceptor(void **state)
{
	struct kit *k = *state;
	unsigned n = 0;
	struct end a;

	end_init(&a);
	struct listener *li = kit_listen(k, close_in_accept, &n);

	kit_connect(k, &a, listener_endpoint(li));
	kit_until(k, end_is_closed, &a);
	KIT_ASSERT_SPAN(buf_span(&a.got), "bye");
	assert_int_equal(n, 1);
	buf_free(&a.got);
}

static unsigned late_calls;
static struct kit *the_kit;

static void abort_in_bytes(struct link *l, struct span bytes, void *arg)
{
	(void)bytes;
	(void)arg;
	late_calls++;
	link_abort(l);
	assert_string_equal(link_tag(l), "still here");
}

static void count_closed(struct link *l, const char *why, void *arg)
{
	(void)l;
	(void)why;
	(void)arg;
	late_calls += 100;
}

static void aborted_in_its_own_callback(void **state)
{
	struct kit *k = *state;
	struct end a, b;
	static const char big[100000];

	kit_pair(k, &a, &b);
	late_calls = 0;
	link_set_tag(b.link, "still here");
	link_set_calls(b.link, (struct link_calls){ .bytes = abort_in_bytes,
						    .closed = count_closed });
	link_send(a.link, (struct span){ big, sizeof big });
	kit_until(k, end_is_closed, &a);
	loop_pass(k->loop, 20000);
	assert_int_equal(late_calls, 1);
}

static void free_all(struct link *l, struct span bytes, void *arg)
{
	(void)l;
	(void)bytes;
	(void)arg;
	late_calls++;
	fabric_free(the_kit->f);
}

static void fabric_freed_in_a_callback(void **state)
{
	struct kit *k = *state;
	struct end a, b;
	static const char big[100000];

	kit_pair(k, &a, &b);
	late_calls = 0;
	the_kit = k;
	link_set_calls(b.link, (struct link_calls){ .bytes = free_all,
						    .closed = count_closed });
	link_send(a.link, (struct span){ big, sizeof big });
	loop_pass(k->loop, 50000);
	assert_int_equal(late_calls, 1);
	assert_false(a.closed);
	k->f = NULL;
}

static void nothing_after_fabric_free(void **state)
{
	struct kit *k = *state;
	struct end a, b, c;

	kit_pair(k, &a, &b);
	end_init(&c);
	struct listener *li = kit_listen(k, end_accept, &c);

	kit_connect(k, &c, listener_endpoint(li));
	link_send(a.link, S("x"));
	link_close(a.link);
	fabric_free(k->f);
	k->f = NULL;
	loop_pass(k->loop, 20000);
	assert_false(a.closed || b.closed || c.opened || c.closed);
	assert_int_equal(b.got.n, 0);
}

static void listener_gone_links_live(void **state)
{
	struct kit *k = *state;
	struct end a, b;

	kit_pair(k, &a, &b);            /* closes its listener */
	link_send(b.link, S("alive"));
	kit_wait_bytes(k, &a, 5);
	link_close(b.link);
	kit_until(k, end_is_closed, &a);
	buf_free(&a.got);
}

static struct link *turned_away[LIMIT_LINKS + 8];
static unsigned closed_n, accepted_n;

static void count_accept(struct link *l, void *arg)
{
	(void)l;
	(void)arg;
	accepted_n++;
}

static void count_end(struct link *l, const char *why, void *arg)
{
	(void)l;
	(void)why;
	(void)arg;
	closed_n++;
}

static bool all_settled(void *arg)
{
	(void)arg;
	return accepted_n == LIMIT_LINKS && closed_n == 8;
}

static void listener_is_bounded(void **state)
{
	struct kit *k = *state;
	struct link_calls calls = { .closed = count_end };
	struct listener *li = kit_listen(k, count_accept, NULL);

	/* Both ends are ours: 2 descriptors a link. */
	if (!k->kind.memory)
		return;
	accepted_n = closed_n = 0;
	for (unsigned i = 0; i < LIMIT_LINKS + 8; i++)
		turned_away[i] = fabric_connect(k->f, listener_endpoint(li),
						NULL, calls, NULL);
	kit_until(k, all_settled, NULL);
}

/* ---- the tap ---- */

struct tap_log { struct buf text; };

static void tap_opened(struct link *l, bool client, void *arg)
{
	struct tap_log *t = arg;

	buf_addf(&t->text, "%s opened %s\n", link_tag(l),
		 client ? "client" : "server");
}

static void tap_bytes(struct link *l, bool sent, struct span bytes, void *arg)
{
	struct tap_log *t = arg;

	buf_addf(&t->text, "%s %s %.*s\n", link_tag(l),
		 sent ? "sent" : "got", SPAN(bytes));
}

static void tap_closed(struct link *l, bool by_us, void *arg)
{
	struct tap_log *t = arg;

	buf_addf(&t->text, "%s closed %s\n", link_tag(l),
		 by_us ? "by us" : "by peer");
}

static void accept_tagged(struct link *l, void *arg)
{
	link_set_tag(l, "b");
	end_accept(l, arg);
}

static bool log_has_both_ends(void *arg)
{
	struct tap_log *t = arg;

	return span_find(buf_span(&t->text), S("b closed")) >= 0 &&
	       span_find(buf_span(&t->text), S("a closed")) >= 0;
}

static void assert_in_order(struct span log, const char *const *lines, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		long found = span_find(span_from(log, at), span_str(lines[i]));

		if (found < 0)
			fail_msg("no \"%s\" in %.*s", lines[i], SPAN(log));
		at += (size_t)found + strlen(lines[i]);
	}
}

static void tap_sees_plain_bytes(void **state)
{
	struct kit *k = *state;
	struct tap_log t;
	struct end a, b;
	static const char *const as[] = { "a opened client", "a sent hello",
					  "a got world", "a closed by us" };
	static const char *const bs[] = { "b opened server", "b got hello",
					  "b sent world", "b closed by peer" };

	buf_init(&t.text, 65536);
	end_init(&a);
	end_init(&b);
	fabric_set_tap(k->f, (struct link_tap){ tap_opened, tap_bytes,
						tap_closed, &t });
	struct listener *li = kit_listen(k, accept_tagged, &b);

	kit_connect(k, &a, listener_endpoint(li));
	link_set_tag(a.link, "a");
	link_send(a.link, S("hello"));
	kit_wait_bytes(k, &b, 5);
	link_send(b.link, S("world"));
	kit_wait_bytes(k, &a, 5);
	link_close(a.link);
	kit_until(k, log_has_both_ends, &t);
	assert_in_order(buf_span(&t.text), as, 4);
	assert_in_order(buf_span(&t.text), bs, 4);
	buf_free(&t.text);
	buf_free(&a.got);
	buf_free(&b.got);
}

static void tap_of_a_refused_link(void **state)
{
	struct kit *k = *state;
	struct tap_log t;

	buf_init(&t.text, 65536);
	fabric_set_tap(k->f, (struct link_tap){ tap_opened, tap_bytes,
						tap_closed, &t });
	refused(state);
	assert_int_equal(t.text.n, 0);
	buf_free(&t.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_EACH(to_and_fro),
		KIT_EACH(sent_before_it_is_up),
		KIT_EACH(refused),
		KIT_EACH(reset),
		KIT_EACH(bad_end_points),
		KIT_EACH(busy_port),
		KIT_EACH(large_both_ways),
		KIT_EACH(queue_is_bounded),
		KIT_EACH(closed_by_the_acceptor),
		KIT_EACH(aborted_in_its_own_callback),
		KIT_EACH(fabric_freed_in_a_callback),
		KIT_EACH(nothing_after_fabric_free),
		KIT_EACH(listener_gone_links_live),
		KIT_EACH(listener_is_bounded),
		KIT_EACH(tap_sees_plain_bytes),
		KIT_EACH(tap_of_a_refused_link),
	};

	return cmocka_run_group_tests_name("net/link", tests, NULL, NULL);
}
