/* WAF: W4 token end point (client credentials, HTTP Basic) and W5
 * introspection (RFC 7662) on one HTTPS listener. It issues JWTs or opaque
 * text as the profile's token.kind says. A token never outlives the end of
 * the assignment that the WWSF names in its request. */
#ifndef ACTOR_WAF_H
#define ACTOR_WAF_H

#include "actor/actor.h"

struct waf_config {
	struct actor_env env;
	const char *listen;             /* "https://127.0.0.1:0", or with the
					   path of W4 (".../token") */
};

struct waf;
struct waf *waf_new(const struct waf_config *c, struct err *err);
void waf_free(struct waf *w);
const char *waf_w4(const struct waf *w);        /* ".../token" */
const char *waf_w5(const struct waf *w);        /* ".../introspect" */

/* A token straight from the WAF, for purposes: every field may deviate. NULL
 * and 0 mean the ordinary value of the profile. */
struct waf_grant {
	const char *impi;
	unsigned n_impu;
	const char *impu[LIMIT_IMPUS];
	const char *wwsf, *issuer, *audience, *scope;
	int64_t valid_us;               /* <0: already over by that much */
	int64_t not_before_us;          /* >0: valid only after that time */
	const char *key;                /* signs with this secret (HS256) */
	bool no_impi, no_impu;          /* the claim is left out */
	bool garbled;                   /* one character of it is spoilt */
	bool unknown;                   /* opaque: never stored at the WAF */
};
/* malloc'd text, the caller frees it; NULL with err set. */
char *waf_grant(struct waf *w, const struct waf_grant *g, struct err *err);
/* The WAF stops answering W4 and W5 (ERR-04), or answers again. */
void waf_mute(struct waf *w, bool mute);

#endif
