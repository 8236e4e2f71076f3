/* What the decoder remembers about tokens: who was handed which one, whether
 * its claims were told, where it ends. Bounded: the oldest tokens are
 * forgotten first, and counted. */
#ifndef SOURCE_KNOWN_H
#define SOURCE_KNOWN_H

#include "base/map.h"
#include "base/span.h"

#define LABEL_MAX 56u
#define KNOWN_USER 40u          /* a longer name is not remembered */
#define KNOWN_TOKENS 262144u
#define KNOWN_WWSFS 64u

/* The label of a WIC; empty text: none. Longer texts keep their beginning and
 * a hash of the whole, so that different ones stay different. */
struct label {
	char text[LABEL_MAX];
	bool sure;
};
void label_set(struct label *l, struct span text, bool sure);
static inline bool label_none(const struct label *l) { return !l->text[0]; }

struct known_token {
	uint64_t name, raw;     /* hashes; raw 0: only its name was seen */
	int64_t ends_us;        /* UNSAID_T: not known */
	bool told;              /* a `token` event spoke of it */
	bool active;            /* the WAF once said so */
	uint8_t wwsf;           /* 1-based index into wwsfs[], 0: not known */
	bool anonymous;         /* handed to nobody by name */
	char user[KNOWN_USER];  /* handed to him; empty: not known */
	struct label label;     /* of the WIC that it was handed to */
};

struct known {
	struct map index;       /* by name hash and by raw hash */
	struct known_token *at;
	uint32_t n, room, next; /* next: the slot that is reused when full */
	uint64_t forgotten;
	char wwsfs[KNOWN_WWSFS][128];
	unsigned n_wwsfs;
};

void known_free(struct known *k);
/* NULL: never seen. */
struct known_token *known_find(const struct known *k, struct span name);
/* Is the text a known token as it was on the wire? */
bool known_raw(const struct known *k, struct span text);
/* Found or made. raw may be absent. */
struct known_token *known_put(struct known *k, struct span name,
			      struct span raw);
void known_wwsf(struct known *k, struct known_token *t, struct span wwsf);
struct span known_wwsf_of(const struct known *k, const struct known_token *t);

#endif
