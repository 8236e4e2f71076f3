/* Inside the WAF: its state, shared by waf.c (HTTP) and waf_token.c. */
#ifndef ACTOR_WAF_PRIV_H
#define ACTOR_WAF_PRIV_H

#include "actor/serve.h"
#include "actor/waf.h"
#include "wire/token.h"

#define WAF_TOKENS_MAX 4096     /* opaque tokens remembered, a ring */

struct waf_token {              /* an opaque token and what it is worth */
	char text[65];
	struct token_claims claims;
};

struct waf {
	struct actor_env env;
	struct serve *serve;
	char w4[768], w5[768], w4_path[256], w5_path[256];
	bool mute;
	struct waf_token *tokens;
	unsigned n_tokens, next_token;
};

/* Mints by the claims, signed or stored; malloc'd, or NULL with why. */
char *waf_token_make(struct waf *w, const struct token_claims *c,
		     const struct token_format *f, bool store, const char **why);
/* Is it ours and valid now? Fills the claims. */
bool waf_token_active(struct waf *w, struct span token, struct token_claims *c);
/* The end of a token asked for now, in Unix seconds: the profile's life, cut
 * to the end of the assignment (Unix ms, 0: none). */
int64_t waf_token_exp_s(const struct waf *w, int64_t ends_ms);

#endif
