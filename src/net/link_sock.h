/* What the TCP half (link_sock.c) and the UDP half (link_udp.c) of the socket
 * fabric share; sock.c has the sock_ functions. */
#ifndef NET_LINK_SOCK_H
#define NET_LINK_SOCK_H

#include "net/link_impl.h"

struct sock_listener {
	struct listener li;
	int fd;
	uint64_t timer;         /* pause after running out of descriptors */
};

/* A bound, non-blocking socket for the listener; fills its li.at with the
 * real address. */
struct sock_listener *sock_bind(const struct endpoint *e, struct err *err);
/* A non-blocking socket with connect() called on it; -1 with *error set when
 * that failed at once, -2 with err when there can be none. */
int sock_connect(const struct endpoint *e, struct address *to, int *error,
		 struct err *err);
void sock_names(struct link *l, int fd, const struct address *remote);

void udp_listening(struct fabric *f, struct sock_listener *s);
struct link *udp_connect(struct fabric *f, const struct endpoint *e,
			 struct err *err);
struct link *udp_peer(struct listener *li, const struct endpoint *e,
		      struct err *err);

#endif
