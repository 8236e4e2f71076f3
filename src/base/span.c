#include "base/span.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct span span_str(const char *z)
{
	return z ? (struct span){ z, strlen(z) } : SPAN_NONE;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool ieq_n(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool span_ieq(struct span a, struct span b)
{
	return a.n == b.n && ieq_n(a.p, b.p, a.n);
}

bool span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && span_eq(span_sub(s, 0, prefix.n), prefix);
}

bool span_istarts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && span_ieq(span_sub(s, 0, prefix.n), prefix);
}

bool span_ends(struct span s, struct span suffix)
{
	return s.n >= suffix.n &&
	       span_eq(span_from(s, s.n - suffix.n), suffix);
}

struct span span_sub(struct span s, size_t from, size_t n)
{
	if (from > s.n)
		from = s.n;
	if (n > s.n - from)
		n = s.n - from;
	return (struct span){ s.p ? s.p + from : NULL, n };
}

struct span span_from(struct span s, size_t from)
{
	return span_sub(s, from, SIZE_MAX);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span s)
{
	while (s.n && blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct span span_unquote(struct span s)
{
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return span_sub(s, 1, s.n - 2);
	return s;
}

long span_chr(struct span s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? (long)(at - s.p) : -1;
}

long span_find(struct span s, struct span needle)
{
	if (needle.n == 0)
		return 0;
	const char *at = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;

	return at ? (long)(at - s.p) : -1;
}

long span_ifind(struct span s, struct span needle)
{
	for (size_t i = 0; i + needle.n <= s.n; i++)
		if (ieq_n(s.p + i, needle.p, needle.n))
			return (long)i;
	return -1;
}

struct span span_split(struct span *rest, char sep)
{
	long at = span_chr(*rest, sep);
	struct span head = *rest;

	if (at < 0) {
		*rest = SPAN_NONE;
		return head;
	}
	*rest = span_from(head, (size_t)at + 1);
	return span_sub(head, 0, (size_t)at);
}

bool span_u64(struct span s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!isdigit((unsigned char)s.p[i]))
			return false;
		uint64_t d = (uint64_t)(s.p[i] - '0');

		if (v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*out = v;
	return true;
}

bool span_i64(struct span s, int64_t *out)
{
	bool minus = s.n > 0 && s.p[0] == '-';
	uint64_t v;

	if (!span_u64(minus ? span_from(s, 1) : s, &v) || v > INT64_MAX)
		return false;
	*out = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

uint64_t span_hash(struct span s)
{
	uint64_t h = 0xcbf29ce484222325u ^ s.n;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		uint64_t w;

		memcpy(&w, s.p + i, 8);
		h = (h ^ w) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	for (; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	h ^= h >> 32;
	return h ? h : 1;
}

void span_copy(char *dst, size_t cap, struct span s)
{
	size_t n = s.n < cap - 1 ? s.n : cap - 1;

	if (n)
		memcpy(dst, s.p, n);
	dst[n] = '\0';
}

char *span_dup(struct span s)
{
	char *z = must_alloc(s.n + 1);

	span_copy(z, s.n + 1, s);
	return z;
}
