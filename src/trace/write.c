/* Trace files out: header and events, masked. */
#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/mask.h"
#include "trace/trace.h"
#include "trace/write.h"

struct trace_writer {
	FILE *out;
	char *file;
	uint64_t line;          /* the next one */
	struct write_scratch scratch;
};

static int failed(const struct trace_writer *w, struct err *err)
{
	return err_set(err, EXIT_RESULTS, "%s: cannot write: %s", w->file,
		       /* a write that was cut short leaves no reason */
		       errno ? strerror(errno) : "it was cut short");
}

static int put_line(struct trace_writer *w, const json_t *j, size_t flags,
		    struct err *err)
{
	errno = 0;
	/* jansson does not hand on every error of the stream */
	if (json_dumpf(j, w->out, JSON_COMPACT | flags) ||
	    putc('\n', w->out) == EOF || ferror(w->out))
		return failed(w, err);
	w->line++;
	return 0;
}

/* ---- header ---- */

static json_t *list_json(const char *commas)
{
	json_t *list = json_array();
	struct span rest = span_str(commas);

	while (rest.n) {
		struct span one = span_trim(span_split(&rest, ','));

		if (one.n)
			json_array_append_new(list,
					      json_stringn(one.p, one.n));
	}
	return list;
}

static json_t *run_json(const struct trace_head *h, struct err *err)
{
	json_t *run = json_object(), *profile = NULL;
	json_error_t why;

	if (h->profile_json) {
		profile = json_loads(h->profile_json, JSON_REJECT_DUPLICATES,
				     &why);
		if (!json_is_object(profile)) {
			err_set(err, EXIT_BROKE, "trace header: the profile is "
				"not a JSON object");
			json_decref(profile);
			json_decref(run);
			return NULL;
		}
	}
	json_object_set_new(run, "purpose", json_string(h->purpose));
	json_object_set_new(run, "rules", list_json(h->rules));
	json_object_set_new(run, "roles", list_json(h->roles));
	if (h->edition != EDITION_UNSET)
		json_object_set_new(run, "edition",
				    json_string(edition_name(h->edition)));
	json_object_set_new(run, "strict", json_boolean(h->strict));
	if (profile)
		json_object_set_new(run, "profile", profile);
	return run;
}

static int put_head(struct trace_writer *w, const struct trace_head *h,
		    struct err *err)
{
	json_t *o = json_object(), *facts = json_array(), *run = NULL;
	int rc = 0;

	json_object_set_new(o, "annexu-trace", json_integer(1));
	json_object_set_new(o, "source", json_string(source_name(h->source)));
	for (unsigned i = 0; i < FACT_COUNT; i++)
		if (h->facts & 1u << i)
			json_array_append_new(facts, json_string(
				fact_name((enum fact)(1u << i))));
	json_object_set_new(o, "facts", facts);
	if (h->has_run) {
		run = run_json(h, err);
		rc = run ? json_object_set_new(o, "run", run) : -EXIT_BROKE;
	}
	if (rc == 0)
		rc = put_line(w, o, 0, err);
	json_decref(o);
	return rc;
}

static void writer_free(struct trace_writer *w)
{
	write_scratch_free(&w->scratch);
	free(w->file);
	free(w);
}

int trace_create(struct trace_writer **out, const char *file,
		 const struct trace_head *head, struct mask *mask,
		 struct err *err)
{
	FILE *f = fopen(file, "we");

	if (!f)
		return err_set(err, EXIT_RESULTS, "%s: cannot create: %s", file,
			       strerror(errno));
	struct trace_writer *w = must_alloc(sizeof *w);

	w->out = f;
	w->file = span_dup(span_str(file));
	w->line = 1;
	write_scratch_init(&w->scratch, mask, head->source);
	int rc = put_head(w, head, err);

	if (rc) {
		fclose(f);
		writer_free(w);
		return rc;
	}
	*out = w;
	return 0;
}

/* ---- events ---- */

/* Digits after which microseconds are exact, and no more for the eye. */
static size_t precision(const struct ev *e)
{
	static const int64_t large = 1000000000000000;  /* 10^9 s */
	bool big = e->t_us >= large;

	if (e->ends_us != UNSAID_T)
		big = big || e->ends_us >= large || e->ends_us <= -large;
	if (e->valid_us != UNSAID_T)
		big = big || e->valid_us >= large || e->valid_us <= -large;
	return JSON_REAL_PRECISION(big ? 17u : 15u);
}

int trace_put(struct trace_writer *w, const struct ev *e, struct err *err)
{
	assert(w && e && e->kind < EV_COUNT && e->t_us >= 0);
	json_t *o = write_event(&w->scratch, e);
	int rc = put_line(w, o, precision(e), err);

	json_decref(o);
	return rc;
}

uint64_t trace_line(const struct trace_writer *w)
{
	return w->line;
}

int trace_finish(struct trace_writer *w, struct err *err)
{
	int rc = 0;

	if (!w)
		return 0;
	if (fflush(w->out) || ferror(w->out))
		rc = failed(w, err);
	if (fclose(w->out) && rc == 0)
		rc = failed(w, err);
	writer_free(w);
	return rc;
}
