/* The 49 torture messages of RFC 4475, reconstructed by torture/make.py:
 * which are readable, with which defects, and how a stream frames them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "sip_files.h"
#include "wire/sip.h"

#define WHOLE 1         /* sip_frame gives just what sip_read takes */

struct expect {
	const char *name;
	const char *defects;    /* "code/Header ..." in the order found */
	unsigned headers;
	long frame;             /* WHOLE, 0 or an enum sip_lost */
};

static const struct expect expects[] = {
	/* 3.1.1 valid: no defect at all */
	{ "wsinv", "", 14, WHOLE },
	{ "intmeth", "", 8, WHOLE },
	{ "esc01", "", 10, WHOLE },
	{ "escnull", "", 9, WHOLE },
	{ "esc02", "", 10, WHOLE },
	{ "lwsdisp", "", 7, WHOLE },
	{ "longreq", "", 43, WHOLE },
	/* Valid on a stream; in one datagram the second one is too much. */
	{ "dblreq", "length-long/Content-Length", 8, WHOLE },
	{ "semiuri", "", 7, WHOLE },
	{ "transports", "", 11, WHOLE },
	{ "mpart01", "", 8, WHOLE },
	{ "unreason", "", 6, WHOLE },
	{ "noreason", "", 6, WHOLE },
	/* 3.1.2 invalid */
	{ "badinv01", "value/Via value/Contact", 8, WHOLE },
	{ "clerr", "length-short/Content-Length", 9, 0 },
	{ "ncl", "value/Content-Length", 9, SIP_LOST_LENGTH },
	/* The expires parameter is left to whoever asks for it. */
	{ "scalar02", "value/Max-Forwards value/CSeq value/Expires", 9, WHOLE },
	/* Retry-After and Warning have no id here and are not looked at. */
	{ "scalarlg", "value/CSeq", 8, WHOLE },
	{ "quotbal", "value/To", 7, WHOLE },
	{ "ltgtruri", "request-uri", 9, WHOLE },
	{ "lwsruri", "request-uri", 9, WHOLE },
	{ "lwsstart", "start-space", 9, WHOLE },
	{ "trws", "start-space", 7, WHOLE },
	{ "escruri", "request-uri", 9, WHOLE },
	/* Date has no id here: its zone is nobody's business in this suite. */
	{ "baddate", "", 10, WHOLE },
	{ "regbadct", "value/Contact", 8, WHOLE },
	{ "badaspec", "value/To", 7, WHOLE },
	{ "baddn", "value/From", 7, WHOLE },
	{ "badvers", "version", 7, WHOLE },
	{ "mismatch01", "cseq-method/CSeq", 7, WHOLE },
	{ "mismatch02", "cseq-method/CSeq", 7, WHOLE },
	{ "bigcode", "status", 6, WHOLE },
	/* 3.2 and 3.3: the syntax is right, the rest is not the reader's */
	{ "badbranch", "", 7, WHOLE },
	{ "insuf", "missing/From missing/To missing/Call-ID", 5, WHOLE },
	{ "unkscm", "", 7, WHOLE },
	{ "novelsc", "", 7, WHOLE },
	{ "unksm2", "", 8, WHOLE },
	{ "bext01", "", 9, WHOLE },
	{ "invut", "", 9, WHOLE },
	{ "regaut01", "", 8, WHOLE },
	{ "multi01", "repeated/CSeq repeated/Call-ID repeated/To repeated/From "
		     "repeated/Max-Forwards", 15, WHOLE },
	{ "mcl01", "repeated/Content-Length length-long/Content-Length", 9,
	  SIP_LOST_LENGTH },
	{ "bcast", "", 7, WHOLE },
	{ "zeromf", "", 7, WHOLE },
	{ "cparam01", "", 8, WHOLE },
	{ "cparam02", "", 8, WHOLE },
	{ "regescrt", "", 8, WHOLE },
	{ "sdp01", "", 10, WHOLE },
	/* 3.4: RFC 2543 knew no Max-Forwards duty */
	{ "inv2543", "missing/Max-Forwards", 8, WHOLE },
};
#define N (sizeof(expects) / sizeof(*expects))
_Static_assert(N == 49, "RFC 4475 has 49 messages");

static struct sip_msg m;

static struct span load(const char *name)
{
	char file[64];

	snprintf(file, sizeof(file), "%s.sip", name);
	struct span bytes = file_load(TORTURE, file);

	if (span_absent(bytes))
		fail_msg("%s/%s is missing", TORTURE, file);
	return bytes;
}

