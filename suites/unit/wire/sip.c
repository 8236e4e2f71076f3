/* The SIP reader: what a message holds, every defect, every limit. Framing
 * and the writer are in sip_frame.c and sip_write.c, fields in sip_field.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "guard.h"
#include "wire/sip.h"

#define VIA "Via: SIP/2.0/WSS a.invalid;branch=z9hG4bKa\r\n"
#define MF "Max-Forwards: 70\r\n"
#define FROM "From: <sip:alice@ims.example>;tag=1\r\n"
#define TO "To: <sip:alice@ims.example>\r\n"
#define CALL "Call-ID: c1\r\n"
#define CSEQ "CSeq: 1 REGISTER\r\n"
#define LEN "Content-Length: 0\r\n"
#define LINE "REGISTER sip:ims.example SIP/2.0\r\n"
#define HEAD VIA MF FROM TO CALL CSEQ
#define END "\r\n"

static struct sip_msg m;

static void request(void **state)
{
	struct span s = S(LINE HEAD "X-Odd :  a b \r\nm: <sip:a@b>,\r\n <sip:c@d>"
			  "\r\nContent-Length: 4\r\n\r\nbody");

	(void)state;
	assert_true(sip_read(&m, s));
	assert_true(m.request);
	assert_int_equal(m.status, 0);
	assert_int_equal(m.n_defects, 0);
	assert_true(span_eq(m.method, S("REGISTER")));
	assert_true(span_eq(m.uri, S("sip:ims.example")));
	assert_true(span_absent(m.reason));
	assert_true(span_eq(m.body, S("body")));
	assert_ptr_equal(m.whole.p, s.p);
	assert_int_equal(m.whole.n, s.n);
	assert_int_equal(m.n_headers, 9);
	assert_true(span_eq(m.headers[6].name, S("X-Odd")));
	assert_true(span_eq(m.headers[6].value, S("a b")));
	assert_int_equal(m.headers[6].id, SIP_H_OTHER);
	assert_int_equal(m.first[SIP_H_CONTACT], 7);
	assert_int_equal(m.first[SIP_H_PATH], -1);
	assert_true(span_absent(sip_get(&m, SIP_H_PATH)));
	/* The fold stays inside, as it was sent. */
	assert_true(span_eq(sip_get(&m, SIP_H_CONTACT),
			    S("<sip:a@b>,\r\n <sip:c@d>")));
	assert_true(span_eq(sip_get_named(&m, S("x-odd")), S("a b")));
	assert_true(span_eq(sip_get_named(&m, S("call-id")), S("c1")));
	assert_true(span_absent(sip_get_named(&m, S("X-None"))));
	assert_true(sip_is(&m, S("REGISTER")));
	assert_false(sip_is(&m, S("register")));
}

static void response(void **state)
{
	(void)state;
	assert_true(sip_read(&m, S("SIP/2.0 401  Not you\r\n" VIA FROM TO CALL
				   CSEQ LEN END)));
	assert_false(m.request);
	assert_int_equal(m.status, 401);
	assert_int_equal(m.n_defects, 0);
	assert_true(span_eq(m.reason, S(" Not you")));
	assert_true(span_eq(m.method, S("REGISTER")));
	assert_true(span_absent(m.uri));
	assert_false(sip_is(&m, S("REGISTER")));
	assert_true(sip_read(&m, S("sip/2.0 200 \r\n" VIA FROM TO CALL CSEQ LEN
				   END)));
	assert_int_equal(m.status, 200);
	assert_int_equal(m.reason.n, 0);
	assert_int_equal(m.n_defects, 0);
}

/* All names of the table: as they are, in capitals, compact; and no name that
 * only begins or ends like one. */
