/* The loop's timers: a binary heap by due time, then by order of creation.
 * Adding, firing and cancelling cost O(log n). Only loop.c uses it. */
#ifndef NET_TIMERS_H
#define NET_TIMERS_H

#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t due_us;
	uint64_t id;            /* 0: free slot */
	void (*fn)(void *arg);
	void *arg;
	uint32_t at;            /* place in the heap */
	uint32_t next_free;     /* free slots: the next one, plus 1 */
};

struct timers {
	struct timer *slots;
	uint32_t *heap;         /* slots, the earliest first */
	uint32_t n, room;
	uint32_t free_slot;     /* plus 1; 0: none */
	uint32_t used;          /* slots that were ever used */
	uint64_t sequence;
};

void timers_free(struct timers *t);
/* Ids carry the order of creation, are never 0 and never come again. */
uint64_t timers_add(struct timers *t, int64_t due_us, void (*fn)(void *arg),
		    void *arg);
void timers_cancel(struct timers *t, uint64_t id);      /* gone: no harm */
int64_t timers_due_us(const struct timers *t);  /* INT64_MAX: none */
/* Fires what is due at now_us and existed at the call. */
void timers_fire(struct timers *t, int64_t now_us);

#endif
