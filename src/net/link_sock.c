/* The socket fabric: TCP, with TLS on it or without. UDP is in link_udp.c. */
#include "net/link_sock.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "net/link_tls.h"

#define CHUNK (16u * 1024)      /* one TLS record */
#define CHUNKS_A_TURN 8u        /* a flooding peer waits for the others */
#define ACCEPTS_A_TURN 16u
#define ACCEPT_PAUSE_US 100000  /* out of descriptors: breathe */
#define DRAIN_MAX (1u << 20)    /* bytes that a closing link still takes */

enum phase { PHASE_CONNECT, PHASE_HANDSHAKE, PHASE_OPEN, PHASE_LINGER,
	     PHASE_GONE };

struct sock_fabric {
	struct fabric fabric;
	struct tls *tls;        /* NULL: no TLS */
};

struct sock_link {
	struct link link;
	int fd;
	enum phase phase;
	struct tls_session *tls;
	struct buf out;         /* to be sent, from out_at on */
	size_t out_at;
	short read_wants, write_wants;  /* TLS may need the other direction */
	int write_error;        /* nothing can be sent any more */
	bool fin_sent;
	size_t drained;
	uint64_t timer;
};

static void on_fd(int fd, short revents, void *arg);

/* ---- one TCP link: bytes ---- */

static struct sock_link *sock_of(struct link *l)
{
	return (struct sock_link *)l;
}

static size_t waiting(const struct sock_link *s)
{
	return s->out.n - s->out_at;
}

static void watch(struct sock_link *s)
{
	short events = (short)(POLLIN | s->read_wants);

	if (s->phase == PHASE_GONE)
		return;
	if (s->phase == PHASE_CONNECT)
		events = POLLOUT;
	else if (s->phase == PHASE_HANDSHAKE)
		events = tls_wants(s->tls);
	else if (waiting(s) && !s->write_error)
		events = (short)(events | s->write_wants);
	loop_watch(s->link.fabric->loop, s->fd, events, on_fd, s);
}

static void gone(struct sock_link *s)
{
	struct loop *loop = s->link.fabric->loop;

	if (s->phase == PHASE_GONE)
		return;
	s->phase = PHASE_GONE;
	loop_cancel(loop, s->timer);
	if (s->fd >= 0) {
		loop_watch(loop, s->fd, 0, NULL, NULL);
		close(s->fd);
	}
	s->fd = -1;
	tls_close(s->tls);
	s->tls = NULL;
	buf_free(&s->out);
	s->out_at = 0;
}

/* Sends what it can. False: the connection takes no more, ever. */
static bool flush(struct sock_link *s)
{
	while (waiting(s)) {
		const char *p = s->out.p + s->out_at;
		long n = s->tls ? tls_write(s->tls, p, waiting(s)) :
			 send(s->fd, p, waiting(s), MSG_NOSIGNAL);

		if (s->tls ? n == TLS_AGAIN :
		    n < 0 && (errno == EAGAIN || errno == EINTR)) {
			s->write_wants = s->tls ? tls_wants(s->tls) : POLLOUT;
			break;
		}
		if (n <= 0) {
			s->write_error = s->tls ? EPIPE : errno;
			return false;
		}
		s->out_at += (size_t)n;
	}
	/* Moving the rest each time would cost the square of the queue. */
	if (s->out_at > s->out.n / 2) {
		buf_drop(&s->out, s->out_at);
		s->out_at = 0;
	}
	return true;
}

static void sock_send(struct link *l, struct span bytes)
{
	struct sock_link *s = sock_of(l);

	if (s->write_error)
		return;
	if (waiting(s) + bytes.n > LIMIT_LINK_QUEUE) {
		link_fail(l, "peer does not read: over %u bytes wait for it",
			  LIMIT_LINK_QUEUE);
		return;
	}
	if (s->out_at) {
		buf_drop(&s->out, s->out_at);
		s->out_at = 0;
	}
	buf_add(&s->out, bytes);
	/* A connection that takes no more may still have things to say: the
	 * reader goes on and meets its end. */
	flush(s);
	watch(s);
}

/* The end of what the peer sends. */
static void end_of_input(struct sock_link *s, long n)
{
	if (s->write_error && n == 0)
		link_fail_errno(&s->link, s->write_error);
	else if (n == 0)
		link_fail(&s->link, "closed by peer");
	else if (s->tls)
		link_fail(&s->link, "%s", tls_why(s->tls));
	else
		link_fail_errno(&s->link, errno);
}

