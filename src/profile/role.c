#include "profile/role.h"

#include <assert.h>

#include "profile/names.h"

static const char *const roles[] = {
	NULL, "wic", "wwsf", "waf", "epcscf", "scscf", "system",
};
static_assert(sizeof roles / sizeof *roles == ROLE_COUNT, "a name a role");

static const char *const points[] = {
	NULL, "W1", "W2", "W4", "W5", "Mw", "Cx",
};
static_assert(sizeof points / sizeof *points == POINT_COUNT, "a name a point");

const struct names names_of_roles = NAMES_INIT(roles);
const struct names names_of_points = NAMES_INIT(points);

const char *role_name(enum role r)
{
	assert(r < ROLE_COUNT);
	return roles[r] ? roles[r] : "none";
}

bool role_of(struct span name, enum role *out)
{
	unsigned i;

	if (!names_find(names_of_roles, name, &i))
		return false;
	*out = (enum role)i;
	return true;
}

const char *point_name(enum point p)
{
	assert(p < POINT_COUNT);
	return points[p] ? points[p] : "none";
}

bool point_of(struct span name, enum point *out)
{
	unsigned i;

	if (!names_find(names_of_points, name, &i))
		return false;
	*out = (enum point)i;
	return true;
}
