/* annexu matrix: the suite itself on trial. Every flaw of the reference has to
 * be caught by each rule that it names, and neither the clean reference nor a
 * variant may be objected to. In memory, with the virtual clock. */
#include "cli/matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/runner.h"
#include "cli/cmd.h"
#include "cli/say.h"

static const char usage[] =
	"usage: annexu matrix [--csv FILE] [--flaw NAME] [-j N] [--seed N] "
	"[--all] [-v]\n"
	"  --all   every purpose against every flaw, not just until it is "
	"caught\n";

struct trial {
	struct matrix m;
	bool all;
	unsigned phase;                 /* 1: who should catch it, 2: the rest */
	unsigned subject, purpose;      /* next to look at */
	struct runner_job *jobs;        /* one a cell, by need */
};

struct span matrix_rule(const struct flaw_info *f, unsigned i)
{
	struct span rest = span_str(f->rules);

	for (; i && !span_absent(rest); i--)
		span_split(&rest, ' ');
	return span_absent(rest) ? SPAN_NONE : span_split(&rest, ' ');
}

unsigned matrix_rules(const struct flaw_info *f)
{
	unsigned n = 0;

	while (n < MATRIX_RULES && !span_empty(matrix_rule(f, n)))
		n++;
	return n;
}

bool matrix_dead(const struct matrix *m, unsigned subject)
{
	unsigned n = matrix_rules(m->subjects[subject].flaw);

	return m->caught[subject] == (1u << n) - 1;
}

/* ---- judging a case ---- */

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* The flaw's own role, or the whole system. What a WAF issues is answered for
 * by the WWSF that hands it over: the difference cannot be seen. */
static bool blames(const struct flaw_info *f, const char *role)
{
	return strcmp(role, role_name(f->role)) == 0 ||
	       strcmp(role, "system") == 0 ||
	       (f->role == ROLE_WAF && strcmp(role, "wwsf") == 0);
}

/* Bit of the designated rule that is broken here, at the flaw's role (or with
 * the whole system to blame); *other: something else is broken. */
static unsigned caught_by(const struct flaw_info *f, const json_t *rules,
			  bool *other)
{
	unsigned bits = 0;
	const json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule) {
		const char *role = text_of(rule, "role");
		bool mine = false;

		if (strcmp(text_of(rule, "outcome"), "broken") != 0 ||
		    json_is_true(json_object_get(rule, "stimulus")))
			continue;
		for (unsigned k = 0; k < matrix_rules(f); k++)
			if (span_eq(matrix_rule(f, k),
				    span_str(text_of(rule, "id"))) &&
			    blames(f, role)) {
				bits |= 1u << k;
				mine = true;
			}
		*other |= !mine;
	}
	return bits;
}

static void judge_flaw(struct matrix *m, unsigned s, unsigned p,
		       const json_t *one)
{
	const struct flaw_info *f = m->subjects[s].flaw;
	bool other = false;
	unsigned bits = caught_by(f, json_object_get(one, "rules"), &other);

	bits |= caught_by(f, json_object_get(one, "also_seen"), &other);
	m->caught[s] |= bits;
	*matrix_cell(m, s, p) = bits ? CELL_KILLED :
				other ? CELL_OTHER : CELL_PASS;
}

static void judge_clean(struct matrix *m, unsigned s, unsigned p,
			const json_t *one)
{
	bool pass = strcmp(text_of(one, "verdict"), "pass") == 0;
	const json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(one, "also_seen"), i, rule)
		pass &= json_is_true(json_object_get(rule, "stimulus"));

	json_array_foreach(json_object_get(one, "rules"), i, rule)
		pass &= strcmp(text_of(rule, "outcome"), "broken") != 0;
	*matrix_cell(m, s, p) = pass ? CELL_PASS : CELL_ALARM;
	if (pass)
		return;
	m->alarms++;
	matrix_print_alarm(&m->subjects[s], one);
}

static int case_done(const struct runner_job *job, json_t *one, void *arg)
{
	struct trial *t = arg;
	struct matrix *m = &t->m;
	unsigned s = job->tag / m->n_purposes, p = job->tag % m->n_purposes;

	m->cases++;
	if (!m->subjects[s].flaw)
		judge_clean(m, s, p, one);
	else
		judge_flaw(m, s, p, one);
	if (strcmp(text_of(one, "verdict"), "error") == 0 &&
	    m->subjects[s].flaw) {
		m->errors++;
		matrix_print_alarm(&m->subjects[s], one);
	}
	json_decref(one);
	return 0;
}

/* ---- what is run ---- */

static bool names_any(const struct purpose *p, const struct flaw_info *f)
{
	char id[32];

	for (unsigned i = 0; i < matrix_rules(f); i++) {
		span_copy(id, sizeof id, matrix_rule(f, i));
		if (purpose_expects(p, id))
			return true;
	}
	return false;
}

static bool due(struct trial *t, unsigned s, unsigned p)
{
	struct matrix *m = &t->m;
	const struct flaw_info *f = m->subjects[s].flaw;

	if (*matrix_cell(m, s, p) != CELL_NOT_RUN)
		return false;
	if (t->phase == 1)
		return !f || t->all || names_any(m->purposes[p], f);
	return f && !matrix_dead(m, s);
}

