/* The themes, in the order of the report. */
#include <stddef.h>

#include "base/err.h"
#include "bench/purpose.h"
#include "suites.h"

#define PURPOSES_MAX 256u

const struct purpose *const *suite_purposes(unsigned *n)
{
	static const struct purpose *const themes[] = {
		suite_ims_auth, suite_web_auth, suite_token, suite_transport,
		suite_pool_lend, suite_pool_bind, suite_refresh,
		suite_deregister,
	};
	static const struct purpose *all[PURPOSES_MAX];
	static unsigned count;

	if (!count)
		for (unsigned i = 0; i < sizeof themes / sizeof *themes; i++)
			for (const struct purpose *p = themes[i]; p->id; p++) {
				if (count == PURPOSES_MAX)
					die("more than %u purposes",
					    PURPOSES_MAX);
				all[count++] = p;
			}
	*n = count;
	return all;
}
