#include "actor/variant.h"

#include <assert.h>

#define VARIANT_ROW(id, name_, role_, option_, text_) \
	[VARIANT_##id] = { .name = name_, .role = role_, .option = option_, \
			   .text = text_ },
const struct variant_info variant_table[VARIANT_COUNT] = { VARIANT_LIST(VARIANT_ROW) };

static_assert(VARIANT_COUNT <= 64, "variant_set has 64 bits");

enum variant variant_find(struct span name)
{
	for (unsigned i = 0; i < VARIANT_COUNT; i++)
		if (span_eq(name, span_str(variant_table[i].name)))
			return (enum variant)i;
	return VARIANT_COUNT;
}

void variant_add(struct variant_set *s, enum variant v)
{
	assert((unsigned)v < VARIANT_COUNT);
	s->bits |= UINT64_C(1) << v;
}

bool variant_in(const struct variant_set *s, enum variant v)
{
	return s->bits >> v & 1;
}
