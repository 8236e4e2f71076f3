/* WebSocket framing (RFC 6455), without I/O: legal by default, malformed on
 * request, and every defect of a received frame has its own name. */
#ifndef WIRE_WS_H
#define WIRE_WS_H

#include "base/buf.h"
#include "base/span.h"

enum ws_op {
	WS_CONT = 0, WS_TEXT = 1, WS_BINARY = 2,
	WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10,
};

/* Bits of ws_frame.defects; several may hold. */
enum ws_defect {
	WS_D_RSV = 1 << 0,              /* reserved bit set */
	WS_D_OPCODE = 1 << 1,           /* reserved opcode */
	WS_D_MASK_MISSING = 1 << 2,     /* client frame not masked */
	WS_D_MASKED = 1 << 3,           /* server frame masked */
	WS_D_LENGTH_FORM = 1 << 4,      /* length not in its shortest form */
	WS_D_CONTROL_LONG = 1 << 5,     /* control frame over 125 bytes */
	WS_D_CONTROL_FRAGMENT = 1 << 6, /* control frame without FIN */
	WS_D_CONT_ORPHAN = 1 << 7,      /* continuation of nothing */
	WS_D_INTERLEAVED = 1 << 8,      /* new message inside a fragmented one */
	WS_D_TOO_LONG = 1 << 9,         /* over LIMIT_WS_MESSAGE */
	WS_D_CLOSE_BODY = 1 << 10,      /* close payload of 1 byte, bad code,
					   reason that is not UTF-8 */
	WS_D_UTF8 = 1 << 11,            /* text message is not UTF-8 */
	WS_D_AFTER_CLOSE = 1 << 12,     /* data frame after a close frame */
};
#define WS_DEFECTS 13                   /* bits in use */

struct ws_frame {
	bool fin;
	unsigned char rsv, op;
	bool masked;
	unsigned char mask[4];
	uint64_t length;        /* of the payload */
	size_t head;            /* bytes of the frame header */
	unsigned defects;
};

/* Frame head. >0: bytes of the head (payload follows, f->length of it);
 * 0: need more; never negative: defects are on the frame. */
long ws_head_read(struct ws_frame *f, struct span bytes, bool from_client);

/* XORs n bytes in place; offset = position within the payload. */
void ws_mask(char *p, size_t n, const unsigned char mask[4], size_t offset);
/* The same from src to dst (equal, or not overlapping). */
void ws_mask_copy(char *dst, const char *src, size_t n,
		  const unsigned char mask[4], size_t offset);

/* Writes one frame. For from_client the mask is f->mask. f->rsv, f->op, fin
 * and masked are written as they are, so that a tester can be wrong. The
 * length is the payload's in its shortest form, unless f->defects asks:
 * WS_D_LENGTH_FORM for the longer form (whose width f->head says, else 64
 * bits), WS_D_TOO_LONG for f->length instead of the payload's. So a head that
 * ws_head_read gave is written again as it was. False, and nothing written:
 * b is full. */
bool ws_put(struct buf *b, const struct ws_frame *f, struct span payload);
/* The ordinary case: FIN, text or what op says, masked iff from_client. */
bool ws_put_message(struct buf *b, enum ws_op op, struct span payload,
		    bool from_client, const unsigned char mask[4]);

/* Message assembly over a stream of bytes. Defects do not stop it: an unmasked
 * client frame, a reserved opcode, a broken fragment are given with their names
 * and reading goes on behind the frame. An orphan continuation, and a message
 * begun inside an unfinished one, are items of their own, frame by frame; the
 * unfinished one goes on. A fragmented message that outgrows LIMIT_WS_MESSAGE
 * is given once, empty and TOO_LONG, and the rest of it is passed over.
 *
 * Framing is lost (lost, why) where the next frame cannot be found:
 *  - one frame says that it is over LIMIT_WS_MESSAGE;
 *  - reserved bits are set and the same head is wrong in yet another way
 *    (opcode, masking, length form, control rules). No extension is agreed on
 *    here, so this is not a frame: the usual cause is plain text (SIP or HTTP)
 *    on an upgraded connection.
 * The head's item is still given, with its defects and an empty payload. */
struct ws_reader {
	bool from_client;
	struct buf in;          /* bytes of an unfinished frame */
	struct buf message;     /* fragments so far, unmasked */
	bool in_message;
	unsigned char message_op;
	unsigned fragments;
	unsigned message_defects;
	bool lost;              /* framing lost; all later bytes are ignored */
	const char *why;        /* lost: how; else NULL */
	struct span fresh;      /* fed and not looked at yet; the caller's */
	bool in_given, message_given;   /* an item points there */
	bool skipping;          /* rest of a message that was too long */
	bool closed;            /* a close frame was seen */
	/* For owners of very many readers, or NULL. Readers that are used one
	 * after another may share this buffer (cap at least LIMIT_WS_MESSAGE)
	 * for unmasking; a payload is then valid until the next call on any of
	 * them, and a reader between two messages holds no memory at all. */
	struct buf *scratch;
};
struct ws_item {
	enum ws_op op;          /* TEXT/BINARY: whole message; CLOSE PING PONG;
				   a bad frame: CONT or the reserved opcode */
	struct span payload;    /* valid until the next call, or until the fed
				   bytes are gone */
	unsigned fragments;     /* frames that made it up */
	unsigned defects;
	int close_code;         /* CLOSE: the code, 1005 when none */
};
void ws_reader_init(struct ws_reader *r, bool from_client);
void ws_reader_free(struct ws_reader *r);
/* Feeds bytes, then take items until false. The bytes are not copied unless a
 * frame is unfinished at their end, so they must stay until then. Who feeds
 * again with items still to be taken has given the stream up: lost. */
void ws_reader_feed(struct ws_reader *r, struct span bytes);
bool ws_reader_next(struct ws_reader *r, struct ws_item *out);

/* Sec-WebSocket-Accept of a Sec-WebSocket-Key: 28 characters and NUL. */
void ws_accept_key(struct span key, char out[29]);
/* "mask-missing,rsv" ... into out. */
const char *ws_defects_text(unsigned defects, char *out, size_t cap);

#endif
