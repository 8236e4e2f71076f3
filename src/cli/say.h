/* How the commands speak: results on stdout, one line of trouble on stderr,
 * colour on a terminal alone. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "actor/flaw.h"
#include "actor/trouble.h"
#include "actor/variant.h"
#include "base/err.h"
#include "profile/profile.h"

/* "annexu: text" on stderr; returns the exit class as a plain number. */
int say_error(const struct err *err);
int say_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* getopt_long() said '?' or ':' for argv[optind - 1]. */
int say_bad_option(char **argv, const struct option *options);

/* Terminal, and NO_COLOR is not set. */
bool say_colour(FILE *f);
const char *say_paint(FILE *f, const char *word);       /* by verdict */
const char *say_plain(FILE *f);

/* Names of the command line; unknown: -EXIT_USAGE with the nearest ones. */
int say_flaw(struct flaw_set *set, const char *name, struct err *err);
int say_trouble(enum trouble *out, const char *name, struct err *err);
int say_variant(struct variant_set *set, const char *name, struct err *err);
int say_edition(enum edition *out, const char *name, struct err *err);

#endif
