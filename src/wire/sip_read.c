/* Bytes to sip_msg: one pass over the lines of the head. Access to headers
 * is in sip_get.c, framing of streams in sip_frame.c. */
#include "wire/sip_in.h"

#include <assert.h>
#include <string.h>

#define BIT(h) (UINT64_C(1) << (h))
_Static_assert(SIP_H_COUNT <= 64, "header ids fit one word");
_Static_assert(LIMIT_SIP_HEADERS <= INT16_MAX, "first[] holds an index");

#define MANDATORY (BIT(SIP_H_VIA) | BIT(SIP_H_FROM) | BIT(SIP_H_TO) | \
		   BIT(SIP_H_CALL_ID) | BIT(SIP_H_CSEQ))

struct reader {
	struct sip_msg *m;
	const char *start, *p, *end;
	size_t line_ends;       /* lines that ended in CRLF */
	uint64_t seen;          /* ids met, also those over the limit */
	bool blank;             /* the empty line was there */
	bool has_length;
	uint64_t length;        /* Content-Length */
	struct span cseq_method;
};

static void defect(struct reader *r, enum sip_defect code, enum sip_hdr hdr,
		   const char *at)
{
	struct sip_msg *m = r->m;

	for (unsigned i = 0; i < m->n_defects; i++)
		if (m->defects[i].code == code && m->defects[i].hdr == hdr)
			return;
	if (m->n_defects == LIMIT_SIP_DEFECTS)
		return;
	if (m->n_defects == LIMIT_SIP_DEFECTS - 1) {
		code = SIP_D_DEFECTS_MAX;
		hdr = SIP_H_OTHER;
	}
	m->defects[m->n_defects].code = code;
	m->defects[m->n_defects].hdr = hdr;
	m->defects[m->n_defects++].at = (size_t)(at - r->start);
}

/* Takes the line at r->p, its end left off. False: it has no end. */
static bool take_line(struct reader *r, struct span *line)
{
	const char *p = r->p;
	size_t left = (size_t)(r->end - p);
	const char *lf = left ? memchr(p, '\n', left) : NULL;

	if (!lf) {
		*line = (struct span){ p, left };
		r->p = r->end;
		return false;
	}
	r->p = lf + 1;
	if (lf > p && lf[-1] == '\r') {
		lf--;
		r->line_ends++;
	} else {
		defect(r, SIP_D_BARE_LF, SIP_H_OTHER, lf);
	}
	*line = sip_between(p, lf);
	return true;
}

static void check_version(struct reader *r, struct span version)
{
	if (!span_ieq(version, S("SIP/2.0")))
		defect(r, SIP_D_VERSION, SIP_H_OTHER, version.p);
}

static void start_line(struct reader *r, struct span line,
		       const struct sip_start *s)
{
	struct sip_msg *m = r->m;
	uint64_t status;

	m->request = s->request;
	m->method = s->method;
	m->uri = s->uri;
	m->reason = s->reason;
	check_version(r, s->version);
	if (!s->single_spaced)
		defect(r, SIP_D_START_SPACE, SIP_H_OTHER, line.p);
	if (s->request) {
		if (!sip_request_uri_ok(s->uri))
			defect(r, SIP_D_REQUEST_URI, SIP_H_OTHER, s->uri.p);
	} else if (s->status.n == 3 && span_u64(s->status, &status) &&
		   status >= 100 && status <= 699) {
		m->status = (int)status;
	} else {
		defect(r, SIP_D_STATUS, SIP_H_OTHER, s->status.p);
	}
}

static void keep(struct reader *r, enum sip_hdr id, struct span name,
		 struct span value)
{
	struct sip_msg *m = r->m;

	if (m->n_headers == LIMIT_SIP_HEADERS) {
		defect(r, SIP_D_HEADERS_MAX, SIP_H_OTHER, name.p);
		return;
	}
	if (m->first[id] < 0)
		m->first[id] = (int16_t)m->n_headers;
	m->headers[m->n_headers++] = (struct sip_header){ id, name, value };
}

static void check_value(struct reader *r, enum sip_hdr id, struct span value)
{
	uint32_t number;

	if (r->seen & BIT(id)) {
		if (sip_hdrs[id].rep == SIP_R_SINGLE)
			defect(r, SIP_D_REPEATED, id, value.p);
	} else if (id == SIP_H_CONTENT_LENGTH) {
		r->has_length = span_u64(value, &r->length);
	} else if (id == SIP_H_CSEQ) {
		sip_cseq_read(value, &number, &r->cseq_method);
	}
	r->seen |= BIT(id);
	if (!sip_value_ok(id, value))
		defect(r, SIP_D_VALUE, id, value.p);
}

/* One header: line is its first line, end the end of its last fold. */
static void header(struct reader *r, struct span line, const char *end)
{
	const char *stop = line.p + line.n;
	const char *colon = sip_run(line.p, stop, SIP_C_TOKEN);
	struct span name = sip_between(line.p, colon);
	enum sip_hdr id = SIP_H_OTHER;

	while (colon < stop && (*colon == ' ' || *colon == '\t'))
		colon++;
	if (name.n && colon < stop && *colon == ':') {
		id = sip_hdr_id(name);
	} else {
		colon = memchr(line.p, ':', line.n);
		if (!colon) {
			defect(r, SIP_D_NO_COLON, SIP_H_OTHER, line.p);
			return;
		}
		defect(r, SIP_D_BAD_NAME, SIP_H_OTHER, line.p);
		name = span_trim(sip_between(line.p, colon));
	}
	const char *from = sip_run(colon + 1, end, SIP_C_BLANK);

	while (end > from && sip_is_class(end[-1], SIP_C_BLANK))
		end--;
	struct span value = sip_between(from, end);

	keep(r, id, name, value);
	if (id != SIP_H_OTHER)
		check_value(r, id, value);
}

