/* HTTP/1.1 messages (RFC 9112), without I/O, on top of http-parser. */
#ifndef WIRE_HTTP_H
#define WIRE_HTTP_H

#include "base/buf.h"
#include "base/span.h"

#define HTTP_HEADERS_MAX 64

struct http_header { struct span name, value; };

struct http_msg {
	bool request;
	struct span method, target;     /* requests */
	int status;                     /* responses */
	struct span reason;
	unsigned n_headers;
	struct http_header headers[HTTP_HEADERS_MAX];
	struct span body;               /* chunking taken off */
	bool upgrade;                   /* bytes after it are not HTTP */
	bool keep_alive;
};

/* Incremental reader of one direction of one connection. */
struct http_reader;
struct http_reader *http_reader_new(bool requests);
void http_reader_free(struct http_reader *r);
/* Feeds bytes. Returns bytes consumed; <0: not HTTP or over a limit (then
 * http_reader_why says what). Stops after each whole message: when *done is
 * set, *m is filled and valid until the next feed; feed the rest again. */
long http_reader_feed(struct http_reader *r, struct span bytes,
		      struct http_msg *m, bool *done);
/* The peer closed: true when that ends a message (*m filled). */
bool http_reader_eof(struct http_reader *r, struct http_msg *m);
const char *http_reader_why(const struct http_reader *r);
/* A response to HEAD has no body, to CONNECT neither. */
void http_reader_no_body(struct http_reader *r);

struct span http_get(const struct http_msg *m, struct span name);
/* Does the comma list header contain the token (case folded)? */
bool http_lists(const struct http_msg *m, struct span name, struct span token);
/* Value of a cookie in Cookie (request) or Set-Cookie (response). */
struct span http_cookie(const struct http_msg *m, struct span name);
/* Parameter of an application/x-www-form-urlencoded text, decoded into out. */
bool http_form_get(struct span form, struct span name, char *out, size_t cap);
bool http_url_encode(struct buf *b, struct span raw);

/* Writers: request line / status line, then header lines, then end+body
 * (Content-Length is added by http_put_end unless len_header is false). */
void http_put_request(struct buf *b, struct span method, struct span target);
void http_put_status(struct buf *b, int status);
void http_put(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void http_put_end(struct buf *b, struct span body, bool len_header);

#endif
