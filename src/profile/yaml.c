#include "profile/yaml.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define SCALAR_BYTES_MAX (64u * 1024)   /* one text of a profile */
#define KEYS_MAX 64                     /* keys of one table */

int yaml_bad(struct yaml_file *f, const yaml_node_t *n, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n && f->lines)
		return err_set(f->err, EXIT_USAGE, "%s:%zu: %s", f->name,
			       n->start_mark.line + 1, text);
	return err_set(f->err, EXIT_USAGE, "%s: %s", f->name, text);
}

static bool is_plain(const yaml_node_t *n)
{
	return n->type == YAML_SCALAR_NODE &&
	       n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static struct span raw(const yaml_node_t *n)
{
	return (struct span){ (const char *)n->data.scalar.value,
			      n->data.scalar.length };
}

bool yaml_is_null(const yaml_node_t *n)
{
	struct span s = n->type == YAML_SCALAR_NODE ? raw(n) : SPAN_NONE;

	return is_plain(n) && (s.n == 0 || span_eq(s, S("~")) ||
			       span_ieq(s, S("null")));
}

static const char *kind(const yaml_node_t *n)
{
	switch (n->type) {
	case YAML_SEQUENCE_NODE: return "a list";
	case YAML_MAPPING_NODE: return "a mapping";
	case YAML_SCALAR_NODE: return yaml_is_null(n) ? "nothing" : NULL;
	case YAML_NO_NODE: break;
	}
	return "nothing";
}

int yaml_wrong(struct yaml_file *f, const yaml_node_t *n, const char *what)
{
	const char *is = kind(n);

	if (is)
		return yaml_bad(f, n, "expected %s, found %s", what, is);
	struct span s = span_sub(raw(n), 0, 60);

	return yaml_bad(f, n, "expected %s, found \"%.*s\"", what, SPAN(s));
}

/* ---- scalars ---- */

static size_t name_length(struct span s)
{
	size_t i = 0;

	while (i < s.n && (s.p[i] == '_' || isalpha((unsigned char)s.p[i]) ||
			   (i && isdigit((unsigned char)s.p[i]))))
		i++;
	return i;
}

/* Fills in every ${NAME}; *any says whether there was one. */
static int expand(struct yaml_file *f, yaml_node_t *n, struct span s,
		  struct buf *out, bool *any)
{
	long at;

	while ((at = span_find(s, S("${"))) >= 0) {
		struct span rest = span_from(s, (size_t)at + 2);
		size_t len = name_length(rest);
		char name[128];

		if (len == 0 || len >= sizeof name || len >= rest.n ||
		    rest.p[len] != '}')
			return yaml_bad(f, n, "\"${\" is not followed by the "
					"name of a variable and \"}\"");
		span_copy(name, sizeof name, span_sub(rest, 0, len));
		const char *value = getenv(name);

		if (!value)
			return yaml_bad(f, n, "${%s} is not set in the "
					"environment", name);
		buf_add(out, span_sub(s, 0, (size_t)at));
		buf_add(out, span_str(value));
		s = span_from(rest, len + 1);
		*any = true;
	}
	buf_add(out, s);
	if (out->full)
		return yaml_bad(f, n, "text over %u bytes", SCALAR_BYTES_MAX);
	return 0;
}

int yaml_scalar(struct yaml_file *f, yaml_node_t *n, struct span *out,
		bool *plain)
{
	struct buf text;
	bool any = false;

	assert(f->profile);
	if (n->type != YAML_SCALAR_NODE || yaml_is_null(n))
		return yaml_wrong(f, n, "a value");
	if (span_chr(raw(n), '\0') >= 0)
		return yaml_bad(f, n, "a NUL inside a text");
	if (raw(n).n > SCALAR_BYTES_MAX)
		return yaml_bad(f, n, "text over %u bytes", SCALAR_BYTES_MAX);
	if (f->profile->memory->total > MEMORY_BYTES_MAX)
		return yaml_bad(f, n, "the profile is over %u bytes",
				MEMORY_BYTES_MAX);
	buf_init(&text, SCALAR_BYTES_MAX);
	int rc = 0;

	if (f->env)
		rc = expand(f, n, raw(n), &text, &any);
	else
		buf_add(&text, raw(n));
	if (rc == 0) {
		*out = (struct span){
			memory_text(f->profile->memory, buf_span(&text)),
			text.n };
		/* "${LIFE}" has to be quoted inside { }, and is a number yet */
		*plain = is_plain(n) || any;
	}
	buf_free(&text);
	return rc;
}

static bool number(struct span s, double *out)
{
	char *end;

	if (s.n == 0 || s.n > 40)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!isdigit((unsigned char)s.p[i]) && !strchr("+-.eE", s.p[i]))
			return false;
	*out = strtod(s.p, &end);
	return end == s.p + s.n && *out < 1e300 && *out > -1e300;
}

