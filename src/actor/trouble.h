/* Troubles: hostile behaviours of the reference actors. A flaw is a realistic
 * mistake that breaks a rule and has its place in the kill matrix; a trouble
 * breaks no single rule, it is a peer gone mad: silent, flooding, talking
 * garbage. What it proves is about the suite: the case ends in bounded time
 * and memory with fail or inconclusive, never with a hang or a crash.
 *
 * A trouble sits between an actor and the net (serve.c, mw.c, the upgrade of
 * W2) and takes over what the actor would say there; the actor behind it stays
 * whole, so that purposes may still restart it or ask for its state. */
#ifndef ACTOR_TROUBLE_H
#define ACTOR_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "net/conn.h"
#include "profile/role.h"

#define TROUBLE_LIST(X) \
	X(NO_TLS, "epcscf_no_tls", ROLE_EPCSCF, \
	  "the eP-CSCF accepts connections on W2 and never says a word, not even TLS") \
	X(NO_UPGRADE, "epcscf_no_upgrade", ROLE_EPCSCF, \
	  "the eP-CSCF never answers the upgrade request") \
	X(DEAF, "epcscf_deaf", ROLE_EPCSCF, \
	  "the eP-CSCF stops answering once the WebSocket is up") \
	X(RESETS, "epcscf_resets", ROLE_EPCSCF, \
	  "the eP-CSCF resets the connection at the first message") \
	X(FLOODS, "epcscf_floods", ROLE_EPCSCF, \
	  "the eP-CSCF floods the WIC with requests and pings") \
	X(GARBAGE_FRAMES, "epcscf_garbage_frames", ROLE_EPCSCF, \
	  "the eP-CSCF sends random bytes where frames belong") \
	X(OVERSIZED_FRAME, "epcscf_oversized_frame", ROLE_EPCSCF, \
	  "the eP-CSCF sends a frame of 2^62 bytes") \
	X(ENDLESS_FRAGMENTS, "epcscf_endless_fragments", ROLE_EPCSCF, \
	  "the eP-CSCF sends a message whose last fragment never comes") \
	X(HALF_MESSAGE, "epcscf_half_message", ROLE_EPCSCF, \
	  "the eP-CSCF answers with half a frame and falls silent") \
	X(GARBAGE_SIP, "epcscf_garbage_sip", ROLE_EPCSCF, \
	  "the eP-CSCF sends broken SIP in whole frames") \
	X(WWSF_SILENT, "wwsf_silent", ROLE_WWSF, "the WWSF never answers") \
	X(WWSF_GARBAGE, "wwsf_garbage_json", ROLE_WWSF, \
	  "the WWSF answers logins with broken or absurd JSON") \
	X(WWSF_ENDLESS, "wwsf_endless_body", ROLE_WWSF, \
	  "the WWSF's answers have a body without end") \
	X(WWSF_DRIPS, "wwsf_drips", ROLE_WWSF, \
	  "the WWSF sends its answer a byte at a time, for ever") \
	X(WWSF_REDIRECTS, "wwsf_redirects", ROLE_WWSF, \
	  "the WWSF redirects every request to the same place") \
	X(WAF_SILENT, "waf_silent", ROLE_WAF, "the WAF never answers") \
	X(WAF_GARBAGE, "waf_garbage_json", ROLE_WAF, \
	  "the WAF answers with broken or absurd JSON") \
	X(WAF_ENDLESS, "waf_endless_body", ROLE_WAF, \
	  "the WAF's answers have a body without end") \
	X(SCSCF_SILENT, "scscf_silent", ROLE_SCSCF, "the S-CSCF never answers") \
	X(SCSCF_TRYING, "scscf_trying", ROLE_SCSCF, \
	  "the S-CSCF sends provisional responses for ever and no final one") \
	X(SCSCF_FLOODS, "scscf_floods", ROLE_SCSCF, \
	  "the S-CSCF floods the edge with responses that answer nothing") \
	X(SCSCF_GARBAGE, "scscf_garbage", ROLE_SCSCF, \
	  "the S-CSCF answers with broken SIP and noise")

#define TROUBLE_ENUM(id, name, role, text) TROUBLE_##id,
enum trouble { TROUBLE_NONE, TROUBLE_LIST(TROUBLE_ENUM) TROUBLE_COUNT };
#undef TROUBLE_ENUM

struct trouble_info { const char *name; enum role role; const char *text; };
extern const struct trouble_info trouble_table[TROUBLE_COUNT];  /* [0]: none */
/* TROUBLE_COUNT when there is none of that name. */
enum trouble trouble_find(struct span name);

/* One listener of an actor that may be in trouble, and the connections that
 * the trouble took over. Embedded in its owner; zero: no trouble. */
struct trouble_conn;
struct trouble_host {
	enum trouble what;              /* TROUBLE_NONE: not this actor's */
	struct loop *loop;
	struct trouble_conn *conns;
};
/* tag: of the listener's links, "W2 epcscf". */
void trouble_host_init(struct trouble_host *h, enum trouble what, struct loop *loop,
		       const char *tag);
/* Lets go of every connection, and closes those that are a trouble's own. */
void trouble_host_drop(struct trouble_host *h);

/* Each true when the trouble took it over: the actor then leaves it alone. */
bool trouble_mutes_tls(const struct trouble_host *h);
bool trouble_takes_link(struct trouble_host *h, struct link *l);
bool trouble_takes_request(struct trouble_host *h, struct http_server *s,
			   const struct http_msg *m);
/* s is gone when it is taken: its owner forgets it before. */
bool trouble_wants_upgrade(const struct trouble_host *h);
void trouble_upgrade(struct trouble_host *h, struct http_server *s, const struct http_msg *m);
bool trouble_takes_sip(struct trouble_host *h, struct sip_conn *c, const struct sip_msg *m);
/* That http_server or sip_conn ends. */
void trouble_gone(struct trouble_host *h, const void *conn);

#endif
