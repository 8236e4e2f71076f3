/* Frames to messages. A frame that lies whole in the fed bytes is looked at
 * where it lies; only what has to be unmasked, or awaits its rest, is copied. */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "wire/ws.h"

#define HEAD_MAX 14

void ws_reader_init(struct ws_reader *r, bool from_client)
{
	*r = (struct ws_reader){ .from_client = from_client };
	buf_init(&r->in, LIMIT_WS_MESSAGE + HEAD_MAX);
	buf_init(&r->message, LIMIT_WS_MESSAGE);
}

void ws_reader_free(struct ws_reader *r)
{
	buf_free(&r->in);
	buf_free(&r->message);
}

static void lose(struct ws_reader *r, const char *why)
{
	r->lost = true;
	r->why = why;
	r->fresh = SPAN_NONE;
}

void ws_reader_feed(struct ws_reader *r, struct span bytes)
{
	if (r->lost)
		return;
	if (r->fresh.n)
		lose(r, "bytes fed before the items of the last ones were taken");
	else
		r->fresh = bytes;
}

/* No next frame can be found behind this head; see ws.h. */
static const char *hopeless(const struct ws_frame *f)
{
	if (f->defects & WS_D_TOO_LONG)
		return "frame longer than LIMIT_WS_MESSAGE";
	if ((f->defects & WS_D_RSV) && f->defects != WS_D_RSV)
		return "not a WebSocket frame";
	return NULL;
}

static void copy_in(struct ws_reader *r, size_t n)
{
	bool ok = buf_add(&r->in, span_sub(r->fresh, 0, n));

	assert(ok);
	(void)ok;
	r->fresh = span_from(r->fresh, n);
}

/* A frame whose first bytes came with an earlier feed. Takes from fresh no
 * more than belongs to it. */
static bool take_rest(struct ws_reader *r, struct ws_frame *f,
		      struct span *payload)
{
	while (!ws_head_read(f, buf_span(&r->in), r->from_client)) {
		if (!r->fresh.n)
			return false;
		copy_in(r, 1);
	}
	if (hopeless(f))
		return true;
	size_t missing = f->head + (size_t)f->length - r->in.n;

	copy_in(r, missing < r->fresh.n ? missing : r->fresh.n);
	if (r->in.n < f->head + f->length)
		return false;
	*payload = span_from(buf_span(&r->in), f->head);
	r->in_given = true;
	return true;
}

/* Next frame, payload as on the wire: in fresh or in r->in. */
static bool take_frame(struct ws_reader *r, struct ws_frame *f,
		       struct span *payload)
{
	if (r->in.n)
		return take_rest(r, f, payload);
	long head = ws_head_read(f, r->fresh, r->from_client);

	if (head > 0 && hopeless(f))
		return true;
	if (head > 0 && r->fresh.n - f->head >= f->length) {
		*payload = span_sub(r->fresh, f->head, (size_t)f->length);
		r->fresh = span_from(r->fresh, f->head + (size_t)f->length);
		return true;
	}
	if (r->fresh.n)
		copy_in(r, r->fresh.n);
	return false;
}

/* The payload in clear, in our own memory where it has to be changed. */
static struct span clear(struct ws_reader *r, const struct ws_frame *f,
			 struct span payload)
{
	if (!f->masked || !payload.n)
		return payload;
	if (r->in_given) {
		char *p = r->in.p + f->head;

		ws_mask(p, payload.n, f->mask, 0);
		return (struct span){ p, payload.n };
	}
	struct buf *room = r->scratch ? r->scratch : &r->in;

	buf_clear(room);
	r->in_given = room == &r->in;
	char *p = buf_extend(room, payload.n);

	assert(p);
	ws_mask_copy(p, payload.p, payload.n, f->mask, 0);
	return (struct span){ p, payload.n };
}

/* How many bytes of ASCII s starts with, to a multiple of 8. */
static size_t ascii_run(struct span s)
{
	size_t i = 0;
	uint64_t word;

	for (; i + 8 <= s.n; i += 8) {
		memcpy(&word, s.p + i, 8);
		if (word & 0x8080808080808080u)
			break;
	}
	return i;
}

/* Bytes of the UTF-8 character at p, 0 when there is none (RFC 3629: no
 * overlong form, no surrogate, nothing over U+10FFFF). */
static size_t utf8_char(const unsigned char *p, size_t n)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 :
		     p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

static bool utf8(struct span s)
{
	while (s.n) {
		size_t n = ascii_run(s);

		if (!n)
			n = utf8_char((const unsigned char *)s.p, s.n);
		if (!n)
			return false;
		s = span_from(s, n);
	}
	return true;
}

/* RFC 6455 7.4: ranges, and those that never go on the wire; 1012 to 1014 were
 * registered later. */
