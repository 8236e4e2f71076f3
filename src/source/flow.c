#include "source/flow.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"
#include "source/decoder.h"
#include "source/reasm.h"
#include "source/sniff.h"

enum flow_list { FLOW_FREE, FLOW_UDP, FLOW_TCP, FLOW_CLOSED, FLOW_LISTS };

/* End a is the lower of the two, so that both directions find one flow. */
struct flow_key {
	unsigned char a[16], b[16];
	uint16_t aport, bport;
	uint8_t v6, tcp;
	uint8_t pad[2];
};

struct flow {
	struct flow_key key;
	uint64_t hash;
	uint32_t conn;          /* 0: the decoder was not told yet */
	bool client_is_a;
	bool syn;               /* a SYN was seen: client_is_a is sure */
	uint32_t syn_seq;
	enum flow_list list;
	int64_t last_us;
	struct reasm from_a, from_b;
	uint32_t prev, next;
};

struct flows {
	struct decoder *d;
	flow_note *note;
	void *note_arg;
	struct flow *at;
	uint32_t n, room;
	uint32_t next_conn;
	struct map index;
	struct { uint32_t head, tail, n; } lists[FLOW_LISTS];
	uint64_t gaps, dropped;
};

struct flows *flows_new(struct decoder *d, flow_note *note, void *arg)
{
	struct flows *f = must_alloc(sizeof *f);

	f->d = d;
	f->note = note;
	f->note_arg = arg;
	for (unsigned i = 0; i < FLOW_LISTS; i++)
		f->lists[i].head = f->lists[i].tail = MAP_NONE;
	return f;
}

void flows_free(struct flows *f)
{
	if (!f)
		return;
	for (uint32_t i = 0; i < f->n; i++) {
		reasm_free(&f->at[i].from_a);
		reasm_free(&f->at[i].from_b);
	}
	free(f->at);
	map_free(&f->index);
	free(f);
}

/* ---- lists, oldest first ---- */

static void take_out(struct flows *f, struct flow *w)
{
	if (w->prev != MAP_NONE)
		f->at[w->prev].next = w->next;
	else
		f->lists[w->list].head = w->next;
	if (w->next != MAP_NONE)
		f->at[w->next].prev = w->prev;
	else
		f->lists[w->list].tail = w->prev;
	f->lists[w->list].n--;
}

static void put_last(struct flows *f, struct flow *w, enum flow_list list)
{
	uint32_t i = (uint32_t)(w - f->at);

	w->list = list;
	w->next = MAP_NONE;
	w->prev = f->lists[list].tail;
	if (w->prev != MAP_NONE)
		f->at[w->prev].next = i;
	else
		f->lists[list].head = i;
	f->lists[list].tail = i;
	f->lists[list].n++;
}

static void touch(struct flows *f, struct flow *w, int64_t t_us)
{
	w->last_us = t_us;
	if (f->lists[w->list].tail == (uint32_t)(w - f->at))
		return;
	take_out(f, w);
	put_last(f, w, w->list);
}

/* ---- to the decoder ---- */

struct giving {
	struct flows *f;
	struct flow *w;
	bool from_a;
	struct decode_at at;
};

static bool from_client(const struct giving *g)
{
	return g->from_a == g->w->client_is_a;
}

static void give_bytes(struct span s, void *arg)
{
	struct giving *g = arg;

	decoder_bytes(g->f->d, g->w->conn, from_client(g), s, g->at);
}

static const char *end_text(const struct flow *w, bool a, char out[64])
{
	const struct flow_key *k = &w->key;
	char ip[INET6_ADDRSTRLEN];

	inet_ntop(k->v6 ? AF_INET6 : AF_INET, a ? k->a : k->b, ip, sizeof ip);
	snprintf(out, 64, k->v6 ? "[%s]:%u" : "%s:%u", ip,
		 a ? k->aport : k->bport);
	return out;
}

static void give_gap(uint64_t missing, void *arg)
{
	struct giving *g = arg;
	char text[200], from[64], to[64];

	if (g->f->gaps++ < 8) {
		snprintf(text, sizeof text, "frame %llu: %llu bytes from %s to "
			 "%s are not in the capture",
			 (unsigned long long)g->at.number,
			 (unsigned long long)missing,
			 end_text(g->w, g->from_a, from),
			 end_text(g->w, !g->from_a, to));
		g->f->note(text, g->f->note_arg);
	}
	decoder_gap(g->f->d, g->w->conn, from_client(g), missing, g->at);
}

