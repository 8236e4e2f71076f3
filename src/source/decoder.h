/* Inside of the decoder: what decode.c, reader.c, secrets.c and the derive
 * files share. Nobody outside source/ includes this. */
#ifndef SOURCE_DECODER_H
#define SOURCE_DECODER_H

#include "base/map.h"
#include "source/decode.h"
#include "source/known.h"
#include "source/txn.h"

struct reader;

#define CONNS_MAX 139264u       /* connections open at one time */
#define HTTP_WAITING 16u        /* requests of one connection without answer */

/* What an HTTP request was about, kept until its answer. */
enum http_about {
	ABOUT_OTHER, ABOUT_LOGIN, ABOUT_ANONYMOUS, ABOUT_REFRESH,
	ABOUT_GENERIC,          /* W1 without templates: let the answer say */
	ABOUT_INTROSPECT, ABOUT_ISSUE,
};
struct http_wait {
	enum http_about about;
	enum point point;
	enum role from, to;     /* of the request */
	bool head;              /* HEAD: the answer has no body */
	enum proof password;
	char user[128];
	char token[256];        /* its name; too long a one is left out */
	char session[40];       /* label by Cookie */
	char host[128];
	uint32_t number;        /* of the request on this connection */
};
/* Requests of one connection whose answers are still to come. The readers look
 * at its front (which point, has the answer a body?); derive_http.c fills and
 * empties it. */
struct http_line {
	unsigned first, n, room;        /* room: up to HTTP_WAITING */
	struct http_wait at[];
};

struct conn {
	uint32_t id;
	uint32_t told_id;       /* number in events, see conn_number */
	enum point point;       /* POINT_NONE: not known yet */
	enum role client, server;
	bool told;              /* point and roles came from the caller */
	bool fixed;             /* told, or by an entry of the profile */
	bool stream, secure;
	bool ignore;            /* mapped to `ignore` */
	bool opaque;            /* nothing readable, or TLS */
	bool guessed;           /* roles were guessed from a message */
	bool ws;                /* upgraded */
	bool ws_asked;          /* an upgrade request was seen */
	bool ws_closed;         /* a close frame was seen */
	bool told_open;         /* EV_TCP open was delivered */
	bool told_closed;       /* flow event `closed` was */
	bool sniffed;           /* facts pass: nothing more to learn */
	bool partial[2];        /* ws: a part of a SIP message came before */
	unsigned odd;           /* datagrams that were no SIP */
	uint32_t requests;      /* HTTP requests so far */
	uint32_t pending;       /* SIP requests waiting for an answer */
	uint64_t open_number;
	struct label live;      /* the tester's own label, sure */
	struct label label;     /* inferred */
	char local[64], remote[64];     /* client, server */
	struct reader *dir[2];  /* [1] from the client */
	struct http_line *line;         /* NULL: no request was seen yet */
	uint32_t next_free;
};

/* Behind a gap nobody knows which HTTP answer belongs to which request. From
 * there on the connection has another number, so that a stored trace, which
 * shows no gap, is read in the same way. */
static inline uint32_t conn_number(const struct conn *c)
{
	return c->told_id ? c->told_id : c->id;
}
#define CONN_AFTER_GAP 0x80000000u

/* What rspauth= needs from the request, by Call-ID and CSeq. */
#define DIGEST_MEMORY 1024u
struct digest_memory {
	uint64_t key;
	char text[640];         /* uri, nonce, cnonce, nc, qop, realm, user */
	uint16_t cut[8];
	uint8_t alg;
	bool has_qop;
	uint32_t subscriber;
};

/* Keys of the SIP message in hand, see derive_sip.c. */
struct sip_ident {
	uint64_t key, loose;
	uint64_t base;          /* Call-ID, CSeq and point */
};

/* Peers' troubles do not push out the limits that were reached. */
#define PEER_TROUBLES_MAX 32u
#define LIMITS_MAX 8u

struct decoder {
	const struct profile *p;
	struct mask *mask;
	ev_sink *sink;
	void *arg;
	bool stopped;           /* the sink wants no more */
	bool facts_only;        /* first look at a capture: no derivation */
	struct sip_ident ident;
	bool hop;               /* the SIP message in hand is on a further hop */
	bool replay;            /* inside decoder_event: secrets are decided */
	int64_t now_us, unix_zero_us;
	unsigned facts;

	struct conn *conns;     /* [0] unused */
	uint32_t n_conns, room_conns, free_conn, open_conns;
	uint32_t renumbered;
	size_t held;            /* unfinished bytes of all readers */
	struct map conn_index;

	struct known known;
	struct txns txns;
	struct sip_secrets secrets;     /* of the message in hand */
	char token_room[17];            /* its token's name */
	struct sip_msg sip;
	struct http_msg http;
	struct buf ws_scratch;          /* payloads are unmasked here */
	struct token_format format;
	struct map digest_index;
	struct digest_memory *digests;  /* a ring */
	uint32_t next_digest;

