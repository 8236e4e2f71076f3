/* IAU-11: what an S-CSCF does with its nonces. The rule is in rules_iau.c. */
#ifndef ORACLE_RULES_IAU_NONCE_H
#define ORACLE_RULES_IAU_NONCE_H

#include "oracle/rule_sip.h"

#define NONCES 4096u            /* nonces remembered; the oldest go first */

struct rules_iau_nonce {
	struct nonce {
		uint64_t hash;          /* of the nonce; 0: free slot */
		uint64_t owner;         /* registration it was issued to */
		uint64_t response;      /* of its last accepted use */
		uint64_t transaction;   /* of its last accepted use */
		uint32_t accepted_nc;   /* highest nonce-count accepted */
		bool accepted;
		bool told_stale;        /* the S-CSCF itself said so */
		bool next;              /* by nextnonce, not by a 401 */
	} *ring;
	uint32_t next;
	struct map index;               /* nonce -> ring */
	struct recent newest;           /* owner -> ring, last challenge */
};

void rules_iau_nonce_event(struct judge *j, const struct ev *e);
void rules_iau_nonce_free(void *state);

#endif
