/* The list of flaws: id, name, role, rules that must catch it, sentence. */
#ifndef ACTOR_FLAW_LIST_H
#define ACTOR_FLAW_LIST_H

#define FLAW_LIST(X) \
	X(RELENDS_AT_HALF_TIME, "relends_at_half_time", ROLE_WWSF, \
	  "POOL-06 POOL-07", \
	  "lends a pair again when half of its window is over")

#endif
