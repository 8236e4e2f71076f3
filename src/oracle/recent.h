/* What a rule remembers: a set that never outgrows its cap. */
#ifndef ORACLE_RECENT_H
#define ORACLE_RECENT_H

#include "base/map.h"

/* A set of keys with a value each, of at most cap entries: the oldest go
 * first, so that no rule grows with the length of the observation. */
struct recent {
	struct map at;
	uint64_t *ring;         /* keys in the order they came; 0: none */
	uint32_t cap, next;
};
/* Sets key to value. The ring is allocated at the first use. */
void recent_put(struct recent *r, uint32_t cap, uint64_t key, uint32_t value);
uint32_t recent_get(const struct recent *r, uint64_t key); /* MAP_NONE: no */
void recent_del(struct recent *r, uint64_t key);
void recent_free(struct recent *r);

#endif
