/* Fields: addresses, URIs, identities, Via, CSeq, credentials, expiry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "wire/sip.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static struct sip_msg m;

/* "-" stands for absent. */
static void same(struct span got, const char *want, const char *what)
{
	bool ok = strcmp(want, "-") == 0 ? span_absent(got) :
		  !span_absent(got) && span_eq(got, span_str(want));

	if (!ok)
		fail_msg("%s: expected %s, got %.*s", what, want, SPAN(got));
}

static void addresses(void **state)
{
	static const struct {
		const char *text, *display, *uri, *params;
	} good[] = {
		{ "<sip:a@b>", "-", "sip:a@b", "-" },
		{ "<sip:a@b;x>;tag=1", "-", "sip:a@b;x", ";tag=1" },
		{ "sip:a@b;tag=1", "-", "sip:a@b", ";tag=1" },
		{ "  Al Ice <sip:a@b> ; q=1 ", "Al Ice", "sip:a@b", "; q=1" },
		{ "\"A \\\"<x>\\\" ;,\"<sip:a@b>", "A \\\"<x>\\\" ;,",
		  "sip:a@b", "-" },
		{ "\"\" <tel:+1>", "", "tel:+1", "-" },
		{ "< sip:a@b >", "-", "sip:a@b", "-" },
		{ "sip:a@b;g=\"<x>\"", "-", "sip:a@b", ";g=\"<x>\"" },
		{ "urn:service:sos", "-", "urn:service:sos", "-" },
	};
	static const char *const bad[] = {
		"", " ", "*", "sip", "sip:", "<>", "<sip:a@b", "\"open <sip:a@b>",
		"\"A\" sip:a@b", "<a@b>", ":a", "1a:b", "\"", "<",
	};
	struct sip_addr a;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(sip_addr_read(&a, span_str(good[i].text)));
		same(a.display, good[i].display, good[i].text);
		same(a.uri, good[i].uri, good[i].text);
		same(a.params, good[i].params, good[i].text);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (sip_addr_read(&a, span_str(bad[i])))
			fail_msg("no address: %s", bad[i]);
	assert_false(sip_addr_read(&a, SPAN_NONE));
}

static void uris(void **state)
{
	static const char *const good[][8] = {
		/* text, scheme, user, password, host, port, params, headers */
		{ "sip:h", "sip", "-", "-", "h", "-", "-", "-" },
		{ "SIPS:u:p@h:5061;lr;x=y?a=b&c=d", "SIPS", "u", "p", "h",
		  "5061", ";lr;x=y", "a=b&c=d" },
		{ "sip:u;x=y?z/@h", "sip", "u;x=y?z/", "-", "h", "-", "-", "-" },
		{ "sip:u@[2001:db8::1]:5060", "sip", "u", "-", "[2001:db8::1]",
		  "5060", "-", "-" },
		{ "sip:h?a", "sip", "-", "-", "h", "-", "-", "a" },
		{ "sip:@h", "sip", "", "-", "h", "-", "-", "-" },
		{ "sip:u:@h", "sip", "u", "", "h", "-", "-", "-" },
		{ "tel:+1-2;ext=3", "tel", "+1-2", "-", "-", "-", ";ext=3",
		  "-" },
		{ "urn:service:sos", "urn", "service:sos", "-", "-", "-", "-",
		  "-" },
	};
	static const char *const bad[] = {
		"", "sip", "sip:", "sip:@", "sip:u@", "sip:u@:5", "sip:h:",
		"sip:h:x", "sip:h:65536", "sip:[::1", "sip:[]", "sip:[x/]",
		"sip:a b", "sip:a@b c", "sip:a@b@c", "<sip:a>", "1:a", "tel:",
		"sip:;lr", "sip:h>",
	};
	struct sip_uri u;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		const char *const *g = good[i];

		assert_true(sip_uri_read(&u, span_str(g[0])));
		same(u.scheme, g[1], g[0]);
		same(u.user, g[2], g[0]);
		same(u.password, g[3], g[0]);
		same(u.host, g[4], g[0]);
		same(u.port, g[5], g[0]);
		same(u.params, g[6], g[0]);
		same(u.headers, g[7], g[0]);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (sip_uri_read(&u, span_str(bad[i])))
			fail_msg("no URI: %s", bad[i]);
}

