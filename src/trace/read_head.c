/* The header line of a trace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/read.h"

void trace_head_free(struct trace_head *h)
{
	free(h->profile_json);
	h->profile_json = NULL;
}

unsigned trace_facts(const struct trace_head *h)
{
	bool written = h->source == SOURCE_HAND || h->source == SOURCE_MODEL;

	if (written && h->facts & FACT_FLOW)
		return h->facts | FACT_W1 | FACT_W2 | FACT_MW;
	return h->facts;
}

static int bad_word(struct trace_reader *r, const char *what,
		    const json_t *value, struct names known)
{
	char list[256], hint[128];
	struct span word = json_is_string(value) ? read_span(value) : SPAN_NONE;
	struct span shown = span_sub(word, 0, 60);

	return read_bad(r, "unknown %s \"%.*s\"%s; known: %s", what,
			SPAN(shown),
			names_hint(known, word, hint, sizeof hint),
			names_list(known, list, sizeof list));
}

static int read_facts(struct trace_reader *r, json_t *value, unsigned *facts)
{
	size_t i;
	json_t *one;
	enum fact fact;

	if (!json_is_array(value))
		return read_bad(r, "\"facts\" is not a list");
	json_array_foreach(value, i, one) {
		if (!json_is_string(one) || !fact_of(read_span(one), &fact))
			return bad_word(r, "fact", one, names_of_facts);
		*facts |= fact;
	}
	return 0;
}

/* A list of texts, or one text with commas, to a text with commas. */
static int read_list(struct trace_reader *r, const char *key, json_t *value,
		     char *out, size_t cap)
{
	struct buf list;
	size_t i;
	json_t *one;
	bool texts = json_is_array(value) || json_is_string(value);

	buf_init(&list, cap - 1);
	if (json_is_string(value))
		buf_add(&list, read_span(value));
	json_array_foreach(value, i, one) {
		texts = texts && json_is_string(one);
		if (texts)
			buf_addf(&list, "%s%s", i ? "," : "",
				 json_string_value(one));
	}
	span_copy(out, cap, buf_span(&list));
	bool full = list.full;

	buf_free(&list);
	if (!texts)
		return read_bad(r, "run: \"%s\" is not a list of texts", key);
	return full ? read_bad(r, "run: \"%s\" is over %zu bytes", key, cap - 1)
		    : 0;
}

static int check_roles(struct trace_reader *r, const char *roles)
{
	struct span rest = span_str(roles);
	enum role role;

	while (rest.n) {
		struct span one = span_trim(span_split(&rest, ','));

		if (!role_of(one, &role))
			return read_bad(r, "run: unknown role \"%.*s\"",
					SPAN(one));
	}
	return 0;
}

static int read_run_key(struct trace_reader *r, struct trace_head *h,
			const char *key, json_t *value)
{
	if (strcmp(key, "purpose") == 0) {
		if (!json_is_string(value) ||
		    json_string_length(value) >= sizeof h->purpose)
			return read_bad(r, "run: \"purpose\" is not a short "
					"text");
		span_copy(h->purpose, sizeof h->purpose, read_span(value));
		return 0;
	}
	if (strcmp(key, "rules") == 0)
		return read_list(r, key, value, h->rules, sizeof h->rules);
	if (strcmp(key, "roles") == 0) {
		int rc = read_list(r, key, value, h->roles, sizeof h->roles);

		return rc ? rc : check_roles(r, h->roles);
	}
	if (strcmp(key, "edition") == 0)
		return json_is_string(value) &&
		       edition_of(read_span(value), &h->edition) ? 0 :
		       bad_word(r, "edition", value, names_of_editions);
	if (strcmp(key, "strict") == 0) {
		h->strict = json_is_true(value);
		return json_is_boolean(value) ? 0 :
		       read_bad(r, "run: \"strict\" is not true or false");
	}
	if (strcmp(key, "profile") != 0)
		return read_bad(r, "unknown key \"%.60s\" in run; its keys: "
				"purpose, rules, roles, edition, strict, "
				"profile", key);
	if (!json_is_object(value))
		return read_bad(r, "run: \"profile\" is not an object");
	h->profile_json = json_dumps(value, JSON_COMPACT);
	return h->profile_json ? 0 : read_bad(r, "run: \"profile\" is no JSON");
}

static int read_run(struct trace_reader *r, json_t *run, struct trace_head *h)
{
	const char *key;
	json_t *value;

	if (!json_is_object(run))
		return read_bad(r, "\"run\" is not an object");
	h->has_run = true;
	json_object_foreach(run, key, value) {
		int rc = read_run_key(r, h, key, value);

		if (rc)
			return rc;
	}
	return 0;
}

static int check_version(struct trace_reader *r, const json_t *head)
{
	const json_t *version = json_object_get(head, "annexu-trace");

	if (!version)
		return read_bad(r, "no header; a trace begins with "
				"{\"annexu-trace\":1,...}");
	if (!json_is_integer(version))
		return read_bad(r, "\"annexu-trace\" is not the number 1");
	if (json_integer_value(version) != 1)
		return read_bad(r, "trace version %lld; this annexu reads 1",
				(long long)json_integer_value(version));
	return 0;
}

static int read_key(struct trace_reader *r, struct trace_head *h,
		    const char *key, json_t *value)
{
	static const char *const known[] = {
		"annexu-trace", "source", "facts", "run",
	};
	char hint[128];

	if (strcmp(key, "annexu-trace") == 0)
		return 0;
	if (strcmp(key, "facts") == 0)
		return read_facts(r, value, &h->facts);
	if (strcmp(key, "run") == 0)
		return read_run(r, value, h);
	if (strcmp(key, "source") != 0)
		return read_bad(r, "unknown key \"%.60s\" in the header%s; its "
				"keys: annexu-trace, source, facts, run", key,
				names_hint(NAMES(known), span_str(key), hint,
					   sizeof hint));
	if (!json_is_string(value) || !source_of(read_span(value), &h->source))
		return bad_word(r, "source", value, names_of_sources);
	return 0;
}

int read_head(struct trace_reader *r, json_t *head, struct trace_head *h)
{
	int rc = check_version(r, head);
	const char *key;
	json_t *value;

	if (rc)
		return rc;
	json_object_foreach(head, key, value) {
		rc = read_key(r, h, key, value);
		if (rc)
			return rc;
	}
	if (!json_object_get(head, "source"))
		return read_bad(r, "the header lacks \"source\" (live, "
				"capture, model or hand)");
	if (!json_object_get(head, "facts"))
		return read_bad(r, "the header lacks \"facts\", e.g. "
				"[\"flow\",\"time\"]");
	return 0;
}
