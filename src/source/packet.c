/* Link layer, IPv4, IPv6, UDP, TCP. Checksums are not looked at: captures of
 * the sending machine often have them unfilled. */
#include "source/packet.h"

#include <pcap/dlt.h>
#include <string.h>

#include "base/map.h"

#define ETH_IPV4 0x0800u
#define ETH_IPV6 0x86ddu
#define ETH_VLAN 0x8100u
#define ETH_QINQ 0x88a8u
#define ETH_QINQ_OLD 0x9100u
#define VLANS_MAX 4u
#define IP_TCP 6u
#define IP_UDP 17u
#define V6_HEADERS_MAX 16u

static unsigned byte(struct span s, size_t at)
{
	return (unsigned char)s.p[at];
}

static unsigned u16(struct span s, size_t at)
{
	return byte(s, at) << 8 | byte(s, at + 1);
}

static uint32_t u32(struct span s, size_t at)
{
	return (uint32_t)u16(s, at) << 16 | u16(s, at + 2);
}

/* ---- link layer ---- */

bool packet_link_known(int dlt)
{
	switch (dlt) {
	case DLT_EN10MB: case DLT_NULL: case DLT_LOOP: case DLT_RAW:
	case 14:                /* DLT_RAW of other systems */
	case DLT_IPV4: case DLT_IPV6: case DLT_LINUX_SLL: case DLT_LINUX_SLL2:
		return true;
	}
	return false;
}

/* The IP packet behind the tags; absent when it is none. */
static struct span past_tags(struct span s, unsigned type)
{
	for (unsigned i = 0; i < VLANS_MAX && s.n >= 4; i++) {
		if (type != ETH_VLAN && type != ETH_QINQ &&
		    type != ETH_QINQ_OLD)
			break;
		type = u16(s, 2);
		s = span_from(s, 4);
	}
	return type == ETH_IPV4 || type == ETH_IPV6 ? s : SPAN_NONE;
}

static struct span strip_link(int dlt, struct span f)
{
	switch (dlt) {
	case DLT_EN10MB:
		return f.n < 14 ? SPAN_NONE : past_tags(span_from(f, 14),
							u16(f, 12));
	case DLT_LINUX_SLL:
		return f.n < 16 ? SPAN_NONE : past_tags(span_from(f, 16),
							u16(f, 14));
	case DLT_LINUX_SLL2:
		return f.n < 20 ? SPAN_NONE : past_tags(span_from(f, 20),
							u16(f, 0));
	case DLT_NULL: case DLT_LOOP:
		return f.n < 4 ? SPAN_NONE : span_from(f, 4);
	}
	return f;
}

/* ---- transport ---- */

static enum packet_result read_udp(struct packet *out, struct span s,
				   size_t missing)
{
	if (s.n < 8)
		return PACKET_BAD;
	size_t n = u16(s, 4);

	out->sport = (uint16_t)u16(s, 0);
	out->dport = (uint16_t)u16(s, 2);
	out->missing = missing;
	out->payload = span_from(s, 8);
	if (n >= 8 && n - 8 < out->payload.n)   /* 0: a jumbogram, offload */
		out->payload.n = n - 8;
	return PACKET_OK;
}

static enum packet_result read_tcp(struct packet *out, struct span s,
				   size_t missing)
{
	if (s.n < 20)
		return PACKET_BAD;
	size_t head = (size_t)(byte(s, 12) >> 4) * 4;

	if (head < 20 || head > s.n)
		return PACKET_BAD;
	out->tcp = true;
	out->sport = (uint16_t)u16(s, 0);
	out->dport = (uint16_t)u16(s, 2);
	out->seq = u32(s, 4);
	out->ack = u32(s, 8);
	out->flags = (uint8_t)byte(s, 13);
	out->missing = missing;
	out->payload = span_from(s, head);
	return PACKET_OK;
}

static enum packet_result read_transport(struct packet *out, unsigned proto,
					 struct span s, size_t missing)
{
	if (proto == IP_UDP)
		return read_udp(out, s, missing);
	if (proto == IP_TCP)
		return read_tcp(out, s, missing);
	return PACKET_OTHER;
}

/* ---- IP ---- */

struct fragment { unsigned proto; uint64_t id; size_t offset; bool more; };

