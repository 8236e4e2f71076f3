/* The three scenarios end to end on the reference, and what surrounds them. */
#include <stdio.h>

#include "world.h"

/* ---- scenario 1: IMS authentication ---- */

static void digest_with(enum digest_alg alg)
{
	struct world *w = calloc(1, sizeof(*w));
	struct wic *c;

	world_profile(w);
	world_actors(w, alg, 0);
	c = world_wic(w);
	world_load(w, c);
	world_open(w, c);
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .user = "alice" }), 200);
	assert_int_equal(wic_challenges(c), 1);
	assert_true(wic_registered(c));
	assert_false(wic_rspauth_wrong(c));
	assert_int_equal(wic_granted_s(c), 3);
	assert_int_equal(scscf_bindings(w->scscf, S("sip:alice@ims.example")), 1);
	/* the nonce goes on with a higher count */
	assert_int_equal(world_register(w, c, NULL), 200);
	assert_int_equal(wic_challenges(c), 0);
	assert_int_equal(world_request(w, c, &(struct wic_req){ .to = "sip:alice@ims.example" }),
			 200);
	assert_int_equal(wic_incoming(c), 1);
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .deregister = true }), 200);
	assert_true(wic_unregistered(c));
	assert_int_equal(scscf_bindings(w->scscf, S("sip:alice@ims.example")), 0);
	assert_int_equal(world_request(w, c, NULL), 403);
	world_free(w);
}

static void digest_md5(void **state)
{
	(void)state;
	digest_with(DIGEST_MD5);
}

static void digest_sha256(void **state)
{
	(void)state;
	digest_with(DIGEST_SHA256);
}

static void digest_refusals(void **state)
{
	struct world *w = world_new();
	struct wic *c = world_wic(w);
	char nonce[64];

	(void)state;
	world_load(w, c);
	world_open(w, c);
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .user = "alice",
		.wrong_password = true }), 403);
	assert_int_equal(scscf_bindings(w->scscf, S("sip:alice@ims.example")), 0);
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .user = "alice",
		.no_answer = true }), 401);
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .user = "alice" }), 200);
	snprintf(nonce, sizeof(nonce), "%s", wic_nonce(c));
	/* a replayed count and an unknown nonce: challenged anew, then right */
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .replay_nc = true }), 200);
	assert_int_equal(wic_challenges(c), 1);
	assert_string_not_equal(nonce, wic_nonce(c));
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .nonce = "0123456789abcdef" }),
			 200);
	assert_int_equal(wic_challenges(c), 1);
	/* auth-done of the WIC's own is worth nothing */
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .user = "bob",
		.integrity_protected = "auth-done", .no_answer = true }), 401);
	assert_int_equal(scscf_bindings(w->scscf, S("sip:bob@ims.example")), 0);
	world_free(w);
}

/* ---- scenario 2: web authentication ---- */

static void web(void **state)
{
	struct world *w = world_new();
	struct wic *c = world_wic(w);

	(void)state;
	world_load(w, c);
	assert_int_equal(world_login(w, c, "alice", "wrong"), 401);
	assert_true(wic_refused(c));
	assert_int_equal(world_login(w, c, "alice", "wonderland"), 200);
	assert_string_equal(wic_session(c)->impi, "alice@ims.example");
	assert_int_equal(wic_session(c)->n_impu, 1);
	assert_string_equal(wic_session(c)->impu[0], "sip:alice@ims.example");
	assert_true(wic_session(c)->token[0]);
	world_open(w, c);
	assert_int_equal(world_register(w, c, NULL), 200);
	assert_int_equal(wic_challenges(c), 0);
	assert_in_range(wic_granted_s(c), 1, 3);
	assert_int_equal(scscf_bindings(w->scscf, S("sip:alice@ims.example")), 1);
	/* refresh: a new token, the same binding */
	loop_pass(w->loop, 1000000);
	wic_refresh(c);
	assert_true(world_await(w, wic_w1_done, c));
	assert_true(wic_logged_in(c));
	assert_int_equal(world_register(w, c, NULL), 200);
	assert_int_equal(scscf_bindings(w->scscf, S("sip:alice@ims.example")), 1);
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .deregister = true }), 200);
	assert_int_equal(scscf_bindings(w->scscf, S("sip:alice@ims.example")), 0);
	assert_int_equal(epcscf_bindings(w->epcscf), 0);
	world_free(w);
}