static void defects_text(char *out, size_t cap)
{
	size_t n = 0;

	*out = '\0';
	for (unsigned i = 0; i < m.n_defects; i++) {
		bool hdr = m.defects[i].hdr != SIP_H_OTHER;

		n += (size_t)snprintf(out + n, cap - n, "%s%s%s%s", i ? " " : "",
			sip_defect_name(m.defects[i].code), hdr ? "/" : "",
			hdr ? sip_hdr_name(m.defects[i].hdr) : "");
	}
}

static void as_expected(void **state)
{
	char found[512];
	size_t skip;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		const struct expect *e = &expects[i];
		struct span bytes = load(e->name);

		if (!sip_read(&m, bytes))
			fail_msg("%s: not readable", e->name);
		defects_text(found, sizeof(found));
		if (strcmp(found, e->defects))
			fail_msg("%s: expected [%s], got [%s]", e->name,
				 e->defects, found);
		if (m.n_headers != e->headers)
			fail_msg("%s: %u headers", e->name, m.n_headers);
		long frame = sip_frame(bytes, &skip);
		long want = e->frame == WHOLE ? (long)m.whole.n : e->frame;

		if (frame != want || skip)
			fail_msg("%s: framed as %ld", e->name, frame);
		free((void *)(uintptr_t)bytes.p);
	}
}

static unsigned extra;

static void is_known(const char *name, struct span bytes)
{
	char stem[64];

	(void)bytes;
	span_copy(stem, sizeof(stem), span_sub(span_str(name), 0,
					       strlen(name) - 4));
	for (size_t i = 0; i < N; i++)
		if (!strcmp(expects[i].name, stem))
			return;
	extra++;
}

static void every_file_is_expected(void **state)
{
	(void)state;
	extra = 0;
	assert_int_equal(file_each(TORTURE, ".sip", is_known), N);
	assert_int_equal(extra, 0);
}

/* What the oddest of them say is understood, too. */
static void meaning(void **state)
{
	struct sip_list it = { 0 };
	struct span bytes, el, value;
	struct sip_addr a;
	struct sip_via v;
	uint32_t number;
	unsigned vias = 0;

	(void)state;
	bytes = load("wsinv");
	sip_read(&m, bytes);
	while (sip_list_next(&m, SIP_H_VIA, &it, &el)) {
		assert_true(sip_via_read(&v, el));
		vias++;
	}
	assert_int_equal(vias, 3);
	assert_true(span_eq(v.host, S("192.168.255.111")));
	assert_true(span_eq(v.branch, S("z9hG4bK30239")));
	assert_true(sip_cseq_read(sip_get(&m, SIP_H_CSEQ), &number, &value));
	assert_int_equal(number, 9);
	assert_true(sip_addr_read(&a, sip_get(&m, SIP_H_FROM)));
	assert_true(span_eq(a.display, S("A Liddell \\\\\\\"")));
	assert_true(sip_param(a.params, S("tag"), &value));
	assert_true(span_eq(value, S("98asjd8")));
	assert_false(span_absent(sip_get_named(&m, S("Subject"))));
	assert_int_equal(sip_get_named(&m, S("Subject")).n, 0);
	free((void *)(uintptr_t)bytes.p);

	bytes = load("intmeth");
	sip_read(&m, bytes);
	assert_true(span_eq(m.method, S("!interesting-Method0123456789_*+`."
					"%indeed'~")));
	free((void *)(uintptr_t)bytes.p);

	bytes = load("dblreq");
	sip_read(&m, bytes);
	assert_true(sip_is(&m, S("REGISTER")));
	assert_true(sip_read(&m, span_from(bytes, m.whole.n)));
	assert_true(sip_is(&m, S("INVITE")));
	assert_int_equal(m.n_defects, 0);
	free((void *)(uintptr_t)bytes.p);
}

/* Cut at each place, against a page that cannot be read. */
static void every_cut(void **state)
{
	struct guard g = guard_new(16384);
	struct sip_list it;
	struct span el;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		struct span bytes = load(expects[i].name);
		size_t skip, step = bytes.n > 2000 ? 7 : 1;

		for (size_t n = 0; n < bytes.n; n += step) {
			struct span cut = guard_put(&g, span_sub(bytes, 0, n));

			sip_read(&m, cut);
			assert_ptr_equal(m.whole.p + m.whole.n, m.body.p +
					 m.body.n);
			sip_frame(cut, &skip);
			it = (struct sip_list){ 0 };
			while (sip_list_next(&m, SIP_H_CONTACT, &it, &el))
				assert_true(el.n > 0);
			sip_expires(&m, SPAN_NONE);
		}
		free((void *)(uintptr_t)bytes.p);
	}
	guard_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_expected),
		cmocka_unit_test(every_file_is_expected),
		cmocka_unit_test(meaning),
		cmocka_unit_test(every_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
