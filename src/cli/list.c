/* annexu list: what there is. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bench/select.h"
#include "cli/cmd.h"
#include "cli/say.h"
#include "oracle/oracle.h"

static const char usage[] =
	"usage: annexu list [--role R] [--clause C] [--rules|--flaws|"
	"--variants|\n                   --troubles] [--format text|json]\n";

enum what { LIST_PURPOSES, LIST_RULES, LIST_FLAWS, LIST_VARIANTS, LIST_TROUBLES };

struct wish {
	enum what what;
	unsigned roles;
	const char *clause;
	bool json;
	json_t *all;            /* with json: the array */
};

static bool fits(const struct wish *w, enum role r, const char *clause)
{
	return (!w->roles || (w->roles & ROLE_BIT(r))) &&
	       (!w->clause || (clause && select_clause(clause, w->clause)));
}

/* Each entry is an object; as text, the columns of its first members. */
static void give(struct wish *w, json_t *one, const char *id,
		 const char *role, const char *clause, const char *text)
{
	if (w->json)
		json_array_append(w->all, one);
	else
		printf("%-28s %-7s %-24s %s\n", id, role, clause, text);
	json_decref(one);
}

static json_t *names_json(const char *const *names)
{
	json_t *list = json_array();

	for (; names && *names; names++)
		json_array_append_new(list, json_string(*names));
	return list;
}

static unsigned list_purposes(struct wish *w)
{
	unsigned n_purposes, n = 0;
	const struct purpose *const *purposes = suite_purposes(&n_purposes);

	for (unsigned i = 0; i < n_purposes; i++) {
		const struct purpose *p = purposes[i];

		if (!fits(w, p->under_test, p->clause))
			continue;
		n++;
		give(w, json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", p->id,
				  "role", role_name(p->under_test), "clause",
				  p->clause, "title", p->title, "rules",
				  names_json(p->expects)),
		     p->id, role_name(p->under_test), p->clause, p->title);
	}
	return n;
}

static unsigned list_rules(struct wish *w)
{
	unsigned count, n = 0;
	const struct rule *const *rules = oracle_rules(&count);

	for (unsigned i = 0; i < count; i++) {
		const struct rule *r = rules[i];

		if (!fits(w, r->obliged, r->clause))
			continue;
		n++;
		give(w, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id",
				  r->id, "role", role_name(r->obliged),
				  "clause", r->clause, "version", r->version,
				  "strength", strength_name(r->strength),
				  "text", r->text),
		     r->id, role_name(r->obliged), r->clause, r->text);
	}
	return n;
}

/* The clauses of a flaw are those of the rules that it breaks. */
static bool flaw_fits(const struct wish *w, const struct flaw_info *f)
{
	struct span rest = span_str(f->rules);

	if (!w->clause)
		return fits(w, f->role, NULL);
	while (!span_absent(rest)) {
		const struct rule *r = oracle_rule(span_split(&rest, ' '));

		if (r && fits(w, f->role, r->clause))
			return true;
	}
	return false;
}

/* The rule that must catch it, and those that break along with it. */
static json_t *flaw_object(const struct flaw_info *f)
{
	struct span rest = span_str(f->rules);
	struct span first = span_split(&rest, ' ');
	const struct rule *r = oracle_rule(first);
	json_t *also = json_array();

	while (!span_absent(rest)) {
		struct span one = span_split(&rest, ' ');

		json_array_append_new(also, json_stringn(one.p, one.n));
	}
	return json_pack("{s:s, s:s, s:s, s:s%, s:o, s:s}", "name", f->name,
			 "role", role_name(f->role), "clause",
			 r ? r->clause : "", "breaks", first.p, first.n,
			 "also_breaks", also, "text", f->text);
}

static unsigned list_flaws(struct wish *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FLAW_COUNT; i++) {
		const struct flaw_info *f = &flaw_table[i];

		if (!flaw_fits(w, f))
			continue;
		n++;
		give(w, flaw_object(f), f->name, role_name(f->role), f->rules, f->text);
	}
	return n;
}

static unsigned list_variants(struct wish *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < VARIANT_COUNT; i++) {
		const struct variant_info *v = &variant_table[i];

		if (w->clause || !fits(w, v->role, NULL))
			continue;
		n++;
		give(w, json_pack("{s:s, s:s, s:s}", "name", v->name, "role",
				  role_name(v->role), "text", v->text),
		     v->name, role_name(v->role), "", v->text);
	}
	return n;
}

static unsigned list_troubles(struct wish *w)
{
	unsigned n = 0;

	for (unsigned i = TROUBLE_NONE + 1; i < TROUBLE_COUNT; i++) {
		const struct trouble_info *t = &trouble_table[i];

		if (w->clause || !fits(w, t->role, NULL))
			continue;
		n++;
		give(w, json_pack("{s:s, s:s, s:s}", "name", t->name, "role",
				  role_name(t->role), "text", t->text),
		     t->name, role_name(t->role), "", t->text);
	}
	return n;
}

static int list(struct wish *w)
{
	unsigned n = 0;

	w->all = json_array();
	switch (w->what) {
	case LIST_PURPOSES: n = list_purposes(w); break;
	case LIST_RULES: n = list_rules(w); break;
	case LIST_FLAWS: n = list_flaws(w); break;
	case LIST_VARIANTS: n = list_variants(w); break;
	case LIST_TROUBLES: n = list_troubles(w); break;
	}
	if (w->json && n) {
		json_dumpf(w->all, stdout, JSON_INDENT(1));
		putchar('\n');
	}
	json_decref(w->all);
	return n ? EXIT_MET : say_usage("nothing there is of that role and "
					"clause");
}

int cmd_list(int argc, char **argv)
{
	static const struct option options[] = {
		{ "role", required_argument, NULL, 'r' },
		{ "clause", required_argument, NULL, 'c' },
		{ "rules", no_argument, NULL, 'R' },
		{ "flaws", no_argument, NULL, 'F' },
		{ "variants", no_argument, NULL, 'V' },
		{ "troubles", no_argument, NULL, 'T' },
		{ "format", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct wish w = { 0 };
	struct err err;
	int c;

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			if (select_role(&w.roles, optarg, &err) < 0)
				return say_error(&err);
			break;
		case 'c': w.clause = optarg; break;
		case 'R': w.what = LIST_RULES; break;
		case 'F': w.what = LIST_FLAWS; break;
		case 'V': w.what = LIST_VARIANTS; break;
		case 'T': w.what = LIST_TROUBLES; break;
		case 'f':
			w.json = strcmp(optarg, "json") == 0;
			if (!w.json && strcmp(optarg, "text") != 0)
				return say_usage("--format is text or json");
			break;
		case 'h': fputs(usage, stdout); return EXIT_MET;
		default: return say_bad_option(argv, options);
		}
	}
	if (optind < argc)
		return say_usage("list takes no argument %s", argv[optind]);
	return list(&w);
}
