/* wslay as second opinion: what it writes we read, what we write it reads, and
 * what it refuses has a defect with us. Wanted differences:
 *  - close codes 1012 to 1014, registered after RFC 6455: wslay refuses them, or
 *    not, as its version has it; they are legal to us;
 *  - wslay stops at its first complaint or at a close frame, we go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <wslay/wslay.h>

#include "base/limits.h"
#include "ws_log.h"

static unsigned rnd(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33);
}

/* One end of wslay: bytes in from span, bytes out to buf, messages to a log. */
struct end {
	wslay_event_context_ptr ctx;
	struct span in;
	struct buf out, log;
	uint64_t seed;
};

static ssize_t recv_bytes(wslay_event_context_ptr ctx, uint8_t *p, size_t n,
			  int flags, void *arg)
{
	struct end *e = arg;

	(void)flags;
	if (!e->in.n) {
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	if (n > e->in.n)
		n = e->in.n;
	memcpy(p, e->in.p, n);
	e->in = span_from(e->in, n);
	return (ssize_t)n;
}

static ssize_t send_bytes(wslay_event_context_ptr ctx, const uint8_t *p,
			  size_t n, int flags, void *arg)
{
	struct end *e = arg;

	(void)ctx, (void)flags;
	assert_true(buf_add(&e->out, (struct span){ (const char *)p, n }));
	return (ssize_t)n;
}

static int make_mask(wslay_event_context_ptr ctx, uint8_t *p, size_t n,
		     void *arg)
{
	struct end *e = arg;

	(void)ctx;
	while (n--)
		*p++ = (uint8_t)rnd(&e->seed);
	return 0;
}

static void message(wslay_event_context_ptr ctx,
		    const struct wslay_event_on_msg_recv_arg *m, void *arg)
{
	struct end *e = arg;

	(void)ctx;
	buf_addf(&e->log, "[%d %zu:", m->opcode, m->msg_length);
	buf_add(&e->log, (struct span){ (const char *)m->msg, m->msg_length });
	buf_addc(&e->log, ']');
}

static void end_init(struct end *e, bool server)
{
	struct wslay_event_callbacks calls = {
		.recv_callback = recv_bytes, .send_callback = send_bytes,
		.genmask_callback = make_mask, .on_msg_recv_callback = message,
	};

	*e = (struct end){ .seed = 7 };
	buf_init(&e->out, 8u << 20);
	buf_init(&e->log, 8u << 20);
	assert_int_equal(0, server ?
		wslay_event_context_server_init(&e->ctx, &calls, e) :
		wslay_event_context_client_init(&e->ctx, &calls, e));
	wslay_event_config_set_max_recv_msg_length(e->ctx, LIMIT_WS_MESSAGE);
}

static void end_free(struct end *e)
{
	wslay_event_context_free(e->ctx);
	buf_free(&e->out);
	buf_free(&e->log);
}

/* Did wslay find fault with what it read? */
static bool refuses(struct end *e, struct span bytes)
{
	e->in = bytes;
	if (wslay_event_recv(e->ctx))
		return true;
	if (wslay_event_get_close_received(e->ctx))
		return false;
	return !wslay_event_get_read_enabled(e->ctx);
}

/* Our reading in wslay's log format; all defects ORed together. */
static unsigned our_log(struct buf *log, struct span bytes, bool from_client,
			bool *midway)
{
	unsigned defects = 0;
	struct ws_reader r;
	struct ws_item it;

	ws_reader_init(&r, from_client);
	ws_reader_feed(&r, bytes);
	while (ws_reader_next(&r, &it)) {
		defects |= it.defects;
		buf_addf(log, "[%d %zu:", (int)it.op, it.payload.n);
		buf_add(log, it.payload);
		buf_addc(log, ']');
	}
	if (midway)
		*midway = r.in_message;
	ws_reader_free(&r);
	return defects;
}

static void fill_text(char *p, size_t n, uint64_t *seed)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(' ' + rnd(seed) % 95);
}

static size_t some_length(uint64_t *seed)
{
	static const size_t borders[] = {
		0, 1, 125, 126, 127, 4095, 65535, 65536
	};
	unsigned k = rnd(seed) % 32;

	return k < 8 ? borders[k] : rnd(seed) % 2000;
}

