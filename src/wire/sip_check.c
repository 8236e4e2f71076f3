/* Do values parse? One pass over each, no meaning drawn from them; the
 * meaning is sip_field.c's. Values of headers without id are not looked at. */
#include "wire/sip_in.h"

#include <string.h>

static const char *blanks(const char *p, const char *end)
{
	return sip_run(p, end, SIP_C_BLANK);
}

/* Each returns the place behind what it read, NULL when that is not there. */

static const char *scheme_ok(const char *p, const char *end)
{
	if (p == end || !sip_is_class(*p, SIP_C_ALPHA))
		return NULL;
	while (p < end && (sip_is_class(*p, SIP_C_ALPHA | SIP_C_DIGIT) ||
			   *p == '+' || *p == '-' || *p == '.'))
		p++;
	return p < end && *p == ':' && p + 1 < end ? p + 1 : NULL;
}

static bool hex(char c)
{
	return sip_is_class(c, SIP_C_DIGIT) ||
	       ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Past what is of the classes or a whole escape. */
static const char *escaped(const char *p, const char *end, unsigned classes)
{
	for (;;) {
		p = sip_run(p, end, classes);
		if (p == end || *p != '%' || end - p < 3 ||
		    !hex(p[1]) || !hex(p[2]))
			return p;
		p += 3;
	}
}

/* host [":" port]; the place behind it. */
static const char *host_ok(const char *p, const char *end)
{
	const char *host = p;

	if (p < end && *p == '[') {
		while (++p < end && (*p == ':' || sip_is_class(*p, SIP_C_HOST)))
			;
		if (p == end || *p != ']' || p == host + 1)
			return NULL;
		p++;
	} else {
		p = sip_run(p, end, SIP_C_HOST);
	}
	if (p == host)
		return NULL;
	if (p == end || *p != ':')
		return p;
	const char *port = p + 1;

	p = sip_run(port, end, SIP_C_DIGIT);
	return p > port && p - port <= 5 ? p : NULL;
}

/* [user [":" password] "@"] host [":" port] [;params] [?headers] */
static bool sip_uri_ok(const char *p, const char *end)
{
	const char *at = memchr(p, '@', (size_t)(end - p));

	if (at) {
		const char *user = escaped(p, at, SIP_C_USER);

		if (user == p)
			return false;
		if (user < at && *user == ':')
			user = escaped(user + 1, at, SIP_C_USER);
		if (user != at)
			return false;
		p = at + 1;
	}
	p = host_ok(p, end);
	if (!p || p == end)
		return p != NULL;
	return (*p == ';' || *p == '?') && escaped(p, end, SIP_C_URI) == end;
}

static bool uri_ok(const char *p, const char *end)
{
	const char *rest = scheme_ok(p, end);

	if (!rest)
		return false;
	size_t n = (size_t)(rest - p);

	if ((n == 4 || n == 5) && (p[0] | 0x20) == 's' &&
	    (p[1] | 0x20) == 'i' && (p[2] | 0x20) == 'p' &&
	    (n == 4 || (p[3] | 0x20) == 's'))
		return sip_uri_ok(rest, end);
	return escaped(rest, end, SIP_C_URI | SIP_C_AT) == end;
}

bool sip_request_uri_ok(struct span uri)
{
	const char *end = uri.p + uri.n;

	if (!uri_ok(uri.p, end))
		return false;
	if (!span_istarts(uri, S("sip:")) && !span_istarts(uri, S("sips:")))
		return true;
	/* Headers are not allowed here (RFC 3261 19.1.1); a "?" of the user
	 * part is. */
	const char *at = memchr(uri.p, '@', uri.n);
	const char *host = at ? at : uri.p;

	return !memchr(host, '?', (size_t)(end - host));
}

/* ;name[=value] ... up to a comma or the end. A value is a token, an address
 * (IPv6 with or without [], RFC 3261 25.1) or a quoted string. */
static const char *params_ok(const char *p, const char *end)
{
	for (;;) {
		p = blanks(p, end);
		if (p == end || *p == ',')
			return p;
		if (*p != ';')
			return NULL;
		const char *name = blanks(p + 1, end);

		p = sip_run(name, end, SIP_C_TOKEN);
		if (p == name)
			return NULL;
		if (p == end)
			return p;
		if (*p != '=') {
			p = blanks(p, end);
			if (p == end || *p != '=')
				continue;
		}
		const char *value = blanks(p + 1, end);

		if (value < end && *value == '"')
			p = sip_quoted_end(value, end);
		else
			p = sip_run(value, end, SIP_C_VALUE);
		if (!p || p == value)
			return NULL;
	}
}

/* Display name, if any: the place of "<". NULL: an addr-spec without <>. */
static const char *to_bracket(const char *p, const char *end, bool *bad)
{
	if (*p == '"') {
		p = sip_quoted_end(p, end);
		if (p)
			p = blanks(p, end);
		*bad = !p || p == end || *p != '<';
		return p;
	}
	return sip_run(p, end, SIP_C_TOKEN | SIP_C_BLANK);
}

/* One address; stops at a comma that ends it. */
static const char *addr_ok(const char *p, const char *end)
{
	bool bad = false;
	const char *open = to_bracket(p, end, &bad);

	if (bad)
		return NULL;
	if (open < end && *open == '<') {
		const char *close = memchr(open, '>', (size_t)(end - open));

		if (!close || !uri_ok(open + 1, close))
			return NULL;
		return params_ok(close + 1, end);
	}
	/* Without <>: no comma, semicolon or question mark in the URI. */
	const char *stop = p;

	while (stop < end && *stop != ';' && *stop != ',' && *stop != '?' &&
	       !sip_is_class(*stop, SIP_C_BLANK))
		stop++;
	if ((stop < end && *stop == '?') || !uri_ok(p, stop))
		return NULL;
	return params_ok(stop, end);
}

static const char *via_ok(const char *p, const char *end)
{
	struct sip_via v;

	p = sip_via_sent(&v, p, end);
	return p ? params_ok(p, end) : NULL;
}

/* List of at least one; alone: exactly one. */
static bool each_ok(struct span value, bool alone,
		    const char *(*one_ok)(const char *, const char *))
{
	const char *p = value.p, *end = p + value.n;

	for (;;) {
		p = blanks(p, end);
		if (p == end)
			return false;
		p = one_ok(p, end);
		if (!p || p == end)
			return p != NULL;
		if (alone || *p != ',')
			return false;
		p++;
	}
}

static bool tokens_ok(const char *p, const char *end)
{
	if (p == end)
		return true;
	for (;;) {
		const char *from = blanks(p, end);

		p = sip_run(from, end, SIP_C_TOKEN);
		if (p == from)
			return false;
		p = blanks(p, end);
		if (p == end)
			return true;
		if (*p++ != ',')
			return false;
	}
}

/* name = value, quoted or not; the first may be a bare token68 instead. */
static const char *auth_item(const char *p, const char *end, bool first)
{
	const char *name_end = sip_run(p, end, SIP_C_TOKEN);
	const char *eq = blanks(name_end, end);

	if (name_end == p || eq == end || *eq != '=') {
		name_end = sip_run(p, end, SIP_C_T68);
		return first && name_end > p ? name_end : NULL;
	}
	const char *value = blanks(eq + 1, end);

	if (value < end && *value == '"')
		return sip_quoted_end(value, end);
	/* The padding of a token68 lands here, too. */
	p = sip_run(value, end, SIP_C_TOKEN | SIP_C_T68);
	while (p < end && *p == '=')
		p++;
	return p > value || eq == name_end ? p : NULL;
}

static bool auth_ok(const char *p, const char *end)
{
	const char *scheme_end = sip_run(p, end, SIP_C_TOKEN);

	if (scheme_end == p)
		return false;
	p = blanks(scheme_end, end);
	if (p == scheme_end || p == end)
		return false;
	for (bool first = true;; first = false) {
		p = auth_item(p, end, first);
		if (!p)
			return false;
		p = blanks(p, end);
		if (p == end)
			return true;
		if (*p != ',')
			return false;
		p = blanks(p + 1, end);
	}
}

static bool number_ok(struct span value, uint64_t max)
{
	uint64_t v;

	return span_u64(value, &v) && v <= max;
}

/* word ["@" word], both of printing characters. */
static bool call_id_ok(struct span value)
{
	long at = span_chr(value, '@');

	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] <= ' ' || value.p[i] == 0x7f)
			return false;
	if (at < 0)
		return value.n > 0;
	struct span host = span_from(value, (size_t)at + 1);

	return at > 0 && host.n > 0 && span_chr(host, '@') < 0;
}

