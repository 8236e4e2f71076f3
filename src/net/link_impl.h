/* The inside of links, for the files of src/net alone: what every link has in
 * common, and what a transport (sockets, memory) must be able to do.
 *
 * Life of a link: made (not open), open, ended, dropped. Once ended, nothing is
 * told of it but closed(), and that only if the environment or the peer ended
 * it. Its memory goes through loop_dispose, so that callers up the stack may
 * still look at it. */
#ifndef NET_LINK_IMPL_H
#define NET_LINK_IMPL_H

#include "base/buf.h"
#include "net/endpoint.h"
#include "net/link.h"

#define LINK_OPEN_US (30ll * 1000 * 1000)       /* connect, with handshake */
#define LINK_HANDSHAKE_US (10ll * 1000 * 1000)  /* of an accepted link */
#define LINK_LINGER_US (2ll * 1000 * 1000)      /* link_close: to send the rest */

enum link_end {
	LINK_END_CLOSE,         /* the rest is sent first */
	LINK_END_RESET,
	LINK_END_FAIL,          /* nothing is left to be said to the peer */
};

struct link_ops {
	/* Only for open links that have not ended. */
	void (*send)(struct link *l, struct span bytes);
	/* The transport goes. False: later (LINK_END_CLOSE only); it then calls
	 * link_drop itself. May be called again with LINK_END_FAIL. */
	bool (*end)(struct link *l, enum link_end how);
	void (*free)(struct link *l);   /* memory; the transport is gone */
};

struct link {
	struct fabric *fabric;
	struct link *next, *prev;
	const struct link_ops *ops;
	struct link_calls calls;
	struct listener *listener;      /* that accepted it; NULL: none or gone */
	uint32_t number;
	uint64_t touched;               /* when bytes last went, in the order of
					   the fabric's bytes */
	bool client, stream, secure;
	bool open;                      /* it came up */
	bool told;                      /* ... and the tap knows */
	bool ended;
	bool quiet;                     /* closed() is not wanted */
	bool dropped;
	char why[200];
	char local[ENDPOINT_TEXT_MAX], remote[ENDPOINT_TEXT_MAX];
	char *tag;
	struct buf early;               /* sent before it was open */
};

struct fabric_ops {
	struct listener *(*listen)(struct fabric *f, const struct endpoint *e,
				   struct err *err);
	void (*unlisten)(struct listener *li);  /* the transport, not memory */
	struct link *(*connect)(struct fabric *f, const struct endpoint *e,
				const char *server_name, struct err *err);
	/* Datagram listeners only. */
	struct link *(*peer)(struct listener *li, const struct endpoint *e,
			     struct err *err);
	void (*free)(struct fabric *f);         /* everything is closed */
};

struct listener {
	struct fabric *fabric;
	struct listener *next, *prev;
	link_accept *accept;
	void *arg;
	struct endpoint at;
	char name[ENDPOINT_TEXT_MAX];
	unsigned n_links;
	bool closed;
};

/* A protocol object on the fabric; kill frees it without any callback. */
struct guest {
	struct guest *next, *prev;
	void (*kill)(struct guest *g);
};

struct fabric {
	struct loop *loop;
	const struct fabric_ops *ops;
	struct link_tap tap;
	struct link *links;
	struct listener *listeners;
	struct guest *guests;
	uint32_t n_links;       /* ever made */
	uint64_t n_touches;
	bool freed;
};

/* For transports. link_made: common part of a new link. */
void link_made(struct link *l, struct fabric *f, const struct link_ops *ops,
	       const struct endpoint *e, struct listener *from);
void link_opened(struct link *l);       /* tells tap, and owner or acceptor */
void link_bytes(struct link *l, struct span bytes);     /* received */
/* Ends it for a reason that its owner did not choose; closed() follows from
 * the loop. */
void link_fail(struct link *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void link_fail_errno(struct link *l, int error);
void link_drop(struct link *l);         /* its last moment */
bool listener_full(const struct listener *li);
/* Datagram listeners: the peer that was silent longest goes for a new one. */
void listener_make_room(struct listener *li);

void guest_add(struct fabric *f, struct guest *g,
	       void (*kill)(struct guest *g));
void guest_remove(struct fabric *f, struct guest *g);
struct fabric *link_fabric(const struct link *l);

#endif
