/* The Mw side of a SIP server: one listener, UDP or TCP, with every link it
 * has accepted or opened. Repeated requests over UDP are answered with the
 * same response again and not shown twice. */
#ifndef ACTOR_MW_H
#define ACTOR_MW_H

#include "actor/actor.h"

struct mw;
/* from: the number of the link, for mw_reply. */
typedef void mw_message(struct mw *m, uint32_t from, const struct sip_msg *msg, void *arg);

struct mw *mw_new(const struct actor_env *env, const char *endpoint, const char *tag,
		  mw_message *message, void *arg, struct err *err);
void mw_free(struct mw *m);
const char *mw_endpoint(const struct mw *m);    /* "udp:127.0.0.1:5060" */
const char *mw_address(const struct mw *m);     /* "127.0.0.1:5060" */
const char *mw_transport(const struct mw *m);   /* "UDP" "TCP": for Via */
bool mw_udp(const struct mw *m);
/* To an address ("127.0.0.1:5061"), over this listener's transport. False:
 * it cannot be reached. */
bool mw_send(struct mw *m, const char *address, struct span bytes);
/* A response to a request that came on that link; lost when it is gone. */
void mw_reply(struct mw *m, uint32_t from, struct span bytes);
void mw_drop_all(struct mw *m);                 /* every link; keeps listening */

/* host:port of a SIP URI (5060 when it has no port) into out; false: no SIP
 * URI. */
bool mw_uri_address(struct span uri, char *out, size_t cap);

#endif
