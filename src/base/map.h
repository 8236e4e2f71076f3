/* A hash map from a 64-bit key to a 32-bit value (an index into the caller's
 * own array). Open addressing; grows by doubling; keys are span_hash() values
 * or numbers mixed by map_mix(), never 0. Two texts with one 64-bit hash are
 * told apart by the caller, who keeps the text beside the value. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAP_NONE UINT32_MAX

struct map {
	struct map_slot { uint64_t key; uint32_t value; } *slots;
	size_t room;    /* a power of two, or 0 */
	size_t used;    /* live entries */
};

void map_free(struct map *m);
uint32_t map_get(const struct map *m, uint64_t key);    /* MAP_NONE: absent */
void map_put(struct map *m, uint64_t key, uint32_t value);
void map_del(struct map *m, uint64_t key);
uint64_t map_mix(uint64_t a, uint64_t b);               /* never 0 */

#endif
