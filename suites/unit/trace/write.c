/* What is written is read back: every key of every kind, chosen at random from
 * the table that reader and writer share, and compared member by member. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../profile/scratch.h"
#include "trace/field.h"
#include "trace/mask.h"
#include "trace/trace.h"
#include "wire/ws.h"

static uint64_t seed = 20240617;

static unsigned rnd(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static const char *const words[] = {
	"", "w1", "alice@ims.example", "sip:p1@ims.example;x=\"y\"",
	"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "tab\there", "a\\b/c\x7f",
};

static struct span word(void)
{
	return span_str(words[rnd(sizeof words / sizeof *words)]);
}

static int64_t some_time(void)
{
	static const int64_t us[] = {
		0, 1, 999999, 60000000, 3100000, 123456789, 86400000001,
		1700000000123456, -2500000,
	};
	return us[rnd(sizeof us / sizeof *us)];
}

static struct span some_bytes(void)
{
	static const struct span all[] = {
		SPAN_INIT(""), SPAN_INIT("REGISTER sip:x SIP/2.0\r\n\r\n"),
		SPAN_INIT("a\0b"), SPAN_INIT("\xff\xfe"), SPAN_INIT("\x01"),
		SPAN_INIT("\xc3\xa9"), SPAN_INIT("\t\r\n \"\\"),
		SPAN_INIT("\xed\xa0\x80"), SPAN_INIT("\x7f-"),
	};
	return all[rnd(sizeof all / sizeof *all)];
}

/* An index of a table that has a name; 0 may stand for "not said". */
static unsigned some_name(const struct names *t)
{
	unsigned i;

	do
		i = rnd(t->n);
	while (!t->at[i] && i);
	return i;
}

static void fill_claims(struct token_claims *c)
{
	*c = (struct token_claims){ .jwt = true, .sig = rnd(3), .exp_s = -1,
				    .nbf_s = rnd(2) ? 5 : -1, .iat_s = 1 };
	span_copy(c->impi, sizeof c->impi, S("a@b"));
	span_copy(c->scope, sizeof c->scope, word());
	span_copy(c->subject, sizeof c->subject, word());
	c->n_impu = rnd(LIMIT_IMPUS + 1);
	for (unsigned i = 0; i < c->n_impu; i++)
		span_copy(c->impu[i], sizeof c->impu[i], word());
}

static void fill_secret(struct sip_secrets *s, const struct field *f)
{
	void *at = (char *)s + f->offset;

	if (f->names) {
		*(enum proof *)at = (enum proof)some_name(f->names);
	} else if (at == &s->token) {
		s->has_token = true;
		s->token = word();
	} else if (at == &s->claims) {
		fill_claims(&s->claims);
	} else {
		s->token_elsewhere = rnd(2);
	}
}

static void fill(struct ev *e, struct sip_secrets *s, const struct field *f)
{
	void *at = (char *)e + f->offset;

	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_TOKEN: *(struct span *)at = word(); break;
	case FIELD_USER:
		e->anonymous = rnd(2);
		e->user = e->anonymous ? SPAN_NONE : word();
		break;
	case FIELD_IMPU:
		e->impu.n = rnd(LIMIT_IMPUS + 1);
		for (unsigned i = 0; i < e->impu.n; i++)
			e->impu.at[i] = word();
		break;
	case FIELD_TIME: *(int64_t *)at = some_time(); break;
	case FIELD_EXPIRES: *(int64_t *)at = rnd(70000); break;
	case FIELD_STATUS: *(int *)at = 100 + (int)rnd(600); break;
	case FIELD_CODE: *(int *)at = (int)rnd(65536); break;
	case FIELD_NAME: *(unsigned *)at = some_name(f->names); break;
	case FIELD_BOOL: *(bool *)at = f->offset !=
		offsetof(struct ev, derived) && rnd(2); break;
	case FIELD_COUNT: *(unsigned *)at = rnd(UINT32_MAX); break;
	case FIELD_OP: e->ws_op = e->step == STEP_FRAME ? rnd(16) : 0; break;
	case FIELD_DEFECTS: e->ws_defects = rnd(1u << WS_DEFECTS); break;
	case FIELD_BYTES: e->bytes = some_bytes(); break;
	case FIELD_LOCAL: e->text = rnd(2) ? S("127.0.0.1:1 [::1]:2") :
				    S("one"); break;
	case FIELD_WHOLE: e->ends_whole = rnd(2); break;
	case FIELD_SURE: e->wic_sure = !span_absent(e->wic) && rnd(2); break;
	case FIELD_SECRET:
		e->secrets = s;
		fill_secret(s, f);
		break;
	case FIELD_B64:
	case FIELD_REMOTE: break;
	}
}

