/* URIs: parts, identity, equality (RFC 3261 19.1, RFC 3966). */
#include "wire/sip_in.h"

#include <assert.h>
#include <string.h>

static bool is_sip_scheme(struct span s)
{
	return span_ieq(s, S("sip")) || span_ieq(s, S("sips"));
}

/* First byte from p that is one of the two, or end. */
static const char *until(const char *p, const char *end, char a, char b)
{
	while (p < end && *p != a && *p != b)
		p++;
	return p;
}

/* host [":" port] up to end; false when either is not one. */
static bool host_port(struct sip_uri *u, const char *p, const char *end)
{
	const char *stop;
	uint64_t port;

	if (p < end && *p == '[') {
		stop = memchr(p, ']', (size_t)(end - p));
		if (!stop || stop == p + 1)
			return false;
		for (const char *c = p + 1; c < stop; c++)
			if (*c != ':' && !sip_is_class(*c, SIP_C_HOST))
				return false;
		stop++;
	} else {
		stop = sip_run(p, end, SIP_C_HOST);
		if (stop == p)
			return false;
	}
	u->host = sip_between(p, stop);
	if (stop == end)
		return true;
	u->port = sip_between(stop + 1, end);
	return *stop == ':' && span_u64(u->port, &port) && port <= 65535;
}

static bool sip_rest(struct sip_uri *u, const char *p, const char *end)
{
	const char *at = memchr(p, '@', (size_t)(end - p));

	if (at) {
		const char *colon = memchr(p, ':', (size_t)(at - p));

		u->user = sip_between(p, colon ? colon : at);
		if (colon)
			u->password = sip_between(colon + 1, at);
		p = at + 1;
	}
	const char *stop = until(p, end, ';', '?');

	if (!host_port(u, p, stop))
		return false;
	if (stop < end && *stop == ';') {
		const char *ask = until(stop, end, '?', '?');

		u->params = sip_between(stop, ask);
		stop = ask;
	}
	if (stop < end)
		u->headers = sip_between(stop + 1, end);
	return true;
}

bool sip_uri_read(struct sip_uri *u, struct span text)
{
	assert(u);
	*u = (struct sip_uri){ 0 };
	text = span_trim(text);
	if (text.n == 0 || !sip_is_class(text.p[0], SIP_C_ALPHA))
		return false;
	const char *end = text.p + text.n, *p = text.p;

	while (p < end && (sip_is_class(*p, SIP_C_ALPHA | SIP_C_DIGIT) ||
			   *p == '+' || *p == '-' || *p == '.'))
		p++;
	if (p == end || *p != ':')
		return false;
	u->scheme = sip_between(text.p, p++);
	if (p == end)
		return false;
	if (is_sip_scheme(u->scheme))
		return sip_rest(u, p, end);
	u->user = sip_between(p, end);
	if (span_ieq(u->scheme, S("tel"))) {
		const char *semi = until(p, end, ';', ';');

		u->user = sip_between(p, semi);
		if (semi < end)
			u->params = sip_between(semi, end);
	}
	return u->user.n > 0;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c & ~0x20) : c;
}

/* The byte that the escape at s.p[i] stands for, or -1. */
static int escape(struct span s, size_t i)
{
	if (s.p[i] != '%' || s.n - i < 3)
		return -1;
	int a = hex(s.p[i + 1]), b = hex(s.p[i + 2]);

	return a < 0 || b < 0 ? -1 : a * 16 + b;
}

/* Writes an identity byte by byte, so that two can be compared without room
 * for either. */
struct ident {
	enum { SCHEME, COLON, USER, AT, HOST, PLAIN, DONE } part;
	bool tel;
	struct sip_uri uri;
	struct span plain;      /* what is no URI */
	size_t i;               /* position in the part */
	unsigned kept;          /* digits of a kept escape still to come */
	unsigned stray;         /* digits of the escape of a bare "%" to come */
};

