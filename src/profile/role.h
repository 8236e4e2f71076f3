/* Roles and reference points of TS 23.228 Annex U. */
#ifndef PROFILE_ROLE_H
#define PROFILE_ROLE_H

#include <stdbool.h>

#include "base/span.h"

/* HSS and I-CSCF count as scscf. */
enum role {
	ROLE_NONE, ROLE_WIC, ROLE_WWSF, ROLE_WAF, ROLE_EPCSCF, ROLE_SCSCF,
	ROLE_SYSTEM, ROLE_COUNT
};
#define ROLE_BIT(r) (1u << (r))

enum point {
	POINT_NONE, POINT_W1, POINT_W2, POINT_W4, POINT_W5, POINT_MW, POINT_CX,
	POINT_COUNT
};

const char *role_name(enum role r);     /* "wic" "wwsf" ... */
bool role_of(struct span name, enum role *out);
const char *point_name(enum point p);   /* "W1" "Mw" ... */
bool point_of(struct span name, enum point *out);

#endif
