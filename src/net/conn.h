/* Protocol connections on a link: HTTP client and server, WebSocket client and
 * server, SIP over stream or datagram. They frame and unframe and judge
 * nothing.
 *
 * Lives. An http_server and a ws_conn are gone when their closed() returns (or
 * after http_server_close, ws_drop, ws_abort, ws_server_accept for its
 * server); a call on them inside closed() is harmless. An http_client and a
 * sip_conn stay the owner's until http_client_free, sip_conn_free, also after
 * they failed or closed. Any of these may be closed or freed inside any of its
 * own callbacks. Whatever is left goes with its fabric, without a callback;
 * touch none of them after fabric_free. Messages and their spans are valid
 * inside the callback alone. */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "net/link.h"
#include "wire/http.h"
#include "wire/sip.h"
#include "wire/ws.h"

/* ---- HTTP server: one per accepted link; takes the link over ---- */
struct http_server;
struct http_server_calls {
	/* Answer with http_server_reply, at once or later; or take the link
	 * over for WebSocket with ws_server_accept. The next request of the
	 * link is shown once this one is answered; a reply to a request
	 * without keep-alive closes the link, and closed() follows. What is
	 * not HTTP is answered with 400 and closed. */
	void (*request)(struct http_server *s, const struct http_msg *m,
			void *arg);
	void (*closed)(struct http_server *s, void *arg);
	void *arg;
};
struct http_server *http_server_new(struct link *l,
				    struct http_server_calls calls);
void http_server_reply(struct http_server *s, struct span whole_message);
struct link *http_server_link(struct http_server *s);
void http_server_close(struct http_server *s);

/* ---- HTTP client: one request after another on one link ----
 * timeout_us counts for each request from http_client_send to its answer. A
 * link that the server closed between two requests is opened again by the
 * next http_client_send. Interim answers (1xx but 101) are passed over.
 * Failures are told from the loop, never from inside http_client_send. */
struct http_client;
/* m NULL: the connection failed or timed out, why says how. */
typedef void http_answer(struct http_client *c, const struct http_msg *m,
			 const char *why, void *arg);
struct http_client *http_client_new(struct fabric *f, const char *endpoint,
				    const char *server_name,
				    int64_t timeout_us, struct err *err);
void http_client_send(struct http_client *c, struct span whole_message,
		      http_answer *answer, void *arg);
void http_client_set_tag(struct http_client *c, const char *tag);
void http_client_free(struct http_client *c);

/* ---- WebSocket ---- */
struct ws_conn;
struct ws_calls {
	/* Client: the answer to the upgrade, whatever its status; up says
	 * whether the WebSocket is usable (101, Upgrade, and the right
	 * Sec-WebSocket-Accept; the subprotocol is the owner's to look at).
	 * When it is not, closed() follows. */
	void (*upgraded)(struct ws_conn *w, const struct http_msg *answer,
			 bool up, void *arg);
	/* Look at m->op: whole TEXT and BINARY messages, and also PING (its
	 * PONG went out already) and PONG. Defects are on m; they do not close
	 * the connection unless framing is lost. */
	void (*message)(struct ws_conn *w, const struct ws_item *m, void *arg);
	/* why: "close 1000" after a close handshake, else why the link
	 * closed. */
	void (*closed)(struct ws_conn *w, const char *why, void *arg);
	void *arg;
};
struct ws_offer {
	const char *host, *path, *origin, *protocol;    /* NULL: left out;
							   path: "/" */
	const char *extra;      /* more header lines, each with CRLF, or NULL */
};
struct ws_conn *ws_connect(struct fabric *f, const char *endpoint,
			   const struct ws_offer *o, struct ws_calls calls,
			   struct err *err);
/* Server: answers the upgrade request m on s (101, subprotocol if not NULL)
 * and takes the link over; s is gone afterwards. */
struct ws_conn *ws_server_accept(struct http_server *s,
				 const struct http_msg *m,
				 const char *protocol, struct ws_calls calls);
/* The same with the tester's own answer, legal or not. */
struct ws_conn *ws_server_accept_raw(struct http_server *s, struct span answer,
				     struct ws_calls calls);
/* Sends are passed over before the upgrade and once a close frame is out. */
void ws_send(struct ws_conn *w, enum ws_op op, struct span payload);
/* One message in n fragments. */
void ws_send_fragments(struct ws_conn *w, enum ws_op op, struct span payload,
		       unsigned n);
/* Raw bytes on the wire: whatever the tester wants. */
void ws_send_raw(struct ws_conn *w, struct span bytes);
/* Close frame (code 0: without a code), the peer's close frame, then the link,
 * at the latest 2 s later; closed() tells the end. */
void ws_close(struct ws_conn *w, int code);
void ws_drop(struct ws_conn *w);                /* no close frame; FIN */
void ws_abort(struct ws_conn *w);               /* no close frame; TCP reset */
void ws_set_tag(struct ws_conn *w, const char *tag);
struct link *ws_link(struct ws_conn *w);

/* ---- SIP over a link (UDP, TCP, TLS) ----
 * message(): whatever has a SIP start line, its defects on it. A stream whose
 * framing is lost is closed, and closed() follows. Datagrams that are no SIP
 * are passed over (the tap saw them). */
struct sip_conn;
typedef void sip_conn_message(struct sip_conn *c, const struct sip_msg *m,
			      void *arg);
typedef void sip_conn_closed(struct sip_conn *c, void *arg);
struct sip_conn *sip_conn_new(struct link *l, sip_conn_message *message,
			      sip_conn_closed *closed, void *arg);
void sip_conn_send(struct sip_conn *c, struct span whole_message);
struct link *sip_conn_link(struct sip_conn *c);  /* NULL after closed() */
void sip_conn_free(struct sip_conn *c);         /* closes the link */

#endif
