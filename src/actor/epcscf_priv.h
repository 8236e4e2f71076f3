/* Inside the eP-CSCF: epcscf.c (life), epcscf_w2.c (WebSocket side),
 * epcscf_token.c (validation), epcscf_reg.c (REGISTER from a WIC),
 * epcscf_mw.c (messages on Mw), epcscf_req.c (other requests),
 * epcscf_bind.c (bindings to TLS sessions, timers). */
#ifndef ACTOR_EPCSCF_PRIV_H
#define ACTOR_EPCSCF_PRIV_H

#include "actor/epcscf.h"
#include "actor/fetch.h"
#include "actor/mw.h"
#include "actor/relay.h"
#include "actor/serve.h"
#include "actor/style.h"
#include "actor/txn.h"
#include "wire/token.h"

#define EPCSCF_CACHE_MAX 64
/* Requests under way at once; more are answered with 503. */
#define EPCSCF_PENDING_MAX 4096
/* Taken off the rest of a token before it is cut to whole seconds, so that
 * the way of the REGISTER to the registrar does not eat it up. */
#define EPCSCF_MARGIN_US 50000

struct epcscf_session {                 /* a WebSocket connection */
	struct epcscf_session *next;
	struct epcscf *e;
	uint64_t id;
	char flow[17];                  /* user part of our Path */
	struct ws_conn *ws;
};

/* Who a token (or the WIC) says is registering. */
struct epcscf_who {
	char impi[256];
	unsigned n_impu;
	char impu[LIMIT_IMPUS][256];
	int64_t end_us;                 /* of the token, loop time; INT64_MAX */
	int64_t life_us;                /* whole life of the token */
};

struct epcscf_binding {
	struct epcscf_binding *next;
	struct epcscf *e;
	uint64_t session;               /* 0: its connection is gone */
	char flow[17];
	bool tna;
	char impi[256];
	unsigned n_impu;
	char impu[LIMIT_IMPUS][256];    /* registered: P-Associated-URI */
	char contact[512], service_route[512];
	int64_t end_us, token_end_us;
	uint64_t timer;
	bool overlong;                  /* the registrar granted beyond the
					   token: we end it there */
};

/* A REGISTER of a WIC on its way. */
struct epcscf_reg {
	struct epcscf_reg *next;
	struct epcscf *e;
	uint64_t session;
	struct kept *request;
	bool tna, refresh, deregister;
	struct epcscf_who who;          /* tna */
	char to[256];                   /* IMPU on Mw */
	int64_t expires_s;              /* to ask for on Mw; -1: as the WIC */
	bool ghost;                     /* its answer interests nobody */
};

/* Any other request on its way: to Mw (link 0) or to a WIC. */
struct epcscf_relay {
	struct epcscf_relay *next;
	struct epcscf *e;
	uint64_t session;               /* W2 end */
	uint32_t link;                  /* Mw end, where it came from; 0: W2 */
	struct kept *request;
	char address[160];              /* Mw: next hop */
};

typedef void epcscf_token_done(struct epcscf *e, const struct epcscf_who *who,
			       const char *why, void *arg); /* why NULL: good */

struct epcscf {
	struct actor_env env;
	struct serve *serve;
	struct mw *mw;
	char mw_endpoint[192], peer[160], w5[512];
	struct style style_mw, style_w2;
	struct txn_set txns_mw, txns_w2;
	struct fetch_set fetches;
	struct epcscf_token_ask *asks;
	struct epcscf_session *sessions;
	struct epcscf_binding *bindings;
	struct epcscf_reg *regs;
	struct epcscf_relay *relays;
	unsigned pending;               /* length of regs and relays */
	uint64_t next_session;
	uint32_t next_cseq;
	uint64_t secret;                /* of our own Call-IDs */
	char icid[33];                  /* FLAW_REPEATS_ICID */
	struct { uint64_t token; struct epcscf_who who; } cache[EPCSCF_CACHE_MAX];
	unsigned next_cache;
};

static inline bool epcscf_flaw(const struct epcscf *e, enum flaw f)
{
	return flaw_in(&e->env.flaws, f);
}

static inline bool epcscf_variant(const struct epcscf *e, enum variant v)
{
	return variant_in(&e->env.variants, v);
}

/* epcscf.c */
const char *epcscf_home(const struct epcscf *e);

/* epcscf_w2.c */
void epcscf_upgrade(struct http_server *s, const struct http_msg *m, void *arg);
struct epcscf_session *epcscf_session_by_id(struct epcscf *e, uint64_t id);
void epcscf_send_w2(struct epcscf *e, uint64_t session, struct span message);
/* Ends the message (Content-Length, body) and sends it. */
void epcscf_finish_w2(struct epcscf *e, uint64_t session, struct buf *b, struct span body);
void epcscf_refuse_w2(struct epcscf *e, uint64_t session, const struct sip_msg *req,
		      int status, const char *extra);
void epcscf_drop_sessions(struct epcscf *e);

/* epcscf_token.c: calls done once, maybe before it returns. */
void epcscf_token_check(struct epcscf *e, struct span token, epcscf_token_done *done,
			void *arg);
/* What the token says, unchecked; false: nothing readable. */
bool epcscf_token_peek(struct epcscf *e, struct span token, struct epcscf_who *who);
void epcscf_forget_asks(struct epcscf *e);

/* epcscf_reg.c */
void epcscf_register(struct epcscf_session *x, const struct sip_msg *m);
void epcscf_forget_regs(struct epcscf *e);

/* epcscf_mw.c */
void epcscf_put_via(struct epcscf *e, struct buf *b, const char *branch);
void epcscf_send_register(struct epcscf *e, struct epcscf_reg *r, txn_done *done);
/* Ends a binding at the registrar on our own account. */
void epcscf_end_at_registrar(struct epcscf *e, const struct epcscf_binding *x);
void epcscf_mw_message(struct mw *mw, uint32_t link, const struct sip_msg *m, void *arg);
/* Styles and starts a client transaction on Mw to that address. */
void epcscf_start_mw(struct epcscf *e, struct buf *b, const char *branch, const char *address,
		     txn_done *done, void *arg);

/* epcscf_req.c */
void epcscf_request_w2(struct epcscf_session *x, const struct sip_msg *m);
void epcscf_request_mw(struct epcscf *e, uint32_t link, const struct sip_msg *m);
void epcscf_forget_relays(struct epcscf *e);

/* epcscf_bind.c */
struct epcscf_binding *epcscf_binding_of(struct epcscf *e, uint64_t session,
					 const char *impi);
/* The binding of the session with that IMPU. */
struct epcscf_binding *epcscf_binding_impu(struct epcscf *e, uint64_t session,
					   struct span impu);
/* Another session's live binding of that IMPI. */
bool epcscf_bound_elsewhere(struct epcscf *e, uint64_t session, const char *impi);
void epcscf_bind(struct epcscf *e, const struct epcscf_reg *r, const struct sip_msg *answer,
		 int64_t granted_s);
void epcscf_unbind(struct epcscf *e, uint64_t session, const char *impi);
void epcscf_session_gone(struct epcscf *e, uint64_t session);
void epcscf_unbind_all(struct epcscf *e);
/* The IMPI of a REGISTER: Digest username, else made from To. */
void epcscf_impi_of(const struct sip_msg *m, char *out, size_t cap);

#endif
