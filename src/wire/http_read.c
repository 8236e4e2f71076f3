/* Bytes to HTTP messages. http-parser knows the grammar; this file keeps what
 * it tells, within the limits, and turns it into one http_msg. */
#include <assert.h>
#include <http_parser.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "wire/http.h"

/* Where a text lies in head; positions, because head moves while it grows. */
struct part { size_t at, n; };

struct http_reader {
	http_parser parser;
	struct buf head;        /* target, reason, names and values */
	struct buf body;
	struct part start;      /* target or reason */
	unsigned n_headers;
	struct part names[HTTP_HEADERS_MAX], values[HTTP_HEADERS_MAX];
	size_t head_bytes;      /* on the wire so far */
	bool in_head;           /* blank line not reached yet */
	bool begun;             /* first byte of a start line seen */
	bool in_value;          /* last callback was a value */
	bool too_many;          /* header fields; the rest is left out */
	bool no_body;
	bool complete;
	bool over;              /* eof was told, or why is set */
	const char *why;
};

static int fail(struct http_reader *r, const char *why)
{
	if (!r->why)
		r->why = why;
	r->over = true;
	return -1;
}

static int grow(struct http_reader *r, struct part *p, const char *at, size_t n)
{
	if (!buf_add(&r->head, (struct span){ at, n }))
		return fail(r, "head longer than LIMIT_HTTP_HEAD");
	p->n += n;
	return 0;
}

static int on_begin(http_parser *p)
{
	struct http_reader *r = p->data;

	r->begun = true;
	return 0;
}

static int on_start(http_parser *p, const char *at, size_t n)
{
	struct http_reader *r = p->data;

	return grow(r, &r->start, at, n);
}

static int on_name(http_parser *p, const char *at, size_t n)
{
	struct http_reader *r = p->data;

	if (!r->in_head)
		return 0;       /* a trailer */
	if (r->in_value || r->n_headers == 0) {
		if (r->n_headers == HTTP_HEADERS_MAX)
			r->too_many = true;
		if (r->too_many)
			return 0;
		r->names[r->n_headers] = (struct part){ .at = r->head.n };
		r->values[r->n_headers] = (struct part){ 0 };
		r->n_headers++;
		r->in_value = false;
	}
	return grow(r, &r->names[r->n_headers - 1], at, n);
}

static int on_value(http_parser *p, const char *at, size_t n)
{
	struct http_reader *r = p->data;

	if (!r->in_head || r->too_many)
		return 0;
	assert(r->n_headers > 0);
	struct part *value = &r->values[r->n_headers - 1];

	if (!r->in_value)
		value->at = r->head.n;
	r->in_value = true;
	return grow(r, value, at, n);
}

/* Told at the end of the head, not at the field itself: how much of it comes in
 * one callback depends on how the bytes came, and the reason must not. */
static const char *head_fault(const struct http_reader *r)
{
	if (r->parser.http_major != 1)
		return "not HTTP/1";
	if (r->parser.type == HTTP_RESPONSE && r->parser.status_code < 100)
		return "status code under 100";
	if (r->too_many)
		return "more than HTTP_HEADERS_MAX header fields";
	/* Debian builds http-parser lenient, so it lets these pass. */
	for (unsigned i = 0; i < r->n_headers; i++)
		if (memchr(r->head.p + r->names[i].at, ' ', r->names[i].n))
			return "header name with a space";
	return NULL;
}

/* 1: there is no body, whatever the header fields say (RFC 9112 6.3). */
static int on_headers(http_parser *p)
{
	struct http_reader *r = p->data;
	int status = p->type == HTTP_RESPONSE ? (int)p->status_code : 0;

	r->in_head = false;
	if (head_fault(r))
		return fail(r, head_fault(r));
	if (status && (status < 200 || status == 204 || status == 304))
		return 1;
	if (status && r->no_body)
		return 1;
	if (p->content_length != UINT64_MAX &&
	    p->content_length > LIMIT_HTTP_BODY)
		return fail(r, "body longer than LIMIT_HTTP_BODY");
	return 0;
}

static int on_body(http_parser *p, const char *at, size_t n)
{
	struct http_reader *r = p->data;

	if (!buf_add(&r->body, (struct span){ at, n }))
		return fail(r, "body longer than LIMIT_HTTP_BODY");
	return 0;
}

/* Pausing makes http_parser_execute return behind this very byte. */
static int on_complete(http_parser *p)
{
	struct http_reader *r = p->data;

	r->complete = true;
	http_parser_pause(p, 1);
	return 0;
}

