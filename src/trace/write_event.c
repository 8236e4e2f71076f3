#include <assert.h>
#include <math.h>
#include <string.h>

#include "trace/b64.h"
#include "trace/field.h"
#include "trace/secrets.h"
#include "trace/write.h"
#include "wire/ws.h"

#define BYTES_MAX (4u * LIMIT_TRACE_LINE)

void write_scratch_init(struct write_scratch *s, struct mask *mask,
			enum source source)
{
	s->labels_sure = field_labels_sure(source);
	s->mask = mask;
	buf_init(&s->masked, BYTES_MAX);
	buf_init(&s->b64, BYTES_MAX);
}

void write_scratch_free(struct write_scratch *s)
{
	buf_free(&s->masked);
	buf_free(&s->b64);
}

json_t *write_seconds(int64_t us)
{
	return us % 1000000 ? json_real((double)us / 1e6) :
	       json_integer(us / 1000000);
}

/* text with its secrets hidden; valid until the next call */
static struct span hidden(struct write_scratch *s, struct span text)
{
	if (!s->mask || span_empty(text))
		return text;
	buf_clear(&s->masked);
	mask_bytes(s->mask, text, &s->masked);
	return s->masked.full ? S("") : buf_span(&s->masked);
}

/* Labels and identities that are no UTF-8 (a peer sent them): "\xff" stands
 * for the byte, so that two of them stay two. */
static json_t *text_json(struct write_scratch *s, struct span text)
{
	struct span safe = hidden(s, text);
	json_t *j = json_stringn(safe.p ? safe.p : "", safe.n);

	if (j && span_chr(safe, '\0') < 0)
		return j;
	json_decref(j);
	buf_clear(&s->b64);
	for (size_t i = 0; i < safe.n; i++) {
		unsigned char c = (unsigned char)safe.p[i];

		if (c >= 0x20 && c < 0x7f && c != '\\')
			buf_addc(&s->b64, (char)c);
		else
			buf_addf(&s->b64, "\\x%02x", c);
	}
	return json_stringn(s->b64.n ? s->b64.p : "", s->b64.n);
}

static void put_text(struct write_scratch *s, json_t *o, const char *key,
		     struct span text)
{
	if (!span_absent(text))
		json_object_set_new(o, key, text_json(s, text));
}

static void put_token(struct write_scratch *s, json_t *o, const char *key,
		      struct span token)
{
	char name[17];

	put_text(s, o, key, s->mask ? mask_name(s->mask, token, name) : token);
}

static void put_impu(struct write_scratch *s, json_t *o, const char *key,
		     const struct impu_list *l)
{
	if (l->n == 1) {
		put_text(s, o, key, l->at[0]);
	} else if (l->n) {
		json_t *list = json_array();

		for (unsigned i = 0; i < l->n; i++)
			json_array_append_new(list, text_json(s, l->at[i]));
		json_object_set_new(o, key, list);
	}
}

/* Where the reader would judge wholeness differently, it is said. */
static void put_whole(json_t *o, const char *key, const struct ev *e)
{
	int64_t us = e->ends_us != UNSAID_T ? e->ends_us : e->valid_us;
	bool looks = us != UNSAID_T && us % 1000000 == 0;

	if (looks != e->ends_whole)
		json_object_set_new(o, key, json_boolean(e->ends_whole));
}

static bool is_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && c != '\r' && c != '\n' && c != '\t') ||
		    c == 0x7f)
			return false;
	}
	return true;
}

static void put_bytes(struct write_scratch *s, json_t *o, struct span bytes)
{
	if (span_absent(bytes))
		return;
	struct span safe = hidden(s, bytes);
	json_t *j = is_text(safe) ? json_stringn(safe.p, safe.n) : NULL;

	if (j) {
		json_object_set_new(o, "bytes", j);
		return;
	}
	buf_clear(&s->b64);
	b64_write(safe, &s->b64);
	json_object_set_new(o, "b64", json_stringn(s->b64.p, s->b64.n));
}

static void put_op(json_t *o, const struct field *f, const struct ev *e)
{
	if (e->step != STEP_FRAME && !e->ws_op)
		return;
	const char *name = e->ws_op < f->names->n ? f->names->at[e->ws_op] :
			   NULL;

	json_object_set_new(o, f->key, name ? json_string(name) :
			    json_integer((json_int_t)(e->ws_op & 15)));
}

