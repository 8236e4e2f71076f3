/* HTTP Digest as SIP uses it (RFC 2617, RFC 8760, TS 33.203 Annex N). */
#ifndef WIRE_DIGEST_H
#define WIRE_DIGEST_H

#include "base/span.h"

enum digest_alg { DIGEST_MD5, DIGEST_SHA256, DIGEST_UNKNOWN };

struct digest {
	enum digest_alg alg;
	struct span username, realm, password;
	struct span nonce, cnonce, nc, qop;     /* qop absent: RFC 2069 form */
	struct span method, uri;
	struct span body;       /* for qop auth-int alone */
};

#define DIGEST_HEX_MAX 65       /* 64 hex digits of SHA-256 and NUL */

enum digest_alg digest_alg_of(struct span name);        /* absent: MD5 */
const char *digest_alg_name(enum digest_alg alg);
/* Texts are hashed as they stand between their quotes. An unknown algorithm
 * gives the empty text, which is no response at all. */
/* response= of the request; rspauth= of Authentication-Info (method empty in
 * A2). Both write lower-case hex and NUL. */
void digest_response(const struct digest *d, char out[DIGEST_HEX_MAX]);
void digest_rspauth(const struct digest *d, char out[DIGEST_HEX_MAX]);
/* Hash helpers over OpenSSL, hex output. */
void digest_hex(enum digest_alg alg, struct span data, char out[DIGEST_HEX_MAX]);

#endif
