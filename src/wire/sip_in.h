/* What the SIP reader's own files share; nobody else includes it. */
#ifndef WIRE_SIP_IN_H
#define WIRE_SIP_IN_H

#include "wire/sip.h"

/* Classes of a byte, RFC 3261 25.1. */
enum {
	SIP_C_TOKEN = 1 << 0,
	SIP_C_BLANK = 1 << 1,   /* SP HTAB, and CR LF, which only folds leave */
	SIP_C_DIGIT = 1 << 2,
	SIP_C_ALPHA = 1 << 3,
	SIP_C_USER = 1 << 4,    /* bare in the user part of a URI */
	SIP_C_URI = 1 << 5,     /* in a URI, "%" and "@" aside */
	SIP_C_T68 = 1 << 6,     /* token68 of RFC 7235, "=" aside */
	SIP_C_HOST = 1 << 7,    /* name or IPv4; "_" is common, so allowed */
	SIP_C_VALUE = 1 << 8,   /* parameter value without quotes */
	SIP_C_AT = 1 << 9,      /* "@" alone */
};
extern const uint16_t sip_class[256];

static inline bool sip_is_class(char c, unsigned classes)
{
	return sip_class[(unsigned char)c] & classes;
}

/* First byte from p that is not of the classes; end when there is none. */
static inline const char *sip_run(const char *p, const char *end,
				  unsigned classes)
{
	while (p < end && sip_is_class(*p, classes))
		p++;
	return p;
}

static inline struct span sip_between(const char *from, const char *to)
{
	return (struct span){ from, (size_t)(to - from) };
}

/* How the value of a header is laid out, for sip_value_ok. */
enum sip_kind {
	SIP_K_TEXT,             /* anything */
	SIP_K_BYTE,             /* 0..255 */
	SIP_K_SECONDS,          /* 0..2^32-1 */
	SIP_K_LENGTH,
	SIP_K_CALL_ID,
	SIP_K_CSEQ,
	SIP_K_ADDR,             /* one address */
	SIP_K_ADDRS,            /* list of addresses */
	SIP_K_CONTACTS,         /* the same, or "*" */
	SIP_K_VIAS,
	SIP_K_AUTH,             /* scheme and parameters */
	SIP_K_MEDIA,            /* type/subtype and parameters */
	SIP_K_TOKENS,           /* list of tokens, may be empty */
};

enum sip_rep { SIP_R_SINGLE, SIP_R_LIST, SIP_R_MANY };

struct sip_hdr_info {
	char name[22];
	unsigned char length;
	char compact;           /* 0: none */
	unsigned char rep;      /* enum sip_rep; MANY: repeated, never split */
	unsigned char kind;     /* enum sip_kind */
};
extern const struct sip_hdr_info sip_hdrs[SIP_H_COUNT];

/* Does the value parse as its header wants it? (sip_check.c) */
bool sip_value_ok(enum sip_hdr h, struct span value);
bool sip_request_uri_ok(struct span uri);

/* Past the quoted string that opens at p; NULL when it is not closed. */
const char *sip_quoted_end(const char *p, const char *end);

/* What stands before the parameters of a Via element; the place behind it,
 * NULL when it is none. */
const char *sip_via_sent(struct sip_via *v, const char *p, const char *end);

/* Bytes of CRLF (and LF) before the start line. */
size_t sip_blank_lines(struct span s);

/* Start line, line end taken off. False: neither request nor status line. */
struct sip_start {
	bool request;
	bool single_spaced;
	struct span method, uri, version, status, reason;
};
bool sip_start_read(struct sip_start *s, struct span line);

/* Next element of a comma list; empty ones are passed over. */
bool sip_comma_next(struct span *rest, struct span *element);

#endif
