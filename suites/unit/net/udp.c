/* Datagrams: sockets and memory, IPv4 and IPv6. */
#include "kit.h"

#include "base/limits.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *host;        /* of the test that runs */

/* Some hosts, containers mostly, have no IPv6 at all. */
static bool has_ipv6(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
				  .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	bool good = fd >= 0 &&
		    bind(fd, (struct sockaddr *)&a, sizeof a) == 0;

	if (fd >= 0)
		close(fd);
	return good;
}

static int setup_v4(void **state)
{
	host = "127.0.0.1";
	return kit_setup(state);
}

static int setup_v6(void **state)
{
	host = "[::1]";
	return kit_setup(state);
}

static bool skipped(const struct kit *k)
{
	if (k->kind.memory || strcmp(host, "[::1]") || has_ipv6())
		return false;
	print_message("this host has no IPv6 loopback: skipped\n");
	return true;
}

static struct listener *listen_on(struct kit *k, const char *scheme,
				  struct end *e)
{
	char at[64];
	struct err err = { 0 };

	end_init(e);
	snprintf(at, sizeof at, "%s:%s:0", scheme, host);
	struct listener *li = fabric_listen(k->f, at, end_accept, e, &err);

	if (!li)
		fail_msg("%s", err.text);
	return li;
}

static void client_and_listener(void **state)
{
	struct kit *k = *state;
	struct end a, b;

	if (skipped(k))
		skip();
	struct listener *li = listen_on(k, "udp", &b);

	end_init(&a);
	kit_connect(k, &a, listener_endpoint(li));
	link_send(a.link, S("one"));
	kit_wait_bytes(k, &b, 3);
	assert_false(link_stream(a.link) || link_stream(b.link));
	assert_false(link_secure(b.link));
	link_send(a.link, S("two"));
	kit_wait_bytes(k, &b, 6);
	assert_int_equal(b.accepted, 1);        /* one link a peer */
	assert_string_equal(link_remote(b.link), link_local(a.link));
	assert_string_equal(link_local(b.link), link_remote(a.link));
	link_send(b.link, S("back"));
	kit_wait_bytes(k, &a, 4);
	KIT_ASSERT_SPAN(buf_span(&a.got), "back");
	link_close(a.link);
	buf_free(&a.got);
	buf_free(&b.got);
}

/* As on Mw: both sides send from the port where they listen. */
static void listener_to_listener(void **state)
{
	struct kit *k = *state;
	struct end a, b;
	struct err err = { 0 };

	if (skipped(k))
		skip();
	struct listener *la = listen_on(k, "udp", &a);
	struct listener *lb = listen_on(k, "udp", &b);
	const char *to = strchr(listener_endpoint(lb), ':') + 1;
	struct link *l = listener_link(la, to, &err);

	assert_non_null(l);
	assert_ptr_equal(listener_link(la, to, NULL), l);
	assert_ptr_equal(listener_link(la, listener_endpoint(lb), NULL), l);
	a.link = l;
	link_set_calls(l, end_calls(&a));
	link_send(l, S("hello"));
	kit_wait_bytes(k, &b, 5);
	assert_string_equal(link_remote(b.link),
			    strchr(listener_endpoint(la), ':') + 1);
	link_send(b.link, S("back"));
	kit_wait_bytes(k, &a, 4);
	assert_int_equal(a.accepted, 0);        /* the link was there */
	assert_null(listener_link(la, "nonsense", &err));
	assert_int_equal(err.exit, EXIT_USAGE);
	listener_close(lb);
	kit_until(k, end_is_closed, &b);
	assert_string_equal(b.why, "listener closed");
	buf_free(&a.got);
	buf_free(&b.got);
}

static void stream_listener_has_no_peers(void **state)
{
	struct kit *k = *state;
	struct end a;
	struct err err = { 0 };

	if (skipped(k))
		skip();
	struct listener *li = listen_on(k, "tcp", &a);

	assert_null(listener_link(li, "127.0.0.1:9", &err));
	assert_int_equal(err.exit, EXIT_USAGE);
}

