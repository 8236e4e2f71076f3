/* One array a theme; a purpose without id ends it. */
#ifndef SUITES_SUITES_H
#define SUITES_SUITES_H

#include "bench/tc.h"

extern const struct purpose suite_ims_auth[], suite_web_auth[], suite_token[],
	suite_transport[], suite_pool_lend[], suite_pool_bind[],
	suite_refresh[], suite_deregister[];

#endif
