/* SIP messages (RFC 3261): bytes to sip_msg and back, without I/O.
 *
 * The reader never rejects in silence and never repairs: what is wrong with a
 * message is listed as defects on it, and the message is given as far as it
 * can be understood. It copies nothing; every span points into the caller's
 * bytes, which must outlive the sip_msg. */
#ifndef WIRE_SIP_H
#define WIRE_SIP_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/span.h"

/* Header fields we know by id; all others are SIP_H_OTHER and found by name.
 * Table with name, compact form, list or single: sip_table.c. */
enum sip_hdr {
	SIP_H_OTHER,
	SIP_H_VIA, SIP_H_FROM, SIP_H_TO, SIP_H_CALL_ID, SIP_H_CSEQ,
	SIP_H_CONTACT, SIP_H_MAX_FORWARDS, SIP_H_CONTENT_LENGTH,
	SIP_H_CONTENT_TYPE, SIP_H_EXPIRES, SIP_H_MIN_EXPIRES,
	SIP_H_ROUTE, SIP_H_RECORD_ROUTE, SIP_H_PATH, SIP_H_SERVICE_ROUTE,
	SIP_H_REQUIRE, SIP_H_SUPPORTED, SIP_H_PROXY_REQUIRE,
	SIP_H_AUTHORIZATION, SIP_H_WWW_AUTHENTICATE,
	SIP_H_PROXY_AUTHORIZATION, SIP_H_PROXY_AUTHENTICATE,
	SIP_H_AUTHENTICATION_INFO,
	SIP_H_P_ASSOCIATED_URI, SIP_H_P_VISITED_NETWORK_ID,
	SIP_H_P_CHARGING_VECTOR, SIP_H_P_ACCESS_NETWORK_INFO,
	SIP_H_P_ASSERTED_IDENTITY, SIP_H_P_PREFERRED_IDENTITY,
	SIP_H_SECURITY_CLIENT, SIP_H_SECURITY_SERVER, SIP_H_SECURITY_VERIFY,
	SIP_H_EVENT, SIP_H_SUBSCRIPTION_STATE, SIP_H_ALLOW, SIP_H_USER_AGENT,
	SIP_H_COUNT
};

enum sip_defect {
	SIP_D_NONE,
	SIP_D_START_LINE,       /* neither request nor status line */
	SIP_D_VERSION,          /* not SIP/2.0 */
	SIP_D_STATUS,           /* status code not 100..699 */
	SIP_D_NO_COLON,         /* header line without a colon */
	SIP_D_BAD_NAME,         /* header name is not a token */
	SIP_D_BARE_LF,          /* line ended by LF alone */
	SIP_D_BARE_CR,
	SIP_D_NUL,              /* NUL in the head, not as a quoted pair */
	SIP_D_NO_BLANK,         /* head not ended by an empty line */
	SIP_D_MISSING,          /* mandatory header missing; hdr says which */
	SIP_D_REPEATED,         /* single header repeated; hdr says which */
	SIP_D_VALUE,            /* value does not parse; hdr says which */
	SIP_D_CSEQ_METHOD,      /* CSeq method is not the request's */
	SIP_D_LENGTH_SHORT,     /* fewer body bytes than Content-Length says */
	SIP_D_LENGTH_LONG,      /* more bytes than Content-Length in one packet */
	SIP_D_HEADERS_MAX,      /* more than LIMIT_SIP_HEADERS fields */
	SIP_D_DEFECTS_MAX,      /* more defects than are kept */
	SIP_D_START_SPACE,      /* start line not parted by single spaces */
	SIP_D_REQUEST_URI,      /* Request-URI with <>, blanks or headers, no URI */
	SIP_D_COUNT
};

struct sip_header {
	enum sip_hdr id;
	struct span name;
	struct span value;      /* trimmed; folds still inside as CRLF SP */
};

