#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "source/packet.h"

#define DATAGRAM_MAX 65535u
#define UNITS (DATAGRAM_MAX / 8 + 1)    /* offsets count in 8 bytes */

struct datagram {
	uint64_t key;           /* 0: free */
	int64_t since_us;
	size_t total;           /* 0: the last part is still to come */
	size_t units;           /* different units that are there */
	unsigned char have[UNITS / 8 + 1];
	char bytes[DATAGRAM_MAX + 9];
};

struct frags {
	struct datagram *at[FRAGS_MAX];         /* each made when needed */
	struct datagram *given;                 /* its bytes are with the
						   caller until the next call */
	uint64_t lost;
};

struct frags *frags_new(void) { return must_alloc(sizeof(struct frags)); }

void frags_free(struct frags *f)
{
	if (!f)
		return;
	for (unsigned i = 0; i < FRAGS_MAX; i++)
		free(f->at[i]);
	free(f);
}

uint64_t frags_lost(const struct frags *f) { return f->lost; }

static struct datagram *find(struct frags *f, uint64_t key, int64_t t_us)
{
	struct datagram *free_one = NULL, *oldest = NULL;
	unsigned i;

	for (i = 0; i < FRAGS_MAX && f->at[i]; i++) {
		struct datagram *g = f->at[i];

		if (g->key && t_us - g->since_us > FRAG_WAIT_US) {
			g->key = 0;
			f->lost++;
		}
		if (g->key == key)
			return g;
		if (!g->key)
			free_one = g;
		else if (!oldest || g->since_us < oldest->since_us)
			oldest = g;
	}
	if (!free_one && i < FRAGS_MAX)
		free_one = f->at[i] = must_alloc(sizeof(struct datagram));
	if (!free_one) {
		free_one = oldest;
		f->lost++;
	}
	free_one->key = key;
	free_one->since_us = t_us;
	free_one->total = free_one->units = 0;
	memset(free_one->have, 0, sizeof free_one->have);
	return free_one;
}

/* What came first stays: a part that overlaps cannot rewrite it. */
static void put_unit(struct datagram *g, size_t unit, const char *p, size_t n)
{
	if (g->have[unit / 8] & 1u << unit % 8)
		return;
	g->have[unit / 8] |= (unsigned char)(1u << unit % 8);
	g->units++;
	memcpy(g->bytes + unit * 8, p, n);
}

struct span frags_add(struct frags *f, const struct frag_part *p, int64_t t_us)
{
	size_t end = p->offset + p->bytes.n;
	struct datagram *g;

	if (f->given)
		f->given->key = 0;
	f->given = NULL;
	if (end > DATAGRAM_MAX || p->offset % 8 || (p->more && p->bytes.n % 8) ||
	    !p->bytes.n)
		return SPAN_NONE;
	g = find(f, p->key, t_us);
	if (g->total && end > g->total)
		return SPAN_NONE;
	if (!p->more && !g->total)
		g->total = end;
	for (size_t at = 0; at < p->bytes.n; at += 8)
		put_unit(g, (p->offset + at) / 8, p->bytes.p + at,
			 p->bytes.n - at < 8 ? p->bytes.n - at : 8);
	if (!g->total || g->units < (g->total + 7) / 8)
		return SPAN_NONE;
	f->given = g;
	return (struct span){ g->bytes, g->total };
}
