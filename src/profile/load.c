#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "profile/lookup.h"
#include "profile/schema.h"

#define FILE_BYTES_MAX (32u * 1024 * 1024)      /* one YAML file */
#define KEY_BYTES_MAX (64u * 1024)              /* one token key */

struct profile *profile_new(void)
{
	struct profile *p = must_alloc(sizeof *p);

	p->memory = memory_new();
	memory_reset_ixit(p);
	return p;
}

void profile_free(struct profile *p)
{
	if (!p)
		return;
	free(p->pairs);
	memory_free(p->memory);
	free(p);
}

static int read_file(struct buf *out, const char *file, size_t cap,
		     struct err *err)
{
	FILE *in = fopen(file, "re");
	char part[16 * 1024];
	size_t n;
	int rc = 0;

	buf_init(out, cap);
	if (!in)
		return err_set(err, EXIT_USAGE, "%s: cannot open: %s", file,
			       strerror(errno));
	while ((n = fread(part, 1, sizeof part, in)) > 0)
		if (!buf_add(out, (struct span){ part, n }))
			break;
	if (ferror(in))
		rc = err_set(err, EXIT_USAGE, "%s: cannot read: %s", file,
			     strerror(errno));
	else if (out->full)
		rc = err_set(err, EXIT_USAGE, "%s: over %zu bytes", file, cap);
	fclose(in);
	return rc;
}

static void defaults(struct profile *p)
{
	if (p->token_us == UNSAID_US)
		p->token_us = p->lifetime_us;
	if (p->max_registration_us == UNSAID_US)
		p->max_registration_us = p->lifetime_us;
}

static int walk_ixit(struct yaml_file *f, yaml_node_t *root)
{
	struct profile *p = f->profile;

	memory_reset_ixit(p);
	int rc = root ? yaml_map(f, root, schema_ixit, p) : 0;

	p->ixit_present = rc == 0;
	defaults(p);
	if (rc == 0)
		lookup_index(p);
	return rc;
}

static int walk_ics(struct yaml_file *f, yaml_node_t *root)
{
	struct profile *p = f->profile;

	memory_reset_ics(p);
	int rc = root ? yaml_map(f, root, schema_ics, &p->ics) : 0;

	p->ics.present = rc == 0;
	return rc;
}

int profile_ixit_text(struct profile *p, struct span text, const char *name,
		      struct err *err)
{
	struct yaml_file f = { .name = name, .env = true, .profile = p,
			       .err = err };
	int rc = yaml_parse(&f, text);

	if (rc)
		return rc;
	rc = walk_ixit(&f, yaml_document_get_root_node(&f.doc));
	yaml_done(&f);
	return rc;
}

int profile_ics_text(struct profile *p, struct span text, const char *name,
		     struct err *err)
{
	struct yaml_file f = { .name = name, .env = true, .profile = p,
			       .err = err };
	int rc = yaml_parse(&f, text);

	if (rc)
		return rc;
	rc = walk_ics(&f, yaml_document_get_root_node(&f.doc));
	yaml_done(&f);
	return rc;
}

int profile_load_ixit(struct profile *p, const char *file, struct err *err)
{
	struct buf text;
	int rc = read_file(&text, file, FILE_BYTES_MAX, err);

	if (rc == 0)
		rc = profile_ixit_text(p, buf_span(&text), file, err);
	buf_free(&text);
	return rc;
}

int profile_load_ics(struct profile *p, const char *file, struct err *err)
{
	struct buf text;
	int rc = read_file(&text, file, FILE_BYTES_MAX, err);

	if (rc == 0)
		rc = profile_ics_text(p, buf_span(&text), file, err);
	buf_free(&text);
	return rc;
}

static YAML_SET(set_ixit)
{
	(void)object;
	(void)k;
	return walk_ixit(f, n);
}

static YAML_SET(set_ics)
{
	(void)object;
	(void)k;
	return walk_ics(f, n);
}

int profile_from_json(struct profile *p, struct span json, struct err *err)
{
	static const struct yaml_key keys[] = {
		{ "ixit", set_ixit, 0, NULL },
		{ "ics", set_ics, 0, NULL },
		{ 0 }
	};
	struct yaml_file f = { .name = "profile", .profile = p, .err = err };
	int rc = yaml_parse_json(&f, json);

	if (rc)
		return rc;
	rc = yaml_map(&f, yaml_document_get_root_node(&f.doc), keys, p);
	yaml_done(&f);
	return rc;
}

/* A key kept as a line of text ends where the line ends. */
static struct span without_line_end(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 && s.p[i] != '\n' &&
		    s.p[i] != '\r' && s.p[i] != '\t')
			return s;
	if (span_ends(s, S("\n")))
		s.n--;
	if (span_ends(s, S("\r")))
		s.n--;
	return s;
}

int profile_token_key(struct profile *p, struct err *err)
{
	struct buf text;

	assert(p->memory);
	if (!p->token.key_file || p->memory->token_key_read)
		return 0;
	int rc = read_file(&text, p->token.key_file, KEY_BYTES_MAX, err);

	if (rc == 0 && text.n == 0)
		rc = err_set(err, EXIT_USAGE, "%s: an empty token key",
			     p->token.key_file);
	if (rc == 0) {
		struct span key = without_line_end(buf_span(&text));

		p->token.key = (struct span){
			memory_text(p->memory, key), key.n };
		p->memory->token_key_read = true;
	}
	buf_free(&text);
	return rc;
}
