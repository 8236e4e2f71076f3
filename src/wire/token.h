/* Tokens of a WAF: JWT (RFC 7519, by libjwt) made and read. Opaque tokens are
 * just text; what they are worth is asked of the WAF (RFC 7662).
 * "token" follows TS 33.203 Annex X. */
#ifndef WIRE_TOKEN_H
#define WIRE_TOKEN_H

#include "base/limits.h"
#include "base/span.h"

enum token_sig { TOKEN_SIG_UNKNOWN, TOKEN_SIG_GOOD, TOKEN_SIG_BAD };

/* How the claims are named and what is expected; from the ixit's token:. */
struct token_format {
	struct span alg;                /* HS256 RS256 ES256 */
	struct span key;                /* secret, or PEM; absent: unknown */
	struct span claim_impi, claim_impu, claim_wwsf, claim_waf;
};

/* What a token says about itself; texts are copies, NUL-terminated, empty
 * when absent. */
struct token_claims {
	bool jwt;                       /* it has the shape of a JWT at all */
	enum token_sig sig;
	char impi[256];
	unsigned n_impu;
	char impu[LIMIT_IMPUS][256];
	char wwsf[256], waf[256], audience[256], scope[512], subject[256];
	int64_t exp_s, nbf_s, iat_s;    /* Unix seconds, -1 absent */
};

/* Reads claims without trusting them; checks the signature when f->key is
 * there. False: no JWT shape (c->jwt false), nothing else filled. */
bool token_read(struct token_claims *c, struct span token,
		const struct token_format *f);

/* Mints a JWT with the claims; malloc'd text or NULL with why set. */
char *token_mint(const struct token_claims *c, const struct token_format *f,
		 const char **why);

#endif
