/* Names of kinds and enums, and an event as a line for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trace/ev.h"

static void as_text(void **state)
{
	struct ev e;
	char line[300], tiny[8];

	(void)state;
	ev_init(&e, EV_REGISTER, 3100000);
	e.on = POINT_W2;
	e.wic = S("w1\n\x1b[31m");
	e.expires_s = 0;
	e.auth = AUTH_TNA;
	assert_string_equal(ev_text(&e, line, sizeof line),
		"  3.100 register W2 wic=w1\\x0a\\x1b[31m auth=tna expires_s=0");
	assert_string_equal(ev_text(&e, tiny, sizeof tiny), "  3.100");
	ev_init(&e, EV_HANDOVER, 0);
	e.anonymous = true;
	e.ends_us = 1500000;
	assert_string_equal(ev_text(&e, line, sizeof line),
			    "  0.000 handover user=null ends=1.500");
	ev_init(&e, EV_SIP, 0);
	e.from = ROLE_WIC;
	e.to = ROLE_EPCSCF;
	e.conn = 4;
	e.bytes = S("OPTIONS sip:x SIP/2.0\r\nVia: y\r\n");
	assert_string_equal(ev_text(&e, line, sizeof line), "  0.000 sip "
		"wic->epcscf conn=4 31 bytes: OPTIONS sip:x SIP/2.0");
}

static void every_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FACT_COUNT; i++) {
		enum fact f;

		assert_true(fact_of(span_str(fact_name((enum fact)(1u << i))),
				    &f) && f == (enum fact)(1u << i));
	}
	for (unsigned i = 0; i < EV_COUNT; i++) {
		enum ev_kind k;

		assert_true(ev_kind_of(span_str(ev_kind_name((enum ev_kind)i)),
				       &k) && k == (enum ev_kind)i);
	}
	enum scenario s;
	enum ev_auth a;
	enum token_state t;
	enum source o;

	assert_true(scenario_of(S("ims"), &s) && s == SCENARIO_IMS);
	assert_true(auth_kind_of(S("tna"), &a) && a == AUTH_TNA);
	assert_true(token_state_of(S("expired"), &t) && t == TOKEN_EXPIRED);
	assert_true(source_of(S("hand"), &o) && o == SOURCE_HAND);
	assert_false(scenario_of(S(""), &s) || auth_kind_of(S("x"), &a));
	assert_string_equal(scenario_name(SCENARIO_UNSAID), "");
	assert_string_equal(auth_kind_name(AUTH_NONE), "none");
	assert_string_equal(token_state_name(TOKEN_ACTIVE), "active");
	assert_string_equal(source_name(SOURCE_CAPTURE), "capture");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_text),
		cmocka_unit_test(every_name),
	};

	return cmocka_run_group_tests_name("trace ev", tests, NULL, NULL);
}