static void random_event(struct ev *e, struct sip_secrets *s, int64_t t_us)
{
	enum ev_kind kind = (enum ev_kind)rnd(EV_END);

	ev_init(e, kind, t_us);
	memset(s, 0, sizeof *s);
	e->on = field_implied_point(kind);
	for (const struct field *f = field_table(kind); f->key; f++)
		if (rnd(4))
			fill(e, s, f);
	if (kind == EV_WS && e->step == STEP_OPEN)
		e->step = STEP_FRAME;
	/* a label comes before what is said of it */
	if (span_absent(e->wic))
		e->wic_sure = false;
	if (kind == EV_HANDOVER || kind == EV_REFUSED)
		e->on = POINT_W1;
}

static void same_span(struct span a, struct span b)
{
	if (!span_eq(a, b) || span_absent(a) != span_absent(b))
		fail_msg("\"%.*s\" became \"%.*s\"", SPAN(a), SPAN(b));
}

static void same_secrets(const struct sip_secrets *a,
			 const struct sip_secrets *b)
{
	static const struct sip_secrets none;

	a = a ? a : &none;
	b = b ? b : &none;
	assert_int_equal(a->response, b->response);
	assert_int_equal(a->rspauth, b->rspauth);
	assert_int_equal(a->has_token, b->has_token);
	same_span(a->token, b->token);
	assert_int_equal(a->token_elsewhere, b->token_elsewhere);
	assert_memory_equal(&a->claims, &b->claims, sizeof a->claims);
}

static void same_numbers(const struct ev *a, const struct ev *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->t_us, b->t_us);
	assert_int_equal(a->on, b->on);
	assert_int_equal(a->from, b->from);
	assert_int_equal(a->to, b->to);
	assert_int_equal(a->conn, b->conn);
	assert_int_equal(a->wic_sure, b->wic_sure);
	assert_int_equal(a->anonymous, b->anonymous);
	assert_int_equal(a->scenario, b->scenario);
	assert_int_equal(a->ends_whole, b->ends_whole);
	assert_int_equal(a->valid_us, b->valid_us);
	assert_int_equal(a->ends_us, b->ends_us);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->auth, b->auth);
	assert_int_equal(a->expires_s, b->expires_s);
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->relogin, b->relogin);
	assert_int_equal(a->step, b->step);
	assert_int_equal(a->ws_op, b->ws_op);
	assert_int_equal(a->ws_defects, b->ws_defects);
	assert_int_equal(a->ws_fragments, b->ws_fragments);
	assert_int_equal(a->ws_sip_count, b->ws_sip_count);
	assert_int_equal(a->ws_sip_partial, b->ws_sip_partial);
	assert_int_equal(a->secure, b->secure);
	assert_int_equal(a->password, b->password);
}

static void same(const struct ev *a, const struct ev *b)
{
	same_numbers(a, b);
	same_span(a->wic, b->wic);
	same_span(a->user, b->user);
	same_span(a->wwsf, b->wwsf);
	same_span(a->waf, b->waf);
	same_span(a->impi, b->impi);
	assert_int_equal(a->impu.n, b->impu.n);
	for (unsigned i = 0; i < a->impu.n; i++)
		same_span(a->impu.at[i], b->impu.at[i]);
	same_span(a->token, b->token);
	same_span(a->why, b->why);
	same_span(a->call, b->call);
	same_span(a->method, b->method);
	same_span(a->from_id, b->from_id);
	same_span(a->to_id, b->to_id);
	same_span(a->text, b->text);
	same_span(a->ws_origin, b->ws_origin);
	same_span(a->ws_protocol, b->ws_protocol);
	same_span(a->bytes, b->bytes);
	same_secrets(a->secrets, b->secrets);
}

#define ROUNDS 3000

