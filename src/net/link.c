#include "net/link.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "net/link_impl.h"

/* ---- lists ---- */

#define LIST_ADD(head, x) do {                  \
	(x)->prev = NULL;                       \
	(x)->next = (head);                     \
	if (head)                               \
		(head)->prev = (x);             \
	(head) = (x);                           \
} while (0)

#define LIST_REMOVE(head, x) do {               \
	if ((x)->next)                          \
		(x)->next->prev = (x)->prev;    \
	if ((x)->prev)                          \
		(x)->prev->next = (x)->next;    \
	else                                    \
		(head) = (x)->next;             \
} while (0)

void guest_add(struct fabric *f, struct guest *g,
	       void (*kill)(struct guest *g))
{
	g->kill = kill;
	LIST_ADD(f->guests, g);
}

void guest_remove(struct fabric *f, struct guest *g)
{
	LIST_REMOVE(f->guests, g);
}

/* ---- what owners see ---- */

void link_set_calls(struct link *l, struct link_calls calls)
{
	l->calls = calls;
}

bool link_secure(const struct link *l)
{
	return l->secure;
}

bool link_stream(const struct link *l)
{
	return l->stream;
}

const char *link_local(const struct link *l)
{
	return l->local;
}

const char *link_remote(const struct link *l)
{
	return l->remote;
}

struct loop *link_loop(const struct link *l)
{
	return l->fabric->loop;
}

struct fabric *link_fabric(const struct link *l)
{
	return l->fabric;
}

void link_set_tag(struct link *l, const char *tag)
{
	free(l->tag);
	l->tag = tag && *tag ? span_dup(span_str(tag)) : NULL;
}

const char *link_tag(const struct link *l)
{
	return l->tag ? l->tag : "";
}

uint32_t link_number(const struct link *l)
{
	return l->number;
}

/* Before anything else is told, but as late as possible: the owner tags the
 * link meanwhile. */
static void tell_opened(struct link *l)
{
	const struct link_tap *tap = &l->fabric->tap;

	if (l->told)
		return;
	l->told = true;
	if (tap->opened)
		tap->opened(l, l->client, tap->arg);
}

static void transmit(struct link *l, struct span bytes)
{
	const struct link_tap *tap = &l->fabric->tap;

	l->touched = ++l->fabric->n_touches;
	tell_opened(l);
	if (tap->bytes)
		tap->bytes(l, true, bytes, tap->arg);
	if (!l->ended)
		l->ops->send(l, bytes);
}

void link_send(struct link *l, struct span bytes)
{
	if (l->ended || !bytes.n)
		return;
	if (l->open)
		transmit(l, bytes);
	else if (!buf_add(&l->early, bytes))
		link_fail(l, "peer does not read: over %u bytes wait before "
			  "the connection is up", LIMIT_LINK_QUEUE);
}

/* ---- life ---- */

void link_made(struct link *l, struct fabric *f, const struct link_ops *ops,
	       const struct endpoint *e, struct listener *from)
{
	l->fabric = f;
	l->ops = ops;
	l->number = ++f->n_links;
	l->touched = ++f->n_touches;
	l->stream = e->stream;
	l->secure = e->secure;
	l->client = !from;
	l->listener = from;
	if (from)
		from->n_links++;
	buf_init(&l->early, LIMIT_LINK_QUEUE);
	LIST_ADD(f->links, l);
}

void link_opened(struct link *l)
{
	assert(!l->ended);
	l->open = true;
	if (l->client && l->listener)
		return;         /* listener_link: its owner has yet to see it */
	if (l->client) {
		tell_opened(l);
		if (l->early.n && !l->ended)
			transmit(l, buf_span(&l->early));
		buf_free(&l->early);
		if (!l->ended && l->calls.opened)
			l->calls.opened(l, l->calls.arg);
	} else if (l->listener && l->listener->accept) {
		l->listener->accept(l, l->listener->arg);
		if (!l->ended)
			tell_opened(l);
	} else {
		link_close(l);  /* the listener went during the handshake */
	}
}

void link_bytes(struct link *l, struct span bytes)
{
	const struct link_tap *tap = &l->fabric->tap;

	if (l->ended)
		return;
	l->touched = ++l->fabric->n_touches;
	tell_opened(l);
	if (tap->bytes)
		tap->bytes(l, false, bytes, tap->arg);
	if (!l->ended && l->calls.bytes)
		l->calls.bytes(l, bytes, l->calls.arg);
}

static void tell_end(struct link *l, bool by_us)
{
	const struct link_tap *tap = &l->fabric->tap;

	if (l->open)
		tell_opened(l);
	l->ended = true;
	if (l->open && tap->closed)
		tap->closed(l, by_us, tap->arg);
}

static void tell_closed(void *arg)
{
	struct link *l = arg;

	if (!l->quiet && l->calls.closed)
		l->calls.closed(l, l->why, l->calls.arg);
	link_drop(l);
}

void link_fail(struct link *l, const char *fmt, ...)
{
	va_list ap;

	if (l->ended)
		return;
	va_start(ap, fmt);
	vsnprintf(l->why, sizeof l->why, fmt, ap);
	va_end(ap);
	tell_end(l, false);
	l->ops->end(l, LINK_END_FAIL);
	loop_soon(l->fabric->loop, tell_closed, l);
}