static void take_input(void *arg)
{
	struct sock_link *s = arg;
	char chunk[CHUNK];

	for (unsigned i = 0; i < CHUNKS_A_TURN && !s->link.ended; i++) {
		long n = s->tls ? tls_recv(s->tls, chunk, sizeof chunk) :
			 recv(s->fd, chunk, sizeof chunk, 0);

		if (s->tls ? n == TLS_AGAIN :
		    n < 0 && (errno == EAGAIN || errno == EINTR)) {
			s->read_wants = s->tls ? tls_wants(s->tls) : POLLIN;
			return;
		}
		if (n <= 0) {
			end_of_input(s, n);
			return;
		}
		link_bytes(&s->link, (struct span){ chunk, (size_t)n });
	}
	/* poll does not see what OpenSSL has read already. */
	if (!s->link.ended && s->tls && tls_pending(s->tls))
		loop_soon(s->link.fabric->loop, take_input, s);
}

/* ---- one TCP link: life ---- */

static void too_late(void *arg)
{
	struct sock_link *s = arg;

	if (s->phase == PHASE_LINGER) {
		gone(s);
		link_drop(&s->link);
	} else {
		link_fail(&s->link, s->phase == PHASE_CONNECT ?
			  "connection timed out" :
			  "TLS handshake failed: timed out");
	}
}

static void up(struct sock_link *s)
{
	s->phase = PHASE_OPEN;
	loop_cancel(s->link.fabric->loop, s->timer);
	link_opened(&s->link);
	/* The peer's first bytes may have come with its handshake. */
	if (!s->link.ended && s->tls)
		take_input(s);
}

static void shake_hands(struct sock_link *s)
{
	long rc = tls_handshake(s->tls);

	if (rc > 0)
		up(s);
	else if (rc == TLS_FAILED)
		link_fail(&s->link, "%s", tls_why(s->tls));
}

static void connected(struct sock_link *s)
{
	struct address remote = { .n = sizeof remote.at };
	socklen_t n = sizeof(int);
	int error = 0;

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0 || error) {
		link_fail_errno(&s->link, error ? error : errno);
		return;
	}
	if (getpeername(s->fd, (struct sockaddr *)&remote.at, &remote.n) < 0) {
		link_fail_errno(&s->link, errno);
		return;
	}
	sock_names(&s->link, s->fd, &remote);
	if (!s->tls) {
		up(s);
		return;
	}
	s->phase = PHASE_HANDSHAKE;
	shake_hands(s);
}

/* The rest, TLS close, FIN; then waits for the peer's own end, because closing
 * a socket with unread bytes resets it and may destroy what we sent last.
 * True: all done. */
