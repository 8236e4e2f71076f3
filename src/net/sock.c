/* Sockets made and named, for TCP and UDP. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/link_sock.h"

struct sock_listener *sock_bind(const struct endpoint *e, struct err *err)
{
	int type = (e->stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC |
		   SOCK_NONBLOCK;
	char text[ENDPOINT_TEXT_MAX];
	struct address a;
	int one = 1;

	endpoint_text(text, e);
	if (address_resolve(&a, e, err) < 0)
		return NULL;
	int fd = socket(a.at.ss_family, type, 0);

	if (fd < 0)
		goto failed;
	/* For TCP alone: with UDP it would let two listeners share a port. */
	if (e->stream)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (a.at.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&a.at, a.n) < 0 ||
	    (e->stream && listen(fd, 128) < 0) ||
	    getsockname(fd, (struct sockaddr *)&a.at, &a.n) < 0)
		goto failed;
	struct sock_listener *s = must_alloc(sizeof *s);

	s->fd = fd;
	s->li.at = *e;
	s->li.at.port = address_port(&a);
	if (!strcmp(e->host, "localhost"))
		snprintf(s->li.at.host, sizeof s->li.at.host, "127.0.0.1");
	return s;
failed:
	err_set(err, EXIT_BROKE, "cannot listen on %s: %s", text,
		strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

int sock_connect(const struct endpoint *e, struct address *to, int *error,
		 struct err *err)
{
	int type = (e->stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC |
		   SOCK_NONBLOCK;
	int one = 1;

	*error = 0;
	if (address_resolve(to, e, err) < 0)
		return -2;
	int fd = socket(to->at.ss_family, type, 0);

	if (fd < 0) {
		err_set(err, EXIT_BROKE, "no socket for %s: %s", e->host,
			strerror(errno));
		return -2;
	}
	if (e->stream)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(fd, (struct sockaddr *)&to->at, to->n) < 0 &&
	    errno != EINPROGRESS) {
		*error = errno;
		close(fd);
		return -1;
	}
	return fd;
}

void sock_names(struct link *l, int fd, const struct address *remote)
{
	struct address a = { .n = sizeof a.at };

	if (getsockname(fd, (struct sockaddr *)&a.at, &a.n) == 0)
		address_text(l->local, &a);
	address_text(l->remote, remote);
}
