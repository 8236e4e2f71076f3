#include "trace/b64.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

#define STEP 3072u      /* bytes at a time; a multiple of 3 */

bool b64_write(struct span raw, struct buf *out)
{
	unsigned char text[STEP / 3 * 4 + 1];

	while (raw.n) {
		struct span part = span_sub(raw, 0, STEP);
		int n = EVP_EncodeBlock(text, (const unsigned char *)part.p,
					(int)part.n);

		if (!buf_add(out, (struct span){ (char *)text, (size_t)n }))
			return false;
		raw = span_from(raw, part.n);
	}
	return true;
}

/* EVP_DecodeBlock trims blanks and takes '=' anywhere; a trace does not. */
static bool well_formed(struct span text)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/";
	size_t n = text.n;

	if (n % 4)
		return false;
	for (unsigned i = 0; i < 2 && n && text.p[n - 1] == '='; i++)
		n--;
	for (size_t i = 0; i < n; i++)
		if (!text.p[i] || !strchr(alphabet, text.p[i]))
			return false;
	return true;
}

bool b64_read(struct span text, struct buf *out)
{
	unsigned char raw[STEP];

	if (!well_formed(text))
		return false;
	while (text.n) {
		struct span part = span_sub(text, 0, STEP / 3 * 4);
		int n = EVP_DecodeBlock(raw, (const unsigned char *)part.p,
					(int)part.n);

		if (n < 0)
			return false;
		for (size_t i = part.n; i && part.p[i - 1] == '='; i--)
			n--;
		if (!buf_add(out, (struct span){ (char *)raw, (size_t)n }))
			return false;
		text = span_from(text, part.n);
	}
	return true;
}