static void names(void **state)
{
	static const char compact[] = "vftimlcko";
	static const enum sip_hdr ids[] = {
		SIP_H_VIA, SIP_H_FROM, SIP_H_TO, SIP_H_CALL_ID, SIP_H_CONTACT,
		SIP_H_CONTENT_LENGTH, SIP_H_CONTENT_TYPE, SIP_H_SUPPORTED,
		SIP_H_EVENT,
	};
	char text[32];

	(void)state;
	for (int h = SIP_H_OTHER + 1; h < SIP_H_COUNT; h++) {
		size_t n = strlen(sip_hdr_name((enum sip_hdr)h));

		snprintf(text, sizeof text, "%s",
			 sip_hdr_name((enum sip_hdr)h));
		assert_int_equal(sip_hdr_id(span_str(text)), h);
		for (size_t i = 0; i < n; i++)
			if (text[i] >= 'a' && text[i] <= 'z')
				text[i] = (char)(text[i] - 0x20);
		assert_int_equal(sip_hdr_id(span_str(text)), h);
		for (size_t i = 0; i < n; i++) {
			char c = text[i];

			text[i] = '\r';         /* '-' with a bit less */
			assert_int_equal(sip_hdr_id(span_str(text)),
					 SIP_H_OTHER);
			text[i] = c;
		}
		assert_int_equal(sip_hdr_id((struct span){ text, n - 1 }),
				 n == 2 ? sip_hdr_id(S("t")) : SIP_H_OTHER);
	}
	for (int c = 0; c < 256; c++) {
		char lone = (char)c;
		const char *at = c ? strchr(compact, c | 0x20) : NULL;
		enum sip_hdr want = at && (c | 0x20) >= 'a' && c < 128 &&
			(c & 0x40) ? ids[at - compact] : SIP_H_OTHER;

		assert_int_equal(sip_hdr_id((struct span){ &lone, 1 }), want);
	}
	assert_int_equal(sip_hdr_id(S("")), SIP_H_OTHER);
}

struct broken {
	const char *text;
	size_t n;
	enum sip_defect code;
	enum sip_hdr hdr;
	bool known;
};
#define B(t, c, h, k) { t, sizeof(t) - 1, SIP_D_##c, SIP_H_##h, k }

