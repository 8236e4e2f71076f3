/* One key of an event: its type checked, its value put into struct ev. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "trace/b64.h"
#include "trace/read.h"
#include "trace/secrets.h"
#include "wire/ws.h"

#define EXPIRES_MAX_S 4294967295.0      /* RFC 3261: delta-seconds */

static int wrong(struct trace_reader *r, const struct field *f,
		 const char *what)
{
	return read_bad(r, "\"%s\" is not %s", f->key, what);
}

static int text(struct trace_reader *r, const struct field *f, json_t *value,
		struct span *out)
{
	if (!json_is_string(value))
		return wrong(r, f, "a text");
	*out = read_span(value);
	return 0;
}

static int user(struct trace_reader *r, struct ev *e, const struct field *f,
		json_t *value)
{
	e->anonymous = json_is_null(value);
	if (e->anonymous)
		return 0;
	return json_is_string(value) ? text(r, f, value, &e->user) :
	       wrong(r, f, "a text, or null for an anonymous user");
}

static int impus(struct trace_reader *r, struct ev *e, const struct field *f,
		 json_t *value)
{
	size_t n = json_array_size(value);

	e->impu.n = 0;
	if (json_is_string(value)) {
		e->impu.at[e->impu.n++] = read_span(value);
		return 0;
	}
	if (!json_is_array(value))
		return wrong(r, f, "a text or a list of texts");
	if (n > LIMIT_IMPUS)
		return read_bad(r, "\"%s\" has %zu entries; the limit is %u",
				f->key, n, LIMIT_IMPUS);
	for (size_t i = 0; i < n; i++) {
		json_t *one = json_array_get(value, i);

		if (!json_is_string(one))
			return wrong(r, f, "a text or a list of texts");
		e->impu.at[e->impu.n++] = read_span(one);
	}
	return 0;
}

static int seconds(struct trace_reader *r, struct ev *e, const struct field *f,
		   json_t *value)
{
	int64_t us;

	if (!read_time(value, &us))
		return wrong(r, f, "a number of seconds");
	if (f->offset == offsetof(struct ev, ends_us)) {
		e->ends_us = us;
		r->ends_whole = us % 1000000 == 0;
	} else {
		e->valid_us = us;
		r->valid_whole = us % 1000000 == 0;
	}
	return 0;
}

static int expires(struct trace_reader *r, const struct field *f,
		   const json_t *value, int64_t *out)
{
	double s = json_number_value(value);

	if (!read_is_whole(value) || !(s >= 0 && s <= EXPIRES_MAX_S))
		return wrong(r, f, "a whole number of seconds from 0 on");
	*out = (int64_t)s;
	return 0;
}

static int status(struct trace_reader *r, const struct field *f,
		  const json_t *value, int *out)
{
	double s = json_number_value(value);

	/* A close code is whatever the peer put into two bytes. */
	if (f->type == FIELD_CODE && (!read_is_whole(value) ||
				      !(s >= 0 && s <= 65535)))
		return wrong(r, f, "a status or close code up to 65535");
	if (f->type == FIELD_STATUS && (!read_is_whole(value) ||
					!(s >= 100 && s <= 699)))
		return wrong(r, f, "a status from 100 to 699");
	*out = (int)s;
	return 0;
}

static int name(struct trace_reader *r, const struct field *f, json_t *value,
		unsigned *out)
{
	char list[200], hint[128];
	struct span word;

	if (json_is_string(value) &&
	    names_find(*f->names, read_span(value), out))
		return 0;
	names_list(*f->names, list, sizeof list);
	if (!json_is_string(value))
		return read_bad(r, "\"%s\" is not one of %s", f->key, list);
	word = span_sub(read_span(value), 0, 60);
	return read_bad(r, "\"%s\" is \"%.*s\"%s, not one of %s", f->key,
			SPAN(word), names_hint(*f->names, read_span(value),
					       hint, sizeof hint), list);
}

