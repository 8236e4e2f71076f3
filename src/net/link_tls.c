#include "net/link_tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tls {
	SSL_CTX *server, *client;       /* server NULL: no certificate */
	bool no_verify;
	void (*keylog)(const char *line, void *arg);
	void *keylog_arg;
};

struct tls_session {
	SSL *ssl;
	short wants;
	char why[160];
};

static void on_keylog(const SSL *ssl, const char *line)
{
	const struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if (t && t->keylog)
		t->keylog(line, t->keylog_arg);
}

static const char *openssl_why(void)
{
	unsigned long e = ERR_peek_last_error();
	const char *s = e ? ERR_reason_error_string(e) : NULL;

	return s ? s : "unknown reason";
}

static SSL_CTX *context(struct tls *t, const SSL_METHOD *method)
{
	SSL_CTX *c = SSL_CTX_new(method);

	if (!c)
		die("SSL_CTX_new: %s", openssl_why());
	SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
	SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE |
			    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
			    SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_app_data(c, t);
	if (t->keylog)
		SSL_CTX_set_keylog_callback(c, on_keylog);
	return c;
}

static BIO *text_bio(const char *pem)
{
	BIO *b = BIO_new_mem_buf(pem, -1);

	if (!b)
		die("BIO_new_mem_buf: %s", openssl_why());
	return b;
}

/* The first certificate is the server's own, further ones its chain. */
static bool use_certificates(SSL_CTX *c, const char *pem)
{
	BIO *b = text_bio(pem);
	X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);
	bool good = x && SSL_CTX_use_certificate(c, x) == 1;

	X509_free(x);
	while (good && (x = PEM_read_bio_X509(b, NULL, NULL, NULL)) != NULL)
		good = SSL_CTX_add0_chain_cert(c, x) == 1;
	BIO_free(b);
	return good;
}

static bool use_key(SSL_CTX *c, const char *pem)
{
	BIO *b = text_bio(pem);
	EVP_PKEY *k = PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
	bool good = k && SSL_CTX_use_PrivateKey(c, k) == 1 &&
		    SSL_CTX_check_private_key(c) == 1;

	EVP_PKEY_free(k);
	BIO_free(b);
	return good;
}

static bool use_ca(SSL_CTX *c, const char *pem)
{
	X509_STORE *store = SSL_CTX_get_cert_store(c);
	BIO *b = text_bio(pem);
	unsigned n = 0;
	X509 *x;

	while ((x = PEM_read_bio_X509(b, NULL, NULL, NULL)) != NULL) {
		if (X509_STORE_add_cert(store, x) == 1)
			n++;
		X509_free(x);
	}
	BIO_free(b);
	return n > 0;
}

static int set_up(struct tls *t, const struct tls_material *m, struct err *err)
{
	t->client = context(t, TLS_client_method());
	if (m->ca && !use_ca(t->client, m->ca))
		return err_set(err, EXIT_USAGE,
			       "TLS: the CA text has no usable certificate");
	if (!m->ca)
		SSL_CTX_set_default_verify_paths(t->client);
	if (!m->certificate && !m->key)
		return 0;
	if (!m->certificate || !m->key)
		return err_set(err, EXIT_USAGE,
			       "TLS: certificate and key go together");
	t->server = context(t, TLS_server_method());
	if (!use_certificates(t->server, m->certificate))
		return err_set(err, EXIT_USAGE, "TLS: unusable certificate: %s",
			       openssl_why());
	if (!use_key(t->server, m->key))
		return err_set(err, EXIT_USAGE, "TLS: unusable key: %s",
			       openssl_why());
	return 0;
}

struct tls *tls_new(const struct tls_material *m, struct err *err)
{
	struct tls *t = must_alloc(sizeof *t);

	t->no_verify = m->no_verify;
	t->keylog = m->keylog;
	t->keylog_arg = m->keylog_arg;
	ERR_clear_error();
	if (set_up(t, m, err) < 0) {
		tls_free(t);
		t = NULL;
	}
	ERR_clear_error();
	return t;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->server);
	SSL_CTX_free(t->client);
	free(t);
}

bool tls_can_listen(const struct tls *t)
{
	return t && t->server;
}