static void identities(void **state)
{
	static const char *const same_as[][2] = {
		{ "sip:Alice@EXAMPLE.com:5060;user=phone",
		  "sip:Alice@example.com" },
		{ "\"A, B\" <SIP:%41l%69ce:pw@Example.COM;a=b?c=d>;tag=1",
		  "sip:Alice@example.com" },
		{ "sips:alice@example.com", "sips:alice@example.com" },
		{ "sip:Example.com", "sip:example.com" },
		{ "sip:%2b1%2c@h", "sip:+1,@h" },
		/* What a user part cannot hold bare stays escaped. */
		{ "sip:a%40b%3a%00%20%25%c3%bc@h",
		  "sip:a%40b%3A%00%20%25%C3%BC@h" },
		{ "sip:a%zz%4%@h", "sip:a%25zz%254%25@h" },
		{ "tel:+1-212-555", "tel:+1212555" },
		{ "<TEL:+1.(212).555;phone-context=x>", "tel:+1212555" },
		{ "  sip:a@h  ", "sip:a@h" },
		{ "sip:a@[2001:DB8::1]:5060", "sip:a@[2001:db8::1]" },
		/* No URI of these schemes: as it is. */
		{ " alice@example.com ", "alice@example.com" },
		{ "http://X/y", "http://X/y" },
		{ "tel:hello", "tel:hello" },
		{ "tel:-", "tel:-" },
		{ "sip:a@b@c", "sip:a@b@c" },
		{ "", "" },
	};
	char out[256], cut[12];

	(void)state;
	for (size_t i = 0; i < COUNT(same_as); i++) {
		struct span a = span_str(same_as[i][0]);

		same(sip_identity(a, out, sizeof(out)), same_as[i][1],
		     same_as[i][0]);
		assert_string_equal(out, same_as[i][1]);
		assert_true(sip_identity_eq(a, span_str(same_as[i][1])));
		assert_true(sip_identity_eq(span_str(same_as[i][1]), a));
	}
	same(sip_identity(S("sip:alice@example.com"), cut, sizeof(cut)),
	     "sip:alice@e", "cut");
	assert_int_equal(cut[11], '\0');
}

static void identities_apart(void **state)
{
	static const char *const apart[][2] = {
		{ "sip:alice@a.example", "sips:alice@a.example" },
		{ "sip:alice@a.example", "sip:Alice@a.example" },
		{ "sip:alice@a.example", "sip:alice@b.example" },
		{ "sip:alice@a.example", "sip:a.example" },
		{ "sip:alice@a.example", "alice@a.example" },
		{ "sip:+1212555@h", "tel:+1212555" },
		{ "sip:a%40b@c", "sip:a@b@c" },
		{ "sip:a%2541@h", "sip:aA@h" },
		{ "tel:+1", "tel:1" },
		{ "sip:a@h", "" },
	};
	char one[600], two[600];

	(void)state;
	for (size_t i = 0; i < COUNT(apart); i++)
		if (sip_identity_eq(span_str(apart[i][0]), span_str(apart[i][1])))
			fail_msg("%s is not %s", apart[i][0], apart[i][1]);
	/* However long they are, the last byte counts. */
	snprintf(one, sizeof(one), "sip:%0500d@h", 1);
	snprintf(two, sizeof(two), "sip:%0500d@h", 2);
	assert_false(sip_identity_eq(span_str(one), span_str(two)));
	assert_true(sip_identity_eq(span_str(one), span_str(one)));
}

