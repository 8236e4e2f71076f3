/* Tokens of a WAF: JWT (RFC 7519, by libjwt) made and read. Opaque tokens are
 * just text; what they are worth is asked of the WAF (RFC 7662).
 * "token" follows TS 33.203 Annex X. */
#ifndef WIRE_TOKEN_H
#define WIRE_TOKEN_H

#include "base/limits.h"
#include "base/span.h"

enum token_sig { TOKEN_SIG_UNKNOWN, TOKEN_SIG_GOOD, TOKEN_SIG_BAD };

/* How the claims are named and what is expected; from the ixit's token:. Names
 * that are absent are impi, impu, azp and iss. */
struct token_format {
	struct span alg;                /* HS256 RS256 ES256 */
	struct span key;                /* secret, or PEM (private key, public
					   key or certificate); absent: unknown */
	struct span claim_impi, claim_impu, claim_wwsf, claim_waf;
};

/* What a token says about itself; texts are copies, NUL-terminated, empty
 * when absent. A text or a list that is longer than its place is left out and
 * over_limit says so: half an identity is another identity. audience and scope
 * may be lists: then their items are joined by a space. */
struct token_claims {
	bool jwt;                       /* it has the shape of a JWT at all */
	enum token_sig sig;
	char impi[256];
	unsigned n_impu;
	char impu[LIMIT_IMPUS][256];
	char wwsf[256], waf[256], audience[256], scope[512], subject[256];
	int64_t exp_s, nbf_s, iat_s;    /* Unix seconds, -1 absent */
	char id[128];                   /* jti: makes two like tokens differ */
	bool over_limit;
};

#define TOKEN_BYTES_MAX LIMIT_SIP_BYTES /* longer is no JWT for us */

/* Reads claims without trusting them; checks the signature when f->key is
 * there. False: no JWT shape (c->jwt false), nothing else filled. f may be NULL.
 *
 * The signature is GOOD only by f->alg with f->key: a header that names another
 * algorithm is BAD, and so is "none", key or not. UNKNOWN: no key, or our key
 * does not fit f->alg (a PEM text is no HS256 secret), which is not the
 * token's fault. */
bool token_read(struct token_claims *c, struct span token,
		const struct token_format *f);

/* Is item in a list that is joined by spaces (audience, scope)? */
bool token_lists(const char *list, struct span item);

/* Mints a JWT with the claims (an audience with spaces becomes a list). alg
 * "none" makes an unsigned one, for testers who want to be wrong.
 * malloc'd text, or NULL with why set. */
char *token_mint(const struct token_claims *c, const struct token_format *f,
		 const char **why);

#endif