static const http_parser_settings settings = {
	.on_message_begin = on_begin,
	.on_url = on_start,
	.on_status = on_start,
	.on_header_field = on_name,
	.on_header_value = on_value,
	.on_headers_complete = on_headers,
	.on_body = on_body,
	.on_message_complete = on_complete,
};

static void next_message(struct http_reader *r)
{
	buf_clear(&r->head);
	buf_clear(&r->body);
	r->start = (struct part){ 0 };
	r->n_headers = 0;
	r->head_bytes = 0;
	r->in_head = true;
	r->begun = r->in_value = r->too_many = r->complete = false;
}

struct http_reader *http_reader_new(bool requests)
{
	struct http_reader *r = must_alloc(sizeof *r);

	http_parser_init(&r->parser, requests ? HTTP_REQUEST : HTTP_RESPONSE);
	r->parser.data = r;
	buf_init(&r->head, LIMIT_HTTP_HEAD);
	buf_init(&r->body, LIMIT_HTTP_BODY);
	next_message(r);
	return r;
}

void http_reader_free(struct http_reader *r)
{
	if (!r)
		return;
	buf_free(&r->head);
	buf_free(&r->body);
	free(r);
}

void http_reader_no_body(struct http_reader *r)
{
	r->no_body = true;
}

const char *http_reader_why(const struct http_reader *r)
{
	return r->why ? r->why : "";
}

bool http_reader_midway(const struct http_reader *r)
{
	return r->begun && !r->complete && !r->over;
}

static struct span text(const struct http_reader *r, struct part p)
{
	return span_trim((struct span){ r->head.p ? r->head.p + p.at : "", p.n });
}

static void fill(struct http_reader *r, struct http_msg *m)
{
	const http_parser *p = &r->parser;

	memset(m, 0, sizeof *m);
	m->request = p->type == HTTP_REQUEST;
	if (m->request) {
		m->method = span_str(http_method_str((enum http_method)p->method));
		m->target = text(r, r->start);
	} else {
		m->status = (int)p->status_code;
		m->reason = text(r, r->start);
	}
	m->n_headers = r->n_headers;
	for (unsigned i = 0; i < r->n_headers; i++)
		m->headers[i] = (struct http_header){
			text(r, r->names[i]), text(r, r->values[i])
		};
	m->body = r->body.n ? buf_span(&r->body) : S("");
	m->upgrade = p->upgrade || m->status == 101;
	m->keep_alive = http_should_keep_alive(p);
	m->version = p->http_major * 10u + p->http_minor;
	if (m->status >= 200)
		r->no_body = false;
}

/* One step: bytes that the parser took, or <0. */
static long step(struct http_reader *r, struct span bytes)
{
	size_t n = bytes.n;

	if (r->in_head && n > LIMIT_HTTP_HEAD - r->head_bytes)
		n = LIMIT_HTTP_HEAD - r->head_bytes;
	size_t took = http_parser_execute(&r->parser, &settings, bytes.p, n);
	enum http_errno e = HTTP_PARSER_ERRNO(&r->parser);

	if (r->complete) {
		http_parser_pause(&r->parser, 0);
		return (long)took;
	}
	if (r->why)
		return -1;
	if (e != HPE_OK)
		return fail(r, http_errno_description(e));
	if (r->in_head) {
		r->head_bytes += took;
		if (r->head_bytes == LIMIT_HTTP_HEAD)
			return fail(r, "head longer than LIMIT_HTTP_HEAD");
	}
	/* An upgrade can end the parser's work only at a whole message. */
	if (took != n)
		return fail(r, "bytes that are not HTTP");
	return (long)took;
}

long http_reader_feed(struct http_reader *r, struct span bytes,
		      struct http_msg *m, bool *done)
{
	size_t at = 0;

	*done = false;
	if (r->over)
		return fail(r, "bytes after the end");
	if (r->complete)
		next_message(r);
	while (at < bytes.n && !r->complete) {
		long n = step(r, span_from(bytes, at));

		if (n < 0)
			return -1;
		at += (size_t)n;
	}
	if (r->complete) {
		fill(r, m);
		*done = true;
	}
	return (long)at;
}

bool http_reader_eof(struct http_reader *r, struct http_msg *m)
{
	if (r->over)
		return false;
	bool had_one = r->complete;

	if (had_one)
		next_message(r);
	http_parser_execute(&r->parser, &settings, NULL, 0);
	if (r->complete) {
		fill(r, m);
		r->over = true;
		return true;
	}
	if (HTTP_PARSER_ERRNO(&r->parser) != HPE_OK)
		fail(r, "closed inside a message");
	r->over = true;
	return false;
}
