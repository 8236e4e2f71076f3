/* Whole files, by way of a temporary name: a reader sees the old one or the
 * new one, never a half. */
#ifndef REPORT_WRITE_H
#define REPORT_WRITE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

/* Errors are -EXIT_RESULTS with the file's name. */
int write_file(const char *file, struct span text, bool executable,
	       struct err *err);
int write_json(const char *file, const json_t *json, struct err *err);
/* mkdir -p */
int write_folder(const char *dir, struct err *err);
/* A symbolic link that replaces the one that is there. */
int write_link(const char *link, const char *target, struct err *err);

#endif
