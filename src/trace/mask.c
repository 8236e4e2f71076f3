#include "trace/mask.h"

#include <assert.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/map.h"
#include "wire/http.h"

#define TAIL 6                          /* bytes that a search starts from */
#define NAME_BYTES 16                   /* tok: and 12 hex digits */
#define SECRET_BYTES_MAX LIMIT_HTTP_BODY /* a longer token is in no message */
#define TOTAL_BYTES_MAX (64u * 1024 * 1024)
#define FILTER_BITS 65536u
/* Bytes compared beyond what honest texts need: long secrets that overlap
 * themselves would cost the product of the lengths. */
#define WORK_PER_BYTE 256
#define WORK_MAX (64 * 1024 * 1024)

struct secret {
	char *text;
	size_t n;
	bool token;
	uint32_t next;                  /* same tail; MAP_NONE: last */
	char name[NAME_BYTES + 1];      /* tokens */
};

struct mask {
	unsigned char key[32];
	struct secret *at;
	uint32_t n, room;
	struct map whole;               /* hash of the text -> index */
	struct map tails;               /* last bytes -> first of a chain */
	uint64_t filter[FILTER_BITS / 64];
	size_t total;                   /* bytes of all texts */
	int64_t work;                   /* compared, less what was allowed */
	bool full;                      /* more came than can be kept: from now
					   on no byte of a peer is written */
};

static void hmac(const unsigned char *key, size_t n_key, struct span text,
		 unsigned char out[32])
{
	unsigned n = 32;

	if (!HMAC(EVP_sha256(), key, (int)n_key,
		  (const unsigned char *)(text.p ? text.p : ""), text.n, out,
		  &n))
		die("mask: no HMAC-SHA256");
}

struct mask *mask_new(uint64_t seed)
{
	struct mask *m = must_alloc(sizeof *m);
	unsigned char number[8];

	for (unsigned i = 0; i < 8; i++)
		number[i] = (unsigned char)(seed >> 8 * (7 - i));
	hmac(number, sizeof number, S("annexu trace mask"), m->key);
	return m;
}

void mask_free(struct mask *m)
{
	if (!m)
		return;
	for (uint32_t i = 0; i < m->n; i++)
		free(m->at[i].text);
	free(m->at);
	map_free(&m->whole);
	map_free(&m->tails);
	free(m);
}

/* ---- names ---- */

/* "tok:" and some of 12 hex digits, then '~' to any length. */
static bool masked(struct span s, size_t *name)
{
	size_t i = 4;

	if (!span_starts(s, S("tok:")))
		return false;
	while (i < s.n && i < NAME_BYTES && s.p[i] &&
	       strchr("0123456789abcdef", s.p[i]))
		i++;
	*name = i;
	while (i < s.n && s.p[i] == '~')
		i++;
	return *name > 4 && i == s.n;
}

static void make_name(const struct mask *m, struct span token,
		      char out[NAME_BYTES + 1])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[32];

	hmac(m->key, sizeof m->key, token, digest);
	memcpy(out, "tok:", 4);
	for (unsigned i = 0; i < 6; i++) {
		out[4 + 2 * i] = hex[digest[i] >> 4];
		out[5 + 2 * i] = hex[digest[i] & 15];
	}
	out[NAME_BYTES] = '\0';
}

static uint32_t known(const struct mask *m, struct span s)
{
	uint32_t i = map_get(&m->whole, span_hash(s));

	return i != MAP_NONE && span_eq(s, (struct span){ m->at[i].text,
							  m->at[i].n }) ?
	       i : MAP_NONE;
}

struct span mask_name(const struct mask *m, struct span token, char out[17])
{
	size_t n;

	if (span_empty(token))
		return token;
	if (masked(token, &n)) {
		span_copy(out, NAME_BYTES + 1, span_sub(token, 0, n));
		return (struct span){ out, n };
	}
	uint32_t i = known(m, token);

	if (i != MAP_NONE && m->at[i].token)
		memcpy(out, m->at[i].name, NAME_BYTES + 1);
	else
		make_name(m, token, out);
	return (struct span){ out, NAME_BYTES };
}

/* ---- what is known ---- */

static uint64_t tail_key(const char *end)
{
	uint64_t v = 0;

	memcpy(&v, end - TAIL, TAIL);
	return map_mix(v, TAIL);
}

static void filter_add(struct mask *m, uint64_t key)
{
	m->filter[key % FILTER_BITS / 64] |= 1ull << key % 64;
}

static bool filter_has(const struct mask *m, uint64_t key)
{
	return m->filter[key % FILTER_BITS / 64] >> key % 64 & 1;
}

static void keep(struct mask *m, struct span text, bool token, const char *name)
{
	if (span_empty(text) || known(m, text) != MAP_NONE)
		return;
	if (text.n > SECRET_BYTES_MAX || m->total + text.n > TOTAL_BYTES_MAX) {
		m->full = true;
		return;
	}
	if (m->n == m->room) {
		m->room = m->room ? m->room * 2 : 64;
		m->at = must_grow(m->at, m->room * sizeof *m->at);
	}
	struct secret *s = &m->at[m->n];

	*s = (struct secret){ span_dup(text), text.n, token, MAP_NONE, "" };
	if (name)
		memcpy(s->name, name, sizeof s->name);
	m->total += text.n;
	if (map_get(&m->whole, span_hash(text)) == MAP_NONE)
		map_put(&m->whole, span_hash(text), m->n);
	if (text.n >= TAIL) {
		uint64_t key = tail_key(s->text + text.n);

		s->next = map_get(&m->tails, key);
		map_put(&m->tails, key, m->n);
		filter_add(m, key);
	}
	m->n++;
}

