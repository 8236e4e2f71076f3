/* TLS itself: certificates, trust, versions, key log, second opinion by
 * OpenSSL's own client. */
#include "kit.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static const struct kind tls_kind = { "tls", false };

static int setup(void **state)
{
	*state = (void *)&tls_kind;
	return kit_setup(state);
}

static struct fabric *fabric_of(struct kit *k, const struct tls_material *m)
{
	struct err err = { 0 };
	struct fabric *f = fabric_sockets(k->loop, m, &err);

	if (!f)
		fail_msg("%s", err.text);
	return f;
}

/* A client of its own fabric calls the kit's server. */
static void call(struct kit *k, const struct tls_material *m,
		 const char *server_name, struct end *a, struct end *b)
{
	struct fabric *f = fabric_of(k, m);

	end_init(a);
	end_init(b);
	struct listener *li = kit_listen(k, end_accept, b);

	a->link = fabric_connect(f, listener_endpoint(li), server_name,
				 end_calls(a), NULL);
	link_send(a->link, S("x"));
	int64_t end = loop_now_us(k->loop) + KIT_WAIT_US;

	while (!a->closed && !b->got.n && loop_now_us(k->loop) < end)
		loop_pass(k->loop, 1000);
	fabric_free(f);
	listener_close(li);
	if (b->accepted && !b->closed)
		link_close(b->link);
	buf_free(&a->got);
}

static void trust(void **state)
{
	struct kit *k = *state;
	struct end a, b;
	struct tls_material right = { .ca = kit_tls()->ca };
	struct tls_material blind = { .no_verify = true };
	struct tls_material wrong = { 0 };
	char *certificate, *key, *ca;

	call(k, &right, NULL, &a, &b);
	assert_int_equal(b.got.n, 1);
	buf_free(&b.got);
	call(k, &right, "localhost", &a, &b);
	assert_int_equal(b.got.n, 1);
	buf_free(&b.got);
	call(k, &blind, "other.example", &a, &b);
	assert_int_equal(b.got.n, 1);
	buf_free(&b.got);

	/* Another CA, the system's CAs, another name, another address. */
	assert_int_equal(tls_self_made("127.0.0.1", &ca, &certificate, &key,
				       NULL), 0);
	wrong.ca = ca;
	call(k, &wrong, NULL, &a, &b);
	assert_true(a.closed && !a.opened && !b.accepted);
	assert_non_null(strstr(a.why, "TLS handshake failed: certificate not "
				      "trusted"));
	wrong.ca = NULL;
	call(k, &wrong, NULL, &a, &b);
	assert_non_null(strstr(a.why, "certificate not trusted"));
	call(k, &right, "other.example", &a, &b);
	assert_non_null(strstr(a.why, "ostname mismatch"));
	call(k, &right, "127.0.0.2", &a, &b);
	assert_non_null(strstr(a.why, "IP address mismatch"));
	assert_false(b.accepted);
	free(ca);
	free(certificate);
	free(key);
}

static X509 *read_certificate(const char *pem)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	X509 *x = PEM_read_bio_X509(b, NULL, NULL, NULL);

	BIO_free(b);
	assert_non_null(x);
	return x;
}

static void self_made(void **state)
{
	char *ca, *certificate, *key;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(tls_self_made("10.0.0.1, edge.example,::1", &ca,
				       &certificate, &key, &err), 0);
	X509 *x = read_certificate(certificate), *root = read_certificate(ca);

	assert_int_equal(X509_check_ip_asc(x, "10.0.0.1", 0), 1);
	assert_int_equal(X509_check_ip_asc(x, "::1", 0), 1);
	assert_int_equal(X509_check_ip_asc(x, "10.0.0.2", 0), 0);
	assert_int_equal(X509_check_host(x, "edge.example", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(x, "evil.example", 0, 0, NULL), 0);
	assert_int_equal(X509_check_issued(root, x), X509_V_OK);
	assert_int_equal(X509_verify(x, X509_get0_pubkey(root)), 1);
	assert_int_equal(X509_check_ca(root), 1);
	assert_int_equal(X509_check_ca(x), 0);
	assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(x)), 256);
	X509_free(x);
	X509_free(root);
	free(ca);
	free(certificate);
	free(key);
	static const char *const bad[] = {
		"", ",", "a,,b", "a b", "a;b", "x,DNS:evil", "a\nb", "[::1]",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(tls_self_made(bad[i], &ca, &certificate, &key,
					       &err), -EXIT_USAGE);
		assert_non_null(strstr(err.text, "no list of host names"));
	}
}

static void material(void **state)
{
	struct kit *k = *state;
	const struct kit_tls *t = kit_tls();
	char *ca, *certificate, *key;
	struct err err;

	assert_int_equal(tls_self_made("a", &ca, &certificate, &key, NULL), 0);
	const struct tls_material bad[] = {
		{ .ca = "no PEM" },
		{ .certificate = t->certificate },
		{ .key = t->key },
		{ .certificate = "no PEM", .key = t->key },
		{ .certificate = t->certificate, .key = "no PEM" },
		{ .certificate = t->certificate, .key = key },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		err = (struct err){ 0 };
		assert_null(fabric_sockets(k->loop, &bad[i], &err));
		assert_int_equal(err.exit, EXIT_USAGE);
		assert_non_null(strstr(err.text, "TLS"));
	}
	free(ca);
	free(certificate);
	free(key);

	struct fabric *f = fabric_sockets(k->loop, NULL, NULL);

	assert_null(fabric_listen(f, "tls:127.0.0.1:0", NULL, NULL, &err));
	assert_non_null(strstr(err.text, "no certificate"));
	assert_null(fabric_connect(f, "tls:127.0.0.1:9", NULL,
				   (struct link_calls){ 0 }, &err));
	assert_non_null(strstr(err.text, "TLS was not set up"));
	fabric_free(f);
}

