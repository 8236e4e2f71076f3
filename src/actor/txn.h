/* Client transactions of SIP (RFC 3261 17.1.2, non-INVITE): found again by the
 * branch of the top Via, repeated over UDP, given up after a while. */
#ifndef ACTOR_TXN_H
#define ACTOR_TXN_H

#include "net/loop.h"
#include "wire/sip.h"

/* The final answer, or NULL when none came in time. */
typedef void txn_done(const struct sip_msg *m, void *arg);
typedef void txn_send(struct span message, const char *address, void *arg);

struct txn;
struct txn_set { struct loop *loop; struct txn *first; };

struct txn_start {
	struct span message;    /* copied */
	struct span branch;     /* copied */
	const char *address;    /* copied; NULL: "" */
	bool repeat;            /* over UDP */
	int64_t timeout_us;     /* shorter the further from who asked first,
				   so that each hop hears of a silence */
	txn_send *send;         /* called at once, and for repetitions */
	void *send_arg;
	txn_done *done;         /* once; the transaction is gone by then */
	void *done_arg;
};
void txn_start(struct txn_set *s, const struct txn_start *t);
/* A response came: true when a transaction took it (or passed a 1xx). */
bool txn_answer(struct txn_set *s, const struct sip_msg *m);
/* Forgets those with that done_arg (NULL: all), without a word to them. */
void txn_forget(struct txn_set *s, const void *done_arg);

#endif