int yaml_text_of(struct yaml_file *f, yaml_node_t *n, const char **out)
{
	struct span s;
	bool plain;
	double ignored;

	if (n->type != YAML_SCALAR_NODE || yaml_is_null(n))
		return yaml_wrong(f, n, "text");
	int rc = yaml_scalar(f, n, &s, &plain);

	if (rc)
		return rc;
	if (is_plain(n) && (number(s, &ignored) || span_ieq(s, S("true")) ||
			    span_ieq(s, S("false"))))
		return yaml_wrong(f, n, "text");
	if (s.n == 0)
		return yaml_bad(f, n, "expected text, found an empty one");
	*out = s.p;
	return 0;
}

int yaml_number_of(struct yaml_file *f, yaml_node_t *n, double *out)
{
	struct span s;
	bool plain;

	if (n->type != YAML_SCALAR_NODE || yaml_is_null(n))
		return yaml_wrong(f, n, "a number");
	int rc = yaml_scalar(f, n, &s, &plain);

	if (rc)
		return rc;
	return plain && number(s, out) ? 0 : yaml_wrong(f, n, "a number");
}

/* ---- lists and mappings ---- */

int yaml_items(struct yaml_file *f, yaml_node_t *n, const char *what,
	       unsigned *count)
{
	*count = 0;
	if (yaml_is_null(n))
		return 0;
	if (n->type != YAML_SEQUENCE_NODE)
		return yaml_wrong(f, n, what);
	*count = (unsigned)(n->data.sequence.items.top -
			    n->data.sequence.items.start);
	return 0;
}

yaml_node_t *yaml_item(struct yaml_file *f, yaml_node_t *n, unsigned i)
{
	assert(n->data.sequence.items.start + i < n->data.sequence.items.top);
	yaml_node_t *item = yaml_document_get_node(
		&f->doc, n->data.sequence.items.start[i]);

	assert(item);
	return item;
}

static int unknown(struct yaml_file *f, yaml_node_t *n,
		   const struct yaml_key *keys)
{
	const char *at[KEYS_MAX];
	unsigned count = 0;
	char hint[128];
	struct span word = span_sub(raw(n), 0, 60);

	for (; keys[count].name; count++) {
		assert(count < KEYS_MAX);
		at[count] = keys[count].name;
	}
	return yaml_bad(f, n, "unknown key \"%.*s\"%s", SPAN(word),
			names_hint((struct names){ at, count }, raw(n), hint,
				   sizeof hint));
}

static int one_key(struct yaml_file *f, yaml_node_pair_t *pair,
		   const struct yaml_key *keys, size_t *seen, void *object)
{
	yaml_node_t *name = yaml_document_get_node(&f->doc, pair->key);
	yaml_node_t *value = yaml_document_get_node(&f->doc, pair->value);
	unsigned i = 0;

	assert(name && value);
	if (name->type != YAML_SCALAR_NODE)
		return yaml_wrong(f, name, "a key");
	while (keys[i].name && !span_eq(raw(name), span_str(keys[i].name)))
		i++;
	if (!keys[i].name)
		return unknown(f, name, keys);
	if (seen[i])
		return yaml_bad(f, name, "key \"%s\" stands twice, first in "
				"line %zu", keys[i].name, seen[i]);
	seen[i] = name->start_mark.line + 1;
	return keys[i].set(f, value, object, &keys[i]);
}

int yaml_map(struct yaml_file *f, yaml_node_t *n, const struct yaml_key *keys,
	     void *object)
{
	size_t seen[KEYS_MAX] = { 0 };

	if (yaml_is_null(n))
		return 0;
	if (n->type != YAML_MAPPING_NODE)
		return yaml_wrong(f, n, "a mapping (key: value)");
	for (yaml_node_pair_t *p = n->data.mapping.pairs.start;
	     p < n->data.mapping.pairs.top; p++) {
		int rc = one_key(f, p, keys, seen, object);

		if (rc)
			return rc;
	}
	return 0;
}
