/* Peers that play by no rules, on bare sockets. What they do may end their own
 * connection and nothing else. */
#include "kit.h"

#include <sys/resource.h>

#include "base/limits.h"

/* Sockets under a virtual clock: deadlines of seconds pass at once. */
static int setup_virtual(void **state)
{
	struct kit *k;
	int rc = kit_setup(state);

	k = *state;
	fabric_free(k->f);
	loop_free(k->loop);
	k->loop = loop_new(true, 7);
	k->f = kit_fabric(k->loop, false);
	return rc;
}

static void assert_served(struct kit *k, const char *endpoint, struct end *b)
{
	struct end a;

	end_init(&a);
	b->got.n = 0;
	kit_connect(k, &a, endpoint);
	link_send(a.link, S("good"));
	kit_wait_bytes(k, b, 4);
	link_close(a.link);
	kit_until(k, end_is_closed, b);
	b->closed = false;
}

static void garbage_instead_of_tls(void **state)
{
	static const char *const garbage[] = {
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"REGISTER sip:a SIP/2.0\r\n\r\n",
		"\x16\x03\x01\xff\xff aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"\x16\x03\x01\x00\x05\x01\xff\xff\xff\xff",
		"\x80\x2e\x01\x00\x02",
	};
	struct kit *k = *state;
	struct end b;

	end_init(&b);
	struct listener *li = kit_listen(k, end_accept, &b);

	for (unsigned i = 0; i < sizeof garbage / sizeof *garbage; i++) {
		int fd = kit_dial(listener_endpoint(li));

		assert_true(write(fd, garbage[i], strlen(garbage[i])) > 0);
		loop_pass(k->loop, 2000);
		shutdown(fd, SHUT_WR);
		kit_until_hung_up(k, fd);
		close(fd);
		assert_int_equal(b.accepted, 0);
	}
	assert_served(k, listener_endpoint(li), &b);
	assert_int_equal(b.accepted, 1);
	buf_free(&b.got);
}

static void silence_instead_of_tls(void **state)
{
	struct kit *k = *state;
	struct end b;

	end_init(&b);
	struct listener *li = kit_listen(k, end_accept, &b);
	int fd = kit_dial(listener_endpoint(li));

	loop_pass(k->loop, 9ll * 1000 * 1000);
	assert_false(kit_hung_up(fd));
	loop_pass(k->loop, 2ll * 1000 * 1000);
	assert_true(kit_hung_up(fd));
	assert_int_equal(b.accepted, 0);
	close(fd);
}

/* A server that never answers the client's hello. */
static void server_without_tls(void **state)
{
	struct kit *k = *state;
	struct end a, b;
	char at[128];
	struct err err = { 0 };

	end_init(&a);
	end_init(&b);
	struct listener *li = fabric_listen(k->f, "tcp:127.0.0.1:0", end_accept,
					    &b, &err);

	snprintf(at, sizeof at, "tls%s", strchr(listener_endpoint(li), ':'));
	kit_connect(k, &a, at);
	loop_pass(k->loop, 31ll * 1000 * 1000);
	assert_true(a.closed);
	assert_string_equal(a.why, "TLS handshake failed: timed out");
	assert_true(b.got.n > 0);
	buf_free(&b.got);
}

static void peer_that_never_reads(void **state)
{
	static const char chunk[65536];
	struct kit *k = *state;
	struct end b;

	end_init(&b);
	struct listener *li = fabric_listen(k->f, "tcp:127.0.0.1:0", end_accept,
					    &b, NULL);
	int fd = kit_dial(listener_endpoint(li));

	kit_until(k, end_is_open, &b);
	for (unsigned i = 0; i < 1000 && !b.closed; i++) {
		link_send(b.link, (struct span){ chunk, sizeof chunk });
		loop_pass(k->loop, 100);
	}
	assert_true(b.closed);
	assert_non_null(strstr(b.why, "peer does not read"));
	close(fd);
}

/* link_close with a full queue: 2 s, then it is dropped all the same. */
static void lingering_is_bounded(void **state)
{
	static char big[3u << 20];
	struct kit *k = *state;
	unsigned fds = kit_fds();
	struct end b;
	int small = 4096;

	end_init(&b);
	struct listener *li = fabric_listen(k->f, "tcp:127.0.0.1:0", end_accept,
					    &b, NULL);
	int fd = kit_dial(listener_endpoint(li));

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	loop_pass(k->loop, 1000);
	assert_true(b.opened);
	for (unsigned i = 0; i < 3; i++)
		link_send(b.link, (struct span){ big, 1u << 20 });
	link_close(b.link);
	assert_int_equal(kit_fds(), fds + 3);
	loop_pass(k->loop, 1900000);
	assert_int_equal(kit_fds(), fds + 3);
	loop_pass(k->loop, 200000);
	assert_int_equal(kit_fds(), fds + 2);
	assert_false(b.closed);
	close(fd);
}

