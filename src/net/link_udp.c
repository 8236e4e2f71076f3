/* UDP links: of a listener (one a peer address, all over its socket), or a
 * client's own connected socket. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/link_sock.h"

#define DATAGRAM_MAX 65536u
#define DATAGRAMS_A_TURN 32u

struct udp_link {
	struct link link;
	int fd;                 /* a client's own; -1: the listener's is used */
	struct address peer;
};

static void udp_send(struct link *l, struct span bytes)
{
	struct udp_link *u = (struct udp_link *)l;
	struct sock_listener *s = (struct sock_listener *)l->listener;
	int fd = u->fd >= 0 ? u->fd : s->fd;
	const struct sockaddr *to =
		u->fd >= 0 ? NULL : (const struct sockaddr *)&u->peer.at;

	/* ECONNREFUSED tells the fate of an earlier datagram; this one was not
	 * sent. Whatever else goes wrong is a loss, as on a network. */
	for (int i = 0; i < 2; i++) {
		if (sendto(fd, bytes.p, bytes.n, MSG_NOSIGNAL, to,
			   to ? u->peer.n : 0) >= 0)
			return;
		if (errno == EMSGSIZE) {
			link_fail(l, "datagram too long: %zu bytes", bytes.n);
			return;
		}
		if (errno != ECONNREFUSED && errno != EINTR)
			return;
	}
}

static bool udp_end(struct link *l, enum link_end how)
{
	struct udp_link *u = (struct udp_link *)l;

	(void)how;
	if (u->fd >= 0) {
		loop_watch(l->fabric->loop, u->fd, 0, NULL, NULL);
		close(u->fd);
	}
	u->fd = -1;
	return true;
}

static void udp_free(struct link *l)
{
	free(l);
}

static const struct link_ops udp_ops = { udp_send, udp_end, udp_free };

/* ---- a listener's links ---- */

static struct udp_link *find_peer(const struct listener *li,
				  const struct address *a)
{
	for (struct link *l = li->fabric->links; l; l = l->next)
		if (l->listener == li && !l->ended &&
		    address_eq(&((struct udp_link *)l)->peer, a))
			return (struct udp_link *)l;
	return NULL;
}

static struct udp_link *make_peer(struct sock_listener *s,
				  const struct address *a)
{
	struct udp_link *u = must_alloc(sizeof *u);

	listener_make_room(&s->li);
	link_made(&u->link, s->li.fabric, &udp_ops, &s->li.at, &s->li);
	u->fd = -1;
	u->peer = *a;
	sock_names(&u->link, s->fd, a);
	return u;
}

static void datagram(struct sock_listener *s, const struct address *from,
		     struct span bytes)
{
	struct udp_link *u = find_peer(&s->li, from);

	if (!u) {
		u = make_peer(s, from);
		link_opened(&u->link);
	}
	link_bytes(&u->link, bytes);
}

static void on_listener(int fd, short revents, void *arg)
{
	struct sock_listener *s = arg;
	char room[DATAGRAM_MAX];

	(void)revents;
	for (unsigned i = 0; i < DATAGRAMS_A_TURN && !s->li.closed; i++) {
		struct address from = { .n = sizeof from.at };
		ssize_t n = recvfrom(fd, room, sizeof room, 0,
				     (struct sockaddr *)&from.at, &from.n);

		if (n < 0)
			return;
		if (n > 0)
			datagram(s, &from, (struct span){ room, (size_t)n });
	}
}

void udp_listening(struct fabric *f, struct sock_listener *s)
{
	loop_watch(f->loop, s->fd, POLLIN, on_listener, s);
}

struct link *udp_peer(struct listener *li, const struct endpoint *e,
		      struct err *err)
{
	struct sock_listener *s = (struct sock_listener *)li;
	struct address a;

	if (address_resolve(&a, e, err) < 0)
		return NULL;
	struct udp_link *u = find_peer(li, &a);

	if (u)
		return &u->link;
	u = make_peer(s, &a);
	/* Ours: nobody accepts it. */
	u->link.client = true;
	link_opened(&u->link);
	return &u->link;
}

/* ---- a client's link ---- */

static void on_client(int fd, short revents, void *arg)
{
	struct udp_link *u = arg;
	char room[DATAGRAM_MAX];

	(void)revents;
	for (unsigned i = 0; i < DATAGRAMS_A_TURN && !u->link.ended; i++) {
		ssize_t n = recv(fd, room, sizeof room, 0);

		/* ECONNREFUSED: nobody listens there yet; SIP's own timers
		 * deal with lost datagrams. */
		if (n < 0 && errno != ECONNREFUSED)
			return;
		if (n > 0)
			link_bytes(&u->link, (struct span){ room, (size_t)n });
	}
}

static void opened(void *arg)
{
	struct udp_link *u = arg;

	if (!u->link.ended)
		link_opened(&u->link);
}

struct link *udp_connect(struct fabric *f, const struct endpoint *e,
			 struct err *err)
{
	struct address to;
	int error, fd = sock_connect(e, &to, &error, err);

	if (fd == -2)
		return NULL;
	struct udp_link *u = must_alloc(sizeof *u);

	link_made(&u->link, f, &udp_ops, e, NULL);
	u->fd = fd;
	u->peer = to;
	if (fd < 0) {
		address_text(u->link.remote, &to);
		link_fail_errno(&u->link, error);
		return &u->link;
	}
	sock_names(&u->link, fd, &to);
	u->link.open = true;    /* datagrams may go at once, each for itself */
	loop_watch(f->loop, fd, POLLIN, on_client, u);
	loop_soon(f->loop, opened, u);
	return &u->link;
}
