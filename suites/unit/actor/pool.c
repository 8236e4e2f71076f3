/* Scenario 3 on the reference: pairs are lent for a window, refused when all
 * are lent, free again after it, and nothing else frees them. */
#include <stdio.h>

#include "world.h"

static void lends_and_registers(void **state)
{
	struct world *w = world_new();
	struct wic *a = world_registered(w, NULL, NULL);
	struct wic *b = world_registered(w, "mallory", "malice");

	(void)state;
	assert_true(wic_session(a)->anonymous);
	assert_string_equal(wic_session(b)->user, "mallory");
	assert_string_not_equal(wic_session(a)->impi, wic_session(b)->impi);
	assert_int_equal(scscf_bindings(w->scscf, span_str(wic_session(a)->impu[0])), 1);
	assert_int_equal(scscf_bindings(w->scscf, span_str(wic_session(b)->impu[0])), 1);
	/* independent: ending one leaves the other */
	assert_int_equal(world_register(w, a, &(struct wic_reg){ .deregister = true }), 200);
	assert_int_equal(scscf_bindings(w->scscf, span_str(wic_session(a)->impu[0])), 0);
	assert_int_equal(scscf_bindings(w->scscf, span_str(wic_session(b)->impu[0])), 1);
	assert_int_equal(world_request(w, b, NULL), 200);
	assert_int_equal(wic_incoming(b), 1);
	assert_int_equal(world_request(w, b, &(struct wic_req){
		.to = wic_session(a)->impu[0] }), 480);
	assert_int_equal(world_request(w, b, &(struct wic_req){
		.to = "sip:nobody@ims.example" }), 404);
	world_free(w);
}

static void refuses_and_reuses(void **state)
{
	struct world *w = world_new();
	struct wic *c[4], *late = world_wic(w);
	char first[256];
	int64_t t0_us = loop_now_us(w->loop);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		c[i] = world_wic(w);
		assert_int_equal(world_login(w, c[i], NULL, NULL), 200);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(wic_session(c[i])->impi,
						wic_session(c[j])->impi);
	}
	snprintf(first, sizeof(first), "%s", wic_session(c[0])->impi);
	assert_int_equal(wwsf_free_pairs(w->wwsf), 0);
	assert_int_equal(world_login(w, late, NULL, NULL), 503);
	assert_true(wic_refused(late));
	assert_false(wic_session(late)->given);
	/* subscribers need no pair */
	assert_int_equal(world_login(w, late, "alice", "wonderland"), 200);
	loop_pass(w->loop, t0_us + 2999000 - loop_now_us(w->loop));
	assert_int_equal(world_login(w, late, NULL, NULL), 503);
	loop_pass(w->loop, 251000);
	assert_int_equal(world_login(w, late, NULL, NULL), 200);
	assert_string_equal(wic_session(late)->impi, first);
	world_free(w);
}

static void nothing_frees_early(void **state)
{
	struct world *w = world_new();
	struct wic *a = world_registered(w, NULL, NULL), *others[3];
	unsigned given = 0;

	(void)state;
	assert_int_equal(world_register(w, a, &(struct wic_reg){ .deregister = true }), 200);
	wic_drop(a);
	wic_leave(a);
	assert_true(world_await(w, wic_w1_done, a));
	wwsf_restart(w->wwsf);
	for (unsigned i = 0; i < 3; i++) {
		others[i] = world_wic(w);
		given += world_login(w, others[i], NULL, NULL) == 200;
		assert_string_not_equal(wic_session(others[i])->impi, wic_session(a)->impi);
	}
	assert_int_equal(given, 2);
	world_free(w);
}

static void refresh_keeps_the_pair(void **state)
{
	struct world *w = world_new();
	struct wic *a = world_registered(w, NULL, NULL), *b;
	char impi[256], token[4096];

	(void)state;
	snprintf(impi, sizeof(impi), "%s", wic_session(a)->impi);
	for (unsigned i = 0; i < 4; i++) {
		snprintf(token, sizeof(token), "%s", wic_session(a)->token);
		loop_pass(w->loop, 1400000);
		wic_refresh(a);
		assert_true(world_await(w, wic_w1_done, a));
		assert_true(wic_logged_in(a));
		assert_string_equal(wic_session(a)->impi, impi);
		assert_string_not_equal(wic_session(a)->token, token);
		assert_int_equal(world_register(w, a, NULL), 200);
	}
	/* nobody else had it meanwhile, and the old token is over */
	b = world_wic(w);
	assert_int_equal(world_login(w, b, NULL, NULL), 200);
	assert_string_not_equal(wic_session(b)->impi, impi);
	loop_pass(w->loop, 3000000);
	assert_int_equal(world_register(w, a, NULL), 403);
	wic_refresh(a);
	assert_true(world_await(w, wic_w1_done, a));
	assert_true(wic_refused(a));
	world_free(w);
}

