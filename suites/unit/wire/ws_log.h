/* What the WebSocket tests share: items as one text, frames in one line. */
#ifndef UNIT_WIRE_WS_LOG_H
#define UNIT_WIRE_WS_LOG_H

#include "guard.h"
#include "wire/ws.h"

static const unsigned char ws_mask_key[4] = { 0x37, 0xfa, 0x21, 0x3d };

/* A log of items in one text, so that two readings can be compared whole. */
static inline void log_item(struct buf *log, const struct ws_item *it)
{
	char text[256];

	buf_addf(log, "[%d x%u %s %d %zu:", (int)it->op, it->fragments,
		 ws_defects_text(it->defects, text, sizeof text),
		 it->close_code, it->payload.n);
	buf_add(log, it->payload);
	buf_addc(log, ']');
}

static inline void drain(struct ws_reader *r, struct buf *log)
{
	struct ws_item it;

	while (ws_reader_next(r, &it))
		log_item(log, &it);
}

/* Reads the stream in pieces of the given size, each on a guard page. */
static inline void read_pieces(struct buf *log, struct span s, bool from_client,
			size_t piece, struct guard *g)
{
	struct ws_reader r;

	ws_reader_init(&r, from_client);
	for (size_t at = 0; at < s.n; at += piece) {
		ws_reader_feed(&r, guard_put(g, span_sub(s, at, piece)));
		drain(&r, log);
	}
	buf_addf(log, "lost=%s", r.why ? r.why : "");
	ws_reader_free(&r);
}

static inline void read_two(struct buf *log, struct span s, bool from_client,
		     size_t cut, struct guard *g)
{
	struct ws_reader r;

	ws_reader_init(&r, from_client);
	ws_reader_feed(&r, guard_put(g, span_sub(s, 0, cut)));
	drain(&r, log);
	ws_reader_feed(&r, guard_put(g, span_from(s, cut)));
	drain(&r, log);
	buf_addf(log, "lost=%s", r.why ? r.why : "");
	ws_reader_free(&r);
}

static inline void put(struct buf *b, bool fin, unsigned op, bool masked,
		struct span payload)
{
	struct ws_frame f = { .fin = fin, .op = (unsigned char)op,
			      .masked = masked };

	memcpy(f.mask, ws_mask_key, 4);
	assert_true(ws_put(b, &f, payload));
}

#endif
