#include "actor/trouble_text.h"

#include <string.h>

/* filler is repeated between begin and end until the text has that many bytes. */
struct bad { const char *begin, *filler, *end; size_t n; };

#define VIA "Via: SIP/2.0/WSS x.invalid;branch=z9hG4bKt\r\n"
#define REST "From: <sip:a@x.invalid>;tag=1\r\nTo: <sip:b@x.invalid>\r\n" \
	"Call-ID: trouble\r\nCSeq: 1 REGISTER\r\n"

static const struct bad bad_sip[] = {
	{ "SIP/2.0 200 OK\r\n", "X: y\r\n", "\r\n", 60000 },
	{ "SIP/2.0 99999999999999999999 OK\r\n" VIA REST "\r\n", "", "", 0 },
	{ "SIP/2.0 200 OK\r\n" VIA REST "Content-Length: 4294967297\r\n\r\nx", "", "", 0 },
	{ "SIP/2.0 200 OK\r\n" VIA REST "Content-Length: -1\r\n\r\n", "", "", 0 },
	{ "SIP/2.0 200 OK\r\nVia: ", "\"\\", "\r\n" REST "\r\n", 30000 },
	{ "SIP/2.0 200 OK\r\n" VIA REST "Contact: ", "<sip:,;=<", "\r\n\r\n", 60000 },
	{ "SIP/2.0 401 Unauthorized\r\n" VIA REST "WWW-Authenticate: Digest ",
	  "realm=\"x\",nonce=\"", "\r\n\r\n", 20000 },
	{ "SIP/2.0 200 OK\r\n" VIA REST "P-Associated-URI: ", "<sip:a@x.invalid>,",
	  "\r\n\r\n", 60000 },
	{ "REGISTER\r\n", "\r\n ", "", 5000 },
	{ "MESSAGE sip:a@x.invalid SIP/2.0\r\n\r\n", "", "", 0 },
	{ "MESSAGE sip:a@x.invalid SIP/2.0\r\n", "Via: SIP/2.0/WSS x;branch=z9hG4bK\r\n",
	  REST "\r\n", 60000 },
	{ "SIP/2.0 200", "", "", 0 },
};

static const struct bad bad_json[] = {
	{ "", "[", "", 200000 },
	{ "{\"impi\":", "{\"a\":", "", 100000 },
	{ "{\"impi\":[{}],\"impu\":{\"a\":1},\"token\":7,\"access_token\":[],"
	  "\"expires_in\":1e308,\"active\":\"no\"}", "", "", 0 },
	{ "{\"access_token\":\"", "x",
	  "\",\"token_type\":\"Bearer\",\"expires_in\":-9223372036854775808}", 500000 },
	{ "{\"expires_in\":99999999999999999999999999}", "", "", 0 },
	{ "{\"impi\":\"\\u0000\\ud800\"}", "", "", 0 },
	{ "\xff\xfe\x00", "\xc3", "", 400 },
	{ "{\"impi\":\"a@x.invalid\",", "\"impu\":\"sip:a@x.invalid\",", "\"x\":1}", 100000 },
	{ "{\"active\":true,\"impu\":[", "\"sip:a@x.invalid\",", "1]}", 300000 },
	{ "", "", "", 0 },
	{ "null", "", "", 0 },
	{ "<html>", "<b>", "", 5000 },
};

static void put(struct buf *b, const struct bad *t)
{
	size_t n = strlen(t->filler);

	buf_add(b, span_str(t->begin));
	while (n && b->n < t->n && !b->full)
		buf_add(b, (struct span){ t->filler, n });
	buf_add(b, span_str(t->end));
}

void trouble_bad_sip(struct buf *b, uint64_t n)
{
	put(b, &bad_sip[n % (sizeof(bad_sip) / sizeof(bad_sip[0]))]);
}

void trouble_bad_json(struct buf *b, uint64_t n)
{
	put(b, &bad_json[n % (sizeof(bad_json) / sizeof(bad_json[0]))]);
}

void trouble_request_text(struct buf *b, uint64_t n)
{
	unsigned long long id = n;

	buf_addf(b, "MESSAGE sip:wic@x.invalid;transport=ws SIP/2.0\r\n"
		   "Via: SIP/2.0/WSS edge.invalid;branch=z9hG4bKflood%llu\r\n"
		   "Max-Forwards: 70\r\nFrom: <sip:flood@x.invalid>;tag=%llu\r\n"
		   "To: <sip:wic@x.invalid>\r\nCall-ID: flood%llu\r\nCSeq: 1 MESSAGE\r\n"
		   "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nflood", id, id, id);
}

void trouble_noise(struct buf *b, struct loop *l, size_t n)
{
	while (b->n < n && !b->full) {
		uint64_t r = loop_random(l);

		buf_add(b, (struct span){ (const char *)&r, sizeof(r) });
	}
}
