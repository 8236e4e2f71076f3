/* WebSocket streams. First byte: bit 0 from client, bit 1 shared scratch, the
 * rest the size of the pieces. Pieces and the whole must read the same, memory
 * stays bounded, and every head can be written again as it was. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wire/ws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void log_item(struct buf *log, const struct ws_item *it)
{
	char text[256];

	assert(it->payload.n <= LIMIT_WS_MESSAGE);
	assert(it->fragments > 0);
	assert(it->defects < 1u << WS_DEFECTS);
	assert(!(it->defects & WS_D_TOO_LONG) || it->payload.n == 0);
	buf_addf(log, "[%d %u %s %d %zu:", (int)it->op, it->fragments,
		 ws_defects_text(it->defects, text, sizeof text),
		 it->close_code, it->payload.n);
	buf_add(log, it->payload);
}

static void read_all(struct buf *log, struct span s, bool from_client,
		     size_t piece, struct buf *scratch)
{
	struct ws_reader r;
	struct ws_item it;

	ws_reader_init(&r, from_client);
	r.scratch = scratch;
	for (size_t at = 0; at < s.n; at += piece) {
		/* Memory of its own, so that nothing outlives the feed. */
		struct span part = span_sub(s, at, piece);
		char *copy = span_dup(part);

		ws_reader_feed(&r, (struct span){ copy, part.n });
		while (ws_reader_next(&r, &it))
			log_item(log, &it);
		assert(r.lost == (r.why != NULL));
		assert(r.fresh.n == 0);
		assert(r.in.room + r.message.room <= 4 * LIMIT_WS_MESSAGE + 64);
		free(copy);
	}
	buf_addf(log, "%s", r.why ? r.why : "");
	ws_reader_free(&r);
}

static void head_again(struct span s, bool from_client)
{
	struct ws_frame f;
	struct buf b;
	long n = ws_head_read(&f, s, from_client);

	if (n == 0)
		return;
	assert(n > 0 && (size_t)n <= s.n && f.head == (size_t)n);
	f.defects |= WS_D_TOO_LONG;     /* the length as it was read */
	buf_init(&b, 14);
	assert(ws_put(&b, &f, SPAN_NONE));
	assert(span_eq(buf_span(&b), span_sub(s, 0, (size_t)n)));
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, pieces, scratch;

	if (size < 1)
		return 0;
	bool from_client = data[0] & 1;
	size_t piece = (size_t)(data[0] >> 2) + 1;
	struct span s = { (const char *)data + 1, size - 1 };

	buf_init(&whole, 64u << 20);
	buf_init(&pieces, 64u << 20);
	buf_init(&scratch, LIMIT_WS_MESSAGE);
	head_again(s, from_client);
	read_all(&whole, s, from_client, s.n + 1, NULL);
	read_all(&pieces, s, from_client, piece,
		 data[0] & 2 ? &scratch : NULL);
	assert(span_eq(buf_span(&whole), buf_span(&pieces)));
	buf_free(&whole);
	buf_free(&pieces);
	buf_free(&scratch);
	return 0;
}
