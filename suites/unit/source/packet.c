/* From the frame to the payload. */
#include "frames.h"

#include <pcap/dlt.h>

#include "source/packet.h"

static enum packet_result look(struct packet *p, int dlt, const struct buf *b)
{
	struct frags *f = frags_new();
	/* Memory of just that size: a read too far is seen by a sanitizer. */
	char *copy = malloc(b->n + !b->n);
	enum packet_result r;

	if (b->n)
		memcpy(copy, b->p, b->n);
	r = packet_read(p, dlt, (struct span){ copy, b->n }, b->n, f, 0);
	if (r == PACKET_OK && p->payload.n == 5)
		assert_memory_equal(p->payload.p, "hello", 5);
	p->payload.p = NULL;
	free(copy);
	frags_free(f);
	return r;
}

/* Each way of carrying the same datagram. */
static int carry(struct buf *b, unsigned way)
{
	static const unsigned tags[][3] = {
		{ 0x0800 }, { 0x8100, 0x0800 }, { 0x88a8, 0x8100, 0x0800 },
		{ 0x9100, 0x8100, 0x0800 },
	};
	bool v6 = way >= 9;
	int dlt = DLT_EN10MB;

	buf_init(b, 2000);
	if (way < 4) {
		put_ethernet(b, tags[way][0]);
		for (unsigned i = 1; i < 3 && tags[way][i]; i++) {
			be16(b, 7);
			be16(b, tags[way][i]);
		}
	} else if (way == 4) {
		dlt = DLT_LINUX_SLL;
		buf_add(b, (struct span){ "\0\0\0\1\0\6abcdef\0\0", 14 });
		be16(b, 0x0800);
	} else if (way == 5) {
		dlt = DLT_LINUX_SLL2;
		be16(b, 0x0800);
		buf_add(b, (struct span){ "\0\0\0\0\0\1\0\1\0\6abcdef\0\0",
					  18 });
	} else if (way == 6) {
		dlt = DLT_NULL;
		le32(b, 2);
	} else if (way == 7) {
		dlt = DLT_LOOP;
		be32(b, 2);
	} else if (way == 8) {
		dlt = DLT_RAW;
	} else {
		put_ethernet(b, 0x86dd);
	}
	if (v6)
		put_ipv6(b, 1, 2, 17, 13);
	else
		put_ipv4(b, 1, 2, 17, 0, 0, 13);
	put_udp(b, 1111, 2222, S("hello"));
	return dlt;
}

static void every_link_layer(void **state)
{
	struct packet p;
	struct buf b;

	(void)state;
	for (unsigned way = 0; way < 10; way++) {
		int dlt = carry(&b, way);

		assert_true(packet_link_known(dlt));
		assert_int_equal(look(&p, dlt, &b), PACKET_OK);
		assert_int_equal(p.payload.n, 5);
		assert_int_equal(p.sport, 1111);
		assert_int_equal(p.dport, 2222);
		assert_int_equal(p.v6, way == 9);
		assert_int_equal(p.src[p.v6 ? 15 : 3], 1);
		/* Any cut of it is survived. */
		for (; b.n > 0; b.n--)
			look(&p, dlt, &b);
		look(&p, dlt, &b);
		buf_free(&b);
	}
	assert_false(packet_link_known(DLT_IEEE802_11));
}

/* Ethernet padding is no payload. */
static void padding(void **state)
{
	struct packet p;
	struct buf b;

	(void)state;
	carry(&b, 0);
	buf_add(&b, S("padding"));
	assert_int_equal(look(&p, DLT_EN10MB, &b), PACKET_OK);
	assert_int_equal(p.payload.n, 5);
	buf_free(&b);
}

static void ipv4_options(void **state)
{
	struct packet p;
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	put_ipv4(&b, 1, 2, 17, 0, 0, 17);
	b.p[0] = 0x46;
	buf_add(&b, (struct span){ "\1\1\1\0", 4 });
	put_udp(&b, 1, 2, S("hello"));
	assert_int_equal(look(&p, DLT_RAW, &b), PACKET_OK);
	assert_int_equal(p.payload.n, 5);
	b.p[0] = 0x4f;
	assert_int_equal(look(&p, DLT_RAW, &b), PACKET_BAD);
	b.p[0] = 0x44;
	assert_int_equal(look(&p, DLT_RAW, &b), PACKET_BAD);
	buf_free(&b);
}

static void ipv6_extensions(void **state)
{
	struct packet p;
	struct buf b;

	(void)state;
	buf_init(&b, 400);
	put_ipv6(&b, 1, 2, 0, 8 + 16 + 8 + 12 + 13);
	buf_add(&b, (struct span){ "\x2b\0\1\4\0\0\0\0", 8 });  /* hop-by-hop */
	buf_add(&b, (struct span){ "\x2c\1\0\0\0\0\0\0........", 16 });
	buf_add(&b, (struct span){ "\x33\0\0\0\0\0\0\1", 8 });  /* whole */
	buf_add(&b, (struct span){ "\x11\1\0\0\0\0\0\0....", 12 }); /* AH */
	put_udp(&b, 1, 2, S("hello"));
	assert_int_equal(look(&p, DLT_IPV6, &b), PACKET_OK);
	assert_int_equal(p.payload.n, 5);
	for (; b.n > 0; b.n--)
		look(&p, DLT_IPV6, &b);
	buf_free(&b);
}

