/* annexu judge: verdicts without any peer, on traces, stored runs, captures. */
#include <getopt.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/nearest.h"
#include "cli/cmd.h"
#include "cli/judge_print.h"
#include "cli/say.h"

struct judge_args {
	struct observe_options observe;
	struct judge_require require;
	bool json;
};

static const char usage[] =
	"usage: annexu judge FILE... [OPTION...]\n\n"
	"Judges flow traces, stored runs (JSON lines) and captures (pcap, pcapng).\n"
	"Several captures are one observation; each trace is its own. A run's folder\n"
	"stands for the traces of its cases.\n\n"
	"  --ixit FILE       pools, subscribers, lifetimes, who is who\n"
	"  --ics FILE        what the implementation claims\n"
	"  --edition E       cr (default), pre-cr, rel13\n"
	"  --strict          warnings are fails\n"
	"  --role R          only this role is under test (repeatable)\n"
	"  --require ID|AREA inconclusive unless this rule held or broke\n"
	"  --trace OUT       store what was decoded as a trace\n"
	"  --format text|json\n";

static const struct option options[] = {
	{ "ixit", required_argument, NULL, 'x' },
	{ "ics", required_argument, NULL, 'c' },
	{ "edition", required_argument, NULL, 'e' },
	{ "keylog", required_argument, NULL, 'k' },
	{ "strict", no_argument, NULL, 's' },
	{ "role", required_argument, NULL, 'r' },
	{ "require", required_argument, NULL, 'q' },
	{ "trace", required_argument, NULL, 't' },
	{ "format", required_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int add_role(struct judge_args *a, const char *name)
{
	struct nearest near;
	char tail[128];
	enum role r;

	nearest_init(&near, name);
	for (int i = ROLE_NONE + 1; i < ROLE_COUNT; i++)
		nearest_offer(&near, role_name((enum role)i));
	if (!role_of(span_str(name), &r))
		return say_usage("unknown role \"%.60s\"%s (roles: wic wwsf "
				 "waf epcscf scscf system)", name,
				 nearest_text(&near, tail, sizeof tail));
	a->observe.roles |= ROLE_BIT(r);
	return 0;
}

/* A rule's id, or the part before its dash. */
static bool names_rules(struct span what)
{
	unsigned n;
	const struct rule *const *all = oracle_rules(&n);

	for (unsigned i = 0; i < n; i++)
		if (judge_required(what, all[i]->id))
			return true;
	return false;
}

static int add_required(struct judge_args *a, const char *what)
{
	struct nearest near;
	char tail[128];
	unsigned n;

	if (a->require.n == JUDGE_REQUIRE_MAX)
		return say_usage("more than %d --require", JUDGE_REQUIRE_MAX);
	if (names_rules(span_str(what))) {
		a->require.what[a->require.n++] = what;
		return 0;
	}
	const struct rule *const *all = oracle_rules(&n);

	nearest_init(&near, what);
	for (unsigned i = 0; i < n; i++)
		nearest_offer(&near, all[i]->id);
	return say_usage("unknown rule or area \"%.60s\"%s", what,
			 nearest_text(&near, tail, sizeof tail));
}

static int one_option(struct judge_args *a, int c, char **argv)
{
	struct err err;

	switch (c) {
	case 'x':
		a->observe.ixit = optarg;
		return 0;
	case 'c':
		a->observe.ics = optarg;
		return 0;
	case 'e':
		return say_edition(&a->observe.edition, optarg, &err) ?
		       say_error(&err) : 0;
	case 'k':
		return say_usage("--keylog: decrypting captures is not built "
				 "yet; decrypt with `editcap` and `tshark`, or "
				 "judge a plain capture");
	case 's':
		a->observe.strict = true;
		return 0;
	case 'r':
		return add_role(a, optarg);
	case 'q':
		return add_required(a, optarg);
	case 't':
		a->observe.trace_out = optarg;
		return 0;
	case 'f':
		a->json = strcmp(optarg, "json") == 0;
		if (!a->json && strcmp(optarg, "text") != 0)
			return say_usage("unknown format \"%.40s\"; formats "
					 "are text and json", optarg);
		return 0;
	default:
		return say_bad_option(argv, options);
	}
}

/* Strongest first: 130 73 2 1 3 0; 64 stops before any verdict. */
static int stronger(int a, int b)
{
	static const int order[] = { EXIT_INTERRUPTED, EXIT_RESULTS, EXIT_USAGE,
				     EXIT_BROKE, EXIT_FAIL, EXIT_INCONCLUSIVE };

	for (unsigned i = 0; i < sizeof order / sizeof *order; i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return EXIT_MET;
}

static int exit_for(enum verdict v)
{
	switch (v) {
	case VERDICT_PASS:
		return EXIT_MET;
	case VERDICT_FAIL:
		return EXIT_FAIL;
	case VERDICT_NONE:
	case VERDICT_INCONCLUSIVE:
		return EXIT_INCONCLUSIVE;
	case VERDICT_ERROR:
		break;
	}
	return EXIT_BROKE;
}

static int judge_one(const struct judge_args *a, const char *const *files,
		     unsigned n, bool headline)
{
	struct observation o;
	struct err err = { .exit = EXIT_USAGE };

	if (observe(&o, files, n, &a->observe, &err))
		return say_error(&err);
	enum verdict v = judge_lacks(&o, &a->require);

	if (a->json)
		judge_print_json(&o, v);
	else
		judge_print_text(&o, v, &a->require, headline);
	observation_free(&o);
	fflush(stdout);
	return exit_for(v);
}

/* Captures are one observation together, each trace is one. */
static int judge_files(const struct judge_args *a, char **files, int n)
{
	const char **captures = must_alloc((size_t)n * sizeof *captures);
	const char **traces = must_alloc((size_t)n * sizeof *traces);
	unsigned n_captures = 0, n_traces = 0;
	int worst = EXIT_MET;

	for (int i = 0; i < n; i++)
		if (observe_is_capture(files[i]))
			captures[n_captures++] = files[i];
		else
			traces[n_traces++] = files[i];
	bool several = n_traces + (n_captures ? 1 : 0) > 1;

	if (several && a->observe.trace_out)
		worst = say_usage("--trace takes one trace, or captures");
	if (!worst && n_captures)
		worst = judge_one(a, captures, n_captures, several);
	for (unsigned i = 0; i < n_traces &&
	     !(several && a->observe.trace_out); i++)
		worst = stronger(worst, judge_one(a, &traces[i], 1, several));
	free(captures);
	free(traces);
	return worst;
}

/* A name that glob() takes as it is. */
static void literal(char *out, size_t cap, const char *name)
{
	size_t n = 0;

	for (; *name && n + 3 < cap; name++) {
		if (strchr("\\[]*?", *name))
			out[n++] = '\\';
		out[n++] = *name;
	}
	out[n] = '\0';
}

/* Files as they are; a run's folder becomes the traces of its cases. */
static int gather(glob_t *files, char **names, int n)
{
	int how = 0;

	for (int i = 0; i < n; i++) {
		struct stat st;
		char pattern[4096], plain[4000];

		if (stat(names[i], &st) != 0 || access(names[i], R_OK) != 0)
			return say_usage("%s: cannot be read; check the name "
					 "and its permissions", names[i]);
		literal(plain, sizeof plain, names[i]);
		snprintf(pattern, sizeof pattern, "%s%s", plain,
			 S_ISDIR(st.st_mode) ? "/cases/*/trace.jsonl" : "");
		if (glob(pattern, how, NULL, files))
			return say_usage("%s: a folder without stored cases "
					 "(cases/*/trace.jsonl)", names[i]);
		how |= GLOB_APPEND;
	}
	return 0;
}

int cmd_judge(int argc, char **argv)
{
	struct judge_args a = { 0 };
	int c;

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h')
			return fputs(usage, stdout) < 0 ? EXIT_BROKE : EXIT_MET;
		int bad = one_option(&a, c, argv);

		if (bad)
			return bad;
	}
	if (optind == argc)
		return say_usage("judge: no file; give traces (JSON lines) or "
				 "captures (pcap, pcapng)");
	glob_t files = { 0 };
	int rc = gather(&files, argv + optind, argc - optind);

	if (!rc)
		rc = judge_files(&a, files.gl_pathv, (int)files.gl_pathc);
	globfree(&files);
	return rc;
}