/* The binding of a lent pair is over when its window is, whenever it is made;
 * too short a rest is refused. */
static void bindings_end_with_the_window(void **state)
{
	static const int64_t delays_us[] = { 0, 300000, 900000, 1500000, 1900000, 2400000,
					     2990000 };

	(void)state;
	for (unsigned i = 0; i < sizeof(delays_us) / sizeof(delays_us[0]); i++) {
		struct world *w = world_new();
		struct wic *c = world_wic(w);
		int64_t end_us;
		int status;

		loop_pass(w->loop, 370000);
		world_load(w, c);
		assert_int_equal(world_login(w, c, NULL, NULL), 200);
		end_us = wic_session(c)->at_us + 3000000;
		world_open(w, c);
		loop_pass(w->loop, delays_us[i]);
		status = world_register(w, c, NULL);
		if (status == 200)
			assert_true(loop_now_us(w->loop) + wic_granted_s(c) * 1000000 <= end_us);
		else
			assert_int_equal(status, 403);
		assert_int_equal(status == 200, delays_us[i] < 1600000);
		loop_pass(w->loop, end_us - loop_now_us(w->loop));
		assert_int_equal(scscf_bindings(w->scscf, span_str(wic_session(c)->impu[0])), 0);
		assert_int_equal(epcscf_bindings(w->epcscf), 0);
		assert_int_equal(world_request(w, c, NULL), 403);
		world_free(w);
	}
}

static void a_pair_serves_one_wic(void **state)
{
	struct world *w = world_new();
	struct wic *a = world_registered(w, NULL, NULL), *thief = world_wic(w), *next;

	(void)state;
	world_load(w, thief);
	world_open(w, thief);
	wic_set_session(thief, wic_session(a));
	assert_int_equal(world_register(w, thief, NULL), 403);
	assert_int_equal(world_request(w, a, NULL), 200);
	/* lent again: calls reach the new WIC, the old token is worth nothing */
	loop_pass(w->loop, 3200000);
	next = world_registered(w, NULL, NULL);
	assert_string_equal(wic_session(next)->impi, wic_session(a)->impi);
	assert_int_equal(world_register(w, a, NULL), 403);
	assert_int_equal(world_request(w, a, NULL), 403);
	assert_int_equal(world_request(w, next, NULL), 200);
	assert_int_equal(wic_incoming(next), 1);
	assert_int_equal(wic_incoming(a), 1);
	world_free(w);
}

/* A registrar that grants more than was asked for: the edge ends the binding
 * itself when the token ends. */
static void overlong_grants_are_ended(void **state)
{
	struct world *w = world_with(FLAW_GRANTS_ITS_MAXIMUM, VARIANT_COUNT);
	struct wic *c = world_registered(w, NULL, NULL);
	int64_t end_us = wic_session(c)->at_us + 3000000;

	(void)state;
	assert_true(loop_now_us(w->loop) + wic_granted_s(c) * 1000000 <= end_us);
	assert_int_equal(scscf_bindings(w->scscf, span_str(wic_session(c)->impu[0])), 1);
	loop_pass(w->loop, end_us + 1000 - loop_now_us(w->loop));
	assert_int_equal(scscf_bindings(w->scscf, span_str(wic_session(c)->impu[0])), 0);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lends_and_registers), cmocka_unit_test(refuses_and_reuses),
		cmocka_unit_test(nothing_frees_early), cmocka_unit_test(refresh_keeps_the_pair),
		cmocka_unit_test(bindings_end_with_the_window),
		cmocka_unit_test(a_pair_serves_one_wic),
		cmocka_unit_test(overlong_grants_are_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
