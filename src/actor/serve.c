#include "actor/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct serve_conn {
	struct serve_conn *next;
	struct serve *serve;
	struct http_server *server;
};

struct serve {
	struct serve_config c;
	struct listener *listener;
	struct serve_conn *conns;
	struct trouble_host trouble;
	char url[512], tag[32];
};

static void conn_drop(struct serve_conn *c)
{
	trouble_gone(&c->serve->trouble, c->server);
	for (struct serve_conn **p = &c->serve->conns; *p; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			break;
		}
	free(c);
}

static void on_request(struct http_server *s, const struct http_msg *m, void *arg)
{
	struct serve_conn *c = arg;

	if (!trouble_takes_request(&c->serve->trouble, s, m))
		c->serve->c.request(s, m, c->serve->c.arg);
}

static void on_closed(struct http_server *s, void *arg)
{
	struct serve_conn *c = arg;
	struct serve *v = c->serve;

	conn_drop(c);
	if (v->c.closed)
		v->c.closed(s, v->c.arg);
}

static void on_accept(struct link *l, void *arg)
{
	struct serve *v = arg;
	struct serve_conn *c;

	link_set_tag(l, v->tag);
	if (trouble_takes_link(&v->trouble, l))
		return;
	c = must_alloc(sizeof(*c));
	*c = (struct serve_conn){ .next = v->conns, .serve = v };
	v->conns = c;
	c->server = http_server_new(l, (struct http_server_calls){
		.request = on_request, .closed = on_closed, .arg = c });
}

struct serve *serve_new(const struct serve_config *c, struct err *err)
{
	struct actor_url u;
	struct serve *v;
	char endpoint[192];
	const char *scheme;
	bool plain;

	if (!c->url || !actor_url_read(&u, c->url)) {
		err_set(err, EXIT_USAGE, "%s: no end point", c->url ? c->url : "(none)");
		return NULL;
	}
	v = must_alloc(sizeof(*v));
	v->c = *c;
	snprintf(v->tag, sizeof(v->tag), "%s", c->tag);
	trouble_host_init(&v->trouble, c->env->trouble, c->env->loop, c->tag);
	plain = c->plain || trouble_mutes_tls(&v->trouble);
	snprintf(endpoint, sizeof(endpoint), "%s%s", plain || !u.secure ? "tcp" : "tls",
		 strchr(u.endpoint, ':'));
	v->listener = fabric_listen(c->env->fabric, endpoint, on_accept, v, err);
	if (!v->listener) {
		free(v);
		return NULL;
	}
	scheme = !c->plain ? u.scheme : u.scheme[0] == 'w' ? "ws" : "http";
	actor_url_write(v->url, sizeof(v->url), scheme, listener_endpoint(v->listener), u.path);
	return v;
}

struct trouble_host *serve_trouble(struct serve *v)
{
	return &v->trouble;
}

void serve_drop_all(struct serve *v)
{
	trouble_host_drop(&v->trouble);
	while (v->conns) {
		struct http_server *s = v->conns->server;

		conn_drop(v->conns);
		http_server_close(s);
	}
}

void serve_free(struct serve *v)
{
	if (!v)
		return;
	serve_drop_all(v);
	listener_close(v->listener);
	free(v);
}

const char *serve_url(const struct serve *v)
{
	return v->url;
}

void serve_forget(struct serve *v, struct http_server *s)
{
	for (struct serve_conn *c = v->conns; c; c = c->next)
		if (c->server == s) {
			conn_drop(c);
			return;
		}
}

void serve_reply(struct http_server *s, int status, const char *type, struct span body,
		 const char *extra)
{
	struct buf b;

	buf_init(&b, LIMIT_HTTP_HEAD + LIMIT_HTTP_BODY);
	http_put_status(&b, status);
	if (type)
		http_put(&b, "Content-Type: %s", type);
	http_put(&b, "Cache-Control: no-store");
	if (extra)
		http_put(&b, "%s", extra);
	http_put_end(&b, body, true);
	http_server_reply(s, buf_span(&b));
	buf_free(&b);
}
