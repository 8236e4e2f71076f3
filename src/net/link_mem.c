/* The fabric in memory: pipes between links of one fabric. Each link has an
 * inbox; what one end sends is put into the other's, and one piece is taken
 * out per loop_soon, so that everything happens in the order of sending. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "net/link_impl.h"

#define PIECE_MAX (16u * 1024)          /* streams come in pieces, as on TCP */
#define DATAGRAM_MAX 65507u
#define DATAGRAMS_BYTES_MAX (16u << 20) /* in flight; more is lost */
#define LISTEN_PORT 20000u              /* made-up ports */
#define CLIENT_PORT 40000u
#define PORT_END 65536u

enum piece_kind { PIECE_OPENED, PIECE_BYTES, PIECE_END, PIECE_RESET };

struct piece {
	struct piece *next;
	enum piece_kind kind;
	char from[ENDPOINT_TEXT_MAX], to[ENDPOINT_TEXT_MAX];    /* datagrams */
	size_t n;
	char bytes[];
};

struct inbox {
	struct piece *first, **last;
	size_t bytes;
};

struct mem_fabric {
	struct fabric fabric;
	unsigned listen_port, client_port;
	struct inbox datagrams;
};

struct mem_link {
	struct link link;
	struct endpoint to;             /* a client's */
	struct mem_link *peer;          /* streams; NULL: not yet or gone */
	struct inbox inbox;
	bool scheduled;
};

static struct mem_link *mem_of(struct link *l)
{
	return (struct mem_link *)l;
}

/* ---- inboxes ---- */

static struct piece *inbox_put(struct inbox *in, enum piece_kind kind,
			       struct span bytes)
{
	struct piece *p = must_alloc(sizeof *p + bytes.n);

	p->kind = kind;
	p->n = bytes.n;
	if (bytes.n)
		memcpy(p->bytes, bytes.p, bytes.n);
	if (!in->first)
		in->last = &in->first;
	*in->last = p;
	in->last = &p->next;
	in->bytes += bytes.n;
	return p;
}

static struct piece *inbox_take(struct inbox *in)
{
	struct piece *p = in->first;

	if (p) {
		in->first = p->next;
		in->bytes -= p->n;
	}
	return p;
}

static void inbox_empty(struct inbox *in)
{
	struct piece *p;

	while ((p = inbox_take(in)) != NULL)
		free(p);
}

/* ---- streams ---- */

static void deliver(void *arg);

static void schedule(struct mem_link *m)
{
	if (m->scheduled || !m->inbox.first)
		return;
	m->scheduled = true;
	loop_soon(m->link.fabric->loop, deliver, m);
}

static void deliver(void *arg)
{
	struct mem_link *m = arg;
	struct piece *p = inbox_take(&m->inbox);

	m->scheduled = false;
	schedule(m);
	if (p && !m->link.ended) {
		switch (p->kind) {
		case PIECE_OPENED:
			link_opened(&m->link);
			break;
		case PIECE_BYTES:
			link_bytes(&m->link, (struct span){ p->bytes, p->n });
			break;
		case PIECE_END:
			link_fail(&m->link, "closed by peer");
			break;
		case PIECE_RESET:
			link_fail(&m->link, "connection reset by peer");
			break;
		}
	}
	free(p);
}

static void post(struct mem_link *to, enum piece_kind kind, struct span bytes)
{
	inbox_put(&to->inbox, kind, bytes);
	schedule(to);
}

static void stream_send(struct link *l, struct span bytes)
{
	struct mem_link *m = mem_of(l);

	/* The peer ended: its end is in our inbox, what we say is lost. */
	if (!m->peer)
		return;
	if (m->peer->inbox.bytes + bytes.n > LIMIT_LINK_QUEUE) {
		link_fail(l, "peer does not read: over %u bytes wait for it",
			  LIMIT_LINK_QUEUE);
		return;
	}
	for (size_t at = 0; at < bytes.n; at += PIECE_MAX)
		post(m->peer, PIECE_BYTES, span_sub(bytes, at, PIECE_MAX));
}

