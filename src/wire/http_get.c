/* What an HTTP message says: header fields, lists, cookies, forms. */
#include <string.h>

#include "wire/http.h"

struct span http_get(const struct http_msg *m, struct span name)
{
	for (unsigned i = 0; i < m->n_headers; i++)
		if (span_ieq(m->headers[i].name, name))
			return m->headers[i].value;
	return SPAN_NONE;
}

bool http_lists(const struct http_msg *m, struct span name, struct span token)
{
	for (unsigned i = 0; i < m->n_headers; i++) {
		struct span rest = m->headers[i].value;

		if (!span_ieq(m->headers[i].name, name))
			continue;
		while (!span_absent(rest))
			if (span_ieq(span_trim(span_split(&rest, ',')), token))
				return true;
	}
	return false;
}

/* "name=value" of the pair; false when it is another name. */
static bool cookie_is(struct span pair, struct span name, struct span *value)
{
	struct span n = span_trim(span_split(&pair, '='));

	if (span_absent(pair) || !span_eq(n, name))
		return false;
	*value = span_unquote(span_trim(pair));
	return true;
}

struct span http_cookie(const struct http_msg *m, struct span name)
{
	struct span field = m->request ? S("Cookie") : S("Set-Cookie");
	struct span value = SPAN_NONE;

	for (unsigned i = 0; i < m->n_headers; i++) {
		struct span rest = m->headers[i].value;

		if (!span_ieq(m->headers[i].name, field))
			continue;
		if (!m->request)
			cookie_is(span_split(&rest, ';'), name, &value);
		while (m->request && !span_absent(rest))
			if (cookie_is(span_split(&rest, ';'), name, &value))
				return value;
	}
	return value;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes one character off a form text. */
static char form_char(struct span *s)
{
	char c = s->p[0];
	size_t took = 1;

	if (c == '+') {
		c = ' ';
	} else if (c == '%' && s->n >= 3 && hex(s->p[1]) >= 0 &&
		   hex(s->p[2]) >= 0) {
		c = (char)(hex(s->p[1]) << 4 | hex(s->p[2]));
		took = 3;
	}
	*s = span_from(*s, took);
	return c;
}

static bool form_is(struct span raw, struct span name)
{
	while (raw.n && name.n) {
		if (form_char(&raw) != name.p[0])
			return false;
		name = span_from(name, 1);
	}
	return !raw.n && !name.n;
}

static bool form_value(struct span raw, char *out, size_t cap)
{
	size_t n = 0;

	while (raw.n) {
		char c = form_char(&raw);

		if (!c || n + 1 >= cap) {
			out[0] = '\0';
			return false;
		}
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

bool http_form_get(struct span form, struct span name, char *out, size_t cap)
{
	if (cap == 0)
		return false;
	out[0] = '\0';
	while (!span_absent(form)) {
		struct span value = span_split(&form, '&');
		struct span key = span_split(&value, '=');

		if (form_is(key, name) && (key.n || !span_absent(value)))
			return form_value(value, out, cap);
	}
	return false;
}
