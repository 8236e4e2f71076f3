/* What a JWT says: three base64url parts, the first two JSON objects. */
#include "wire/token.h"

#include <jansson.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "wire/token_in.h"

/* Base64url without padding (RFC 7515 2) to bytes; malloc'd, NULL when it is
 * none. Spare bits at the end have to be 0, or a changed signature could still
 * be the same one. */
static char *decode(struct span s, size_t *n)
{
	size_t room = (s.n + 3) / 4 * 4;
	char *in = must_alloc(room + 1), *out = must_alloc(room / 4 * 3 + 1);

	memset(in, '=', room);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9');

		in[i] = c == '-' ? '+' : c == '_' ? '/' : plain ? c : '\0';
		if (!in[i])
			goto bad;
	}
	*n = s.n / 4 * 3 + (s.n % 4 ? s.n % 4 - 1 : 0);
	if (s.n % 4 == 1 ||
	    EVP_DecodeBlock((unsigned char *)out, (const unsigned char *)in,
			    (int)room) < 0)
		goto bad;
	for (size_t i = *n; i < room / 4 * 3; i++)
		if (out[i])
			goto bad;
	free(in);
	return out;
bad:
	free(in);
	free(out);
	return NULL;
}

/* Two members of one name are two truths, so that is no object for us. */
static json_t *decode_object(struct span part)
{
	size_t n = 0;
	char *text = decode(part, &n);
	json_t *j = text ? json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL) :
		    NULL;

	free(text);
	if (j && !json_is_object(j)) {
		json_decref(j);
		j = NULL;
	}
	return j;
}

static const json_t *member(const json_t *o, struct span name,
			    struct span otherwise)
{
	if (span_absent(name))
		name = otherwise;
	char *z = span_dup(name);
	const json_t *j = json_object_get(o, z);

	free(z);
	return j;
}

/* Appends a string to dst, a space before it if it is not the first. */
static void add_text(struct token_claims *c, const json_t *j, char *dst,
		     size_t cap)
{
	const char *s = json_string_value(j);
	size_t n = strlen(dst), len = s ? json_string_length(j) : 0;

	if (!len)
		return;
	if (n + (n > 0) + len + 1 > cap) {
		c->over_limit = true;
		return;
	}
	if (n)
		dst[n++] = ' ';
	memcpy(dst + n, s, len + 1);
}

static void text_or_list(struct token_claims *c, const json_t *j, char *dst,
			 size_t cap)
{
	if (json_is_string(j))
		add_text(c, j, dst, cap);
	for (size_t i = 0; i < json_array_size(j); i++)
		add_text(c, json_array_get(j, i), dst, cap);
}

static void add_impu(struct token_claims *c, const json_t *j)
{
	if (!json_string_length(j))
		return;
	if (c->n_impu == LIMIT_IMPUS) {
		c->over_limit = true;
		return;
	}
	add_text(c, j, c->impu[c->n_impu], sizeof c->impu[0]);
	if (c->impu[c->n_impu][0])
		c->n_impu++;
}

/* NumericDate (RFC 7519 2): seconds, perhaps with a fraction. What lies before
 * 1970 counts as 1970, because -1 means that nothing is said. */
static int64_t seconds(const json_t *j)
{
	if (json_is_integer(j))
		return json_integer_value(j) < 0 ? 0 : json_integer_value(j);
	if (!json_is_real(j))
		return -1;
	double d = floor(json_real_value(j));

	return d < 0 ? 0 : d >= 9e18 ? INT64_MAX : (int64_t)d;
}

static void read_claims(struct token_claims *c, const json_t *o,
			const struct token_format *f)
{
	const json_t *impu = member(o, f->claim_impu, S("impu"));

	add_text(c, member(o, f->claim_impi, S("impi")), c->impi, sizeof c->impi);
	add_text(c, member(o, f->claim_wwsf, S("azp")), c->wwsf, sizeof c->wwsf);
	add_text(c, member(o, f->claim_waf, S("iss")), c->waf, sizeof c->waf);
	if (json_is_string(impu))
		add_impu(c, impu);
	for (size_t i = 0; i < json_array_size(impu); i++)
		add_impu(c, json_array_get(impu, i));
	text_or_list(c, json_object_get(o, "aud"), c->audience,
		     sizeof c->audience);
	text_or_list(c, json_object_get(o, "scope"), c->scope, sizeof c->scope);
	add_text(c, json_object_get(o, "sub"), c->subject, sizeof c->subject);
	add_text(c, json_object_get(o, "jti"), c->id, sizeof c->id);
	c->exp_s = seconds(json_object_get(o, "exp"));
	c->nbf_s = seconds(json_object_get(o, "nbf"));
	c->iat_s = seconds(json_object_get(o, "iat"));
}

static enum token_sig signature(const json_t *head, struct span text,
				struct span sig64, const struct token_format *f)
{
	const char *alg = json_string_value(json_object_get(head, "alg"));
	size_t n = 0;

	if (span_ieq(span_str(alg), S("none")))
		return TOKEN_SIG_BAD;
	if (span_absent(f->key) || span_absent(f->alg))
		return TOKEN_SIG_UNKNOWN;
	/* Extensions that must be understood (RFC 7515 4.1.11) are not. */
	if (!span_eq(span_str(alg), f->alg) || json_object_get(head, "crit"))
		return TOKEN_SIG_BAD;
	char *sig = decode(sig64, &n);

	if (!sig)
		return TOKEN_SIG_BAD;
	enum token_sig said = token_check(f, text, (struct span){ sig, n });

	free(sig);
	return said;
}

bool token_read(struct token_claims *c, struct span token,
		const struct token_format *f)
{
	static const struct token_format plain;
	struct span rest = token;
	struct span head = span_split(&rest, '.');
	struct span body = span_split(&rest, '.');

	memset(c, 0, sizeof *c);
	c->exp_s = c->nbf_s = c->iat_s = -1;
	if (token.n > TOKEN_BYTES_MAX || span_absent(rest) ||
	    span_chr(rest, '.') >= 0)
		return false;
	json_t *h = decode_object(head), *b = decode_object(body);

	if (h && b && json_is_string(json_object_get(h, "alg"))) {
		c->jwt = true;
		if (!f)
			f = &plain;
		read_claims(c, b, f);
		c->sig = signature(h, span_sub(token, 0, head.n + 1 + body.n),
				   rest, f);
	}
	json_decref(h);
	json_decref(b);
	return c->jwt;
}

bool token_lists(const char *list, struct span item)
{
	struct span rest = span_str(list);

	while (!span_absent(rest))
		if (span_eq(span_split(&rest, ' '), item))
			return !span_empty(item);
	return false;
}