static void half_closed_by_the_peer(void **state)
{
	struct kit *k = *state;
	struct end b;

	end_init(&b);
	struct listener *li = fabric_listen(k->f, "tcp:127.0.0.1:0", end_accept,
					    &b, NULL);
	int fd = kit_dial(listener_endpoint(li));

	assert_int_equal(write(fd, "half", 4), 4);
	shutdown(fd, SHUT_WR);
	kit_until(k, end_is_closed, &b);
	KIT_ASSERT_SPAN(buf_span(&b.got), "half");
	assert_string_equal(b.why, "closed by peer");
	kit_until_hung_up(k, fd);
	close(fd);
	buf_free(&b.got);
}

static void nothing(struct http_server *s, const struct http_msg *m, void *arg)
{
	(void)s;
	(void)m;
	(void)arg;
}

static void on_http(struct link *l, void *arg)
{
	(void)arg;
	http_server_new(l, (struct http_server_calls){ .request = nothing });
}

/* Bytes without end: a 200 MB header line is over long before. */
static bool write_on(void *arg)
{
	static char chunk[65536];
	ssize_t n;

	memset(chunk, 'a', sizeof chunk);
	do
		n = send(*(int *)arg, chunk, sizeof chunk, MSG_NOSIGNAL);
	while (n > 0);
	return n < 0 && errno != EAGAIN;
}

static void endless_header_line(void **state)
{
	struct kit *k = *state;
	struct listener *li = fabric_listen(k->f, "tcp:127.0.0.1:0", on_http,
					    NULL, NULL);
	int fd = kit_dial(listener_endpoint(li));

	assert_int_equal(write(fd, "GET / HTTP/1.1\r\nX: ", 19), 19);
	int64_t end = loop_now_us(k->loop) + KIT_WAIT_US;

	while (!write_on(&fd)) {
		assert_true(loop_now_us(k->loop) < end);
		loop_pass(k->loop, 500);
	}
	close(fd);
}

/* A flooding peer and a deadline: the deadline wins. */
static void swallow(struct link *l, struct span bytes, void *arg)
{
	(void)l;
	*(size_t *)arg += bytes.n;
}

static void accept_flood(struct link *l, void *arg)
{
	link_set_calls(l, (struct link_calls){ .bytes = swallow, .arg = arg });
}

static bool flood_a_bit(void *arg)
{
	write_on(arg);
	return false;
}

static void flood_and_deadline(void **state)
{
	struct kit *k = *state;
	size_t got = 0;
	struct listener *li = fabric_listen(k->f, "tcp:127.0.0.1:0",
					    accept_flood, &got, NULL);
	int fd = kit_dial(listener_endpoint(li));
	int64_t end = loop_now_us(k->loop) + 100000;

	assert_false(loop_until(k->loop, flood_a_bit, &fd, end));
	assert_true(loop_now_us(k->loop) < end + 1000000);
	assert_true(got > 100000);
	close(fd);
}

static bool three_accepted(void *arg)
{
	return ((struct end *)arg)->accepted >= 3;
}

/* Without descriptors the listener waits, and goes on when there are some. */
static void out_of_descriptors(void **state)
{
	struct kit *k = *state;
	struct rlimit old, low;
	struct end b;
	int fds[3];

	end_init(&b);
	struct listener *li = fabric_listen(k->f, "tcp:127.0.0.1:0", end_accept,
					    &b, NULL);

	for (unsigned i = 0; i < 3; i++)
		fds[i] = kit_dial(listener_endpoint(li));
	getrlimit(RLIMIT_NOFILE, &old);
	low = old;
	low.rlim_cur = (rlim_t)fds[2] + 2;      /* room for one more */
	setrlimit(RLIMIT_NOFILE, &low);
	loop_pass(k->loop, 50000);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_int_equal(b.accepted, 1);
	kit_until(k, three_accepted, &b);
	for (unsigned i = 0; i < 3; i++)
		close(fds[i]);
}

static void broken_pipe_is_no_signal(void **state)
{
	struct kit *k = *state;
	struct linger reset = { .l_onoff = 1 };
	struct end b;

	end_init(&b);
	struct listener *li = fabric_listen(k->f, "tcp:127.0.0.1:0", end_accept,
					    &b, NULL);
	int fd = kit_dial(listener_endpoint(li));

	kit_until(k, end_is_open, &b);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(fd);
	for (unsigned i = 0; i < 10; i++)
		link_send(b.link, S("into the void"));
	assert_false(b.closed);
	kit_until(k, end_is_closed, &b);
	assert_string_equal(b.why, "connection reset by peer");
}

#define TEST(body, setup) \
	{ #body, body, setup, kit_teardown, (void *)&kit_kinds[1] }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(garbage_instead_of_tls, kit_setup),
		TEST(silence_instead_of_tls, setup_virtual),
		TEST(server_without_tls, setup_virtual),
		TEST(peer_that_never_reads, kit_setup),
		TEST(lingering_is_bounded, setup_virtual),
		TEST(half_closed_by_the_peer, kit_setup),
		TEST(endless_header_line, kit_setup),
		TEST(flood_and_deadline, kit_setup),
		TEST(out_of_descriptors, kit_setup),
		TEST(broken_pipe_is_no_signal, kit_setup),
	};

	return cmocka_run_group_tests_name("net/hostile", tests, NULL, NULL);
}
