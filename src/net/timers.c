#include "net/timers.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/err.h"

/* An id is sequence << SLOT_BITS | slot: the slot is found without a search,
 * and comparing ids compares the order of creation. */
#define SLOT_BITS 20
#define SLOTS_MAX (1u << SLOT_BITS)

void timers_free(struct timers *t)
{
	free(t->slots);
	free(t->heap);
	*t = (struct timers){ 0 };
}

static bool before(const struct timers *t, uint32_t a, uint32_t b)
{
	const struct timer *x = &t->slots[a], *y = &t->slots[b];

	return x->due_us != y->due_us ? x->due_us < y->due_us : x->id < y->id;
}

static void place(struct timers *t, uint32_t at, uint32_t slot)
{
	t->heap[at] = slot;
	t->slots[slot].at = at;
}

static void sift_up(struct timers *t, uint32_t at)
{
	uint32_t slot = t->heap[at];

	while (at && before(t, slot, t->heap[(at - 1) / 2])) {
		place(t, at, t->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	place(t, at, slot);
}

static void sift_down(struct timers *t, uint32_t at)
{
	uint32_t slot = t->heap[at];

	for (uint32_t c; (c = 2 * at + 1) < t->n; at = c) {
		if (c + 1 < t->n && before(t, t->heap[c + 1], t->heap[c]))
			c++;
		if (before(t, slot, t->heap[c]))
			break;
		place(t, at, t->heap[c]);
	}
	place(t, at, slot);
}

static uint32_t take_slot(struct timers *t)
{
	if (t->free_slot) {
		uint32_t slot = t->free_slot - 1;

		t->free_slot = t->slots[slot].next_free;
		return slot;
	}
	if (t->used == t->room) {
		t->room = t->room ? t->room * 2 : 64;
		if (t->room > SLOTS_MAX)
			die("more than %u timers at once", SLOTS_MAX);
		t->slots = must_grow(t->slots, t->room * sizeof *t->slots);
		t->heap = must_grow(t->heap, t->room * sizeof *t->heap);
	}
	return t->used++;
}

uint64_t timers_add(struct timers *t, int64_t due_us, void (*fn)(void *arg),
		    void *arg)
{
	uint32_t slot = take_slot(t);
	uint64_t id = ++t->sequence << SLOT_BITS | slot;

	t->slots[slot] = (struct timer){ .due_us = due_us, .id = id, .fn = fn,
					 .arg = arg };
	place(t, t->n, slot);
	sift_up(t, t->n++);
	return id;
}

static void remove_at(struct timers *t, uint32_t at)
{
	uint32_t slot = t->heap[at], last = t->heap[--t->n];

	t->slots[slot].id = 0;
	t->slots[slot].next_free = t->free_slot;
	t->free_slot = slot + 1;
	if (slot == last)
		return;
	place(t, at, last);
	sift_up(t, at);
	sift_down(t, t->slots[last].at);
}

void timers_cancel(struct timers *t, uint64_t id)
{
	uint32_t slot = (uint32_t)(id & (SLOTS_MAX - 1));

	if (id && slot < t->used && t->slots[slot].id == id)
		remove_at(t, t->slots[slot].at);
}

int64_t timers_due_us(const struct timers *t)
{
	return t->n ? t->slots[t->heap[0]].due_us : INT64_MAX;
}

void timers_fire(struct timers *t, int64_t now_us)
{
	uint64_t last = t->sequence;

	/* A timer made by a timer waits for the next turn, or one that makes
	 * itself again without delay would never let go. */
	while (t->n) {
		struct timer x = t->slots[t->heap[0]];

		if (x.due_us > now_us || x.id >> SLOT_BITS > last)
			return;
		remove_at(t, 0);
		x.fn(x.arg);
	}
}
