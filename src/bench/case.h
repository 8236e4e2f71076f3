/* One purpose, run once: bed, actors, tap, decoder, trace, oracle, verdict.
 * What comes out is the case's JSON object (report/schema.json). */
#ifndef BENCH_CASE_H
#define BENCH_CASE_H

#include <jansson.h>

#include "actor/flaw.h"
#include "actor/trouble.h"
#include "actor/variant.h"
#include "bench/purpose.h"
#include "net/link.h"
#include "oracle/oracle.h"

struct case_setup {
	bool memory;                    /* pipes in memory, virtual clock */
	uint64_t seed;
	struct flaw_set flaws;
	struct variant_set variants;
	enum trouble trouble;
	enum edition edition;
	bool strict;
	const struct tls_material *tls; /* for sockets */
};

/* trace: file to write, or NULL. Never NULL; what goes wrong on our side is
 * verdict error with its reason, and "unwritten" is true where the trace could
 * not be written: such a case is not to be kept. The caller owns the object. */
json_t *case_run(const struct case_setup *s, const struct purpose *p,
		 const char *trace);
/* A case that was not run, or died: verdict and reason alone. */
json_t *case_without_run(const struct purpose *p, const char *verdict,
			 const char *reason);
/* Some of the purpose's rules belong to the edition? */
bool case_in_edition(const struct purpose *p, enum edition e);

#endif