static void web_opaque(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct wic *c;

	(void)state;
	world_profile(w);
	w->profile->token.kind = TOKEN_OPAQUE;
	world_actors(w, DIGEST_MD5, 0);
	c = world_registered(w, "carol", "singer");
	assert_int_equal(wic_session(c)->n_impu, 2);
	assert_int_equal(scscf_bindings(w->scscf, S("sip:carol.work@ims.example")), 1);
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .token = "unknown" }), 403);
	waf_mute(w->waf, true);
	assert_int_equal(world_register(w, c, NULL), 403);
	world_free(w);
}

static void tokens_refused(void **state)
{
	static const struct waf_grant bad[] = {
		{ .valid_us = -1000000 }, { .issuer = "https://evil.example" },
		{ .audience = "other.example" }, { .scope = "mail" },
		{ .wwsf = "unknown.example" }, { .key = "another key altogether" },
		{ .garbled = true }, { .no_impi = true }, { .no_impu = true },
		{ .not_before_us = 2000000 },
	};
	struct world *w = world_new();
	struct wic *c = world_wic(w);

	(void)state;
	world_load(w, c);
	world_open(w, c);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct waf_grant g = bad[i];
		char *token;

		g.impi = "alice@ims.example";
		g.n_impu = 1;
		g.impu[0] = "sip:alice@ims.example";
		token = waf_grant(w->waf, &g, NULL);
		assert_non_null(token);
		assert_int_equal(world_register(w, c, &(struct wic_reg){ .token = token,
			.impu = "sip:alice@ims.example" }), 403);
		free(token);
	}
	assert_int_equal(scscf_bindings(w->scscf, S("sip:alice@ims.example")), 0);
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .auth = WIC_AUTH_BEARER,
		.token = "no.jwt.atall" }), 403);
	world_free(w);
}

static void identities_guarded(void **state)
{
	struct world *w = world_new();
	struct wic *alice = world_registered(w, "alice", "wonderland");
	struct wic *bob = world_registered(w, "bob", "builder");

	(void)state;
	assert_int_equal(world_register(w, alice, &(struct wic_reg){
		.to = "sip:bob@ims.example" }), 403);
	/* an IMPI beside the token is not believed */
	assert_int_equal(world_register(w, alice, &(struct wic_reg){
		.username = "bob@ims.example" }), 200);
	assert_int_equal(scscf_bindings(w->scscf, S("sip:bob@ims.example")), 1);
	assert_int_equal(world_request(w, bob, &(struct wic_req){
		.from = "sip:alice@ims.example", .to = "sip:bob@ims.example" }), 403);
	assert_int_equal(world_request(w, bob, &(struct wic_req){
		.to = "sip:alice@ims.example" }), 200);
	assert_int_equal(wic_incoming(alice), 1);
	assert_string_equal(wic_incoming_method(alice), "MESSAGE");
	assert_int_equal(world_register(w, alice, &(struct wic_reg){ .deregister = true,
		.all_contacts = true, .to = "sip:bob@ims.example" }), 403);
	assert_int_equal(scscf_bindings(w->scscf, S("sip:bob@ims.example")), 1);
	/* from the core: along the Path */
	assert_true(scscf_call(w->scscf, S("sip:bob@ims.example"), S("OPTIONS")));
	assert_true(world_await(w, scscf_call_done, w->scscf));
	assert_int_equal(scscf_call_status(w->scscf), 200);
	world_free(w);
}

/* ---- W2 ---- */

static int open_with(struct world *w, struct wic *c, const struct wic_open *o)
{
	wic_open(c, o);
	assert_true(world_await(w, wic_open_done, c));
	return wic_open_status(c);
}