/* Digits with their separators (RFC 3966); without a digit it is no number. */
static bool is_number(struct span s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (hex(s.p[i]) >= 0 || s.p[i] == '*' || s.p[i] == '#')
			digits++;
		else if (!memchr("+-.()", s.p[i], 5))
			return false;
	}
	return digits > 0;
}

/* No user part holds these bare; taken for one, they would make an identity
 * that reads as something else. */
static bool is_user(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (memchr("<>\" \t\r\n", s.p[i], 7))
			return false;
	return true;
}

static void ident_start(struct ident *it, struct span text)
{
	struct sip_addr a;
	struct sip_uri *u = &it->uri;

	*it = (struct ident){ .part = PLAIN, .plain = span_trim(text) };
	text = it->plain;
	if ((span_chr(text, '<') >= 0 || span_starts(text, S("\""))) &&
	    sip_addr_read(&a, text))
		text = a.uri;
	if (!sip_uri_read(u, text))
		return;
	it->tel = span_ieq(u->scheme, S("tel"));
	if (it->tel ? is_number(u->user) :
		      is_sip_scheme(u->scheme) && is_user(u->user))
		it->part = SCHEME;
}

static int tel_byte(struct ident *it)
{
	struct span user = it->uri.user;

	while (it->i < user.n && memchr("-.()", user.p[it->i], 4))
		it->i++;
	return it->i < user.n ? (unsigned char)lower(user.p[it->i++]) : -1;
}

/* Two digits follow a "%" that is kept; a "%" that begins no escape becomes
 * one, so that the identity of an identity is itself. */
static int user_byte(struct ident *it)
{
	struct span user = it->uri.user;

	if (it->stray)
		return "52"[--it->stray];
	if (it->i >= user.n)
		return -1;
	char c = user.p[it->i];

	if (it->kept || c != '%') {
		it->i++;
		c = it->kept ? upper(c) : c;
		it->kept -= it->kept > 0;
		return (unsigned char)c;
	}
	int byte = escape(user, it->i);

	if (byte >= 0 && sip_is_class((char)byte, SIP_C_USER)) {
		it->i += 3;
		return byte;
	}
	it->i++;
	it->kept = byte >= 0 ? 2 : 0;
	it->stray = byte >= 0 ? 0 : 2;
	return '%';
}

/* Next byte of the part, -1 at its end. */
static int part_byte(struct ident *it)
{
	struct span s = it->uri.host;

	switch (it->part) {
	case COLON:
		return it->i++ ? -1 : ':';
	case AT:
		return it->i++ || span_absent(it->uri.user) ? -1 : '@';
	case USER:
		return it->tel ? tel_byte(it) : user_byte(it);
	case SCHEME:
		s = it->uri.scheme;
		break;
	case HOST:
		break;
	case PLAIN:
		s = it->plain;
		return it->i < s.n ? (unsigned char)s.p[it->i++] : -1;
	case DONE:
		return -1;
	}
	return it->i < s.n ? (unsigned char)lower(s.p[it->i++]) : -1;
}

static int ident_byte(struct ident *it)
{
	while (it->part != DONE) {
		int c = part_byte(it);

		if (c >= 0)
			return c;
		it->i = 0;
		if (it->part >= HOST || (it->tel && it->part == USER))
			it->part = DONE;
		else
			it->part++;
	}
	return -1;
}

struct span sip_identity(struct span text, char *out, size_t cap)
{
	struct ident it;
	size_t n = 0;
	int c;

	assert(out && cap > 0);
	ident_start(&it, text);
	while (n + 1 < cap && (c = ident_byte(&it)) >= 0)
		out[n++] = (char)c;
	out[n] = '\0';
	return (struct span){ out, n };
}

bool sip_identity_eq(struct span a, struct span b)
{
	struct ident x, y;
	int c;

	ident_start(&x, a);
	ident_start(&y, b);
	do {
		c = ident_byte(&x);
		if (c != ident_byte(&y))
			return false;
	} while (c >= 0);
	return true;
}

