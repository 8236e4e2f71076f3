/* Every variant goes through the three scenarios; every flaw runs through them
 * without a hang or a crash, and has its row in the table. */
#include <stdio.h>

#include "world.h"

static void all_three(struct world *w, bool must)
{
	struct wic *c[3];

	for (unsigned i = 0; i < 3; i++) {
		struct wic_reg digest = { .user = "bob" };

		c[i] = world_wic(w);
		wic_load(c[i]);
		world_await(w, wic_w1_done, c[i]);
		if (i == 1)
			world_login(w, c[i], "carol", "singer");
		else if (i == 2)
			world_login(w, c[i], NULL, NULL);
		wic_open(c[i], NULL);
		world_await(w, wic_open_done, c[i]);
		world_register(w, c[i], i ? NULL : &digest);
		if (must)
			assert_true(wic_registered(c[i]));
	}
	for (unsigned i = 0; i < 3; i++) {
		int status = world_request(w, c[i], &(struct wic_req){
			.to = i ? "sip:bob@ims.example" : "sip:carol@ims.example" });

		if (must)
			assert_int_equal(status, 200);
		if (i) {
			wic_refresh(c[i]);
			world_await(w, wic_w1_done, c[i]);
		}
		world_register(w, c[i], NULL);
		if (must)
			assert_true(wic_registered(c[i]));
	}
	for (unsigned i = 0; i < 3; i++) {
		world_register(w, c[i], &(struct wic_reg){ .deregister = true });
		if (must)
			assert_true(wic_unregistered(c[i]));
		wic_leave(c[i]);
		wic_close(c[i]);
	}
	loop_pass(w->loop, 4000000);
	if (must)
		assert_int_equal(epcscf_bindings(w->epcscf), 0);
}

static void variants(void **state)
{
	(void)state;
	for (unsigned v = 0; v <= VARIANT_COUNT; v++) {
		struct world *w = world_with(FLAW_COUNT, (enum variant)v);

		if (v < VARIANT_COUNT)
			print_message("variant %s\n", variant_table[v].name);
		all_three(w, true);
		world_free(w);
	}
}

static void all_variants_of_form_at_once(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	world_profile(w);
	for (unsigned v = 0; v <= VARIANT_MW_TCP; v++)
		variant_add(&w->env.variants, (enum variant)v);
	world_actors(w, DIGEST_SHA256, 0);
	all_three(w, true);
	world_free(w);
}

static void flaws(void **state)
{
	(void)state;
	for (unsigned f = 0; f < FLAW_COUNT; f++) {
		struct world *w = world_with((enum flaw)f, VARIANT_COUNT);

		print_message("flaw %s\n", flaw_table[f].name);
		all_three(w, false);
		world_free(w);
	}
}

static void tables(void **state)
{
	(void)state;
	for (unsigned f = 0; f < FLAW_COUNT; f++) {
		assert_int_equal(flaw_find(span_str(flaw_table[f].name)), f);
		assert_true(flaw_table[f].role != ROLE_NONE && flaw_table[f].text[0]);
	}
	assert_int_equal(flaw_find(S("none_such")), FLAW_COUNT);
	for (unsigned v = 0; v < VARIANT_COUNT; v++)
		assert_int_equal(variant_find(span_str(variant_table[v].name)), v);
	assert_int_equal(variant_find(S("none_such")), VARIANT_COUNT);
	assert_true(VARIANT_COUNT >= 12);
}

static void urls(void **state)
{
	static const struct { const char *text, *endpoint, *path; bool ok; } rows[] = {
		{ "https://127.0.0.1:8443/token", "tls:127.0.0.1:8443", "/token", true },
		{ "wss://[::1]:0/", "tls:[::1]:0", "/", true },
		{ "udp:127.0.0.1:5060", "udp:127.0.0.1:5060", "/", true },
		{ "http://localhost", "tcp:localhost:80", "/", true },
		{ "ftp://x", "", "", false }, { "https://", "", "", false },
		{ "https://h:99999/", "", "", false }, { "wss://[::1", "", "", false },
		{ "", "", "", false },
	};
	struct actor_url u;

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(actor_url_read(&u, rows[i].text), rows[i].ok);
		if (!rows[i].ok)
			continue;
		assert_string_equal(u.endpoint, rows[i].endpoint);
		assert_string_equal(u.path, rows[i].path);
	}
}

static void edits(void **state)
{
	static const char message[] =
		"REGISTER sip:h SIP/2.0\r\nv: a\r\nTo: <sip:a@h>\r\n ;x=y\r\nl: 0\r\n\r\n";
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	actor_edit_header(&b, span_str(message), S("To"), S("<sip:b@h>"));
	assert_string_equal(buf_str(&b),
			    "REGISTER sip:h SIP/2.0\r\nv: a\r\nTo: <sip:b@h>\r\nl: 0\r\n\r\n");
	buf_clear(&b);
	actor_edit_header(&b, span_str(message), S("Via"), SPAN_NONE);
	assert_string_equal(buf_str(&b),
			    "REGISTER sip:h SIP/2.0\r\nTo: <sip:a@h>\r\n ;x=y\r\nl: 0\r\n\r\n");
	buf_clear(&b);
	actor_edit_header(&b, span_str(message), S("X-New"), S("1"));
	assert_string_equal(buf_str(&b), "REGISTER sip:h SIP/2.0\r\nv: a\r\nTo: <sip:a@h>\r\n"
			    " ;x=y\r\nX-New: 1\r\nl: 0\r\n\r\n");
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variants), cmocka_unit_test(all_variants_of_form_at_once),
		cmocka_unit_test(flaws), cmocka_unit_test(tables), cmocka_unit_test(urls),
		cmocka_unit_test(edits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
