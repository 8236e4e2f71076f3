/* One captured frame, down to its UDP or TCP payload. */
#ifndef SOURCE_PACKET_H
#define SOURCE_PACKET_H

#include "base/span.h"

struct frags;

struct packet {
	unsigned char src[16], dst[16]; /* IPv4: the first 4 bytes, rest 0 */
	bool v6;
	bool tcp;                       /* else UDP */
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t flags;                  /* TCP_ bits */
	struct span payload;
	size_t missing;                 /* payload bytes that the capture does
					   not hold (cut by its snap length) */
};
#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

enum packet_result {
	PACKET_OK,
	PACKET_OTHER,           /* not IP, not UDP or TCP */
	PACKET_WAITS,           /* a fragment; more are to come */
	PACKET_BAD,             /* shorter than its headers say */
};

/* Is the link layer one that we can take off? dlt as libpcap's DLT_. */
bool packet_link_known(int dlt);
/* Fills out; payload points into frame, or into frags where it was put
 * together, and is valid until the next call. wire_n: the frame's length on
 * the wire. */
enum packet_result packet_read(struct packet *out, int dlt, struct span frame,
			       size_t wire_n, struct frags *frags,
			       int64_t t_us);

/* ---- frag.c: IP fragments, bounded in number, bytes and time ---- */
#define FRAGS_MAX 64u
#define FRAG_WAIT_US (30ll * 1000 * 1000)       /* RFC 791: 15 s upwards */

struct frags *frags_new(void);
void frags_free(struct frags *f);
/* Datagrams that were given up, their time over or the table full. */
uint64_t frags_lost(const struct frags *f);

struct frag_part {
	uint64_t key;           /* addresses, protocol, identification */
	size_t offset;          /* of bytes in the datagram's payload */
	bool more;
	struct span bytes;
};
/* The whole payload once its last part came; else SPAN_NONE. */
struct span frags_add(struct frags *f, const struct frag_part *p,
		      int64_t t_us);

#endif