static bool mem_end(struct link *l, enum link_end how)
{
	struct mem_link *m = mem_of(l), *peer = m->peer;

	if (peer) {
		m->peer = peer->peer = NULL;
		post(peer, how == LINK_END_CLOSE ? PIECE_END : PIECE_RESET,
		     SPAN_NONE);
	}
	inbox_empty(&m->inbox);
	return true;
}

static void mem_free(struct link *l)
{
	inbox_empty(&mem_of(l)->inbox);
	free(l);
}

static const struct link_ops stream_ops = { stream_send, mem_end, mem_free };

static struct mem_link *mem_new(struct fabric *f, const struct link_ops *ops,
				const struct endpoint *e, struct listener *from)
{
	struct mem_link *m = must_alloc(sizeof *m);

	link_made(&m->link, f, ops, e, from);
	return m;
}

/* ---- addresses ---- */

static void at_text(char out[ENDPOINT_TEXT_MAX], const struct endpoint *e)
{
	endpoint_host_port(out, e->host, e->port);
}

static bool everywhere(const char *host)
{
	return !strcmp(host, "0.0.0.0") || !strcmp(host, "::");
}

static struct listener *find_listener(const struct fabric *f, bool stream,
				      const char *host, unsigned port)
{
	for (struct listener *li = f->listeners; li; li = li->next)
		if (li->at.stream == stream && li->at.port == port &&
		    (!strcmp(li->at.host, host) || everywhere(li->at.host)))
			return li;
	return NULL;
}

static void plain_host(struct endpoint *e)
{
	if (!strcmp(e->host, "localhost"))
		snprintf(e->host, sizeof e->host, "127.0.0.1");
}

static void client_names(struct mem_link *m, const struct endpoint *e)
{
	struct mem_fabric *f = (struct mem_fabric *)m->link.fabric;

	m->to = *e;
	plain_host(&m->to);
	at_text(m->link.remote, &m->to);
	endpoint_host_port(m->link.local,
			   strchr(e->host, ':') ? "::1" : "127.0.0.1",
			   f->client_port);
	if (++f->client_port == PORT_END)
		f->client_port = CLIENT_PORT;
}

/* ---- connecting ---- */

static void meet(void *arg)
{
	struct mem_link *m = arg;
	struct fabric *f = m->link.fabric;

	if (m->link.ended)
		return;
	struct listener *li = find_listener(f, true, m->to.host, m->to.port);

	if (!li) {
		link_fail(&m->link, "connection refused");
		return;
	}
	if (li->at.secure != m->to.secure || listener_full(li)) {
		link_fail(&m->link, m->to.secure && !li->at.secure ?
			  "TLS handshake failed: closed by peer" :
			  "closed by peer");
		return;
	}
	struct mem_link *s = mem_new(f, &stream_ops, &li->at, li);

	snprintf(s->link.local, sizeof s->link.local, "%s", m->link.remote);
	snprintf(s->link.remote, sizeof s->link.remote, "%s", m->link.local);
	s->peer = m;
	m->peer = s;
	post(m, PIECE_OPENED, SPAN_NONE);
	link_opened(&s->link);
}

/* ---- datagrams ---- */

static void deliver_datagram(void *arg);

static void datagram_send(struct link *l, struct span bytes)
{
	struct mem_fabric *f = (struct mem_fabric *)l->fabric;

	if (bytes.n > DATAGRAM_MAX) {
		link_fail(l, "datagram too long: %zu bytes", bytes.n);
		return;
	}
	if (f->datagrams.bytes + bytes.n > DATAGRAMS_BYTES_MAX)
		return;
	struct piece *p = inbox_put(&f->datagrams, PIECE_BYTES, bytes);

	snprintf(p->from, sizeof p->from, "%s", l->local);
	snprintf(p->to, sizeof p->to, "%s", l->remote);
	loop_soon(f->fabric.loop, deliver_datagram, f);
}

static const struct link_ops datagram_ops = { datagram_send, mem_end,
					      mem_free };

static struct link *find_datagram(const struct fabric *f,
				  const struct listener *li, const char *local,
				  const char *remote)
{
	for (struct link *l = f->links; l; l = l->next)
		if (!l->stream && !l->ended && l->listener == li &&
		    !strcmp(l->remote, remote) &&
		    (li || !strcmp(l->local, local)))
			return l;
	return NULL;
}

