/* What can be known from the events so far: WICs, tokens, handovers, windows,
 * registrations in flight, bindings. One model serves all rules; rules read
 * it and never change it. Bounded: each table has a cap, and what a cap drops
 * is counted and named in the verdict.
 *
 * Names (WIC labels, identities, tokens, users) are interned: a u32 per text,
 * 0 = not said. IMPUs are interned as sip_identity() writes them. */
#ifndef ORACLE_MODEL_H
#define ORACLE_MODEL_H

#include "profile/profile.h"
#include "trace/ev.h"

typedef uint32_t name_id;       /* 0: not said */

struct model;
struct model_setup {
	const struct profile *profile;
	enum edition edition;
	bool labels_sure;
	unsigned facts;
};

/* A user as a handover states him. */
enum who { WHO_UNKNOWN, WHO_ANONYMOUS, WHO_KNOWN };

/* Hashes of what a SIP message carried (0: absent), for comparing the two
 * sides of the eP-CSCF. Filled where the source has SIP. */
struct reg_sip {
	bool present;
	bool has_authorization;
	uint64_t scheme, username, realm, nonce, uri, response, nc, cnonce, qop,
		 algorithm;
	bool response_empty, response_there, nonce_empty;
	enum integrity { INTEGRITY_ABSENT, INTEGRITY_YES, INTEGRITY_NO,
			 INTEGRITY_AUTH_DONE, INTEGRITY_TLS_CONNECTED,
			 INTEGRITY_TLS_PENDING, INTEGRITY_TLS_YES,
			 INTEGRITY_IP_ASSOC, INTEGRITY_OTHER } integrity;
	enum proof response_proof;      /* right or wrong, where known */
	uint64_t contact, call;
	uint32_t cseq;
	uint32_t nc_count;              /* nc= as a number, 0: none */
};

/* The challenge of a 401, on the register it answers. */
struct challenge {
	bool present, digest, bearer, stale;
	uint64_t realm, nonce, algorithm, qop;
};

struct token {
	name_id name;
	bool seen_handover, seen_waf;   /* how we know of it */
	name_id impi;
	bool impi_filled;               /* from the ixit, W1 showed no IMPI */
	unsigned n_impu;
	name_id impu[LIMIT_IMPUS];
	name_id wwsf, waf;
	enum token_state state;         /* as the WAF last said */
	enum token_sig sig;             /* JWT, key known */
	bool jwt, garbled;              /* garbled: kind jwt, no JWT shape */
	bool wrong_audience, wrong_issuer, no_impi, no_impu;
	int64_t ends_us;                /* UNSAID_T: not known */
	bool ends_whole;
	name_id wic;                    /* last WIC it was handed to */
	uint32_t handover;              /* newest handover, or MAP_NONE */
	uint32_t window;                /* pool window it opened, or MAP_NONE */
};

struct handover {
	int64_t t_us;
	uint64_t number;
	unsigned file;
	name_id wic, user, wwsf, impi, impu[LIMIT_IMPUS];
	unsigned n_impu;
	bool wic_sure;                  /* the label is proof of identity */
	enum who who;
	enum scenario scenario;         /* resolved: WEB or POOL, or UNSAID */
	name_id token;
	bool gave_impi, gave_impu;      /* on W1 itself */
	bool relogin, password_wrong;
	bool resolved;                  /* its identities are known */
	bool learned;                   /* ... from Mw alone, so the eP-CSCF may
					   have put them there */
	int64_t said_end_us;            /* ends, t + valid_s, or UNSAID_T */
	bool said_end_whole;
};

/* One WIC's hold on one pool pair. */
struct window {
	uint32_t pair;                  /* index into profile pairs */
	int64_t t0_us, end_us;          /* [t0, end); UNSAID_T: no lifetime */
	bool end_whole;
	name_id wic, user, token;       /* token: the newest */
	bool wic_sure;
	enum who who;
	uint32_t handover;              /* the first one */
	uint32_t newest;                /* the one that fixed end_us */
	uint32_t previous;              /* window of the same pair, MAP_NONE */
	int64_t behind_us;              /* latest end of it and all behind it;
					   INT64_MAX: one is not known */
	int64_t deregistered_us;        /* UNSAID_T: never; successful */
	int64_t closed_us;              /* W2 of its WIC was lost */
	int64_t wwsf_restart_us;
	int64_t released_us;            /* all that was lent is released */
	uint32_t released;              /* bits: IMPUs of its handover */
	int64_t relent_us;              /* handed to another WIC */
};

/* A REGISTER and its answer. */
struct reg {
	bool live;
	enum point on;
	uint64_t call;                  /* hash of the Call-ID */
	uint32_t conn;
	int64_t t_us;
	uint64_t number;
	unsigned file;
	name_id wic;                    /* label, or the token's WIC, or 0 */
	bool wic_sure;
	name_id token, impi, impu;      /* impu: the first */
	unsigned n_impu;
	enum ev_auth auth;
	int64_t expires_s;              /* UNSAID, 0 de-registers */
	struct reg_sip sip;
	struct challenge challenge;     /* the last 401 on this reg */
	bool answered;
	int status;
	int64_t granted_s;              /* UNSAID */
	int64_t answered_us;
	/* Mw: the W2 register it belongs to. W2: its newest Mw register. */
	uint32_t mate;                  /* index, MAP_NONE */
	bool mate_sure;                 /* by Call-ID, not by guess */
	unsigned mw_count;              /* W2: Mw registers that it caused */
	bool refresh;                   /* W2: the WIC registered before and did
					   not de-register since */
	bool wic_registered;            /* Mw: the IMPI had a live binding */
	uint32_t window;                /* pool window it acts under */
};

