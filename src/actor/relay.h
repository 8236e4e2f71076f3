/* What a proxy keeps of a request until its answer comes, and the lines that
 * it copies in both directions. */
#ifndef ACTOR_RELAY_H
#define ACTOR_RELAY_H

#include "actor/actor.h"

/* A request with bytes of its own. */
struct kept { char *bytes; struct sip_msg msg; };
struct kept *relay_keep(const struct sip_msg *m);
void relay_drop(struct kept *k);

/* Copies a header field as it is, whatever its length. */
void relay_put(struct buf *b, struct span name, struct span value);
/* Copies every header field of m whose id is not in the 0-terminated list
 * (SIP_H_OTHER is 0 and is always copied). */
void relay_put_rest(struct buf *b, const struct sip_msg *m, const enum sip_hdr *but);
/* The answer to req: status line and all other fields from the answer that
 * came to our own request; Via, From, Call-ID, CSeq of req, To with the
 * answer's tag. More lines and sip_put_end are the caller's. */
void relay_put_answer(struct buf *b, const struct sip_msg *req, const struct sip_msg *answer,
		      const enum sip_hdr *but);
/* The tag of To, or absent. */
struct span relay_tag(const struct sip_msg *m, enum sip_hdr h);
/* Max-Forwards of the next hop, -1 when it is used up. */
int relay_max_forwards(const struct sip_msg *m);
/* "z9hG4bK" and 16 hex digits. */
void relay_branch(struct loop *l, char out[32]);

#endif
