/* IAU-04: the first REGISTER is challenged. The rule is in rules_iau.c. */
#ifndef ORACLE_RULES_IAU_FIRST_H
#define ORACLE_RULES_IAU_FIRST_H

#include "oracle/rule_sip.h"

#define REGISTERS 16384u        /* in flight, of one rule */

struct rules_iau_first {
	struct recent registered;       /* register -> was bound already */
	struct recent challenged;       /* identities and calls */
};

void rules_iau_first_event(struct judge *j, const struct ev *e);
void rules_iau_first_free(void *state);

#endif
