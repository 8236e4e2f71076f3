/* Whatever a peer sends: no crash, no hang, and the next honest user is served.
 * Seeded, so that a failure comes back. */
#include <stdio.h>

#include "world.h"

#define ROUNDS 1500

static const char register_text[] =
	"REGISTER sip:ims.example SIP/2.0\r\n"
	"Via: SIP/2.0/WSS x.invalid;branch=z9hG4bKaa\r\n"
	"Max-Forwards: 70\r\n"
	"From: \"A\" <sip:alice@ims.example>;tag=1\r\n"
	"To: <sip:alice@ims.example>\r\n"
	"Call-ID: hostile\r\n"
	"CSeq: 1 REGISTER\r\n"
	"Contact: <sip:wic@x.invalid;transport=ws>;reg-id=1;+sip.instance=\"<urn:x>\";expires=5\r\n"
	"Path: <sip:f@127.0.0.1:9;lr>, <sip:g@h>\r\n"
	"Require: path\r\n"
	"P-Charging-Vector: icid-value=1;orig-ioi=h\r\n"
	"Authorization: Digest username=\"alice@ims.example\", realm=\"ims.example\", nonce=\"n\","
	" uri=\"sip:ims.example\", response=\"00\", qop=auth, nc=00000001, cnonce=\"c\","
	" integrity-protected=\"auth-done\"\r\n"
	"Content-Length: 0\r\n\r\n";

static const char bearer_text[] =
	"REGISTER sip:ims.example SIP/2.0\r\n"
	"v: SIP/2.0/WSS x.invalid;branch=z9hG4bKbb\r\n"
	"f: <sip:alice@ims.example>;tag=1\r\nt: <sip:alice@ims.example>\r\n"
	"i: hostile2\r\nCSeq: 1 REGISTER\r\n"
	"m: *, <sip:a@b>;expires=0\r\nExpires: 0\r\n"
	"Authorization: Bearer access_token=\"a.b.c\", username=\"x\"\r\n\r\n";

static const char message_text[] =
	"MESSAGE sip:alice@ims.example SIP/2.0\r\n"
	"Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKcc\r\n"
	"Route: <sip:flow@127.0.0.1:9;lr>\r\n"
	"From: <sip:bob@ims.example>;tag=1\r\nTo: <sip:alice@ims.example>\r\n"
	"Call-ID: hostile3\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 0\r\nContent-Length: 0\r\n\r\n";

static const char answer_text[] =
	"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKdd\r\n"
	"From: <sip:bob@ims.example>;tag=1\r\nTo: <sip:alice@ims.example>;tag=2\r\n"
	"Call-ID: hostile4\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n";

static const char *const texts[] = { register_text, bearer_text, message_text, answer_text };

/* A few bytes changed, taken out or doubled, or the tail cut off. */
static struct span mutate(struct loop *l, const char *text, char *out, size_t cap)
{
	size_t n = strlen(text);

	assert_true(n * 2 < cap);
	memcpy(out, text, n);
	for (unsigned edits = (unsigned)(loop_random(l) % 6); edits; edits--) {
		size_t at = (size_t)(loop_random(l) % n);
		size_t run = (size_t)(loop_random(l) % 20);

		if (run > n - at)
			run = n - at;
		switch (loop_random(l) % 5) {
		case 0:
			out[at] = (char)loop_random(l);
			break;
		case 1:
			memmove(out + at, out + at + run, n - at - run);
			n -= run == n ? 0 : run;
			break;
		case 2:
			if (n + run < cap) {
				memmove(out + at + run, out + at, n - at);
				n += run;
			}
			break;
		case 3:
			out[at] = "<>\"\\,;=: \r\n*@%"[loop_random(l) % 15];
			break;
		default:
			n = at + 1;
			break;
		}
	}
	return (struct span){ out, n };
}

static void still_serves(struct world *w)
{
	struct wic *c = world_registered(w, "bob", "builder");

	assert_int_equal(world_request(w, c, NULL), 200);
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .deregister = true }), 200);
}

static void on_w2(void **state)
{
	struct world *w = world_new();
	struct wic *c = world_wic(w);
	char out[8192];

	(void)state;
	world_load(w, c);
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (!wic_connected(c))
			world_open(w, c);
		wic_send_text(c, mutate(w->loop, texts[i % 4], out, sizeof(out)));
		if (i % 8 == 0)
			loop_pass(w->loop, 1000);
		if (i % 100 == 0)
			wic_send_raw(c, mutate(w->loop, texts[i % 4], out, sizeof(out)));
	}
	loop_pass(w->loop, 20000000);
	assert_int_equal(scscf_bindings(w->scscf, S("sip:alice@ims.example")), 0);
	still_serves(w);
	world_free(w);
}

