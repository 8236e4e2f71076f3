/* pcap and pcapng files to decoder calls: link layer, IPv4/IPv6, UDP, TCP
 * reassembly. Several files are one observation, merged by time. */
#ifndef SOURCE_CAPTURE_H
#define SOURCE_CAPTURE_H

#include "base/err.h"
#include "profile/profile.h"
#include "source/decode.h"

struct capture_result {
	uint64_t frames;
	int64_t end_us;                 /* time of the last frame */
	bool truncated;                 /* the file ends in the middle */
	uint64_t truncated_frame;       /* the last good frame */
	unsigned truncated_file;
	unsigned facts;                 /* what these files offer */
	unsigned n_notes;               /* gaps, limits, odd link types */
	char notes[16][160];
};

/* True when the file begins like a pcap, pcapng or gzip file. */
bool capture_is(const char *file);
/* First pass: which facts does this capture offer? Then the same files are
 * read again through d. -EXIT_USAGE: not a capture, unknown link type. */
int capture_read(const char *const *files, unsigned n, const struct profile *p,
		 struct decoder *d, struct capture_result *r, struct err *err);

#endif