static void note_key(const char *line, void *arg)
{
	buf_addf(arg, "%s\n", line);
}

static void key_log(void **state)
{
	struct kit *k = *state;
	struct buf log;
	struct end a, b;

	buf_init(&log, 65536);
	struct tls_material m = { .ca = kit_tls()->ca, .keylog = note_key,
				  .keylog_arg = &log };

	call(k, &m, NULL, &a, &b);
	assert_int_equal(b.got.n, 1);
	assert_true(span_find(buf_span(&log), S("CLIENT_TRAFFIC_SECRET_0 ")) >= 0);
	assert_true(span_find(buf_span(&log), S("SERVER_TRAFFIC_SECRET_0 ")) >= 0);
	buf_free(&log);
	buf_free(&b.got);
}

/* ---- OpenSSL's own client, so that we are not our only witness ---- */

struct foreign {
	SSL *ssl;
	int rc, error;
	unsigned long why;
};

static bool foreign_step(void *arg)
{
	struct foreign *f = arg;

	ERR_clear_error();
	f->rc = SSL_do_handshake(f->ssl);
	f->error = SSL_get_error(f->ssl, f->rc);
	f->why = ERR_peek_last_error();
	return f->error != SSL_ERROR_WANT_READ &&
	       f->error != SSL_ERROR_WANT_WRITE;
}

static void shake(struct kit *k, struct foreign *f, SSL_CTX *c,
		  const char *endpoint)
{
	f->ssl = SSL_new(c);
	SSL_set_fd(f->ssl, kit_dial(endpoint));
	SSL_set_connect_state(f->ssl);
	int64_t end = loop_now_us(k->loop) + KIT_WAIT_US;

	while (!foreign_step(f) && loop_now_us(k->loop) < end)
		loop_pass(k->loop, 1000);
}

static void hang_up(struct foreign *f)
{
	close(SSL_get_fd(f->ssl));
	SSL_free(f->ssl);
}

static void versions(void **state)
{
	static const struct { int version; bool good; } cases[] = {
		{ TLS1_1_VERSION, false }, { TLS1_2_VERSION, true },
		{ TLS1_3_VERSION, true },
	};
	struct kit *k = *state;
	struct end b;

	for (unsigned i = 0; i < 3; i++) {
		SSL_CTX *c = SSL_CTX_new(TLS_client_method());
		struct foreign f;

		end_init(&b);
		struct listener *li = kit_listen(k, end_accept, &b);

		SSL_CTX_set_security_level(c, 0);
		SSL_CTX_set_cipher_list(c, "ALL:@SECLEVEL=0");
		SSL_CTX_set_min_proto_version(c, cases[i].version);
		SSL_CTX_set_max_proto_version(c, cases[i].version);
		shake(k, &f, c, listener_endpoint(li));
		assert_int_equal(f.rc == 1, cases[i].good);
		if (cases[i].good) {
			SSL_write(f.ssl, "plain", 5);
			kit_wait_bytes(k, &b, 5);
			SSL_shutdown(f.ssl);
			hang_up(&f);
			kit_until(k, end_is_closed, &b);
			assert_string_equal(b.why, "closed by peer");
		} else {
			hang_up(&f);
			loop_pass(k->loop, 20000);
			assert_int_equal(b.accepted, 0);
		}
		buf_free(&b.got);
		SSL_CTX_free(c);
		listener_close(li);
	}
}

/* The peer's TCP ends without close_notify: said so, no crash. */
static void cut_without_close_notify(void **state)
{
	struct kit *k = *state;
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());
	struct foreign f;
	struct end b;

	end_init(&b);
	struct listener *li = kit_listen(k, end_accept, &b);

	shake(k, &f, c, listener_endpoint(li));
	assert_int_equal(f.rc, 1);
	kit_until(k, end_is_open, &b);
	SSL_set_quiet_shutdown(f.ssl, 1);
	shutdown(SSL_get_fd(f.ssl), SHUT_WR);
	kit_until(k, end_is_closed, &b);
	assert_string_equal(b.why, "closed by peer without a TLS close");
	hang_up(&f);
	SSL_CTX_free(c);
}

/* Garbage in the middle of a session ends that session. */
static void garbage_in_a_session(void **state)
{
	struct kit *k = *state;
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());
	struct foreign f;
	struct end b;

	end_init(&b);
	struct listener *li = kit_listen(k, end_accept, &b);

	shake(k, &f, c, listener_endpoint(li));
	kit_until(k, end_is_open, &b);
	assert_int_equal(write(SSL_get_fd(f.ssl), "SIP/2.0 200 OK\r\n\r\n",
			       18), 18);
	kit_until(k, end_is_closed, &b);
	assert_non_null(strstr(b.why, "TLS: "));
	hang_up(&f);
	SSL_CTX_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(trust, setup, kit_teardown),
		cmocka_unit_test(self_made),
		cmocka_unit_test_setup_teardown(material, setup, kit_teardown),
		cmocka_unit_test_setup_teardown(key_log, setup, kit_teardown),
		cmocka_unit_test_setup_teardown(versions, setup, kit_teardown),
		cmocka_unit_test_setup_teardown(cut_without_close_notify, setup,
						kit_teardown),
		cmocka_unit_test_setup_teardown(garbage_in_a_session, setup,
						kit_teardown),
	};

	return cmocka_run_group_tests_name("net/tls", tests, NULL, NULL);
}