static void upgrades(void **state)
{
	struct world *w = world_new();
	struct wic *c = world_wic(w);

	(void)state;
	world_load(w, c);
	assert_int_equal(open_with(w, c, &(struct wic_open){
		.origin = "https://elsewhere.example" }), 403);
	assert_false(wic_connected(c));
	assert_int_equal(open_with(w, c, &(struct wic_open){ .protocol = "" }), 400);
	assert_int_equal(open_with(w, c, &(struct wic_open){ .origin = "" }), 101);
	assert_int_equal(open_with(w, c, NULL), 101);
	wic_ping(c);
	wic_keepalive(c);
	wic_close(c);
	assert_true(world_await(w, wic_closed, c));
	assert_int_equal(world_register(w, c, &(struct wic_reg){ .user = "alice" }), WIC_LOST);
	world_free(w);
}

static void frames(void **state)
{
	struct world *w = world_new();
	struct wic *c = world_registered(w, "alice", "wonderland");

	(void)state;
	wic_set_framing(c, WIC_FRAME_BINARY);
	assert_int_equal(world_register(w, c, NULL), 200);
	wic_set_framing(c, WIC_FRAME_FRAGMENTS);
	assert_int_equal(world_register(w, c, NULL), 200);
	wic_set_framing(c, WIC_FRAME_TWO);
	assert_int_equal(world_register(w, c, NULL), 400);
	wic_set_framing(c, WIC_FRAME_SPLIT);
	wic_register(c, NULL);
	assert_true(world_await(w, wic_register_done, c));
	assert_int_not_equal(wic_register_status(c), 200);
	world_free(w);
}

static void reload_binds_anew(void **state)
{
	struct world *w = world_new();
	struct wic *c = world_registered(w, NULL, NULL);

	(void)state;
	wic_reload(c);
	assert_true(world_await(w, wic_w1_done, c));
	world_open(w, c);
	assert_int_equal(world_register(w, c, NULL), 200);
	assert_int_equal(scscf_bindings(w->scscf, span_str(wic_session(c)->impu[0])), 1);
	assert_int_equal(world_request(w, c, NULL), 200);
	world_free(w);
}

/* ---- edit hooks ---- */

struct seen { unsigned n; bool withhold; struct span name, value; };

static bool edit(struct span message, struct buf *out, void *arg)
{
	struct seen *s = arg;

	s->n++;
	if (s->withhold)
		return true;
	if (span_absent(s->name))
		return false;
	actor_edit_header(out, message, s->name, s->value);
	return true;
}

static void hooks(void **state)
{
	struct world *w = world_new();
	struct wic *c = world_registered(w, "alice", "wonderland");
	struct seen s = { 0 };

	(void)state;
	assert_non_null(strstr(wic_page(c), epcscf_w2(w->epcscf)));
	wic_on_send(c, edit, &s);
	assert_int_equal(world_register(w, c, NULL), 200);
	assert_int_equal(s.n, 1);
	/* one header out of place: the token is not there any more */
	s.name = S("Authorization");
	assert_int_equal(world_register(w, c, NULL), 401);
	s.withhold = true;
	assert_int_equal(world_register(w, c, NULL), WIC_TIMEOUT);
	wic_on_send(c, NULL, NULL);
	/* a silent core is told to the WIC, by the edge */
	epcscf_on_send_mw(w->epcscf, edit, &s);
	wic_refresh(c);
	assert_true(world_await(w, wic_w1_done, c));
	assert_int_equal(world_register(w, c, NULL), 504);
	assert_true(wic_register_refused(c));
	epcscf_on_send_mw(w->epcscf, NULL, NULL);
	scscf_on_send(w->scscf, edit, &s);
	assert_int_equal(world_register(w, c, NULL), 504);
	scscf_on_send(w->scscf, NULL, NULL);
	wic_refresh(c);
	assert_true(world_await(w, wic_w1_done, c));
	epcscf_on_send_w2(w->epcscf, edit, &s);
	assert_int_equal(world_register(w, c, NULL), WIC_TIMEOUT);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_md5), cmocka_unit_test(digest_sha256),
		cmocka_unit_test(digest_refusals), cmocka_unit_test(web),
		cmocka_unit_test(web_opaque), cmocka_unit_test(tokens_refused),
		cmocka_unit_test(identities_guarded), cmocka_unit_test(upgrades),
		cmocka_unit_test(frames), cmocka_unit_test(reload_binds_anew),
		cmocka_unit_test(hooks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
