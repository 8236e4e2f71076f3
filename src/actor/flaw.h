/* Flaws: named deviations of the reference actors. Each is a realistic mistake
 * at the role that is obliged, and names the rules that must catch it. */
#ifndef ACTOR_FLAW_H
#define ACTOR_FLAW_H

#include <stdbool.h>
#include <stdint.h>

#include "actor/flaw_list.h"
#include "base/span.h"
#include "profile/role.h"

#define FLAW_ENUM(id, name, role, rules, text) FLAW_##id,
enum flaw { FLAW_LIST(FLAW_ENUM) FLAW_COUNT };
#undef FLAW_ENUM

struct flaw_info {
	const char *name;       /* "relends_at_half_time" */
	enum role role;         /* the actor that has it */
	const char *rules;      /* "POOL-07 POOL-06": each must catch it in at
				   least one purpose */
	const char *text;       /* one sentence */
};
extern const struct flaw_info flaw_table[FLAW_COUNT];

struct flaw_set { uint64_t bits[4]; };
/* FLAW_COUNT when there is none of that name. */
enum flaw flaw_find(struct span name);
void flaw_add(struct flaw_set *s, enum flaw f);
bool flaw_in(const struct flaw_set *s, enum flaw f);

#endif
