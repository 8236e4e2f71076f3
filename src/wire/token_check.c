/* JWS signatures (RFC 7515, RFC 7518 3) over OpenSSL. libjwt makes tokens, but
 * it refuses every "typ" but JWT, so it cannot read access tokens as RFC 9068
 * types them (at+jwt). */
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "wire/token_in.h"

bool token_key_is_pem(struct span key)
{
	return span_find(key, S("-----BEGIN ")) >= 0;
}

static enum token_sig check_hs256(struct span key, struct span text,
				  struct span sig)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (!key.n || key.n > INT_MAX || token_key_is_pem(key) ||
	    !HMAC(EVP_sha256(), key.p, (int)key.n,
		  (const unsigned char *)text.p, text.n, md, &n))
		return TOKEN_SIG_UNKNOWN;
	return n == sig.n && CRYPTO_memcmp(md, sig.p, n) == 0 ?
	       TOKEN_SIG_GOOD : TOKEN_SIG_BAD;
}

/* Without this OpenSSL would ask the terminal for the pass phrase. */
static int no_password(char *buf, int size, int rwflag, void *arg)
{
	(void)buf, (void)size, (void)rwflag, (void)arg;
	return -1;
}

static EVP_PKEY *certificate_key(BIO *b)
{
	X509 *x = PEM_read_bio_X509(b, NULL, no_password, NULL);
	EVP_PKEY *key = x ? X509_get_pubkey(x) : NULL;

	X509_free(x);
	return key;
}

static EVP_PKEY *pem_key(struct span pem)
{
	EVP_PKEY *key = NULL;

	if (pem.n > INT_MAX)
		return NULL;
	for (int kind = 0; kind < 3 && !key; kind++) {
		BIO *b = BIO_new_mem_buf(pem.p, (int)pem.n);

		if (!b)
			return NULL;
		if (kind == 0)
			key = PEM_read_bio_PUBKEY(b, NULL, no_password, NULL);
		else if (kind == 1)
			key = PEM_read_bio_PrivateKey(b, NULL, no_password,
						      NULL);
		else
			key = certificate_key(b);
		BIO_free(b);
	}
	return key;
}

static bool verify(EVP_PKEY *key, struct span text, const unsigned char *sig,
		   size_t n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx &&
		  EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		  EVP_DigestVerify(ctx, sig, n, (const unsigned char *)text.p,
				   text.n) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

/* JWS has r and s side by side, OpenSSL wants them in DER. */
static bool verify_es256(EVP_PKEY *key, struct span text, struct span sig)
{
	const unsigned char *p = (const unsigned char *)sig.p;
	unsigned char *der = NULL;
	ECDSA_SIG *rs = sig.n == 64 ? ECDSA_SIG_new() : NULL;
	BIGNUM *r = rs ? BN_bin2bn(p, 32, NULL) : NULL;
	BIGNUM *s = rs ? BN_bin2bn(p + 32, 32, NULL) : NULL;
	bool ok = false;

	if (r && s && ECDSA_SIG_set0(rs, r, s)) {
		int n = i2d_ECDSA_SIG(rs, &der);

		ok = n > 0 && verify(key, text, der, (size_t)n);
	} else {
		BN_free(r);
		BN_free(s);
	}
	OPENSSL_free(der);
	ECDSA_SIG_free(rs);
	return ok;
}

static bool is_p256(const EVP_PKEY *key)
{
	char group[64] = "";
	size_t n;

	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	       EVP_PKEY_get_group_name(key, group, sizeof group, &n) == 1 &&
	       strcmp(group, "prime256v1") == 0;
}

enum token_sig token_check(const struct token_format *f, struct span text,
			   struct span sig)
{
	bool rsa = span_eq(f->alg, S("RS256")), ec = span_eq(f->alg, S("ES256"));
	enum token_sig said = TOKEN_SIG_UNKNOWN;
	bool good = false;

	if (span_eq(f->alg, S("HS256")))
		return check_hs256(f->key, text, sig);
	if (!rsa && !ec)
		return TOKEN_SIG_UNKNOWN;
	EVP_PKEY *key = pem_key(f->key);

	if (key && rsa && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
		good = verify(key, text, (const unsigned char *)sig.p, sig.n);
		said = good ? TOKEN_SIG_GOOD : TOKEN_SIG_BAD;
	} else if (key && ec && is_p256(key)) {
		good = verify_es256(key, text, sig);
		said = good ? TOKEN_SIG_GOOD : TOKEN_SIG_BAD;
	}
	EVP_PKEY_free(key);
	ERR_clear_error();      /* others read this thread's error queue */
	return said;
}
