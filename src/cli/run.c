/* annexu run: select, run each case in a process of its own, write results. */
#include "cli/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "bench/bed.h"
#include "bench/runner.h"
#include "cli/cmd.h"
#include "cli/say.h"
#include "report/render.h"

#define AT_ONCE_SOCKETS 16u     /* most of a case is waiting: they overlap */
#define AT_ONCE_MEMORY 3u       /* no waiting there: cores */

struct run {
	struct run_options o;
	struct profile *claims;         /* the ics, or the embedded one */
	enum edition edition;
	const struct purpose **cases;
	unsigned n, next;
	struct case_setup *setups;      /* one a case: its own seed */
	struct runner_job *jobs;
	char **traces;
	struct tls_material tls;
	struct baseline *baseline;
	struct results *results;
	struct run_printer printer;
	char flaw[64], variant[64], trouble[64];        /* of the run that is resumed */
	char today[16], renderer[600], repro[900];
	struct err *err;
};

/* ---- before the first case ---- */

static int read_profiles(struct run *r, struct err *err)
{
	int rc;

	r->claims = bed_profile();
	if (r->o.ixit) {
		struct profile *p = profile_new();

		rc = profile_load_ixit(p, r->o.ixit, err);
		if (rc == 0 && r->o.ics)
			rc = profile_load_ics(p, r->o.ics, err);
		profile_free(p);
		if (rc < 0)
			return rc;
		return err_set(err, EXIT_USAGE, "--ixit %s: this release runs "
			       "its purposes against the embedded reference "
			       "alone; let a foreign implementation be judged "
			       "from captures (annexu judge --ixit)",
			       r->o.ixit);
	}
	if (!r->o.ics)
		return 0;
	/* Without an ixit the ics says what of the reference is in scope. */
	struct profile *p = profile_new();

	rc = profile_load_ics(p, r->o.ics, err);
	if (rc < 0) {
		profile_free(p);
		return rc;
	}
	profile_free(r->claims);
	r->claims = p;
	return 0;
}

static int choose_edition(struct run *r)
{
	r->edition = r->o.edition;
	if (r->edition == EDITION_UNSET)
		r->edition = r->claims->ics.edition;
	if (r->edition == EDITION_UNSET)
		r->edition = EDITION_CR;
	return 0;
}

static void adopt_text(const char **option, char kept[64], const json_t *was,
		       const char *key)
{
	const char *text = json_string_value(json_object_get(was, key));

	if (text) {
		snprintf(kept, 64, "%s", text);
		*option = kept;
	}
}

/* What an interrupted run was: the rest of it is run in the same way. */
static int adopt_resumed(struct run *r, struct err *err)
{
	char file[1024];

	snprintf(file, sizeof file, "%s/results.json", r->o.resume);
	json_t *was = json_load_file(file, 0, NULL);

	if (!json_is_object(was)) {
		json_decref(was);
		return err_set(err, EXIT_USAGE, "%s: not a run's results",
			       file);
	}
	const char *edition = json_string_value(json_object_get(was,
								"edition"));
	const char *fabric = json_string_value(json_object_get(was, "fabric"));

	r->o.seed = (uint64_t)json_integer_value(json_object_get(was, "seed"));
	r->o.seeded = true;
	r->o.strict = json_is_true(json_object_get(was, "strict"));
	adopt_text(&r->o.flaw, r->flaw, was, "flaw");
	adopt_text(&r->o.variant, r->variant, was, "variant");
	adopt_text(&r->o.trouble, r->trouble, was, "trouble");
	r->o.memory = fabric && strcmp(fabric, "memory") == 0;
	if (edition)
		edition_of(span_str(edition), &r->edition);
	json_decref(was);
	return 0;
}

