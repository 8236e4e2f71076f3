/* TNA-15 and TNA-16: where a 200 to a WIC comes from. The rules are in
 * rules_tna.c. */
#ifndef ORACLE_RULES_TNA_OK_H
#define ORACLE_RULES_TNA_OK_H

#include "oracle/rule_sip.h"

#define PENDING 16384u          /* W2 registers waited for */

/* Each rule has one of its own. */
struct rules_tna_ok {
	struct pending {
		uint32_t reg;           /* W2 register */
		uint64_t number;        /* tells a recycled one */
		struct where where;     /* the answer that made us wait */
		bool live, lost;        /* lost: a 200 of the core came */
	} *ring;
	uint32_t next;
	bool saw_unmated;
	int64_t unmated_us;             /* last Mw REGISTER without W2 one */
	int64_t restart_us;
	bool restarted;
	struct recent gone;             /* connections, WICs that closed */
	struct recent newest;           /* W2 register of a call, of a WIC */
	/* Who writes a flow by hand may leave one side out altogether: then
	 * its silence says nothing, and the first breach waits. */
	bool saw_mw, saw_w2_answer;
	struct doubt {
		bool there;
		struct where where;
		int status;
	} local, lost;
	struct holder {
		name_id wic, impi;      /* impi: what it is entitled to */
		bool sure;
		int64_t until_us;
	} *holders;                     /* TNA-16: by identity on Mw */
	uint32_t next_holder;
	struct recent holder_index;
};

void rules_tna_ok_15(struct judge *j, const struct ev *e);
void rules_tna_ok_15_time(struct judge *j, uint64_t key);
void rules_tna_ok_16(struct judge *j, const struct ev *e);
void rules_tna_ok_16_time(struct judge *j, uint64_t key);
void rules_tna_ok_free(void *state);

#endif
