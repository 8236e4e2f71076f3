/* The reports that people and CI read are made by results/render.py from
 * results.json and the traces: junit.xml, report.html, matrix.csv, ladders. */
#ifndef REPORT_RENDER_H
#define REPORT_RENDER_H

#include <stddef.h>

#include "base/err.h"

/* Where the renderer is, seen from the binary: installed
 * (../share/annexu/results/render.py), or in the tree above a build folder.
 * -EXIT_RESULTS: nowhere. */
int render_find(char *out, size_t cap, struct err *err);
/* Runs it on a run's folder. -EXIT_RESULTS when it fails or leaves no report:
 * a missing report is never success. */
int render_run(const char *script, const char *dir, struct err *err);

#endif
