#include "actor/flaw.h"

#include <assert.h>

#define FLAW_ROW(id, name_, role_, rules_, text_) \
	[FLAW_##id] = { .name = name_, .role = role_, .rules = rules_, .text = text_ },
const struct flaw_info flaw_table[FLAW_COUNT] = { FLAW_LIST(FLAW_ROW) };

static_assert(FLAW_COUNT <= 256, "flaw_set has 256 bits");

enum flaw flaw_find(struct span name)
{
	for (unsigned i = 0; i < FLAW_COUNT; i++)
		if (span_eq(name, span_str(flaw_table[i].name)))
			return (enum flaw)i;
	return FLAW_COUNT;
}

void flaw_add(struct flaw_set *s, enum flaw f)
{
	assert((unsigned)f < FLAW_COUNT);
	s->bits[f / 64] |= UINT64_C(1) << (f % 64);
}

bool flaw_in(const struct flaw_set *s, enum flaw f)
{
	return s->bits[f / 64] >> (f % 64) & 1;
}
