/* Fuzz target of the SIP reader, framing, fields and writer. Any bytes; what
 * must hold whatever they are is asserted. */
#include "wire/sip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): it has to work in every build. */
#define CHECK(x) \
	do { \
		if (!(x)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x); \
			abort(); \
		} \
	} while (0)

static void inside(struct span whole, struct span part)
{
	if (span_absent(part)) {
		CHECK(part.n == 0);
		return;
	}
	CHECK(part.p >= whole.p && part.p <= whole.p + whole.n);
	CHECK(part.n <= (size_t)(whole.p + whole.n - part.p));
}

static void check_headers(const struct sip_msg *m)
{
	CHECK(m->n_headers <= LIMIT_SIP_HEADERS);
	for (int h = 0; h < SIP_H_COUNT; h++) {
		int i = m->first[h];

		CHECK(i == -1 || (i >= 0 && (unsigned)i < m->n_headers));
		CHECK(i == -1 || m->headers[i].id == (enum sip_hdr)h);
		CHECK(sip_next(m, (enum sip_hdr)h, -1) == i);
	}
	for (unsigned i = 0; i < m->n_headers; i++) {
		const struct sip_header *h = &m->headers[i];

		inside(m->whole, h->name);
		inside(m->whole, h->value);
		CHECK(m->first[h->id] >= 0 && m->first[h->id] <= (int)i);
		CHECK(h->id == SIP_H_OTHER || sip_hdr_id(h->name) == h->id);
		CHECK(span_eq(span_trim(h->value), h->value));
	}
}

static void check_message(const struct sip_msg *m, struct span bytes, bool known)
{
	inside(bytes, m->whole);
	inside(m->whole, m->method);
	inside(m->whole, m->uri);
	inside(m->whole, m->reason);
	inside(m->whole, m->body);
	CHECK(m->body.p + m->body.n == m->whole.p + m->whole.n);
	CHECK(known != sip_has_defect(m, SIP_D_START_LINE));
	CHECK(!m->request || (known && m->method.n && m->uri.n && !m->status));
	CHECK(m->status == 0 || (m->status >= 100 && m->status <= 699));
	CHECK(m->n_defects <= LIMIT_SIP_DEFECTS);
	for (unsigned i = 0; i < m->n_defects; i++) {
		CHECK(m->defects[i].code > SIP_D_NONE);
		CHECK(m->defects[i].code < SIP_D_COUNT);
		CHECK(m->defects[i].hdr < SIP_H_COUNT);
		CHECK(m->defects[i].at <= m->whole.n);
	}
	check_headers(m);
}

static void check_uri(struct span text)
{
	size_t cap = text.n * 3 + 1;
	char *one = malloc(cap), *two = malloc(cap), tiny[8];
	struct sip_uri u;

	CHECK(one && two);
	struct span id = sip_identity(text, one, cap);

	CHECK(id.p == one && id.n < cap && one[id.n] == '\0');
	CHECK(span_eq(sip_identity(id, two, cap), id));
	CHECK(sip_identity_eq(text, id) && sip_identity_eq(id, text));
	CHECK(sip_uri_eq(text, text));
	CHECK(sip_identity(text, tiny, sizeof(tiny)).n < sizeof(tiny));
	if (sip_uri_read(&u, text)) {
		inside(text, u.scheme);
		inside(text, u.user);
		inside(text, u.password);
		inside(text, u.host);
		inside(text, u.port);
		inside(text, u.params);
		inside(text, u.headers);
		CHECK(u.scheme.n > 0);
	}
	free(one);
	free(two);
}

static void check_fields(const struct sip_msg *m, struct span value)
{
	struct sip_addr a;
	struct sip_via v;
	struct sip_auth auth;
	struct span part;
	uint32_t number;

	check_uri(value);
	if (sip_addr_read(&a, value)) {
		inside(value, a.display);
		inside(value, a.uri);
		inside(value, a.params);
		check_uri(a.uri);
		sip_expires(m, a.uri);
		if (sip_param(a.params, S("tag"), &part))
			inside(a.params, part);
	}
	if (sip_via_read(&v, value)) {
		inside(value, v.transport);
		inside(value, v.host);
		inside(value, v.port);
		inside(value, v.params);
		inside(value, v.branch);
		CHECK(v.transport.n && v.host.n);
	}
	if (sip_cseq_read(value, &number, &part))
		inside(value, part);
	if (sip_auth_read(&auth, value)) {
		inside(value, auth.scheme);
		inside(value, auth.rest);
		inside(value, sip_auth_bearer(&auth));
		if (sip_auth_param(&auth, S("nonce"), &part))
			inside(value, part);
	}
}

