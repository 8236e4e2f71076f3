/* Bytes that end where memory ends: one read too far is a crash. */
#ifndef UNIT_WIRE_GUARD_H
#define UNIT_WIRE_GUARD_H

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/span.h"

struct guard {
	char *map;
	size_t room;    /* usable bytes, then a page without access */
};

static inline struct guard guard_new(size_t max)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (max / page + 1) * page;
	char *map = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert(map != MAP_FAILED);
	assert(mprotect(map + room, page, PROT_NONE) == 0);
	return (struct guard){ map, room };
}

static inline void guard_free(struct guard *g)
{
	munmap(g->map, g->room + (size_t)sysconf(_SC_PAGESIZE));
}

/* A copy of s right before the page without access; the next one overwrites
 * it. */
static inline struct span guard_put(struct guard *g, struct span s)
{
	assert(s.n <= g->room);
	char *p = g->map + g->room - s.n;

	if (s.n)
		memcpy(p, s.p, s.n);
	return (struct span){ p, s.n };
}

#endif
