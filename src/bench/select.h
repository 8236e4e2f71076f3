/* Which purposes are run: patterns, role, clause. A name that nothing has is a
 * usage error with the nearest names, and so is a selection of nothing. */
#ifndef BENCH_SELECT_H
#define BENCH_SELECT_H

#include "base/err.h"
#include "bench/purpose.h"

#define SELECT_PATTERNS_MAX 64u

struct selection {
	unsigned roles;                 /* ROLE_BIT()s; 0: every role */
	unsigned n_run, n_skip, n_clause;
	/* `*` is any text without '/', `**` any text, `@file` a file with a
	 * pattern a line and '#' comments; several may be joined by commas. */
	const char *run[SELECT_PATTERNS_MAX];
	const char *skip[SELECT_PATTERNS_MAX];
	const char *clause[SELECT_PATTERNS_MAX];
	unsigned shard, shards;         /* I/N, I from 1; 0/0: everything */
};

/* Fills out[] (room for all n purposes) and *chosen, in the order of all[].
 * -EXIT_USAGE with the reason; nothing is chosen then. */
int select_purposes(const struct selection *s,
		    const struct purpose *const *all, unsigned n,
		    const struct purpose **out, unsigned *chosen,
		    struct err *err);

/* "2/4" into the selection. */
int select_shard(struct selection *s, const char *text, struct err *err);
/* "wwsf" or "wwsf,epcscf" into *roles (added). */
int select_role(unsigned *roles, const char *text, struct err *err);

bool select_matches(const char *pattern, const char *name);
/* Is `part` the clause itself or one above it? "U.2.1" fits "TS 23.228
 * U.2.1.4" and does not fit "U.2.10". */
bool select_clause(const char *clause, const char *part);

#endif
