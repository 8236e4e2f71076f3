/* The same reference over loopback sockets: TLS, UDP and TCP on Mw. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "world.h"

/* Containers often come without it. */
static bool has_ipv6(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
				  .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool there = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	if (fd >= 0)
		close(fd);
	return there;
}

static void run(bool tcp, bool v6, bool plain)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err err = { .text = "" };
	char *ca = NULL, *certificate = NULL, *key = NULL;
	const char *host = v6 ? "[::1]" : "127.0.0.1";
	char https[64], wss[64], mw[64];
	struct tls_material tls = { 0 };
	struct wic *c;

	world_profile(w);
	fabric_free(w->fabric);
	loop_free(w->loop);
	w->loop = loop_new(false, 7);
	if (tls_self_made("127.0.0.1,localhost,::1", &ca, &certificate, &key, &err) < 0)
		fail_msg("%s", err.text);
	tls = (struct tls_material){ .ca = ca, .certificate = certificate, .key = key };
	w->fabric = fabric_sockets(w->loop, &tls, &err);
	assert_non_null(w->fabric);
	w->env.loop = w->loop;
	w->env.fabric = w->fabric;
	snprintf(https, sizeof(https), "%s://%s:0", plain ? "http" : "https", host);
	snprintf(wss, sizeof(wss), "%s://%s:0/", plain ? "ws" : "wss", host);
	snprintf(mw, sizeof(mw), "%s:%s:0", tcp ? "tcp" : "udp", host);
	w->scscf = scscf_new(&(struct scscf_config){ .env = w->env, .listen = mw,
		.alg = DIGEST_SHA256 }, &err);
	w->waf = waf_new(&(struct waf_config){ .env = w->env, .listen = https }, &err);
	w->epcscf = epcscf_new(&(struct epcscf_config){ .env = w->env, .listen_w2 = wss,
		.listen_mw = mw, .peer_mw = scscf_mw(w->scscf), .w5 = waf_w5(w->waf) }, &err);
	w->wwsf = wwsf_new(&(struct wwsf_config){ .env = w->env, .listen = https,
		.w4 = waf_w4(w->waf), .w2 = epcscf_w2(w->epcscf) }, &err);
	if (!w->wwsf || !w->epcscf || !w->waf || !w->scscf)
		fail_msg("%s", err.text);

	c = world_wic(w);
	world_load(w, c);
	world_open(w, c);
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .user = "alice" }), 200);
	assert_int_equal(wic_challenges(c), 1);
	c = world_registered(w, "bob", "builder");
	assert_int_equal(wic_challenges(c), 0);
	assert_int_equal(world_request(w, c, &(struct wic_req){ .to = "sip:alice@ims.example" }),
			 200);
	c = world_registered(w, NULL, NULL);
	assert_in_range(wic_granted_s(c), 1, 3);
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .deregister = true }), 200);
	wic_close(c);
	assert_true(world_await(w, wic_closed, c));
	world_free(w);
	free(ca);
	free(certificate);
	free(key);
}

static void udp(void **state)
{
	(void)state;
	run(false, false, false);
}

static void tcp(void **state)
{
	(void)state;
	run(true, false, false);
}

static void ipv6(void **state)
{
	(void)state;
	if (!has_ipv6())
		skip();
	run(false, true, false);
}

static void without_tls(void **state)
{
	(void)state;
	run(true, false, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp), cmocka_unit_test(tcp), cmocka_unit_test(ipv6),
		cmocka_unit_test(without_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