static struct reasm_calls calls(struct giving *g)
{
	return (struct reasm_calls){ give_bytes, give_gap, g };
}

static void tell_open(struct flows *f, struct flow *w, struct decode_at at)
{
	char local[64], remote[64];
	struct decode_conn c = { .stream = w->key.tcp };

	if (w->conn)
		return;
	w->conn = ++f->next_conn;
	if (!w->conn)           /* four thousand million connections */
		w->conn = ++f->next_conn;
	c.conn = w->conn;
	c.local = span_str(end_text(w, w->client_is_a, local));
	c.remote = span_str(end_text(w, !w->client_is_a, remote));
	decoder_open(f->d, &c, at);
}

static void shut(struct flows *f, struct flow *w, bool by_a,
		 struct decode_at at)
{
	struct giving a = { f, w, true, at }, b = { f, w, false, at };

	if (w->conn && w->key.tcp) {
		reasm_flush(&w->from_a, calls(&a));
		reasm_flush(&w->from_b, calls(&b));
	}
	if (w->conn)
		decoder_close(f->d, w->conn, by_a == w->client_is_a, at);
	w->conn = 0;
	w->syn = false;
	reasm_free(&w->from_a);
	reasm_free(&w->from_b);
}

/* ---- the table ---- */

static void forget(struct flows *f, struct flow *w)
{
	map_del(&f->index, w->hash);
	take_out(f, w);
	put_last(f, w, FLOW_FREE);
}

static void note_full(struct flows *f)
{
	decoder_limit(f->d, "over %u connections at once: those silent longest "
		      "are given up", FLOWS_MAX);
}

static void make_room(struct flows *f, struct decode_at at)
{
	static const int64_t limit_us[FLOW_LISTS] = {
		[FLOW_UDP] = FLOW_UDP_US, [FLOW_TCP] = INT64_MAX,
		[FLOW_CLOSED] = FLOW_CLOSED_US,
	};
	static const enum flow_list order[] = { FLOW_CLOSED, FLOW_UDP,
						FLOW_TCP };

	for (unsigned i = 0; i < 3; i++) {
		enum flow_list l = order[i];
		uint32_t head;

		while ((head = f->lists[l].head) != MAP_NONE) {
			struct flow *w = &f->at[head];
			bool full = f->n - f->lists[FLOW_FREE].n >= FLOWS_MAX;

			if (at.t_us - w->last_us <= limit_us[l] && !full)
				break;
			if (full && l != FLOW_CLOSED && f->dropped++ == 0)
				note_full(f);
			shut(f, w, true, at);
			forget(f, w);
		}
	}
}

static struct flow *make(struct flows *f, const struct flow_key *k,
			 uint64_t hash, struct decode_at at)
{
	struct flow *w;

	make_room(f, at);
	if (f->lists[FLOW_FREE].head != MAP_NONE) {
		w = &f->at[f->lists[FLOW_FREE].head];
		take_out(f, w);
	} else {
		if (f->n == f->room) {
			f->room = f->room ? f->room * 2 : 64;
			f->at = must_grow(f->at, f->room * sizeof *f->at);
		}
		w = &f->at[f->n++];
	}
	memset(w, 0, sizeof *w);
	w->key = *k;
	w->hash = hash;
	map_put(&f->index, hash, (uint32_t)(w - f->at));
	put_last(f, w, k->tcp ? FLOW_TCP : FLOW_UDP);
	return w;
}

static bool key_of(const struct packet *p, struct flow_key *k)
{
	int order = memcmp(p->src, p->dst, 16);
	bool from_a = order < 0 || (order == 0 && p->sport <= p->dport);

	memset(k, 0, sizeof *k);
	memcpy(from_a ? k->a : k->b, p->src, 16);
	memcpy(from_a ? k->b : k->a, p->dst, 16);
	k->aport = from_a ? p->sport : p->dport;
	k->bport = from_a ? p->dport : p->sport;
	k->v6 = p->v6;
	k->tcp = p->tcp;
	return from_a;
}

/* Two flows with one 64-bit hash: the next key of a fixed sequence. */
static struct flow *find(struct flows *f, const struct flow_key *k,
			 uint64_t *hash)
{
	*hash = span_hash((struct span){ (const char *)k, sizeof *k });
	for (;;) {
		uint32_t i = map_get(&f->index, *hash);

		if (i == MAP_NONE)
			return NULL;
		if (memcmp(&f->at[i].key, k, sizeof *k) == 0)
			return &f->at[i];
		*hash = map_mix(*hash, 1);
	}
}

/* ---- UDP ---- */