static void put_defects(json_t *o, const char *key, unsigned bits)
{
	char text[64];
	json_t *list;

	if (!bits)
		return;
	list = json_array();
	for (unsigned bit = 1; bit < 1u << WS_DEFECTS; bit <<= 1)
		if (bits & bit)
			json_array_append_new(list, json_string(
				ws_defects_text(bit, text, sizeof text)));
	json_object_set_new(o, key, list);
}

static void put_halves(struct write_scratch *s, json_t *o, struct span text)
{
	struct span rest = text;

	if (span_absent(text))
		return;
	put_text(s, o, "local", span_split(&rest, ' '));
	put_text(s, o, "remote", rest);
}

static void put_name(json_t *o, const struct field *f, unsigned i)
{
	if (i < f->names->n && f->names->at[i])
		json_object_set_new(o, f->key, json_string(f->names->at[i]));
}

static void put_secret(struct write_scratch *s, json_t *o,
		       const struct field *f, const struct sip_secrets *sec)
{
	if (!sec)
		return;
	const void *at = (const char *)sec + f->offset;
	json_t *claims;

	if (f->names) {
		put_name(o, f, *(const enum proof *)at);
	} else if (at == &sec->token) {
		if (sec->has_token)
			put_token(s, o, f->key, span_absent(sec->token) ?
				  S("") : sec->token);
	} else if (at == &sec->claims) {
		claims = secrets_claims(&sec->claims);
		if (claims)
			json_object_set_new(o, f->key, claims);
	} else if (sec->token_elsewhere) {
		json_object_set_new(o, f->key, json_true());
	}
}

/* `on` is written where it is not what the kind implies. */
static bool implied(const struct field *f, const struct ev *e)
{
	return f->offset == offsetof(struct ev, on) &&
	       e->on == field_implied_point(e->kind);
}

static void put_number(json_t *o, const char *key, int64_t x, int64_t unsaid)
{
	if (x != unsaid)
		json_object_set_new(o, key, json_integer(x));
}

static void put_field(struct write_scratch *s, json_t *o, const struct field *f,
		      const struct ev *e)
{
	const void *at = (const char *)e + f->offset;

	switch (f->type) {
	case FIELD_TEXT: put_text(s, o, f->key, *(const struct span *)at); break;
	case FIELD_TOKEN: put_token(s, o, f->key, *(const struct span *)at);
		break;
	case FIELD_USER:
		if (e->anonymous)
			json_object_set_new(o, f->key, json_null());
		else
			put_text(s, o, f->key, e->user);
		break;
	case FIELD_IMPU: put_impu(s, o, f->key, at); break;
	case FIELD_TIME:
		if (*(const int64_t *)at != UNSAID_T)
			json_object_set_new(o, f->key, write_seconds(
				*(const int64_t *)at));
		break;
	case FIELD_EXPIRES:
		put_number(o, f->key, *(const int64_t *)at, UNSAID);
		break;
	case FIELD_STATUS:
	case FIELD_CODE:
		put_number(o, f->key, *(const int *)at, UNSAID);
		break;
	case FIELD_NAME:
		if (!implied(f, e))
			put_name(o, f, *(const unsigned *)at);
		break;
	case FIELD_BOOL:
		if (*(const bool *)at)
			json_object_set_new(o, f->key, json_true());
		break;
	case FIELD_COUNT: put_number(o, f->key, *(const unsigned *)at, 0); break;
	case FIELD_OP: put_op(o, f, e); break;
	case FIELD_DEFECTS: put_defects(o, f->key, e->ws_defects); break;
	case FIELD_BYTES: put_bytes(s, o, e->bytes); break;
	case FIELD_LOCAL: put_halves(s, o, e->text); break;
	case FIELD_SURE:
		if (!span_absent(e->wic) && e->wic_sure != s->labels_sure)
			json_object_set_new(o, f->key,
					    json_boolean(e->wic_sure));
		break;
	case FIELD_WHOLE: put_whole(o, f->key, e); break;
	case FIELD_SECRET: put_secret(s, o, f, e->secrets); break;
	case FIELD_B64:         /* with FIELD_BYTES */
	case FIELD_REMOTE:      /* with FIELD_LOCAL */
		break;
	}
}

json_t *write_event(struct write_scratch *s, const struct ev *e)
{
	json_t *o = json_object();

	json_object_set_new(o, "t", write_seconds(e->t_us));
	json_object_set_new(o, "ev", json_string(ev_kind_name(e->kind)));
	for (const struct field *f = field_table(e->kind); f->key; f++)
		put_field(s, o, f, e);
	return o;
}
