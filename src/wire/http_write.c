/* HTTP messages to bytes: what it is told, legal or not. */
#include <http_parser.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wire/http.h"

void http_put_request(struct buf *b, struct span method, struct span target)
{
	buf_add(b, method);
	buf_addc(b, ' ');
	buf_add(b, target);
	buf_add(b, S(" HTTP/1.1\r\n"));
}

static const char *reason(int status)
{
	switch (status) {
#define REASON(number, name, words) case number: return #words;
	HTTP_STATUS_MAP(REASON)
#undef REASON
	}
	return "Unknown";
}

void http_put_status(struct buf *b, int status)
{
	buf_addf(b, "HTTP/1.1 %03d %s\r\n", status, reason(status));
}

void http_put(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	/* Room for the line, CRLF, and meanwhile vsnprintf's NUL. */
	char *p = n < 0 ? NULL : buf_extend(b, (size_t)n + 2);

	if (p) {
		vsnprintf(p, (size_t)n + 1, fmt, again);
		for (int i = 0; i < n; i++)
			if (p[i] == '\r' || p[i] == '\n')
				p[i] = ' ';
		memcpy(p + n, "\r\n", 2);
	}
	va_end(again);
}

void http_put_end(struct buf *b, struct span body, bool len_header)
{
	if (len_header)
		http_put(b, "Content-Length: %zu", body.n);
	buf_add(b, S("\r\n"));
	buf_add(b, body);
}

static bool unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

bool http_url_encode(struct buf *b, struct span raw)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t before = b->n;

	for (size_t i = 0; i < raw.n; i++) {
		unsigned char c = (unsigned char)raw.p[i];
		char escaped[3] = { '%', digits[c >> 4], digits[c & 15] };

		if (unreserved(raw.p[i]) ? !buf_addc(b, raw.p[i]) :
		    !buf_add(b, (struct span){ escaped, 3 })) {
			b->n = before;
			return false;
		}
	}
	return true;
}