static int truth(struct trace_reader *r, const struct field *f,
		 const json_t *value, bool *out)
{
	if (!json_is_boolean(value))
		return wrong(r, f, "true or false");
	*out = json_is_true(value);
	return 0;
}

static int count(struct trace_reader *r, const struct field *f,
		 const json_t *value, unsigned *out)
{
	double x = json_number_value(value);

	if (!read_is_whole(value) || !(x >= 0 && x <= (double)UINT32_MAX))
		return wrong(r, f, "a whole number from 0 on");
	*out = (unsigned)x;
	return 0;
}

static int opcode(struct trace_reader *r, struct ev *e, const struct field *f,
		  json_t *value)
{
	if (json_is_integer(value)) {
		json_int_t op = json_integer_value(value);

		if (op < 0 || op > 15)
			return wrong(r, f, "an opcode from 0 to 15");
		e->ws_op = (unsigned)op;
		return 0;
	}
	return name(r, f, value, &e->ws_op);
}

static int defects(struct trace_reader *r, struct ev *e, const struct field *f,
		   json_t *value)
{
	size_t i;
	json_t *one;

	if (!json_is_array(value))
		return wrong(r, f, "a list of names");
	json_array_foreach(value, i, one) {
		unsigned bit = 1, last = 1u << (WS_DEFECTS - 1);
		char text_of[64];

		while (bit <= last &&
		       !(json_is_string(one) &&
			 span_eq(read_span(one),
				 span_str(ws_defects_text(bit, text_of,
							  sizeof text_of)))))
			bit <<= 1;
		if (bit > last)
			return wrong(r, f, "a list of known defects");
		e->ws_defects |= bit;
	}
	return 0;
}

static int bytes(struct trace_reader *r, struct ev *e, const struct field *f,
		 json_t *value)
{
	if (r->has_bytes)
		return read_bad(r, "both \"bytes\" and \"b64\"");
	r->has_bytes = true;
	if (!json_is_string(value))
		return wrong(r, f, "a text");
	e->bytes = read_span(value);
	if (f->type == FIELD_BYTES)
		return 0;
	buf_clear(&r->bytes);
	if (!b64_read(read_span(value), &r->bytes))
		return wrong(r, f, "base64");
	if (r->bytes.n)
		e->bytes = buf_span(&r->bytes);
	return 0;
}

static int secret(struct trace_reader *r, const struct field *f, json_t *value)
{
	char why[128];

	if (!r->has_secrets)
		memset(&r->secrets, 0, sizeof r->secrets);
	r->has_secrets = true;
	const char *what = secrets_read(&r->secrets, f, value, why, sizeof why);

	return what ? wrong(r, f, what) : 0;
}

int read_field(struct trace_reader *r, struct ev *e, const struct field *f,
	       json_t *value)
{
	void *at = (char *)e + f->offset;

	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_TOKEN: return text(r, f, value, at);
	case FIELD_USER: return user(r, e, f, value);
	case FIELD_IMPU: return impus(r, e, f, value);
	case FIELD_TIME: return seconds(r, e, f, value);
	case FIELD_EXPIRES: return expires(r, f, value, at);
	case FIELD_STATUS:
	case FIELD_CODE: return status(r, f, value, at);
	case FIELD_NAME: return name(r, f, value, at);
	case FIELD_BOOL: return truth(r, f, value, at);
	case FIELD_COUNT: return count(r, f, value, at);
	case FIELD_OP: return opcode(r, e, f, value);
	case FIELD_DEFECTS: return defects(r, e, f, value);
	case FIELD_BYTES:
	case FIELD_B64: return bytes(r, e, f, value);
	case FIELD_LOCAL: return text(r, f, value, &r->local);
	case FIELD_REMOTE: return text(r, f, value, &r->remote);
	case FIELD_WHOLE:
		r->has_whole = true;
		return truth(r, f, value, at);
	case FIELD_SURE:
		r->has_sure = true;
		return truth(r, f, value, at);
	case FIELD_SECRET: return secret(r, f, value);
	}
	assert(false);
	return 0;
}