static bool close_code_legal(int code)
{
	if (code >= 3000)
		return code <= 4999;
	return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 &&
	       code != 1006;
}

static void check_close(struct ws_item *it)
{
	const unsigned char *p = (const unsigned char *)it->payload.p;

	it->close_code = 1005;
	if (it->payload.n >= 2)
		it->close_code = p[0] << 8 | p[1];
	if (it->payload.n == 1 ||
	    (it->payload.n >= 2 &&
	     (!close_code_legal(it->close_code) ||
	      !utf8(span_from(it->payload, 2)))))
		it->defects |= WS_D_CLOSE_BODY;
}

/* A frame that is an item of its own. */
static bool give_frame(struct ws_reader *r, const struct ws_frame *f,
		       struct span payload, unsigned defects,
		       struct ws_item *out)
{
	*out = (struct ws_item){
		.op = (enum ws_op)f->op,
		.payload = clear(r, f, payload),
		.fragments = 1,
		.defects = f->defects | defects,
	};
	if (f->op == WS_CLOSE) {
		check_close(out);
		r->closed = true;
	} else if (f->op == WS_TEXT && f->fin && !utf8(out->payload)) {
		out->defects |= WS_D_UTF8;
	}
	return true;
}

static bool give_message(struct ws_reader *r, struct ws_item *out)
{
	*out = (struct ws_item){
		.op = (enum ws_op)r->message_op,
		.payload = buf_span(&r->message),
		.fragments = r->fragments,
		.defects = r->message_defects,
	};
	if (out->op == WS_TEXT && !utf8(out->payload))
		out->defects |= WS_D_UTF8;
	r->message_given = true;
	return true;
}

/* A fragment: true when it completes an item. */
static bool collect(struct ws_reader *r, const struct ws_frame *f,
		    struct span payload, unsigned defects, struct ws_item *out)
{
	if (f->op != WS_CONT) {
		r->in_message = true;
		r->message_op = f->op;
		r->fragments = 0;
		r->message_defects = 0;
	}
	r->in_message = !f->fin;
	if (r->skipping) {
		r->skipping = !f->fin;
		return false;
	}
	r->fragments++;
	r->message_defects |= f->defects | defects;
	char *p = buf_extend(&r->message, payload.n);

	if (!p) {
		buf_clear(&r->message);
		r->message_defects |= WS_D_TOO_LONG;
		r->skipping = !f->fin;
		return give_message(r, out);
	}
	if (f->masked)
		ws_mask_copy(p, payload.p, payload.n, f->mask, 0);
	else if (payload.n)
		memcpy(p, payload.p, payload.n);
	return f->fin ? give_message(r, out) : false;
}

static bool give_lost(struct ws_reader *r, const struct ws_frame *f,
		      struct ws_item *out)
{
	bool goes_on = r->in_message && f->op == WS_CONT;

	*out = (struct ws_item){
		.op = (enum ws_op)(goes_on ? r->message_op : f->op),
		.fragments = goes_on ? r->fragments + 1 : 1,
		.defects = f->defects | (goes_on ? r->message_defects : 0),
		.close_code = f->op == WS_CLOSE ? 1005 : 0,
	};
	lose(r, hopeless(f));
	return true;
}

static bool frame(struct ws_reader *r, const struct ws_frame *f,
		  struct span payload, struct ws_item *out)
{
	if (hopeless(f))
		return give_lost(r, f, out);
	if (f->op > WS_BINARY)
		return give_frame(r, f, payload, 0, out);
	unsigned late = r->closed ? WS_D_AFTER_CLOSE : 0;

	if (f->op == WS_CONT && !r->in_message)
		return give_frame(r, f, payload, WS_D_CONT_ORPHAN | late, out);
	if (f->op != WS_CONT && r->in_message)
		return give_frame(r, f, payload, WS_D_INTERLEAVED | late, out);
	if (f->op != WS_CONT && f->fin)
		return give_frame(r, f, payload, late, out);
	return collect(r, f, payload, late, out);
}

/* What the last item pointed to, or a fragment left behind, is of no more use. */
static void release(struct ws_reader *r)
{
	void (*done)(struct buf *b) = r->scratch ? buf_free : buf_clear;

	if (r->in_given)
		done(&r->in);
	if (r->message_given)
		done(&r->message);
	r->in_given = r->message_given = false;
}

bool ws_reader_next(struct ws_reader *r, struct ws_item *out)
{
	struct ws_frame f;

	for (;;) {
		struct span payload = SPAN_NONE;

		release(r);
		if (r->lost || !take_frame(r, &f, &payload))
			return false;
		if (frame(r, &f, payload, out))
			return true;
	}
}
