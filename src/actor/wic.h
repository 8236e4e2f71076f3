/* WIC: the client of the browser. Steps are asynchronous: start one, then wait
 * for its predicate (bool f(void *wic), fit for loop_until). Each step ends by
 * itself after the profile's answer timeout, so ..._done always comes true.
 *
 * One label a WIC: its W1 and W2 links are tagged "W1 <label>", "W2 <label>".
 * Zeroed option structs mean the ordinary, legal thing; each knob deviates in
 * one place. Texts of options are copied. */
#ifndef ACTOR_WIC_H
#define ACTOR_WIC_H

#include "actor/actor.h"

struct wic_config {
	struct actor_env env;
	const char *label;              /* "wic1" */
	const char *w1;                 /* "https://127.0.0.1:8443"; or NULL */
	const char *w2;                 /* "wss://127.0.0.1:5443/"; or NULL: as
					   the page says */
};

struct wic;
struct wic *wic_new(const struct wic_config *c, struct err *err);
void wic_free(struct wic *w);
const char *wic_label(const struct wic *w);

/* Values of a status beside the numbers of HTTP and SIP. */
#define WIC_PENDING 0           /* the step runs, or never began */
#define WIC_TIMEOUT (-1)        /* no answer in time */
#define WIC_LOST (-2)           /* the connection failed or ended */

/* ---- W1 (wic_w1.c) ---- */

/* What the last successful login or refresh gave. Empty texts: not given. */
struct wic_session {
	bool given;                     /* a token or identities were given */
	int64_t at_us;                  /* loop time of the answer */
	char user[128];
	bool anonymous;
	char impi[256];
	unsigned n_impu;
	char impu[LIMIT_IMPUS][256];
	char token[4096];
	int64_t valid_us;               /* -1: not said */
};

void wic_load(struct wic *w);                   /* GET / */
void wic_login(struct wic *w, const char *user, const char *password);
void wic_login_anonymous(struct wic *w);
void wic_refresh(struct wic *w);                /* renews the token */
/* Closes the W1 connection (and says goodbye, where the page has a URL for
 * it): the user left. */
void wic_leave(struct wic *w);
/* As the browser does on F5: W2 drops, instance id and Call-ID are new, the
 * W1 session (token, identities) stays; then loads the page again. */
void wic_reload(struct wic *w);

bool wic_w1_done(void *wic);                    /* newest W1 step has ended */
bool wic_loaded(void *wic);                     /* a page was served (200) */
bool wic_logged_in(void *wic);                  /* newest login/refresh: ok */
bool wic_refused(void *wic);                    /* newest: refused */
int wic_w1_status(const struct wic *w);         /* HTTP, WIC_TIMEOUT ... */
const struct wic_session *wic_session(const struct wic *w);
/* Another session for the WIC: a token or identities from elsewhere. */
void wic_set_session(struct wic *w, const struct wic_session *s);
const char *wic_page(const struct wic *w);      /* text of the page, or "" */

/* ---- W2 (wic_w2.c) ---- */

struct wic_open {
	const char *w2;                 /* NULL: configured, or the page's */
	const char *origin;             /* NULL: the first allowed; "": none */
	const char *protocol;           /* NULL: "sip"; "": none */
	const char *extra;              /* more header lines of the upgrade */
};
void wic_open(struct wic *w, const struct wic_open *o);  /* o NULL: plain */
bool wic_open_done(void *wic);
bool wic_connected(void *wic);                  /* WebSocket is up */
int wic_open_status(const struct wic *w);       /* 101, 403, WIC_LOST ... */
void wic_close(struct wic *w);                  /* close frame */
void wic_drop(struct wic *w);                   /* no close frame */
bool wic_closed(void *wic);                     /* not connected any more */

