/* WWSF: the HTTPS server of W1. It serves the page, logs users in, determines
 * the identities of subscribers and assigns pool pairs to everybody else, and
 * has its tokens from the WAF over W4.
 *
 * A pair's window ends at one absolute moment, fixed at the handover (plus a
 * guard). Nothing else frees it: no de-registration, closed socket, restart. */
#ifndef ACTOR_WWSF_H
#define ACTOR_WWSF_H

#include "actor/actor.h"

struct wwsf_config {
	struct actor_env env;
	const char *listen;             /* "https://127.0.0.1:0" */
	const char *name;               /* whose pool; NULL: the first pool's */
	const char *w4;                 /* the WAF's token end point */
	const char *w2;                 /* named in the page; or NULL */
};

struct wwsf;
struct wwsf *wwsf_new(const struct wwsf_config *c, struct err *err);
void wwsf_free(struct wwsf *w);
const char *wwsf_w1(const struct wwsf *w);
/* The page names this end point from now on. */
void wwsf_set_w2(struct wwsf *w, const char *w2);
/* A restart: connections drop, sessions are gone, windows stay (they are what
 * a real WWSF keeps on disk). The listener stays. */
void wwsf_restart(struct wwsf *w);
/* Pairs that could be lent at this moment. */
unsigned wwsf_free_pairs(const struct wwsf *w);

#endif
