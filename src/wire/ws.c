/* WebSocket frames one by one: heads, masks, the handshake's hash, names. */
#include "wire/ws.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"

static bool control(unsigned op)
{
	return op & 8;
}

static uint64_t big_endian(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

/* wide: bytes of the extended length. RFC 6455 5.2: shortest form, and the
 * top bit of the 64-bit form is 0. */
static unsigned length_defects(const struct ws_frame *f, size_t wide)
{
	unsigned d = 0;

	if ((wide == 2 && f->length < 126) ||
	    (wide == 8 && (f->length < 65536 || f->length >> 63)))
		d |= WS_D_LENGTH_FORM;
	if (f->length > LIMIT_WS_MESSAGE)
		d |= WS_D_TOO_LONG;
	if (control(f->op) && f->length > 125)
		d |= WS_D_CONTROL_LONG;
	return d;
}

static unsigned head_defects(const struct ws_frame *f, bool from_client)
{
	unsigned d = 0;

	if (f->rsv)
		d |= WS_D_RSV;
	if ((f->op & 7) > WS_BINARY)
		d |= WS_D_OPCODE;
	if (from_client && !f->masked)
		d |= WS_D_MASK_MISSING;
	if (!from_client && f->masked)
		d |= WS_D_MASKED;
	if (control(f->op) && !f->fin)
		d |= WS_D_CONTROL_FRAGMENT;
	return d;
}

long ws_head_read(struct ws_frame *f, struct span bytes, bool from_client)
{
	const unsigned char *p = (const unsigned char *)bytes.p;

	if (bytes.n < 2)
		return 0;
	unsigned n7 = p[1] & 0x7f;
	size_t wide = n7 == 126 ? 2 : n7 == 127 ? 8 : 0;
	bool masked = p[1] >> 7;
	size_t head = 2 + wide + (masked ? 4 : 0);

	if (bytes.n < head)
		return 0;
	*f = (struct ws_frame){
		.fin = p[0] >> 7,
		.rsv = p[0] >> 4 & 7,
		.op = p[0] & 15,
		.masked = masked,
		.length = wide ? big_endian(p + 2, wide) : n7,
		.head = head,
	};
	if (masked)
		memcpy(f->mask, p + 2 + wide, 4);
	f->defects = head_defects(f, from_client) | length_defects(f, wide);
	return (long)head;
}

void ws_mask_copy(char *dst, const char *src, size_t n,
		  const unsigned char mask[4], size_t offset)
{
	unsigned char turned[8];
	uint64_t key, word;
	size_t i = 0;

	for (size_t k = 0; k < 8; k++)
		turned[k] = mask[(offset + k) & 3];
	memcpy(&key, turned, 8);
	for (; i + 8 <= n; i += 8) {
		memcpy(&word, src + i, 8);
		word ^= key;
		memcpy(dst + i, &word, 8);
	}
	for (; i < n; i++)
		dst[i] = (char)(src[i] ^ (char)turned[i & 7]);
}

void ws_mask(char *p, size_t n, const unsigned char mask[4], size_t offset)
{
	ws_mask_copy(p, p, n, mask, offset);
}

/* Bytes of the extended length that f asks for, see ws_put. */
static size_t width(const struct ws_frame *f, uint64_t length)
{
	if (f->defects & WS_D_LENGTH_FORM)
		return f->head == (f->masked ? 8u : 4u) && length < 65536 ? 2 : 8;
	return length < 126 ? 0 : length < 65536 ? 2 : 8;
}

bool ws_put(struct buf *b, const struct ws_frame *f, struct span payload)
{
	uint64_t length = f->defects & WS_D_TOO_LONG ? f->length : payload.n;
	size_t wide = width(f, length), head = 2 + wide + (f->masked ? 4 : 0);

	if (payload.n > SIZE_MAX - head) {
		b->full = true;
		return false;
	}
	char *p = buf_extend(b, head + payload.n);

	if (!p)
		return false;
	*p++ = (char)((f->fin ? 0x80 : 0) | (f->rsv & 7) << 4 | (f->op & 15));
	*p++ = (char)((f->masked ? 0x80 : 0) |
		      (wide == 8 ? 127 : wide == 2 ? 126 : (int)length));
	for (size_t i = wide; i > 0; i--)
		*p++ = (char)(length >> (8 * (i - 1)));
	if (f->masked) {
		memcpy(p, f->mask, 4);
		ws_mask_copy(p + 4, payload.p, payload.n, f->mask, 0);
	} else if (payload.n) {
		memcpy(p, payload.p, payload.n);
	}
	return true;
}

bool ws_put_message(struct buf *b, enum ws_op op, struct span payload,
		    bool from_client, const unsigned char mask[4])
{
	struct ws_frame f = { .fin = true, .op = (unsigned char)op };

	if (from_client) {
		assert(mask);
		f.masked = true;
		memcpy(f.mask, mask, 4);
	}
	return ws_put(b, &f, payload);
}

/* RFC 6455 4.2.2: base64 of SHA-1 over the key and this GUID. */
void ws_accept_key(struct span key, char out[29])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char md[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) ||
	    !EVP_DigestUpdate(ctx, key.p, key.n) ||
	    !EVP_DigestUpdate(ctx, guid, sizeof guid - 1) ||
	    !EVP_DigestFinal_ex(ctx, md, NULL))
		die("OpenSSL does not give SHA-1");
	EVP_MD_CTX_free(ctx);
	EVP_EncodeBlock((unsigned char *)out, md, 20);
}

static const char *const defect_names[] = {
	"rsv", "opcode", "mask-missing", "masked", "length-form",
	"control-long", "control-fragment", "cont-orphan", "interleaved",
	"too-long", "close-body", "utf8", "after-close",
};
_Static_assert(sizeof defect_names / sizeof *defect_names == WS_DEFECTS,
	       "a name for each defect");
_Static_assert(WS_D_AFTER_CLOSE == 1 << (WS_DEFECTS - 1), "bits and names");

const char *ws_defects_text(unsigned defects, char *out, size_t cap)
{
	size_t n = 0;

	assert(cap > 0);
	out[0] = '\0';
	for (unsigned i = 0; i < WS_DEFECTS; i++) {
		size_t len = strlen(defect_names[i]);

		if (!(defects & 1u << i))
			continue;
		if (n + (n > 0) + len + 1 > cap)
			break;
		if (n)
			out[n++] = ',';
		memcpy(out + n, defect_names[i], len + 1);
		n += len;
	}
	return out;
}