static struct link *make_peer(struct listener *li, const char *remote,
			      bool ours)
{
	listener_make_room(li);
	struct mem_link *m = mem_new(li->fabric, &datagram_ops, &li->at, li);

	at_text(m->link.local, &li->at);
	snprintf(m->link.remote, sizeof m->link.remote, "%s", remote);
	m->link.client = ours;
	link_opened(&m->link);
	return &m->link;
}

/* A listener's socket takes from anybody, a client's from its peer alone. */
static struct link *receiver(struct fabric *f, const struct piece *p)
{
	struct listener *li = NULL;
	struct endpoint e;
	char text[ENDPOINT_TEXT_MAX + 4];

	snprintf(text, sizeof text, "udp:%s", p->to);
	if (endpoint_read(&e, text, NULL) == 0)
		li = find_listener(f, false, e.host, e.port);
	struct link *l = find_datagram(f, li, p->to, p->from);

	if (l || !li)
		return l;
	return make_peer(li, p->from, false);
}

static void deliver_datagram(void *arg)
{
	struct mem_fabric *f = arg;
	struct piece *p = inbox_take(&f->datagrams);

	if (!p)
		return;
	struct link *l = receiver(&f->fabric, p);

	if (l && !l->ended)
		link_bytes(l, (struct span){ p->bytes, p->n });
	free(p);
}

static struct link *mem_peer(struct listener *li, const struct endpoint *e,
			     struct err *err)
{
	char remote[ENDPOINT_TEXT_MAX];
	struct endpoint to = *e;

	plain_host(&to);
	at_text(remote, &to);
	struct link *l = find_datagram(li->fabric, li, "", remote);

	if (l)
		return l;
	(void)err;
	return make_peer(li, remote, true);
}

static void datagram_opened(void *arg)
{
	struct mem_link *m = arg;

	if (!m->link.ended)
		link_opened(&m->link);
}

/* ---- the fabric ---- */

static struct listener *mem_listen(struct fabric *f, const struct endpoint *e,
				   struct err *err)
{
	struct mem_fabric *mf = (struct mem_fabric *)f;
	struct endpoint at = *e;
	char text[ENDPOINT_TEXT_MAX];

	plain_host(&at);
	while (!at.port) {
		if (mf->listen_port == CLIENT_PORT)
			mf->listen_port = LISTEN_PORT;
		at.port = mf->listen_port++;
		if (find_listener(f, true, at.host, at.port) ||
		    find_listener(f, false, at.host, at.port))
			at.port = 0;
	}
	if (find_listener(f, at.stream, at.host, at.port)) {
		endpoint_text(text, &at);
		err_set(err, EXIT_BROKE,
			"cannot listen on %s: Address already in use", text);
		return NULL;
	}
	struct listener *li = must_alloc(sizeof *li);

	li->at = at;
	return li;
}

static void mem_unlisten(struct listener *li)
{
	(void)li;
}

static struct link *mem_connect(struct fabric *f, const struct endpoint *e,
				const char *server_name, struct err *err)
{
	struct mem_link *m = mem_new(f, e->stream ? &stream_ops : &datagram_ops,
				     e, NULL);

	(void)server_name;
	(void)err;
	client_names(m, e);
	m->link.open = !e->stream;      /* datagrams go at once, one by one */
	loop_soon(f->loop, e->stream ? meet : datagram_opened, m);
	return &m->link;
}

static void memory_free(struct fabric *f)
{
	inbox_empty(&((struct mem_fabric *)f)->datagrams);
	free(f);
}

static const struct fabric_ops memory_ops = {
	mem_listen, mem_unlisten, mem_connect, mem_peer, memory_free,
};

struct fabric *fabric_memory(struct loop *l)
{
	struct mem_fabric *f = must_alloc(sizeof *f);

	f->fabric.loop = l;
	f->fabric.ops = &memory_ops;
	f->listen_port = LISTEN_PORT;
	f->client_port = CLIENT_PORT;
	return &f->fabric;
}
