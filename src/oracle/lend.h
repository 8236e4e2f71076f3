/* Questions that several pool rules ask about a handover and the windows of
 * its pair. */
#ifndef ORACLE_LEND_H
#define ORACLE_LEND_H

#include "oracle/rule.h"

/* Where the pool rules come from. */
#define POOL_CLAUSE "TS 23.228 U.2.1.4"
#define POOL_VERSION "V16.5.0 and the Rel-12 change request"
#define POOL_SEED .clause = POOL_CLAUSE, .version = POOL_VERSION
/* What rules on the time of a pool pair need. */
#define POOL_TIMED .needs = NEED_POOLS | NEED_LIFETIME, \
	.editions = IN_CR | IN_REL13

/* The handover, its window and the other WIC's window of the same pair. */
struct lent {
	const struct handover *handover;
	const struct window *window;    /* NULL: no pool pair */
	const struct window *previous;  /* NULL: nobody else had the pair */
	bool opened;
	enum same same;                 /* is previous the same WIC? */
	int64_t early_us;               /* how long before previous's end;
					   UNSAID_T: an end is not known */
	bool whole;                     /* that end is in whole seconds */
};
/* False when the newest moment is no lending of a pool pair. */
bool lent_now(const struct judge *j, struct lent *l);
struct where lent_at(const struct lent *l);

/* Edition rel13 (ruling 30): a declared early release frees the pair; where
 * the source cannot show releases, an early re-lending stays undecided. */
enum excuse { EXCUSE_NONE, EXCUSE_RELEASED, EXCUSE_UNSEEN };
enum excuse lent_excuse(const struct judge *j, const struct lent *l);

/* Windows of one pair whose WICs may be one: two that act in turn, each with a
 * live binding, are two (ruling 8). */
#define DOUBTS 64u
struct doubts {
	unsigned next;
	struct doubt {
		uint32_t first, second;
		bool second_bound;
	} at[DOUBTS];
};
/* A register, answer or request: does a WIC act that settles a doubt? Then the
 * rule is broken; what says why it minds. */
void doubts_act(struct doubts *d, struct judge *j, const struct ev *e,
		const char *what);

/* Passes sentence on an early re-lending: held, too close, who-is-who not known
 * (then a doubt is kept), or broken; what says why this rule minds (" after
 * de-registration"). */
void lent_sentence(struct judge *j, const struct lent *l, const char *what,
		   struct doubts *doubts);

/* "p1@ims.example" of a window's pair; label of its WIC. */
struct span lent_pair(const struct judge *j, const struct window *w);
struct span lent_wic(const struct judge *j, const struct window *w);

#endif