static void headers(struct reader *r)
{
	while (r->p < r->end) {
		struct span line, fold;
		bool whole = take_line(r, &line);

		if (whole && line.n == 0) {
			r->blank = true;
			return;
		}
		const char *end = line.p + line.n;

		while (whole && r->p < r->end &&
		       (*r->p == ' ' || *r->p == '\t')) {
			whole = take_line(r, &fold);
			end = fold.p + fold.n;
		}
		header(r, line, end);
	}
}

typedef unsigned char vec __attribute__((vector_size(16)));

static size_t sum(vec v)
{
	unsigned char b[sizeof(vec)];
	size_t n = 0;

	memcpy(b, &v, sizeof(b));
	for (size_t i = 0; i < sizeof(b); i++)
		n += b[i];
	return n;
}

/* Counts CR and NUL together, 16 bytes at a time; each lane of the sum holds
 * 255 at most. */
static size_t count_odd(const char *p, size_t n)
{
	size_t total = 0, i = 0;
	const vec cr = (vec){ 0 } + '\r';

	while (i + sizeof(vec) <= n) {
		vec lanes = { 0 };

		for (int k = 0; k < 255 && i + sizeof(vec) <= n; k++) {
			vec v;

			memcpy(&v, p + i, sizeof(v));
			lanes -= (vec)(v == cr) | (vec)(v == 0);
			i += sizeof(vec);
		}
		total += sum(lanes);
	}
	for (; i < n; i++)
		total += p[i] == '\r' || p[i] == '\0';
	return total;
}

/* A NUL may stand in a quoted pair (RFC 3261 25.1), nowhere else. */
static const char *bare_nul(const char *p, const char *end)
{
	for (const char *from = p; p < end; p++) {
		p = memchr(p, '\0', (size_t)(end - p));
		if (!p || p == from || p[-1] != '\\')
			return p;
	}
	return NULL;
}

static const char *bare_cr(const char *p, const char *end)
{
	for (; p < end; p++) {
		p = memchr(p, '\r', (size_t)(end - p));
		/* A CR at the very end is a cut, which no-blank tells. */
		if (!p || p + 1 == end)
			return NULL;
		if (p[1] != '\n')
			return p;
	}
	return NULL;
}

/* Every CR of a sound head ends a line and there is no NUL; only when the
 * count is wrong is the place looked for. */
static void odd_bytes(struct reader *r)
{
	const char *at;

	if (count_odd(r->start, (size_t)(r->p - r->start)) == r->line_ends)
		return;
	at = bare_nul(r->start, r->p);
	if (at)
		defect(r, SIP_D_NUL, SIP_H_OTHER, at);
	at = bare_cr(r->start, r->p);
	if (at)
		defect(r, SIP_D_BARE_CR, SIP_H_OTHER, at);
}

static void mandatory(struct reader *r)
{
	uint64_t need = MANDATORY;

	if (r->m->request)
		need |= BIT(SIP_H_MAX_FORWARDS);
	need &= ~r->seen;
	for (unsigned h = 0; need; h++, need >>= 1)
		if (need & 1)
			defect(r, SIP_D_MISSING, (enum sip_hdr)h, r->p);
}

static void body(struct reader *r)
{
	struct sip_msg *m = r->m;
	size_t left = (size_t)(r->end - r->p);

	if (r->has_length && r->length > left)
		defect(r, SIP_D_LENGTH_SHORT, SIP_H_CONTENT_LENGTH, r->end);
	else if (r->has_length && r->length < left) {
		left = (size_t)r->length;
		defect(r, SIP_D_LENGTH_LONG, SIP_H_CONTENT_LENGTH,
		       r->p + left);
	}
	m->body = (struct span){ r->p, left };
	m->whole = sip_between(r->start, r->p + left);
}

static void clear(struct sip_msg *m)
{
	m->whole = m->method = m->uri = m->reason = m->body = SPAN_NONE;
	m->request = false;
	m->status = 0;
	m->n_headers = m->n_defects = 0;
	memset(m->first, 0xff, sizeof(m->first));       /* -1 */
}

bool sip_read(struct sip_msg *m, struct span bytes)
{
	struct reader r = { .m = m };
	struct sip_start s;
	struct span line;

	assert(m && (bytes.p || bytes.n == 0));
	clear(m);
	if (!bytes.p)
		bytes = S("");
	r.start = r.p = bytes.p + sip_blank_lines(bytes);
	r.end = bytes.p + bytes.n;
	bool whole = take_line(&r, &line);
	bool known = sip_start_read(&s, line);

	if (known)
		start_line(&r, line, &s);
	else
		defect(&r, SIP_D_START_LINE, SIP_H_OTHER, r.start);
	if (whole)
		headers(&r);
	odd_bytes(&r);
	if (!r.blank)
		defect(&r, SIP_D_NO_BLANK, SIP_H_OTHER, r.end);
	if (known)
		mandatory(&r);
	body(&r);
	if (known && !s.request)
		m->method = r.cseq_method;
	else if (known && r.cseq_method.n && !span_eq(m->method, r.cseq_method))
		defect(&r, SIP_D_CSEQ_METHOD, SIP_H_CSEQ, r.cseq_method.p);
	return known;
}