static void tcp_on_this_family(void **state)
{
	struct kit *k = *state;
	struct end a, b;
	static const char *const schemes[] = { "tcp", "tls" };

	if (skipped(k))
		skip();
	for (unsigned i = 0; i < 2; i++) {
		struct listener *li = listen_on(k, schemes[i], &b);

		end_init(&a);
		kit_connect(k, &a, listener_endpoint(li));
		link_send(a.link, S("x"));
		kit_wait_bytes(k, &b, 1);
		assert_int_equal(!strncmp(link_remote(a.link), host,
					  strlen(host)), 1);
		buf_free(&b.got);
	}
}

static void nobody_listens(void **state)
{
	struct kit *k = *state;
	struct end a, b;
	char at[128];

	if (skipped(k))
		skip();
	struct listener *li = listen_on(k, "udp", &b);

	snprintf(at, sizeof at, "%s", listener_endpoint(li));
	listener_close(li);
	end_init(&a);
	kit_connect(k, &a, at);
	for (unsigned i = 0; i < 3; i++) {
		link_send(a.link, S("lost"));
		loop_pass(k->loop, 5000);
	}
	assert_true(a.opened);
	assert_false(a.closed);         /* SIP's own timers deal with it */
	li = fabric_listen(k->f, at, end_accept, &b, NULL);
	assert_non_null(li);
	link_send(a.link, S("found"));
	kit_wait_bytes(k, &b, 5);
	KIT_ASSERT_SPAN(buf_span(&b.got), "found");
	buf_free(&b.got);
}

static void large_datagrams(void **state)
{
	struct kit *k = *state;
	static char big[70000];
	struct end a, b;

	if (skipped(k))
		skip();
	struct listener *li = listen_on(k, "udp", &b);

	end_init(&a);
	kit_connect(k, &a, listener_endpoint(li));
	link_send(a.link, (struct span){ big, 65000 });
	kit_wait_bytes(k, &b, 65000);
	assert_int_equal(b.got.n, 65000);       /* whole, in one piece */
	link_send(a.link, (struct span){ big, sizeof big });
	kit_until(k, end_is_closed, &a);
	assert_string_equal(a.why, "datagram too long: 70000 bytes");
	buf_free(&b.got);
}

/* One listener, many peers: each has its own link and gets its own answer. */
static void echo_bytes(struct link *l, struct span bytes, void *arg)
{
	(void)arg;
	link_send(l, bytes);
}

static void echo_accept(struct link *l, void *arg)
{
	(*(unsigned *)arg)++;
	link_set_calls(l, (struct link_calls){ .bytes = echo_bytes });
}

static void many_peers(void **state)
{
	enum { N = 50 };
	struct kit *k = *state;
	unsigned accepted = 0;
	struct end peers[N];
	char at[64], text[16];

	if (skipped(k))
		skip();
	snprintf(at, sizeof at, "udp:%s:0", host);
	struct listener *li = fabric_listen(k->f, at, echo_accept, &accepted,
					    NULL);

	for (unsigned i = 0; i < N; i++) {
		end_init(&peers[i]);
		kit_connect(k, &peers[i], listener_endpoint(li));
		snprintf(text, sizeof text, "%04u", i);
		link_send(peers[i].link, span_str(text));
	}
	for (unsigned i = 0; i < N; i++) {
		kit_wait_bytes(k, &peers[i], 4);
		snprintf(text, sizeof text, "%04u", i);
		KIT_ASSERT_SPAN(buf_span(&peers[i].got), text);
		buf_free(&peers[i].got);
	}
	assert_int_equal(accepted, N);
}

