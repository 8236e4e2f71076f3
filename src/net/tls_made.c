/* Self-made certificates, for the tester's own end points: a throw-away CA and
 * one server certificate under it, EC P-256. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "net/link.h"

#define DAY_S (24l * 3600)

/* Valid from yesterday: clocks of test beds differ. */
static X509 *blank(EVP_PKEY *key, const char *name)
{
	X509 *x = X509_new();
	unsigned char serial[8];

	if (!x || RAND_bytes(serial, sizeof serial) != 1)
		die("self-made certificate: no memory or no randomness");
	serial[0] &= 0x7f;
	BIGNUM *n = BN_bin2bn(serial, sizeof serial, NULL);

	BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
	BN_free(n);
	X509_set_version(x, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(x), -DAY_S);
	X509_gmtime_adj(X509_getm_notAfter(x), 825 * DAY_S);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
				   (const unsigned char *)name, -1, -1, 0);
	return x;
}

static bool extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX c;

	X509V3_set_ctx_nodb(&c);
	X509V3_set_ctx(&c, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &c, nid, value);

	if (!e)
		return false;
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	return true;
}

/* "127.0.0.1,localhost" -> "IP:127.0.0.1,DNS:localhost". Only characters of
 * names and addresses: the text goes through OpenSSL's configuration syntax. */
static bool alt_names(struct buf *out, const char *names)
{
	struct span rest = span_str(names);
	char name[256];
	struct in6_addr a;

	while (!span_absent(rest)) {
		struct span one = span_trim(span_split(&rest, ','));

		if (!one.n || one.n >= sizeof name)
			return false;
		span_copy(name, sizeof name, one);
		if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR"
			   "STUVWXYZ0123456789.-_*:") != one.n)
			return false;
		bool address = inet_pton(AF_INET, name, &a) == 1 ||
			       inet_pton(AF_INET6, name, &a) == 1;

		if (!address && strchr(name, ':'))
			return false;
		buf_addf(out, "%s%s:%s", out->n ? "," : "",
			 address ? "IP" : "DNS", name);
	}
	return out->n && !out->full;
}

static char *take_text(BIO *b)
{
	char *p;
	long n = BIO_get_mem_data(b, &p);
	char *text = span_dup((struct span){ p, (size_t)n });

	BIO_free(b);
	return text;
}

static char *certificate_text(X509 *x)
{
	BIO *b = BIO_new(BIO_s_mem());

	if (!b || PEM_write_bio_X509(b, x) != 1)
		die("self-made certificate: cannot be written");
	return take_text(b);
}

static char *key_text(EVP_PKEY *key)
{
	BIO *b = BIO_new(BIO_s_mem());

	if (!b || PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL,
						NULL) != 1)
		die("self-made key: cannot be written");
	return take_text(b);
}

static bool make_ca(X509 *x, EVP_PKEY *key)
{
	X509_set_issuer_name(x, X509_get_subject_name(x));
	return extend(x, x, NID_basic_constraints, "critical,CA:TRUE") &&
	       extend(x, x, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	       extend(x, x, NID_subject_key_identifier, "hash") &&
	       X509_sign(x, key, EVP_sha256()) > 0;
}

static bool make_server(X509 *x, X509 *ca, EVP_PKEY *ca_key, const char *alt)
{
	X509_set_issuer_name(x, X509_get_subject_name(ca));
	return extend(x, ca, NID_basic_constraints, "critical,CA:FALSE") &&
	       extend(x, ca, NID_key_usage, "critical,digitalSignature") &&
	       extend(x, ca, NID_ext_key_usage, "serverAuth,clientAuth") &&
	       extend(x, ca, NID_subject_key_identifier, "hash") &&
	       extend(x, ca, NID_authority_key_identifier, "keyid") &&
	       extend(x, ca, NID_subject_alt_name, alt) &&
	       X509_sign(x, ca_key, EVP_sha256()) > 0;
}

int tls_self_made(const char *names, char **ca, char **certificate, char **key,
		  struct err *err)
{
	struct buf alt;

	buf_init(&alt, 4096);
	if (!names || !alt_names(&alt, names)) {
		buf_free(&alt);
		return err_set(err, EXIT_USAGE, "\"%.200s\" is no list of host "
			       "names and addresses", names ? names : "");
	}
	EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *own = EVP_EC_gen("P-256");

	if (!ca_key || !own)
		die("EVP_EC_gen: no key");
	X509 *ca_x = blank(ca_key, "annexu test CA");
	X509 *own_x = blank(own, "annexu");
	bool good = make_ca(ca_x, ca_key) &&
		    make_server(own_x, ca_x, ca_key, buf_str(&alt));

	if (good) {
		*ca = certificate_text(ca_x);
		*certificate = certificate_text(own_x);
		*key = key_text(own);
	}
	X509_free(ca_x);
	X509_free(own_x);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(own);
	buf_free(&alt);
	ERR_clear_error();
	return good ? 0 : err_set(err, EXIT_BROKE,
				  "self-made certificate for %.200s: refused "
				  "by OpenSSL", names);
}
