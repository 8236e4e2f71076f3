/* What every actor is made with, and small things that all of them need.
 *
 * An actor plays one role of TS 23.228 Annex U. It sends, receives and keeps
 * its state; it never judges and knows nothing of events. All five together
 * are the reference implementation; any of them works alone opposite a foreign
 * peer. Everything runs on one loop, over one fabric (sockets or memory).
 *
 * End points are written as in a profile: "https://127.0.0.1:0",
 * "wss://[::1]:0/", "udp:127.0.0.1:5060", "tcp:...". Port 0 asks for a free
 * one; the actor reports the real one. http:// and ws:// are without TLS.
 *
 * Every link that an actor opens or accepts is tagged "<point> <label>":
 * "W1 <wic label>" and "W2 <wic label>" for what a WIC opened, else the point
 * and the role's name ("W4 wwsf", "W5 epcscf", "Mw scscf", "W2 epcscf"). */
#ifndef ACTOR_ACTOR_H
#define ACTOR_ACTOR_H

#include "actor/flaw.h"
#include "actor/trouble.h"
#include "actor/variant.h"
#include "base/buf.h"
#include "base/err.h"
#include "net/conn.h"
#include "net/link.h"
#include "net/loop.h"
#include "profile/profile.h"
#include "wire/token.h"

/* Borrowed pointers; they outlive the actor. */
struct actor_env {
	struct loop *loop;
	struct fabric *fabric;
	const struct profile *profile;
	struct flaw_set flaws;
	struct variant_set variants;
	enum trouble trouble;           /* TROUBLE_NONE: well behaved */
};

/* An edit of an outgoing SIP message: true when out holds what is to be sent
 * instead of message (nothing in out: withhold it), false to send it as is. */
typedef bool actor_edit(struct span message, struct buf *out, void *arg);

/* Ready-made edits for purposes: a copy of message in out with the header
 * fields of that (long) name replaced by one "name: value" line, which is
 * added before Content-Length when there was none; value absent: taken out. */
void actor_edit_header(struct buf *out, struct span message, struct span name,
		       struct span value);

/* Can it be answered in order at all (it has a Via, a Call-ID ...)? */
bool actor_answerable(const struct sip_msg *m);

/* An end point taken apart. */
struct actor_url {
	char scheme[8];         /* "https" "http" "wss" "ws" "udp" "tcp" "tls" */
	char host[128];         /* without brackets */
	unsigned port;
	char path[256];         /* "/" when there is none */
	char endpoint[192];     /* for the fabric: "tls:127.0.0.1:8443" */
	bool secure;
};
/* False when text is no end point. */
bool actor_url_read(struct actor_url *u, const char *text);
/* "https" + "tls:127.0.0.1:8443" + "/x" -> "https://127.0.0.1:8443/x";
 * for udp and tcp the end point itself. */
void actor_url_write(char *out, size_t cap, const char *scheme,
		     const char *endpoint, const char *path);

/* The client secret of a WWSF at the WAF (W4, HTTP Basic), both sides make it
 * from the name: test data, not a protection. */
void actor_w4_secret(char *out, size_t cap, const char *wwsf);

/* How the profile's tokens are signed and named, with defaults; the key of the
 * embedded profile where it has none. */
void actor_token_format(const struct profile *p, struct token_format *f);

#endif
