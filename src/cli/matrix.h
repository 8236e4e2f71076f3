/* annexu matrix, in two parts: running it, and what is printed. */
#ifndef CLI_MATRIX_H
#define CLI_MATRIX_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/case.h"

/* One implementation on trial: the clean reference, a variant or a flaw. */
struct subject {
	char name[80];
	const struct flaw_info *flaw;   /* NULL: clean or a variant */
	struct case_setup setup;
};

/* What a purpose said of a subject. */
enum cell {
	CELL_NOT_RUN, CELL_PASS,        /* nothing broken */
	CELL_KILLED,                    /* a designated rule was broken */
	CELL_OTHER,                     /* only other rules were broken */
	CELL_ALARM,                     /* clean or variant, and not a pass */
};

#define MATRIX_RULES 8u                 /* designated rules of one flaw */

struct matrix {
	const struct purpose *const *purposes;
	unsigned n_purposes;
	struct subject *subjects;
	unsigned n_subjects;
	enum cell *cells;               /* [subject][purpose] */
	/* [subject]: bit i: the i-th designated rule was broken by its role */
	unsigned *caught;
	unsigned alarms, errors;
	unsigned unruled;               /* flaws that no rule catches yet */
	unsigned cases;                 /* run */
	bool verbose;
};

static inline enum cell *matrix_cell(struct matrix *m, unsigned s, unsigned p)
{
	return &m->cells[s * m->n_purposes + p];
}

/* Designated rules of a flaw: the i-th, absent when there are fewer. */
struct span matrix_rule(const struct flaw_info *f, unsigned i);
unsigned matrix_rules(const struct flaw_info *f);
/* All designated rules caught the flaw? */
bool matrix_dead(const struct matrix *m, unsigned subject);

/* ---- matrix_print.c ---- */
void matrix_print_alarm(const struct subject *s, const json_t *one);
void matrix_print(struct matrix *m, double seconds);
/* 0 or -EXIT_RESULTS. */
int matrix_csv(struct matrix *m, const char *file, struct err *err);

#endif