static const struct broken brokens[] = {
	B("", START_LINE, OTHER, false),
	B("\r\n\r\n", START_LINE, OTHER, false),
	B("REGISTER\r\n" HEAD LEN END, START_LINE, OTHER, false),
	B("REGISTER sip:x\r\n" HEAD LEN END, START_LINE, OTHER, false),
	B("RE<>R sip:x SIP/2.0\r\n" HEAD LEN END, START_LINE, OTHER, false),
	B(" REGISTER sip:x SIP/2.0\r\n" HEAD LEN END, START_LINE, OTHER, false),
	B("SIP/2.0 abc\r\n" HEAD LEN END, START_LINE, OTHER, false),
	B("SIP/2.0\r\n" HEAD LEN END, START_LINE, OTHER, false),
	B("SIP/2.0 200OK\r\n" HEAD LEN END, START_LINE, OTHER, false),
	B("GET / HTTP/1.1\r\n" HEAD LEN END, START_LINE, OTHER, false),
	B("REGISTER sip:x SIP/2.1\r\n" HEAD LEN END, VERSION, OTHER, true),
	B("SIP/3.0 200 OK\r\n" HEAD LEN END, VERSION, OTHER, true),
	B("SIP/2.0 099 No\r\n" HEAD LEN END, STATUS, OTHER, true),
	B("SIP/2.0 700 No\r\n" HEAD LEN END, STATUS, OTHER, true),
	B("SIP/2.0 0200 No\r\n" HEAD LEN END, STATUS, OTHER, true),
	B("REGISTER  sip:x SIP/2.0\r\n" HEAD LEN END, START_SPACE, OTHER, true),
	B("REGISTER\tsip:x SIP/2.0\r\n" HEAD LEN END, START_SPACE, OTHER, true),
	B("REGISTER sip:x SIP/2.0 \r\n" HEAD LEN END, START_SPACE, OTHER, true),
	B("SIP/2.0  200 OK\r\n" HEAD LEN END, START_SPACE, OTHER, true),
	B("SIP/2.0 200\r\n" HEAD LEN END, START_SPACE, OTHER, true),
	B("REGISTER <sip:x> SIP/2.0\r\n" HEAD LEN END, REQUEST_URI, OTHER, true),
	B("REGISTER sip:x y SIP/2.0\r\n" HEAD LEN END, REQUEST_URI, OTHER, true),
	B("REGISTER sip:x?a=b SIP/2.0\r\n" HEAD LEN END, REQUEST_URI, OTHER,
	  true),
	B("REGISTER ims SIP/2.0\r\n" HEAD LEN END, REQUEST_URI, OTHER, true),
	B(LINE HEAD "no colon here\r\n" LEN END, NO_COLON, OTHER, true),
	B(LINE HEAD "a b: c\r\n" LEN END, BAD_NAME, OTHER, true),
	B(LINE HEAD ": c\r\n" LEN END, BAD_NAME, OTHER, true),
	B(LINE " Via: x\r\n" HEAD LEN END, BAD_NAME, OTHER, true),
	B(LINE HEAD "X: y\n" LEN END, BARE_LF, OTHER, true),
	B(LINE HEAD LEN "\n", BARE_LF, OTHER, true),
	B(LINE HEAD "X: y\rz\r\n" LEN END, BARE_CR, OTHER, true),
	B(LINE HEAD "X: y\r\r\n" LEN END, BARE_CR, OTHER, true),
	B(LINE HEAD "X: y\0z\r\n" LEN END, NUL, OTHER, true),
	B(LINE HEAD "X: \0\r\n" LEN END, NUL, OTHER, true),
	B(LINE HEAD LEN, NO_BLANK, OTHER, true),
	B(LINE HEAD "Content-Le", NO_BLANK, OTHER, true),
	B(LINE MF FROM TO CALL CSEQ LEN END, MISSING, VIA, true),
	B(LINE VIA FROM TO CALL CSEQ LEN END, MISSING, MAX_FORWARDS, true),
	B(LINE VIA MF TO CALL CSEQ LEN END, MISSING, FROM, true),
	B(LINE VIA MF FROM CALL CSEQ LEN END, MISSING, TO, true),
	B(LINE VIA MF FROM TO CSEQ LEN END, MISSING, CALL_ID, true),
	B(LINE VIA MF FROM TO CALL LEN END, MISSING, CSEQ, true),
	B("SIP/2.0 200 OK\r\n" VIA FROM TO CALL LEN END, MISSING, CSEQ, true),
	B(LINE HEAD "i: c1\r\n" LEN END, REPEATED, CALL_ID, true),
	B(LINE HEAD LEN LEN END, REPEATED, CONTENT_LENGTH, true),
	B(LINE VIA "Max-Forwards: 256\r\n" FROM TO CALL CSEQ LEN END, VALUE,
	  MAX_FORWARDS, true),
	B(LINE VIA MF FROM TO "Call-ID: a b\r\n" CSEQ LEN END, VALUE, CALL_ID,
	  true),
	B(LINE VIA MF FROM TO "Call-ID: a@\r\n" CSEQ LEN END, VALUE, CALL_ID,
	  true),
	B(LINE VIA MF FROM TO CALL "CSeq: 2147483648 REGISTER\r\n" LEN END,
	  VALUE, CSEQ, true),
	B(LINE HEAD "Expires: soon\r\n" LEN END, VALUE, EXPIRES, true),
	B(LINE HEAD "Contact: <sip:a@b\r\n" LEN END, VALUE, CONTACT, true),
	B(LINE HEAD "Contact: <sip:a@b>,\r\n" LEN END, VALUE, CONTACT, true),
	B(LINE HEAD "Contact: <sip:a@b%4>\r\n" LEN END, VALUE, CONTACT, true),
	B(LINE HEAD "Contact: <sip:a@b@c>\r\n" LEN END, VALUE, CONTACT, true),
	B(LINE HEAD "Contact: <sip:a@b:x>\r\n" LEN END, VALUE, CONTACT, true),
	B(LINE HEAD "Contact: <sip:a@b]>\r\n" LEN END, VALUE, CONTACT, true),
	B(LINE HEAD "Contact: <sip:[::1>\r\n" LEN END, VALUE, CONTACT, true),
	B(LINE HEAD "Contact: <sip:[]>\r\n" LEN END, VALUE, CONTACT, true),
	B(LINE HEAD "Contact: <sip:[/]>\r\n" LEN END, VALUE, CONTACT, true),
	B(LINE HEAD "Contact: <sips:a@>\r\n" LEN END, VALUE, CONTACT, true),
	B(LINE HEAD "Contact: <sip:@b>\r\n" LEN END, VALUE, CONTACT, true),
	B(LINE HEAD "Contact: <sip:b>;x=(y)\r\n" LEN END, VALUE, CONTACT, true),
	B(LINE HEAD "c: sdp\r\n" LEN END, VALUE, CONTENT_TYPE, true),
	B(LINE HEAD "Contact:\r\n" LEN END, VALUE, CONTACT, true),
	B(LINE HEAD "Path: sip\r\n" LEN END, VALUE, PATH, true),
	B(LINE HEAD "Path: <sip:a>;x=\r\n" LEN END, VALUE, PATH, true),
	B(LINE HEAD "Via: SIP/2.0 x\r\n" LEN END, VALUE, VIA, true),
	B(LINE HEAD "Via: SIP/2.0/UDP x:y\r\n" LEN END, VALUE, VIA, true),
	B(LINE HEAD "Require: a b\r\n" LEN END, VALUE, REQUIRE, true),
	B(LINE HEAD "Authorization: Digest\r\n" LEN END, VALUE, AUTHORIZATION,
	  true),
	B(LINE HEAD "Authorization: Digest a=\"b\r\n" LEN END, VALUE,
	  AUTHORIZATION, true),
	B(LINE HEAD "Authorization: Digest a=b,c\r\n" LEN END, VALUE,
	  AUTHORIZATION, true),
	B(LINE HEAD "Authorization: Digest a=b c=d\r\n" LEN END, VALUE,
	  AUTHORIZATION, true),
	B(LINE HEAD "Content-Length: -1\r\n" END, VALUE, CONTENT_LENGTH, true),
	B(LINE VIA MF FROM TO CALL "CSeq: 1 INVITE\r\n" LEN END, CSEQ_METHOD,
	  CSEQ, true),
	B(LINE HEAD "l: 3\r\n\r\nab", LENGTH_SHORT, CONTENT_LENGTH, true),
	B(LINE HEAD "l: 1\r\n\r\nab", LENGTH_LONG, CONTENT_LENGTH, true),
};

