/* SIP messages written: what the writer is told, legal or not. */
#include "wire/sip_in.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"

static void crlf(struct buf *b)
{
	buf_add(b, S("\r\n"));
}

void sip_put_request(struct buf *b, struct span method, struct span uri)
{
	buf_add(b, method);
	buf_addc(b, ' ');
	buf_add(b, uri);
	buf_add(b, S(" SIP/2.0\r\n"));
}

void sip_put_status(struct buf *b, int status, struct span reason)
{
	buf_addf(b, "SIP/2.0 %d ", status);
	buf_add(b, reason);
	crlf(b);
}

void sip_put(struct buf *b, const char *fmt, ...)
{
	char line[1024], *text = line;
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n > b->cap) {
		b->full = true;
		return;
	}
	if ((size_t)n >= sizeof(line)) {
		text = must_alloc((size_t)n + 1);
		va_start(ap, fmt);
		vsnprintf(text, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	if (buf_add(b, (struct span){ text, (size_t)n }))
		crlf(b);
	if (text != line)
		free(text);
}

static void put_line(struct buf *b, struct span name, struct span value)
{
	buf_add(b, name);
	buf_add(b, S(": "));
	buf_add(b, value);
	crlf(b);
}

static struct span long_name(const struct sip_header *h)
{
	if (h->id == SIP_H_OTHER)
		return h->name;
	return (struct span){ sip_hdrs[h->id].name, sip_hdrs[h->id].length };
}

void sip_put_copy(struct buf *b, const struct sip_msg *m, enum sip_hdr h)
{
	for (int i = -1; (i = sip_next(m, h, i)) >= 0;)
		put_line(b, long_name(&m->headers[i]), m->headers[i].value);
}

void sip_put_end(struct buf *b, struct span body)
{
	buf_addf(b, "Content-Length: %zu\r\n\r\n", body.n);
	buf_add(b, body);
}

static const struct { int status; struct span text; } reasons[] = {
	{ 100, SPAN_INIT("Trying") },
	{ 180, SPAN_INIT("Ringing") },
	{ 181, SPAN_INIT("Call Is Being Forwarded") },
	{ 182, SPAN_INIT("Queued") },
	{ 183, SPAN_INIT("Session Progress") },
	{ 200, SPAN_INIT("OK") },
	{ 202, SPAN_INIT("Accepted") },
	{ 204, SPAN_INIT("No Notification") },
	{ 300, SPAN_INIT("Multiple Choices") },
	{ 301, SPAN_INIT("Moved Permanently") },
	{ 302, SPAN_INIT("Moved Temporarily") },
	{ 305, SPAN_INIT("Use Proxy") },
	{ 380, SPAN_INIT("Alternative Service") },
	{ 400, SPAN_INIT("Bad Request") },
	{ 401, SPAN_INIT("Unauthorized") },
	{ 402, SPAN_INIT("Payment Required") },
	{ 403, SPAN_INIT("Forbidden") },
	{ 404, SPAN_INIT("Not Found") },
	{ 405, SPAN_INIT("Method Not Allowed") },
	{ 406, SPAN_INIT("Not Acceptable") },
	{ 407, SPAN_INIT("Proxy Authentication Required") },
	{ 408, SPAN_INIT("Request Timeout") },
	{ 410, SPAN_INIT("Gone") },
	{ 412, SPAN_INIT("Conditional Request Failed") },
	{ 413, SPAN_INIT("Request Entity Too Large") },
	{ 414, SPAN_INIT("Request-URI Too Long") },
	{ 415, SPAN_INIT("Unsupported Media Type") },
	{ 416, SPAN_INIT("Unsupported URI Scheme") },
	{ 420, SPAN_INIT("Bad Extension") },
	{ 421, SPAN_INIT("Extension Required") },
	{ 423, SPAN_INIT("Interval Too Brief") },
	{ 439, SPAN_INIT("First Hop Lacks Outbound Support") },
	{ 480, SPAN_INIT("Temporarily Unavailable") },
	{ 481, SPAN_INIT("Call/Transaction Does Not Exist") },
	{ 482, SPAN_INIT("Loop Detected") },
	{ 483, SPAN_INIT("Too Many Hops") },
	{ 484, SPAN_INIT("Address Incomplete") },
	{ 485, SPAN_INIT("Ambiguous") },
	{ 486, SPAN_INIT("Busy Here") },
	{ 487, SPAN_INIT("Request Terminated") },
	{ 488, SPAN_INIT("Not Acceptable Here") },
	{ 489, SPAN_INIT("Bad Event") },
	{ 491, SPAN_INIT("Request Pending") },
	{ 493, SPAN_INIT("Undecipherable") },
	{ 494, SPAN_INIT("Security Agreement Required") },
	{ 500, SPAN_INIT("Server Internal Error") },
	{ 501, SPAN_INIT("Not Implemented") },
	{ 502, SPAN_INIT("Bad Gateway") },
	{ 503, SPAN_INIT("Service Unavailable") },
	{ 504, SPAN_INIT("Server Time-out") },
	{ 505, SPAN_INIT("Version Not Supported") },
	{ 513, SPAN_INIT("Message Too Large") },
	{ 580, SPAN_INIT("Precondition Failure") },
	{ 600, SPAN_INIT("Busy Everywhere") },
	{ 603, SPAN_INIT("Decline") },
	{ 604, SPAN_INIT("Does Not Exist Anywhere") },
	{ 606, SPAN_INIT("Not Acceptable") },
};

struct span sip_reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return S("Unknown");
}

static void put_first(struct buf *b, const struct sip_msg *m, enum sip_hdr h)
{
	if (m->first[h] >= 0)
		put_line(b, long_name(&m->headers[m->first[h]]), sip_get(m, h));
}

/* To, with the tag when it has none yet (RFC 3261 8.2.6.2). */
static void put_to(struct buf *b, const struct sip_msg *req, struct span tag)
{
	struct span to = sip_get(req, SIP_H_TO);
	struct sip_addr a;

	if (span_absent(to))
		return;
	buf_add(b, S("To: "));
	buf_add(b, to);
	if (tag.n && !(sip_addr_read(&a, to) &&
		       sip_param(a.params, S("tag"), NULL))) {
		buf_add(b, S(";tag="));
		buf_add(b, tag);
	}
	crlf(b);
}

void sip_put_reply(struct buf *b, const struct sip_msg *req, int status,
		   struct span to_tag)
{
	sip_put_status(b, status, sip_reason(status));
	sip_put_copy(b, req, SIP_H_VIA);
	put_first(b, req, SIP_H_FROM);
	put_to(b, req, to_tag);
	put_first(b, req, SIP_H_CALL_ID);
	put_first(b, req, SIP_H_CSEQ);
}