static void tcp_header(void **state)
{
	struct packet p;
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	put_ipv4(&b, 1, 2, 6, 0, 0, 29);
	put_tcp(&b, 7, 8, 0xfffffff0u, 9, TCP_SYN | TCP_ACK, S("opt!hello"));
	b.p[20 + 12] = 0x60;
	assert_int_equal(look(&p, DLT_RAW, &b), PACKET_OK);
	assert_true(p.tcp);
	assert_int_equal(p.seq, 0xfffffff0u);
	assert_int_equal(p.ack, 9);
	assert_int_equal(p.flags, TCP_SYN | TCP_ACK);
	assert_int_equal(p.payload.n, 5);
	b.p[20 + 12] = 0x40;
	assert_int_equal(look(&p, DLT_RAW, &b), PACKET_BAD);
	b.p[20 + 12] = (char)0xf0;
	assert_int_equal(look(&p, DLT_RAW, &b), PACKET_BAD);
	buf_free(&b);
}

static void others(void **state)
{
	struct packet p;
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	put_ethernet(&b, 0x0806);
	buf_add(&b, S("who has"));
	assert_int_equal(look(&p, DLT_EN10MB, &b), PACKET_OTHER);
	buf_clear(&b);
	put_ipv4(&b, 1, 2, 132, 0, 0, 5);
	buf_add(&b, S("sctp."));
	assert_int_equal(look(&p, DLT_RAW, &b), PACKET_OTHER);
	buf_free(&b);
}

/* ---- fragments ---- */

static enum packet_result fragment(struct frags *f, struct packet *p,
				   const struct buf *whole, size_t at,
				   size_t n, unsigned id, int64_t t_us)
{
	bool more = at + n < whole->n;
	enum packet_result r;
	struct buf b;

	buf_init(&b, 70000);
	put_ipv4(&b, 1, 2, 17, (unsigned)(at / 8) | (more ? 0x2000u : 0), id,
		 n);
	buf_add(&b, span_sub(buf_span(whole), at, n));
	r = packet_read(p, DLT_RAW, buf_span(&b), b.n, f, t_us);
	buf_free(&b);
	return r;
}

static void datagram(struct buf *b, size_t n)
{
	char *text = malloc(n);

	for (size_t i = 0; i < n; i++)
		text[i] = (char)('a' + i % 26);
	buf_init(b, 70000);
	put_udp(b, 1, 2, (struct span){ text, n });
	free(text);
}

static void fragments_in_any_order(void **state)
{
	static const unsigned order[][3] = {
		{ 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 }, { 2, 0, 1 } };
	struct frags *f = frags_new();
	struct packet p;
	struct buf b;

	(void)state;
	datagram(&b, 2000);
	for (unsigned k = 0; k < 4; k++)
		for (unsigned i = 0; i < 3; i++) {
			size_t at = order[k][i] * 800u;
			enum packet_result r = fragment(f, &p, &b, at,
				at + 800 > b.n ? b.n - at : 800, k, 0);

			assert_int_equal(r, i < 2 ? PACKET_WAITS : PACKET_OK);
		}
	assert_int_equal(p.payload.n, 2000);
	assert_memory_equal(p.payload.p, b.p + 8, 2000);
	assert_int_equal(frags_lost(f), 0);
	buf_free(&b);
	frags_free(f);
}

/* What came first stays; other identifications do not mix. */
static void fragments_overlap(void **state)
{
	struct frags *f = frags_new();
	struct packet p;
	struct buf b, evil;

	(void)state;
	datagram(&b, 100);
	datagram(&evil, 100);
	memset(evil.p + 8, 'X', 100);
	fragment(f, &p, &b, 0, 80, 1, 0);
	assert_int_equal(fragment(f, &p, &evil, 80, 28, 2, 0), PACKET_WAITS);
	fragment(f, &p, &evil, 8, 80, 1, 0);
	assert_int_equal(fragment(f, &p, &b, 88, 20, 1, 0), PACKET_OK);
	assert_int_equal(p.payload.n, 100);
	assert_memory_equal(p.payload.p, b.p + 8, 72);
	assert_memory_equal(p.payload.p + 72, "XXXXXXXX", 8);
	assert_memory_equal(p.payload.p + 80, b.p + 88, 20);
	buf_free(&b);
	buf_free(&evil);
	frags_free(f);
}

static void fragments_are_bounded(void **state)
{
	struct frags *f = frags_new();
	struct packet p;
	struct buf b;

	(void)state;
	datagram(&b, 100);
	for (unsigned id = 0; id < 3 * FRAGS_MAX; id++)
		assert_int_equal(fragment(f, &p, &b, 0, 80, id, id),
				 PACKET_WAITS);
	assert_int_equal(frags_lost(f), 2 * FRAGS_MAX);
	/* Time frees the places as well. */
	assert_int_equal(fragment(f, &p, &b, 80, 28, 3 * FRAGS_MAX - 1,
				  2 * FRAG_WAIT_US), PACKET_WAITS);
	assert_true(frags_lost(f) > 2 * FRAGS_MAX);
	buf_free(&b);
	frags_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_link_layer),
		cmocka_unit_test(padding),
		cmocka_unit_test(ipv4_options),
		cmocka_unit_test(ipv6_extensions),
		cmocka_unit_test(tcp_header),
		cmocka_unit_test(others),
		cmocka_unit_test(fragments_in_any_order),
		cmocka_unit_test(fragments_overlap),
		cmocka_unit_test(fragments_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