void link_fail_errno(struct link *l, int error)
{
	switch (error) {
	case ECONNREFUSED:
		link_fail(l, "connection refused");
		return;
	case ECONNRESET:
	case EPIPE:
		link_fail(l, "connection reset by peer");
		return;
	case ETIMEDOUT:
		link_fail(l, "connection timed out");
		return;
	default:
		link_fail(l, "%s", strerror(error));
	}
}

static void end_by_us(struct link *l, enum link_end how)
{
	l->quiet = true;
	if (l->ended)
		return;
	tell_end(l, true);
	l->calls = (struct link_calls){ 0 };
	if (l->ops->end(l, l->open ? how : LINK_END_RESET))
		link_drop(l);
}

void link_close(struct link *l)
{
	end_by_us(l, LINK_END_CLOSE);
}

void link_abort(struct link *l)
{
	end_by_us(l, LINK_END_RESET);
}

static void dispose_link(void *arg)
{
	struct link *l = arg;

	buf_free(&l->early);
	free(l->tag);
	l->ops->free(l);
}

void link_drop(struct link *l)
{
	if (l->dropped)
		return;
	l->dropped = true;
	if (l->listener)
		l->listener->n_links--;
	l->listener = NULL;
	loop_forget(l->fabric->loop, l);
	LIST_REMOVE(l->fabric->links, l);
	loop_dispose(l->fabric->loop, dispose_link, l);
}

/* ---- listeners ---- */

struct listener *fabric_listen(struct fabric *f, const char *endpoint,
			       link_accept *accept, void *arg,
			       struct err *err)
{
	struct endpoint e;

	if (endpoint_read(&e, endpoint, err) < 0)
		return NULL;
	struct listener *li = f->ops->listen(f, &e, err);

	if (!li)
		return NULL;
	li->fabric = f;
	li->accept = accept;
	li->arg = arg;
	endpoint_text(li->name, &li->at);
	LIST_ADD(f->listeners, li);
	return li;
}

const char *listener_endpoint(const struct listener *li)
{
	return li->name;
}

bool listener_full(const struct listener *li)
{
	return li->n_links >= LIMIT_LINKS;
}

void listener_make_room(struct listener *li)
{
	struct link *oldest = NULL;

	if (!listener_full(li))
		return;
	for (struct link *l = li->fabric->links; l; l = l->next)
		if (l->listener == li && !l->ended &&
		    (!oldest || l->touched < oldest->touched))
			oldest = l;
	if (oldest)
		link_fail(oldest, "over %u peers: its place was needed",
			  LIMIT_LINKS);
}

static void disown_links(struct listener *li)
{
	for (struct link *l = li->fabric->links, *next; l; l = next) {
		next = l->next;
		if (l->listener != li)
			continue;
		if (!l->stream)
			link_fail(l, "listener closed");
		l->listener = NULL;
	}
}

void listener_close(struct listener *li)
{
	if (li->closed)
		return;
	li->closed = true;
	disown_links(li);
	li->fabric->ops->unlisten(li);
	LIST_REMOVE(li->fabric->listeners, li);
	loop_forget(li->fabric->loop, li);
	loop_dispose(li->fabric->loop, free, li);
}

struct link *listener_link(struct listener *li, const char *peer,
			   struct err *err)
{
	char text[ENDPOINT_TEXT_MAX];
	struct endpoint e;

	if (li->at.stream) {
		err_set(err, EXIT_USAGE, "%s is no datagram listener",
			li->name);
		return NULL;
	}
	snprintf(text, sizeof text, "%s%s",
		 strncmp(peer, "udp:", 4) ? "udp:" : "", peer);
	if (endpoint_read(&e, text, err) < 0)
		return NULL;
	return li->fabric->ops->peer(li, &e, err);
}

/* ---- fabrics ---- */

struct link *fabric_connect(struct fabric *f, const char *endpoint,
			    const char *server_name, struct link_calls calls,
			    struct err *err)
{
	struct endpoint e;

	if (endpoint_read(&e, endpoint, err) < 0)
		return NULL;
	struct link *l = f->ops->connect(f, &e, server_name, err);

	if (l)
		l->calls = calls;
	return l;
}

void fabric_set_tap(struct fabric *f, struct link_tap tap)
{
	f->tap = tap;
}

static void dispose_fabric(void *arg)
{
	struct fabric *f = arg;

	f->ops->free(f);
}

void fabric_free(struct fabric *f)
{
	if (!f || f->freed)
		return;
	f->freed = true;
	f->tap = (struct link_tap){ 0 };
	while (f->guests) {
		struct guest *g = f->guests;

		guest_remove(f, g);
		g->kill(g);
	}
	while (f->links) {
		struct link *l = f->links;

		l->ended = l->quiet = true;
		l->calls = (struct link_calls){ 0 };
		l->ops->end(l, LINK_END_FAIL);
		link_drop(l);
	}
	while (f->listeners)
		listener_close(f->listeners);
	loop_forget(f->loop, f);
	loop_dispose(f->loop, dispose_fabric, f);
}