struct sip_msg {
	struct span whole;      /* first byte to last byte of the body */
	bool request;
	int status;             /* responses: 100..699; requests: 0 */
	struct span method;     /* requests: as sent; responses: CSeq's method */
	struct span uri;        /* Request-URI */
	struct span reason;
	struct span body;
	unsigned n_headers;
	struct sip_header headers[LIMIT_SIP_HEADERS];
	int16_t first[SIP_H_COUNT];     /* index of the first one, -1 none */
	/* Each pair of code and hdr is listed once, where it is first seen;
	 * at = offset in whole. */
	unsigned n_defects;
	struct { enum sip_defect code; enum sip_hdr hdr; size_t at; }
		defects[LIMIT_SIP_DEFECTS];
};

/* One whole message in one piece (UDP datagram, WebSocket message). Leading
 * line ends are passed over. Always fills m. Returns true when a start line
 * could be read, so that m is a request or a response at all (a response
 * whose code is not 100..699 has status 0 and SIP_D_STATUS). Without
 * Content-Length the body is the rest; a shorter Content-Length cuts the body
 * and whole, so that whole.n tells where a second message might begin. Of
 * repeated Content-Lengths the first counts. LF ends a line, CR alone does
 * not. Headers over LIMIT_SIP_HEADERS are checked but not kept. */
bool sip_read(struct sip_msg *m, struct span bytes);

/* Stream framing (TCP): how many bytes the first message of the stream takes,
 * Content-Length counted. >0: that many, sip_read() them; 0: need more;
 * <0: framing is lost (no length, over LIMIT_SIP_BYTES, no SIP), an enum
 * sip_lost. Leading CRLF keep-alives are reported by *skip, which the caller
 * drops first; they are not part of what is returned. A message without
 * Content-Length is always lost here (RFC 3261 18.3 wants it on streams): to
 * guess "no body" would be a repair. One call looks at LIMIT_SIP_BYTES at
 * most and at SIP_FRAME_LINES lines, some microseconds, so that a peer that
 * sends byte by byte costs no more than its 64 KiB times that. */
enum sip_lost {
	SIP_LOST_NOT_SIP = -1,  /* first line is not SIP */
	SIP_LOST_TOO_LONG = -2, /* over LIMIT_SIP_BYTES or SIP_FRAME_LINES */
	SIP_LOST_NO_LENGTH = -3,
	SIP_LOST_LENGTH = -4,   /* Content-Length no number, or two that differ */
};
#define SIP_FRAME_LINES 1024    /* of one head, folds and empty line counted */
long sip_frame(struct span stream, size_t *skip);
const char *sip_lost_name(long lost);           /* "no-length" ... */

const char *sip_hdr_name(enum sip_hdr h);
enum sip_hdr sip_hdr_id(struct span name);      /* long or compact form */
const char *sip_defect_name(enum sip_defect d); /* "no-colon" ... */
bool sip_has_defect(const struct sip_msg *m, enum sip_defect d);

/* Header access. sip_get: value of the first one, SPAN_NONE when there is
 * none. sip_next: the one after index i of the same id (start with -1),
 * -1 at the end. sip_get_named: any header by (long) name. */
struct span sip_get(const struct sip_msg *m, enum sip_hdr h);
int sip_next(const struct sip_msg *m, enum sip_hdr h, int i);
struct span sip_get_named(const struct sip_msg *m, struct span name);
bool sip_hdr_is_list(enum sip_hdr h);           /* split at commas */

/* List headers (Contact, Path, P-Associated-URI ...): visits every element of
 * every header of that id, split at top-level commas (not in quotes or <>);
 * empty elements are passed over. Headers that are no comma lists (From,
 * Authorization ...) come whole.
 *   struct sip_list it = { 0 }; struct span el;
 *   while (sip_list_next(m, SIP_H_PATH, &it, &el)) ... */
struct sip_list { int header; struct span rest; bool started; };
bool sip_list_next(const struct sip_msg *m, enum sip_hdr h,
		   struct sip_list *it, struct span *element);
/* Is token listed (case folded) in a comma list header, e.g. Require: path? */
bool sip_lists(const struct sip_msg *m, enum sip_hdr h, struct span token);