/* RFC 6066: an address is no server name; RFC 6125: it is still checked. */
static void expect_name(struct tls *t, SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *p = SSL_get0_param(ssl);
	bool address = X509_VERIFY_PARAM_set1_ip_asc(p, name) == 1;

	if (!address) {
		SSL_set_tlsext_host_name(ssl, name);
		X509_VERIFY_PARAM_set1_host(p, name, 0);
	}
	SSL_set_verify(ssl, t->no_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
		       NULL);
	ERR_clear_error();
}

struct tls_session *tls_open(struct tls *t, int fd, bool client,
			     const char *server_name)
{
	struct tls_session *s = must_alloc(sizeof *s);

	s->ssl = SSL_new(client ? t->client : t->server);
	if (!s->ssl || SSL_set_fd(s->ssl, fd) != 1)
		die("SSL_new: %s", openssl_why());
	if (client) {
		SSL_set_connect_state(s->ssl);
		expect_name(t, s->ssl, server_name);
	} else {
		SSL_set_accept_state(s->ssl);
	}
	s->wants = client ? POLLOUT : POLLIN;
	return s;
}

void tls_close(struct tls_session *s)
{
	if (!s)
		return;
	SSL_free(s->ssl);
	free(s);
}

static void say_why(struct tls_session *s, int error, int saved_errno)
{
	long v = SSL_get_verify_result(s->ssl);

	if (error == SSL_ERROR_SYSCALL && saved_errno == ECONNRESET)
		snprintf(s->why, sizeof s->why, "connection reset by peer");
	else if (error == SSL_ERROR_SYSCALL)
		snprintf(s->why, sizeof s->why, "closed by peer: %s",
			 saved_errno ? strerror(saved_errno) : "no reason");
	else if (ERR_GET_REASON(ERR_peek_last_error()) ==
		 SSL_R_UNEXPECTED_EOF_WHILE_READING)
		snprintf(s->why, sizeof s->why,
			 "closed by peer without a TLS close");
	else if (ERR_GET_REASON(ERR_peek_last_error()) ==
		 SSL_R_CERTIFICATE_VERIFY_FAILED)
		snprintf(s->why, sizeof s->why,
			 "certificate not trusted: %s",
			 X509_verify_cert_error_string(v));
	else
		snprintf(s->why, sizeof s->why, "TLS: %s", openssl_why());
}

static long outcome(struct tls_session *s, int rc)
{
	int saved_errno = errno, error;

	if (rc > 0)
		return rc;
	error = SSL_get_error(s->ssl, rc);
	switch (error) {
	case SSL_ERROR_WANT_READ:
		s->wants = POLLIN;
		return TLS_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		s->wants = POLLOUT;
		return TLS_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_EOF;
	default:
		say_why(s, error, saved_errno);
		/* After a fatal error SSL_shutdown must not be called. */
		SSL_set_quiet_shutdown(s->ssl, 1);
		ERR_clear_error();
		return TLS_FAILED;
	}
}

static int cut(size_t n)
{
	return n > 1u << 30 ? 1 << 30 : (int)n;
}

long tls_handshake(struct tls_session *s)
{
	char why[sizeof s->why];

	ERR_clear_error();
	errno = 0;
	long rc = outcome(s, SSL_do_handshake(s->ssl));

	if (rc == TLS_EOF)
		snprintf(s->why, sizeof s->why, "closed by peer");
	if (rc != TLS_EOF && rc != TLS_FAILED)
		return rc;
	memcpy(why, s->why, sizeof why);
	snprintf(s->why, sizeof s->why, "TLS handshake failed: %.130s", why);
	return TLS_FAILED;
}

long tls_recv(struct tls_session *s, char *p, size_t n)
{
	ERR_clear_error();
	errno = 0;
	return outcome(s, SSL_read(s->ssl, p, cut(n)));
}

long tls_write(struct tls_session *s, const char *p, size_t n)
{
	ERR_clear_error();
	errno = 0;
	long rc = outcome(s, SSL_write(s->ssl, p, cut(n)));

	if (rc != TLS_EOF)
		return rc;
	snprintf(s->why, sizeof s->why, "closed by peer");
	return TLS_FAILED;
}

short tls_wants(const struct tls_session *s)
{
	return s->wants;
}

bool tls_pending(const struct tls_session *s)
{
	return SSL_has_pending(s->ssl) == 1;
}

const char *tls_why(const struct tls_session *s)
{
	return s->why;
}

void tls_bye(struct tls_session *s)
{
	ERR_clear_error();
	if (SSL_is_init_finished(s->ssl))
		SSL_shutdown(s->ssl);
	ERR_clear_error();
}
