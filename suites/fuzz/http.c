/* HTTP streams. First byte: bit 0 requests, bit 1 no body to the first answer,
 * the rest the size of the pieces. Pieces and the whole must read the same, and
 * every question about a message has an answer inside it. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wire/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct http_msg *m)
{
	struct span rest = m->target;
	char out[64];

	http_lists(m, S("Connection"), S("upgrade"));
	http_cookie(m, S("sid"));
	if (http_form_get(m->body, S("user"), out, sizeof out))
		assert(strlen(out) < sizeof out);
	span_split(&rest, '?');
	http_form_get(rest, S("a"), out, 3);
	for (unsigned i = 0; i < m->n_headers; i++) {
		struct span v = http_get(m, m->headers[i].name);

		assert(!span_absent(v));
	}
}

static void log_msg(struct buf *log, const struct http_msg *m)
{
	assert(m->n_headers <= HTTP_HEADERS_MAX);
	assert(m->body.n <= LIMIT_HTTP_BODY);
	assert(m->request == (m->status == 0));
	ask(m);
	buf_add(log, m->method);
	buf_add(log, m->target);
	buf_addf(log, " %d ", m->status);
	buf_add(log, m->reason);
	buf_addf(log, " %u %d %d", m->version, m->upgrade, m->keep_alive);
	for (unsigned i = 0; i < m->n_headers; i++) {
		buf_addf(log, "|%zu %zu:", m->headers[i].name.n,
			 m->headers[i].value.n);
		buf_add(log, m->headers[i].name);
		buf_add(log, m->headers[i].value);
	}
	buf_addf(log, "#%zu:", m->body.n);
	buf_add(log, m->body);
}

/* False once the reader failed. */
static bool feed(struct http_reader *r, struct span piece, struct buf *log)
{
	struct http_msg m;
	bool done;

	while (piece.n) {
		long n = http_reader_feed(r, piece, &m, &done);

		assert((n < 0) == (http_reader_why(r)[0] != '\0'));
		if (n < 0)
			return false;
		assert((size_t)n <= piece.n && (done || (size_t)n == piece.n));
		assert(n > 0);
		if (done)
			log_msg(log, &m);
		piece = span_from(piece, (size_t)n);
	}
	return true;
}

static void read_all(struct buf *log, struct span s, bool requests,
		     bool no_body, size_t piece)
{
	struct http_reader *r = http_reader_new(requests);
	struct http_msg m;
	bool well = true;

	if (no_body)
		http_reader_no_body(r);
	for (size_t at = 0; at < s.n && well; at += piece) {
		struct span part = span_sub(s, at, piece);
		char *copy = span_dup(part);

		well = feed(r, (struct span){ copy, part.n }, log);
		free(copy);
	}
	if (http_reader_eof(r, &m))
		log_msg(log, &m);
	buf_addf(log, "why %s", http_reader_why(r));
	http_reader_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, pieces;

	if (size < 1)
		return 0;
	struct span s = { (const char *)data + 1, size - 1 };
	bool requests = data[0] & 1, no_body = data[0] & 2;

	buf_init(&whole, 64u << 20);
	buf_init(&pieces, 64u << 20);
	read_all(&whole, s, requests, no_body, s.n + 1);
	read_all(&pieces, s, requests, no_body, (size_t)(data[0] >> 2) + 1);
	assert(span_eq(buf_span(&whole), buf_span(&pieces)));
	buf_free(&whole);
	buf_free(&pieces);
	return 0;
}
