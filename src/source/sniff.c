#include "source/sniff.h"

#include "wire/ws.h"

/* A start line longer than this is none. */
#define START_LINE_MAX 8192u

static struct span first_line(struct span s)
{
	long at = span_chr(span_sub(s, 0, START_LINE_MAX), '\n');

	if (at < 0)
		return SPAN_NONE;
	struct span line = span_sub(s, 0, (size_t)at);

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static bool method_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
	       c == '_' || (c >= '0' && c <= '9');
}

static bool begins_with_method(struct span s)
{
	size_t i = 0;

	while (i < s.n && i < 24 && method_char(s.p[i]))
		i++;
	return i > 0 && i < s.n && s.p[i] == ' ';
}

static bool sip_line(struct span line)
{
	if (span_starts(line, S("SIP/2.0 ")))
		return true;
	return line.n > 8 && begins_with_method(line) &&
	       span_ends(line, S(" SIP/2.0"));
}

static bool http_line(struct span line)
{
	if (span_starts(line, S("HTTP/1.")))
		return true;
	return line.n > 9 && begins_with_method(line) &&
	       span_starts(span_from(line, line.n - 9), S(" HTTP/1."));
}

bool sniff_is_response(struct span s) { return span_starts(s, S("HTTP/")); }

bool sniff_sip(struct span s)
{
	struct span line = first_line(s);

	return sip_line(span_absent(line) ? s : line);
}

long sniff_next_sip(struct span s, size_t from)
{
	for (;;) {
		long at = span_chr(span_from(s, from), '\n');

		if (at < 0)
			return -1;
		from += (size_t)at + 1;
		struct span line = first_line(span_from(s, from));

		if (!span_absent(line) && sip_line(line))
			return (long)from;
	}
}

/* A whole frame head whose payload begins like SIP; on a known WebSocket
 * control frames will do as well. */
static enum sniffed as_ws(struct span s, bool from_client, bool ws)
{
	struct ws_frame f;
	char start[8];
	long head = ws_head_read(&f, s, from_client);

	if (head == 0)
		return s.n < 14 ? SNIFF_MORE : SNIFF_NOTHING;
	if (f.defects || !f.fin || f.masked != from_client)
		return SNIFF_NOTHING;
	if (f.op >= WS_CLOSE)
		return ws ? SNIFF_WS : SNIFF_NOTHING;
	if (f.op == WS_CONT || f.length < 8)
		return SNIFF_NOTHING;
	if (s.n < (size_t)head + 8)
		return SNIFF_MORE;
	for (unsigned i = 0; i < 8; i++)
		start[i] = s.p[(size_t)head + i];
	if (f.masked)
		ws_mask(start, 8, f.mask, 0);
	struct span text = { start, 8 };

	if (span_eq(text, S("SIP/2.0 ")))
		return SNIFF_WS;
	for (unsigned i = 0; i < 8 && start[i] != ' '; i++)
		if (start[i] < 'A' || start[i] > 'Z')
			return SNIFF_NOTHING;
	return SNIFF_WS;
}

static bool plain_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 && c != '\r' && c != '\n' && c != '\t')
			return false;
	}
	return true;
}

static enum sniffed as_text(struct span s)
{
	struct span line = first_line(s);

	if (span_absent(line))
		return s.n < START_LINE_MAX && plain_text(s) ? SNIFF_MORE
							     : SNIFF_NOTHING;
	if (sip_line(line))
		return SNIFF_SIP;
	return http_line(line) ? SNIFF_HTTP : SNIFF_NOTHING;
}

enum sniffed sniff(struct span s, bool from_client, bool ws, size_t *skip)
{
	size_t i = 0;

	while (i < s.n && (s.p[i] == '\r' || s.p[i] == '\n'))
		i++;
	*skip = i;
	s = span_from(s, i);
	if (s.n < 3)
		return SNIFF_MORE;
	if (!ws && s.p[0] == 0x16 && s.p[1] == 0x03)
		return SNIFF_TLS;
	if ((unsigned char)s.p[0] & 0x80 || ws)
		return as_ws(s, from_client, ws);
	enum sniffed what = as_text(s);

	if (what == SNIFF_NOTHING) {
		long at = sniff_next_sip(s, 0);

		if (at >= 0) {
			*skip += (size_t)at;
			return SNIFF_SIP;
		}
	}
	return what;
}
