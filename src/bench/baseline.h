/* A baseline: cases that are known to fail, with the reason. YAML, a list of
 *   - case: TP-POOL-07-01      (required)
 *     expect: fail             (or inconclusive; default fail)
 *     cause: POOL-07           (text that has to be in the case's reason)
 *     issue: https://...       (where it is followed up)
 *     until: 2027-01-31        (from the day after it counts no more)
 * An entry that fits turns the verdict into expected_fail. One that fits no
 * more (the case passes, fails otherwise, the date is over) is stale and fails
 * the run; one for an unknown case is a usage error. */
#ifndef BENCH_BASELINE_H
#define BENCH_BASELINE_H

#include <jansson.h>

#include "base/err.h"
#include "bench/purpose.h"

struct baseline;
/* -EXIT_USAGE: file:line and what is wrong. */
int baseline_load(struct baseline **out, const char *file,
		  const struct purpose *const *all, unsigned n,
		  struct err *err);
void baseline_free(struct baseline *b);
/* Changes verdict and reason of the case where an entry speaks of it. today:
 * "2026-11-22". */
void baseline_apply(const struct baseline *b, json_t *one, const char *today);

#endif
