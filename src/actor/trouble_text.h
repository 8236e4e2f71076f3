/* What hostile peers say: broken SIP, absurd JSON, floods. */
#ifndef ACTOR_TROUBLE_TEXT_H
#define ACTOR_TROUBLE_TEXT_H

#include "base/buf.h"
#include "net/loop.h"

/* The n-th text of its kind, round and round, into b (empty before). */
void trouble_bad_sip(struct buf *b, uint64_t n);
void trouble_bad_json(struct buf *b, uint64_t n);
/* A fine request of a transaction and call of its own. */
void trouble_request_text(struct buf *b, uint64_t n);
void trouble_noise(struct buf *b, struct loop *l, size_t n);

#endif