static void uri_equality(void **state)
{
	/* The pairs of RFC 3261 19.1.4 are among them. */
	static const struct { const char *a, *b; bool eq; } pairs[] = {
		{ "sip:%61lice@atlanta.example;transport=TCP",
		  "sip:alice@AtLanTa.Example;Transport=tcp", true },
		{ "sip:carol@c.example", "sip:carol@c.example;newparam=5", true },
		{ "sip:carol@c.example;security=on",
		  "sip:carol@c.example;newparam=5", true },
		{ "sip:b@b.example;transport=tcp?a=1&b=2",
		  "sip:b@b.example;transport=tcp?b=2&a=1", true },
		{ "sip:alice@a.example?subject=project%20x&priority=urgent",
		  "sip:alice@a.example?priority=urgent&subject=project%20x",
		  true },
		{ "SIP:ALICE@a.example;transport=udp",
		  "sip:alice@a.example;transport=UDP", false },
		{ "sip:bob@b.example", "sip:bob@b.example:5060", false },
		{ "sip:bob@b.example", "sip:bob@b.example;transport=udp", false },
		{ "sip:bob@b.example", "sip:bob@b.example:6000;transport=tcp",
		  false },
		{ "sip:carol@c.example", "sip:carol@c.example?Subject=next",
		  false },
		{ "sip:carol@c.example;security=on",
		  "sip:carol@c.example;security=off", false },
		{ "sip:b@h", "sips:b@h", false },
		{ "sip:b@h;user=phone", "sip:b@h", false },
		{ "sip:b:p@h", "sip:b@h", false },
		{ "sip:b@h;lr", "sip:b@h;lr=on", false },
		{ "sip:b%40@h", "sip:b@@h", false },
		{ "sip:@h", "sip:h", false },
		{ "tel:+1-2", "TEL:+12", true },
		{ "tel:+1-2;ext=1", "tel:+1-2;ext=2", false },
		{ "no uri", " no uri", true },
		{ "no uri", "no Uri", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct span a = span_str(pairs[i].a), b = span_str(pairs[i].b);

		if (sip_uri_eq(a, b) != pairs[i].eq ||
		    sip_uri_eq(b, a) != pairs[i].eq)
			fail_msg("%s %s %s", pairs[i].a,
				 pairs[i].eq ? "==" : "!=", pairs[i].b);
	}
}

static void parameters(void **state)
{
	struct span all = S(" ; a = b ;FLAG; q=\"x;a=no,\\\"y\" ;e=;a=c; c");
	struct span v;

	(void)state;
	assert_true(sip_param(all, S("A"), &v));
	same(v, "b", "a");
	assert_true(sip_param(all, S("flag"), &v));
	assert_true(span_absent(v));
	assert_true(sip_param(all, S("q"), &v));
	same(v, "x;a=no,\\\"y", "q");
	assert_true(sip_param(all, S("e"), &v));
	same(v, "", "e");
	assert_true(sip_param(all, S("c"), NULL));
	assert_false(sip_param(all, S("no"), &v));
	assert_false(sip_param(all, S("fla"), &v));
	assert_false(sip_param(SPAN_NONE, S("a"), &v));
	assert_false(sip_param(S(";a=\"open;b=c"), S("b"), &v));
}

static void vias(void **state)
{
	static const char *const good[][5] = {
		{ "SIP/2.0/UDP h;branch=z9", "UDP", "h", "-", "z9" },
		{ "SIP / 2.0\r\n /WSS  a.invalid : 5 ;x;branch = z ", "WSS",
		  "a.invalid", "5", "z" },
		{ "SIP/2.0/TCP [::1]:5060", "TCP", "[::1]", "5060", "-" },
	};
	static const char *const bad[] = {
		"", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0 h", "SIP/2.0/UDPh;x",
		"SIP/2.0/UDP h:", "SIP/2.0/UDP h:x", "SIP/2.0/UDP [::1",
		"SIP/2.0/UDP h x", "/2.0/UDP h", "SIP/2.0/UDP ;branch=x",
	};
	struct sip_via v;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(sip_via_read(&v, span_str(good[i][0])));
		same(v.transport, good[i][1], good[i][0]);
		same(v.host, good[i][2], good[i][0]);
		same(v.port, good[i][3], good[i][0]);
		same(v.branch, good[i][4], good[i][0]);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (sip_via_read(&v, span_str(bad[i])))
			fail_msg("no Via: %s", bad[i]);
}

static void cseqs(void **state)
{
	static const char *const bad[] = {
		"", "1", "REGISTER", "1REGISTER", "-1 A", "4294967296 A", "1 A B",
		"1 ", "1 <>",
	};
	uint32_t n;
	struct span method;

	(void)state;
	assert_true(sip_cseq_read(S(" 0042\r\n\tREGISTER "), &n, &method));
	assert_int_equal(n, 42);
	same(method, "REGISTER", "method");
	assert_true(sip_cseq_read(S("4294967295 A"), &n, &method));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (sip_cseq_read(span_str(bad[i]), &n, &method))
			fail_msg("no CSeq: %s", bad[i]);
}

static void credentials(void **state)
{
	struct sip_auth a;
	struct span v;

	(void)state;
	assert_true(sip_auth_read(&a, S("Digest username=\"a,b\\\"c\",\r\n"
			" realm = \"x=y, nonce=no\" , nonce=\"n\",qop=auth")));
	same(a.scheme, "Digest", "scheme");
	assert_true(sip_auth_param(&a, S("USERNAME"), &v));
	same(v, "a,b\\\"c", "username");
	assert_true(sip_auth_param(&a, S("realm"), &v));
	same(v, "x=y, nonce=no", "realm");
	assert_true(sip_auth_param(&a, S("nonce"), &v));
	same(v, "n", "nonce");
	assert_true(sip_auth_param(&a, S("qop"), &v));
	same(v, "auth", "qop");
	assert_false(sip_auth_param(&a, S("opaque"), &v));
	assert_true(span_absent(sip_auth_bearer(&a)));
	assert_false(sip_auth_read(&a, S("")));
	assert_false(sip_auth_read(&a, S("=x")));
	assert_false(sip_auth_read(&a, S("Digest,x")));
}

static void bearers(void **state)
{
	static const char *const tokens[][2] = {
		{ "Bearer access_token=\"x.y-z\"", "x.y-z" },
		{ "Bearer access_token=x", "x" },
		{ "bEARER   x", "x" },
		{ "Bearer\r\n mF_9.B5f-4.1JqM==", "mF_9.B5f-4.1JqM==" },
		{ "Bearer x, realm=\"y\"", "x" },
		{ "Bearer realm=\"y\" , ACCESS_TOKEN = \"x\"", "x" },
		{ "Bearer access_token=\"\"", "" },
		{ "Bearer access_token=", "" },
		{ "Bearer realm=\"y\"", "-" },
		{ "Bearer realm=y", "-" },
		{ "Bearer a b", "-" },
		{ "Bearer \"x\"", "-" },
		{ "Bearer", "-" },
		{ "Bearer =", "-" },
		{ "Digest access_token=\"x\"", "-" },
		{ "BearerX x", "-" },
	};
	struct sip_auth a;

	(void)state;
	for (size_t i = 0; i < COUNT(tokens); i++) {
		assert_true(sip_auth_read(&a, span_str(tokens[i][0])));
		same(sip_auth_bearer(&a), tokens[i][1], tokens[i][0]);
	}
}

static int64_t expires(const char *lines, struct span contact)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_addf(&b, "REGISTER sip:x SIP/2.0\r\n%s\r\n", lines);
	sip_read(&m, buf_span(&b));
	int64_t v = sip_expires(&m, contact);

	buf_free(&b);
	return v;
}

