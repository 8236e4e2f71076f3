/* One pcap or pcapng file, plain or compressed by gzip. pcap.c alone knows
 * libpcap. */
#ifndef SOURCE_PCAP_H
#define SOURCE_PCAP_H

#include "base/err.h"
#include "base/span.h"

struct pcap_in;
struct pcap_frame {
	int64_t unix_us;        /* wall clock of the capture */
	struct span bytes;      /* valid until the next call */
	size_t wire_n;          /* length on the wire; bytes.n may be less */
	uint64_t number;        /* 1-based */
};
enum pcap_got { PCAP_FRAME, PCAP_END, PCAP_CUT };

/* -EXIT_USAGE: no such file, no capture, unknown link type. */
int pcap_in_open(struct pcap_in **out, const char *file, struct err *err);
void pcap_in_close(struct pcap_in *in);
/* PCAP_CUT: the file ends, or turns to nonsense, in the middle. */
enum pcap_got pcap_in_next(struct pcap_in *in, struct pcap_frame *out);
const char *pcap_in_why(const struct pcap_in *in);      /* after PCAP_CUT */
int pcap_in_link(const struct pcap_in *in);             /* DLT_ */

/* Does the file begin like a capture? */
bool pcap_in_is(const char *file);

#endif
