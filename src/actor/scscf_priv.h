/* Inside the registrar: scscf.c (life, dispatch), scscf_reg.c (REGISTER),
 * scscf_digest.c (challenges), scscf_bind.c (contacts and their timers),
 * scscf_req.c (other requests). */
#ifndef ACTOR_SCSCF_PRIV_H
#define ACTOR_SCSCF_PRIV_H

#include "actor/mw.h"
#include "actor/relay.h"
#include "actor/scscf.h"
#include "actor/style.h"
#include "actor/txn.h"

#define SCSCF_NONCES_MAX 1024   /* a ring; an older one is stale */
#define SCSCF_CONTACTS_MAX 10   /* of one IMPI */
#define SCSCF_RELAYS_MAX 4096   /* requests under way; more: 503 */

/* What the HSS knows of an IMPI. */
struct scscf_user {
	const char *impi;
	unsigned n_impu;
	const char *const *impu;
	const char *password;           /* NULL: no SIP Digest */
	uint32_t pair;                  /* of a pool, or MAP_NONE */
};

struct scscf_contact {
	struct scscf_contact *next;     /* newest first */
	struct scscf *scscf;
	struct scscf_user user;
	char *uri;                      /* of the Contact */
	char *params;                   /* its parameters but expires */
	char *path;                     /* Path values, comma list, or "" */
	char *call;
	uint32_t cseq;
	int64_t end_us;                 /* loop time */
	uint64_t timer;
};

struct scscf_nonce {
	char text[33];
	int64_t issued_us;
	uint64_t impi;                  /* hash */
	uint32_t nc;                    /* highest count seen */
};

/* Where a message came from. */
struct scscf_from { unsigned mw; uint32_t link; };

/* A request that was sent on and waits for its answer. */
struct scscf_relay {
	struct scscf_relay *next;
	struct scscf *scscf;
	struct kept *request;           /* NULL: our own (scscf_call) */
	struct scscf_from from;
	unsigned mw;
	char address[160];              /* next hop */
};

struct scscf {
	struct actor_env env;
	struct style style;
	struct mw *mw[2];               /* second may be NULL */
	char endpoint[2][192];
	struct txn_set txns;
	struct scscf_relay *relays;
	unsigned n_relays;
	struct scscf_contact *contacts;
	struct scscf_nonce nonces[SCSCF_NONCES_MAX];
	unsigned next_nonce;
	enum digest_alg alg;
	int64_t nonce_us;
	scscf_expired *expired;
	void *expired_arg;
	int call_status;
	uint32_t call_cseq;
};

static inline bool scscf_flaw(const struct scscf *s, enum flaw f)
{
	return flaw_in(&s->env.flaws, f);
}

/* scscf.c */
const char *scscf_home(const struct scscf *s);
/* Ends the message with Content-Length and no body, and sends it. */
void scscf_finish(struct scscf *s, struct scscf_from to, struct buf *b);
void scscf_refuse(struct scscf *s, struct scscf_from to, const struct sip_msg *req,
		  int status);
/* HSS look-ups; false: unknown. */
bool scscf_user_impi(const struct scscf *s, struct span impi, struct scscf_user *u);
bool scscf_user_impu(const struct scscf *s, struct span impu, struct scscf_user *u);
bool scscf_user_has(const struct scscf_user *u, struct span impu);

/* scscf_reg.c */
void scscf_register(struct scscf *s, struct scscf_from from, const struct sip_msg *m);

/* scscf_digest.c */
enum scscf_proof {
	SCSCF_PROOF_RIGHT, SCSCF_PROOF_NONE, SCSCF_PROOF_WRONG,
	SCSCF_PROOF_STALE,      /* right, but over an old nonce or count */
};
enum scscf_proof scscf_check(struct scscf *s, const struct scscf_user *u,
			     const struct sip_auth *a, struct digest *d);
void scscf_challenge(struct scscf *s, struct scscf_from from, const struct sip_msg *m,
		     const struct scscf_user *u, bool stale);

/* scscf_bind.c */
int64_t scscf_max_s(const struct scscf *s);
int64_t scscf_grant_s(const struct scscf *s, int64_t asked_s);
/* Applies one Contact of a REGISTER; false: too many contacts. */
bool scscf_bind(struct scscf *s, const struct scscf_user *u, const struct sip_msg *m,
		const struct sip_addr *contact, int64_t granted_s);
void scscf_unbind(struct scscf *s, const struct scscf_user *u, struct span uri);
void scscf_unbind_all(struct scscf *s, const struct scscf_user *u); /* NULL: all */
/* The contact to which a request for that user goes, or NULL. */
struct scscf_contact *scscf_target(struct scscf *s, const struct scscf_user *u);
bool scscf_old_cseq(const struct scscf *s, const struct scscf_user *u,
		    const struct sip_msg *m);

/* scscf_req.c */
void scscf_request(struct scscf *s, struct scscf_from from, const struct sip_msg *m);
void scscf_forget_relays(struct scscf *s);

#endif
