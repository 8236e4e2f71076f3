#include "source/json_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *json_read(struct span body)
{
	body = span_trim(body);
	if (body.n < 2 || (body.p[0] != '{' && body.p[0] != '['))
		return NULL;
	return json_loadb(body.p, body.n, 0, NULL);
}

/* One reference token of a pointer, ~0 and ~1 undone. */
static bool unescape(struct span s, char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '~' && i + 1 < s.n &&
		    (s.p[i + 1] == '0' || s.p[i + 1] == '1'))
			c = s.p[++i] == '0' ? '~' : '/';
		if (n + 1 == cap)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

const json_t *json_point(const json_t *root, const char *pointer)
{
	struct span rest = span_str(pointer);
	char name[256];
	uint64_t index;

	if (span_absent(rest) || (rest.n && rest.p[0] != '/'))
		return NULL;
	if (!rest.n)
		return root;
	rest = span_from(rest, 1);
	while (root && !span_absent(rest)) {
		struct span step = span_split(&rest, '/');

		if (!unescape(step, name, sizeof name))
			return NULL;
		if (json_is_array(root))
			root = span_u64(step, &index) ?
			       json_array_get(root, (size_t)index) : NULL;
		else
			root = json_object_get(root, name);
	}
	return root;
}

const json_t *json_any(const json_t *root, const char *names)
{
	struct span rest = span_str(names);
	char name[64];

	while (!span_absent(rest)) {
		span_copy(name, sizeof name, span_split(&rest, ' '));
		const json_t *v = json_object_get(root, name);

		if (v)
			return v;
	}
	return NULL;
}

struct span json_text(const json_t *v)
{
	if (!json_is_string(v))
		return SPAN_NONE;
	return (struct span){ json_string_value(v), json_string_length(v) };
}

/* Centuries: more is no lifetime, and would not fit. */
#define SECONDS_MAX 1e11

bool json_seconds(const json_t *v, int64_t *us, bool *whole)
{
	struct span text = json_text(v);
	int64_t s;
	double f;

	if (json_is_integer(v)) {
		s = json_integer_value(v);
	} else if (!span_absent(text)) {
		if (!span_i64(text, &s))
			return false;
	} else if (json_is_real(v)) {
		f = json_real_value(v);
		if (!(fabs(f) < SECONDS_MAX))
			return false;
		*us = (int64_t)llround(f * 1e6);
		*whole = false;
		return true;
	} else {
		return false;
	}
	if (s > (int64_t)SECONDS_MAX || s < -(int64_t)SECONDS_MAX)
		return false;
	*us = s * 1000000;
	*whole = true;
	return true;
}
