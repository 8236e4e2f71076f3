#include <stdlib.h>

#include "base/limits.h"
#include "net/conn_impl.h"

struct sip_conn {
	struct guest guest;
	struct fabric *fabric;
	struct link *link;      /* NULL once closed() was told */
	struct loop *loop;
	sip_conn_message *message;
	sip_conn_closed *closed;
	void *arg;
	struct buf in;          /* an unfinished message of a stream */
	bool down;              /* the link is gone */
	bool over;              /* so is the owner */
};

static void dispose(void *arg)
{
	struct sip_conn *c = arg;

	buf_free(&c->in);
	free(c);
}

static void kill(struct guest *g)
{
	struct sip_conn *c = (struct sip_conn *)g;

	c->over = true;
	loop_dispose(c->loop, dispose, c);
}

static void tell_down(struct sip_conn *c)
{
	c->down = true;
	if (c->closed && !c->over)
		c->closed(c, c->arg);
	c->link = NULL;
}

static void give(struct sip_conn *c, struct span bytes)
{
	struct sip_msg m;

	if (sip_read(&m, bytes) && c->message)
		c->message(c, &m, c->arg);
}

/* Gives whole messages; false: framing is lost. */
static bool read_stream(struct sip_conn *c)
{
	size_t at = 0;
	bool good = true;

	while (!c->over && !c->down) {
		struct span s = span_from(buf_span(&c->in), at);
		size_t skip = 0;
		long n = sip_frame(s, &skip);

		at += skip;
		if (n <= 0) {
			good = n == 0;
			break;
		}
		give(c, span_sub(s, skip, (size_t)n));
		at += (size_t)n;
	}
	buf_drop(&c->in, at);
	return good;
}

static void on_bytes(struct link *l, struct span bytes, void *arg)
{
	struct sip_conn *c = arg;

	if (!link_stream(l)) {
		give(c, bytes);
		return;
	}
	if (buf_add(&c->in, bytes) && read_stream(c))
		return;
	if (c->over || c->down)
		return;
	link_close(l);
	tell_down(c);
}

static void on_closed(struct link *l, const char *why, void *arg)
{
	(void)l;
	(void)why;
	tell_down(arg);
}

struct sip_conn *sip_conn_new(struct link *l, sip_conn_message *message,
			      sip_conn_closed *closed, void *arg)
{
	struct sip_conn *c = must_alloc(sizeof *c);

	c->fabric = link_fabric(l);
	c->link = l;
	c->loop = link_loop(l);
	c->message = message;
	c->closed = closed;
	c->arg = arg;
	buf_init(&c->in, LIMIT_STREAM_BUFFER);
	guest_add(c->fabric, &c->guest, kill);
	link_set_calls(l, (struct link_calls){ .bytes = on_bytes,
					       .closed = on_closed,
					       .arg = c });
	return c;
}

void sip_conn_send(struct sip_conn *c, struct span whole_message)
{
	if (!c->down && !c->over)
		link_send(c->link, whole_message);
}

struct link *sip_conn_link(struct sip_conn *c)
{
	return c->link;
}

void sip_conn_free(struct sip_conn *c)
{
	if (!c || c->over)
		return;
	if (!c->down)
		link_close(c->link);
	guest_remove(c->fabric, &c->guest);
	c->over = true;
	loop_dispose(c->loop, dispose, c);
}
