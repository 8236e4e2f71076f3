/* The table of header fields (name, compact form, how often, layout), found
 * by a perfect hash, and the names of the defects. */
#include "wire/sip_in.h"

#include <string.h>

#define ROW(id, text, compact, rep, kind) \
	[SIP_H_##id] = { text, sizeof(text) - 1, compact, \
			 SIP_R_##rep, SIP_K_##kind }

const struct sip_hdr_info sip_hdrs[SIP_H_COUNT] = {
	ROW(OTHER, "", 0, MANY, TEXT),
	ROW(VIA, "Via", 'v', LIST, VIAS),
	ROW(FROM, "From", 'f', SINGLE, ADDR),
	ROW(TO, "To", 't', SINGLE, ADDR),
	ROW(CALL_ID, "Call-ID", 'i', SINGLE, CALL_ID),
	ROW(CSEQ, "CSeq", 0, SINGLE, CSEQ),
	ROW(CONTACT, "Contact", 'm', LIST, CONTACTS),
	ROW(MAX_FORWARDS, "Max-Forwards", 0, SINGLE, BYTE),
	ROW(CONTENT_LENGTH, "Content-Length", 'l', SINGLE, LENGTH),
	ROW(CONTENT_TYPE, "Content-Type", 'c', SINGLE, MEDIA),
	ROW(EXPIRES, "Expires", 0, SINGLE, SECONDS),
	ROW(MIN_EXPIRES, "Min-Expires", 0, SINGLE, SECONDS),
	ROW(ROUTE, "Route", 0, LIST, ADDRS),
	ROW(RECORD_ROUTE, "Record-Route", 0, LIST, ADDRS),
	ROW(PATH, "Path", 0, LIST, ADDRS),
	ROW(SERVICE_ROUTE, "Service-Route", 0, LIST, ADDRS),
	ROW(REQUIRE, "Require", 0, LIST, TOKENS),
	ROW(SUPPORTED, "Supported", 'k', LIST, TOKENS),
	ROW(PROXY_REQUIRE, "Proxy-Require", 0, LIST, TOKENS),
	ROW(AUTHORIZATION, "Authorization", 0, MANY, AUTH),
	ROW(WWW_AUTHENTICATE, "WWW-Authenticate", 0, MANY, AUTH),
	ROW(PROXY_AUTHORIZATION, "Proxy-Authorization", 0, MANY, AUTH),
	ROW(PROXY_AUTHENTICATE, "Proxy-Authenticate", 0, MANY, AUTH),
	ROW(AUTHENTICATION_INFO, "Authentication-Info", 0, MANY, TEXT),
	ROW(P_ASSOCIATED_URI, "P-Associated-URI", 0, LIST, ADDRS),
	ROW(P_VISITED_NETWORK_ID, "P-Visited-Network-ID", 0, LIST, TEXT),
	ROW(P_CHARGING_VECTOR, "P-Charging-Vector", 0, SINGLE, TEXT),
	ROW(P_ACCESS_NETWORK_INFO, "P-Access-Network-Info", 0, LIST, TEXT),
	ROW(P_ASSERTED_IDENTITY, "P-Asserted-Identity", 0, LIST, ADDRS),
	ROW(P_PREFERRED_IDENTITY, "P-Preferred-Identity", 0, LIST, ADDRS),
	ROW(SECURITY_CLIENT, "Security-Client", 0, LIST, TEXT),
	ROW(SECURITY_SERVER, "Security-Server", 0, LIST, TEXT),
	ROW(SECURITY_VERIFY, "Security-Verify", 0, LIST, TEXT),
	ROW(EVENT, "Event", 'o', SINGLE, TEXT),
	ROW(SUBSCRIPTION_STATE, "Subscription-State", 0, SINGLE, TEXT),
	ROW(ALLOW, "Allow", 0, LIST, TOKENS),
	ROW(USER_AGENT, "User-Agent", 0, SINGLE, TEXT),
};

/* Length, first and last letter tell our names apart. Two names in one slot
 * would be an overridden initialiser, which the compiler refuses. */
#define SLOTS 128
#define SLOT(first, last, n) \
	(((unsigned)(first) + (unsigned)(last) * 5u + (unsigned)(n) * 51u) \
	 % SLOTS)

static const unsigned char slots[SLOTS] = {
	[SLOT('v', 'a', 3)] = SIP_H_VIA,
	[SLOT('f', 'm', 4)] = SIP_H_FROM,
	[SLOT('t', 'o', 2)] = SIP_H_TO,
	[SLOT('c', 'd', 7)] = SIP_H_CALL_ID,
	[SLOT('c', 'q', 4)] = SIP_H_CSEQ,
	[SLOT('c', 't', 7)] = SIP_H_CONTACT,
	[SLOT('m', 's', 12)] = SIP_H_MAX_FORWARDS,
	[SLOT('c', 'h', 14)] = SIP_H_CONTENT_LENGTH,
	[SLOT('c', 'e', 12)] = SIP_H_CONTENT_TYPE,
	[SLOT('e', 's', 7)] = SIP_H_EXPIRES,
	[SLOT('m', 's', 11)] = SIP_H_MIN_EXPIRES,
	[SLOT('r', 'e', 5)] = SIP_H_ROUTE,
	[SLOT('r', 'e', 12)] = SIP_H_RECORD_ROUTE,
	[SLOT('p', 'h', 4)] = SIP_H_PATH,
	[SLOT('s', 'e', 13)] = SIP_H_SERVICE_ROUTE,
	[SLOT('r', 'e', 7)] = SIP_H_REQUIRE,
	[SLOT('s', 'd', 9)] = SIP_H_SUPPORTED,
	[SLOT('p', 'e', 13)] = SIP_H_PROXY_REQUIRE,
	[SLOT('a', 'n', 13)] = SIP_H_AUTHORIZATION,
	[SLOT('w', 'e', 16)] = SIP_H_WWW_AUTHENTICATE,
	[SLOT('p', 'n', 19)] = SIP_H_PROXY_AUTHORIZATION,
	[SLOT('p', 'e', 18)] = SIP_H_PROXY_AUTHENTICATE,
	[SLOT('a', 'o', 19)] = SIP_H_AUTHENTICATION_INFO,
	[SLOT('p', 'i', 16)] = SIP_H_P_ASSOCIATED_URI,
	[SLOT('p', 'd', 20)] = SIP_H_P_VISITED_NETWORK_ID,
	[SLOT('p', 'r', 17)] = SIP_H_P_CHARGING_VECTOR,
	[SLOT('p', 'o', 21)] = SIP_H_P_ACCESS_NETWORK_INFO,
	[SLOT('p', 'y', 19)] = SIP_H_P_ASSERTED_IDENTITY,
	[SLOT('p', 'y', 20)] = SIP_H_P_PREFERRED_IDENTITY,
	[SLOT('s', 't', 15)] = SIP_H_SECURITY_CLIENT,
	[SLOT('s', 'r', 15)] = SIP_H_SECURITY_SERVER,
	[SLOT('s', 'y', 15)] = SIP_H_SECURITY_VERIFY,
	[SLOT('e', 't', 5)] = SIP_H_EVENT,
	[SLOT('s', 'e', 18)] = SIP_H_SUBSCRIPTION_STATE,
	[SLOT('a', 'w', 5)] = SIP_H_ALLOW,
	[SLOT('u', 't', 10)] = SIP_H_USER_AGENT,
};

static const unsigned char compacts[26] = {
	['v' - 'a'] = SIP_H_VIA,     ['f' - 'a'] = SIP_H_FROM,
	['t' - 'a'] = SIP_H_TO,      ['i' - 'a'] = SIP_H_CALL_ID,
	['m' - 'a'] = SIP_H_CONTACT, ['l' - 'a'] = SIP_H_CONTENT_LENGTH,
	['c' - 'a'] = SIP_H_CONTENT_TYPE,
	['k' - 'a'] = SIP_H_SUPPORTED,
	['o' - 'a'] = SIP_H_EVENT,
};

static bool same8(const char *a, const char *b)
{
	uint64_t x, y;

	memcpy(&x, a, 8);
	memcpy(&y, b, 8);
	return x == y;
}

/* memcmp for 2 to 22 bytes, without the call: names are most of the work. */
static bool same(const char *a, const char *b, size_t n)
{
	uint32_t x, y, v, w;

	if (n >= 8)
		return same8(a, b) && same8(a + n - 8, b + n - 8) &&
		       (n <= 16 || same8(a + 8, b + 8));
	if (n < 4)
		return a[0] == b[0] && a[1] == b[1] && a[n - 1] == b[n - 1];
	memcpy(&x, a, 4);
	memcpy(&y, b, 4);
	memcpy(&v, a + n - 4, 4);
	memcpy(&w, b + n - 4, 4);
	return x == y && v == w;
}

enum sip_hdr sip_hdr_id(struct span name)
{
	if (name.n == 0 || name.n > 21)
		return SIP_H_OTHER;
	unsigned char first = (unsigned char)(name.p[0] | 0x20);
	unsigned char last = (unsigned char)(name.p[name.n - 1] | 0x20);

	if (name.n == 1)
		return sip_is_class(name.p[0], SIP_C_ALPHA) ?
			(enum sip_hdr)compacts[first - 'a'] : SIP_H_OTHER;
	unsigned char id = slots[SLOT(first, last, name.n)];
	const struct sip_hdr_info *h = &sip_hdrs[id];

	if (h->length != name.n)
		return SIP_H_OTHER;
	if (same(h->name, name.p, name.n) ||
	    span_ieq((struct span){ h->name, h->length }, name))
		return (enum sip_hdr)id;
	return SIP_H_OTHER;
}

const char *sip_hdr_name(enum sip_hdr h)
{
	return h > SIP_H_OTHER && h < SIP_H_COUNT ? sip_hdrs[h].name : "other";
}

bool sip_hdr_is_list(enum sip_hdr h)
{
	return sip_hdrs[h].rep == SIP_R_LIST;
}

static const char *const defect_names[] = {
	[SIP_D_NONE] = "none",
	[SIP_D_START_LINE] = "start-line",
	[SIP_D_VERSION] = "version",
	[SIP_D_STATUS] = "status",
	[SIP_D_NO_COLON] = "no-colon",
	[SIP_D_BAD_NAME] = "bad-name",
	[SIP_D_BARE_LF] = "bare-lf",
	[SIP_D_BARE_CR] = "bare-cr",
	[SIP_D_NUL] = "nul",
	[SIP_D_NO_BLANK] = "no-blank",
	[SIP_D_MISSING] = "missing",
	[SIP_D_REPEATED] = "repeated",
	[SIP_D_VALUE] = "value",
	[SIP_D_CSEQ_METHOD] = "cseq-method",
	[SIP_D_LENGTH_SHORT] = "length-short",
	[SIP_D_LENGTH_LONG] = "length-long",
	[SIP_D_HEADERS_MAX] = "headers-max",
	[SIP_D_DEFECTS_MAX] = "defects-max",
	[SIP_D_START_SPACE] = "start-space",
	[SIP_D_REQUEST_URI] = "request-uri",
};
_Static_assert(sizeof(defect_names) / sizeof(*defect_names) == SIP_D_COUNT,
	       "every defect has a name");

const char *sip_defect_name(enum sip_defect d)
{
	return d < SIP_D_COUNT ? defect_names[d] : "unknown";
}

/* Short names for the class table alone. */
#define T (SIP_C_TOKEN | SIP_C_VALUE)
#define B SIP_C_BLANK
#define U (SIP_C_USER | SIP_C_URI)
#define R SIP_C_URI
#define V SIP_C_VALUE
#define A6 SIP_C_T68
#define H SIP_C_HOST

const uint16_t sip_class[256] = {
	[' '] = B, ['\t'] = B, ['\r'] = B, ['\n'] = B,
	['0' ... '9'] = T | U | A6 | H | SIP_C_DIGIT,
	['a' ... 'z'] = T | U | A6 | H | SIP_C_ALPHA,
	['A' ... 'Z'] = T | U | A6 | H | SIP_C_ALPHA,
	['-'] = T | U | A6 | H, ['.'] = T | U | A6 | H, ['_'] = T | U | A6 | H,
	['~'] = T | U | A6,
	['!'] = T | U, ['*'] = T | U, ['\''] = T | U,
	['`'] = T, ['%'] = T,
	['+'] = T | U | A6,
	['('] = U, [')'] = U,
	['&'] = U, ['='] = U, ['$'] = U, [','] = U, [';'] = U, ['?'] = U,
	['/'] = U | A6,
	['@'] = SIP_C_AT, [':'] = R | V, ['['] = R | V, [']'] = R | V,
};