static ssize_t read_source(wslay_event_context_ptr ctx, uint8_t *p, size_t n,
			   const union wslay_event_msg_source *source, int *eof,
			   void *arg)
{
	struct span *left = source->data;

	(void)ctx, (void)arg;
	n = n > 700 ? 700 : n;
	n = n > left->n ? left->n : n;
	memcpy(p, left->p, n);
	*left = span_from(*left, n);
	*eof = left->n == 0;
	return (ssize_t)n;
}

static void queue(struct end *e, unsigned kind, char *text, size_t n)
{
	struct span source = { text, n };
	struct wslay_event_fragmented_msg f = {
		.opcode = WS_BINARY, .source = { .data = &source },
		.read_callback = read_source,
	};
	struct wslay_event_msg m = {
		.opcode = kind == 0 ? WS_TEXT : kind == 1 ? WS_BINARY : WS_PING,
		.msg = (uint8_t *)text,
		.msg_length = kind == 2 && n > 125 ? 125 : n,
	};

	if (kind == 3)
		assert_int_equal(0, wslay_event_queue_fragmented_msg(e->ctx, &f));
	else
		assert_int_equal(0, wslay_event_queue_msg(e->ctx, &m));
	assert_int_equal(0, wslay_event_send(e->ctx));
}

static void we_read_what_wslay_writes(void **state)
{
	static char text[LIMIT_WS_MESSAGE];

	(void)state;
	for (int client = 0; client < 2; client++) {
		struct buf got, want;
		struct end e;

		end_init(&e, !client);
		buf_init(&got, 8u << 20);
		buf_init(&want, 8u << 20);
		for (unsigned i = 0; i < 200; i++) {
			size_t n = some_length(&e.seed);
			unsigned kind = i % 4;

			fill_text(text, n, &e.seed);
			queue(&e, kind, text, n);
			if (kind == 2 && n > 125)
				n = 125;
			buf_addf(&want, "[%d %zu:", kind == 0 ? 1 :
				 kind == 2 ? 9 : 2, n);
			buf_add(&want, (struct span){ text, n });
			buf_addc(&want, ']');
		}
		assert_int_equal(0, our_log(&got, buf_span(&e.out), client, NULL));
		assert_true(span_eq(buf_span(&got), buf_span(&want)));
		end_free(&e);
		buf_free(&got);
		buf_free(&want);
	}
}

static void wslay_reads_what_we_write(void **state)
{
	static char text[LIMIT_WS_MESSAGE];

	(void)state;
	for (int client = 0; client < 2; client++) {
		struct buf b, want;
		struct end e;

		end_init(&e, client);
		buf_init(&b, 8u << 20);
		buf_init(&want, 8u << 20);
		for (unsigned i = 0; i < 200; i++) {
			size_t n = some_length(&e.seed), cut = n / 3;
			struct span s = { text, n };

			fill_text(text, n, &e.seed);
			if (i % 3) {
				ws_put_message(&b, i % 3 == 1 ? WS_TEXT :
					       WS_BINARY, s, client, ws_mask_key);
			} else {
				put(&b, false, WS_TEXT, client,
				    span_sub(s, 0, cut));
				put(&b, false, WS_CONT, client, S(""));
				put(&b, true, WS_PONG, client, S("here"));
				put(&b, true, WS_CONT, client,
				    span_from(s, cut));
				buf_addf(&want, "[10 4:here]");
			}
			buf_addf(&want, "[%d %zu:", i % 3 == 2 ? 2 : 1, n);
			buf_add(&want, s);
			buf_addc(&want, ']');
		}
		put(&b, true, WS_CLOSE, client, S("\x03\xe8" "bye"));
		buf_addf(&want, "[8 5:\x03\xe8" "bye]");
		assert_false(refuses(&e, buf_span(&b)));
		assert_int_equal(1000,
				 wslay_event_get_status_code_received(e.ctx));
		assert_true(span_eq(buf_span(&e.log), buf_span(&want)));
		end_free(&e);
		buf_free(&b);
		buf_free(&want);
	}
}

/* ---- streams that are often bad ---- */