static void expiry(void **state)
{
	static const char two[] = "Expires: 9\r\nm: <sip:a@b;lr>;expires=60 , "
		"\"x,\" <sip:c@d>;q=1\r\nContact: sip:e@f;expires=7\r\n";

	(void)state;
	assert_int_equal(expires(two, SPAN_NONE), 60);
	assert_int_equal(expires(two, S("sip:a@B")), 60);
	assert_int_equal(expires(two, S("<sip:c@d>;expires=1")), 9);
	assert_int_equal(expires(two, S("sip:e@f")), 7);
	assert_int_equal(expires(two, S("sip:g@h")), -1);
	assert_int_equal(expires("Contact: *\r\nExpires: 0\r\n", SPAN_NONE), 0);
	assert_int_equal(expires("Contact: *\r\nExpires: 0\r\n", S("sip:a@b")),
			 0);
	assert_int_equal(expires("Contact: <sip:a>\r\n", SPAN_NONE), -1);
	assert_int_equal(expires("Expires: 5\r\n", SPAN_NONE), 5);
	assert_int_equal(expires("", SPAN_NONE), -1);
	assert_int_equal(expires("m: <sip:a>;expires=\"30\"\r\n", SPAN_NONE),
			 30);
	assert_int_equal(expires("m: <sip:a>;expires=4294967296\r\nExpires: 3"
				 "\r\n", SPAN_NONE), 3);
	assert_int_equal(expires("m: <sip:a>;expires=-1\r\n", SPAN_NONE), -1);
	assert_int_equal(expires("m: <sip:a?expires=8>\r\n", SPAN_NONE), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(uris),
		cmocka_unit_test(identities),
		cmocka_unit_test(identities_apart),
		cmocka_unit_test(uri_equality),
		cmocka_unit_test(parameters),
		cmocka_unit_test(vias),
		cmocka_unit_test(cseqs),
		cmocka_unit_test(credentials),
		cmocka_unit_test(bearers),
		cmocka_unit_test(expiry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
