#include <stdlib.h>

#include "base/limits.h"
#include "net/conn_impl.h"

struct http_server {
	struct guest guest;
	struct link *link;
	struct loop *loop;
	struct http_reader *reader;
	struct http_server_calls calls;
	struct buf held;        /* came, but is not read yet */
	bool answering;         /* a request awaits its reply */
	bool last;              /* its reply ends the connection */
	bool reading;           /* read_on is on the stack */
	bool over;
};

static void free_reader(void *arg)
{
	http_reader_free(arg);
}

void http_reader_dispose(struct loop *l, struct http_reader *r)
{
	if (r)
		loop_dispose(l, free_reader, r);
}

static void dispose(void *arg)
{
	struct http_server *s = arg;

	http_reader_free(s->reader);
	buf_free(&s->held);
	free(s);
}

static void leave(struct http_server *s)
{
	s->over = true;
	loop_forget(s->loop, s);
	loop_dispose(s->loop, dispose, s);
}

static void kill(struct guest *g)
{
	leave((struct http_server *)g);
}

/* Its last moment as far as the owner goes. */
static void finish(struct http_server *s, bool tell)
{
	if (s->over)
		return;
	guest_remove(link_fabric(s->link), &s->guest);
	leave(s);
	if (tell && s->calls.closed)
		s->calls.closed(s, s->calls.arg);
}

static void refuse(struct http_server *s)
{
	link_send(s->link, S("HTTP/1.1 400 Bad Request\r\n"
			     "Connection: close\r\nContent-Length: 0\r\n\r\n"));
	link_close(s->link);
	finish(s, true);
}

static void read_on(struct http_server *s)
{
	struct http_msg m;
	bool done;

	if (s->reading)
		return;
	s->reading = true;
	while (!s->over && !s->answering && s->held.n) {
		long n = http_reader_feed(s->reader, buf_span(&s->held), &m,
					  &done);

		if (n < 0) {
			refuse(s);
			break;
		}
		buf_drop(&s->held, (size_t)n);
		if (!done)
			continue;
		s->answering = true;
		s->last = !m.keep_alive;
		s->calls.request(s, &m, s->calls.arg);
	}
	s->reading = false;
}

static void read_later(void *arg)
{
	read_on(arg);
}

static void on_bytes(struct link *l, struct span bytes, void *arg)
{
	struct http_server *s = arg;

	(void)l;
	if (s->over)
		return;
	if (buf_add(&s->held, bytes))
		read_on(s);
	else
		refuse(s);      /* requests and requests, no wait for replies */
}

static void on_closed(struct link *l, const char *why, void *arg)
{
	(void)l;
	(void)why;
	finish(arg, true);
}

struct http_server *http_server_new(struct link *l,
				    struct http_server_calls calls)
{
	struct http_server *s = must_alloc(sizeof *s);

	s->link = l;
	s->loop = link_loop(l);
	s->reader = http_reader_new(true);
	s->calls = calls;
	buf_init(&s->held, LIMIT_STREAM_BUFFER);
	guest_add(link_fabric(l), &s->guest, kill);
	link_set_calls(l, (struct link_calls){ .bytes = on_bytes,
					       .closed = on_closed,
					       .arg = s });
	return s;
}

static void last_reply_sent(void *arg)
{
	struct http_server *s = arg;

	link_close(s->link);
	finish(s, true);
}

static bool says_close(struct span message)
{
	long end = span_find(message, S("\r\n\r\n"));
	struct span head = span_sub(message, 0, end < 0 ? message.n :
							  (size_t)end);

	return span_ifind(head, S("\r\nconnection: close")) >= 0;
}

void http_server_reply(struct http_server *s, struct span whole_message)
{
	bool interim = span_starts(whole_message, S("HTTP/1.1 1"));

	if (s->over)
		return;
	link_send(s->link, whole_message);
	if (!s->answering || interim)
		return;
	/* Not from here: the owner may be in the middle of its request(). */
	if (s->last || says_close(whole_message)) {
		loop_soon(s->loop, last_reply_sent, s);
		return;
	}
	s->answering = false;
	if (!s->reading)
		loop_soon(s->loop, read_later, s);
}

struct link *http_server_link(struct http_server *s)
{
	return s->link;
}

void http_server_close(struct http_server *s)
{
	if (s->over)
		return;
	link_close(s->link);
	finish(s, false);
}

struct link *http_server_take(struct http_server *s, struct buf *rest)
{
	if (s->over)
		return NULL;
	*rest = s->held;
	buf_init(&s->held, LIMIT_STREAM_BUFFER);
	link_set_calls(s->link, (struct link_calls){ 0 });
	finish(s, false);
	return s->link;
}
