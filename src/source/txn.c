#include "source/txn.h"

#include <assert.h>
#include <stdlib.h>

#include "base/err.h"

/* Texts of one request that are kept; a longer one is cut away whole. */
#define TXN_TEXT_BYTES 4096u

void txns_init(struct txns *t)
{
	*t = (struct txns){ 0 };
	for (unsigned i = 0; i < TXN_LISTS; i++)
		t->lists[i].head = t->lists[i].tail = MAP_NONE;
}

void txns_free(struct txns *t)
{
	for (uint32_t i = 0; i < t->n; i++)
		buf_free(&t->at[i].text);
	free(t->at);
	map_free(&t->index);
	txns_init(t);
}

static void unlink_(struct txns *t, struct txn *x)
{
	if (x->prev != MAP_NONE)
		t->at[x->prev].next = x->next;
	else
		t->lists[x->list].head = x->next;
	if (x->next != MAP_NONE)
		t->at[x->next].prev = x->prev;
	else
		t->lists[x->list].tail = x->prev;
	t->lists[x->list].n--;
}

static void append(struct txns *t, struct txn *x, enum txn_list list)
{
	uint32_t i = (uint32_t)(x - t->at);

	x->list = list;
	x->next = MAP_NONE;
	x->prev = t->lists[list].tail;
	if (x->prev != MAP_NONE)
		t->at[x->prev].next = i;
	else
		t->lists[list].head = i;
	t->lists[list].tail = i;
	t->lists[list].n++;
}

struct txn *txns_find(const struct txns *t, uint64_t key)
{
	uint32_t i = map_get(&t->index, key);

	return i == MAP_NONE ? NULL : &t->at[i];
}

static struct txn *slot(struct txns *t)
{
	uint32_t i = t->lists[TXN_FREE].head;

	if (i != MAP_NONE) {
		unlink_(t, &t->at[i]);
		return &t->at[i];
	}
	if (t->n == t->room) {
		t->room = t->room ? t->room * 2 : 64;
		t->at = must_grow(t->at, t->room * sizeof *t->at);
	}
	struct txn *x = &t->at[t->n++];

	*x = (struct txn){ 0 };
	buf_init(&x->text, TXN_TEXT_BYTES);
	return x;
}

struct txn *txns_add(struct txns *t, enum txn_list list, uint64_t key,
		     uint64_t loose, int64_t now_us)
{
	struct txn *x = slot(t);
	struct buf text = x->text;

	buf_clear(&text);
	*x = (struct txn){ .key = key, .loose = loose, .since_us = now_us,
			   .text = text };
	append(t, x, list);
	map_put(&t->index, key, (uint32_t)(x - t->at));
	map_put(&t->index, loose, (uint32_t)(x - t->at));
	return x;
}

void txns_move(struct txns *t, struct txn *x, enum txn_list list,
	       int64_t now_us)
{
	unlink_(t, x);
	x->since_us = now_us;
	append(t, x, list);
}

void txns_drop(struct txns *t, struct txn *x)
{
	uint32_t i = (uint32_t)(x - t->at);

	assert(x->list != TXN_FREE);
	/* A newer request with the same key owns the entry now. */
	if (map_get(&t->index, x->key) == i)
		map_del(&t->index, x->key);
	if (map_get(&t->index, x->loose) == i)
		map_del(&t->index, x->loose);
	txns_move(t, x, TXN_FREE, 0);
}

struct txn *txns_oldest(const struct txns *t, enum txn_list list,
			int64_t now_us, int64_t limit_us)
{
	uint32_t i = t->lists[list].head;

	if (i == MAP_NONE)
		return NULL;
	if (t->lists[list].n < TXNS_MAX &&
	    now_us - t->at[i].since_us < limit_us)
		return NULL;
	return &t->at[i];
}

struct txn *txns_next(const struct txns *t, const struct txn *x)
{
	return x->next == MAP_NONE ? NULL : &t->at[x->next];
}

struct txn *txns_first(const struct txns *t, enum txn_list list)
{
	uint32_t i = t->lists[list].head;

	return i == MAP_NONE ? NULL : &t->at[i];
}

/* Texts are set once each, in the order of the enum; skipped ones stay
 * absent (an empty range at the start of the next). */
void txn_text(struct txn *x, enum txn_text which, struct span text)
{
	if (!span_absent(text))
		buf_add(&x->text, text);
	for (unsigned i = which + 1; i <= TXN_TEXTS; i++)
		x->cut[i] = (uint32_t)x->text.n;
}

struct span txn_get(const struct txn *x, enum txn_text which)
{
	uint32_t from = x->cut[which], to = x->cut[which + 1];

	return to > from ? span_sub(buf_span(&x->text), from, to - from)
			 : SPAN_NONE;
}
