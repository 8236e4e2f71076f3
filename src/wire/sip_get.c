/* Access to the headers of a message that was read. */
#include "wire/sip_in.h"

#include <assert.h>
#include <string.h>

struct span sip_get(const struct sip_msg *m, enum sip_hdr h)
{
	int i = m->first[h];

	return i < 0 ? SPAN_NONE : m->headers[i].value;
}

int sip_next(const struct sip_msg *m, enum sip_hdr h, int i)
{
	if (i < 0)
		return m->first[h];
	for (unsigned k = (unsigned)i + 1; k < m->n_headers; k++)
		if (m->headers[k].id == h)
			return (int)k;
	return -1;
}

/* Compact forms of headers that have no id here. */
static const struct { char compact; struct span name; } others[] = {
	{ 'a', SPAN_INIT("Accept-Contact") },
	{ 'b', SPAN_INIT("Referred-By") },
	{ 'd', SPAN_INIT("Request-Disposition") },
	{ 'e', SPAN_INIT("Content-Encoding") },
	{ 'j', SPAN_INIT("Reject-Contact") },
	{ 'n', SPAN_INIT("Identity-Info") },
	{ 'r', SPAN_INIT("Refer-To") },
	{ 's', SPAN_INIT("Subject") },
	{ 'u', SPAN_INIT("Allow-Events") },
	{ 'x', SPAN_INIT("Session-Expires") },
	{ 'y', SPAN_INIT("Identity") },
};

static struct span long_name(struct span name)
{
	if (name.n == 1)
		for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
			if ((name.p[0] | 0x20) == others[i].compact)
				return others[i].name;
	return name;
}

struct span sip_get_named(const struct sip_msg *m, struct span name)
{
	enum sip_hdr h = sip_hdr_id(name);

	if (h != SIP_H_OTHER)
		return sip_get(m, h);
	name = long_name(name);
	for (int i = -1; (i = sip_next(m, SIP_H_OTHER, i)) >= 0;)
		if (span_ieq(long_name(m->headers[i].name), name))
			return m->headers[i].value;
	return SPAN_NONE;
}

bool sip_has_defect(const struct sip_msg *m, enum sip_defect d)
{
	for (unsigned i = 0; i < m->n_defects; i++)
		if (m->defects[i].code == d)
			return true;
	return false;
}

/* Past the comma that ends the element at p, or end. A quote or "<" that is
 * never closed covers the rest, so that nothing inside becomes an element. */
static const char *element_end(const char *p, const char *end)
{
	while (p < end && *p != ',') {
		if (*p == '"') {
			p = sip_quoted_end(p, end);
		} else if (*p == '<') {
			p = memchr(p, '>', (size_t)(end - p));
			p = p ? p + 1 : NULL;
		} else {
			p++;
		}
		if (!p)
			return end;
	}
	return p;
}

bool sip_comma_next(struct span *rest, struct span *element)
{
	while (!span_absent(*rest)) {
		const char *end = rest->p + rest->n;
		const char *stop = element_end(rest->p, end);

		*element = span_trim(sip_between(rest->p, stop));
		*rest = stop < end ? sip_between(stop + 1, end) : SPAN_NONE;
		if (element->n)
			return true;
	}
	return false;
}

bool sip_list_next(const struct sip_msg *m, enum sip_hdr h,
		   struct sip_list *it, struct span *element)
{
	assert(it && element);
	for (;;) {
		if (it->started && sip_comma_next(&it->rest, element))
			return true;
		it->header = sip_next(m, h, it->started ? it->header : -1);
		if (it->header < 0)
			break;
		it->started = true;
		it->rest = m->headers[it->header].value;
		if (!sip_hdr_is_list(h)) {
			*element = it->rest;
			it->rest = SPAN_NONE;
			return true;
		}
	}
	/* Stay at the end when asked again. */
	it->started = true;
	it->header = (int)m->n_headers;
	it->rest = SPAN_NONE;
	return false;
}

bool sip_lists(const struct sip_msg *m, enum sip_hdr h, struct span token)
{
	struct sip_list it = { 0 };
	struct span el;

	while (sip_list_next(m, h, &it, &el))
		if (span_ieq(el, token))
			return true;
	return false;
}

bool sip_is(const struct sip_msg *m, struct span method)
{
	return m->request && span_eq(m->method, method);
}
