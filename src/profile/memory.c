#include "profile/memory.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define BLOCK_BYTES (64u * 1024)

struct memory_block {
	struct memory_block *next;
	size_t used, room;
	alignas(max_align_t) char bytes[];
};

struct profile_memory *memory_new(void)
{
	return must_alloc(sizeof(struct profile_memory));
}

static void free_indexes(struct profile_memory *m)
{
	map_free(&m->user);
	map_free(&m->stranger);
	map_free(&m->sub_impi);
	map_free(&m->sub_impu);
	map_free(&m->pair_impi);
	map_free(&m->pair_impu);
}

void memory_free(struct profile_memory *m)
{
	if (!m)
		return;
	while (m->blocks) {
		struct memory_block *next = m->blocks->next;

		free(m->blocks);
		m->blocks = next;
	}
	free_indexes(m);
	free(m);
}

static struct memory_block *block_for(struct profile_memory *m, size_t n)
{
	struct memory_block *b = m->blocks;

	if (b && n <= b->room - b->used)
		return b;
	size_t room = n > BLOCK_BYTES ? n : BLOCK_BYTES;

	b = must_alloc(sizeof *b + room);
	b->room = room;
	m->total += room;
	b->next = m->blocks;
	m->blocks = b;
	return b;
}

void *memory_take(struct profile_memory *m, size_t n)
{
	assert(m);
	n = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct memory_block *b = block_for(m, n);
	void *p = b->bytes + b->used;

	b->used += n;
	return p;
}

/* Texts need no alignment, and a large pool is mostly text. */
char *memory_text(struct profile_memory *m, struct span s)
{
	struct memory_block *b = block_for(m, s.n + 1);
	char *p = b->bytes + b->used;

	span_copy(p, s.n + 1, s);
	b->used += s.n + 1;
	b->used = (b->used + 7) & ~(size_t)7;
	if (b->used > b->room)
		b->used = b->room;
	return p;
}

void memory_reset_ics(struct profile *p)
{
	p->ics = (struct ics){ 0 };
}

void memory_reset_ixit(struct profile *p)
{
	struct ics ics = p->ics;
	struct profile_memory *m = p->memory;

	free(p->pairs);
	free_indexes(m);
	m->pairs_room = 0;
	m->token_key_read = false;
	*p = (struct profile){
		.ics = ics,
		.memory = m,
		.lifetime_us = UNSAID_US,
		.token_us = UNSAID_US,
		.max_registration_us = UNSAID_US,
		.guard_us = UNSAID_US,
		.tolerance_us = 250 * 1000,
		.answer_timeout_us = 5 * 1000 * 1000,
	};
}
