/* Variants: named legal peculiarities of the reference actors. No rule may
 * object to any of them. */
#ifndef ACTOR_VARIANT_H
#define ACTOR_VARIANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actor/variant_list.h"
#include "base/span.h"
#include "profile/role.h"

#define VARIANT_ENUM(id, name, role, option, text) VARIANT_##id,
enum variant { VARIANT_LIST(VARIANT_ENUM) VARIANT_COUNT };
#undef VARIANT_ENUM

struct variant_info {
	const char *name;       /* "compact_forms" */
	enum role role;         /* ROLE_SYSTEM: several actors */
	const char *option;     /* option of the ics that has to be true with
				   it, or NULL */
	const char *text;       /* one sentence */
};
extern const struct variant_info variant_table[VARIANT_COUNT];

struct variant_set { uint64_t bits; };
/* VARIANT_COUNT when there is none of that name. */
enum variant variant_find(struct span name);
void variant_add(struct variant_set *s, enum variant v);
bool variant_in(const struct variant_set *s, enum variant v);

#endif
