/* The one event list. Everything that is judged is a sequence of struct ev:
 * from live taps, from captures, from stored runs, from hand-written flows.
 *
 * Two levels. Wire events (tcp, tls, http, ws, sip) are what was seen on a
 * reference point. Flow events say who was given, registered, answered what;
 * they are written by hand or by a model, or derived from wire events by
 * source/derive.c. A derived event points back to the message it came from,
 * so a rule looks at one event and, where it needs more, at e->sip.
 *
 * Lifetime: every span and pointer in an event is valid only while the
 * event is being delivered. Who keeps something copies it. */
#ifndef TRACE_EV_H
#define TRACE_EV_H

#include "base/limits.h"
#include "base/span.h"
#include "profile/role.h"
#include "wire/http.h"
#include "wire/sip.h"
#include "wire/token.h"

enum ev_kind {
	EV_TCP, EV_TLS, EV_HTTP, EV_WS, EV_SIP,                  /* wire */
	EV_HANDOVER, EV_REFUSED, EV_TOKEN, EV_REGISTER, EV_ANSWER,
	EV_REQUEST, EV_CLOSED, EV_EXPIRED, EV_RELEASED, EV_MARK, EV_END,
	EV_COUNT
};
#define EV_BIT(k) (1u << (k))
#define EV_WIRE (EV_BIT(EV_TCP) | EV_BIT(EV_TLS) | EV_BIT(EV_HTTP) | \
		 EV_BIT(EV_WS) | EV_BIT(EV_SIP))

/* What a source offers; a rule says what it needs. Bits. */
enum fact {
	FACT_FLOW = 1 << 0, FACT_TIME = 1 << 1, FACT_W1 = 1 << 2,
	FACT_W2 = 1 << 3, FACT_W4 = 1 << 4, FACT_W5 = 1 << 5,
	FACT_MW = 1 << 6, FACT_CX = 1 << 7, FACT_SIP = 1 << 8,
	FACT_HTTP = 1 << 9, FACT_WS = 1 << 10, FACT_TLS = 1 << 11,
};
#define FACT_COUNT 12
const char *fact_name(enum fact one);
bool fact_of(struct span name, enum fact *out);

enum source { SOURCE_LIVE, SOURCE_CAPTURE, SOURCE_MODEL, SOURCE_HAND };
const char *source_name(enum source s);
bool source_of(struct span name, enum source *out);

enum scenario { SCENARIO_UNSAID, SCENARIO_IMS, SCENARIO_WEB, SCENARIO_POOL };
enum ev_auth { AUTH_KIND_UNSAID, AUTH_NONE, AUTH_DIGEST, AUTH_AKA,
	       AUTH_BEARER, AUTH_TNA };
enum token_state { TOKEN_STATE_UNSAID, TOKEN_ACTIVE, TOKEN_EXPIRED,
		   TOKEN_UNKNOWN, TOKEN_REVOKED };
/* Something that masking or a secret would hide, decided when it was seen. */
enum proof { PROOF_UNKNOWN, PROOF_RIGHT, PROOF_WRONG };

/* Numbers that were not said. */
#define UNSAID (-1)             /* status, expires_s */
#define UNSAID_T INT64_MIN      /* valid_us, ends_us */

struct impu_list {
	unsigned n;
	struct span at[LIMIT_IMPUS];
};

/* Facts about a SIP message that need a secret (a password, a token's key) to
 * be seen. Decided once by source/decode.c, then stored with the wire event. */
struct sip_secrets {
	enum proof response;    /* response= of a Digest Authorization */
	enum proof rspauth;     /* of Authentication-Info */
	bool has_token;         /* a Bearer token is in the message */
	struct span token;      /* its name: tok:<12 hex> or as written */
	struct token_claims claims; /* where it is a JWT */
	bool token_elsewhere;   /* a known token text outside Authorization */
};

struct ev {
	enum ev_kind kind;
	int64_t t_us;           /* since the trace's zero; never decreasing */
	uint64_t number;        /* trace: line (header = 1); capture: frame */
	unsigned file;          /* index of the source file, for messages */
	bool derived;           /* a flow event made from wire events */

	enum point on;          /* reference point, POINT_NONE if unknown */
	enum role from, to;     /* wire events: who sent it to whom */
	uint32_t conn;          /* transport connection, 0 = none/unknown */

	/* flow events; absent spans = not said */
	struct span wic;        /* label of the WIC */
	bool wic_sure;          /* the label is proof of identity (hand, model,
				   live tester), not an inference */
	struct span user;
	bool anonymous;         /* user: null was said */
	enum scenario scenario;
	struct span wwsf, waf;
	struct span impi;
	struct impu_list impu;
	struct span token;
	bool ends_whole;        /* valid/ends come from whole seconds */
	int64_t valid_us, ends_us;
	struct span why;        /* refused */
	enum token_state state;
	enum ev_auth auth;
	struct span call;       /* register, answer, request: Call-ID */
	int64_t asked_us;       /* request: when it was sent, for e->t_us is its
				   answer's time; UNSAID_T: not known */
	int64_t expires_s;
	int status;
	struct span method;     /* request */
	struct span from_id, to_id;     /* request: From and To identity */
	struct span text;       /* mark; tcp: "local remote" addresses */
	bool relogin;           /* handover: seen to be a new login, not a
				   refresh of the same W1 session */

	/* wire events, and the message behind a derived event */
	const struct sip_msg *sip;
	const struct sip_secrets *secrets;      /* with sip, and with http or
						   ws where a token is in it;
						   may be NULL */
	const struct http_msg *http;
	enum ev_step { STEP_OPEN, STEP_CLOSE, STEP_UPGRADE, STEP_ANSWER,
		       STEP_FRAME } step;       /* tcp, tls, ws */
	unsigned ws_op;         /* ws frame: enum ws_op */
	unsigned ws_defects;    /* ws frame: enum ws_defect bits */
	unsigned ws_fragments;
	unsigned ws_sip_count;  /* ws frame: SIP messages found in it; a part
				   of one counts as 0 with ws_sip_partial */
	bool ws_sip_partial;
	struct span ws_origin, ws_protocol;     /* upgrade, answer */
	bool secure;            /* tcp open, ws upgrade: inside TLS */
	struct span bytes;      /* as seen (masked in stored traces) */
	enum proof password;    /* http login: right or wrong */
};

const char *ev_kind_name(enum ev_kind k);       /* "handover" ... */
bool ev_kind_of(struct span name, enum ev_kind *out);
const char *scenario_name(enum scenario s);
const char *auth_kind_name(enum ev_auth a);
const char *token_state_name(enum token_state s);
bool scenario_of(struct span name, enum scenario *out);
bool auth_kind_of(struct span name, enum ev_auth *out);
bool token_state_of(struct span name, enum token_state *out);

/* An event of that kind with every field "not said". */
void ev_init(struct ev *e, enum ev_kind kind, int64_t t_us);

/* One line for people: "  3.100 handover W1 wic=w1 ..." into out. */
const char *ev_text(const struct ev *e, char *out, size_t cap);

#endif
