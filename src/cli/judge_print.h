/* What `annexu judge` prints: a line a rule, or one JSON object. */
#ifndef CLI_JUDGE_PRINT_H
#define CLI_JUDGE_PRINT_H

#include "bench/observe.h"

#define JUDGE_REQUIRE_MAX 64

struct judge_require {
	unsigned n;
	const char *what[JUDGE_REQUIRE_MAX];    /* rule ids or areas */
};

/* Does "POOL-07" or "POOL" name the rule POOL-07? */
bool judge_required(struct span what, const char *id);
/* The verdict with --require: pass becomes inconclusive when something that
 * was required neither held nor broke. */
enum verdict judge_lacks(const struct observation *o,
			 const struct judge_require *r);

void judge_print_text(const struct observation *o, enum verdict v,
		      const struct judge_require *r, bool headline);
void judge_print_json(const struct observation *o, enum verdict v);

#endif
