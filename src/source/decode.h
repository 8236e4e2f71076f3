/* The one decoder. Bytes of connections in, wire events and the flow events
 * derived from them out; live taps and captures come through here alike.
 *
 *   bytes of a connection --decode--> wire events --derive--> flow events
 *
 * decode.c keeps a reader per connection and direction (HTTP, WebSocket, SIP
 * stream) and decides what needs a secret (struct sip_secrets). derive.c
 * correlates messages into flow events. A stored trace re-enters at
 * decoder_wire(), so that it passes the very same derivation. */
#ifndef SOURCE_DECODE_H
#define SOURCE_DECODE_H

#include "profile/profile.h"
#include "trace/ev.h"
#include "trace/trace.h"

struct decoder;

/* Events go to sink: each wire event, then what is derived from it. mask may
 * be NULL; when set, every token and password seen is made known to it before
 * the event is delivered. */
struct mask;
struct decoder *decoder_new(const struct profile *p, struct mask *mask,
			    ev_sink *sink, void *arg);
void decoder_free(struct decoder *d);

/* Unix time, in microseconds, of t = 0. Without it an `exp` in Unix seconds
 * cannot be placed on the trace's clock, and stays unsaid. A stored trace does
 * not need it: `token` events are stored, not derived again. */
void decoder_clock(struct decoder *d, int64_t unix_zero_us);

struct decode_conn {
	uint32_t conn;          /* one number per transport connection, > 0 */
	enum point point;       /* POINT_NONE: find out from the bytes */
	enum role client, server;
	bool stream;            /* TCP; else datagrams */
	bool secure;            /* the bytes were inside TLS */
	struct span wic;        /* live: label of the WIC that opened it */
	struct span local, remote;      /* "127.0.0.1:5060", client first */
};
/* Where bytes came from: time, line or frame, file. */
struct decode_at { int64_t t_us; uint64_t number; unsigned file; };

void decoder_open(struct decoder *d, const struct decode_conn *c,
		  struct decode_at at);
void decoder_bytes(struct decoder *d, uint32_t conn, bool from_client,
		   struct span bytes, struct decode_at at);
/* Bytes are missing here (capture gap): readers resynchronise. */
void decoder_gap(struct decoder *d, uint32_t conn, bool from_client,
		 uint64_t missing, struct decode_at at);
void decoder_close(struct decoder *d, uint32_t conn, bool from_client,
		   struct decode_at at);
/* An event that is already decoded: a wire event of a stored trace (its sip
 * or http is parsed from e->bytes here), or a flow event written directly. */
void decoder_event(struct decoder *d, const struct ev *e);
/* Also: an event the bench itself knows (mark, handover by command). */

/* The observation ends: requests still without a final answer are told, with
 * status "not said". Passing an EV_END to decoder_event does the same first.
 * Every source calls one of the two before it reads verdicts. */
void decoder_end(struct decoder *d, int64_t t_us);

/* Bits of enum fact that the events so far offer. */
unsigned decoder_facts(const struct decoder *d);

/* What the decoder had to give up ("SIP stream 7: framing lost at ..."). */
unsigned decoder_troubles(const struct decoder *d, const char *const **out);
/* Was a limit reached, so that not everything was decoded? */
bool decoder_limited(const struct decoder *d);

#endif