static int prepare_setup(struct run *r, struct err *err)
{
	struct case_setup one = { .memory = r->o.memory,
				  .edition = r->edition,
				  .strict = r->o.strict, .tls = &r->tls };
	int rc = 0;

	if (r->o.flaw)
		rc = say_flaw(&one.flaws, r->o.flaw, err);
	if (rc == 0 && r->o.variant)
		rc = say_variant(&one.variants, r->o.variant, err);
	if (rc == 0 && r->o.trouble)
		rc = say_trouble(&one.trouble, r->o.trouble, err);
	if (rc < 0)
		return rc;
	while (!r->o.seeded) {
		if (getrandom(&r->o.seed, sizeof r->o.seed, 0) < 0)
			die("no randomness for a seed");
		r->o.seed &= 0x7fffffff;        /* easy to copy by hand */
		r->o.seeded = true;
	}
	r->setups = must_alloc(r->n * sizeof *r->setups);
	r->jobs = must_alloc(r->n * sizeof *r->jobs);
	r->traces = must_alloc(r->n * sizeof *r->traces);
	for (unsigned i = 0; i < r->n; i++) {
		r->setups[i] = one;
		/* The order in which cases run must not change them. */
		r->setups[i].seed = map_mix(r->o.seed,
				span_hash(span_str(r->cases[i]->id)));
	}
	return 0;
}

static int prepare_tls(struct run *r, struct err *err)
{
	char *ca, *certificate, *key;

	if (r->o.memory)
		return 0;
	int rc = tls_self_made("127.0.0.1,localhost,::1", &ca, &certificate,
			       &key, err);

	if (rc == 0)
		r->tls = (struct tls_material){ .certificate = certificate,
						.key = key, .ca = ca };
	return rc;
}

static void make_repro(struct run *r)
{
	snprintf(r->repro, sizeof r->repro, "${ANNEXU:-annexu} run --run %%s "
		 "--seed %llu --edition %s --fabric %s%s%s%s%s%s%s%s",
		 (unsigned long long)r->o.seed, edition_name(r->edition),
		 r->o.memory ? "memory" : "sockets",
		 r->o.strict ? " --strict" : "",
		 r->o.flaw ? " --flaw " : "", r->o.flaw ? r->o.flaw : "",
		 r->o.variant ? " --variant " : "",
		 r->o.variant ? r->o.variant : "",
		 r->o.trouble ? " --trouble " : "",
		 r->o.trouble ? r->o.trouble : "");
}

static int open_results(struct run *r, struct err *err)
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(r->today, sizeof r->today, "%Y-%m-%d", &tm);
	make_repro(r);
	struct results_setup s = {
		.out = r->o.out, .resume = r->o.resume, .seed = r->o.seed,
		.edition = edition_name(r->edition),
		.profile = r->o.ics ? r->o.ics : "embedded",
		.fabric = r->o.memory ? "memory" : "sockets",
		.selection = r->o.words, .flaw = r->o.flaw,
		.variant = r->o.variant, .trouble = r->o.trouble,
		.strict = r->o.strict,
		.embedded = true, .repro = r->repro,
	};

	return results_open(&r->results, &s, err);
}

static int prepare(struct run *r, struct err *err)
{
	unsigned n_purposes;
	const struct purpose *const *purposes = suite_purposes(&n_purposes);
	int rc = read_profiles(r, err);

	if (rc == 0)
		rc = choose_edition(r);
	if (rc == 0 && r->o.resume)
		rc = adopt_resumed(r, err);
	r->cases = must_alloc(n_purposes * sizeof(*r->cases));
	if (rc == 0)
		rc = select_purposes(&r->o.selection, purposes,
				     n_purposes, r->cases, &r->n, err);
	if (rc == 0 && r->o.baseline)
		rc = baseline_load(&r->baseline, r->o.baseline, purposes,
				   n_purposes, err);
	if (rc == 0)
		rc = prepare_setup(r, err);
	if (rc == 0)
		rc = render_find(r->renderer, sizeof r->renderer, err);
	if (rc == 0)
		rc = prepare_tls(r, err);
	return rc == 0 ? open_results(r, err) : rc;
}

/* ---- cases ---- */

static int finish_case(struct run *r, json_t *one)
{
	baseline_apply(r->baseline, one, r->today);
	run_print_case(&r->printer, one);
	return results_add(r->results, one, r->err);
}

static const char *no_use(const struct run *r, const struct purpose *p)
{
	const char *why = purpose_not_applicable(p, r->claims, true);

	if (!why && !case_in_edition(p, r->edition))
		why = "the edition has none of its rules";
	return why;
}