/* How messages are put into frames from now on. */
enum wic_framing {
	WIC_FRAME_TEXT, WIC_FRAME_BINARY,
	WIC_FRAME_FRAGMENTS,            /* one message in three fragments */
	WIC_FRAME_TWO,                  /* an OPTIONS added to the same frame */
	WIC_FRAME_SPLIT,                /* one SIP message over two WebSocket
					   messages */
};
void wic_set_framing(struct wic *w, enum wic_framing f);
void wic_ping(struct wic *w);                   /* WebSocket ping */
void wic_keepalive(struct wic *w);              /* CRLF CRLF message */
void wic_send_text(struct wic *w, struct span message); /* as it is */
void wic_send_raw(struct wic *w, struct span bytes);    /* onto the stream */
/* Sees and may change each SIP message before it is framed; NULL: off. */
void wic_on_send(struct wic *w, actor_edit *edit, void *arg);

/* ---- REGISTER (wic_reg.c) ---- */

enum wic_auth {
	WIC_AUTH_AUTO,          /* user or password given: digest; a token in
				   the session: bearer; else as before */
	WIC_AUTH_NONE,          /* no Authorization at all */
	WIC_AUTH_DIGEST,
	WIC_AUTH_BEARER,        /* spelling as the profile says */
	WIC_AUTH_BEARER_PARAM,  /* Bearer access_token="..." */
	WIC_AUTH_BEARER_BARE,   /* Bearer ... */
};

struct wic_reg {
	enum wic_auth auth;
	/* identities: NULL takes the subscriber's (digest), the session's
	 * (bearer), or those of the last REGISTER */
	const char *user;               /* subscriber of the profile */
	const char *impi, *impu, *password;
	int64_t expires_s;              /* 0: ordinary (600) */
	bool deregister;                /* expires 0 */
	bool no_expires;                /* says no expiry anywhere */
	bool all_contacts;              /* Contact: * (with deregister) */
	/* deviations */
	const char *to, *from;          /* other URI in To / From */
	const char *username;           /* other username in Authorization */
	const char *token;              /* other token text */
	const char *integrity_protected; /* forged parameter, "auth-done" */
	const char *authorization;      /* the whole header value */
	const char *nonce;              /* digest: answers with this nonce */
	bool wrong_password;
	bool replay_nc;                 /* repeats the last nonce count */
	bool no_answer;                 /* leaves a challenge unanswered */
	bool no_impi;                   /* first digest REGISTER without
					   Authorization */
	bool new_call;                  /* another Call-ID */
	const char *instance;           /* other +sip.instance */
	const char *contact;            /* other Contact URI */
};
void wic_register(struct wic *w, const struct wic_reg *r); /* NULL: ordinary */
bool wic_register_done(void *wic);      /* final answer, timeout or loss */
bool wic_registered(void *wic);         /* newest REGISTER 2xx, not expires 0,
					   rspauth right where there was one */
bool wic_unregistered(void *wic);       /* newest de-registration 2xx */
bool wic_register_refused(void *wic);   /* newest: final non-2xx */
int wic_register_status(const struct wic *w);
int64_t wic_granted_s(const struct wic *w);     /* of the newest 2xx, or -1 */
/* Nonce of the newest challenge, "" when none came. */
const char *wic_nonce(const struct wic *w);
bool wic_rspauth_wrong(const struct wic *w);    /* a 2xx had a wrong one */
unsigned wic_challenges(const struct wic *w);   /* 401s of the newest step */

/* ---- other requests (wic_req.c) ---- */

struct wic_req {
	const char *method;             /* NULL: MESSAGE */
	const char *to;                 /* NULL: own IMPU */
	const char *from;               /* NULL: own IMPU */
	bool token;                     /* carries the Bearer token */
};
void wic_request(struct wic *w, const struct wic_req *r);
bool wic_request_done(void *wic);
int wic_request_status(const struct wic *w);
/* Requests that came in on W2 and were answered with 200, since the start. */
unsigned wic_incoming(const struct wic *w);
/* The newest incoming one's method, "" when there was none. */
const char *wic_incoming_method(const struct wic *w);

#endif
