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
	bool upgrade;                   /* bytes after it are not HTTP; for a
					   request: if the answer agrees */
	bool keep_alive;
	unsigned version;               /* 11 for HTTP/1.1 */
};

/* Incremental reader of one direction of one connection. Names and values are
 * given trimmed, folded lines joined by the blanks between them; trailers of a
 * chunked body are passed over. Limits, each named by http_reader_why: LIMIT_HTTP_HEAD bytes up
 * to the blank line, HTTP_HEADERS_MAX fields, LIMIT_HTTP_BODY bytes of body
 * (an announced length over it is refused at once). */
struct http_reader;
struct http_reader *http_reader_new(bool requests);
void http_reader_free(struct http_reader *r);
/* Feeds bytes. Returns bytes consumed; <0: not HTTP or over a limit (then
 * http_reader_why says what, and every later feed fails too). Stops after each
 * whole message: when *done is set, *m is filled and valid until the next feed;
 * feed the rest again. */
long http_reader_feed(struct http_reader *r, struct span bytes,
		      struct http_msg *m, bool *done);
/* The peer closed: true when that ends a message (*m filled). */
bool http_reader_eof(struct http_reader *r, struct http_msg *m);
const char *http_reader_why(const struct http_reader *r);      /* "" if well */
/* Is a message begun and not ended? */
bool http_reader_midway(const struct http_reader *r);
/* A response to HEAD has no body, to CONNECT neither. Holds for the next final
 * (not 1xx) response. */
void http_reader_no_body(struct http_reader *r);

struct span http_get(const struct http_msg *m, struct span name);
/* Does the comma list header contain the token (case folded)? */
bool http_lists(const struct http_msg *m, struct span name, struct span token);
/* Value of a cookie in Cookie (request: the first of that name) or Set-Cookie
 * (response: the last one set). SPAN_NONE when there is none. */
struct span http_cookie(const struct http_msg *m, struct span name);
/* Parameter of an application/x-www-form-urlencoded text (the first of that
 * name), decoded into out with NUL. False, out empty: it is absent, does not fit
 * or has a NUL inside. "%" without two hex digits stands for itself. */
bool http_form_get(struct span form, struct span name, char *out, size_t cap);
/* All but the unreserved characters of RFC 3986 as %XX. */
bool http_url_encode(struct buf *b, struct span raw);

/* Writers: request line / status line, then header lines, then end+body
 * (Content-Length is added by http_put_end unless len_header is false). What
 * did not fit left b->full set. CR and LF inside a header line become spaces,
 * so that no value can bring a header line of its own. */
void http_put_request(struct buf *b, struct span method, struct span target);
void http_put_status(struct buf *b, int status);
void http_put(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void http_put_end(struct buf *b, struct span body, bool len_header);

#endif
