/* token: and w1: of ixit.yaml, what WAF and WWSF speak. */
#include "profile/schema.h"

static const char *const kinds[] = { NULL, "jwt", "opaque", "command" };

const struct names schema_token_kinds = NAMES_INIT(kinds);

#define TOKEN(member) offsetof(struct token_ixit, member)

static const struct yaml_key claims[] = {
	{ "impi", yaml_set_text, TOKEN(claim_impi), NULL },
	{ "impu", yaml_set_text, TOKEN(claim_impu), NULL },
	{ "wwsf", yaml_set_text, TOKEN(claim_wwsf), NULL },
	{ "waf", yaml_set_text, TOKEN(claim_waf), NULL },
	{ 0 }
};

static YAML_SET(set_spelling)
{
	static const char *const spellings[] = { "access_token", "bare" };
	static const struct names names = NAMES_INIT(spellings);
	const struct yaml_key word = { k->name, yaml_set_enum, 0, &names };
	unsigned i = 0;
	int rc = yaml_set_enum(f, n, &i, &word);

	if (rc == 0)
		((struct token_ixit *)object)->bare = i == 1;
	return rc;
}

const struct yaml_key schema_token[] = {
	{ "kind", yaml_set_enum, TOKEN(kind), &schema_token_kinds },
	{ "alg", yaml_set_text, TOKEN(alg), NULL },
	{ "key_file", yaml_set_path, TOKEN(key_file), NULL },
	{ "issuer", yaml_set_text, TOKEN(issuer), NULL },
	{ "audience", yaml_set_text, TOKEN(audience), NULL },
	{ "scope", yaml_set_text, TOKEN(scope), NULL },
	{ "claims", yaml_set_object, 0, claims },
	{ "spelling", set_spelling, 0, NULL },
	{ "command", yaml_set_argv, TOKEN(command), NULL },
	{ 0 }
};

/* ---- w1 ---- */

static int statuses(struct yaml_file *f, yaml_node_t *n, int out[8],
		    unsigned *count)
{
	int rc = yaml_items(f, n, "a list of HTTP statuses", count);

	if (rc == 0 && *count > 8)
		return yaml_bad(f, n, "over 8 statuses");
	for (unsigned i = 0; rc == 0 && i < *count; i++) {
		yaml_node_t *item = yaml_item(f, n, i);
		double x = 0;

		rc = yaml_number_of(f, item, &x);
		if (rc == 0 && !(x >= 100 && x <= 599 && x == (double)(int)x))
			rc = yaml_bad(f, item, "not an HTTP status");
		out[i] = (int)x;
	}
	return rc;
}

static YAML_SET(set_ok)
{
	struct w1_call *c = object;

	(void)k;
	return statuses(f, n, c->ok, &c->n_ok);
}

static YAML_SET(set_refused)
{
	struct w1_call *c = object;

	(void)k;
	return statuses(f, n, c->refused, &c->n_refused);
}

#define CALL(member) offsetof(struct w1_call, member)

static const struct yaml_key call[] = {
	{ "method", yaml_set_text, CALL(method), NULL },
	{ "path", yaml_set_text, CALL(path), NULL },
	{ "type", yaml_set_text, CALL(type), NULL },
	{ "body", yaml_set_loose, CALL(body), NULL },
	{ "ok", set_ok, 0, NULL },
	{ "refused", set_refused, 0, NULL },
	{ 0 }
};

static YAML_SET(set_call)
{
	struct w1_call *c = (void *)((char *)object + k->offset);

	*c = (struct w1_call){ .present = true, .method = "POST",
			       .n_ok = 1, .ok = { 200 } };
	return yaml_map(f, n, call, c);
}

#define W1(member) offsetof(struct w1_speech, member)

static const struct yaml_key answer[] = {
	{ "user", yaml_set_text, W1(user), NULL },
	{ "impi", yaml_set_text, W1(impi), NULL },
	{ "impu", yaml_set_text, W1(impu), NULL },
	{ "token", yaml_set_text, W1(token), NULL },
	{ "valid_s", yaml_set_text, W1(valid_s), NULL },
	{ 0 }
};

const struct yaml_key schema_w1[] = {
	{ "login", set_call, W1(login), NULL },
	{ "anonymous", set_call, W1(anonymous), NULL },
	{ "refresh", set_call, W1(refresh), NULL },
	{ "answer", yaml_set_object, 0, answer },
	{ "command", yaml_set_argv, W1(command), NULL },
	{ 0 }
};
