/* A run's folder: results.json, journal.jsonl, a folder a case. Everything
 * else (JUnit, HTML, matrix, ladders) is rendered from it by
 * results/render.py.
 *
 * A case is one JSON object from the moment it is judged: as such it comes
 * out of the process that ran it, stands in the journal, in
 * cases/<id>/verdict.json and in results.json (see report/schema.json). */
#ifndef REPORT_RESULTS_H
#define REPORT_RESULTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct totals {
	unsigned applicable, pass, fail, inconclusive, error, expected_fail,
		not_applicable, also_broken;
	unsigned stale;                 /* baseline entries that fit no more */
};

struct results_setup {
	const char *out;                /* the run's folder; NULL:
					   results/<UTC time> and the link
					   results/latest */
	const char *resume;             /* instead: an unfinished run's folder */
	uint64_t seed;
	const char *edition, *profile, *fabric, *selection;
	const char *flaw, *variant, *trouble;   /* or NULL */
	bool strict;
	bool embedded;                  /* everything is ours: a breach by any
					   role outside a case's list counts */
	const char *repro;              /* command, "%s" stands for the id */
};

struct results;

/* Makes the folder and an incomplete results.json. -EXIT_RESULTS: with the
 * place and the reason; -EXIT_USAGE: --resume of something else. */
int results_open(struct results **out, const struct results_setup *s,
		 struct err *err);
const char *results_dir(const struct results *r);
/* Was that case done in the run that is resumed? */
bool results_has(const struct results *r, const char *id);
/* The folder of a case, made on demand; valid until the next call. */
const char *results_case_dir(struct results *r, const char *id,
			     struct err *err);
/* Takes the object over. Writes journal line, verdict.json and repro.sh. */
int results_add(struct results *r, json_t *one, struct err *err);
/* With also_broken as it stands now. */
const struct totals *results_totals(struct results *r);
/* Cases in the order they were added. */
const json_t *results_cases(const struct results *r);
/* Exit class of what is there: error 2, fail, also_broken or stale 1,
 * inconclusive 3, else 0. Nothing applicable is never 0. */
enum exit_class results_exit(const struct totals *t);
/* applicable = pass + fail + inconclusive + error + expected_fail? */
bool results_totals_hold(const struct totals *t);
/* Writes results.json with the cases in the order of their ids, complete
 * unless interrupted, and the link results/latest where neither --out nor
 * --resume named the folder. */
int results_finish(struct results *r, enum exit_class exit, bool complete,
		   struct err *err);
void results_free(struct results *r);

/* Adds one case to the totals; for results_add and for the tests. */
void totals_add(struct totals *t, const json_t *one);
/* Rules over all cases: [{id, outcome, cases}], the worst outcome of each and
 * the cases in which it was seen; also counts t->also_broken. */
json_t *results_rules(const json_t *cases, bool embedded,
		      unsigned *also_broken);

#endif
