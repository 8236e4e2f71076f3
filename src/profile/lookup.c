/* Who is that? Hash of a normal form -> index. Two texts with one hash take
 * the next key of a fixed sequence, so that none is lost. */
#include "profile/lookup.h"

#include <assert.h>
#include <string.h>

#include "profile/memory.h"
#include "wire/sip.h"

#define IDENTITY_MAX 512        /* a longer one is compared by its start */
#define PROBES 8                /* equal hashes in a row; one is rare */

/* Does entry i carry the normal form? */
typedef bool lookup_same(const struct profile *p, uint32_t i,
			 struct span normal);

static uint64_t probe(uint64_t key, unsigned i)
{
	return i ? map_mix(key, i) : key;
}

static uint32_t find(const struct profile *p, const struct map *m,
		     struct span normal, lookup_same *same)
{
	uint64_t key = span_hash(normal);

	for (unsigned i = 0; normal.n && i < PROBES; i++) {
		uint32_t at = map_get(m, probe(key, i));

		if (at == MAP_NONE || same(p, at, normal))
			return at;
	}
	return MAP_NONE;
}

static void put(const struct profile *p, struct map *m, struct span normal,
		lookup_same *same, uint32_t value)
{
	uint64_t key = span_hash(normal);

	for (unsigned i = 0; normal.n && i < PROBES; i++) {
		uint32_t at = map_get(m, probe(key, i));

		if (at != MAP_NONE && same(p, at, normal))
			return;
		if (at == MAP_NONE) {
			map_put(m, probe(key, i), value);
			return;
		}
	}
}

/* user@realm: the realm is a domain name, so its case says nothing. */
static struct span impi_normal(struct span s, char out[IDENTITY_MAX])
{
	s = span_trim(s);
	span_copy(out, IDENTITY_MAX, s);
	char *at = strrchr(out, '@');

	for (; at && *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at | 0x20);
	return (struct span){ out, strlen(out) };
}

static bool impi_is(const char *impi, struct span normal)
{
	char own[IDENTITY_MAX];
	struct span s = span_str(impi);

	return impi && (span_eq(s, normal) ||
			span_eq(impi_normal(s, own), normal));
}

static struct span impu_normal(struct span s, char out[IDENTITY_MAX])
{
	return s.n ? sip_identity(s, out, IDENTITY_MAX) : SPAN_NONE;
}

static bool impu_among(const char *const *impu, unsigned n, struct span normal)
{
	char own[IDENTITY_MAX];

	for (unsigned i = 0; i < n; i++)
		if (span_eq(span_str(impu[i]), normal) ||
		    span_eq(impu_normal(span_str(impu[i]), own), normal))
			return true;
	return false;
}

/* ---- what "the same" means for each index ---- */

static bool same_user(const struct profile *p, uint32_t i, struct span s)
{
	return span_eq(span_str(p->subscribers[i].user), s);
}

static bool same_stranger(const struct profile *p, uint32_t i, struct span s)
{
	return span_eq(span_str(p->strangers[i].user), s);
}

static bool same_sub_impi(const struct profile *p, uint32_t i, struct span s)
{
	return impi_is(p->subscribers[i].impi, s);
}

static bool same_sub_impu(const struct profile *p, uint32_t i, struct span s)
{
	return impu_among(p->subscribers[i].impu, p->subscribers[i].n_impu, s);
}

static bool same_pair_impi(const struct profile *p, uint32_t i, struct span s)
{
	return impi_is(p->pairs[i].impi, s);
}

static bool same_pair_impu(const struct profile *p, uint32_t i, struct span s)
{
	return impu_among(p->pairs[i].impu, p->pairs[i].n_impu, s);
}

static void index_people(struct profile *p)
{
	struct profile_memory *m = p->memory;
	char out[IDENTITY_MAX];

	for (uint32_t i = 0; i < p->n_strangers; i++)
		put(p, &m->stranger, span_str(p->strangers[i].user),
		    same_stranger, i);
	for (uint32_t i = 0; i < p->n_subscribers; i++) {
		const struct subscriber *s = &p->subscribers[i];

		put(p, &m->user, span_str(s->user), same_user, i);
		put(p, &m->sub_impi, impi_normal(span_str(s->impi), out),
		    same_sub_impi, i);
		for (unsigned j = 0; j < s->n_impu; j++)
			put(p, &m->sub_impu,
			    impu_normal(span_str(s->impu[j]), out),
			    same_sub_impu, i);
	}
}

void lookup_index(struct profile *p)
{
	struct profile_memory *m = p->memory;
	char out[IDENTITY_MAX];

	assert(m);
	index_people(p);
	for (uint32_t i = 0; i < p->n_pairs; i++) {
		const struct pool_pair *pair = &p->pairs[i];

		put(p, &m->pair_impi, impi_normal(span_str(pair->impi), out),
		    same_pair_impi, i);
		for (unsigned j = 0; j < pair->n_impu; j++)
			put(p, &m->pair_impu,
			    impu_normal(span_str(pair->impu[j]), out),
			    same_pair_impu, i);
	}
}

static const struct subscriber *person(const struct subscriber *at, uint32_t i)
{
	return i == MAP_NONE ? NULL : &at[i];
}

const struct subscriber *profile_user(const struct profile *p, struct span user)
{
	return person(p->subscribers,
		      find(p, &p->memory->user, user, same_user));
}

const struct subscriber *profile_stranger(const struct profile *p,
					  struct span user)
{
	return person(p->strangers,
		      find(p, &p->memory->stranger, user, same_stranger));
}

const struct subscriber *profile_sub_impi(const struct profile *p,
					  struct span impi)
{
	char out[IDENTITY_MAX];

	return person(p->subscribers,
		      find(p, &p->memory->sub_impi, impi_normal(impi, out),
			   same_sub_impi));
}

const struct subscriber *profile_sub_impu(const struct profile *p,
					  struct span impu)
{
	char out[IDENTITY_MAX];

	return person(p->subscribers,
		      find(p, &p->memory->sub_impu, impu_normal(impu, out),
			   same_sub_impu));
}

uint32_t profile_pair_impi(const struct profile *p, struct span impi)
{
	char out[IDENTITY_MAX];

	return find(p, &p->memory->pair_impi, impi_normal(impi, out),
		    same_pair_impi);
}

uint32_t profile_pair_impu(const struct profile *p, struct span impu)
{
	char out[IDENTITY_MAX];

	return find(p, &p->memory->pair_impu, impu_normal(impu, out),
		    same_pair_impu);
}

uint32_t profile_pool(const struct profile *p, struct span wwsf)
{
	for (uint32_t i = 0; i < p->n_pools; i++)
		if (span_ieq(wwsf, span_str(p->pools[i].wwsf)))
			return i;
	return MAP_NONE;
}

/* RFC 6454: scheme and host fold case; no path. */
bool profile_origin_allowed(const struct profile *p, struct span origin)
{
	for (unsigned i = 0; i < p->n_origins; i++)
		if (span_ieq(span_str(p->origins[i]), span_trim(origin)))
			return true;
	return false;
}
