/* Inside the WIC: wic.c (life), wic_w1.c (login), wic_w2.c (WebSocket),
 * wic_reg.c (REGISTER), wic_auth.c (credentials), wic_req.c (requests). */
#ifndef ACTOR_WIC_PRIV_H
#define ACTOR_WIC_PRIV_H

#include "actor/relay.h"
#include "actor/style.h"
#include "actor/txn.h"
#include "actor/wic.h"
#include "wire/digest.h"

enum wic_w1_step { WIC_W1_NONE, WIC_W1_LOAD, WIC_W1_RELOAD, WIC_W1_LOGIN,
		   WIC_W1_LEAVE };

/* Digest as far as the registrar told us. */
struct wic_digest {
	char realm[256], nonce[512], opaque[256];
	enum digest_alg alg;
	bool old_form;                  /* challenged without qop (RFC 2069) */
	uint32_t nc;
	char cnonce[17], nc_text[9];    /* of the newest answer */
	char uri[300];
};

/* The REGISTER that runs, with texts of its own. */
struct wic_reg_step {
	enum wic_auth auth;
	char impi[256], impu[256], password[128];
	char to[512], from[512], username[256], nonce[512], integrity[64];
	char instance[128], contact[512];
	char *token, *authorization;    /* malloc'd or NULL */
	int64_t expires_s;              /* -1: none said */
	bool deregister, all_contacts, wrong_password, replay_nc, no_answer, no_impi;
	bool answered;                  /* a challenge was answered */
};

struct wic {
	struct actor_env env;
	char label[64], w1[512], w2[512];
	struct style style;
	struct txn_set txns;

	/* W1 */
	struct http_client *client;
	enum wic_w1_step step;
	bool w1_done;
	int w1_status;
	bool loaded, logged_in, refused;
	char *page;
	char cookie[256], page_w2[512], bye[256];
	struct wic_session session;
	bool login_anonymous;
	char login_user[128];

	/* W2 */
	struct ws_conn *ws;
	uint64_t open_timer;
	bool connected, open_done;
	int open_status;
	char origin[256];
	enum wic_framing framing;

	/* one page's identifiers */
	char host[32], instance[48], call[33], tag[17];
	uint32_t cseq;

	/* REGISTER */
	struct wic_reg_step reg;
	struct wic_digest digest;
	char proven_impi[256];          /* whose digest state it is */
	bool reg_done;
	int reg_status;
	int64_t granted_s;
	bool rspauth_wrong;
	unsigned challenges;

	/* others */
	bool req_done;
	int req_status;
	unsigned incoming;
	char incoming_method[32];
};

static inline bool wic_flaw(const struct wic *w, enum flaw f)
{
	return flaw_in(&w->env.flaws, f);
}

static inline bool wic_variant(const struct wic *w, enum variant v)
{
	return variant_in(&w->env.variants, v);
}

const char *wic_home(const struct wic *w);
void wic_new_page(struct wic *w);               /* identifiers anew */

/* wic_w1.c */
void wic_say_bye(struct wic *w, const char *why);
void wic_w1_free(struct wic *w);

/* wic_w2.c */
bool wic_send_sip(struct wic *w, struct buf *b, const char *branch, txn_done *done);
void wic_reply(struct wic *w, struct buf *b);
void wic_put_via(struct wic *w, struct buf *b, char branch[32]);

/* wic_reg.c */
void wic_reg_lost(struct wic *w);

/* wic_auth.c */
void wic_put_authorization(struct wic *w, struct buf *b);
/* Takes a challenge in; false: none that we can answer. */
bool wic_take_challenge(struct wic *w, const struct sip_msg *m);
/* Is rspauth what the registrar would make of the password? True when there
 * is no Authentication-Info. */
bool wic_rspauth_right(struct wic *w, const struct sip_msg *m);

/* wic_req.c */
void wic_incoming_request(struct wic *w, const struct sip_msg *m);
void wic_put_body_of_options(struct wic *w, struct buf *b);

#endif