/* Each broken message has its defect; a sound one has none (above). */
static void every_defect(void **state)
{
	struct guard g = guard_new(4096);
	bool met[SIP_D_COUNT] = { 0 };

	(void)state;
	met[SIP_D_NONE] = met[SIP_D_HEADERS_MAX] = met[SIP_D_DEFECTS_MAX] = true;
	for (size_t i = 0; i < sizeof(brokens) / sizeof(*brokens); i++) {
		const struct broken *b = &brokens[i];
		bool known = sip_read(&m, guard_put(&g,
				(struct span){ b->text, b->n }));
		bool found = false;

		for (unsigned k = 0; k < m.n_defects; k++)
			found |= m.defects[k].code == b->code &&
				 m.defects[k].hdr == b->hdr;
		if (!found || known != b->known)
			fail_msg("%s/%s (%zu) not seen in: %s",
				 sip_defect_name(b->code), sip_hdr_name(b->hdr),
				 i, b->text);
		assert_true(sip_has_defect(&m, b->code));
		if (b->known && m.n_defects != 1 && b->code != SIP_D_NO_BLANK)
			fail_msg("more than one defect (%zu): %s", i, b->text);
		met[b->code] = true;
	}
	for (int d = 0; d < SIP_D_COUNT; d++)
		if (!met[d])
			fail_msg("%s has no test", sip_defect_name(
				 (enum sip_defect)d));
	guard_free(&g);
}

