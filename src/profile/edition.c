#include <assert.h>

#include "profile/names.h"
#include "profile/profile.h"

static const char *const editions[] = { NULL, "cr", "pre-cr", "rel13" };
static_assert(sizeof editions / sizeof *editions == EDITION_REL13 + 1,
	      "a name an edition");

const struct names names_of_editions = NAMES_INIT(editions);

const char *edition_name(enum edition e)
{
	assert(e <= EDITION_REL13);
	return editions[e] ? editions[e] : "unset";
}

bool edition_of(struct span name, enum edition *out)
{
	unsigned i;

	if (!names_find(names_of_editions, name, &i))
		return false;
	*out = (enum edition)i;
	return true;
}