static const struct runner_job *next_job(void *arg)
{
	struct trial *t = arg;
	struct matrix *m = &t->m;

	for (; t->subject < m->n_subjects; t->subject++, t->purpose = 0)
		for (; t->purpose < m->n_purposes; t->purpose++) {
			unsigned tag = t->subject * m->n_purposes + t->purpose;

			if (!due(t, t->subject, t->purpose))
				continue;
			t->jobs[tag] = (struct runner_job){
				.purpose = m->purposes[t->purpose],
				.setup = &m->subjects[t->subject].setup,
				.tag = tag };
			t->purpose++;
			return &t->jobs[tag];
		}
	return NULL;
}

static int run_phases(struct trial *t, unsigned at_once, struct err *err)
{
	struct runner_setup s = { .at_once = at_once,
				  .deadline_us = 30ll * 1000000,
				  .next = next_job, .done = case_done,
				  .arg = t };
	int rc = 0;

	for (t->phase = 1; rc == 0 && t->phase <= 2; t->phase++) {
		t->subject = t->purpose = 0;
		rc = runner_run(&s, err);
	}
	return rc;
}

static struct subject *add_subject(struct matrix *m, uint64_t seed)
{
	m->subjects = must_grow(m->subjects,
				(m->n_subjects + 1) * sizeof *m->subjects);
	struct subject *s = &m->subjects[m->n_subjects++];

	memset(s, 0, sizeof *s);
	s->setup = (struct case_setup){ .memory = true, .seed = seed,
					.edition = EDITION_CR };
	return s;
}

static void add_subjects(struct matrix *m, uint64_t seed,
			 const struct flaw_set *only)
{
	snprintf(add_subject(m, seed)->name, sizeof m->subjects->name,
		 "clean reference");
	for (unsigned i = 0; i < VARIANT_COUNT; i++) {
		struct subject *s = add_subject(m, seed);

		snprintf(s->name, sizeof s->name, "variant %s",
			 variant_table[i].name);
		variant_add(&s->setup.variants, (enum variant)i);
	}
	for (unsigned i = 0; i < FLAW_COUNT; i++) {
		if (only && !flaw_in(only, (enum flaw)i))
			continue;
		if (!matrix_rules(&flaw_table[i])) {
			m->unruled++;   /* waits for its rule */
			continue;
		}
		struct subject *s = add_subject(m, seed);

		snprintf(s->name, sizeof s->name, "%s", flaw_table[i].name);
		s->flaw = &flaw_table[i];
		flaw_add(&s->setup.flaws, (enum flaw)i);
	}
}

static double seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int exit_of(struct matrix *m)
{
	if (m->errors)
		return EXIT_BROKE;
	for (unsigned s = 0; s < m->n_subjects; s++)
		if (m->subjects[s].flaw && !matrix_dead(m, s))
			return EXIT_FAIL;
	return m->alarms ? EXIT_FAIL : EXIT_MET;
}

struct matrix_options {
	const char *csv;
	struct flaw_set only;
	bool limited, all, verbose, help;
	uint64_t seed, at_once;
};

static int options_read(struct matrix_options *o, int argc, char **argv,
			struct err *err)
{
	static const struct option options[] = {
		{ "csv", required_argument, NULL, 'c' },
		{ "flaw", required_argument, NULL, 'f' },
		{ "seed", required_argument, NULL, 's' },
		{ "all", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":vj:", options, NULL)) != -1) {
		bool ok = true;

		switch (c) {
		case 'c': o->csv = optarg; break;
		case 'f':
			o->limited = true;
			if (say_flaw(&o->only, optarg, err) < 0)
				return -EXIT_USAGE;
			break;
		case 's': ok = span_u64(span_str(optarg), &o->seed); break;
		case 'j':
			ok = span_u64(span_str(optarg), &o->at_once) &&
			     o->at_once > 0 && o->at_once <= 128;
			break;
		case 'a': o->all = true; break;
		case 'v': o->verbose = true; break;
		case 'h': o->help = true; break;
		default:
			say_bad_option(argv, options);
			return -EXIT_USAGE;
		}
		if (!ok)
			return err_set(err, EXIT_USAGE, "%s: no such number",
				       optarg);
	}
	if (optind < argc)
		return err_set(err, EXIT_USAGE, "matrix takes no argument %s",
			       argv[optind]);
	return 0;
}

static int matrix(const struct matrix_options *o, struct err *err)
{
	struct trial t = { .all = o->all };
	struct matrix *m = &t.m;
	double began = seconds_now();

	m->purposes = suite_purposes(&m->n_purposes);
	m->verbose = o->verbose;
	add_subjects(m, o->seed, o->limited ? &o->only : NULL);
	unsigned n = m->n_subjects * m->n_purposes;

	m->cells = must_alloc(n * sizeof *m->cells);
	m->caught = must_alloc(m->n_subjects * sizeof *m->caught);
	t.jobs = must_alloc(n * sizeof *t.jobs);
	int rc = run_phases(&t, (unsigned)o->at_once, err);

	if (rc == 0) {
		matrix_print(m, seconds_now() - began);
		if (o->csv)
			rc = matrix_csv(m, o->csv, err);
		if (rc == 0)
			rc = -exit_of(m);
	}
	free(m->subjects);
	free(m->cells);
	free(m->caught);
	free(t.jobs);
	return rc;
}

int cmd_matrix(int argc, char **argv)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct matrix_options o = { .seed = 1, .at_once = cores > 0 ?
				    (uint64_t)(cores > 32 ? 32 : cores) : 2 };
	struct err err = { 0 };
	int rc = options_read(&o, argc, argv, &err);

	if (rc == 0 && o.help) {
		fputs(usage, stdout);
		return EXIT_MET;
	}
	if (rc == 0)
		rc = matrix(&o, &err);
	if (rc < 0 && *err.text)
		say_error(&err);
	return -rc;
}
