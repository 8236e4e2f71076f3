#include "cli/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"

const char run_usage[] =
	"usage: annexu run [OPTION...]\n"
	"which cases\n"
	"  --run PAT         names to run: * any text, ** with '/', @file\n"
	"  --skip PAT        names to leave out\n"
	"  --role R          the role under test: wic wwsf waf epcscf scscf "
	"system\n"
	"  --clause C        purposes of that clause (U.2.1.4)\n"
	"  --shard I/N       the I-th of N parts, after all filters\n"
	"against what\n"
	"  --ics F, --ixit F what an implementation claims, where it is\n"
	"  --fabric sockets|memory   real loopback sockets, or pipes with a "
	"virtual clock\n"
	"  --flaw NAME, --variant NAME, --trouble NAME   of the reference\n"
	"                    implementation (annexu list --troubles)\n"
	"how\n"
	"  --edition E       cr, pre-cr or rel13\n"
	"  --strict          warnings fail\n"
	"  -j N              cases at once\n"
	"  --seed N          for every random choice\n"
	"  --max-wait S      longest time for one case (120)\n"
	"  --baseline F      known failures (YAML)\n"
	"  --resume DIR      go on with an unfinished run\n"
	"  --out DIR         the run's folder (results/<UTC time>)\n"
	"  --format text|tap|jsonl\n"
	"  -v                every rule of every case\n";

enum option_key {
	KEY_RUN = 256, KEY_SKIP, KEY_ROLE, KEY_CLAUSE, KEY_SHARD, KEY_ICS,
	KEY_IXIT, KEY_FABRIC, KEY_FLAW, KEY_VARIANT, KEY_TROUBLE, KEY_EDITION, KEY_STRICT,
	KEY_SEED, KEY_MAX_WAIT, KEY_BASELINE, KEY_RESUME, KEY_OUT, KEY_FORMAT,
	KEY_HELP,
};
static const struct option options[] = {
	{ "run", required_argument, NULL, KEY_RUN },
	{ "skip", required_argument, NULL, KEY_SKIP },
	{ "role", required_argument, NULL, KEY_ROLE },
	{ "clause", required_argument, NULL, KEY_CLAUSE },
	{ "shard", required_argument, NULL, KEY_SHARD },
	{ "ics", required_argument, NULL, KEY_ICS },
	{ "ixit", required_argument, NULL, KEY_IXIT },
	{ "fabric", required_argument, NULL, KEY_FABRIC },
	{ "flaw", required_argument, NULL, KEY_FLAW },
	{ "variant", required_argument, NULL, KEY_VARIANT },
	{ "trouble", required_argument, NULL, KEY_TROUBLE },
	{ "edition", required_argument, NULL, KEY_EDITION },
	{ "strict", no_argument, NULL, KEY_STRICT },
	{ "seed", required_argument, NULL, KEY_SEED },
	{ "max-wait", required_argument, NULL, KEY_MAX_WAIT },
	{ "baseline", required_argument, NULL, KEY_BASELINE },
	{ "resume", required_argument, NULL, KEY_RESUME },
	{ "out", required_argument, NULL, KEY_OUT },
	{ "format", required_argument, NULL, KEY_FORMAT },
	{ "help", no_argument, NULL, KEY_HELP },
	{ NULL, 0, NULL, 0 },
};

static int add(const char **list, unsigned *n, const char *option,
	       struct err *err)
{
	if (*n == SELECT_PATTERNS_MAX)
		return err_set(err, EXIT_USAGE, "%s: more than %u times",
			       option, SELECT_PATTERNS_MAX);
	list[(*n)++] = optarg;
	return 0;
}

static int number(uint64_t *out, const char *option, uint64_t least,
		  uint64_t most, struct err *err)
{
	if (span_u64(span_str(optarg), out) && *out >= least && *out <= most)
		return 0;
	return err_set(err, EXIT_USAGE, "%s: %.40s is no number from %llu to "
		       "%llu", option, optarg, (unsigned long long)least,
		       (unsigned long long)most);
}

