/* For the unit tests of src/net: one test body runs over TCP and TLS sockets
 * and over both in memory. Each test ends with nothing left open. */
#ifndef UNIT_NET_KIT_H
#define UNIT_NET_KIT_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/conn.h"

#define KIT_WAIT_US (10ll * 1000 * 1000)

struct kind {
	const char *scheme;
	bool memory;
};

static const struct kind kit_kinds[] = {
	{ "tcp", false }, { "tls", false }, { "tcp", true }, { "tls", true },
};

struct kit {
	struct kind kind;
	struct loop *loop;
	struct fabric *f;
	unsigned fds;
};

/* Made once: keys take time. */
struct kit_tls { char *ca, *certificate, *key; };

static inline const struct kit_tls *kit_tls(void)
{
	static struct kit_tls t;

	if (!t.ca && tls_self_made("127.0.0.1,::1,localhost", &t.ca,
				   &t.certificate, &t.key, NULL) < 0)
		abort();
	return &t;
}

static inline unsigned kit_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static inline struct fabric *kit_fabric(struct loop *loop, bool memory)
{
	const struct kit_tls *t = kit_tls();
	struct tls_material m = { .certificate = t->certificate,
				  .key = t->key, .ca = t->ca };
	struct err err = { 0 };
	struct fabric *f = memory ? fabric_memory(loop) :
				    fabric_sockets(loop, &m, &err);

	if (!f)
		fail_msg("%s", err.text);
	return f;
}

static inline int kit_setup(void **state)
{
	const struct kind *kind = *state;
	struct kit *k = calloc(1, sizeof *k);

	kit_tls();
	k->kind = *kind;
	k->fds = kit_fds();
	k->loop = loop_new(kind->memory, 7);
	k->f = kit_fabric(k->loop, kind->memory);
	*state = k;
	return 0;
}

static inline int kit_teardown(void **state)
{
	struct kit *k = *state;

	fabric_free(k->f);
	loop_free(k->loop);
	assert_int_equal(kit_fds(), k->fds);
	free(k);
	return 0;
}

/* One body, four entries. */
#define KIT_ONE(body, i) \
	{ #body, body, kit_setup, kit_teardown, (void *)&kit_kinds[i] }
#define KIT_EACH(body) \
	KIT_ONE(body, 0), KIT_ONE(body, 1), KIT_ONE(body, 2), KIT_ONE(body, 3)
#define KIT_SOCKETS(body) KIT_ONE(body, 0), KIT_ONE(body, 1)

static inline struct listener *kit_listen(struct kit *k, link_accept *accept,
					  void *arg)
{
	char at[64];
	struct err err = { 0 };

	snprintf(at, sizeof at, "%s:127.0.0.1:0", k->kind.scheme);
	struct listener *li = fabric_listen(k->f, at, accept, arg, &err);

	if (!li)
		fail_msg("%s", err.text);
	return li;
}

static inline bool kit_flag(void *arg)
{
	return *(bool *)arg;
}

/* Waits for a predicate, bounded. */
static inline void kit_until(struct kit *k, bool (*done)(void *), void *arg)
{
	assert_true(loop_until(k->loop, done, arg,
			       loop_now_us(k->loop) + KIT_WAIT_US));
}

/* A link as its owner sees it. */
struct end {
	struct link *link;
	bool opened, closed;
	char why[256];
	struct buf got;
	size_t want;            /* for end_has */
	unsigned accepted;
};

static inline void end_init(struct end *e)
{
	*e = (struct end){ 0 };
	buf_init(&e->got, 16u << 20);
}

static inline void end_opened(struct link *l, void *arg)
{
	struct end *e = arg;

	e->link = l;
	e->opened = true;
}

static inline void end_bytes(struct link *l, struct span bytes, void *arg)
{
	struct end *e = arg;

	assert_ptr_equal(l, e->link);
	assert_false(e->closed);
	assert_true(buf_add(&e->got, bytes));
}

static inline void end_closed(struct link *l, const char *why, void *arg)
{
	struct end *e = arg;

	assert_ptr_equal(l, e->link);
	assert_false(e->closed);
	e->closed = true;
	snprintf(e->why, sizeof e->why, "%s", why);
}

static inline struct link_calls end_calls(struct end *e)
{
	return (struct link_calls){ end_opened, end_bytes, end_closed, e };
}

static inline void end_accept(struct link *l, void *arg)
{
	struct end *e = arg;

	e->accepted++;
	e->link = l;
	e->opened = true;
	link_set_calls(l, end_calls(e));
}

static inline bool end_has(void *arg)
{
	const struct end *e = arg;

	return e->got.n >= e->want;
}

static inline bool end_is_closed(void *arg)
{
	return ((const struct end *)arg)->closed;
}

static inline bool end_is_open(void *arg)
{
	return ((const struct end *)arg)->opened;
}

static inline void kit_connect(struct kit *k, struct end *e, const char *at)
{
	struct err err = { 0 };

	e->link = fabric_connect(k->f, at, NULL, end_calls(e), &err);
	if (!e->link)
		fail_msg("%s", err.text);
}

/* A connected pair: a the client, b the server. */
static inline void kit_pair(struct kit *k, struct end *a, struct end *b)
{
	end_init(a);
	end_init(b);
	struct listener *li = kit_listen(k, end_accept, b);

	kit_connect(k, a, listener_endpoint(li));
	kit_until(k, end_is_open, a);
	kit_until(k, end_is_open, b);
	listener_close(li);
}

static inline void kit_wait_bytes(struct kit *k, struct end *e, size_t n)
{
	e->want = n;
	kit_until(k, end_has, e);
}

/* A bare, non-blocking TCP socket connected to an IPv4 listener: a peer that
 * plays by no rules. */
static inline int kit_dial(const char *endpoint)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_port = htons((uint16_t)strtoul(strrchr(endpoint, ':') + 1,
					     NULL, 10));
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* The other side of a bare socket has gone. */
static inline bool kit_hung_up(int fd)
{
	char room[65536];
	ssize_t n;

	do
		n = recv(fd, room, sizeof room, 0);
	while (n > 0);
	return n == 0 || errno != EAGAIN;
}

/* The loop does not watch bare sockets: looks again and again, bounded. */
static inline void kit_until_hung_up(struct kit *k, int fd)
{
	int64_t end = loop_now_us(k->loop) + KIT_WAIT_US;

	while (!kit_hung_up(fd)) {
		assert_true(loop_now_us(k->loop) < end);
		loop_pass(k->loop, 500);
	}
}

#define KIT_ASSERT_SPAN(s, text) do {                                   \
	struct span kit_s = (s), kit_want = span_str(text);             \
	if (!span_eq(kit_s, kit_want))                                  \
		fail_msg("\"%.*s\" is not \"%s\"", SPAN(kit_s), text);  \
} while (0)

#endif
