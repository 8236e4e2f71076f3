#include "base/map.h"

#include <stdlib.h>

#include "base/err.h"

void map_free(struct map *m)
{
	free(m->slots);
	*m = (struct map){ 0 };
}

static size_t home(const struct map *m, uint64_t key)
{
	return (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & (m->room - 1);
}

/* The key's slot, or the empty slot where it would go. */
static size_t seek(const struct map *m, uint64_t key)
{
	size_t i = home(m, key);

	while (m->slots[i].key && m->slots[i].key != key)
		i = (i + 1) & (m->room - 1);
	return i;
}

uint32_t map_get(const struct map *m, uint64_t key)
{
	if (!m->room)
		return MAP_NONE;
	size_t i = seek(m, key);

	return m->slots[i].key ? m->slots[i].value : MAP_NONE;
}

static void grow(struct map *m)
{
	struct map old = *m;

	m->room = old.room ? old.room * 2 : 64;
	m->slots = must_alloc(m->room * sizeof *m->slots);
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i].key)
			m->slots[seek(m, old.slots[i].key)] = old.slots[i];
	free(old.slots);
}

void map_put(struct map *m, uint64_t key, uint32_t value)
{
	if (m->used * 4 >= m->room * 3)
		grow(m);
	size_t i = seek(m, key);

	if (!m->slots[i].key)
		m->used++;
	m->slots[i] = (struct map_slot){ key, value };
}

/* Backward-shift deletion: no tombstones, so long runs do not degrade. */
void map_del(struct map *m, uint64_t key)
{
	if (!m->room)
		return;
	size_t mask = m->room - 1, i = seek(m, key);

	if (!m->slots[i].key)
		return;
	m->used--;
	for (size_t j = (i + 1) & mask; m->slots[j].key; j = (j + 1) & mask) {
		size_t want = home(m, m->slots[j].key);

		if (((j - want) & mask) >= ((j - i) & mask)) {
			m->slots[i] = m->slots[j];
			i = j;
		}
	}
	m->slots[i].key = 0;
}

/* a is scattered before b is added: small numbers, the usual case, must not
 * meet (a ^ b + const and the like let them). */
uint64_t map_mix(uint64_t a, uint64_t b)
{
	uint64_t h = (a + 1) * 0x9e3779b97f4a7c15u;

	h = (h ^ h >> 32) + b;
	h *= 0xff51afd7ed558ccdu;
	h ^= h >> 33;
	return h ? h : 1;
}