static void round_trip(enum source source)
{
	static struct ev sent;
	static struct sip_secrets secrets;
	const char *path = scratch_path("round.jsonl");
	struct trace_head h = { .source = source, .facts = 0xfff }, back;
	struct trace_writer *w;
	struct trace_reader *r;
	struct err err = { 0 };
	uint64_t start = seed;
	struct ev got;

	assert_int_equal(0, trace_create(&w, path, &h, NULL, &err));
	for (unsigned i = 0; i < ROUNDS; i++) {
		random_event(&sent, &secrets, 1000003ll * i);
		assert_int_equal(trace_line(w), i + 2);
		assert_int_equal(0, trace_put(w, &sent, &err));
	}
	assert_int_equal(0, trace_finish(w, &err));
	seed = start;
	assert_int_equal(0, trace_open(&r, path, &back, &err));
	assert_int_equal(back.facts, h.facts);
	for (unsigned i = 0; i < ROUNDS; i++) {
		random_event(&sent, &secrets, 1000003ll * i);
		if (trace_next(r, &got, &err) != 1)
			fail_msg("%s", err.text);
		assert_int_equal(got.number, i + 2);
		same(&sent, &got);
	}
	assert_int_equal(0, trace_next(r, &got, &err));
	trace_close(r);
	trace_head_free(&back);
}

static void round_trips(void **state)
{
	(void)state;
	round_trip(SOURCE_LIVE);
	round_trip(SOURCE_CAPTURE);
}

static void header(void **state)
{
	struct trace_head h = { .source = SOURCE_MODEL, .facts = FACT_FLOW,
				.has_run = true, .purpose = "TP-Y-02",
				.rules = "POOL-01, POOL-02", .roles = "wwsf",
				.edition = EDITION_PRE_CR, .strict = true,
				.profile_json = (char *)(uintptr_t)
					"{\"ixit\":{\"guard_s\":0.25}}" }, b;
	struct trace_writer *w;
	struct trace_reader *r;
	struct err err = { 0 };
	const char *path = scratch_path("head.jsonl");

	(void)state;
	assert_int_equal(0, trace_create(&w, path, &h, NULL, &err));
	assert_int_equal(0, trace_finish(w, &err));
	assert_int_equal(0, trace_open(&r, path, &b, &err));
	assert_int_equal(b.source, SOURCE_MODEL);
	assert_int_equal(b.facts, FACT_FLOW);
	assert_true(b.has_run && b.strict);
	assert_string_equal(b.purpose, "TP-Y-02");
	assert_string_equal(b.rules, "POOL-01,POOL-02");
	assert_string_equal(b.roles, "wwsf");
	assert_int_equal(b.edition, EDITION_PRE_CR);
	assert_string_equal(b.profile_json, "{\"ixit\":{\"guard_s\":0.25}}");
	trace_close(r);
	trace_head_free(&b);
	h.profile_json = (char *)(uintptr_t)"[";
	assert_int_equal(-EXIT_BROKE, trace_create(&w, path, &h, NULL, &err));
}

/* Derived events stand in the file and are passed over by the reader. */
static void derived(void **state)
{
	struct trace_head h = { .source = SOURCE_CAPTURE }, b;
	struct trace_writer *w;
	struct trace_reader *r;
	struct err err = { 0 };
	struct ev e;
	const char *path = scratch_path("derived.jsonl");

	(void)state;
	assert_int_equal(0, trace_create(&w, path, &h, NULL, &err));
	for (unsigned k = EV_HANDOVER; k < EV_END; k++) {
		ev_init(&e, (enum ev_kind)k, k);
		e.derived = true;
		e.on = POINT_CX;
		assert_int_equal(0, trace_put(w, &e, &err));
	}
	ev_init(&e, EV_END, 100);
	assert_int_equal(0, trace_put(w, &e, &err));
	assert_int_equal(0, trace_finish(w, &err));
	assert_int_equal(0, trace_open(&r, path, &b, &err));
	assert_int_equal(1, trace_next(r, &e, &err));
	assert_int_equal(e.kind, EV_END);
	assert_int_equal(e.number, 2 + EV_END - EV_HANDOVER);
	assert_int_equal(0, trace_next(r, &e, &err));
	trace_close(r);
	trace_head_free(&b);
}

