#include "report/results.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "report/write.h"

#define VERSION 1

struct results {
	char dir[768], case_dir[1024];
	char latest[32];                /* the link, "" when --out or --resume
					   named the folder */
	char latest_to[64];
	bool embedded;
	char *repro;
	FILE *journal;
	json_t *head;                   /* keys of results.json but the cases */
	json_t *cases;
	struct totals totals;
};

static const char *id_of(const json_t *one)
{
	const char *id = json_string_value(json_object_get(one, "id"));

	return id ? id : "";
}

static int write_all(struct results *r, int exit, bool complete,
		     struct err *err)
{
	const struct totals *t = &r->totals;
	unsigned also;
	json_t *rules = results_rules(r->cases, r->embedded, &also);

	r->totals.also_broken = also;
	json_t *all = json_deep_copy(r->head);
	json_t *totals = json_pack(
		"{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}",
		"applicable", (int)t->applicable, "pass", (int)t->pass,
		"fail", (int)t->fail, "inconclusive", (int)t->inconclusive,
		"error", (int)t->error, "expected_fail", (int)t->expected_fail,
		"not_applicable", (int)t->not_applicable,
		"also_broken", (int)t->also_broken,
		"stale_baseline", (int)t->stale);
	char file[1024];

	json_object_set_new(all, "complete", json_boolean(complete));
	json_object_set_new(all, "exit",
			    exit < 0 ? json_null() : json_integer(exit));
	json_object_set_new(all, "totals", totals);
	json_object_set(all, "cases", r->cases);
	json_object_set_new(all, "rules", rules);
	snprintf(file, sizeof file, "%s/results.json", r->dir);
	int rc = write_json(file, all, err);

	json_decref(all);
	return rc;
}

/* results/<UTC time>, with a number behind it when that second is taken. */
static int fresh_dir(struct results *r, struct err *err)
{
	char stamp[48];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H%M%SZ", &tm);
	int rc = write_folder("results", err);

	for (unsigned i = 1; rc == 0 && i < 1000; i++) {
		if (i == 1)
			snprintf(r->latest_to, sizeof r->latest_to, "%s", stamp);
		else
			snprintf(r->latest_to, sizeof r->latest_to, "%s-%u",
				 stamp, i);
		snprintf(r->dir, sizeof r->dir, "results/%s", r->latest_to);
		if (mkdir(r->dir, 0755) == 0 || errno != EEXIST)
			break;
	}
	snprintf(r->latest, sizeof r->latest, "results/latest");
	return rc;
}

static int place(struct results *r, const struct results_setup *s,
		 struct err *err)
{
	const char *dir = s->resume ? s->resume : s->out;
	int rc = 0;

	if (!dir)
		rc = fresh_dir(r, err);
	else
		snprintf(r->dir, sizeof r->dir, "%s", dir);
	return rc < 0 ? rc : write_folder(r->dir, err);
}

/* The finished cases of an earlier run; the journal says exactly which. */
static int read_journal(struct results *r, const char *file, bool *torn,
			struct err *err)
{
	FILE *f = fopen(file, "r");
	char *line = NULL;
	size_t room = 0;
	unsigned number = 0;

	if (!f)
		return err_set(err, EXIT_USAGE, "%s: not a run's folder: %s",
			       file, strerror(errno));
	while (getline(&line, &room, f) > 0) {
		json_t *one = json_loads(line, 0, NULL);

		number++;
		*torn = line[strlen(line) - 1] != '\n';
		/* A torn last line is a case that was not finished. */
		if (!json_is_object(one) || !*id_of(one)) {
			json_decref(one);
			fprintf(stderr, "annexu: %s:%u: torn line, the case "
				"is run again\n", file, number);
			continue;
		}
		totals_add(&r->totals, one);
		json_array_append_new(r->cases, one);
	}
	free(line);
	fclose(f);
	return 0;
}

static json_t *head_of(const struct results_setup *s)
{
	json_t *h = json_object();

	json_object_set_new(h, "annexu", json_integer(VERSION));
	json_object_set_new(h, "complete", json_false());
	json_object_set_new(h, "exit", json_null());
	json_object_set_new(h, "seed", json_integer((json_int_t)s->seed));
	json_object_set_new(h, "edition", json_string(s->edition));
	json_object_set_new(h, "strict", json_boolean(s->strict));
	json_object_set_new(h, "profile", json_string(s->profile));
	json_object_set_new(h, "fabric", json_string(s->fabric));
	json_object_set_new(h, "selection", json_string(s->selection));
	json_object_set_new(h, "flaw", s->flaw ? json_string(s->flaw)
					       : json_null());
	json_object_set_new(h, "variant", s->variant ? json_string(s->variant)
						     : json_null());
	json_object_set_new(h, "trouble", s->trouble ? json_string(s->trouble)
						     : json_null());
	return h;
}