static bool linger(struct sock_link *s)
{
	char chunk[CHUNK];

	if (!s->write_error && !flush(s))
		return true;
	if (waiting(s))
		return false;
	if (!s->fin_sent) {
		if (s->tls)
			tls_bye(s->tls);
		shutdown(s->fd, SHUT_WR);
		s->fin_sent = true;
	}
	while (s->drained < DRAIN_MAX) {
		ssize_t n = recv(s->fd, chunk, sizeof chunk, 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return false;
		if (n <= 0)
			return true;
		s->drained += (size_t)n;
	}
	return true;
}

static bool sock_end(struct link *l, enum link_end how)
{
	struct sock_link *s = sock_of(l);
	struct linger reset = { .l_onoff = 1 };

	if (how == LINK_END_CLOSE && s->phase == PHASE_OPEN) {
		s->phase = PHASE_LINGER;
		if (!linger(s)) {
			s->timer = loop_after(l->fabric->loop, LINK_LINGER_US,
					      too_late, s);
			watch(s);
			return false;
		}
	}
	if (how == LINK_END_RESET && s->fd >= 0)
		setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	gone(s);
	return true;
}

static void sock_free(struct link *l)
{
	assert(sock_of(l)->phase == PHASE_GONE);
	free(l);
}

static const struct link_ops sock_ops = { sock_send, sock_end, sock_free };

static void on_fd(int fd, short revents, void *arg)
{
	struct sock_link *s = arg;

	assert(fd == s->fd);
	if (s->phase == PHASE_CONNECT) {
		connected(s);
	} else if (s->phase == PHASE_HANDSHAKE) {
		shake_hands(s);
	} else if (s->phase == PHASE_LINGER) {
		if (linger(s)) {
			gone(s);
			link_drop(&s->link);
		}
	} else {
		/* TLS may want to write to be able to read, and back. */
		if (waiting(s) && !s->write_error)
			flush(s);
		if (s->tls || revents & (POLLIN | POLLHUP | POLLERR))
			take_input(s);
	}
	watch(s);
}

static struct sock_link *sock_new(struct fabric *f, const struct endpoint *e,
				  int fd, struct listener *from)
{
	struct sock_link *s = must_alloc(sizeof *s);

	link_made(&s->link, f, &sock_ops, e, from);
	s->fd = fd;
	buf_init(&s->out, LIMIT_LINK_QUEUE);
	return s;
}

/* ---- accepting ---- */

static void on_accept(int fd, short revents, void *arg);

static void accept_again(void *arg)
{
	struct sock_listener *s = arg;

	s->timer = 0;
	loop_watch(s->li.fabric->loop, s->fd, POLLIN, on_accept, s);
}

static void accept_one(struct sock_listener *from, int fd,
		       const struct address *remote)
{
	struct sock_fabric *f = (struct sock_fabric *)from->li.fabric;
	struct sock_link *s = sock_new(&f->fabric, &from->li.at, fd, &from->li);
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	sock_names(&s->link, fd, remote);
	if (from->li.at.secure) {
		s->tls = tls_open(f->tls, fd, false, NULL);
		s->phase = PHASE_HANDSHAKE;
		s->timer = loop_after(f->fabric.loop, LINK_HANDSHAKE_US,
				      too_late, s);
	} else {
		up(s);
	}
	watch(s);
}

static void on_accept(int fd, short revents, void *arg)
{
	struct sock_listener *s = arg;
	struct loop *loop = s->li.fabric->loop;

	(void)revents;
	for (unsigned i = 0; i < ACCEPTS_A_TURN && !s->li.closed; i++) {
		struct address a = { .n = sizeof a.at };
		int got = accept4(fd, (struct sockaddr *)&a.at, &a.n,
				  SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (got < 0 && (errno == EMFILE || errno == ENFILE ||
				errno == ENOBUFS || errno == ENOMEM)) {
			loop_watch(loop, fd, 0, NULL, NULL);
			s->timer = loop_after(loop, ACCEPT_PAUSE_US,
					      accept_again, s);
			return;
		}
		if (got < 0)
			return;
		if (listener_full(&s->li))
			close(got);
		else
			accept_one(s, got, &a);
	}
}

/* ---- the fabric ---- */

static struct listener *sock_listen(struct fabric *f, const struct endpoint *e,
				    struct err *err)
{
	if (e->secure && !tls_can_listen(((struct sock_fabric *)f)->tls)) {
		err_set(err, EXIT_BROKE, "cannot listen on tls:%s:%u: no "
			"certificate", e->host, e->port);
		return NULL;
	}
	struct sock_listener *s = sock_bind(e, err);

	if (!s)
		return NULL;
	s->li.fabric = f;
	if (e->stream)
		loop_watch(f->loop, s->fd, POLLIN, on_accept, s);
	else
		udp_listening(f, s);
	return &s->li;
}

static void sock_unlisten(struct listener *li)
{
	struct sock_listener *s = (struct sock_listener *)li;

	loop_cancel(li->fabric->loop, s->timer);
	loop_watch(li->fabric->loop, s->fd, 0, NULL, NULL);
	close(s->fd);
	s->fd = -1;
}

static struct link *tcp_connect(struct fabric *f, const struct endpoint *e,
				const char *server_name, struct err *err)
{
	struct sock_fabric *sf = (struct sock_fabric *)f;
	struct address to;
	int error;

	if (e->secure && !sf->tls) {
		err_set(err, EXIT_BROKE, "cannot connect to tls:%s:%u: TLS was "
			"not set up", e->host, e->port);
		return NULL;
	}
	int fd = sock_connect(e, &to, &error, err);

	if (fd == -2)
		return NULL;
	struct sock_link *s = sock_new(f, e, fd, NULL);

	address_text(s->link.remote, &to);
	if (fd < 0) {
		link_fail_errno(&s->link, error);
		return &s->link;
	}
	if (e->secure)
		s->tls = tls_open(sf->tls, fd, true,
				  server_name ? server_name : e->host);
	s->timer = loop_after(f->loop, LINK_OPEN_US, too_late, s);
	watch(s);
	return &s->link;
}

static struct link *sockets_connect(struct fabric *f, const struct endpoint *e,
				    const char *server_name, struct err *err)
{
	if (e->stream)
		return tcp_connect(f, e, server_name, err);
	return udp_connect(f, e, err);
}

static void sockets_free(struct fabric *f)
{
	tls_free(((struct sock_fabric *)f)->tls);
	free(f);
}

static const struct fabric_ops sockets_ops = {
	sock_listen, sock_unlisten, sockets_connect, udp_peer, sockets_free,
};

struct fabric *fabric_sockets(struct loop *l, const struct tls_material *tls,
			      struct err *err)
{
	struct sock_fabric *f = must_alloc(sizeof *f);

	signal(SIGPIPE, SIG_IGN);
	f->fabric.loop = l;
	f->fabric.ops = &sockets_ops;
	if (tls && !(f->tls = tls_new(tls, err))) {
		free(f);
		return NULL;
	}
	return &f->fabric;
}