static void cannot_write(void **state)
{
	struct trace_head h = { .source = SOURCE_LIVE };
	struct trace_writer *w;
	struct err err = { 0 };
	struct ev e;
	int rc = 0;

	(void)state;
	assert_int_equal(-EXIT_RESULTS, trace_create(&w,
		scratch_path("no/such/folder"), &h, NULL, &err));
	assert_non_null(strstr(err.text, "cannot create"));
	if (access("/dev/full", W_OK))
		skip();
	assert_int_equal(0, trace_create(&w, "/dev/full", &h, NULL, &err));
	ev_init(&e, EV_MARK, 0);
	for (unsigned i = 0; i < 1000 && rc == 0; i++)
		rc = trace_put(w, &e, &err);
	assert_int_equal(rc, -EXIT_RESULTS);
	assert_int_equal(-EXIT_RESULTS, trace_finish(w, &err));
	assert_non_null(strstr(err.text, "/dev/full: cannot write"));
}

/* No secret reaches the file, wherever it stands. */
static void masked(void **state)
{
	static const char token[] = "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl";
	struct trace_head h = { .source = SOURCE_LIVE }, b;
	struct sip_secrets secrets = { .has_token = true,
				       .token = span_str(token) };
	struct mask *m = mask_new(7);
	struct trace_writer *w;
	struct trace_reader *r;
	struct err err = { 0 };
	char name[17], file[8000] = "", text[300];
	struct ev e;
	const char *path = scratch_path("masked.jsonl");

	(void)state;
	mask_token(m, span_str(token));
	mask_password(m, S("wonderland"));
	snprintf(text, sizeof text, "REGISTER sip:x SIP/2.0\r\nAuthorization: "
		 "Bearer access_token=\"%s\"\r\nX: wonderland\r\n\r\n", token);
	assert_int_equal(0, trace_create(&w, path, &h, m, &err));
	ev_init(&e, EV_SIP, 1);
	e.bytes = span_str(text);
	e.secrets = &secrets;
	assert_int_equal(0, trace_put(w, &e, &err));
	ev_init(&e, EV_HANDOVER, 2);
	e.token = span_str(token);
	e.user = S("my wonderland is here");
	assert_int_equal(0, trace_put(w, &e, &err));
	assert_int_equal(0, trace_finish(w, &err));

	FILE *f = fopen(path, "r");

	assert_true(fread(file, 1, sizeof file - 1, f) > 100);
	fclose(f);
	assert_null(strstr(file, "wonderland"));
	assert_null(strstr(file, "eyJhb"));
	assert_int_equal(0, trace_open(&r, path, &b, &err));
	assert_int_equal(1, trace_next(r, &e, &err));
	assert_int_equal(e.bytes.n, strlen(text));
	assert_true(span_eq(e.secrets->token, mask_name(m, span_str(token),
							name)));
	assert_int_equal(1, trace_next(r, &e, &err));
	assert_true(span_eq(e.token, span_str(name)));
	assert_true(span_eq(e.user, S("my ********** is here")));
	trace_close(r);
	trace_head_free(&b);
	mask_free(m);
}

/* What a peer sent as a label may be no UTF-8: it is escaped, not lost. */
static void odd_labels(void **state)
{
	struct trace_head h = { .source = SOURCE_LIVE }, b;
	struct trace_writer *w;
	struct trace_reader *r;
	struct err err = { 0 };
	struct ev e;
	const char *path = scratch_path("odd.jsonl");

	(void)state;
	assert_int_equal(0, trace_create(&w, path, &h, NULL, &err));
	ev_init(&e, EV_REGISTER, 0);
	e.call = S("a\xff\\b");
	e.impi = S("a\0b");
	assert_int_equal(0, trace_put(w, &e, &err));
	assert_int_equal(0, trace_finish(w, &err));
	assert_int_equal(0, trace_open(&r, path, &b, &err));
	assert_int_equal(1, trace_next(r, &e, &err));
	assert_true(span_eq(e.call, S("a\\xff\\x5cb")));
	assert_true(span_eq(e.impi, S("a\\x00b")));
	trace_close(r);
	trace_head_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips),
		cmocka_unit_test(header),
		cmocka_unit_test(derived),
		cmocka_unit_test(cannot_write),
		cmocka_unit_test(masked),
		cmocka_unit_test(odd_labels),
	};

	return cmocka_run_group_tests_name("trace write", tests, scratch_make,
					   scratch_remove);
}
