/* Indexes of a profile by user and by identity. Inside src/profile alone. */
#ifndef PROFILE_LOOKUP_H
#define PROFILE_LOOKUP_H

#include "profile/profile.h"

/* Builds the indexes anew; the first of two equal entries is found. */
void lookup_index(struct profile *p);

#endif
