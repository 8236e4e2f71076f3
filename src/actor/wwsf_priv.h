/* Inside the WWSF: wwsf.c (HTTP), wwsf_login.c (who gets what), wwsf_lend.c
 * (windows of pairs), wwsf_token.c (W4), wwsf_page.c. */
#ifndef ACTOR_WWSF_PRIV_H
#define ACTOR_WWSF_PRIV_H

#include "actor/fetch.h"
#include "actor/serve.h"
#include "actor/wwsf.h"

#define WWSF_SESSIONS_MAX 1024  /* browser sessions, a ring */

/* The newest assignment of a pair. Kept over restarts. Loop times. */
struct wwsf_window {
	int64_t start_us, end_us;       /* end 0: never lent, or given back */
};

struct wwsf_session {
	uint64_t id;                    /* 0: slot is empty */
	char sid[33];                   /* cookie */
	char user[128];
	bool anonymous;
	const struct subscriber *sub;   /* determined; else the pair */
	uint32_t pair;                  /* MAP_NONE: none */
	bool holds;                     /* the pair was handed over */
	uint64_t token_hash;            /* of the newest token; 0: none */
	const struct http_server *server; /* newest W1 connection, compared only */
};

/* A W1 request that waits for W4. */
struct wwsf_ask {
	struct wwsf_ask *next;
	struct wwsf *wwsf;
	struct http_server *server;     /* NULL: the browser is gone */
	uint64_t session;               /* id */
	bool refresh;
	char impi[256];
	unsigned n_impu;
	char impu[LIMIT_IMPUS][256];
};

struct wwsf {
	struct actor_env env;
	struct serve *serve;
	struct fetch_set fetches;
	char name[256], w4[512], w2[512];
	struct wwsf_window *windows;    /* one for each pair of the profile */
	struct wwsf_session sessions[WWSF_SESSIONS_MAX];
	uint64_t next_session;
	unsigned logins;
	struct wwsf_ask *asks;
};

static inline bool wwsf_flaw(const struct wwsf *w, enum flaw f)
{
	return flaw_in(&w->env.flaws, f);
}

/* wwsf_lend.c */
int64_t wwsf_lifetime_us(const struct wwsf *w);
bool wwsf_pair_free(const struct wwsf *w, uint32_t pair);
/* A pair that may be lent now, or MAP_NONE. */
uint32_t wwsf_pick(struct wwsf *w);
/* Opens the window of the pair at this moment. */
void wwsf_open_window(struct wwsf *w, uint32_t pair, bool refresh);
void wwsf_give_back(struct wwsf *w, uint32_t pair);     /* never handed over */
bool wwsf_window_open(const struct wwsf *w, uint32_t pair);

/* wwsf_login.c */
struct wwsf_session *wwsf_session_by_id(struct wwsf *w, uint64_t id);
void wwsf_login(struct wwsf *w, struct http_server *s, const struct http_msg *m);
void wwsf_refresh_token(struct wwsf *w, struct http_server *s, const struct http_msg *m);
void wwsf_bye(struct wwsf *w, struct http_server *s, const struct http_msg *m);
void wwsf_w1_closed(struct wwsf *w, const struct http_server *s);
void wwsf_error(struct http_server *s, int status, const char *why);

/* wwsf_token.c: asks the WAF, then answers the browser. */
void wwsf_ask_token(struct wwsf *w, struct http_server *s, struct wwsf_session *x,
		    bool refresh);
void wwsf_forget_asks(struct wwsf *w);

/* wwsf_page.c */
void wwsf_page(const struct wwsf *w, struct buf *b);

#endif
