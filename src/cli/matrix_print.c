#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli/matrix.h"
#include "report/write.h"

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void print_broken(const json_t *rules)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule)
		if (strcmp(text_of(rule, "outcome"), "broken") == 0 &&
		    !json_is_true(json_object_get(rule, "stimulus")))
			printf("    %s by the %s: %s\n", text_of(rule, "id"),
			       text_of(rule, "role"), text_of(rule, "text"));
}

void matrix_print_alarm(const struct subject *s, const json_t *one)
{
	printf("%s %s: %s %s %s\n", s->flaw ? "ERROR" : "FALSE ALARM", s->name,
	       text_of(one, "id"), text_of(one, "verdict"),
	       text_of(one, "reason"));
	print_broken(json_object_get(one, "rules"));
	print_broken(json_object_get(one, "also_seen"));
	fflush(stdout);
}

/* "killed by 3 (TP-A, TP-B ...)" */
static void print_killers(struct matrix *m, unsigned s)
{
	unsigned n = 0;

	for (unsigned p = 0; p < m->n_purposes; p++)
		n += *matrix_cell(m, s, p) == CELL_KILLED;
	printf("killed by %u", n);
	for (unsigned p = 0, shown = 0; p < m->n_purposes; p++) {
		if (*matrix_cell(m, s, p) != CELL_KILLED)
			continue;
		if (shown == 2 && !m->verbose) {
			printf(" ...");
			break;
		}
		printf(" %s", m->purposes[p]->id);
		shown++;
	}
	putchar('\n');
}

static bool print_flaw(struct matrix *m, unsigned s)
{
	const struct subject *x = &m->subjects[s];
	bool dead = matrix_dead(m, s);

	printf("%-8s %-34s %-7s ", dead ? "killed" : "SURVIVES", x->name,
	       role_name(x->flaw->role));
	for (unsigned i = 0; i < matrix_rules(x->flaw); i++) {
		struct span r = matrix_rule(x->flaw, i);

		printf("%.*s%s ", SPAN(r),
		       m->caught[s] & (1u << i) ? "" : "(not caught)");
	}
	print_killers(m, s);
	return dead;
}

void matrix_print(struct matrix *m, double seconds)
{
	unsigned flaws = 0, dead = 0, pairs = 0, idle = 0;

	for (unsigned s = 0; s < m->n_subjects; s++) {
		if (!m->subjects[s].flaw)
			continue;
		flaws++;
		pairs += matrix_rules(m->subjects[s].flaw);
		dead += print_flaw(m, s);
	}
	for (unsigned p = 0; p < m->n_purposes; p++) {
		bool kills = false;

		for (unsigned s = 0; s < m->n_subjects; s++)
			kills |= *matrix_cell(m, s, p) == CELL_KILLED;
		idle += !kills;
		if (!kills && m->verbose)
			printf("kills nothing here: %s\n", m->purposes[p]->id);
	}
	printf("%u purposes, %u flaws with %u rules to catch them: %u killed, "
	       "%u survive; %u variants and the clean reference: %u false "
	       "alarms\n%u cases in %.1f s; %u purposes killed nothing that was"
	       " run against them\n", m->n_purposes, flaws, pairs, dead,
	       flaws - dead, m->n_subjects - flaws - 1, m->alarms, m->cases,
	       seconds, idle);
	if (m->unruled)
		printf("%u flaws wait for their rule and were not run\n",
		       m->unruled);
}

/* K a designated rule, k another rule, . survived, ! false alarm. */
int matrix_csv(struct matrix *m, const char *file, struct err *err)
{
	static const char letters[] = { ' ', '.', 'K', 'k', '!' };
	struct buf text;

	buf_init(&text, 16u * 1024 * 1024);
	buf_addf(&text, "purpose");
	for (unsigned s = 0; s < m->n_subjects; s++)
		buf_addf(&text, ",%s", m->subjects[s].name);
	buf_addc(&text, '\n');
	for (unsigned p = 0; p < m->n_purposes; p++) {
		buf_addf(&text, "%s", m->purposes[p]->id);
		for (unsigned s = 0; s < m->n_subjects; s++)
			buf_addf(&text, ",%c", letters[*matrix_cell(m, s, p)]);
		buf_addc(&text, '\n');
	}
	int rc = write_file(file, buf_span(&text), false, err);

	buf_free(&text);
	return rc;
}
