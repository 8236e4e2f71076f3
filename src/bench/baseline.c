#include "bench/baseline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/span.h"
#include "bench/nearest.h"

enum field { F_CASE, F_EXPECT, F_CAUSE, F_ISSUE, F_UNTIL, F_COUNT };
static const char *const field_names[F_COUNT] = { "case", "expect", "cause",
						  "issue", "until" };

struct entry { char *field[F_COUNT]; };
struct baseline {
	unsigned n;
	struct entry *entries;
};

/* ---- reading: a sequence of flat mappings ---- */

struct reader {
	const char *file;
	yaml_parser_t yaml;
	struct baseline *b;
	const struct purpose *const *all;
	unsigned n_all;
	struct err *err;
};

static int bad(struct reader *r, size_t line, const char *what,
	       const char *text)
{
	return err_set(r->err, EXIT_USAGE, "%s:%zu: %s%s", r->file, line + 1,
		       what, text);
}

static int take_field(struct reader *r, struct entry *e, const char *key,
		      const yaml_event_t *v)
{
	for (unsigned f = 0; f < F_COUNT; f++) {
		if (strcmp(key, field_names[f]) != 0)
			continue;
		free(e->field[f]);
		e->field[f] = span_dup((struct span){
			(const char *)v->data.scalar.value,
			v->data.scalar.length });
		return 0;
	}
	return bad(r, v->start_mark.line, "unknown key ", key);
}

static int check_entry(struct reader *r, struct entry *e, size_t line)
{
	const char *id = e->field[F_CASE], *expect = e->field[F_EXPECT];
	struct nearest near;
	char what[400], tail[256];

	if (!id)
		return bad(r, line, "an entry needs its case", "");
	if (expect && strcmp(expect, "fail") != 0 &&
	    strcmp(expect, "inconclusive") != 0)
		return bad(r, line, "expect is fail or inconclusive, not ",
			   expect);
	nearest_init(&near, id);
	for (unsigned i = 0; i < r->n_all; i++) {
		if (strcmp(r->all[i]->id, id) == 0)
			return 0;
		nearest_offer(&near, r->all[i]->id);
	}
	snprintf(what, sizeof what, "no test purpose is named \"%.100s\"%s",
		 id, nearest_text(&near, tail, sizeof tail));
	return bad(r, line, what, "");
}

static struct entry *add_entry(struct baseline *b)
{
	b->entries = must_grow(b->entries, (b->n + 1) * sizeof *b->entries);
	memset(&b->entries[b->n], 0, sizeof *b->entries);
	return &b->entries[b->n++];
}

/* One event; key is kept between the scalar of a key and that of its value.
 * 1: the end. */
static int step(struct reader *r, const yaml_event_t *e, char **key)
{
	struct baseline *b = r->b;
	int rc = 0;

	switch (e->type) {
	case YAML_STREAM_END_EVENT:
		return 1;
	case YAML_MAPPING_START_EVENT:
		if (*key)
			return bad(r, e->start_mark.line, "a value is text", "");
		add_entry(b);
		return 0;
	case YAML_MAPPING_END_EVENT:
		return check_entry(r, &b->entries[b->n - 1],
				   e->start_mark.line);
	case YAML_SCALAR_EVENT:
		if (!b->n && e->data.scalar.length == 0)
			return 0;       /* an empty file */
		if (!b->n)
			return bad(r, e->start_mark.line,
				   "expected a list of entries", "");
		if (!*key) {
			*key = span_dup(span_str(
				(const char *)e->data.scalar.value));
			return 0;
		}
		rc = take_field(r, &b->entries[b->n - 1], *key, e);
		free(*key);
		*key = NULL;
		return rc;
	case YAML_ALIAS_EVENT:
		return bad(r, e->start_mark.line, "no aliases here", "");
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
	case YAML_SEQUENCE_START_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		break;
	}
	return 0;
}

static int read_all(struct reader *r)
{
	char *key = NULL;
	int rc = 0;

	while (rc == 0) {
		yaml_event_t e;

		if (!yaml_parser_parse(&r->yaml, &e)) {
			rc = bad(r, r->yaml.problem_mark.line, "no YAML: ",
				 r->yaml.problem ? r->yaml.problem : "");
			break;
		}
		rc = step(r, &e, &key);
		yaml_event_delete(&e);
	}
	free(key);
	return rc > 0 ? 0 : rc;
}

int baseline_load(struct baseline **out, const char *file,
		  const struct purpose *const *all, unsigned n,
		  struct err *err)
{
	struct reader r = { .file = file, .all = all, .n_all = n, .err = err };
	FILE *f = fopen(file, "re");

	*out = NULL;
	if (!f)
		return err_set(err, EXIT_USAGE, "%s: cannot be read: %s", file,
			       strerror(errno));
	r.b = must_alloc(sizeof *r.b);
	if (!yaml_parser_initialize(&r.yaml))
		die("libyaml does not start");
	yaml_parser_set_input_file(&r.yaml, f);
	int rc = read_all(&r);

	yaml_parser_delete(&r.yaml);
	fclose(f);
	if (rc < 0)
		baseline_free(r.b);
	else
		*out = r.b;
	return rc;
}

void baseline_free(struct baseline *b)
{
	if (!b)
		return;
	for (unsigned i = 0; i < b->n; i++)
		for (unsigned f = 0; f < F_COUNT; f++)
			free(b->entries[i].field[f]);
	free(b->entries);
	free(b);
}

/* ---- comparing ---- */

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* Why the entry does not cover the verdict, or NULL when it does. */
static const char *misfit(const struct entry *e, const json_t *one,
			  const char *today)
{
	const char *expect = e->field[F_EXPECT], *verdict;

	verdict = text_of(one, "verdict");
	if (e->field[F_UNTIL] && strcmp(today, e->field[F_UNTIL]) > 0)
		return "its date is over";
	if (strcmp(verdict, expect ? expect : "fail") != 0)
		return strcmp(verdict, "pass") == 0 ? "the case passes"
						    : "another verdict";
	if (e->field[F_CAUSE] &&
	    !strstr(text_of(one, "reason"), e->field[F_CAUSE]))
		return "another cause";
	return NULL;
}

static void apply(const struct entry *e, json_t *one, const char *today)
{
	const char *why = misfit(e, one, today);
	char text[1024];

	if (why) {
		json_object_set_new(one, "stale_baseline", json_true());
		snprintf(text, sizeof text, "%.500s%sbaseline entry is stale: "
			 "%s", text_of(one, "reason"),
			 *text_of(one, "reason") ? "; " : "", why);
	} else {
		snprintf(text, sizeof text, "expected (%.200s): %.500s",
			 e->field[F_ISSUE] ? e->field[F_ISSUE] : "baseline",
			 text_of(one, "reason"));
		json_object_set_new(one, "verdict",
				    json_string("expected_fail"));
	}
	json_object_set_new(one, "reason", json_string(text));
}

void baseline_apply(const struct baseline *b, json_t *one, const char *today)
{
	for (unsigned i = 0; b && i < b->n; i++)
		if (strcmp(b->entries[i].field[F_CASE],
			   text_of(one, "id")) == 0)
			apply(&b->entries[i], one, today);
}