	bool limited;           /* something was not decoded */
	unsigned n_troubles, n_peer_troubles;
	char *troubles[PEER_TROUBLES_MAX + LIMITS_MAX];
	uint64_t gone_requests, gone_registers, gone_conns, gone_http,
		 gone_streams;
};

/* ---- decode.c ---- */
struct conn *decoder_conn(struct decoder *d, uint32_t id);
struct conn *decoder_conn_new(struct decoder *d, uint32_t id);
void decoder_conn_free(struct decoder *d, struct conn *c);
void decoder_trouble(struct decoder *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* A limit of ours, told once for each kind: whatever is behind it is not
 * decoded, so that the observation is inconclusive at best. */
void decoder_limit(struct decoder *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* An event about c with its place filled in; t never goes back. */
void decoder_ev(struct decoder *d, struct ev *e, enum ev_kind kind,
		const struct conn *c, bool from_client, struct decode_at at);
/* To the sink, and then what is derived from it. */
void decoder_wire(struct decoder *d, struct conn *c, struct ev *e);
/* To the sink alone. */
void decoder_emit(struct decoder *d, const struct ev *e);
/* The TCP and TLS events that were held back until the point was known. */
void decoder_tell_open(struct decoder *d, struct conn *c,
		       struct decode_at at);
void decoder_sip(struct decoder *d, struct conn *c, bool from_client,
		 struct span bytes, struct decode_at at);

/* ---- reader.c ---- */
void reader_feed(struct decoder *d, struct conn *c, bool from_client,
		 struct span bytes, struct decode_at at);
void reader_gap(struct decoder *d, struct conn *c, bool from_client,
		uint64_t missing, struct decode_at at);
void reader_close(struct decoder *d, struct conn *c, bool from_client,
		  struct decode_at at);
void reader_free(struct reader *r);
/* Its memory is no longer in d->held. */
void reader_uncount(struct decoder *d, struct reader *r);

/* ---- endpoint.c ---- */
/* Point and roles of a connection, by the profile alone (path absent: no HTTP
 * request is in hand). False: no entry fits. */
struct place { enum point point; enum role client, server; bool ignore; };
bool endpoint_find(const struct profile *p, struct span client,
		   struct span server, struct span path, struct place *out);
struct place endpoint_usual(enum point point);
/* What a first message says about its connection, where nothing else does. */
struct place endpoint_of_http(const struct http_msg *m);
void endpoint_of_sip(struct conn *c, const struct sip_msg *m,
		     bool from_client);

/* ---- secrets.c, secrets_http.c ---- */
/* Fills d->secrets; by: the wire event that will carry them. */
void secrets_sip(struct decoder *d, const struct sip_msg *m,
		 const struct ev *by);
/* Before an HTTP event is delivered: makes its tokens and passwords known,
 * tells JWTs, decides e->password. */
void secrets_http(struct decoder *d, struct ev *e);
/* A token's name: masked, or as written. room takes 17 bytes. */
struct span secrets_name(const struct decoder *d, struct span token,
			 char room[17]);
/* Remembers a token and makes it known to the mask; tells what the claims of a
 * JWT say, once. */
void secrets_token(struct decoder *d, struct span token, const struct ev *by);

/* ---- derive.c ---- */
void derive_before(struct decoder *d, struct conn *c, struct ev *e);
void derive_after(struct decoder *d, struct conn *c, const struct ev *e);
void derive_flow(struct decoder *d, const struct ev *e);
void derive_closed(struct decoder *d, struct conn *c, const struct ev *e);
/* A derived event: kind, with place and time of its wire event. */
void derive_init(struct ev *e, enum ev_kind kind, const struct ev *from);
void derive_label(struct ev *e, const struct conn *c);

/* ---- derive_sip.c ---- */
void derive_sip_before(struct decoder *d, struct conn *c, struct ev *e);
void derive_sip(struct decoder *d, struct conn *c, const struct ev *e);
/* Requests that waited too long, or whose connection is gone. */
void derive_sip_sweep(struct decoder *d, int64_t t_us);
void derive_sip_gone(struct decoder *d, struct conn *c, int64_t t_us);
void derive_sip_end(struct decoder *d, int64_t t_us);

/* ---- derive_http.c ---- */
void derive_http(struct decoder *d, struct conn *c, const struct ev *e);

/* ---- line.c ---- */
void line_push(struct decoder *d, struct conn *c, const struct http_msg *m,
	       const struct ev *e);
struct http_wait *line_front(const struct conn *c);     /* or NULL */
struct http_wait *line_newest(const struct conn *c);    /* or NULL */
void line_pop(struct conn *c);

#endif
