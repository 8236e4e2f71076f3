#include "cli/judge_print.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"

bool judge_required(struct span what, const char *id)
{
	struct span s = span_str(id);
	long dash = span_chr(s, '-');

	return span_ieq(what, s) ||
	       (dash > 0 && span_ieq(what, span_sub(s, 0, (size_t)dash)));
}

/* Held or broke one of the rules that are meant? An area is met by any. */
static bool met(const struct observation *o, const char *what)
{
	const struct finding *f;
	unsigned n = oracle_findings(o->oracle, &f);

	for (unsigned i = 0; i < n; i++)
		if (judge_required(span_str(what), f[i].rule->id) &&
		    (f[i].outcome == OUTCOME_HELD ||
		     f[i].outcome == OUTCOME_BROKEN))
			return true;
	return false;
}

enum verdict judge_lacks(const struct observation *o,
			 const struct judge_require *r)
{
	enum verdict v = o->verdict;

	for (unsigned i = 0; i < r->n; i++)
		if (!met(o, r->what[i]) && v < VERDICT_INCONCLUSIVE)
			v = VERDICT_INCONCLUSIVE;
	return v;
}

static const char *file_of(const struct observation *o,
			   const struct finding *f)
{
	return f->where.file < o->n_files ? o->files[f->where.file] :
					    o->files[0];
}

/* ---- text ---- */

static void line(const struct observation *o, const struct finding *f)
{
	const char *word = f->outcome == OUTCOME_BROKEN ?
			   effect_name(f->effect) : outcome_name(f->outcome);

	printf("%s%s %s%s%s", say_paint(stdout, word), f->rule->id,
	       outcome_name(f->outcome),
	       f->outcome == OUTCOME_BROKEN ? " " : "",
	       f->outcome == OUTCOME_BROKEN ? effect_name(f->effect) : "");
	fputs(say_plain(stdout), stdout);
	if (f->outcome == OUTCOME_UNJUDGED)
		printf(" needs %s", f->needs);
	if (f->located)
		printf(" %s:%llu %s", file_of(o, f),
		       (unsigned long long)f->where.number, f->text);
	if (f->outcome == OUTCOME_BROKEN)
		printf(" (%s%s)", role_name(f->role),
		       f->under_test ? "" : ", not under test");
	putchar('\n');
}

static bool anything(const struct finding *f, unsigned n, enum outcome o)
{
	for (unsigned i = 0; i < n; i++)
		if (f[i].outcome == o)
			return true;
	return false;
}

void judge_print_text(const struct observation *o, enum verdict v,
		      const struct judge_require *r, bool headline)
{
	static const enum outcome order[] = { OUTCOME_BROKEN,
		OUTCOME_INCONCLUSIVE, OUTCOME_HELD, OUTCOME_UNJUDGED };
	const struct finding *f;
	unsigned n = oracle_findings(o->oracle, &f);

	if (headline)
		printf("file: %s\n", o->files[0]);
	for (unsigned k = 0; k < 4; k++)
		for (unsigned i = 0; i < n; i++)
			if (f[i].outcome == order[k])
				line(o, &f[i]);
	for (unsigned i = 0; i < o->n_notes; i++)
		printf("note: %s\n", o->notes[i]);
	for (unsigned i = 0; i < r->n; i++)
		if (!met(o, r->what[i]))
			printf("required: %s neither held nor broke\n",
			       r->what[i]);
	if (v == VERDICT_INCONCLUSIVE &&
	    !anything(f, n, OUTCOME_HELD) && !anything(f, n, OUTCOME_BROKEN) &&
	    !anything(f, n, OUTCOME_INCONCLUSIVE))
		printf("note: nothing judged\n");
	printf("%sverdict: %s%s\n", say_paint(stdout, verdict_name(v)),
	       verdict_name(v), say_plain(stdout));
}

/* ---- JSON ---- */