static void udp(struct flows *f, const struct packet *p, struct decode_at at)
{
	struct flow_key k;
	bool from_a = key_of(p, &k);
	uint64_t hash;
	struct flow *w = find(f, &k, &hash);

	if (!w) {
		w = make(f, &k, hash, at);
		w->client_is_a = from_a;
		tell_open(f, w, at);
	}
	touch(f, w, at.t_us);
	decoder_bytes(f->d, w->conn, from_a == w->client_is_a, p->payload, at);
}

/* ---- TCP ---- */

/* Joined in the middle: who opened it? Answers come from a server, masked
 * frames from a client; else the lower port serves. */
static bool sender_is_client(const struct packet *p)
{
	struct span s = p->payload;
	size_t skip;

	if (sniff(s, true, false, &skip) == SNIFF_WS)
		return true;
	if (sniff(s, false, false, &skip) == SNIFF_WS)
		return false;
	if (sniff_is_response(s))
		return false;
	if (sniff(s, true, false, &skip) == SNIFF_HTTP)
		return true;
	return p->sport >= p->dport;
}

static void new_syn(struct flows *f, struct flow *w, const struct packet *p,
		    bool from_a, struct decode_at at)
{
	bool answer = p->flags & TCP_ACK;

	/* Another SYN with another number: the port is used again. */
	if (w->conn && !answer && (!w->syn || w->syn_seq != p->seq))
		shut(f, w, true, at);
	if (w->list == FLOW_CLOSED) {
		take_out(f, w);
		put_last(f, w, FLOW_TCP);
	}
	if (!w->conn) {
		w->client_is_a = from_a != answer;
		w->syn = true;
		w->syn_seq = p->seq;
		tell_open(f, w, at);
	}
	reasm_start(from_a ? &w->from_a : &w->from_b, p->seq + 1);
}

static void tcp_payload(struct flows *f, struct flow *w,
			const struct packet *p, bool from_a,
			struct decode_at at)
{
	struct reasm *to = from_a ? &w->from_a : &w->from_b;
	struct reasm *back = from_a ? &w->from_b : &w->from_a;
	struct giving g = { f, w, from_a, at }, other = { f, w, !from_a, at };
	uint32_t seq = p->seq + (p->flags & TCP_SYN ? 1 : 0);

	reasm_segment(to, seq, p->payload, p->missing, at.t_us, calls(&g));
	if (p->flags & TCP_FIN)
		reasm_fin(to, seq + (uint32_t)(p->payload.n + p->missing));
	if (p->flags & TCP_ACK)
		reasm_ack(back, p->ack);
	reasm_time(to, at.t_us, calls(&g));
	reasm_time(back, at.t_us, calls(&other));
}

static void tcp(struct flows *f, const struct packet *p, struct decode_at at)
{
	struct flow_key k;
	bool from_a = key_of(p, &k), syn = p->flags & TCP_SYN;
	uint64_t hash;
	struct flow *w = find(f, &k, &hash);

	if (!w) {
		if (!syn && !p->payload.n)
			return;         /* nothing to learn from it */
		w = make(f, &k, hash, at);
	}
	if (syn)
		new_syn(f, w, p, from_a, at);
	touch(f, w, at.t_us);
	if (w->list == FLOW_CLOSED)
		return;
	if (!w->conn) {
		if (!p->payload.n)
			return;
		w->client_is_a = from_a == sender_is_client(p);
		tell_open(f, w, at);
	}
	tcp_payload(f, w, p, from_a, at);
	if (!(p->flags & TCP_RST) &&
	    !(reasm_done(&w->from_a) && reasm_done(&w->from_b)))
		return;
	shut(f, w, from_a, at);
	take_out(f, w);
	put_last(f, w, FLOW_CLOSED);
}

void flows_packet(struct flows *f, const struct packet *p, struct decode_at at)
{
	if (p->tcp)
		tcp(f, p, at);
	else
		udp(f, p, at);
}

void flows_end(struct flows *f, struct decode_at at)
{
	uint32_t i = f->lists[FLOW_TCP].head;

	for (; i != MAP_NONE; i = f->at[i].next) {
		struct flow *w = &f->at[i];
		struct giving a = { f, w, true, at }, b = { f, w, false, at };

		if (!w->conn)
			continue;
		reasm_flush(&w->from_a, calls(&a));
		reasm_flush(&w->from_b, calls(&b));
		/* Only the gap had kept it from being over. */
		if (reasm_done(&w->from_a) && reasm_done(&w->from_b))
			shut(f, w, true, at);
	}
}
