/* pools: pairs in the ixit itself, or in a file of their own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/schema.h"

#define PAIRS_MAX (2u * 1000 * 1000)    /* an alias may not multiply a list */
#define PAIR_LINE_MAX 4096u             /* bytes of one line of pairs_file */

struct pool_pair *schema_pair_new(struct profile *p, struct err *err)
{
	struct profile_memory *m = p->memory;

	if (p->n_pairs == PAIRS_MAX) {
		err_set(err, EXIT_USAGE, "over %u pool pairs", PAIRS_MAX);
		return NULL;
	}
	if (p->n_pairs == m->pairs_room) {
		m->pairs_room = m->pairs_room ? m->pairs_room * 2 : 16;
		p->pairs = must_grow(p->pairs,
				     m->pairs_room * sizeof *p->pairs);
	}
	struct pool_pair *pair = &p->pairs[p->n_pairs++];

	*pair = (struct pool_pair){ 0 };
	return pair;
}

static void set_impus_of(struct profile *p, struct pool_pair *pair,
			 const char *const *impu, unsigned n)
{
	pair->n_impu = n;
	pair->impu = memory_take(p->memory, n * sizeof *pair->impu);
	for (unsigned i = 0; i < n; i++)
		pair->impu[i] = impu[i];
}

static YAML_SET(set_pair_impu)
{
	const char *impu[LIMIT_IMPUS];
	unsigned count;
	int rc = schema_impus(f, n, impu, &count);

	(void)k;
	if (rc == 0)
		set_impus_of(f->profile, object, impu, count);
	return rc;
}

static const struct yaml_key pair_keys[] = {
	{ "impi", yaml_set_text, offsetof(struct pool_pair, impi), NULL },
	{ "impu", set_pair_impu, 0, NULL },
	{ 0 }
};

static unsigned pool_number(const struct profile *p, const struct pool *pool)
{
	return (unsigned)(pool - p->pools);
}

static YAML_SET(set_pairs)
{
	struct profile *p = f->profile;
	unsigned count;
	int rc = yaml_items(f, n, "a list of pairs", &count);

	(void)k;
	for (unsigned i = 0; rc == 0 && i < count; i++) {
		struct pool_pair *pair = schema_pair_new(p, f->err);

		if (!pair) {
			err_prefix(f->err, "%s", f->name);
			return -EXIT_USAGE;
		}
		pair->pool = pool_number(p, object);
		rc = yaml_map(f, yaml_item(f, n, i), pair_keys, pair);
	}
	return rc;
}

static YAML_SET(set_pairs_file)
{
	struct profile *p = f->profile;
	const char *path;
	int rc = yaml_text_of(f, n, &path);
	unsigned first = p->n_pairs;

	(void)k;
	if (rc == 0)
		rc = schema_pairs_file(p, yaml_relative(f, path), f->err);
	for (unsigned i = first; i < p->n_pairs; i++)
		p->pairs[i].pool = pool_number(p, object);
	return rc;
}

const struct yaml_key schema_pool[] = {
	{ "wwsf", yaml_set_loose, offsetof(struct pool, wwsf), NULL },
	{ "pairs", set_pairs, 0, NULL },
	{ "pairs_file", set_pairs_file, 0, NULL },
	{ 0 }
};

/* ---- pairs_file ---- */

/* An IMPU is a sip, sips or tel URI; this is what catches swapped columns. */
static bool is_impu(struct span s)
{
	return span_istarts(s, S("sip:")) || span_istarts(s, S("sips:")) ||
	       span_istarts(s, S("tel:"));
}

static bool has_blank(struct span s)
{
	return span_chr(s, ' ') >= 0 || span_chr(s, '\t') >= 0 ||
	       span_chr(s, '\0') >= 0;
}

/* impi,impu[,impu...]: a comma inside a URI does not begin a new one. What is
 * wrong, or NULL. */
static const char *read_pair(struct profile *p, struct span line,
			     struct pool_pair *pair)
{
	const char *impu[LIMIT_IMPUS];
	unsigned n = 0;
	struct span rest = line, impi = span_trim(span_split(&rest, ','));

	if (span_absent(rest))
		return "no comma: expected impi,impu";
	if (impi.n == 0 || has_blank(impi) || is_impu(impi))
		return "the first column is not an IMPI";
	while (!span_absent(rest)) {
		struct span one = rest;
		long comma = -1;

		for (size_t i = 0; comma < 0 && i < one.n; i++)
			if (one.p[i] == ',' && is_impu(span_from(one, i + 1)))
				comma = (long)i;
		rest = comma < 0 ? SPAN_NONE : span_from(one, (size_t)comma + 1);
		one = span_trim(comma < 0 ? one :
				span_sub(one, 0, (size_t)comma));
		if (!is_impu(one) || has_blank(one))
			return "the second column is not a sip:, sips: or tel: "
			       "URI";
		if (n == LIMIT_IMPUS)
			return "too many IMPUs in one line";
		impu[n++] = memory_text(p->memory, one);
	}
	pair->impi = memory_text(p->memory, impi);
	set_impus_of(p, pair, impu, n);
	return NULL;
}

static int one_line(struct profile *p, struct span line, const char *file,
		    size_t number, struct err *err)
{
	struct pool_pair *pair;
	const char *why;

	line = span_trim(line);
	if (number == 1 && span_starts(line, S("\xef\xbb\xbf")))
		line = span_from(line, 3);
	if (line.n == 0 || line.p[0] == '#' ||
	    (number == 1 && span_ieq(line, S("impi,impu"))))
		return 0;
	pair = schema_pair_new(p, err);
	if (!pair)
		return -EXIT_USAGE;
	why = read_pair(p, line, pair);
	return why ? err_set(err, EXIT_USAGE, "%s:%zu: %s", file, number, why)
		   : 0;
}

int schema_pairs_file(struct profile *p, const char *file, struct err *err)
{
	char line[PAIR_LINE_MAX];
	FILE *in = fopen(file, "re");
	int rc = 0;

	if (!in)
		return err_set(err, EXIT_USAGE, "%s: cannot open: %s", file,
			       strerror(errno));
	for (size_t number = 1; rc == 0 && fgets(line, sizeof line, in);
	     number++) {
		size_t n = strlen(line);

		if (n + 1 == sizeof line && line[n - 1] != '\n')
			rc = err_set(err, EXIT_USAGE, "%s:%zu: line over %u "
				     "bytes", file, number, PAIR_LINE_MAX);
		else
			rc = one_line(p, (struct span){ line, n }, file, number,
				      err);
	}
	if (rc == 0 && ferror(in))
		rc = err_set(err, EXIT_USAGE, "%s: cannot read: %s", file,
			     strerror(errno));
	fclose(in);
	return rc;
}
