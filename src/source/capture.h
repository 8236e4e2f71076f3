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
/* Reads the files once through d; r->facts says at the end what they offer.
 * d NULL: looks for the facts alone, which is quicker. Events are numbered by
 * frame, 1-based in each file; e->file is the index into files. The decoder is
 * told the wall clock and the end of the observation (decoder_end).
 * -EXIT_USAGE: a file is no capture, or its link type is unknown; nothing was
 * decoded. A file that breaks off later is no error: what came before is
 * judged, and r says where it ended. */
int capture_read(const char *const *files, unsigned n, const struct profile *p,
		 struct decoder *d, struct capture_result *r, struct err *err);

#endif
