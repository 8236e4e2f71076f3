/* Frames made by hand: Ethernet, tags, IPv4, IPv6, UDP, TCP, and pcap files of
 * them. */
#ifndef FRAMES_H
#define FRAMES_H

#include "rig.h"

UNUSED static void be16(struct buf *b, unsigned v)
{
	buf_addc(b, (char)(v >> 8));
	buf_addc(b, (char)v);
}

UNUSED static void be32(struct buf *b, uint32_t v)
{
	be16(b, v >> 16);
	be16(b, v & 0xffff);
}

UNUSED static void le32(struct buf *b, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		buf_addc(b, (char)(v >> (8 * i)));
}

UNUSED static void put_ethernet(struct buf *b, unsigned type)
{
	buf_add(b, (struct span){ "\2\0\0\0\0\1\2\0\0\0\0\2", 12 });
	be16(b, type);
}

/* 10.0.0.a to 10.0.0.b; fragment: the field with flags and offset. */
UNUSED static void put_ipv4(struct buf *b, unsigned a, unsigned to,
			    unsigned proto, unsigned fragment, unsigned id,
			    size_t n)
{
	buf_add(b, (struct span){ "\x45\0", 2 });
	be16(b, (unsigned)n + 20);
	be16(b, id);
	be16(b, fragment);
	buf_addc(b, 64);
	buf_addc(b, (char)proto);
	be16(b, 0);
	be32(b, 0x0a000000u + a);
	be32(b, 0x0a000000u + to);
}

UNUSED static void put_ipv6(struct buf *b, unsigned a, unsigned to,
			    unsigned next, size_t n)
{
	be32(b, 0x60000000u);
	be16(b, (unsigned)n);
	buf_addc(b, (char)next);
	buf_addc(b, 64);
	for (unsigned i = 0; i < 2; i++) {
		be32(b, 0x20010db8u);
		be32(b, 0);
		be32(b, 0);
		be32(b, i ? to : a);
	}
}

UNUSED static void put_udp(struct buf *b, unsigned sport, unsigned dport,
			   struct span payload)
{
	be16(b, sport);
	be16(b, dport);
	be16(b, (unsigned)payload.n + 8);
	be16(b, 0);
	buf_add(b, payload);
}

UNUSED static void put_tcp(struct buf *b, unsigned sport, unsigned dport,
			   uint32_t seq, uint32_t ack, unsigned flags,
			   struct span payload)
{
	be16(b, sport);
	be16(b, dport);
	be32(b, seq);
	be32(b, ack);
	be16(b, 0x5000u | flags);
	be16(b, 0xffff);
	be32(b, 0);
	buf_add(b, payload);
}

/* ---- a pcap file in the making ---- */

struct taken {
	struct buf file;
	uint32_t unix_s;        /* of the next frame */
	uint32_t us;
};

UNUSED static void taken_init(struct taken *t, unsigned link)
{
	buf_init(&t->file, 1 << 22);
	t->unix_s = 1700000000;
	t->us = 0;
	le32(&t->file, 0xa1b2c3d4u);
	le32(&t->file, 0x00040002u);
	le32(&t->file, 0);
	le32(&t->file, 0);
	le32(&t->file, 262144);
	le32(&t->file, link);
}

UNUSED static void taken_frame(struct taken *t, struct span frame,
			       size_t wire_n)
{
	le32(&t->file, t->unix_s);
	le32(&t->file, t->us);
	le32(&t->file, (uint32_t)frame.n);
	le32(&t->file, (uint32_t)wire_n);
	buf_add(&t->file, frame);
	t->us += 10;
}

/* A TCP segment over Ethernet and IPv4; up: from 10.0.0.1:40000 to
 * 10.0.0.2:80. */
UNUSED static void taken_tcp(struct taken *t, bool up, uint32_t seq,
			     uint32_t ack, unsigned flags, struct span payload)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	put_ethernet(&b, 0x0800);
	put_ipv4(&b, up ? 1 : 2, up ? 2 : 1, 6, 0, 0, payload.n + 20);
	put_tcp(&b, up ? 40000 : 80, up ? 80 : 40000, seq, ack, flags,
		payload);
	taken_frame(t, buf_span(&b), b.n);
	buf_free(&b);
}

UNUSED static void taken_udp(struct taken *t, bool up, struct span payload)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	put_ethernet(&b, 0x0800);
	put_ipv4(&b, up ? 1 : 2, up ? 2 : 1, 17, 0, 0, payload.n + 8);
	put_udp(&b, 5060, 5060, payload);
	taken_frame(t, buf_span(&b), b.n);
	buf_free(&b);
}

#endif