/* In a form: %20 for a blank, or +. */
static void keep_form(struct mask *m, struct span text, bool token,
		      const char *name)
{
	struct buf form;
	size_t n = 0;

	buf_init(&form, 3 * SECRET_BYTES_MAX);
	if (text.n <= SECRET_BYTES_MAX && http_url_encode(&form, text)) {
		keep(m, buf_span(&form), token, name);
		for (size_t i = 0; i < form.n; i++) {
			bool blank = span_starts(span_from(buf_span(&form), i),
						 S("%20"));

			form.p[n++] = blank ? '+' : form.p[i];
			i += blank ? 2 : 0;
		}
		keep(m, (struct span){ form.p, n }, token, name);
	}
	buf_free(&form);
}

/* A secret travels as it is, inside a JSON string or inside a form. */
static void keep_all(struct mask *m, struct span text, bool token,
		     const char *name)
{
	static const size_t ways[] = {
		0, JSON_ESCAPE_SLASH, JSON_ENSURE_ASCII,
	};
	json_t *j = json_stringn(text.p, text.n);

	keep(m, text, token, name);
	for (size_t i = 0; j && i < sizeof ways / sizeof *ways; i++) {
		char *quoted = json_dumps(j, JSON_ENCODE_ANY | ways[i]);

		keep(m, span_unquote(span_str(quoted)), token, name);
		free(quoted);
	}
	keep_form(m, text, token, name);
	json_decref(j);
}

void mask_token(struct mask *m, struct span token)
{
	char name[NAME_BYTES + 1];
	size_t ignored;

	if (span_empty(token) || masked(token, &ignored) ||
	    known(m, token) != MAP_NONE)
		return;
	make_name(m, token, name);
	keep_all(m, token, true, name);
}

void mask_password(struct mask *m, struct span password)
{
	if (!span_empty(password) && known(m, password) == MAP_NONE)
		keep_all(m, password, false, NULL);
}

/* ---- replacing ---- */

static void hide(const struct secret *s, char *at)
{
	size_t n = s->n < NAME_BYTES ? s->n : NAME_BYTES;

	memset(at, s->token ? '~' : '*', s->n);
	if (s->token)
		memcpy(at, s->name, n);
}

/* The longest secret that ends at `end`, of what lies before it. */
static const struct secret *ending(struct mask *m, const char *start,
				   const char *end)
{
	const struct secret *best = NULL;
	size_t before = (size_t)(end - start);

	if (before < TAIL)
		return NULL;
	uint64_t key = tail_key(end);

	if (!filter_has(m, key))
		return NULL;
	for (uint32_t i = map_get(&m->tails, key); i != MAP_NONE;
	     i = m->at[i].next) {
		const struct secret *s = &m->at[i];

		m->work += 8;
		if (s->n > before || (best && s->n <= best->n) ||
		    s->text[0] != end[-(ptrdiff_t)s->n])
			continue;
		m->work += (int64_t)s->n;
		if (memcmp(end - s->n, s->text, s->n) == 0)
			best = s;
	}
	return best;
}

/* A short secret between the quote before p and one behind it. */
static const struct secret *quoted(const struct mask *m, struct span rest)
{
	for (size_t n = 1; n < TAIL && n < rest.n; n++) {
		uint32_t i = rest.p[n] == '"' ?
			known(m, span_sub(rest, 0, n)) : MAP_NONE;

		if (i != MAP_NONE)
			return &m->at[i];
	}
	return NULL;
}

bool mask_full(const struct mask *m) { return m->full; }

void mask_bytes(struct mask *m, struct span text, struct buf *out)
{
	size_t base = out->n;

	if (!buf_add(out, text))
		return;
	m->work -= (int64_t)text.n * WORK_PER_BYTE;
	m->work = m->work < 0 ? 0 : m->work;
	for (size_t i = 0; m->n && i < text.n && !m->full; i++) {
		const struct secret *s = ending(m, text.p, text.p + i + 1);

		/* found in the original text, so that a secret that holds
		 * another one is hidden as a whole */
		if (s)
			hide(s, out->p + base + i + 1 - s->n);
		s = text.p[i] == '"' ? quoted(m, span_from(text, i + 1)) : NULL;
		if (s)
			hide(s, out->p + base + i + 1);
		m->full = m->work > WORK_MAX;
	}
	if (m->full)
		memset(out->p + base, '*', text.n);
}

long mask_find_token(struct mask *m, struct span bytes)
{
	for (size_t i = 0; m->n && i < bytes.n; i++) {
		const struct secret *s = ending(m, bytes.p, bytes.p + i + 1);

		if (s && s->token)
			return (long)(i + 1 - s->n);
		s = bytes.p[i] == '"' ? quoted(m, span_from(bytes, i + 1)) :
		    NULL;
		if (s && s->token)
			return (long)(i + 1);
	}
	return -1;
}
