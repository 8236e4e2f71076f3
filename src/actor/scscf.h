/* I-CSCF, S-CSCF and HSS data as one: the registrar on Mw over UDP and TCP.
 * Challenges with SIP Digest, takes a trusted node's auth-done without one,
 * keeps contacts with their Path, drops them by timer, and sends requests for
 * registered IMPUs along the Path. */
#ifndef ACTOR_SCSCF_H
#define ACTOR_SCSCF_H

#include "actor/actor.h"
#include "wire/digest.h"

struct scscf_config {
	struct actor_env env;
	const char *listen;             /* "udp:127.0.0.1:0" */
	const char *listen_too;         /* "tcp:127.0.0.1:0", or NULL */
	enum digest_alg alg;            /* of its challenges */
	int64_t nonce_us;               /* life of a nonce; 0: 60 s */
};

struct scscf;
struct scscf *scscf_new(const struct scscf_config *c, struct err *err);
void scscf_free(struct scscf *s);
const char *scscf_mw(const struct scscf *s);            /* of listen */
const char *scscf_mw_too(const struct scscf *s);        /* or NULL */
void scscf_on_send(struct scscf *s, actor_edit *edit, void *arg);
/* Forgets every registration and nonce. */
void scscf_restart(struct scscf *s);
/* Contacts of an IMPU that are bound at this moment. */
unsigned scscf_bindings(const struct scscf *s, struct span impu);

/* Sends a request of its own to a registered IMPU along the Path (a call that
 * comes in from elsewhere). False: nothing is bound there, nothing was sent.
 * scscf_call_status: 0 no final answer yet, else the status, -1 none in time.*/
bool scscf_call(struct scscf *s, struct span impu, struct span method);
int scscf_call_status(const struct scscf *s);
bool scscf_call_done(void *scscf);              /* predicate */

/* Told of each binding that ended by the registrar's own timer. */
typedef void scscf_expired(struct span impi, struct span impu, void *arg);
void scscf_on_expired(struct scscf *s, scscf_expired *fn, void *arg);

#endif
