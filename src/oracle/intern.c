#include "oracle/intern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define BLOCK_BYTES (64u * 1024)

void intern_free(struct intern *ns)
{
	map_free(&ns->index);
	for (size_t i = 0; i < ns->n_blocks; i++)
		free(ns->blocks[i]);
	free(ns->blocks);
	free(ns->at);
	*ns = (struct intern){ 0 };
}

static const char *keep(struct intern *ns, struct span text)
{
	if (text.n > ns->block_left) {
		ns->block = must_alloc(BLOCK_BYTES);
		ns->block_left = BLOCK_BYTES;
		ns->blocks = must_grow(ns->blocks, (ns->n_blocks + 1) *
						   sizeof *ns->blocks);
		ns->blocks[ns->n_blocks++] = ns->block;
	}
	char *p = ns->block;

	if (text.n)
		memcpy(p, text.p, text.n);
	ns->block += text.n;
	ns->block_left -= text.n;
	return p;
}

/* A hostile text of a megabyte is kept as its beginning and its hash. */
static struct span bounded(struct span text, char *room)
{
	if (text.n <= INTERN_TEXT_MAX)
		return text;
	memcpy(room, text.p, INTERN_TEXT_MAX - 20);
	snprintf(room + INTERN_TEXT_MAX - 20, 20, "~%016llx",
		 (unsigned long long)span_hash(text));
	return (struct span){ room, INTERN_TEXT_MAX - 3 };
}

/* Two texts with one hash are told apart by stepping the key. */
static uint32_t lookup(const struct intern *ns, struct span text, uint64_t *key)
{
	for (*key = span_hash(text);; *key = map_mix(*key, 1)) {
		uint32_t i = map_get(&ns->index, *key);

		if (i == MAP_NONE)
			return 0;
		if (span_eq(text, intern_text(ns, i)))
			return i;
	}
}

uint32_t intern_put(struct intern *ns, struct span text, bool *fresh)
{
	char room[INTERN_TEXT_MAX];
	uint64_t key;

	if (fresh)
		*fresh = false;
	if (span_absent(text))
		return 0;
	text = bounded(text, room);
	uint32_t i = lookup(ns, text, &key);

	if (i)
		return i;
	if (ns->n + 1 >= ns->room) {
		ns->room = ns->room ? ns->room * 2 : 64;
		ns->at = must_grow(ns->at, ns->room * sizeof *ns->at);
		if (!ns->n)
			ns->at[ns->n++] = (struct name){ NULL, 0, MAP_NONE };
	}
	i = ns->n++;
	ns->at[i] = (struct name){ keep(ns, text), (uint32_t)text.n, MAP_NONE };
	map_put(&ns->index, key, i);
	if (fresh)
		*fresh = true;
	return i;
}

uint32_t intern_find(const struct intern *ns, struct span text)
{
	char room[INTERN_TEXT_MAX];
	uint64_t key;

	return span_absent(text) ? 0 : lookup(ns, bounded(text, room), &key);
}

struct span intern_text(const struct intern *ns, uint32_t n)
{
	if (!n || n >= ns->n)
		return SPAN_NONE;
	return (struct span){ ns->at[n].p, ns->at[n].n };
}
