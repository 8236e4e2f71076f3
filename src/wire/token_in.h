/* Shared by the token files alone: signatures of JWTs. */
#ifndef WIRE_TOKEN_IN_H
#define WIRE_TOKEN_IN_H

#include "wire/token.h"

/* Does sig (raw bytes) sign the text by f->alg with f->key? UNKNOWN when the
 * key does not fit the algorithm. */
enum token_sig token_check(const struct token_format *f, struct span text,
			   struct span sig);
/* A PEM text must never serve as an HMAC secret: whoever has the public key
 * could sign (algorithm confusion). */
bool token_key_is_pem(struct span key);

#endif
