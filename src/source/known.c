#include "source/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "trace/ev.h"

void label_set(struct label *l, struct span text, bool sure)
{
	l->sure = sure;
	if (text.n < sizeof l->text) {
		span_copy(l->text, sizeof l->text, text);
		return;
	}
	snprintf(l->text, sizeof l->text, "%.36s~%016llx", text.p,
		 (unsigned long long)span_hash(text));
}

void known_free(struct known *k)
{
	map_free(&k->index);
	free(k->at);
	*k = (struct known){ 0 };
}

/* RFC 6750's token68 may end in '='; a search for it stops before them. */
static uint64_t raw_hash(struct span raw)
{
	while (raw.n && raw.p[raw.n - 1] == '=')
		raw.n--;
	return span_hash(raw) ^ 0x5bd1e9955bd1e995u;
}

struct known_token *known_find(const struct known *k, struct span name)
{
	uint32_t i = map_get(&k->index, span_hash(name));

	return i == MAP_NONE ? NULL : &k->at[i];
}

bool known_raw(const struct known *k, struct span text)
{
	return k->n && map_get(&k->index, raw_hash(text)) != MAP_NONE;
}

static uint32_t fresh_slot(struct known *k)
{
	if (k->n < KNOWN_TOKENS) {
		if (k->n == k->room) {
			k->room = k->room ? k->room * 2 : 64;
			k->at = must_grow(k->at, k->room * sizeof *k->at);
		}
		return k->n++;
	}
	uint32_t i = k->next;

	k->next = (k->next + 1) % KNOWN_TOKENS;
	map_del(&k->index, k->at[i].name);
	if (k->at[i].raw)
		map_del(&k->index, k->at[i].raw);
	k->forgotten++;
	return i;
}

struct known_token *known_put(struct known *k, struct span name,
			      struct span raw)
{
	struct known_token *t = known_find(k, name);

	if (!t) {
		uint32_t i = fresh_slot(k);

		t = &k->at[i];
		memset(t, 0, sizeof *t);
		t->name = span_hash(name);
		t->ends_us = UNSAID_T;
		map_put(&k->index, t->name, i);
	}
	if (!t->raw && !span_absent(raw)) {
		t->raw = raw_hash(raw);
		map_put(&k->index, t->raw, (uint32_t)(t - k->at));
	}
	return t;
}

void known_wwsf(struct known *k, struct known_token *t, struct span wwsf)
{
	if (span_empty(wwsf) || wwsf.n >= sizeof k->wwsfs[0])
		return;
	for (unsigned i = 0; i < k->n_wwsfs; i++)
		if (span_eq(wwsf, span_str(k->wwsfs[i]))) {
			t->wwsf = (uint8_t)(i + 1);
			return;
		}
	if (k->n_wwsfs == KNOWN_WWSFS)
		return;
	span_copy(k->wwsfs[k->n_wwsfs++], sizeof k->wwsfs[0], wwsf);
	t->wwsf = (uint8_t)k->n_wwsfs;
}

struct span known_wwsf_of(const struct known *k, const struct known_token *t)
{
	return t && t->wwsf ? span_str(k->wwsfs[t->wwsf - 1]) : SPAN_NONE;
}
