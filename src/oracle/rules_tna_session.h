/* TNA-14: whose identity a request is sent on with. The rule is in
 * rules_tna.c. */
#ifndef ORACLE_RULES_TNA_SESSION_H
#define ORACLE_RULES_TNA_SESSION_H

#include "oracle/rule_sip.h"

#define CALLS 8192u             /* requests from WICs remembered */

struct rules_tna_session {
	struct asker {
		uint32_t conn;          /* W2 connection, 0: not known */
		name_id wic;
		bool several;           /* WICs with this Call-ID */
	} *ring;
	uint32_t next;
	struct recent bound;            /* connection and IMPU it registered */
	struct recent of_call;          /* Call-ID -> ring */
	struct recent on_mw;            /* Call-IDs seen on Mw */
};

void rules_tna_session_event(struct judge *j, const struct ev *e);
void rules_tna_session_free(void *state);

#endif
