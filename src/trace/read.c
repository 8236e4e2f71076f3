/* Trace files in: lines, order of time, what may follow what. */
#include "trace/read.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_MAX_S 9e9          /* its microseconds are exact in a double */

int read_bad(struct trace_reader *r, const char *fmt, ...)
{
	char text[440];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_set(r->err, EXIT_USAGE, "%s:%llu: %s", line_file(r->lines),
		       (unsigned long long)line_number(r->lines), text);
}

json_t *read_object(struct trace_reader *r, struct span line)
{
	json_error_t why;
	json_t *j = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &why);

	if (j && json_is_object(j))
		return j;
	if (j)
		read_bad(r, "not a JSON object");
	else
		read_bad(r, "not JSON: %.200s (column %d)", why.text,
			 why.column);
	json_decref(j);
	return NULL;
}

bool read_time(const json_t *value, int64_t *us)
{
	double s = json_number_value(value);

	if (!json_is_number(value) || !(s <= TIME_MAX_S && s >= -TIME_MAX_S))
		return false;
	*us = json_is_integer(value) ?
		(int64_t)json_integer_value(value) * 1000000 :
		(int64_t)llround(s * 1e6);
	return true;
}

bool read_is_whole(const json_t *value)
{
	double s = json_number_value(value);

	return json_is_number(value) && s == floor(s);
}

static bool blank(struct span line)
{
	return span_trim(line).n == 0;
}

/* The first line must be the header: a trace has no line before it. */
static int open_head(struct trace_reader *r, struct trace_head *h)
{
	struct span line;
	int rc = line_next(r->lines, LIMIT_TRACE_HEAD, &line, r->err);

	if (rc < 0)
		return rc;
	if (rc == 0 || blank(line))
		return read_bad(r, "no header; a trace begins with "
				"{\"annexu-trace\":1,...}");
	json_t *head = read_object(r, line);

	if (!head)
		return -EXIT_USAGE;
	rc = read_head(r, head, h);
	json_decref(head);
	return rc;
}

int trace_open(struct trace_reader **out, const char *file,
	       struct trace_head *head, struct err *err)
{
	struct line_reader *lines;
	int rc = line_open(&lines, file, err);

	*head = (struct trace_head){ 0 };
	if (rc)
		return rc;
	struct trace_reader *r = must_alloc(sizeof *r);

	r->lines = lines;
	r->err = err;
	buf_init(&r->bytes, LIMIT_TRACE_LINE);
	buf_init(&r->address, LIMIT_TRACE_LINE);
	rc = open_head(r, head);
	if (rc) {
		trace_head_free(head);
		trace_close(r);
		return rc;
	}
	r->source = head->source;
	r->stored = head->source == SOURCE_LIVE ||
		    head->source == SOURCE_CAPTURE;
	*out = r;
	return 0;
}

void trace_close(struct trace_reader *r)
{
	if (!r)
		return;
	json_decref(r->event);
	buf_free(&r->bytes);
	buf_free(&r->address);
	line_close(r->lines);
	free(r);
}

/* ---- one event ---- */

static int unknown_key(struct trace_reader *r, enum ev_kind kind,
		       const char *key, bool stored)
{
	const char *at[40];
	unsigned n = 0;
	char hint[128], list[300];

	for (const struct field *f = field_table(kind); f->key; f++)
		if (stored || !f->stored) {
			assert(n < sizeof at / sizeof *at);
			at[n++] = f->key;
		}
	return read_bad(r, "unknown key \"%.60s\" in %s%s; its keys: %s", key,
			ev_kind_name(kind),
			names_hint((struct names){ at, n }, span_str(key), hint,
				   sizeof hint),
			field_list(kind, stored, list, sizeof list));
}