int results_open(struct results **out, const struct results_setup *s,
		 struct err *err)
{
	struct results *r = must_alloc(sizeof *r);
	char file[1024];
	bool torn = false;
	int rc;

	r->cases = json_array();
	r->head = head_of(s);
	r->embedded = s->embedded;
	r->repro = s->repro ? span_dup(span_str(s->repro)) : NULL;
	if (s->resume) {
		snprintf(file, sizeof file, "%s/journal.jsonl", s->resume);
		rc = read_journal(r, file, &torn, err);
		if (rc < 0)
			goto out;
	}
	rc = place(r, s, err);
	if (rc < 0)
		goto out;
	snprintf(file, sizeof file, "%s/journal.jsonl", r->dir);
	r->journal = fopen(file, s->resume ? "ae" : "we");
	if (!r->journal)
		rc = err_set(err, EXIT_RESULTS, "results cannot be written: "
			     "%s: %s", file, strerror(errno));
	else if (torn)
		fputc('\n', r->journal);
	if (rc == 0)
		rc = write_all(r, -1, false, err);
out:
	if (rc < 0) {
		results_free(r);
		r = NULL;
	}
	*out = r;
	return rc;
}

const char *results_dir(const struct results *r)
{
	return r->dir;
}

bool results_has(const struct results *r, const char *id)
{
	const json_t *one;
	size_t i;

	json_array_foreach(r->cases, i, one)
		if (strcmp(id_of(one), id) == 0)
			return true;
	return false;
}

const char *results_case_dir(struct results *r, const char *id,
			     struct err *err)
{
	snprintf(r->case_dir, sizeof r->case_dir, "%s/cases/%s", r->dir, id);
	return write_folder(r->case_dir, err) < 0 ? NULL : r->case_dir;
}

static int write_repro(struct results *r, const char *id, struct err *err)
{
	struct buf text;
	char file[1200];
	const char *at = r->repro ? strstr(r->repro, "%s") : NULL;

	if (!at)
		return 0;
	buf_init(&text, 8192);
	buf_addf(&text, "#!/bin/sh\n# Runs %s again, as it was run.\n"
		 "exec %.*s%s%s \"$@\"\n", id, (int)(at - r->repro), r->repro,
		 id, at + 2);
	snprintf(file, sizeof file, "%s/repro.sh", r->case_dir);
	int rc = write_file(file, buf_span(&text), true, err);

	buf_free(&text);
	return rc;
}

int results_add(struct results *r, json_t *one, struct err *err)
{
	char id[128], file[1200];
	char *line = json_dumps(one, JSON_COMPACT | JSON_REAL_PRECISION(15));

	snprintf(id, sizeof id, "%s", id_of(one));
	totals_add(&r->totals, one);
	json_array_append_new(r->cases, one);
	bool ok = fprintf(r->journal, "%s\n", line) > 0 &&
		  fflush(r->journal) == 0;

	free(line);
	if (!ok)
		return err_set(err, EXIT_RESULTS, "results cannot be written: "
			       "%s/journal.jsonl: %s", r->dir, strerror(errno));
	if (!results_case_dir(r, id, err))
		return -EXIT_RESULTS;
	snprintf(file, sizeof file, "%s/verdict.json", r->case_dir);
	int rc = write_json(file, one, err);

	return rc < 0 ? rc : write_repro(r, id, err);
}

const struct totals *results_totals(struct results *r)
{
	json_decref(results_rules(r->cases, r->embedded,
				  &r->totals.also_broken));
	return &r->totals;
}

const json_t *results_cases(const struct results *r)
{
	return r->cases;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(id_of(*(json_t *const *)a), id_of(*(json_t *const *)b));
}

/* Cases end in any order; the report has them by name. */
static void sort_cases(struct results *r)
{
	size_t n = json_array_size(r->cases);
	json_t **all = must_alloc(n * sizeof(*all)), *sorted = json_array();

	for (size_t i = 0; i < n; i++)
		all[i] = json_array_get(r->cases, i);
	qsort(all, n, sizeof(*all), by_id);
	for (size_t i = 0; i < n; i++)
		json_array_append(sorted, all[i]);
	json_decref(r->cases);
	r->cases = sorted;
	free(all);
}

int results_finish(struct results *r, enum exit_class exit, bool complete,
		   struct err *err)
{
	sort_cases(r);
	int rc = write_all(r, (int)exit, complete, err);

	if (rc == 0 && *r->latest)
		rc = write_link(r->latest, r->latest_to, err);
	return rc;
}

void results_free(struct results *r)
{
	if (!r)
		return;
	if (r->journal)
		fclose(r->journal);
	json_decref(r->cases);
	json_decref(r->head);
	free(r->repro);
	free(r);
}
