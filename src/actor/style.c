#include "actor/style.h"

#include <ctype.h>
#include <stdlib.h>

#include "actor/head.h"

static const struct { struct span name, compact; } compact_forms[] = {
	{ SPAN_INIT("Via"), SPAN_INIT("v") }, { SPAN_INIT("From"), SPAN_INIT("f") },
	{ SPAN_INIT("To"), SPAN_INIT("t") }, { SPAN_INIT("Call-ID"), SPAN_INIT("i") },
	{ SPAN_INIT("Contact"), SPAN_INIT("m") }, { SPAN_INIT("Supported"), SPAN_INIT("k") },
	{ SPAN_INIT("Content-Length"), SPAN_INIT("l") },
	{ SPAN_INIT("Content-Type"), SPAN_INIT("c") },
};

static bool on(const struct style *s, enum variant v)
{
	return variant_in(s->variants, v);
}

static void put_name(const struct style *s, struct buf *out, struct span name)
{
	if (on(s, VARIANT_COMPACT_FORMS))
		for (unsigned i = 0; i < sizeof(compact_forms) / sizeof(compact_forms[0]); i++)
			if (span_ieq(name, compact_forms[i].name))
				name = compact_forms[i].compact;
	for (size_t i = 0; i < name.n; i++)
		buf_addc(out, on(s, VARIANT_HEADER_CASE) ?
			 (char)toupper((unsigned char)name.p[i]) : name.p[i]);
	buf_add(out, on(s, VARIANT_WHITESPACE) ? S(" \t:\t ") : S(": "));
}

/* Folds after commas and semicolons outside quotes and <>. */
static void put_folded(struct buf *out, struct span value)
{
	bool quoted = false, inside = false;

	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		buf_addc(out, c);
		if (c == '"' && (i == 0 || value.p[i - 1] != '\\'))
			quoted = !quoted;
		if (!quoted && (c == '<' || c == '>'))
			inside = c == '<';
		if (!quoted && !inside && (c == ',' || c == ';') && i + 1 < value.n)
			buf_add(out, S("\r\n\t"));
	}
}

static void put_line(const struct style *s, struct buf *out, const struct head_line *l)
{
	bool folds = head_is(l, S("Authorization")) || head_is(l, S("WWW-Authenticate")) ||
		     head_is(l, S("Supported"));

	put_name(s, out, l->name);
	if (on(s, VARIANT_FOLDING) && (folds || head_is(l, S("Contact"))))
		put_folded(out, l->value);
	else
		buf_add(out, l->value);
	if (on(s, VARIANT_EXTRA_PARAMETERS) && head_is(l, S("From")) &&
	    span_find(l->value, S(";x-extra")) < 0)
		buf_add(out, S(";x-extra=\"a, b\""));
	buf_add(out, S("\r\n"));
}

/* All lines of one name together, in their order; the names backwards. */
static void put_backwards(const struct style *s, struct buf *out, const struct head *h)
{
	for (unsigned i = h->n; i-- > 0;) {
		unsigned first = 0;

		while (!span_ieq(h->line[first].name, h->line[i].name))
			first++;
		if (first != i)
			continue;
		for (unsigned j = first; j < h->n; j++)
			if (span_ieq(h->line[j].name, h->line[i].name))
				put_line(s, out, &h->line[j]);
	}
}

static void restyle(const struct style *s, struct span message, struct buf *out)
{
	struct head *h = must_alloc(sizeof(*h));
	struct style st = *s;
	struct variant_set variants = *s->variants;

	if (!head_read(h, message)) {
		buf_add(out, message);
		free(h);
		return;
	}
	/* A response copies From; only who asks may add to it. */
	if (span_starts(h->start, S("SIP/2.0")))
		variants.bits &= ~(UINT64_C(1) << VARIANT_EXTRA_PARAMETERS);
	st.variants = &variants;
	head_put_line(out, h->start);
	if (on(&st, VARIANT_EXTRA_PARAMETERS))
		head_put_line(out, S("X-Extra: nothing;of=\"interest\""));
	if (on(&st, VARIANT_HEADER_ORDER))
		put_backwards(&st, out, h);
	else
		for (unsigned i = 0; i < h->n; i++)
			put_line(&st, out, &h->line[i]);
	head_put_line(out, S(""));
	buf_add(out, h->body);
	free(h);
}

#define RESTYLES (UINT64_C(1) << VARIANT_COMPACT_FORMS | UINT64_C(1) << VARIANT_HEADER_ORDER | \
		  UINT64_C(1) << VARIANT_HEADER_CASE | UINT64_C(1) << VARIANT_FOLDING | \
		  UINT64_C(1) << VARIANT_WHITESPACE | UINT64_C(1) << VARIANT_EXTRA_PARAMETERS)

void style_apply(const struct style *s, struct span message, struct buf *out)
{
	struct buf edited;

	buf_init(&edited, 2 * LIMIT_SIP_BYTES);
	if (s->edit && s->edit(message, &edited, s->edit_arg)) {
		message = buf_span(&edited);
		if (span_empty(message)) {
			buf_free(&edited);
			return;
		}
	}
	if (s->variants->bits & RESTYLES)
		restyle(s, message, out);
	else
		buf_add(out, message);
	buf_free(&edited);
}