/* Legal, if unusual: none of these may be called a defect. */
static const struct span sound[] = {
	SPAN_INIT("Contact: *\r\n"),
	SPAN_INIT("Contact: \"a,\\\"b\" <sip:a@b;x>;q=0.1;+g=\"<urn:x>\" , "
		  "sip:c@d;e\r\n"),
	SPAN_INIT("P-Associated-URI:\r\n"),
	SPAN_INIT("P-Associated-URI: <sip:a@b>, <tel:+1-2;x=y>\r\n"),
	SPAN_INIT("Supported:\r\n"),
	SPAN_INIT("Authorization: Bearer mF_9.B5f-4.1JqM==\r\n"),
	SPAN_INIT("Authorization: Bearer access_token=\"a.b.c\"\r\n"),
	SPAN_INIT("Authorization: Digest a=\"\",b = c ,\r\n d=\"x,\\\"y\"\r\n"),
	SPAN_INIT("WWW-Authenticate: Digest realm=\"a\"\r\nWWW-Authenticate: X y=z\r\n"),
	SPAN_INIT("v: SIP/2.0/TLS [2001:db8::1]:5061;received=[::1];rport ,"
		  "SIP/2.0/UDP h\r\n"),
	SPAN_INIT("Path: <sip:[2001:db8::1]:5060;lr;ob>\r\n"),
	SPAN_INIT("Content-Type : text / plain;charset=\"x y\"\r\n"),
	SPAN_INIT("Contact: <sip:u;a=b?:p%41&=+$,@h:5060;x?y=z>\r\n"),
	SPAN_INIT("Via: SIP/2.0/UDP h;received=2001:db8::9:255\r\n"),
	SPAN_INIT("X: \"\\\0\"\r\n"),
	SPAN_INIT("X:\r\n \r\n"),
};

static void no_false_alarm(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < sizeof(sound) / sizeof(*sound); i++) {
		buf_clear(&b);
		buf_add(&b, S(LINE HEAD));
		buf_add(&b, sound[i]);
		buf_add(&b, S(LEN END));
		assert_true(sip_read(&m, buf_span(&b)));
		if (m.n_defects)
			fail_msg("%s/%s in: %s",
				 sip_defect_name(m.defects[0].code),
				 sip_hdr_name(m.defects[0].hdr), sound[i].p);
	}
	buf_free(&b);
}

static void lengths(void **state)
{
	struct span two = S(LINE HEAD "l: 2\r\n\r\nab" LINE HEAD LEN END);

	(void)state;
	assert_true(sip_read(&m, two));
	assert_true(span_eq(m.body, S("ab")));
	assert_true(m.whole.n < two.n);
	assert_int_equal(m.n_defects, 1);
	assert_int_equal(m.defects[0].at, m.whole.n);
	assert_true(sip_read(&m, span_from(two, m.whole.n)));
	assert_int_equal(m.n_defects, 0);

	/* Absent (UDP, WebSocket): the rest is the body, and no defect. */
	assert_true(sip_read(&m, S(LINE HEAD END "the rest")));
	assert_true(span_eq(m.body, S("the rest")));
	assert_int_equal(m.n_defects, 0);

	/* The first of two counts. */
	assert_true(sip_read(&m, S(LINE HEAD "l: 1\r\nl: 2\r\n\r\nab")));
	assert_true(span_eq(m.body, S("a")));

	assert_true(sip_read(&m, S("\r\n\r\n" LINE HEAD LEN END)));
	assert_int_equal(m.n_defects, 0);
	assert_int_equal(m.whole.n, sizeof(LINE HEAD LEN END) - 1);
}

