/* Bytes of connections, in any pieces, with gaps and closes, to the decoder;
 * and what a trace would store of it to another one, which must derive the
 * same again.
 *
 * The input is a list of steps: one byte with what (bits 0..2), direction (bit
 * 3) and connection (bits 4..6), then for bytes a length of two bytes. */
#include <string.h>

#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_conn(struct decoder *d, uint32_t id, struct decode_at at)
{
	static const struct { enum point point; enum role client, server;
			      bool stream; const char *wic; } kinds[8] = {
		{ POINT_NONE, 0, 0, true, NULL },
		{ POINT_W2, ROLE_WIC, ROLE_EPCSCF, true, "wic1" },
		{ POINT_MW, ROLE_EPCSCF, ROLE_SCSCF, false, NULL },
		{ POINT_W1, ROLE_WIC, ROLE_WWSF, true, "wic1" },
		{ POINT_NONE, 0, 0, false, NULL },
		{ POINT_W5, ROLE_EPCSCF, ROLE_WAF, true, NULL },
		{ POINT_W4, ROLE_WWSF, ROLE_WAF, true, NULL },
		{ POINT_MW, ROLE_EPCSCF, ROLE_SCSCF, true, NULL },
	};
	struct decode_conn c = {
		.conn = id + 1, .point = kinds[id].point,
		.client = kinds[id].client, .server = kinds[id].server,
		.stream = kinds[id].stream, .wic = span_str(kinds[id].wic),
		.local = S("127.0.0.1:1"), .remote = S("127.0.0.1:2"),
	};

	decoder_open(d, &c, at);
}

/* Takes one step; returns the bytes it took. */
static size_t step(struct decoder *d, struct span in, struct decode_at *at,
		   bool open[8])
{
	unsigned op = (unsigned char)in.p[0], id = op >> 4 & 7;
	bool from_client = op & 8;
	size_t n = 0;

	at->number++;
	if (!open[id])
		open_conn(d, id, *at);
	open[id] = true;
	switch (op & 7) {
	case 4:
		decoder_gap(d, id + 1, from_client, 100, *at);
		return 1;
	case 5:
		decoder_close(d, id + 1, from_client, *at);
		open[id] = false;
		return 1;
	case 6:
		at->t_us += 7000000;
		return 1;
	}
	if (in.n < 3)
		return in.n;
	n = (size_t)(unsigned char)in.p[1] | (size_t)(unsigned char)in.p[2] << 8;
	if (n > in.n - 3)
		n = in.n - 3;
	/* Memory of just that size. */
	char *copy = malloc(n + !n);

	memcpy(copy, in.p + 3, n);
	decoder_bytes(d, id + 1, from_client, (struct span){ copy, n }, *at);
	free(copy);
	return 3 + n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct profile *p = fuzz_profile();
	struct fuzz_sink two = { 0 };
	struct decoder *again = decoder_new(p, NULL, fuzz_take, &two);
	struct fuzz_sink one = { .again = again };
	struct decoder *d = decoder_new(p, NULL, fuzz_take, &one);
	struct decode_at at = { 0 };
	bool open[8] = { false };

	decoder_clock(d, 1000000000);
	while (in.n)
		in = span_from(in, step(d, in, &at, open));
	decoder_end(d, at.t_us);
	decoder_end(again, at.t_us);
	if (one.flow != two.flow) {
		fprintf(stderr, "derived %u flow events, then %u\n", one.flow,
			two.flow);
		abort();
	}
	decoder_free(d);
	decoder_free(again);
	return 0;
}
