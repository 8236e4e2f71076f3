/* Judging without a peer: a trace, or captures, through the decoder and the
 * oracle. One observation gives one verdict. */
#ifndef BENCH_OBSERVE_H
#define BENCH_OBSERVE_H

#include "base/err.h"
#include "oracle/oracle.h"

struct observe_options {
	const char *ixit, *ics;         /* files, or NULL */
	enum edition edition;           /* EDITION_UNSET: trace, ics, cr */
	bool strict;
	unsigned roles;                 /* role bits, 0: trace's, else all */
	const char *trace_out;          /* write what was decoded, or NULL */
};

struct observation {
	const char *const *files;       /* borrowed */
	unsigned n_files;
	bool capture;
	struct profile *profile;
	struct oracle *oracle;
	enum verdict verdict;
	bool truncated;                 /* a capture cut in the middle */
	uint64_t truncated_frame;
	uint64_t events;
	unsigned n_notes;               /* gaps, limits: to be shown */
	char notes[64][200];            /* 16 of the capture, 40 of the decoder, limits */
};

/* Judges one trace (n = 1), or n captures as one observation. A negative
 * return leaves nothing to free; err says file and line. */
int observe(struct observation *o, const char *const *files, unsigned n,
	    const struct observe_options *opt, struct err *err);
void observation_free(struct observation *o);

/* Sorts files into traces and captures by how they begin. */
bool observe_is_capture(const char *file);

#endif