/* A peer's text may be no UTF-8: what jansson refuses is shown with '?'. */
static json_t *text_of(const char *s)
{
	json_t *j = json_string(s);

	if (j)
		return j;
	char *z = span_dup(span_str(s));

	for (char *c = z; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	j = json_string(z);
	free(z);
	return j;
}

static json_t *rule_object(const struct observation *o,
			   const struct finding *f)
{
	json_t *j = json_object();

	json_object_set_new(j, "id", json_string(f->rule->id));
	json_object_set_new(j, "outcome",
			    json_string(outcome_name(f->outcome)));
	if (f->outcome == OUTCOME_BROKEN)
		json_object_set_new(j, "effect",
				    json_string(effect_name(f->effect)));
	json_object_set_new(j, "role", json_string(role_name(f->role)));
	json_object_set_new(j, "under_test", json_boolean(f->under_test));
	if (f->located && f->outcome != OUTCOME_HELD) {
		json_object_set_new(j, "file", text_of(file_of(o, f)));
		json_object_set_new(j, "event", json_integer(
					(json_int_t)f->where.number));
		json_object_set_new(j, "t", json_real(
					(double)f->where.t_us / 1e6));
		json_object_set_new(j, "text", text_of(f->text));
	}
	return j;
}

static json_t *unjudged_object(const struct finding *f)
{
	return json_pack("{s:s, s:s}", "id", f->rule->id, "needs", f->needs);
}

static void not_in_edition(const struct finding *f, unsigned n, json_t *list)
{
	unsigned n_all;
	const struct rule *const *all = oracle_rules(&n_all);

	for (unsigned i = 0; i < n_all; i++) {
		bool in = false;

		for (unsigned k = 0; k < n; k++)
			in |= f[k].rule == all[i];
		if (!in)
			json_array_append_new(list, json_string(all[i]->id));
	}
}

static json_t *notes_of(const struct observation *o)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < o->n_notes; i++)
		json_array_append_new(list, text_of(o->notes[i]));
	return list;
}

static void by_outcome(const struct observation *o, json_t *rules,
		       json_t *silent, json_t *unjudged)
{
	const struct finding *f;
	unsigned n = oracle_findings(o->oracle, &f);

	for (unsigned i = 0; i < n; i++)
		switch (f[i].outcome) {
		case OUTCOME_SILENT:
			json_array_append_new(silent,
					      json_string(f[i].rule->id));
			break;
		case OUTCOME_UNJUDGED:
			json_array_append_new(unjudged,
					      unjudged_object(&f[i]));
			break;
		case OUTCOME_HELD:
		case OUTCOME_INCONCLUSIVE:
		case OUTCOME_BROKEN:
			json_array_append_new(rules, rule_object(o, &f[i]));
			break;
		}
}

void judge_print_json(const struct observation *o, enum verdict v)
{
	const struct finding *f;
	unsigned n = oracle_findings(o->oracle, &f);
	json_t *rules = json_array(), *silent = json_array();
	json_t *unjudged = json_array(), *missing = json_array();

	by_outcome(o, rules, silent, unjudged);
	not_in_edition(f, n, missing);
	json_t *j = json_object();

	json_object_set_new(j, "annexu", json_integer(1));
	json_object_set_new(j, "file", text_of(o->files[0]));
	json_object_set_new(j, "verdict", json_string(verdict_name(v)));
	json_object_set_new(j, "rules", rules);
	json_object_set_new(j, "silent", silent);
	json_object_set_new(j, "unjudged", unjudged);
	json_object_set_new(j, "not_in_edition", missing);
	if (o->truncated)
		json_object_set_new(j, "truncated", json_integer(
					(json_int_t)o->truncated_frame));
	if (o->n_notes)
		json_object_set_new(j, "notes", notes_of(o));
	char *text = json_dumps(j, JSON_COMPACT);

	puts(text);
	free(text);
	json_decref(j);
}
