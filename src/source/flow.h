/* Flows of a capture: 5-tuples to connection numbers, TCP in order to the
 * decoder. Bounded: the flow that was silent longest goes first. */
#ifndef SOURCE_FLOW_H
#define SOURCE_FLOW_H

#include "source/decode.h"
#include "source/packet.h"

#define FLOWS_MAX 131072u       /* under the decoder's own limit */
/* A UDP flow has no end; one that was silent so long is over. */
#define FLOW_UDP_US (600ll * 1000 * 1000)
/* A closed TCP flow stays, so that late retransmissions are known as such. */
#define FLOW_CLOSED_US (60ll * 1000 * 1000)

struct flows;
/* What is worth a note: gaps and limits. Called with one line. */
typedef void flow_note(const char *text, void *arg);
struct flows *flows_new(struct decoder *d, flow_note *note, void *arg);
void flows_free(struct flows *f);
void flows_packet(struct flows *f, const struct packet *p,
		  struct decode_at at);
/* The capture ends: what waits behind gaps is given. */
void flows_end(struct flows *f, struct decode_at at);

#endif