static void check_lists(const struct sip_msg *m)
{
	for (int h = 0; h < SIP_H_COUNT; h++) {
		struct sip_list it = { 0 };
		struct span el;
		size_t n = 0;

		while (sip_list_next(m, (enum sip_hdr)h, &it, &el)) {
			inside(m->whole, el);
			CHECK(el.n || !sip_hdr_is_list((enum sip_hdr)h));
			CHECK(n++ <= m->whole.n);
		}
		CHECK(!sip_list_next(m, (enum sip_hdr)h, &it, &el));
		sip_lists(m, (enum sip_hdr)h, S("path"));
	}
	sip_get_named(m, S("Subject"));
	CHECK(sip_expires(m, SPAN_NONE) >= -1);
}

/* A message that a stream gives up is whole, and no shorter part of the
 * stream would have given it. */
static void check_frame(struct sip_msg *m, struct span stream)
{
	size_t skip, again;
	long n = sip_frame(stream, &skip);

	CHECK(skip <= stream.n);
	if (n <= 0)
		return;
	CHECK((size_t)n <= stream.n - skip && (size_t)n <= LIMIT_SIP_BYTES);
	CHECK(sip_frame(span_sub(stream, 0, skip + (size_t)n), &again) == n);
	CHECK(sip_frame(span_sub(stream, 0, skip + (size_t)n - 1), &again) == 0);
	CHECK(sip_frame(span_sub(stream, 0, skip + (size_t)n / 2), &again) == 0);
	CHECK(sip_read(m, span_sub(stream, skip, (size_t)n)));
	CHECK(m->whole.n == (size_t)n);
	CHECK(!sip_has_defect(m, SIP_D_LENGTH_LONG));
	CHECK(!sip_has_defect(m, SIP_D_LENGTH_SHORT));
	CHECK(!sip_has_defect(m, SIP_D_NO_BLANK));
}

static void write_again(struct buf *b, const struct sip_msg *m)
{
	if (m->request)
		sip_put_request(b, m->method, m->uri);
	else
		sip_put_status(b, m->status, m->reason);
	for (int h = 0; h < SIP_H_COUNT; h++)
		if (h != SIP_H_CONTENT_LENGTH)
			sip_put_copy(b, m, (enum sip_hdr)h);
	sip_put_end(b, m->body);
}

/* What was read, written and read again is the same message. */
static void check_round_trip(const struct sip_msg *m, struct sip_msg *w)
{
	struct buf b;

	if (sip_has_defect(m, SIP_D_BAD_NAME) ||
	    sip_has_defect(m, SIP_D_STATUS) ||
	    sip_has_defect(m, SIP_D_HEADERS_MAX) ||
	    m->n_headers == LIMIT_SIP_HEADERS)
		return;
	buf_init(&b, m->whole.n * 24 + 4096);
	write_again(&b, m);
	CHECK(!b.full);
	CHECK(sip_read(w, buf_span(&b)));
	CHECK(w->whole.n == b.n && w->request == m->request);
	CHECK(w->status == m->status && span_eq(w->method, m->method));
	CHECK(span_eq(w->uri, m->uri) && span_eq(w->reason, m->reason));
	CHECK(span_eq(w->body, m->body));
	for (int h = 0; h < SIP_H_COUNT; h++) {
		int i = -1, k = -1;

		if (h == SIP_H_CONTENT_LENGTH)
			continue;
		do {
			i = sip_next(m, (enum sip_hdr)h, i);
			k = sip_next(w, (enum sip_hdr)h, k);
			CHECK((i < 0) == (k < 0));
			CHECK(i < 0 || span_eq(m->headers[i].value,
					       w->headers[k].value));
		} while (i >= 0);
	}
	buf_free(&b);
}

static void check_reply(const struct sip_msg *req, struct sip_msg *w)
{
	struct buf b;

	buf_init(&b, req->whole.n * 24 + 16384);
	sip_put_reply(&b, req, 401, S("t0"));
	sip_put(&b, "X-Long: %5000d", 1);
	sip_put_end(&b, SPAN_NONE);
	CHECK(!b.full);
	CHECK(sip_read(w, buf_span(&b)) && !w->request && w->status == 401);
	CHECK(span_eq(sip_get(w, SIP_H_CALL_ID), sip_get(req, SIP_H_CALL_ID)));
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sip_msg m, other;
	struct span bytes = { (const char *)data, size };

	if (!data)
		bytes = S("");
	check_frame(&m, bytes);
	bool known = sip_read(&m, bytes);

	check_message(&m, bytes, known);
	check_lists(&m);
	for (unsigned i = 0; i < m.n_headers && i < 24; i++)
		check_fields(&m, m.headers[i].value);
	check_uri(m.uri);
	if (known) {
		check_round_trip(&m, &other);
		check_reply(&m, &other);
	}
	return 0;
}
