/* Text to a libyaml document: YAML by its own parser, JSON by jansson. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "profile/yaml.h"

#define JSON_DEPTH_MAX 32       /* a profile is six levels deep */

/* The line of a byte offset; libyaml's reader knows no lines yet. */
static size_t line_at(struct span text, size_t offset)
{
	size_t line = 1;

	for (size_t i = 0; i < offset && i < text.n; i++)
		line += text.p[i] == '\n';
	return line;
}

static int not_yaml(struct yaml_file *f, const yaml_parser_t *y,
		    struct span text)
{
	size_t line = y->problem_mark.line + 1;
	const char *why = y->problem ? y->problem : "cannot be read";

	if (y->error == YAML_READER_ERROR)
		line = line_at(text, y->problem_offset);
	return err_set(f->err, EXIT_USAGE, "%s:%zu: not YAML: %s", f->name,
		       line, why);
}

/* A second document would be dropped in silence: refuse it. */
static int only_one(struct yaml_file *f, yaml_parser_t *y, struct span text)
{
	yaml_document_t more;

	if (!yaml_parser_load(y, &more))
		return not_yaml(f, y, text);
	yaml_node_t *root = yaml_document_get_root_node(&more);
	int rc = root ? yaml_bad(f, root, "a second document begins here; "
				 "a profile is one") : 0;

	yaml_document_delete(&more);
	return rc;
}

int yaml_parse(struct yaml_file *f, struct span text)
{
	yaml_parser_t y;
	int rc = 0;

	f->lines = true;
	if (!yaml_parser_initialize(&y))
		die("libyaml: out of memory");
	yaml_parser_set_input_string(&y, (const unsigned char *)text.p, text.n);
	if (!yaml_parser_load(&y, &f->doc)) {
		rc = not_yaml(f, &y, text);
	} else if (yaml_document_get_root_node(&f->doc)) {
		rc = only_one(f, &y, text);
		if (rc)
			yaml_done(f);
	}
	yaml_parser_delete(&y);
	return rc;
}

void yaml_done(struct yaml_file *f)
{
	yaml_document_delete(&f->doc);
}

static int add_scalar(struct yaml_file *f, const char *p, size_t n, bool quoted)
{
	return yaml_document_add_scalar(
		&f->doc, NULL, (const unsigned char *)p, (int)n,
		quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE :
			 YAML_PLAIN_SCALAR_STYLE);
}

static int add(struct yaml_file *f, const json_t *j, unsigned depth);

static int add_object(struct yaml_file *f, json_t *j, unsigned depth)
{
	int map = yaml_document_add_mapping(&f->doc, NULL,
					    YAML_FLOW_MAPPING_STYLE);
	const char *name;
	json_t *value;

	json_object_foreach(j, name, value) {
		int k = add_scalar(f, name, strlen(name), true);
		int v = add(f, value, depth + 1);

		if (!k || !v || !yaml_document_append_mapping_pair(&f->doc, map,
								  k, v))
			return 0;
	}
	return map;
}

static int add_array(struct yaml_file *f, const json_t *j, unsigned depth)
{
	int list = yaml_document_add_sequence(&f->doc, NULL,
					      YAML_FLOW_SEQUENCE_STYLE);
	size_t i;
	json_t *value;

	json_array_foreach(j, i, value) {
		int v = add(f, value, depth + 1);

		if (!v || !yaml_document_append_sequence_item(&f->doc, list, v))
			return 0;
	}
	return list;
}

static int add_real(struct yaml_file *f, double x)
{
	char text[40];
	int n = snprintf(text, sizeof text, "%.17g", x);

	return add_scalar(f, text, (size_t)n, false);
}

static int add_integer(struct yaml_file *f, json_int_t x)
{
	char text[40];
	int n = snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, x);

	return add_scalar(f, text, (size_t)n, false);
}

/* Node number of j in f->doc; 0: too deep, or libyaml refused. */
static int add(struct yaml_file *f, const json_t *j, unsigned depth)
{
	if (depth > JSON_DEPTH_MAX)
		return 0;
	switch (json_typeof(j)) {
	case JSON_OBJECT: return add_object(f, (json_t *)(uintptr_t)j, depth);
	case JSON_ARRAY: return add_array(f, j, depth);
	case JSON_STRING:
		return add_scalar(f, json_string_value(j),
				  json_string_length(j), true);
	case JSON_INTEGER: return add_integer(f, json_integer_value(j));
	case JSON_REAL: return add_real(f, json_real_value(j));
	case JSON_TRUE: return add_scalar(f, "true", 4, false);
	case JSON_FALSE: return add_scalar(f, "false", 5, false);
	case JSON_NULL: return add_scalar(f, "null", 4, false);
	}
	return 0;
}

int yaml_parse_json(struct yaml_file *f, struct span json)
{
	json_error_t why;
	json_t *j = json_loadb(json.p ? json.p : "", json.n,
			       JSON_REJECT_DUPLICATES, &why);

	f->lines = false;
	f->env = false;
	if (!j)
		return err_set(f->err, EXIT_USAGE, "%s: not JSON: %s", f->name,
			       why.text);
	if (!yaml_document_initialize(&f->doc, NULL, NULL, NULL, 1, 1))
		die("libyaml: out of memory");
	int rc = add(f, j, 0) ? 0 : err_set(f->err, EXIT_USAGE,
					    "%s: nested too deeply", f->name);

	if (rc)
		yaml_done(f);
	json_decref(j);
	return rc;
}
