/* Capture files, written byte by byte, through the decoder. */
#include "frames.h"

#include <unistd.h>
#include <zlib.h>

#include "source/capture.h"
#include "source/packet.h"
#include "source/reasm.h"

static void save(const struct buf *b, const char *file)
{
	FILE *f = fopen(file, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(b->p, 1, b->n, f), b->n);
	fclose(f);
}

static char file_a[64], file_b[64];

static int names(void **state)
{
	(void)state;
	snprintf(file_a, sizeof file_a, "/tmp/annexu-capture-a-%d", getpid());
	snprintf(file_b, sizeof file_b, "/tmp/annexu-capture-b-%d", getpid());
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	unlink(file_a);
	unlink(file_b);
	return 0;
}

static int judge(struct seen *out, struct capture_result *r, unsigned n,
		 struct err *err)
{
	const char *files[] = { file_a, file_b };
	struct rig rig;
	int rc;

	rig_open(&rig, NULL);
	rc = capture_read(files, n, rig.p, rig.d, r, err);
	*out = rig.seen;
	memset(&rig.seen, 0, sizeof rig.seen);
	rig_close(&rig);
	return rc;
}

static void judge_one(struct taken *t, struct seen *out,
		      struct capture_result *r)
{
	struct err err = { 0 };

	save(&t->file, file_a);
	if (judge(out, r, 1, &err))
		fail_msg("%s", err.text);
	buf_free(&t->file);
}

/* ---- UDP ---- */

static void mw_over_udp(void **state)
{
	struct capture_result r;
	struct seen seen;
	struct taken t;

	(void)state;
	taken_init(&t, 1);
	taken_udp(&t, true, sip_request_text("REGISTER", "a", "p", 1, ""));
	taken_udp(&t, false, S("\0\0\0\0not SIP"));
	taken_udp(&t, false, sip_answer_text(200, "REGISTER", "a", "p", 1,
		"Contact: <sip:a@h.invalid;transport=ws>;expires=77\r\n"));
	judge_one(&t, &seen, &r);
	assert_int_equal(r.frames, 3);
	assert_int_equal(r.end_us, 20);
	assert_false(r.truncated);
	assert_int_equal(r.facts, FACT_FLOW | FACT_TIME | FACT_MW | FACT_SIP);
	assert_int_equal(seen.n, 4);
	assert_string_equal(seen_nth(&seen, "register", 0),
			    "register Mw impu=sip:a@ims.example auth=none "
			    "call=call-a expires=600");
	assert_string_equal(seen_nth(&seen, "answer", 0),
			    "answer Mw call=call-a status=200 expires=77");
	seen_clear(&seen);
}

/* ---- TCP ---- */

#define FIRST_UP 0xfffffe00u    /* both directions wrap */
#define FIRST_DOWN 0xffffff80u

struct plan {
	size_t piece;           /* bytes of a segment */
	bool swap;              /* every two segments change places */
	bool twice;             /* retransmissions that overlap */
	bool no_syn;
	size_t lose;            /* one-based number of a segment upwards that
				   is not there; 0: none */
};

static void segments(struct taken *t, bool up, const struct buf *b,
		     uint32_t first, const struct plan *p)
{
	size_t k = 0;

	for (size_t at = 0; at < b->n; at += p->piece, k++) {
		/* Where two change places, the later one goes first. */
		size_t real = p->swap ? (at / p->piece ^ 1) * p->piece : at;
		size_t n = p->piece;

		if (real >= b->n)
			real = at;
		if (up && p->lose == k + 1)
			continue;
		if (p->twice && real > 10 && k % 3 == 0) {
			real -= 10;
			n += 10;
		}
		taken_tcp(t, up, first + (uint32_t)real, 0, TCP_ACK,
			  span_sub(buf_span(b), real, n));
	}
}

static void dialogue(struct buf *up, struct buf *down)
{
	buf_init(up, 1 << 16);
	buf_init(down, 1 << 16);
	buf_add(up, S(UPGRADE));
	buf_add(down, S(SWITCHED));
	for (unsigned i = 1; i < 4; i++) {
		add_frame(up, true, sip_request_text("REGISTER", "a", "b", i,
						     ""));
		add_frame(down, false, sip_answer_text(401, "REGISTER", "a",
						       "b", i, ""));
	}
}

static void play(const struct plan *p, struct seen *out,
		 struct capture_result *r)
{
	struct buf up, down;
	struct taken t;

	dialogue(&up, &down);
	taken_init(&t, 1);
	if (!p->no_syn) {
		taken_tcp(&t, true, FIRST_UP - 1, 0, TCP_SYN, S(""));
		taken_tcp(&t, false, FIRST_DOWN - 1, FIRST_UP,
			  TCP_SYN | TCP_ACK, S(""));
	}
	segments(&t, true, &up, FIRST_UP, p);
	segments(&t, false, &down, FIRST_DOWN, p);
	taken_tcp(&t, true, FIRST_UP + (uint32_t)up.n, 0, TCP_FIN | TCP_ACK,
		  S(""));
	taken_tcp(&t, false, FIRST_DOWN + (uint32_t)down.n, 0,
		  TCP_FIN | TCP_ACK, S(""));
	taken_tcp(&t, true, FIRST_UP + (uint32_t)up.n + 1, 0, TCP_ACK, S(""));
	judge_one(&t, out, r);
	buf_free(&up);
	buf_free(&down);
}

