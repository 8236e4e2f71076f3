/* The embedded test bed: the reference implementation as the profile of
 * src/actor/embedded.h describes it, turned to what a purpose needs. */
#ifndef BENCH_BED_H
#define BENCH_BED_H

#include "actor/flaw.h"
#include "actor/variant.h"
#include "bench/purpose.h"

/* The embedded profile; dies when it does not load, which is our own bug. */
struct profile *bed_profile(void);
/* The key that signs tokens where the profile names none. */
void bed_key(struct profile *p);
/* Turns it to what bits of enum need_bed ask for. */
void bed_turn(struct profile *p, unsigned bed);
/* Claims the options of the ics that make these variants legal. */
void bed_claim(struct profile *p, const struct variant_set *variants);
/* Flaws of the provisioning itself: they stand in the profile, not in an actor. */
void bed_spoil(struct profile *p, const struct flaw_set *flaws);

#endif
