#include "cli/say.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/nearest.h"

int say_error(const struct err *err)
{
	fflush(stdout);
	fprintf(stderr, "annexu: %s\n", err->text);
	return (int)err->exit;
}

int say_usage(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("annexu: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

int say_bad_option(char **argv, const struct option *options)
{
	const char *word = argv[optind - 1];
	struct nearest near;
	char tail[128];
	size_t n = strcspn(word, "=");

	for (const struct option *o = options; o->name; o++)
		if (strncmp(word, "--", 2) == 0 && n == strlen(o->name) + 2 &&
		    strncmp(word + 2, o->name, n - 2) == 0)
			return say_usage("%s: %s", word, o->has_arg ?
					 "a value is missing" :
					 "takes no value");
	nearest_init(&near, strncmp(word, "--", 2) == 0 ? word + 2 : word);
	for (const struct option *o = options; o->name; o++)
		nearest_offer(&near, o->name);
	return say_usage("unknown or incomplete option %s%s", word,
			 nearest_text(&near, tail, sizeof tail));
}

bool say_colour(FILE *f)
{
	const char *no = getenv("NO_COLOR");

	return isatty(fileno(f)) && (!no || !*no);
}

const char *say_paint(FILE *f, const char *word)
{
	if (!say_colour(f))
		return "";
	if (strcmp(word, "pass") == 0)
		return "\033[32m";
	if (strcmp(word, "fail") == 0)
		return "\033[31m";
	if (strcmp(word, "error") == 0)
		return "\033[35m";
	if (strcmp(word, "inconclusive") == 0)
		return "\033[33m";
	return "\033[2m";
}

const char *say_plain(FILE *f)
{
	return say_colour(f) ? "\033[0m" : "";
}

int say_flaw(struct flaw_set *set, const char *name, struct err *err)
{
	enum flaw f = flaw_find(span_str(name));
	struct nearest near;
	char tail[200];

	if (f != FLAW_COUNT) {
		flaw_add(set, f);
		return 0;
	}
	nearest_init(&near, name);
	for (unsigned i = 0; i < FLAW_COUNT; i++)
		nearest_offer(&near, flaw_table[i].name);
	return err_set(err, EXIT_USAGE, "unknown flaw \"%.80s\"%s", name,
		       nearest_text(&near, tail, sizeof tail));
}

int say_variant(struct variant_set *set, const char *name, struct err *err)
{
	enum variant v = variant_find(span_str(name));
	struct nearest near;
	char tail[200];

	if (v != VARIANT_COUNT) {
		variant_add(set, v);
		return 0;
	}
	nearest_init(&near, name);
	for (unsigned i = 0; i < VARIANT_COUNT; i++)
		nearest_offer(&near, variant_table[i].name);
	return err_set(err, EXIT_USAGE, "unknown variant \"%.80s\"%s", name,
		       nearest_text(&near, tail, sizeof tail));
}

int say_trouble(enum trouble *out, const char *name, struct err *err)
{
	struct nearest near;
	char tail[200];

	*out = trouble_find(span_str(name));
	if (*out != TROUBLE_COUNT)
		return 0;
	*out = TROUBLE_NONE;
	nearest_init(&near, name);
	for (unsigned i = TROUBLE_NONE + 1; i < TROUBLE_COUNT; i++)
		nearest_offer(&near, trouble_table[i].name);
	return err_set(err, EXIT_USAGE, "unknown trouble \"%.80s\"%s", name,
		       nearest_text(&near, tail, sizeof tail));
}

int say_edition(enum edition *out, const char *name, struct err *err)
{
	if (edition_of(span_str(name), out) && *out != EDITION_UNSET)
		return 0;
	return err_set(err, EXIT_USAGE, "unknown edition \"%.40s\"; there are "
		       "cr, pre-cr and rel13", name);
}
