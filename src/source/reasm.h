/* TCP reassembly of one direction: bytes in order, each once. What comes early
 * waits (bounded); what the capture misses is told as a gap. */
#ifndef SOURCE_REASM_H
#define SOURCE_REASM_H

#include "base/span.h"

#define REASM_SEGMENTS_MAX 128u         /* waiting segments */
#define REASM_BYTES_MAX (256u * 1024)   /* their bytes */
/* Longest wait for a missing segment: past any retransmission that a live
 * peer would wait for at this place. */
#define REASM_WAIT_US (5ll * 1000 * 1000)
/* ... when the receiver acknowledged the missing bytes: they arrived, so the
 * capture missed them, or shows them a little later. */
#define REASM_ACKED_US (200ll * 1000)

struct reasm_calls {
	void (*bytes)(struct span s, void *arg);
	void (*gap)(uint64_t missing, void *arg);
	void *arg;
};

struct reasm_segment;

struct reasm {
	bool started;
	uint32_t next;          /* sequence number that is due */
	bool acked;             /* the peer acknowledged something */
	uint32_t ack;
	bool fin;
	uint32_t fin_seq;       /* number of the FIN itself */
	struct reasm_segment *waiting;  /* by sequence number */
	unsigned n_waiting;
	size_t waiting_bytes;
	int64_t hole_us;        /* since when something waits */
	uint64_t late_bytes;    /* retransmitted, thrown away */
};

void reasm_free(struct reasm *r);
/* SYN: the stream begins behind it. */
void reasm_start(struct reasm *r, uint32_t next);
/* A segment; missing: bytes behind s that the capture did not keep. The first
 * one of a stream that was joined in the middle starts it. */
void reasm_segment(struct reasm *r, uint32_t seq, struct span s,
		   size_t missing, int64_t t_us, struct reasm_calls c);
void reasm_fin(struct reasm *r, uint32_t seq);
/* The other direction acknowledged up to ack. */
void reasm_ack(struct reasm *r, uint32_t ack);
/* Gives up holes that are too old. */
void reasm_time(struct reasm *r, int64_t t_us, struct reasm_calls c);
/* The end: gives what waits, with gaps. */
void reasm_flush(struct reasm *r, struct reasm_calls c);
/* Everything up to the FIN was given. */
bool reasm_done(const struct reasm *r);

#endif