/* Peers come and go: the one that was silent longest makes room. */
static void more_peers_than_room(void **state)
{
	enum { N = LIMIT_LINKS + 20 };
	static struct end peers[N];
	struct kit *k = *state;
	unsigned accepted = 0;
	struct listener *li = fabric_listen(k->f, "udp:127.0.0.1:0",
					    echo_accept, &accepted, NULL);

	for (unsigned i = 0; i < N; i++) {
		end_init(&peers[i]);
		kit_connect(k, &peers[i], listener_endpoint(li));
		link_send(peers[i].link, S("1"));
		link_send(peers[0].link, S("x"));       /* never silent */
		kit_wait_bytes(k, &peers[i], 1);
	}
	assert_int_equal(accepted, N);
	kit_wait_bytes(k, &peers[0], 1 + N);
	assert_int_equal(accepted, N);                  /* so it stayed */
	link_send(peers[1].link, S("2"));
	kit_wait_bytes(k, &peers[1], 2);
	assert_int_equal(accepted, N + 1);              /* this one did not */
	for (unsigned i = 0; i < N; i++)
		buf_free(&peers[i].got);
}

static void sip_message(struct sip_conn *c, const struct sip_msg *m, void *arg)
{
	(void)c;
	buf_add((struct buf *)arg, m->method);
	buf_addc(arg, ';');
}

static void accept_sip(struct link *l, void *arg)
{
	sip_conn_new(l, sip_message, NULL, arg);
}

static bool two_messages(void *arg)
{
	const struct buf *b = arg;

	return b->n >= strlen("OPTIONS;BYE;");
}

static void sip_over_udp(void **state)
{
	struct kit *k = *state;
	struct buf got;
	char at[64];

	if (skipped(k))
		skip();
	buf_init(&got, 1000);
	snprintf(at, sizeof at, "udp:%s:0", host);
	struct listener *li = fabric_listen(k->f, at, accept_sip, &got, NULL);
	struct sip_conn *c = sip_conn_new(
		fabric_connect(k->f, listener_endpoint(li), NULL,
			       (struct link_calls){ 0 }, NULL),
		NULL, NULL, NULL);

	sip_conn_send(c, S("OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\n\r\n"));
	sip_conn_send(c, S("\r\n\r\n"));
	sip_conn_send(c, S("no SIP at all"));
	sip_conn_send(c, S("BYE sip:a@b SIP/2.0\r\nCall-ID: 1\r\n\r\n"));
	kit_until(k, two_messages, &got);
	assert_string_equal(buf_str(&got), "OPTIONS;BYE;");
	sip_conn_free(c);
	buf_free(&got);
}

static void memory_ports_are_unique(void **state)
{
	enum { N = 200 };
	struct kit *k = *state;
	char names[N][16], at[64];
	struct end e;

	host = "127.0.0.1";
	for (unsigned i = 0; i < N; i++) {
		snprintf(names[i], sizeof names[i], "%s", strrchr(
			 listener_endpoint(listen_on(k, i % 2 ? "udp" : "tcp",
						     &e)), ':'));
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
	snprintf(at, sizeof at, "udp:%s%s", host, names[1]);
	assert_null(fabric_listen(k->f, at, NULL, NULL, NULL));
	/* TCP and UDP may have the same port number, as everywhere. */
	snprintf(at, sizeof at, "tcp:%s%s", host, names[1]);
	assert_non_null(fabric_listen(k->f, at, NULL, NULL, NULL));
}

#define BOTH(body) \
	{ #body " 4", body, setup_v4, kit_teardown, (void *)&kit_kinds[0] }, \
	{ #body " 6", body, setup_v6, kit_teardown, (void *)&kit_kinds[0] }, \
	{ #body " 4 memory", body, setup_v4, kit_teardown, \
	  (void *)&kit_kinds[2] }, \
	{ #body " 6 memory", body, setup_v6, kit_teardown, \
	  (void *)&kit_kinds[2] }

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(client_and_listener),
		BOTH(listener_to_listener),
		BOTH(stream_listener_has_no_peers),
		BOTH(tcp_on_this_family),
		BOTH(nobody_listens),
		BOTH(large_datagrams),
		BOTH(many_peers),
		BOTH(sip_over_udp),
		KIT_ONE(memory_ports_are_unique, 2),
		KIT_ONE(more_peers_than_room, 0),
		KIT_ONE(more_peers_than_room, 2),
	};

	return cmocka_run_group_tests_name("net/udp", tests, NULL, NULL);
}
