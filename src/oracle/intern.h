/* Interned names: a number for each text, so that rules compare numbers. */
#ifndef ORACLE_INTERN_H
#define ORACLE_INTERN_H

#include "base/map.h"
#include "base/span.h"

#define INTERN_TEXT_MAX 1024u    /* a longer text is hashed into a stand-in */

struct intern {
	struct map index;
	struct name { const char *p; uint32_t n; uint32_t pair; } *at;
	uint32_t n, room;
	char *block;            /* text storage, in blocks, never moved */
	size_t block_left;
	char **blocks;
	size_t n_blocks;
};

void intern_free(struct intern *ns);
/* The number of a text; a new one when it was never seen. Absent gives 0.
 * A new name's pair is MAP_NONE and *fresh is set. */
uint32_t intern_put(struct intern *ns, struct span text, bool *fresh);
uint32_t intern_find(const struct intern *ns, struct span text); /* 0: none */
struct span intern_text(const struct intern *ns, uint32_t n);

#endif
