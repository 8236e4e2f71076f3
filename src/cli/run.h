/* annexu run, in three parts: options, the run itself, what is printed. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "bench/baseline.h"
#include "bench/case.h"
#include "bench/select.h"
#include "report/results.h"

enum run_format { FORMAT_TEXT, FORMAT_TAP, FORMAT_JSONL };

struct run_options {
	struct selection selection;
	const char *ics, *ixit, *baseline, *resume, *out;
	const char *flaw, *variant, *trouble;
	enum edition edition;           /* EDITION_UNSET: ics, else cr */
	bool strict, memory, verbose, seeded, help;
	unsigned at_once;               /* 0: as the fabric likes it */
	uint64_t seed;
	int64_t max_wait_us;
	enum run_format format;
	char words[600];                /* the selection, as it was given */
};

/* 0 or -EXIT_USAGE; what cannot be understood is said in err. */
int run_options_read(struct run_options *o, int argc, char **argv,
		     struct err *err);
extern const char run_usage[];

/* ---- what is printed (run_print.c) ---- */

struct run_printer {
	enum run_format format;
	bool verbose;
	const char *dir;                /* the run's folder */
	unsigned n, done;               /* cases in all, cases printed */
};
void run_print_begin(const struct run_printer *p, const char *seed_words);
void run_print_case(struct run_printer *p, const json_t *one);
void run_print_end(const struct run_printer *p, const struct totals *t,
		   const json_t *rules, enum exit_class exit);

#endif