/* ---- RFC 3261 19.1.4 ---- */

/* Next byte with its escape undone, unless it stands for a reserved one
 * (256 and up then, so that it differs from the bare byte). */
static int next_unescaped(struct span s, size_t *i)
{
	int byte = escape(s, *i);

	if (byte < 0)
		return (unsigned char)s.p[(*i)++];
	*i += 3;
	return byte && strchr(";/?:@&=+$,", byte) ? 256 + byte : byte;
}

static bool text_eq(struct span a, struct span b, bool fold)
{
	size_t i = 0, k = 0;

	if (span_absent(a) != span_absent(b))
		return false;
	while (i < a.n && k < b.n) {
		int x = next_unescaped(a, &i), y = next_unescaped(b, &k);

		if (fold && x < 256)
			x = (unsigned char)lower((char)x);
		if (fold && y < 256)
			y = (unsigned char)lower((char)y);
		if (x != y)
			return false;
	}
	return i == a.n && k == b.n;
}

/* "a=b" of a list without quotes; value absent for a flag. */
static struct span pair(struct span item, struct span *value)
{
	struct span name = span_split(&item, '=');

	*value = item;
	return name;
}

static bool find_pair(struct span list, char sep, struct span name,
		      struct span *value)
{
	while (!span_absent(list)) {
		struct span item = span_split(&list, sep);

		if (item.n && text_eq(pair(item, value), name, true))
			return true;
	}
	return false;
}

static bool counts_alone(struct span name)
{
	static const struct span names[] = {
		SPAN_INIT("user"), SPAN_INIT("ttl"), SPAN_INIT("method"),
		SPAN_INIT("maddr"), SPAN_INIT("transport"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (span_ieq(names[i], name))
			return true;
	return false;
}

/* Every parameter of a agrees with b's. A parameter that only one has counts
 * when it is one of those few, a header always. */
static bool pairs_within(struct span a, struct span b, char sep)
{
	while (!span_absent(a)) {
		struct span item = span_split(&a, sep), v, w;

		if (item.n == 0)
			continue;
		struct span name = pair(item, &v);

		if (find_pair(b, sep, name, &w)) {
			if (!text_eq(v, w, true))
				return false;
		} else if (sep == '&' || counts_alone(name)) {
			return false;
		}
	}
	return true;
}

/* Matching each with each is square in their number, which is the peer's
 * choice: beyond any sane number they have to be the same text. */
#define PAIRS_MAX 64

static bool too_many(struct span list, char sep)
{
	unsigned n = 0;

	for (size_t i = 0; i < list.n; i++)
		n += list.p[i] == sep;
	return n > PAIRS_MAX;
}

static bool pairs_eq(struct span a, struct span b, char sep)
{
	if (too_many(a, sep) || too_many(b, sep))
		return span_eq(a, b);
	return pairs_within(a, b, sep) && pairs_within(b, a, sep);
}

bool sip_uri_eq(struct span a, struct span b)
{
	struct sip_uri x, y;

	a = span_trim(a);
	b = span_trim(b);
	if (span_eq(a, b))
		return true;
	if (!sip_uri_read(&x, a) || !sip_uri_read(&y, b))
		return false;
	if (!span_ieq(x.scheme, y.scheme))
		return false;
	if (!is_sip_scheme(x.scheme))
		return sip_identity_eq(a, b) && pairs_eq(x.params, y.params, ';');
	return text_eq(x.user, y.user, false) &&
	       text_eq(x.password, y.password, false) &&
	       span_ieq(x.host, y.host) &&
	       span_absent(x.port) == span_absent(y.port) &&
	       span_eq(x.port, y.port) &&
	       pairs_eq(x.params, y.params, ';') &&
	       pairs_eq(x.headers, y.headers, '&');
}
