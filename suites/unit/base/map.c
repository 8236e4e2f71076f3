/* The hash map against an array that is searched from end to end, with keys
 * that collide on purpose. Seeds are fixed, so a failure comes again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"
#include "base/span.h"

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 20;
}

struct model {
	struct { uint64_t key; uint32_t value; } rows[600];
	size_t n;
};

static uint32_t model_get(const struct model *m, uint64_t key)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->rows[i].key == key)
			return m->rows[i].value;
	return MAP_NONE;
}

static void model_put(struct model *m, uint64_t key, uint32_t value)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->rows[i].key == key) {
			m->rows[i].value = value;
			return;
		}
	m->rows[m->n].key = key;
	m->rows[m->n++].value = value;
}

static void model_del(struct model *m, uint64_t key)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->rows[i].key == key) {
			m->rows[i] = m->rows[--m->n];
			return;
		}
}

static void same(const struct map *m, const struct model *o)
{
	assert_int_equal(m->used, o->n);
	for (size_t i = 0; i < o->n; i++)
		assert_int_equal(map_get(m, o->rows[i].key), o->rows[i].value);
}

/* Keys drawn from a pool. spread 0: 1, 2, 3 ...; else multiples that share
 * their low bits, so that many want the same slot; 1: hashes. */
static uint64_t some_key(uint64_t *seed, size_t pool, unsigned spread)
{
	uint64_t k = next(seed) % pool + 1;

	return spread == 0 ? k : spread == 1 ? map_mix(k, 7) :
	       k << spread;
}

static void against_a_model(void **state)
{
	static const unsigned spreads[] = { 0, 1, 8, 20, 40, 54 };
	static const size_t pools[] = { 3, 40, 47, 48, 49, 500 };

	(void)state;
	for (size_t s = 0; s < 6; s++)
		for (size_t p = 0; p < 6; p++) {
			uint64_t seed = s * 100 + p;
			struct model o = { .n = 0 };
			struct map m = { 0 };

			for (unsigned i = 0; i < 6000; i++) {
				uint64_t k = some_key(&seed, pools[p],
						      spreads[s]);
				/* Tides: now it fills, now it empties. */
				bool put = next(&seed) % 8 <
					   (i / 1000 % 2 ? 2u : 6u);

				if (put) {
					model_put(&o, k, i);
					map_put(&m, k, i);
				} else {
					model_del(&o, k);
					map_del(&m, k);
				}
				assert_int_equal(map_get(&m, k),
						 model_get(&o, k));
				if (i % 37 == 0)
					same(&m, &o);
			}
			same(&m, &o);
			assert_true(m.room <= 1024);
			while (o.n) {
				map_del(&m, o.rows[0].key);
				model_del(&o, o.rows[0].key);
				same(&m, &o);
			}
			map_free(&m);
		}
}

/* Runs that wrap round the end of the table survive deletions. */
static void deletions_in_one_run(void **state)
{
	(void)state;
	for (unsigned gone = 0; gone < 40; gone++) {
		struct map m = { 0 };
		uint64_t k[40];
		size_t n = 0;

		/* Keys of one home: try numbers until 40 share slot 62. */
		for (uint64_t c = 1; n < 40; c++)
			if (((c * 0x9e3779b97f4a7c15u) >> 20 & 63) == 62)
				k[n++] = c;
		for (unsigned i = 0; i < 40; i++)
			map_put(&m, k[i], i);
		assert_int_equal(m.room, 64);
		map_del(&m, k[gone]);
		for (unsigned i = 0; i < 40; i++)
			assert_int_equal(map_get(&m, k[i]),
					 i == gone ? MAP_NONE : i);
		map_put(&m, k[gone], 99);
		assert_int_equal(map_get(&m, k[gone]), 99);
		assert_int_equal(m.used, 40);
		map_free(&m);
	}
}

static void an_unused_map(void **state)
{
	struct map m = { 0 };

	(void)state;
	assert_true(map_get(&m, 1) == MAP_NONE);
	map_del(&m, 1);
	map_free(&m);
	map_put(&m, UINT64_MAX, 0);
	assert_int_equal(map_get(&m, UINT64_MAX), 0);
	map_free(&m);
	assert_true(map_get(&m, UINT64_MAX) == MAP_NONE);
}

/* Churn: a queue of 1000 keys through which 300,000 pass. The table must not
 * grow, and what was deleted must not slow it down. */
static void churn_leaves_no_trace(void **state)
{
	struct map m = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 300000; i++) {
		map_put(&m, map_mix(i, 1), i);
		if (i >= 1000) {
			assert_int_equal(map_get(&m, map_mix(i - 1000, 1)),
					 i - 1000);
			map_del(&m, map_mix(i - 1000, 1));
		}
	}
	assert_int_equal(m.used, 1000);
	assert_true(m.room <= 4096);
	map_free(&m);
}

static void mixing(void **state)
{
	struct map m = { 0 };

	(void)state;
	for (uint64_t a = 0; a < 300; a++)
		for (uint64_t b = 0; b < 300; b++) {
			uint64_t k = map_mix(a, b);

			assert_true(k != 0);
			assert_true(map_get(&m, k) == MAP_NONE);
			map_put(&m, k, 1);
		}
	assert_int_equal(m.used, 90000);
	assert_true(map_mix(UINT64_MAX, UINT64_MAX) != 0);
	map_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_a_model),
		cmocka_unit_test(deletions_in_one_run),
		cmocka_unit_test(an_unused_map),
		cmocka_unit_test(churn_leaves_no_trace),
		cmocka_unit_test(mixing),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