static void every_split_and_order(void **state)
{
	struct capture_result r;
	struct seen whole, other;

	(void)state;
	play(&(struct plan){ .piece = 60000 }, &whole, &r);
	assert_int_equal(seen_count(&whole, "register W2"), 3);
	assert_int_equal(seen_count(&whole, "answer W2"), 3);
	assert_string_equal(seen_nth(&whole, "closed", 0),
			    "closed W2 wic=w2#1");
	assert_int_equal(r.facts, FACT_FLOW | FACT_TIME | FACT_W2 | FACT_SIP |
			 FACT_WS);
	for (unsigned code = 0; code < 32; code++) {
		static const size_t pieces[] = { 1, 7, 100, 536 };
		struct plan p = { .piece = pieces[code % 4],
				  .swap = code & 4, .twice = code & 8,
				  .no_syn = code & 16 };

		/* Without SYN the first bytes that are seen begin it. */
		if (p.no_syn && p.swap)
			continue;
		play(&p, &other, &r);
		assert_int_equal(r.n_notes, 0);
		if (!seen_same(&whole, &other)) {
			seen_print(&whole);
			seen_print(&other);
			fail_msg("plan %u", code);
		}
		seen_clear(&other);
	}
	seen_clear(&whole);
}

/* A lost segment costs the messages that it carried, not the rest. */
static void loss(void **state)
{
	struct capture_result r;
	struct seen seen;
	struct buf up, down;

	(void)state;
	dialogue(&up, &down);
	size_t head = sizeof UPGRADE - 1, frame = (up.n - head) / 3;

	assert_int_equal((up.n - head) % 3, 0);
	buf_free(&up);
	buf_free(&down);
	/* Segments of one third of a frame: the fifth lies in the first one
	 * or the second. */
	play(&(struct plan){ .piece = frame / 3 + 1, .lose = 4 }, &seen, &r);
	assert_int_equal(r.n_notes, 1);
	assert_non_null(strstr(r.notes[0], "not in the capture"));
	assert_true(seen_count(&seen, "register W2") < 3);
	assert_int_equal(seen_count(&seen, "ws W2 epcscf>wic frame"), 3);
	assert_int_equal(seen_count(&seen, "closed W2"), 1);
	seen_clear(&seen);
}

static void a_port_used_again(void **state)
{
	struct span q = sip_request_text("REGISTER", "a", "b", 1, "");
	struct capture_result r;
	struct seen seen;
	struct taken t;

	(void)state;
	taken_init(&t, 1);
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t seq = 1000 * (i + 1);

		taken_tcp(&t, true, seq, 0, TCP_SYN, S(""));
		taken_tcp(&t, true, seq, 0, TCP_SYN, S("")); /* again */
		taken_tcp(&t, true, seq + 1, 0, TCP_ACK, q);
		taken_tcp(&t, true, seq + 1, 0, TCP_ACK, q); /* again */
		if (i == 1)
			taken_tcp(&t, true, seq + 1 + (uint32_t)q.n, 0, TCP_RST,
				  S(""));
		taken_tcp(&t, true, seq + 1, 0, TCP_ACK, q); /* late */
	}
	judge_one(&t, &seen, &r);
	assert_int_equal(seen_count(&seen, "sip Mw"), 3);
	assert_int_equal(seen_count(&seen, "tcp Mw epcscf>scscf open"), 3);
	assert_int_equal(seen_count(&seen, "tcp Mw epcscf>scscf close"), 2);
	seen_clear(&seen);
}

/* ---- files ---- */

static void cut_anywhere(void **state)
{
	struct capture_result r;
	struct err err = { 0 };
	struct seen seen;
	struct taken t;
	size_t ends[4];

	(void)state;
	taken_init(&t, 1);
	ends[0] = t.file.n;
	for (unsigned i = 1; i < 4; i++) {
		taken_udp(&t, true, sip_request_text("REGISTER", "a", "p", i,
						     ""));
		ends[i] = t.file.n;
	}
	for (size_t n = 24; n <= ends[3]; n += 5) {
		struct buf cut = { .p = t.file.p, .n = n };
		unsigned whole = 0;

		while (whole < 3 && ends[whole + 1] <= n)
			whole++;
		save(&cut, file_a);
		assert_int_equal(judge(&seen, &r, 1, &err), 0);
		assert_int_equal(seen_count(&seen, "register"), whole);
		assert_int_equal(r.frames, whole);
		assert_int_equal(r.truncated, ends[whole] != n);
		if (r.truncated) {
			assert_int_equal(r.truncated_frame, whole);
			assert_int_equal(r.n_notes, 1);
		}
		seen_clear(&seen);
	}
	buf_free(&t.file);
}

