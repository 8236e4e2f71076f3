/* Where a message of a stream ends. Nothing is kept between calls: one call
 * costs some microseconds at most, whatever the peer sent (see sip.h). */
#include "wire/sip_in.h"

#include <assert.h>
#include <string.h>

typedef unsigned char vec __attribute__((vector_size(16)));

static vec load(const char *p)
{
	vec v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static bool any(vec v)
{
	uint64_t w[2];

	memcpy(w, &v, sizeof(w));
	return (w[0] | w[1]) != 0;
}

/* Is the line end at i followed by an empty line? Its length, or 0. */
static size_t blank_at(const char *p, size_t n, size_t i)
{
	if (p[i] != '\n' || i + 1 >= n)
		return 0;
	if (p[i + 1] == '\n')
		return 1;
	return p[i + 1] == '\r' && i + 2 < n && p[i + 2] == '\n' ? 2 : 0;
}

/* Bytes up to and with the empty line, 0 when it is not there. Looks at 16
 * places at a time, because lines may be as short as the peer likes. */
static size_t head_end(const char *p, size_t n)
{
	const vec lf = (vec){ 0 } + '\n', cr = (vec){ 0 } + '\r';
	size_t i = 0, blank;

	while (i + sizeof(vec) + 2 <= n) {
		vec next = load(p + i + 1);
		vec found = (vec)(load(p + i) == lf) &
			    ((vec)(next == lf) |
			     ((vec)(next == cr) & (vec)(load(p + i + 2) == lf)));

		if (any(found))
			break;
		i += sizeof(vec);
	}
	for (; i < n; i++) {
		blank = blank_at(p, n, i);
		if (blank)
			return i + 1 + blank;
	}
	return 0;
}

static const char *line_end(const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	return lf ? lf + 1 : end;
}

/* Could these bytes be the beginning of a start line? */
static bool may_be_sip(struct span s)
{
	const char *end = s.p + s.n;
	const char *lf = memchr(s.p, '\n', s.n);
	struct sip_start start;

	if (lf) {
		if (lf > s.p && lf[-1] == '\r')
			lf--;
		return sip_start_read(&start, sip_between(s.p, lf));
	}
	const char *p = sip_run(s.p, end, SIP_C_TOKEN);

	if (p == end)
		return true;
	if (*p == '/')
		return span_ieq(sip_between(s.p, p), S("SIP"));
	return p > s.p && (*p == ' ' || *p == '\t');
}

/* Is the header at p Content-Length? Then its value up to stop. */
static bool is_length(const char *p, const char *stop, struct span *value)
{
	if ((*p | 0x20) != 'l' && (*p | 0x20) != 'c')
		return false;
	const char *colon = sip_run(p, stop, SIP_C_TOKEN);
	struct span name = sip_between(p, colon);

	if (sip_hdr_id(name) != SIP_H_CONTENT_LENGTH)
		return false;
	while (colon < stop && (*colon == ' ' || *colon == '\t'))
		colon++;
	if (colon == stop || *colon != ':')
		return false;
	*value = span_trim(sip_between(colon + 1, stop));
	return true;
}

/* Content-Length of a whole head, or an enum sip_lost. */
static long head_length(struct span head)
{
	const char *end = head.p + head.n;
	const char *p = line_end(head.p, end);
	long length = SIP_LOST_NO_LENGTH;
	unsigned lines = 1;
	struct span value;
	uint64_t v;

	while (p < end) {
		const char *next = line_end(p, end);

		lines++;
		while (next < end && (*next == ' ' || *next == '\t')) {
			next = line_end(next, end);
			lines++;
		}
		if (lines > SIP_FRAME_LINES)
			return SIP_LOST_TOO_LONG;
		if (is_length(p, next, &value)) {
			if (!span_u64(value, &v))
				return SIP_LOST_LENGTH;
			if (v > LIMIT_SIP_BYTES)
				return SIP_LOST_TOO_LONG;
			if (length >= 0 && length != (long)v)
				return SIP_LOST_LENGTH;
			length = (long)v;
		}
		p = next;
	}
	return length;
}

long sip_frame(struct span stream, size_t *skip)
{
	assert(skip && (stream.p || stream.n == 0));
	*skip = stream.n ? sip_blank_lines(stream) : 0;
	struct span s = span_from(stream, *skip);
	size_t seen = s.n < LIMIT_SIP_BYTES ? s.n : LIMIT_SIP_BYTES;

	if (s.n == 0 || (s.n == 1 && s.p[0] == '\r'))
		return 0;
	if (!may_be_sip(span_sub(s, 0, seen)))
		return SIP_LOST_NOT_SIP;
	size_t head = head_end(s.p, seen);

	if (head == 0)
		return s.n >= LIMIT_SIP_BYTES ? SIP_LOST_TOO_LONG : 0;
	long length = head_length(span_sub(s, 0, head));

	if (length < 0)
		return length;
	size_t total = head + (size_t)length;

	if (total > LIMIT_SIP_BYTES)
		return SIP_LOST_TOO_LONG;
	return total <= s.n ? (long)total : 0;
}

const char *sip_lost_name(long lost)
{
	switch (lost) {
	case SIP_LOST_NOT_SIP:
		return "not-sip";
	case SIP_LOST_TOO_LONG:
		return "too-long";
	case SIP_LOST_NO_LENGTH:
		return "no-length";
	case SIP_LOST_LENGTH:
		return "length";
	}
	return "no";
}
