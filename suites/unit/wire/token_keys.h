/* The examples of RFC 7515 A.1 to A.3 (keys rewritten from JWK to PEM), and
 * helpers to make keys and tokens without the code under test. */
#ifndef UNIT_WIRE_TOKEN_KEYS_H
#define UNIT_WIRE_TOKEN_KEYS_H

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"

#define RFC7515_BODY "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6" \
	"Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
#define RFC7515_A1 "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." RFC7515_BODY \
	".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define RFC7515_A1_KEY "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75" \
	"aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
#define RFC7515_A2 "eyJhbGciOiJSUzI1NiJ9." RFC7515_BODY \
	".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7" \
	"AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4" \
	"BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K" \
	"0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv" \
	"hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB" \
	"p0igcN_IoypGlUPQGe77Rw"
#define RFC7515_A2_PEM "-----BEGIN PUBLIC KEY-----\n" \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n" \
	"NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n" \
	"P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n" \
	"9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n" \
	"EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n" \
	"FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n" \
	"oQIDAQAB\n-----END PUBLIC KEY-----\n"
#define RFC7515_A3 "eyJhbGciOiJFUzI1NiJ9." RFC7515_BODY \
	".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA" \
	"pmWQxfKTUJqPP3-Kg6NU1Q"
#define RFC7515_A3_PEM "-----BEGIN PUBLIC KEY-----\n" \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n" \
	"6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n" \
	"-----END PUBLIC KEY-----\n"

static inline size_t base64url(char *out, struct span s)
{
	int n = EVP_EncodeBlock((unsigned char *)out,
				(const unsigned char *)s.p, (int)s.n);

	while (n && out[n - 1] == '=')
		n--;
	for (int i = 0; i < n; i++)
		out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
	out[n] = '\0';
	return (size_t)n;
}

/* A token of any JSON texts, signed with HMAC-SHA-256 whatever they say. */
static inline struct span hmac_token(char *out, struct span head,
				     struct span body, struct span key)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n_md = 0;
	size_t n = base64url(out, head);

	out[n++] = '.';
	n += base64url(out + n, body);
	HMAC(EVP_sha256(), key.p, (int)key.n, (unsigned char *)out, n, md, &n_md);
	out[n++] = '.';
	n += base64url(out + n, (struct span){ (char *)md, n_md });
	return (struct span){ out, n };
}

/* PEM texts of a new key: private, public. bits 0: P-256; else RSA. */
static inline void new_key(char *private, char *public, size_t cap, size_t bits)
{
	EVP_PKEY *key = bits ? EVP_RSA_gen(bits) : EVP_EC_gen("P-256");
	FILE *f = fmemopen(private, cap, "w"), *g = fmemopen(public, cap, "w");

	assert(key && f && g);
	assert(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
	assert(PEM_write_PUBKEY(g, key) == 1);
	fclose(f);
	fclose(g);
	EVP_PKEY_free(key);
}

#endif