static int choose_format(struct run_options *o, struct err *err)
{
	static const char *const names[] = { "text", "tap", "jsonl" };

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(optarg, names[i]) == 0) {
			o->format = (enum run_format)i;
			return 0;
		}
	return err_set(err, EXIT_USAGE, "--format is text, tap or jsonl");
}

static int choose_fabric(struct run_options *o, struct err *err)
{
	o->memory = strcmp(optarg, "memory") == 0;
	if (o->memory || strcmp(optarg, "sockets") == 0)
		return 0;
	return err_set(err, EXIT_USAGE, "--fabric is sockets or memory");
}

/* Options that choose cases. 1: not one of them. */
static int take_selection(struct run_options *o, int key, struct err *err)
{
	struct selection *s = &o->selection;

	switch (key) {
	case KEY_RUN: return add(s->run, &s->n_run, "--run", err);
	case KEY_SKIP: return add(s->skip, &s->n_skip, "--skip", err);
	case KEY_CLAUSE: return add(s->clause, &s->n_clause, "--clause", err);
	case KEY_ROLE: return select_role(&s->roles, optarg, err);
	case KEY_SHARD: return select_shard(s, optarg, err);
	default: return 1;
	}
}

static int take_number(struct run_options *o, int key, struct err *err)
{
	uint64_t n;
	int rc;

	switch (key) {
	case 'j':
		rc = number(&n, "-j", 1, 128, err);
		o->at_once = rc == 0 ? (unsigned)n : 0;
		return rc;
	case KEY_MAX_WAIT:
		rc = number(&n, "--max-wait", 1, 86400, err);
		o->max_wait_us = rc == 0 ? (int64_t)n * 1000000 : 0;
		return rc;
	case KEY_SEED:
		o->seeded = true;
		return number(&o->seed, "--seed", 0, INT64_MAX, err);
	default:
		return 1;
	}
}

static int take(struct run_options *o, int key, struct err *err)
{
	switch (key) {
	case KEY_ICS: o->ics = optarg; return 0;
	case KEY_IXIT: o->ixit = optarg; return 0;
	case KEY_FABRIC: return choose_fabric(o, err);
	case KEY_FLAW: o->flaw = optarg; return 0;
	case KEY_VARIANT: o->variant = optarg; return 0;
	case KEY_TROUBLE: o->trouble = optarg; return 0;
	case KEY_EDITION: return say_edition(&o->edition, optarg, err);
	case KEY_STRICT: o->strict = true; return 0;
	case KEY_BASELINE: o->baseline = optarg; return 0;
	case KEY_RESUME: o->resume = optarg; return 0;
	case KEY_OUT: o->out = optarg; return 0;
	case KEY_FORMAT: return choose_format(o, err);
	case KEY_HELP: o->help = true; return 0;
	case 'v': o->verbose = true; return 0;
	default: return 1;
	}
}

static void note_words(struct run_options *o, int argc, char **argv)
{
	size_t used = 0;

	for (int i = 1; i < argc && used < sizeof o->words; i++)
		used += (size_t)snprintf(o->words + used,
					 sizeof o->words - used, "%s%s",
					 i > 1 ? " " : "", argv[i]);
}

int run_options_read(struct run_options *o, int argc, char **argv,
		     struct err *err)
{
	int key;

	memset(o, 0, sizeof *o);
	o->max_wait_us = 120ll * 1000000;
	note_words(o, argc, argv);
	opterr = 0;
	optind = 1;
	while ((key = getopt_long(argc, argv, ":vj:", options, NULL)) != -1) {
		int rc = take_selection(o, key, err);

		if (rc > 0)
			rc = take_number(o, key, err);
		if (rc > 0)
			rc = take(o, key, err);
		if (rc > 0) {
			say_bad_option(argv, options);
			err->text[0] = '\0';    /* said already */
			return -EXIT_USAGE;
		}
		if (rc < 0)
			return rc;
	}
	if (optind < argc)
		return err_set(err, EXIT_USAGE, "run takes no argument "
			       "\"%.80s\"; names go behind --run", argv[optind]);
	if (o->resume && o->out)
		return err_set(err, EXIT_USAGE, "--resume names the folder, "
			       "--out has no place beside it");
	return 0;
}
