/* eP-CSCF: W2 (SIP over secure WebSocket) on one side, Mw (UDP or TCP, as the
 * peer's end point says) on the other. Relays digest (scenario 1), validates
 * tokens and registers by Trusted Node Authentication (scenarios 2, 3). */
#ifndef ACTOR_EPCSCF_H
#define ACTOR_EPCSCF_H

#include "actor/actor.h"

struct epcscf_config {
	struct actor_env env;
	const char *listen_w2;          /* "wss://127.0.0.1:0/" */
	const char *listen_mw;          /* "udp:127.0.0.1:0"; its scheme is that
					   of peer_mw */
	const char *peer_mw;            /* the I-/S-CSCF; may be set later */
	const char *w5;                 /* introspection, for opaque tokens */
};

struct epcscf;
struct epcscf *epcscf_new(const struct epcscf_config *c, struct err *err);
void epcscf_free(struct epcscf *e);
const char *epcscf_w2(const struct epcscf *e);
const char *epcscf_mw(const struct epcscf *e);
void epcscf_set_peer(struct epcscf *e, const char *peer_mw);
void epcscf_set_w5(struct epcscf *e, const char *w5);
/* Edits what goes out on Mw / on W2. */
void epcscf_on_send_mw(struct epcscf *e, actor_edit *edit, void *arg);
void epcscf_on_send_w2(struct epcscf *e, actor_edit *edit, void *arg);
/* Drops every connection and binding. */
void epcscf_restart(struct epcscf *e);
/* Bindings that it holds at this moment. */
unsigned epcscf_bindings(const struct epcscf *e);

#endif
