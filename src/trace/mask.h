/* Masking: a token becomes tok: and 12 hex digits of a keyed hash, at equal
 * length inside bytes (padded with '~' or cut); a password becomes '*'s. One
 * mask lives as long as one run, so that equal secrets stay equal. */
#ifndef TRACE_MASK_H
#define TRACE_MASK_H

#include "base/buf.h"
#include "base/span.h"

struct mask;
/* The key of the hash comes from the seed, so that runs can be repeated. */
struct mask *mask_new(uint64_t seed);
void mask_free(struct mask *m);
/* Makes a secret known; from then on it is replaced wherever it stands, as it
 * is, escaped in JSON or encoded in a form. Short secrets (under 6 bytes) are
 * only replaced where they are quoted. When more comes than can be kept (64 MB,
 * or one secret over LIMIT_HTTP_BODY), or the search for what a hostile peer
 * gave would take too long, all bytes are replaced from then on: mask_full. */
void mask_token(struct mask *m, struct span token);
void mask_password(struct mask *m, struct span password);
/* The token's name: tok:xxxxxxxxxxxx; names and already masked tokens come
 * back as they are. out takes 17 bytes. */
struct span mask_name(const struct mask *m, struct span token, char out[17]);
/* Copies text into out with every known secret replaced at equal length. */
void mask_bytes(struct mask *m, struct span text, struct buf *out);
/* A known token's text inside bytes? Its start, or -1. */
long mask_find_token(struct mask *m, struct span bytes);
/* A limit was reached: what was written since can hardly be judged again. */
bool mask_full(const struct mask *m);

#endif