/* Between the keys: what can be said only once all are read. */
static int finish(struct trace_reader *r, struct ev *e)
{
	if (!r->has_whole)
		e->ends_whole = e->ends_us != UNSAID_T ? r->ends_whole :
				r->valid_whole;
	if (!r->has_sure)
		e->wic_sure = !span_absent(e->wic) &&
			      field_labels_sure(r->source);
	if (r->has_secrets)
		e->secrets = &r->secrets;
	if (span_absent(r->local) && span_absent(r->remote))
		return 0;
	buf_clear(&r->address);
	buf_add(&r->address, r->local);
	if (!span_absent(r->remote)) {
		buf_addc(&r->address, ' ');
		buf_add(&r->address, r->remote);
	}
	e->text = buf_span(&r->address);
	return 0;
}

static int read_event(struct trace_reader *r, struct ev *e, enum ev_kind kind,
		      int64_t t_us)
{
	bool stored = r->stored ||
		      json_is_true(json_object_get(r->event, "derived"));
	const char *key;
	json_t *value;

	ev_init(e, kind, t_us);
	e->on = field_implied_point(kind);
	e->number = line_number(r->lines);
	r->has_bytes = r->has_whole = r->has_sure = r->has_secrets = false;
	r->valid_whole = r->ends_whole = false;
	r->local = r->remote = SPAN_NONE;
	json_object_foreach(r->event, key, value) {
		if (strcmp(key, "t") == 0 || strcmp(key, "ev") == 0)
			continue;
		const struct field *f = field_find(kind, span_str(key), stored);

		if (!f)
			return unknown_key(r, kind, key, stored);
		int rc = read_field(r, e, f, value);

		if (rc)
			return rc;
	}
	return finish(r, e);
}

static int read_kind(struct trace_reader *r, enum ev_kind *kind)
{
	const json_t *value = json_object_get(r->event, "ev");
	char list[256], hint[128];
	struct span word = json_is_string(value) ? read_span(value) : SPAN_NONE;

	if (!value)
		return read_bad(r, "no \"ev\" (the kind of event)");
	if (!span_absent(word) && ev_kind_of(word, kind))
		return 0;
	struct span shown = span_sub(word, 0, 60);

	return read_bad(r, "unknown ev \"%.*s\"%s; known: %s", SPAN(shown),
			names_hint(names_of_kinds, word, hint, sizeof hint),
			names_list(names_of_kinds, list, sizeof list));
}

static int read_t(struct trace_reader *r, int64_t *t_us)
{
	const json_t *value = json_object_get(r->event, "t");

	if (!value)
		return read_bad(r, "no \"t\" (seconds since the start)");
	if (!read_time(value, t_us))
		return read_bad(r, "\"t\" is not a number of seconds up to %.0f",
				TIME_MAX_S);
	if (*t_us < 0 || json_number_value(value) < 0)
		return read_bad(r, "\"t\" is negative");
	if (*t_us < r->last_us)
		return read_bad(r, "\"t\" goes back, from %.6f to %.6f",
				(double)r->last_us / 1e6, (double)*t_us / 1e6);
	r->last_us = *t_us;
	return 0;
}

/* 1: an event; 0: end of the file. */
static int next_line(struct trace_reader *r)
{
	struct span line;
	int rc;

	do
		rc = line_next(r->lines, LIMIT_TRACE_LINE, &line, r->err);
	while (rc == 1 && blank(line));
	if (rc != 1)
		return rc;
	json_decref(r->event);
	r->event = read_object(r, line);
	if (!r->event)
		return -EXIT_USAGE;
	return r->ended ? read_bad(r, "an event after \"end\"") : 1;
}

int trace_next(struct trace_reader *r, struct ev *e, struct err *err)
{
	enum ev_kind kind;
	int64_t t_us;
	int rc;

	assert(r && e);
	r->err = err;
	do {
		rc = next_line(r);
		if (rc != 1)
			return rc;
		rc = read_kind(r, &kind);
		if (rc == 0)
			rc = read_t(r, &t_us);
		if (rc == 0)
			rc = read_event(r, e, kind, t_us);
		if (rc)
			return rc;
		r->ended = kind == EV_END;
	} while (e->derived);
	return 1;
}
