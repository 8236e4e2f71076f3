/* From findings to the verdict of a case (contract of the exit codes: README).
 * The rules that the purpose names decide: every one held is pass; one that
 * stayed silent, could not be judged or came too close is inconclusive; one
 * broken with effect fail by the role under test is fail. Breaches of other
 * rules are seen too, and count for the run, not for the case. */
#ifndef BENCH_VERDICT_H
#define BENCH_VERDICT_H

#include "oracle/oracle.h"

struct case_verdict {
	enum verdict verdict;
	char reason[500];       /* "" for a plain pass */
};

/* names: NULL-terminated rule ids; those that the edition does not have are
 * left out of account. */
void verdict_of_case(struct case_verdict *out, const struct finding *f,
		     unsigned n, const char *const *names);
/* Only worsens: none < pass < inconclusive < fail < error. */
void verdict_worsen(struct case_verdict *v, enum verdict to,
		    const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
