/* Inside of the readers. */
#ifndef SOURCE_READER_H
#define SOURCE_READER_H

#include "source/decoder.h"
#include "wire/ws.h"

struct reader {
	enum { READ_SNIFF, READ_HTTP, READ_WAIT, READ_WS, READ_SIP,
	       READ_DEAD } mode;
	struct buf stash;       /* bytes that do not make a whole yet */
	struct buf raw;         /* http: bytes of the message so far */
	struct http_reader *http;
	struct ws_reader ws;
	bool ws_ready;
	uint64_t senseless;     /* bytes that no reader wanted */
	bool told;              /* what was lost here was named once */
	size_t held;            /* memory, as counted in the decoder */
};

struct reader *reader_get(struct conn *c, bool from_client);
/* scratch is shared by all readers (wire/ws.h). */
void reader_as_ws(struct conn *c, bool from_client, struct buf *scratch);
/* Forgets what is unfinished and finds its way again. */
void reader_lost(struct reader *r);

/* ---- reader_http.c ---- */
/* Returns the bytes that are left once the mode has changed. */
struct span reader_http(struct decoder *d, struct conn *c, bool from_client,
			struct span bytes, struct decode_at at);
void reader_http_eof(struct decoder *d, struct conn *c, struct decode_at at);

#endif