static void limits(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_add(&b, S(LINE));
	for (unsigned i = 0; i < LIMIT_SIP_HEADERS; i++)
		buf_add(&b, S("X: y\r\n"));
	buf_add(&b, S(HEAD "l: 1\r\n\r\nab"));
	assert_true(sip_read(&m, buf_span(&b)));
	assert_int_equal(m.n_headers, LIMIT_SIP_HEADERS);
	assert_true(sip_has_defect(&m, SIP_D_HEADERS_MAX));
	/* What is over the limit is not kept, but still counts. */
	assert_false(sip_has_defect(&m, SIP_D_MISSING));
	assert_int_equal(m.body.n, 1);

	buf_clear(&b);
	buf_add(&b, S("A  ? SIP/3\nx\n: y\rz\0\n"));
	for (int k = 0; k < 2; k++)
		for (int h = 1; h < SIP_H_COUNT; h++)
			buf_addf(&b, "%s: \"\n", sip_hdr_name((enum sip_hdr)h));
	assert_true(sip_read(&m, buf_span(&b)));
	assert_int_equal(m.n_defects, LIMIT_SIP_DEFECTS);
	assert_int_equal(m.defects[LIMIT_SIP_DEFECTS - 1].code,
			 SIP_D_DEFECTS_MAX);
	buf_free(&b);
}

static void lists(void **state)
{
	static const char *const want[] = {
		"<sip:a,b;lr>", "\"x,\\\",y\" <sip:d>", "sip:e;q=\",\"", "<sip:f",
	};
	struct sip_list it = { 0 };
	struct span el;
	size_t n = 0;

	(void)state;
	sip_read(&m, S(LINE HEAD "Path: <sip:a,b;lr>,, \"x,\\\",y\" <sip:d>\r\n"
		       "X: y\r\nPath:\r\n sip:e;q=\",\" ,\r\n\t<sip:f\r\n"
		       "Require: path,\r\n Outbound\r\nAuthorization: Digest a,b"
		       "\r\nAuthorization: Bearer c\r\n" LEN END));
	while (sip_list_next(&m, SIP_H_PATH, &it, &el)) {
		assert_true(n < 4);
		assert_true(span_eq(el, span_str(want[n])));
		n++;
	}
	assert_int_equal(n, 4);
	assert_false(sip_list_next(&m, SIP_H_PATH, &it, &el));
	assert_true(sip_lists(&m, SIP_H_REQUIRE, S("outbound")));
	assert_true(sip_lists(&m, SIP_H_REQUIRE, S("path")));
	assert_false(sip_lists(&m, SIP_H_REQUIRE, S("pat")));
	assert_false(sip_lists(&m, SIP_H_SUPPORTED, S("path")));
	/* Credentials have commas of their own and are never split. */
	it = (struct sip_list){ 0 };
	assert_true(sip_list_next(&m, SIP_H_AUTHORIZATION, &it, &el));
	assert_true(span_eq(el, S("Digest a,b")));
	assert_true(sip_list_next(&m, SIP_H_AUTHORIZATION, &it, &el));
	assert_true(span_eq(el, S("Bearer c")));
	assert_false(sip_list_next(&m, SIP_H_AUTHORIZATION, &it, &el));
	int i = sip_next(&m, SIP_H_AUTHORIZATION, -1);

	i = sip_next(&m, SIP_H_AUTHORIZATION, i);
	assert_true(span_eq(m.headers[i].value, S("Bearer c")));
	assert_int_equal(sip_next(&m, SIP_H_AUTHORIZATION, i), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request),
		cmocka_unit_test(response),
		cmocka_unit_test(names),
		cmocka_unit_test(every_defect),
		cmocka_unit_test(no_false_alarm),
		cmocka_unit_test(lengths),
		cmocka_unit_test(limits),
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