static void on_mw(void **state)
{
	struct world *w = world_new();
	const char *ends[] = { scscf_mw(w->scscf), epcscf_mw(w->epcscf) };
	char out[8192];

	(void)state;
	for (unsigned e = 0; e < 2; e++) {
		struct link *l = fabric_connect(w->fabric, ends[e], NULL,
						(struct link_calls){ 0 }, NULL);

		assert_non_null(l);
		for (unsigned i = 0; i < ROUNDS; i++) {
			link_send(l, mutate(w->loop, texts[i % 4], out, sizeof(out)));
			if (i % 8 == 0)
				loop_pass(w->loop, 1000);
		}
		loop_pass(w->loop, 20000000);
		link_close(l);
	}
	still_serves(w);
	world_free(w);
}

static const char *const requests[] = {
	"POST /session HTTP/1.1\r\nHost: h\r\nContent-Length: 39\r\n\r\n"
	"{\"user\":\"alice\",\"password\":\"wonderland\"}",
	"POST /session/refresh HTTP/1.1\r\nHost: h\r\nContent-Length: 13\r\n\r\n{\"token\":\"x\"}",
	"POST /session HTTP/1.1\r\nHost: h\r\nContent-Length: 21\r\n\r\n{\"user\":[[[[[[[[[[[{}}",
	"POST /session/bye HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n[]",
	"POST /token HTTP/1.1\r\nHost: h\r\nContent-Length: 40\r\n\r\n"
	"grant_type=client_credentials&impi=%&x=1",
	"POST /introspect HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\ntoken=a.b.c",
	"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
	"Sec-WebSocket-Protocol: sip\r\n\r\n",
};

/* The server may close first; the link is dead then. */
static void link_gone(struct link *l, const char *why, void *arg)
{
	(void)l;
	(void)why;
	*(struct link **)arg = NULL;
}

static void on_http(void **state)
{
	struct world *w = world_new();
	const char *ends[] = { wwsf_w1(w->wwsf), waf_w4(w->waf), epcscf_w2(w->epcscf) };
	char out[8192];

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct actor_url u;
		struct link *l;

		assert_true(actor_url_read(&u, ends[i % 3]));
		l = fabric_connect(w->fabric, u.endpoint, u.host, (struct link_calls){
				   .closed = link_gone, .arg = &l }, NULL);
		assert_non_null(l);
		link_send(l, mutate(w->loop, requests[loop_random(w->loop) % 7], out,
				    sizeof(out)));
		loop_pass(w->loop, 1000);
		if (l)
			link_close(l);
	}
	/* a body that never comes, a head that never ends */
	loop_pass(w->loop, 4000000);
	still_serves(w);
	world_free(w);
}

/* A restart in the middle of everything: nothing that was under way comes
 * back to a dead actor. */
static void restarts_midway(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		struct world *w = world_new();
		struct wic *c = world_wic(w), *d = world_wic(w);

		world_load(w, c);
		wic_login(c, "alice", "wonderland");
		wic_login_anonymous(d);
		wic_open(c, NULL);
		wic_register(c, &(struct wic_reg){ .user = "alice" });
		for (unsigned n = 0; n < i; n++)
			loop_until(w->loop, wic_closed, d, loop_now_us(w->loop));
		wic_register(c, &(struct wic_reg){ .user = "alice" });
		wwsf_restart(w->wwsf);
		epcscf_restart(w->epcscf);
		scscf_restart(w->scscf);
		loop_pass(w->loop, 10000000);
		assert_true(wic_w1_done(c));
		assert_true(wic_register_done(c));
		still_serves(w);
		world_free(w);
	}
}

/* Actors and WICs may be freed while anything is under way. */
static void frees_midway(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		struct world *w = world_new();
		struct wic *c = world_wic(w);

		wic_load(c);
		for (unsigned n = 0; n < i / 3; n++)
			loop_pass(w->loop, 0);
		wic_login(c, "alice", "wonderland");
		if (i % 3) {
			world_await(w, wic_w1_done, c);
			wic_open(c, &(struct wic_open){ .w2 = epcscf_w2(w->epcscf) });
			world_await(w, wic_open_done, c);
			wic_register(c, NULL);
		}
		for (unsigned n = 0; n < i / 3; n++)
			loop_pass(w->loop, 0);
		if (i % 2) {
			wwsf_free(w->wwsf);
			w->wwsf = NULL;
			epcscf_free(w->epcscf);
			w->epcscf = NULL;
			loop_pass(w->loop, 5000000);
			assert_true(wic_w1_done(c));
		}
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_w2), cmocka_unit_test(on_mw), cmocka_unit_test(on_http),
		cmocka_unit_test(restarts_midway), cmocka_unit_test(frees_midway),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