static struct span some_payload(char *room, unsigned op, uint64_t *seed)
{
	size_t n = rnd(seed) % 20;

	fill_text(room, 200, seed);
	if (rnd(seed) % 10 == 0)
		n = 120 + rnd(seed) % 12;
	if (n && rnd(seed) % 10 == 0)
		room[rnd(seed) % n] = (char)(0x80 | rnd(seed));
	if (n > 1 && rnd(seed) % 6 == 0)
		memcpy(room, "\xc3\xbc", 2);
	if (op == WS_CLOSE && n >= 2) {
		unsigned code = rnd(seed) % 8 ? 998 + rnd(seed) % 20 :
				2998 + rnd(seed) % 2006;

		room[0] = (char)(code >> 8);
		room[1] = (char)code;
	}
	return (struct span){ room, n };
}

/* A frame: legal two times in three, else wrong in some way. */
static void some_frame(struct buf *b, bool client, uint64_t *seed)
{
	static const unsigned char usual[] = { 1, 1, 2, 0, 0, 9, 10, 1 };
	char room[200];
	struct ws_frame f = {
		.fin = rnd(seed) % 4 != 0,
		.op = usual[rnd(seed) % sizeof usual],
		.masked = client,
	};

	if (f.op >= 8)
		f.fin = true;
	switch (rnd(seed) % 24) {
	case 0: f.op = (unsigned char)(rnd(seed) & 15); break;
	case 1: f.rsv = (unsigned char)(rnd(seed) & 7); break;
	case 2: f.masked = !f.masked; break;
	case 3: f.defects = WS_D_LENGTH_FORM; break;
	case 4: f.fin = !f.fin; break;
	case 5: f.op = WS_CLOSE; break;
	default: break;
	}
	for (int i = 0; i < 4; i++)
		f.mask[i] = (unsigned char)rnd(seed);
	ws_put(b, &f, some_payload(room, f.op, seed));
}

static bool has_late_close_code(struct span log)
{
	return span_find(log, S("[8 ")) >= 0 &&
	       (span_find(log, S(":\x03\xf4")) >= 0 ||
		span_find(log, S(":\x03\xf5")) >= 0 ||
		span_find(log, S(":\x03\xf6")) >= 0);
}

/* Both directions of disagreement are counted; neither may happen. */
static void what_wslay_refuses_has_a_defect(void **state)
{
	unsigned refused = 0, agreed = 0;
	uint64_t seed = 99;

	(void)state;
	for (unsigned i = 0; i < 60000; i++) {
		bool client = i & 1, midway = false;
		struct buf b, log;
		struct end e;

		buf_init(&b, 10000);
		buf_init(&log, 10000);
		end_init(&e, client);
		for (unsigned k = rnd(&seed) % 4 + 1; k; k--)
			some_frame(&b, client, &seed);
		our_log(&log, buf_span(&b), client, &midway);
		/* Text is judged when it is whole. */
		if (midway)
			put(&b, true, WS_CONT, client, S(""));
		buf_clear(&log);
		unsigned defects = our_log(&log, buf_span(&b), client, NULL);
		bool bad = refuses(&e, buf_span(&b));

		if (bad && !defects && !has_late_close_code(buf_span(&log)))
			fail_msg("stream %u: wslay refuses, we do not", i);
		if (!bad && (defects & ~(unsigned)WS_D_AFTER_CLOSE) &&
		    !wslay_event_get_close_received(e.ctx))
			fail_msg("stream %u: defects %x, wslay has none", i,
				 defects);
		if (!bad && !defects) {
			assert_true(wslay_event_get_close_received(e.ctx) ?
				    span_starts(buf_span(&log), buf_span(&e.log)) :
				    span_eq(buf_span(&log), buf_span(&e.log)));
			agreed++;
		}
		refused += bad;
		end_free(&e);
		buf_free(&b);
		buf_free(&log);
	}
	assert_true(refused > 10000 && agreed > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(we_read_what_wslay_writes),
		cmocka_unit_test(wslay_reads_what_we_write),
		cmocka_unit_test(what_wslay_refuses_has_a_defect),
	};

	return cmocka_run_group_tests_name("ws_wslay", tests, NULL, NULL);
}
