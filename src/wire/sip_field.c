/* Header values, parsed on demand. */
#include "wire/sip_in.h"

#include <assert.h>
#include <string.h>

const char *sip_quoted_end(const char *p, const char *end)
{
	const char *from = ++p;

	while (from < end) {
		p = memchr(from, '"', (size_t)(end - from));
		if (!p)
			return NULL;
		const char *slash = p;

		/* An odd number of backslashes before it escapes the quote. */
		while (slash > from && slash[-1] == '\\')
			slash--;
		if ((p - slash) % 2 == 0)
			return p + 1;
		from = p + 1;
	}
	return NULL;
}

static const char *blanks(const char *p, const char *end)
{
	return sip_run(p, end, SIP_C_BLANK);
}

/* Has the text a URI's scheme and something behind it? */
static bool has_scheme(struct span s)
{
	const char *end = s.p + s.n, *p = s.p;

	if (s.n == 0 || !sip_is_class(*p, SIP_C_ALPHA))
		return false;
	while (p < end && (sip_is_class(*p, SIP_C_ALPHA | SIP_C_DIGIT) ||
			   *p == '+' || *p == '-' || *p == '.'))
		p++;
	return p < end && *p == ':' && p + 1 < end;
}

/* <uri> at open, parameters behind it. */
static bool bracketed(struct sip_addr *a, const char *open, const char *end)
{
	const char *close = memchr(open, '>', (size_t)(end - open));

	if (!close)
		return false;
	a->uri = span_trim(sip_between(open + 1, close));
	const char *semi = memchr(close, ';', (size_t)(end - close));

	if (semi)
		a->params = span_trim(sip_between(semi, end));
	return has_scheme(a->uri);
}

bool sip_addr_read(struct sip_addr *a, struct span value)
{
	assert(a);
	*a = (struct sip_addr){ 0 };
	value = span_trim(value);
	if (value.n == 0)
		return false;
	const char *p = value.p, *end = p + value.n;

	if (*p == '"') {
		const char *after = sip_quoted_end(p, end);

		if (!after)
			return false;
		a->display = sip_between(p + 1, after - 1);
		after = blanks(after, end);
		return after < end && *after == '<' && bracketed(a, after, end);
	}
	const char *open = memchr(p, '<', value.n);
	const char *semi = memchr(p, ';', value.n);

	if (open && (!semi || open < semi)) {
		if (open > p)
			a->display = span_trim(sip_between(p, open));
		return bracketed(a, open, end);
	}
	if (!semi)
		semi = end;
	else
		a->params = sip_between(semi, end);
	a->uri = span_trim(sip_between(p, semi));
	return has_scheme(a->uri);
}

/* ---- parameters ---- */

/* Past the item at p that ends at sep outside of quotes, or end. */
static const char *item_end(const char *p, const char *end, char sep)
{
	while (p < end && *p != sep) {
		if (*p != '"') {
			p++;
			continue;
		}
		p = sip_quoted_end(p, end);
		if (!p)
			return end;
	}
	return p;
}

/* Is the item  name [= value]  of that name? Quotes are taken off. */
static bool named(struct span item, struct span name, struct span *value)
{
	const char *end = item.p + item.n;
	const char *p = sip_run(item.p, end, SIP_C_TOKEN);

	if (!span_ieq(sip_between(item.p, p), name))
		return false;
	p = blanks(p, end);
	*value = SPAN_NONE;
	if (p == end)
		return true;
	if (*p != '=')
		return false;
	*value = span_unquote(span_trim(sip_between(p + 1, end)));
	return true;
}

static bool find_param(struct span list, char sep, struct span name,
		       struct span *value)
{
	struct span none;

	if (!value)
		value = &none;
	*value = SPAN_NONE;
	if (list.n == 0)
		return false;
	const char *end = list.p + list.n, *p = list.p;

	for (;;) {
		const char *stop = item_end(p, end, sep);

		if (named(span_trim(sip_between(p, stop)), name, value))
			return true;
		if (stop == end)
			return false;
		p = stop + 1;
	}
}

bool sip_param(struct span params, struct span name, struct span *value)
{
	return find_param(params, ';', name, value);
}

/* ---- Via, CSeq ---- */

/* sent-protocol "/" version "/" transport, blanks anywhere around "/". */
static const char *via_protocol(struct sip_via *v, const char *p,
				const char *end)
{
	for (int part = 0; part < 3; part++) {
		const char *stop = sip_run(p, end, SIP_C_TOKEN);

		if (stop == p)
			return NULL;
		v->transport = sip_between(p, stop);
		p = blanks(stop, end);
		if (part == 2)
			return p > stop ? p : NULL;
		if (p == end || *p != '/')
			return NULL;
		p = blanks(p + 1, end);
	}
	return NULL;
}