bool sip_is(const struct sip_msg *m, struct span method); /* a request of it */

/* ---- fields, parsed on demand (sip_field.c) ---- */

/* "Display" <uri>;params  or  uri;params. False: no URI found ("*" neither).
 * Quotes of the display name are taken off, escapes stay; params begin with
 * their ";". Without <> all parameters are the header's (RFC 3261 20). */
struct sip_addr { struct span display, uri, params; };
bool sip_addr_read(struct sip_addr *a, struct span value);

/* sip, sips: as named; params begin with ";", headers come without "?", an
 * IPv6 host keeps its []. tel: the number is in user, parameters in params.
 * Other schemes: all that follows is in user. False: no scheme, empty or bad
 * host, bad port. */
struct sip_uri {
	struct span scheme, user, password, host, port, params, headers;
};
bool sip_uri_read(struct sip_uri *u, struct span text);

/* Parameter of a ";a=b;c" text: true when present; *value absent for a flag;
 * quotes are taken off. Names fold case. */
bool sip_param(struct span params, struct span name, struct span *value);

/* sip:/sips:/tel: URI as an identity: scheme and host in lower case, escapes
 * of the user part decoded (RFC 3261 10.3 step 5; those that a user part
 * cannot hold bare stay, in upper case), port, password, parameters and
 * headers left out (tel: visual separators and parameters left out). For
 * comparing IMPUs; <> and display name are taken off first. Writes
 * NUL-terminated text into out, cut to cap, and returns it as a span; what is
 * no URI comes back trimmed as it is. sip_identity_eq cuts nothing. */
struct span sip_identity(struct span text, char *out, size_t cap);
bool sip_identity_eq(struct span a, struct span b);

/* RFC 3261 19.1.4 equality of two SIP URIs. */
bool sip_uri_eq(struct span a, struct span b);

struct sip_via { struct span transport, host, port, params, branch; };
bool sip_via_read(struct sip_via *v, struct span element);

bool sip_cseq_read(struct span value, uint32_t *number, struct span *method);

/* Credentials or challenge: scheme and its comma list of parameters, which
 * may contain one bare token68 (Bearer mF_9.B5f-4.1JqM). */
struct sip_auth { struct span scheme, rest; };
bool sip_auth_read(struct sip_auth *a, struct span value);
/* Parameter by name, quotes taken off; false when absent. */
bool sip_auth_param(const struct sip_auth *a, struct span name,
		    struct span *value);
/* The token of Bearer credentials, either spelling: access_token="..." or
 * bare. SPAN_NONE for other schemes. */
struct span sip_auth_bearer(const struct sip_auth *a);

/* Expiry asked for or granted in a REGISTER or its 2xx, in seconds: for the
 * contact (compared as URI; SPAN_NONE: the first contact), from its expires
 * parameter, else the Expires header, else -1. "Contact: *" counts as a
 * contact. A contact that the message does not list: -1. A number over
 * 2^32-1 is none. */
int64_t sip_expires(const struct sip_msg *m, struct span contact);

/* ---- writer (sip_write.c): what it is told, legal or not ---- */

/* sip_put("Via: ...") adds a header line with CRLF; fmt makes name and value
 * in one go. sip_end adds Content-Length, the blank line and the body. */
void sip_put_request(struct buf *b, struct span method, struct span uri);
void sip_put_status(struct buf *b, int status, struct span reason);
void sip_put(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Copies every header of that id from m, in order, with long names. */
void sip_put_copy(struct buf *b, const struct sip_msg *m, enum sip_hdr h);
void sip_put_end(struct buf *b, struct span body);
/* The reason phrase of RFC 3261 for a status code. */
struct span sip_reason(int status);

/* A whole response to req: Via, From, To (with to_tag if it has none),
 * Call-ID, CSeq copied; the caller adds more lines and sip_put_end. */
void sip_put_reply(struct buf *b, const struct sip_msg *req, int status,
		   struct span to_tag);

#endif
