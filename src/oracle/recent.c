#include "oracle/recent.h"

#include <stdlib.h>

#include "base/err.h"

void recent_put(struct recent *r, uint32_t cap, uint64_t key, uint32_t value)
{
	if (!r->ring) {
		r->ring = must_alloc(cap * sizeof *r->ring);
		r->cap = cap;
	}
	if (map_get(&r->at, key) == MAP_NONE) {
		uint64_t *slot = &r->ring[r->next++ % r->cap];

		if (*slot)
			map_del(&r->at, *slot);
		*slot = key;
	}
	map_put(&r->at, key, value);
}

uint32_t recent_get(const struct recent *r, uint64_t key)
{
	return map_get(&r->at, key);
}

/* The slot keeps its key; when it is reused, deleting it again does nothing
 * unless the key came back meanwhile, which then is forgotten early. */
void recent_del(struct recent *r, uint64_t key)
{
	map_del(&r->at, key);
}

void recent_free(struct recent *r)
{
	map_free(&r->at);
	free(r->ring);
	*r = (struct recent){ 0 };
}
