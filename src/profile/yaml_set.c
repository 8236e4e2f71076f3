/* Setters: one node to one field of a struct. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "profile/yaml.h"

#define SECONDS_MAX 9e9         /* its microseconds are exact in a double */

static void *field(void *object, const struct yaml_key *k)
{
	return (char *)object + k->offset;
}

YAML_SET(yaml_set_text)
{
	return yaml_text_of(f, n, field(object, k));
}

YAML_SET(yaml_set_loose)
{
	struct span s;
	bool plain;

	if (n->type != YAML_SCALAR_NODE || yaml_is_null(n))
		return yaml_wrong(f, n, "text");
	int rc = yaml_scalar(f, n, &s, &plain);

	if (rc == 0)
		*(const char **)field(object, k) = s.p;
	return rc;
}

const char *yaml_relative(struct yaml_file *f, const char *path)
{
	const char *slash = strrchr(f->name, '/');

	if (path[0] == '/' || !slash)
		return path;
	size_t dir = (size_t)(slash - f->name) + 1, n = strlen(path);
	char *whole = memory_take(f->profile->memory, dir + n + 1);

	memcpy(whole, f->name, dir);
	memcpy(whole + dir, path, n);
	return whole;
}

YAML_SET(yaml_set_path)
{
	const char *path;
	int rc = yaml_text_of(f, n, &path);

	if (rc == 0)
		*(const char **)field(object, k) = yaml_relative(f, path);
	return rc;
}

static int read_bool(struct yaml_file *f, yaml_node_t *n, bool *out)
{
	static const struct span yes[] = {
		SPAN_INIT("true"), SPAN_INIT("yes"), SPAN_INIT("on") };
	static const struct span no[] = {
		SPAN_INIT("false"), SPAN_INIT("no"), SPAN_INIT("off") };
	struct span s;
	bool plain;

	if (n->type != YAML_SCALAR_NODE || yaml_is_null(n))
		return yaml_wrong(f, n, "true or false");
	int rc = yaml_scalar(f, n, &s, &plain);

	if (rc)
		return rc;
	for (unsigned i = 0; plain && i < 3; i++)
		if (span_ieq(s, yes[i]) || span_ieq(s, no[i])) {
			*out = span_ieq(s, yes[i]);
			return 0;
		}
	return yaml_wrong(f, n, "true or false");
}

YAML_SET(yaml_set_bool)
{
	return read_bool(f, n, field(object, k));
}

YAML_SET(yaml_set_claim)
{
	bool yes = false;
	int rc = read_bool(f, n, &yes);

	if (rc == 0)
		*(enum claim *)field(object, k) = yes ? CLAIM_YES : CLAIM_NO;
	return rc;
}

static int read_name(struct yaml_file *f, yaml_node_t *n, struct names t,
		     unsigned *out)
{
	char list[256], hint[128], what[300];
	struct span s;
	bool plain;

	snprintf(what, sizeof what, "one of %s",
		 names_list(t, list, sizeof list));
	if (n->type != YAML_SCALAR_NODE || yaml_is_null(n))
		return yaml_wrong(f, n, what);
	int rc = yaml_scalar(f, n, &s, &plain);

	if (rc)
		return rc;
	if (names_find(t, s, out))
		return 0;
	struct span shown = span_sub(s, 0, 60);

	return yaml_bad(f, n, "expected %s, found \"%.*s\"%s", what,
			SPAN(shown), names_hint(t, s, hint, sizeof hint));
}

YAML_SET(yaml_set_enum)
{
	const struct names *t = k->more;

	static_assert(sizeof(enum role) == sizeof(unsigned), "enums are int");
	return read_name(f, n, *t, field(object, k));
}

YAML_SET(yaml_set_bits)
{
	const struct names *t = k->more;
	unsigned count, bits = 0, i, one;
	int rc = yaml_items(f, n, "a list of names", &count);

	for (i = 0; rc == 0 && i < count; i++) {
		rc = read_name(f, yaml_item(f, n, i), *t, &one);
		if (rc == 0)
			bits |= 1u << one;
	}
	*(unsigned *)field(object, k) = bits;
	return rc;
}

static int read_time(struct yaml_file *f, yaml_node_t *n, double scale,
		     int64_t *out)
{
	double x = 0;
	int rc = yaml_number_of(f, n, &x);

	if (rc)
		return rc;
	if (x < 0)
		return yaml_bad(f, n, "a time may not be negative");
	if (x * scale > SECONDS_MAX * 1e6)
		return yaml_bad(f, n, "a time over %.0f seconds", SECONDS_MAX);
	*out = llround(x * scale);
	return 0;
}

YAML_SET(yaml_set_life_s)
{
	int64_t *us = field(object, k);
	int rc = read_time(f, n, 1e6, us);

	if (rc == 0 && *us == 0)
		return yaml_bad(f, n, "%s: a lifetime must be over 0", k->name);
	return rc;
}

YAML_SET(yaml_set_s)
{
	return read_time(f, n, 1e6, field(object, k));
}

YAML_SET(yaml_set_ms)
{
	return read_time(f, n, 1e3, field(object, k));
}

YAML_SET(yaml_set_argv)
{
	unsigned count;
	int rc = yaml_items(f, n, "a list: program and arguments", &count);

	if (rc)
		return rc;
	if (count == 0)
		return yaml_bad(f, n, "%s: an empty command", k->name);
	const char **argv = memory_take(f->profile->memory,
					(count + 1) * sizeof *argv);
	for (unsigned i = 0; i < count; i++) {
		struct span s;
		bool plain;

		rc = yaml_scalar(f, yaml_item(f, n, i), &s, &plain);
		if (rc)
			return rc;
		argv[i] = s.p;
	}
	if (!argv[0][0])
		return yaml_bad(f, n, "%s: an empty command", k->name);
	if (strchr(argv[0], '/'))       /* else it is looked up in PATH */
		argv[0] = yaml_relative(f, argv[0]);
	*(const char ***)field(object, k) = argv;
	return 0;
}

YAML_SET(yaml_set_object)
{
	return yaml_map(f, n, k->more, field(object, k));
}
