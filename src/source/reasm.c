#include "source/reasm.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct reasm_segment {
	struct reasm_segment *next;
	uint32_t seq;
	size_t n;
	size_t missing;         /* bytes behind it that were not captured */
	char bytes[];
};

/* Sequence numbers wrap: a is before b when it is nearer in front. */
static int32_t distance(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

void reasm_free(struct reasm *r)
{
	while (r->waiting) {
		struct reasm_segment *s = r->waiting;

		r->waiting = s->next;
		free(s);
	}
	*r = (struct reasm){ 0 };
}

void reasm_start(struct reasm *r, uint32_t next)
{
	if (r->started)
		return;
	r->started = true;
	r->next = next;
}

static void give(struct reasm *r, struct span s, size_t missing,
		 struct reasm_calls c)
{
	r->next += (uint32_t)(s.n + missing);
	if (s.n)
		c.bytes(s, c.arg);
	if (missing)
		c.gap(missing, c.arg);
}

/* Gives a segment that begins at or before what is due. */
static void give_new_part(struct reasm *r, uint32_t seq, struct span s,
			  size_t missing, struct reasm_calls c)
{
	size_t old = (size_t)distance(seq, r->next);

	if (old >= s.n + missing) {
		r->late_bytes += s.n;
		return;
	}
	if (old > s.n) {        /* within the part that was not captured */
		give(r, SPAN_NONE, s.n + missing - old, c);
		return;
	}
	r->late_bytes += old;
	give(r, span_from(s, old), missing, c);
}

static void take_waiting(struct reasm *r, struct reasm_calls c)
{
	while (r->waiting && distance(r->waiting->seq, r->next) >= 0) {
		struct reasm_segment *s = r->waiting;

		r->waiting = s->next;
		r->n_waiting--;
		r->waiting_bytes -= s->n;
		give_new_part(r, s->seq, (struct span){ s->bytes, s->n },
			      s->missing, c);
		free(s);
	}
}

/* The hole in front of what waits will not be filled. */
static void give_up_hole(struct reasm *r, struct reasm_calls c)
{
	uint32_t to = r->waiting->seq;
	uint64_t missing = (uint64_t)distance(r->next, to);

	r->next = to;
	c.gap(missing, c.arg);
	take_waiting(r, c);
}

static void keep(struct reasm *r, uint32_t seq, struct span s, size_t missing,
		 int64_t t_us)
{
	struct reasm_segment **at = &r->waiting, *n;

	if (!r->waiting)
		r->hole_us = t_us;
	while (*at && distance((*at)->seq, seq) > 0)
		at = &(*at)->next;
	if (*at && (*at)->seq == seq && (*at)->n >= s.n)
		return;         /* the same again */
	n = must_alloc(sizeof *n + s.n);
	n->seq = seq;
	n->n = s.n;
	n->missing = missing;
	memcpy(n->bytes, s.p, s.n);
	n->next = *at;
	*at = n;
	r->n_waiting++;
	r->waiting_bytes += s.n;
}

void reasm_segment(struct reasm *r, uint32_t seq, struct span s,
		   size_t missing, int64_t t_us, struct reasm_calls c)
{
	if (!s.n && !missing)
		return;
	if (!r->started)
		reasm_start(r, seq);
	if (distance(r->next, seq) <= 0) {
		give_new_part(r, seq, s, missing, c);
		take_waiting(r, c);
		return;
	}
	if (!s.n)
		return;
	keep(r, seq, s, missing, t_us);
	while (r->waiting && (r->n_waiting > REASM_SEGMENTS_MAX ||
			      r->waiting_bytes > REASM_BYTES_MAX))
		give_up_hole(r, c);
}

void reasm_fin(struct reasm *r, uint32_t seq)
{
	if (r->fin)
		return;
	r->fin = true;
	r->fin_seq = seq;
	if (!r->started)
		reasm_start(r, seq);
}

void reasm_ack(struct reasm *r, uint32_t ack)
{
	if (!r->acked || distance(r->ack, ack) > 0)
		r->ack = ack;
	r->acked = true;
}

void reasm_time(struct reasm *r, int64_t t_us, struct reasm_calls c)
{
	if (!r->waiting)
		return;
	bool acked = r->acked && distance(r->next, r->ack) > 0;

	if (t_us - r->hole_us <= (acked ? REASM_ACKED_US : REASM_WAIT_US))
		return;
	give_up_hole(r, c);
	r->hole_us = t_us;
}

void reasm_flush(struct reasm *r, struct reasm_calls c)
{
	while (r->waiting)
		give_up_hole(r, c);
	/* A FIN further on: bytes at the very end are missing. */
	if (r->fin && r->started && distance(r->next, r->fin_seq) > 0) {
		uint64_t missing = (uint64_t)distance(r->next, r->fin_seq);

		r->next = r->fin_seq;
		c.gap(missing, c.arg);
	}
}

bool reasm_done(const struct reasm *r)
{
	return r->fin && r->started && distance(r->next, r->fin_seq) <= 0;
}
