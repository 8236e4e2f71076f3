#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "cli/say.h"

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static bool good(const char *verdict)
{
	return strcmp(verdict, "pass") == 0 ||
	       strcmp(verdict, "expected_fail") == 0 ||
	       strcmp(verdict, "not_applicable") == 0;
}

/* A peer's text goes to a terminal: no control characters. */
static void print_clean(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '?'
								     : *text);
}

void run_print_begin(const struct run_printer *p, const char *seed_words)
{
	if (p->format == FORMAT_TAP)
		printf("TAP version 14\n1..%u\n# %s\n", p->n, seed_words);
	else if (p->format == FORMAT_TEXT)
		printf("%u cases, %s\n", p->n, seed_words);
	fflush(stdout);
}

static void print_rule(const struct run_printer *p, const json_t *one,
		       const json_t *rule)
{
	const json_t *event = json_object_get(rule, "event");

	printf("         %-8s %s %s: %s\n", text_of(rule, "id"),
	       text_of(rule, "outcome"), text_of(rule, "effect"),
	       text_of(rule, "statement"));
	if (!*text_of(rule, "text"))
		return;
	printf("         seen     ");
	print_clean(text_of(rule, "text"));
	printf("\n         trace    %s/%s", p->dir, text_of(one, "trace"));
	if (json_integer_value(event) > 0)
		printf(":%lld", (long long)json_integer_value(event));
	putchar('\n');
}

static void print_rules(const struct run_printer *p, const json_t *one,
			const char *key, bool all)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(one, key), i, rule)
		if (all || strcmp(text_of(rule, "outcome"), "held") != 0)
			print_rule(p, one, rule);
}

static void text_case(const struct run_printer *p, const json_t *one)
{
	const char *verdict = text_of(one, "verdict");
	double s = (double)json_integer_value(
			json_object_get(one, "duration_us")) / 1e6;

	printf("[%3u/%u] %s%s%s %s %s %.1fs\n", p->done, p->n,
	       say_paint(stdout, verdict), verdict, say_plain(stdout),
	       text_of(one, "id"), text_of(one, "title"), s);
	if (!good(verdict) || *text_of(one, "reason")) {
		printf("         ");
		print_clean(text_of(one, "reason"));
		putchar('\n');
	}
	if (!good(verdict) || p->verbose)
		print_rules(p, one, "rules", p->verbose);
	if (p->verbose)
		print_rules(p, one, "also_seen", true);
}

static void tap_case(const struct run_printer *p, const json_t *one)
{
	const char *verdict = text_of(one, "verdict");
	const char *note = "";

	if (strcmp(verdict, "not_applicable") == 0)
		note = " # SKIP ";
	else if (strcmp(verdict, "expected_fail") == 0)
		note = " # TODO ";
	printf("%sok %u - %s %s%s",
	       strcmp(verdict, "pass") == 0 ||
	       strcmp(verdict, "not_applicable") == 0 ? "" : "not ", p->done,
	       text_of(one, "id"), text_of(one, "title"), note);
	if (*note)
		print_clean(text_of(one, "reason"));
	putchar('\n');
	if (good(verdict))
		return;
	char *reason = json_dumps(json_object_get(one, "reason"),
				  JSON_ENCODE_ANY);

	printf("  ---\n  verdict: %s\n  reason: %s\n  trace: %s/%s\n  ...\n",
	       verdict, reason ? reason : "\"\"", p->dir,
	       text_of(one, "trace"));
	free(reason);
}

void run_print_case(struct run_printer *p, const json_t *one)
{
	p->done++;
	switch (p->format) {
	case FORMAT_TEXT: text_case(p, one); break;
	case FORMAT_TAP: tap_case(p, one); break;
	case FORMAT_JSONL:
		json_dumpf(one, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
		putchar('\n');
		break;
	}
	fflush(stdout);
}

static void why_exit(const struct totals *t, enum exit_class exit)
{
	printf("exit %d: ", (int)exit);
	switch (exit) {
	case EXIT_MET: puts("objective met"); break;
	case EXIT_FAIL:
		printf("%u failed, %u rules broken outside their cases, "
		       "%u stale baseline entries\n", t->fail, t->also_broken,
		       t->stale);
		break;
	case EXIT_BROKE: printf("%u errors of the suite\n", t->error); break;
	case EXIT_INCONCLUSIVE:
		printf(t->applicable ? "%u inconclusive\n" :
		       "nothing applicable\n", t->inconclusive);
		break;
	case EXIT_USAGE: puts("usage"); break;
	case EXIT_RESULTS: puts("results cannot be written"); break;
	case EXIT_INTERRUPTED: puts("interrupted"); break;
	}
}

static void text_end(const struct run_printer *p, const struct totals *t,
		     const json_t *rules, enum exit_class exit)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule) {
		if (strcmp(text_of(rule, "outcome"), "broken") != 0)
			continue;
		const json_t *cases = json_object_get(rule, "cases");

		printf("rule %s broken in %zu case%s, first %s\n",
		       text_of(rule, "id"), json_array_size(cases),
		       json_array_size(cases) == 1 ? "" : "s",
		       json_string_value(json_array_get(cases, 0)));
	}
	printf("%u applicable = %u pass + %u fail + %u inconclusive + %u error "
	       "+ %u expected fail; %u not applicable\n", t->applicable,
	       t->pass, t->fail, t->inconclusive, t->error, t->expected_fail,
	       t->not_applicable);
	if (t->also_broken)
		printf("%u rules broken outside the cases that test them\n",
		       t->also_broken);
	why_exit(t, exit);
	printf("report: %s/report.html\n", p->dir);
}

void run_print_end(const struct run_printer *p, const struct totals *t,
		   const json_t *rules, enum exit_class exit)
{
	switch (p->format) {
	case FORMAT_TEXT: text_end(p, t, rules, exit); break;
	case FORMAT_TAP:
		printf("# %u applicable, %u pass, exit %d, %s\n",
		       t->applicable, t->pass, (int)exit, p->dir);
		break;
	case FORMAT_JSONL: {
		json_t *end = json_pack("{s:i, s:i, s:i, s:i, s:s}", "exit",
					(int)exit, "applicable",
					(int)t->applicable, "pass",
					(int)t->pass, "also_broken",
					(int)t->also_broken, "results", p->dir);

		json_dumpf(end, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(end);
		break;
	}
	}
	fflush(stdout);
}
