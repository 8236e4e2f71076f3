/* An HTTP listener (W1, W2, W4, W5) that knows its open connections. */
#ifndef ACTOR_SERVE_H
#define ACTOR_SERVE_H

#include "actor/actor.h"

struct serve;
typedef void serve_request(struct http_server *s, const struct http_msg *m, void *arg);
typedef void serve_closed(struct http_server *s, void *arg);

struct serve_config {
	const struct actor_env *env;
	const char *url;                /* what to listen on */
	bool plain;                     /* without TLS whatever the url says */
	const char *tag;                /* of its links */
	serve_request *request;
	serve_closed *closed;           /* or NULL */
	void *arg;
};
struct serve *serve_new(const struct serve_config *c, struct err *err);
void serve_free(struct serve *v);
/* The url with the real port. */
const char *serve_url(const struct serve *v);
/* Closes every connection; closed() is not called. */
void serve_drop_all(struct serve *v);
/* What its actor says instead of what it should. */
struct trouble_host *serve_trouble(struct serve *v);
/* That server was taken over by WebSocket. */
void serve_forget(struct serve *v, struct http_server *s);
/* A whole answer; type NULL: no body; extra: "Name: value" or NULL. */
void serve_reply(struct http_server *s, int status, const char *type, struct span body,
		 const char *extra);

#endif