static const char *via_host(struct sip_via *v, const char *p, const char *end)
{
	const char *stop = sip_run(p, end, SIP_C_HOST);

	if (p < end && *p == '[') {
		stop = memchr(p, ']', (size_t)(end - p));
		if (!stop)
			return NULL;
		stop++;
	}
	if (stop == p)
		return NULL;
	v->host = sip_between(p, stop);
	p = blanks(stop, end);
	if (p == end || *p != ':')
		return p;
	p = blanks(p + 1, end);
	stop = sip_run(p, end, SIP_C_DIGIT);
	v->port = sip_between(p, stop);
	return stop > p ? blanks(stop, end) : NULL;
}

const char *sip_via_sent(struct sip_via *v, const char *p, const char *end)
{
	p = via_protocol(v, p, end);
	return p ? via_host(v, p, end) : NULL;
}

bool sip_via_read(struct sip_via *v, struct span element)
{
	assert(v);
	*v = (struct sip_via){ 0 };
	element = span_trim(element);
	if (element.n == 0)
		return false;
	const char *end = element.p + element.n;
	const char *p = sip_via_sent(v, element.p, end);

	if (!p)
		return false;
	if (p == end)
		return true;
	if (*p != ';')
		return false;
	v->params = sip_between(p, end);
	sip_param(v->params, S("branch"), &v->branch);
	return true;
}

bool sip_cseq_read(struct span value, uint32_t *number, struct span *method)
{
	value = span_trim(value);
	if (value.n == 0)
		return false;
	const char *end = value.p + value.n;
	const char *p = sip_run(value.p, end, SIP_C_DIGIT);
	const char *name = blanks(p, end);
	uint64_t n;

	if (!span_u64(sip_between(value.p, p), &n) || n > UINT32_MAX ||
	    name == p || name == end || sip_run(name, end, SIP_C_TOKEN) != end)
		return false;
	*number = (uint32_t)n;
	*method = sip_between(name, end);
	return true;
}

/* ---- credentials and challenges ---- */

bool sip_auth_read(struct sip_auth *a, struct span value)
{
	assert(a);
	*a = (struct sip_auth){ 0 };
	value = span_trim(value);
	if (value.n == 0)
		return false;
	const char *end = value.p + value.n;
	const char *p = sip_run(value.p, end, SIP_C_TOKEN);
	const char *rest = blanks(p, end);

	if (p == value.p || (rest == p && p < end))
		return false;
	a->scheme = sip_between(value.p, p);
	a->rest = sip_between(rest, end);
	return true;
}

bool sip_auth_param(const struct sip_auth *a, struct span name,
		    struct span *value)
{
	return find_param(a->rest, ',', name, value);
}

static bool is_token68(struct span s)
{
	const char *end = s.p + s.n;
	const char *p = sip_run(s.p, end, SIP_C_T68);

	if (p == s.p)
		return false;
	while (p < end && *p == '=')
		p++;
	return p == end;
}

struct span sip_auth_bearer(const struct sip_auth *a)
{
	struct span token;

	if (!span_ieq(a->scheme, S("Bearer")) || a->rest.n == 0)
		return SPAN_NONE;
	if (sip_auth_param(a, S("access_token"), &token))
		return token;
	token = span_trim(sip_between(a->rest.p,
		item_end(a->rest.p, a->rest.p + a->rest.n, ',')));
	return is_token68(token) ? token : SPAN_NONE;
}

/* ---- expiry ---- */

static bool seconds(struct span text, int64_t *out)
{
	uint64_t v;

	if (!span_u64(text, &v) || v > UINT32_MAX)
		return false;
	*out = (int64_t)v;
	return true;
}

static int64_t expires_header(const struct sip_msg *m)
{
	int64_t v;

	return seconds(sip_get(m, SIP_H_EXPIRES), &v) ? v : -1;
}

int64_t sip_expires(const struct sip_msg *m, struct span contact)
{
	struct span wanted = span_trim(contact), el, text;
	struct sip_list it = { 0 };
	struct sip_addr a;
	int64_t v;

	if (span_chr(wanted, '<') >= 0 && sip_addr_read(&a, wanted))
		wanted = a.uri;
	while (sip_list_next(m, SIP_H_CONTACT, &it, &el)) {
		bool star = span_eq(el, S("*"));

		if (star)
			a = (struct sip_addr){ .uri = el };
		else if (!sip_addr_read(&a, el))
			continue;
		if (!span_absent(contact) && !star && !sip_uri_eq(a.uri, wanted))
			continue;
		if (sip_param(a.params, S("expires"), &text) &&
		    seconds(text, &v))
			return v;
		return expires_header(m);
	}
	return span_absent(contact) ? expires_header(m) : -1;
}
