/* HTTP Digest over OpenSSL. */
#include "wire/digest.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/err.h"

enum digest_alg digest_alg_of(struct span name)
{
	if (span_absent(name) || span_ieq(name, S("MD5")))
		return DIGEST_MD5;
	if (span_ieq(name, S("SHA-256")))
		return DIGEST_SHA256;
	return DIGEST_UNKNOWN;
}

const char *digest_alg_name(enum digest_alg alg)
{
	switch (alg) {
	case DIGEST_MD5: return "MD5";
	case DIGEST_SHA256: return "SHA-256";
	case DIGEST_UNKNOWN: break;
	}
	return "unknown";
}

/* Hash of the parts with a colon between them, as hex. */
static void hash(enum digest_alg alg, const struct span *part, size_t n,
		 char out[DIGEST_HEX_MAX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, alg == DIGEST_MD5 ? EVP_md5() :
					   EVP_sha256(), NULL);

	for (size_t i = 0; ok && i < n; i++)
		ok = (i == 0 || EVP_DigestUpdate(ctx, ":", 1)) &&
		     EVP_DigestUpdate(ctx, part[i].p, part[i].n);
	if (!ok || !EVP_DigestFinal_ex(ctx, md, &len))
		die("OpenSSL does not give %s", digest_alg_name(alg));
	EVP_MD_CTX_free(ctx);
	for (unsigned i = 0; i < len; i++) {
		out[2 * i] = digits[md[i] >> 4];
		out[2 * i + 1] = digits[md[i] & 15];
	}
	out[2 * len] = '\0';
}

#define HASH(alg, out, ...) do { \
		const struct span parts[] = { __VA_ARGS__ }; \
		hash(alg, parts, sizeof parts / sizeof *parts, out); \
	} while (0)

/* RFC 7616 3.4.1 to 3.4.3; without qop as RFC 2069 had it. */
static void respond(const struct digest *d, struct span method,
		    char out[DIGEST_HEX_MAX])
{
	char a1[DIGEST_HEX_MAX], a2[DIGEST_HEX_MAX], body[DIGEST_HEX_MAX];

	out[0] = '\0';
	if (d->alg == DIGEST_UNKNOWN)
		return;
	HASH(d->alg, a1, d->username, d->realm, d->password);
	if (span_ieq(d->qop, S("auth-int"))) {
		HASH(d->alg, body, d->body);
		HASH(d->alg, a2, method, d->uri, span_str(body));
	} else {
		HASH(d->alg, a2, method, d->uri);
	}
	if (span_absent(d->qop))
		HASH(d->alg, out, span_str(a1), d->nonce, span_str(a2));
	else
		HASH(d->alg, out, span_str(a1), d->nonce, d->nc, d->cnonce,
		     d->qop, span_str(a2));
}

void digest_response(const struct digest *d, char out[DIGEST_HEX_MAX])
{
	respond(d, d->method, out);
}

void digest_rspauth(const struct digest *d, char out[DIGEST_HEX_MAX])
{
	respond(d, S(""), out);
}

void digest_hex(enum digest_alg alg, struct span data, char out[DIGEST_HEX_MAX])
{
	out[0] = '\0';
	if (alg != DIGEST_UNKNOWN)
		HASH(alg, out, data);
}