static bool media_ok(const char *p, const char *end)
{
	for (int part = 0; part < 2; part++) {
		const char *stop = sip_run(p, end, SIP_C_TOKEN);

		if (stop == p)
			return false;
		p = blanks(stop, end);
		if (part == 0 && (p == end || *p != '/'))
			return false;
		if (part == 0)
			p = blanks(p + 1, end);
	}
	return params_ok(p, end) == end;
}

static bool cseq_ok(struct span value)
{
	uint32_t number;
	struct span method;

	/* RFC 3261 8.1.1.5: less than 2^31. */
	return sip_cseq_read(value, &number, &method) && number < 1u << 31;
}

bool sip_value_ok(enum sip_hdr h, struct span value)
{
	const char *p = value.p, *end = p + value.n;

	switch ((enum sip_kind)sip_hdrs[h].kind) {
	case SIP_K_TEXT:
		return true;
	case SIP_K_BYTE:
		return number_ok(value, 255);
	case SIP_K_SECONDS:
		return number_ok(value, UINT32_MAX);
	case SIP_K_LENGTH:
		return number_ok(value, UINT64_MAX);
	case SIP_K_CALL_ID:
		return call_id_ok(value);
	case SIP_K_CSEQ:
		return cseq_ok(value);
	case SIP_K_ADDR:
		return each_ok(value, true, addr_ok);
	case SIP_K_ADDRS:
		/* RFC 7315 5.1 lets P-Associated-URI be empty. */
		if (h == SIP_H_P_ASSOCIATED_URI && p == end)
			return true;
		return each_ok(value, false, addr_ok);
	case SIP_K_CONTACTS:
		return span_eq(value, S("*")) || each_ok(value, false, addr_ok);
	case SIP_K_VIAS:
		return each_ok(value, false, via_ok);
	case SIP_K_AUTH:
		return auth_ok(p, end);
	case SIP_K_MEDIA:
		return media_ok(p, end);
	case SIP_K_TOKENS:
		return tokens_ok(p, end);
	}
	return true;
}
