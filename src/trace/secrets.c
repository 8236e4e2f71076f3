#include "trace/secrets.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const sigs[] = { "unknown", "good", "bad" };
static const struct names sig_names = NAMES_INIT(sigs);
static_assert(TOKEN_SIG_BAD == 2, "places in sigs");

#define TEXT(key, member) \
	{ key, offsetof(struct token_claims, member), \
	  sizeof ((struct token_claims *)0)->member }
static const struct {
	const char *key;
	size_t offset, cap;
} texts[] = {
	TEXT("impi", impi), TEXT("wwsf", wwsf), TEXT("waf", waf),
	TEXT("audience", audience), TEXT("scope", scope),
	TEXT("subject", subject),
};

static const struct {
	const char *key;
	size_t offset;
} times[] = {
	{ "exp", offsetof(struct token_claims, exp_s) },
	{ "nbf", offsetof(struct token_claims, nbf_s) },
	{ "iat", offsetof(struct token_claims, iat_s) },
};
#define COUNT(table) (sizeof(table) / sizeof *(table))

static struct span text_of(const json_t *j)
{
	return (struct span){ json_string_value(j), json_string_length(j) };
}

static bool copy_text(char *out, size_t cap, const json_t *value)
{
	if (!json_is_string(value) || json_string_length(value) >= cap)
		return false;
	span_copy(out, cap, text_of(value));
	return true;
}

static bool read_impus(struct token_claims *c, const json_t *value)
{
	size_t n = json_array_size(value);

	if (!json_is_array(value) || n > LIMIT_IMPUS)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!copy_text(c->impu[i], sizeof c->impu[i],
			       json_array_get(value, i)))
			return false;
	c->n_impu = (unsigned)n;
	return true;
}

static bool read_claim(struct token_claims *c, const char *key,
		       const json_t *value)
{
	unsigned sig;

	if (strcmp(key, "impu") == 0)
		return read_impus(c, value);
	if (strcmp(key, "sig") == 0) {
		if (!json_is_string(value) ||
		    !names_find(sig_names, text_of(value), &sig))
			return false;
		c->sig = (enum token_sig)sig;
		return true;
	}
	for (size_t i = 0; i < COUNT(times); i++)
		if (strcmp(key, times[i].key) == 0) {
			*(int64_t *)(void *)((char *)c + times[i].offset) =
				json_integer_value(value);
			return json_is_integer(value);
		}
	for (size_t i = 0; i < COUNT(texts); i++)
		if (strcmp(key, texts[i].key) == 0)
			return copy_text((char *)c + texts[i].offset,
					 texts[i].cap, value);
	return false;
}

static const char *read_claims(struct token_claims *c, json_t *value,
			       char *why, size_t cap)
{
	const char *key;
	json_t *one;

	if (!json_is_object(value))
		return "an object";
	*c = (struct token_claims){ .jwt = true, .exp_s = -1, .nbf_s = -1,
				    .iat_s = -1 };
	json_object_foreach(value, key, one)
		if (!read_claim(c, key, one)) {
			snprintf(why, cap, "a known claim with its type at "
				 "\"%.40s\"", key);
			return why;
		}
	return NULL;
}

const char *secrets_read(struct sip_secrets *s, const struct field *f,
			 json_t *value, char *why, size_t cap)
{
	void *at = (char *)s + f->offset;
	unsigned i;

	if (f->names) {
		if (!json_is_string(value) ||
		    !names_find(*f->names, text_of(value), &i))
			return "\"right\" or \"wrong\"";
		*(enum proof *)at = (enum proof)i;
		return NULL;
	}
	if (at == &s->claims)
		return read_claims(&s->claims, value, why, cap);
	if (at == &s->token_elsewhere) {
		s->token_elsewhere = json_is_true(value);
		return json_is_boolean(value) ? NULL : "true or false";
	}
	assert(at == &s->token);
	if (!json_is_string(value))
		return "text";
	s->has_token = true;
	s->token = text_of(value);
	return NULL;
}

/* Claims are what somebody else wrote: bytes that are no UTF-8 become "?". */
static json_t *text_json(const char *z)
{
	json_t *j = json_string(z);

	return j ? j : json_string("?");
}

json_t *secrets_claims(const struct token_claims *c)
{
	if (!c->jwt)
		return NULL;
	json_t *o = json_object(), *impus = json_array();

	json_object_set_new(o, "sig", json_string(sigs[c->sig]));
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *z = (const char *)c + texts[i].offset;

		if (*z)
			json_object_set_new(o, texts[i].key, text_json(z));
	}
	for (unsigned i = 0; i < c->n_impu; i++)
		json_array_append_new(impus, text_json(c->impu[i]));
	if (c->n_impu)
		json_object_set(o, "impu", impus);
	json_decref(impus);
	for (size_t i = 0; i < COUNT(times); i++) {
		const char *at = (const char *)c + times[i].offset;
		int64_t t = *(const int64_t *)(const void *)at;

		if (t != -1)
			json_object_set_new(o, times[i].key, json_integer(t));
	}
	return o;
}
