/* What owns the texts, the arrays and the indexes of a profile. Inside
 * src/profile alone. */
#ifndef PROFILE_MEMORY_H
#define PROFILE_MEMORY_H

#include "base/map.h"
#include "base/span.h"
#include "profile/profile.h"

struct profile_memory {
	struct memory_block *blocks;    /* freed all at once */
	size_t total;                   /* bytes taken */
	unsigned pairs_room;            /* of profile.pairs, which is malloc'd */
	bool token_key_read;
	/* hash of a name or identity -> index (see lookup.c) */
	struct map user, stranger, sub_impi, sub_impu, pair_impi, pair_impu;
};

struct profile_memory *memory_new(void);
void memory_free(struct profile_memory *m);

/* Zeroed bytes that live as long as the profile. */
void *memory_take(struct profile_memory *m, size_t n);
/* NUL-terminated copy. */
char *memory_text(struct profile_memory *m, struct span s);

/* A YAML alias makes much out of little: over this, the profile is refused. */
#define MEMORY_BYTES_MAX (512u * 1024 * 1024)

/* Forget the ixit part, or the ics part, and set its defaults. */
void memory_reset_ixit(struct profile *p);
void memory_reset_ics(struct profile *p);

#endif