/* A live registration of an identity, by WIC. */
struct binding {
	bool live;
	uint32_t gen;                   /* tells a recycled slot */
	enum point on;                  /* where the 2xx was seen */
	name_id impi, impu;
	name_id wic;                    /* 0: unknown */
	bool wic_sure;
	uint64_t contact;               /* SIP: hash of the Contact URI */
	uint64_t call;
	uint32_t conn;
	int64_t t0_us;                  /* first 2xx */
	int64_t granted_us, until_us;   /* newest 2xx; that + granted */
	int64_t ended_us;               /* ended before until; UNSAID_T: no */
	uint64_t number;                /* the 200 that made it so */
	unsigned file;
	uint32_t pair;                  /* pool pair or MAP_NONE */
	uint32_t window;                /* or MAP_NONE */
};

/* What the newest event meant. Indices are MAP_NONE when not concerned. */
struct now {
	unsigned moment;        /* the MOMENT_ being announced, 0: the event */
	uint32_t handover;      /* handover events, and the two MOMENT_s */
	uint32_t window;        /* MOMENT_LENT: the window opened or extended */
	uint32_t previous;      /* MOMENT_LENT: newest other window of the pair
				   that belongs to another WIC (or may) */
	bool opened;            /* MOMENT_LENT: a new window, not an extension */
	uint32_t reg;           /* register, answer: the record */
	uint32_t mate;          /* its other side, if known */
	uint32_t token;         /* the token concerned (index) */
	name_id wic;            /* the WIC acting */
	uint32_t binding;       /* answer: binding made or ended by it */
	uint32_t replaced;      /* answer: a live binding of the same identity
				   by somebody else when this one was made */
};

struct model *model_new(const struct model_setup *s);
void model_free(struct model *m);
/* Takes e in; fills now. Returns MOMENT_ bits that the caller announces (for
 * each, model_moment() steps now to it). */
void model_event(struct model *m, const struct ev *e);
/* Steps to the next moment caused by the event; 0 when there is none. */
unsigned model_moment(struct model *m);
/* Was any REGISTER seen on Mw so far? Flows are written by hand, and may leave
 * the core out although they could show it. */
bool model_seen_mw(const struct model *m);
/* What the source offers, bits of enum fact. */
unsigned model_facts(const struct model *m);
/* Labels of WICs are proof (hand, model, live), and releases are seen. */
bool model_labels_sure(const struct model *m);
const struct now *model_now(const struct model *m);

const struct token *model_token(const struct model *m, uint32_t i);
uint32_t model_token_named(const struct model *m, name_id name);
const struct handover *model_handover_at(const struct model *m, uint32_t i);
const struct window *model_window(const struct model *m, uint32_t i);
/* How many token-only handovers may hold a pair at t that nobody knows of? */
uint32_t model_unresolved(const struct model *m, int64_t t_us);
/* Newest window of a pair by its beginning, then ->previous. */
uint32_t model_pair_window(const struct model *m, uint32_t pair);
const struct reg *model_reg(const struct model *m, uint32_t i);
const struct binding *model_binding(const struct model *m, uint32_t i);
/* Live bindings: first with that IMPU (or IMPI) at t, then next; MAP_NONE. */
uint32_t model_binding_impu(const struct model *m, enum point on, name_id impu,
			    int64_t t_us, uint32_t after);
uint32_t model_binding_impi(const struct model *m, enum point on, name_id impi,
			    int64_t t_us, uint32_t after);
/* Has that IMPU of the window been released (edition rel13)? */
bool model_released_impu(const struct model *m, const struct window *w,
			 name_id impu);
/* Newest live binding of a WIC on a point. */
uint32_t model_binding_wic(const struct model *m, enum point on, name_id wic,
			   int64_t t_us);

/* Names. model_find: 0 when never seen. */
name_id model_find(const struct model *m, struct span text);
name_id model_find_impu(const struct model *m, struct span uri);
struct span model_text(const struct model *m, name_id n);
/* Pool pair of an identity (either member), MAP_NONE. */
uint32_t model_pair_of(const struct model *m, name_id impi, name_id impu);

/* Is the IMPU in the token's set? */
bool token_has_impu(const struct token *t, name_id impu);
/* Is a token any good at t? By what the WAF said, its claims, its end. */
enum worth { WORTH_UNKNOWN, WORTH_GOOD, WORTH_EXPIRED, WORTH_UNTRUSTED,
	     WORTH_UNVERIFIABLE, WORTH_WWSF };
enum worth model_worth(const struct model *m, uint32_t token, int64_t t_us);

/* Are the two surely different WICs, surely the same, or not known? By labels
 * (where sure), users and tokens: rulings.md 7 and 8 as they are built. */
enum same { SAME_YES, SAME_NO, SAME_UNKNOWN };
enum same model_same_wic(const struct model *m, const struct window *a,
			 const struct window *b);

unsigned model_limits(const struct model *m, const char *const **out);

#endif
