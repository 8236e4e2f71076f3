/* The one seam between actors and the world. A link is a byte stream (TCP,
 * TLS) or a datagram flow (UDP); a fabric makes links: real sockets, or pipes
 * in memory. Actors and protocol layers see nothing else.
 *
 * A tap sees the plain bytes of a link, as sent and received, whatever carries
 * them; the bench turns them into events. Links know nothing of events. */
#ifndef NET_LINK_H
#define NET_LINK_H

#include "base/err.h"
#include "base/span.h"
#include "net/loop.h"

struct link;
struct fabric;

/* Set by the owner; any may be NULL. After closed() the link is dead and is
 * freed by the fabric once the callback returns. closed() always comes from the
 * loop, never from inside link_send. Reasons that tests and actors may look at:
 * "connection refused", "closed by peer", "connection reset by peer",
 * "peer does not read ..." (LIMIT_LINK_QUEUE bytes wait), "TLS handshake
 * failed: ...", "connection timed out". A link may be closed inside any of its
 * own callbacks. */
struct link_calls {
	void (*opened)(struct link *l, void *arg);     /* TCP+TLS are up */
	void (*bytes)(struct link *l, struct span bytes, void *arg);
	void (*closed)(struct link *l, const char *why, void *arg);
	void *arg;
};

void link_set_calls(struct link *l, struct link_calls calls);
/* Queues (before opened() too); a peer that does not read makes the link close,
 * never block. A datagram that cannot be sent is lost, as on a network. */
void link_send(struct link *l, struct span bytes);
/* closed() is not called, and the link is not to be touched any more. What
 * was queued is still sent, for 2 s at most; before opened() it is dropped. */
void link_close(struct link *l);
void link_abort(struct link *l);        /* TCP reset; closed() not called */
bool link_secure(const struct link *l);
bool link_stream(const struct link *l);
const char *link_local(const struct link *l);   /* "127.0.0.1:5060" */
const char *link_remote(const struct link *l);
struct loop *link_loop(const struct link *l);

/* An end point: "udp:127.0.0.1:0", "tcp:...", "tls:host:port". Port 0 asks the
 * kernel. IPv6 in brackets. A name is looked up when the end point is used,
 * IPv4 first; that alone may block, addresses and localhost never do. Errors:
 * EXIT_USAGE for a text that is no end point, EXIT_BROKE when it cannot be
 * had (port taken, no such host, no certificate). A listener holds LIMIT_LINKS
 * links at most; further streams are turned away, further datagram peers take
 * the place of the one that was silent longest. A link whose TLS handshake
 * takes over 10 s, or whose connect takes over 30 s, fails. */
struct listener;
typedef void link_accept(struct link *l, void *arg);    /* opened already */
struct listener *fabric_listen(struct fabric *f, const char *endpoint,
			       link_accept *accept, void *arg,
			       struct err *err);
const char *listener_endpoint(const struct listener *li); /* real port */
/* Accepted streams live on; datagram links close ("listener closed"). */
void listener_close(struct listener *li);
/* A datagram listener makes one link per peer address; this makes (or finds)
 * the link from that listener to a peer. */
struct link *listener_link(struct listener *li, const char *peer,
			   struct err *err);
/* Returns at once; opened() or closed() follow. server_name is for TLS. */
struct link *fabric_connect(struct fabric *f, const char *endpoint,
			    const char *server_name, struct link_calls calls,
			    struct err *err);

/* Every link that comes up tells its tap: opened, bytes out/in, closed. Set on
 * the fabric before links are made. client: this end opened the link. by_us:
 * link_close or link_abort ended it. A link of fabric_free tells nothing.
 * opened() comes after the acceptor had its chance to tag the link; of a
 * listener_link, with its first bytes. */
struct link_tap {
	void (*opened)(struct link *l, bool client, void *arg);
	void (*bytes)(struct link *l, bool sent, struct span bytes, void *arg);
	void (*closed)(struct link *l, bool by_us, void *arg);
	void *arg;
};
void fabric_set_tap(struct fabric *f, struct link_tap tap);
/* Free words for the owner and for the tap. */
void link_set_tag(struct link *l, const char *tag);     /* copied */
const char *link_tag(const struct link *l);             /* "" when none */
uint32_t link_number(const struct link *l);     /* > 0, unique per fabric */

struct tls_material {           /* PEM texts, or NULL */
	const char *certificate, *key;  /* for listeners */
	const char *ca;                 /* whom connectors trust */
	bool no_verify;
	void (*keylog)(const char *line, void *arg);
	void *keylog_arg;
};
/* tls NULL: no "tls:" end points. The texts are not needed afterwards. Makes
 * the process ignore SIGPIPE. */
struct fabric *fabric_sockets(struct loop *l, const struct tls_material *tls,
			      struct err *err);
/* Pipes in memory, delivered through loop_soon in the order of sending. "tls:"
 * links say link_secure and do no TLS; port 0 makes up a free port. */
struct fabric *fabric_memory(struct loop *l);
/* Closes everything that is left, at once and without any callback. Before
 * loop_free. */
void fabric_free(struct fabric *f);
/* Makes a CA and a server certificate for the names ("127.0.0.1,localhost");
 * texts are malloc'd PEM, the CA's own key is thrown away. */
int tls_self_made(const char *names, char **ca, char **certificate, char **key,
		  struct err *err);

#endif