static enum packet_result read_fragment(struct packet *out,
					const struct fragment *g,
					struct span s, size_t missing,
					struct frags *frags, int64_t t_us)
{
	struct span pair[2] = {
		{ (const char *)out->src, 16 }, { (const char *)out->dst, 16 } };
	struct frag_part part = { .offset = g->offset, .more = g->more,
				  .bytes = s };

	if (missing)
		return PACKET_BAD;
	part.key = map_mix(map_mix(span_hash(pair[0]), span_hash(pair[1])),
			   g->id << 8 | g->proto);
	struct span whole = frags_add(frags, &part, t_us);

	if (span_absent(whole))
		return PACKET_WAITS;
	return read_transport(out, g->proto, whole, 0);
}

/* Cuts s to the n bytes that the header speaks of; what the capture does not
 * hold of them is counted. */
static struct span clip(struct span s, size_t n, size_t *missing)
{
	*missing = n > s.n ? n - s.n : 0;
	return span_sub(s, 0, n);
}

static enum packet_result read_v4(struct packet *out, struct span s,
				  size_t cut, struct frags *frags,
				  int64_t t_us)
{
	size_t missing, head, total;

	if (s.n < 20)
		return PACKET_BAD;
	head = (size_t)(byte(s, 0) & 15) * 4;
	total = u16(s, 2);
	if (!total)             /* segmentation offload: filled in later */
		total = s.n + cut;
	if (head < 20 || total < head || head > s.n)
		return PACKET_BAD;
	memcpy(out->src, s.p + 12, 4);
	memcpy(out->dst, s.p + 16, 4);
	struct fragment g = {
		.proto = byte(s, 9), .id = u16(s, 4),
		.offset = (size_t)(u16(s, 6) & 0x1fff) * 8,
		.more = u16(s, 6) & 0x2000,
	};

	s = span_from(clip(s, total, &missing), head);
	if (g.offset || g.more)
		return read_fragment(out, &g, s, missing, frags, t_us);
	return read_transport(out, g.proto, s, missing);
}

/* Length of an extension header; 0: it is none that we step over. */
static size_t v6_extension(unsigned type, struct span s)
{
	switch (type) {
	case 0: case 43: case 60: case 135: case 139: case 140:
		return (size_t)(byte(s, 1) + 1) * 8;
	case 51:                /* AH counts in words */
		return (size_t)(byte(s, 1) + 2) * 4;
	case 44:
		return 8;
	}
	return 0;
}

static enum packet_result read_v6(struct packet *out, struct span s,
				  size_t cut, struct frags *frags,
				  int64_t t_us)
{
	struct fragment g = { 0 };
	size_t missing, n;
	unsigned type;

	if (s.n < 40)
		return PACKET_BAD;
	out->v6 = true;
	memcpy(out->src, s.p + 8, 16);
	memcpy(out->dst, s.p + 24, 16);
	type = byte(s, 6);
	n = u16(s, 4);
	if (!n)                 /* jumbogram, offload */
		n = s.n - 40 + cut;
	s = clip(span_from(s, 40), n, &missing);
	for (unsigned i = 0; i < V6_HEADERS_MAX && s.n >= 8; i++) {
		size_t length = v6_extension(type, s);

		if (!length)
			break;
		if (length > s.n)
			return PACKET_BAD;
		if (type == 44) {
			g.id = u32(s, 4);
			g.offset = u16(s, 2) & 0xfff8;
			g.more = u16(s, 2) & 1;
		}
		bool fragment = type == 44 && (g.offset || g.more);

		g.proto = type = byte(s, 0);
		s = span_from(s, length);
		if (fragment)
			return read_fragment(out, &g, s, missing, frags, t_us);
	}
	return read_transport(out, type, s, missing);
}

enum packet_result packet_read(struct packet *out, int dlt, struct span frame,
			       size_t wire_n, struct frags *frags,
			       int64_t t_us)
{
	struct span s = strip_link(dlt, frame);
	size_t cut = wire_n > frame.n ? wire_n - frame.n : 0;

	memset(out, 0, sizeof *out);
	if (span_absent(s))
		return PACKET_OTHER;
	if (!s.n)
		return PACKET_BAD;
	unsigned version = byte(s, 0) >> 4;

	if (version == 4)
		return read_v4(out, s, cut, frags, t_us);
	if (version == 6)
		return read_v6(out, s, cut, frags, t_us);
	return PACKET_OTHER;
}