static void what_is_no_capture(void **state)
{
	struct capture_result r;
	struct err err = { 0 };
	struct seen seen;
	struct taken t;

	(void)state;
	taken_init(&t, 105);            /* IEEE 802.11 */
	save(&t.file, file_a);
	assert_true(capture_is(file_a));
	assert_int_equal(judge(&seen, &r, 1, &err), -EXIT_USAGE);
	assert_non_null(strstr(err.text, file_a));
	assert_non_null(strstr(err.text, "link type"));
	buf_clear(&t.file);
	buf_add(&t.file, S("{\"annexu-trace\":1}"));
	save(&t.file, file_a);
	assert_false(capture_is(file_a));
	assert_int_equal(judge(&seen, &r, 1, &err), -EXIT_USAGE);
	assert_non_null(strstr(err.text, "not a capture"));
	unlink(file_a);
	assert_false(capture_is(file_a));
	assert_int_equal(judge(&seen, &r, 1, &err), -EXIT_USAGE);
	buf_free(&t.file);
}

static void compressed(void **state)
{
	struct capture_result r;
	struct err err = { 0 };
	struct seen seen;
	struct taken t;

	(void)state;
	taken_init(&t, 1);
	for (unsigned i = 0; i < 50; i++)
		taken_udp(&t, true, sip_request_text("REGISTER", "a", "p", i,
						     ""));
	gzFile z = gzopen(file_a, "wb");

	assert_int_equal(gzwrite(z, t.file.p, (unsigned)t.file.n), t.file.n);
	gzclose(z);
	assert_true(capture_is(file_a));
	assert_int_equal(judge(&seen, &r, 1, &err), 0);
	assert_int_equal(seen_count(&seen, "register"), 50);
	assert_false(r.truncated);
	seen_clear(&seen);
	/* Half of the compressed file. */
	assert_int_equal(truncate(file_a, 500), 0);
	assert_int_equal(judge(&seen, &r, 1, &err), 0);
	assert_true(r.truncated);
	assert_true(seen_count(&seen, "register") < 50);
	seen_clear(&seen);
	buf_free(&t.file);
}

static void two_files_are_one_observation(void **state)
{
	struct capture_result r;
	struct err err = { 0 };
	struct taken a, b;
	struct seen seen;

	(void)state;
	taken_init(&a, 1);
	taken_init(&b, 1);
	for (unsigned i = 0; i < 6; i++) {
		struct taken *t = i % 2 ? &b : &a;

		t->us = 100 * i;
		taken_udp(t, true, sip_request_text("MESSAGE", "a", "p", i,
						    ""));
	}
	save(&a.file, file_a);
	save(&b.file, file_b);
	assert_int_equal(judge(&seen, &r, 2, &err), 0);
	assert_int_equal(r.frames, 6);
	assert_int_equal(r.end_us, 500);
	assert_int_equal(seen_count(&seen, "sip"), 6);
	/* Told at the end, with no answer. */
	assert_int_equal(seen_count(&seen, "request"), 6);
	seen_clear(&seen);
	buf_free(&a.file);
	buf_free(&b.file);
}

static void a_short_snap_length(void **state)
{
	struct span q = sip_request_text("REGISTER", "a", "b", 1, "");
	struct capture_result r;
	struct seen seen;
	struct taken t;
	struct buf b;

	(void)state;
	taken_init(&t, 1);
	buf_init(&b, 4000);
	put_ethernet(&b, 0x0800);
	put_ipv4(&b, 1, 2, 17, 0, 0, q.n + 8);
	put_udp(&b, 5060, 5060, q);
	taken_frame(&t, span_sub(buf_span(&b), 0, 96), b.n);
	taken_frame(&t, buf_span(&b), b.n);
	judge_one(&t, &seen, &r);
	assert_int_equal(seen_count(&seen, "sip"), 1);
	assert_int_equal(r.n_notes, 1);
	assert_non_null(strstr(r.notes[0], "snap length"));
	seen_clear(&seen);
	buf_free(&b);
}

static void facts_alone(void **state)
{
	const char *files[] = { file_a };
	struct capture_result r;
	struct err err = { 0 };
	struct profile *p = profile_new();
	struct taken t;

	(void)state;
	taken_init(&t, 1);
	taken_udp(&t, true, sip_request_text("REGISTER", "a", "p", 1, ""));
	taken_udp(&t, true, sip_request_text("REGISTER", "a", "p", 2, ""));
	save(&t.file, file_a);
	assert_int_equal(capture_read(files, 1, p, NULL, &r, &err), 0);
	assert_int_equal(r.facts, FACT_FLOW | FACT_TIME | FACT_MW | FACT_SIP);
	assert_int_equal(r.frames, 2);
	profile_free(p);
	buf_free(&t.file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mw_over_udp),
		cmocka_unit_test(every_split_and_order),
		cmocka_unit_test(loss),
		cmocka_unit_test(a_port_used_again),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(what_is_no_capture),
		cmocka_unit_test(compressed),
		cmocka_unit_test(two_files_are_one_observation),
		cmocka_unit_test(a_short_snap_length),
		cmocka_unit_test(facts_alone),
	};

	return cmocka_run_group_tests(tests, names, remove_files);
}