static const struct runner_job *next_case(void *arg)
{
	struct run *r = arg;

	for (; r->next < r->n; r->next++) {
		const struct purpose *p = r->cases[r->next];
		const char *dir, *why = no_use(r, p);
		struct runner_job *job = &r->jobs[r->next];
		char *trace;

		if (results_has(r->results, p->id))
			continue;
		if (why) {
			finish_case(r, case_without_run(p, "not_applicable",
							why));
			continue;
		}
		dir = results_case_dir(r->results, p->id, r->err);
		if (!dir || asprintf(&trace, "%s/trace.jsonl", dir) < 0)
			return NULL;
		r->traces[r->next] = trace;
		*job = (struct runner_job){ .purpose = p, .trace = trace,
					    .setup = &r->setups[r->next],
					    .tag = r->next };
		r->next++;
		return job;
	}
	return NULL;
}

static int case_done(const struct runner_job *job, json_t *one, void *arg)
{
	struct run *r = arg;
	char trace[160];

	/* Not a verdict to keep: --resume runs it again, on a better disk. */
	if (json_is_true(json_object_get(one, "unwritten"))) {
		int rc = err_set(r->err, EXIT_RESULTS, "%s", json_string_value(
					json_object_get(one, "reason")));

		json_decref(one);
		return rc;
	}
	snprintf(trace, sizeof trace, "cases/%s/trace.jsonl",
		 job->purpose->id);
	json_object_set_new(one, "trace", json_string(trace));
	return finish_case(r, one);
}

static int run_cases(struct run *r, struct err *err)
{
	struct runner_setup s = {
		.at_once = r->o.at_once ? r->o.at_once :
			   r->o.memory ? AT_ONCE_MEMORY : AT_ONCE_SOCKETS,
		.deadline_us = r->o.max_wait_us, .next = next_case,
		.done = case_done, .arg = r,
	};
	char words[200];

	snprintf(words, sizeof words, "edition %s, seed %llu, %s%s%s%s%s",
		 edition_name(r->edition), (unsigned long long)r->o.seed,
		 r->o.memory ? "in memory" : "on loopback sockets",
		 r->o.flaw ? ", flaw " : "", r->o.flaw ? r->o.flaw : "",
		 r->o.trouble ? ", trouble " : "",
		 r->o.trouble ? r->o.trouble : "");
	r->printer = (struct run_printer){
		.format = r->o.format, .verbose = r->o.verbose,
		.dir = results_dir(r->results),
		.n = r->n };
	for (unsigned i = 0; i < r->n; i++)
		if (results_has(r->results, r->cases[i]->id))
			r->printer.n--;
	run_print_begin(&r->printer, words);
	return runner_run(&s, err);
}

/* ---- after the last case ---- */

static int conclude(struct run *r, int rc, struct err *err)
{
	bool interrupted = rc == -EXIT_INTERRUPTED;
	unsigned also;

	if (rc < 0 && !interrupted)
		return rc;
	const struct totals *t = results_totals(r->results);
	enum exit_class exit = interrupted ? EXIT_INTERRUPTED :
					     results_exit(t);
	json_t *rules = results_rules(results_cases(r->results), true, &also);
	int wrote = results_finish(r->results, exit, !interrupted, err);

	if (wrote == 0)
		wrote = render_run(r->renderer, results_dir(r->results), err);
	if (wrote < 0 && !interrupted)
		exit = EXIT_RESULTS;
	run_print_end(&r->printer, t, rules, exit);
	json_decref(rules);
	return wrote < 0 && !interrupted ? wrote : -(int)exit;
}

static void run_free(struct run *r)
{
	results_free(r->results);
	baseline_free(r->baseline);
	for (unsigned i = 0; r->traces && i < r->n; i++)
		free(r->traces[i]);
	free(r->traces);
	free(r->setups);
	free(r->jobs);
	free(r->cases);
	free((char *)r->tls.certificate);
	free((char *)r->tls.key);
	free((char *)r->tls.ca);
	profile_free(r->claims);
	free(r);
}

int cmd_run(int argc, char **argv)
{
	struct err err = { 0 };
	struct run *r = must_alloc(sizeof *r);
	int rc = run_options_read(&r->o, argc, argv, &err);

	r->err = &err;
	if (rc == 0 && r->o.help) {
		fputs(run_usage, stdout);
		run_free(r);
		return EXIT_MET;
	}
	if (rc == 0)
		rc = prepare(r, &err);
	if (rc == 0)
		rc = conclude(r, run_cases(r, &err), &err);
	if (rc < 0 && *err.text)
		say_error(&err);
	run_free(r);
	return -rc;
}
