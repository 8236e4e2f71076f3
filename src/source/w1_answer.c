/* What a W1 answer gives. */
#include "source/derive_http.h"

static const json_t *pick(const json_t *root, const char *pointer,
			  const char *names)
{
	const json_t *v = json_point(root, pointer);

	return v ? v : json_any(root, names);
}

bool w1_impus(const json_t *v, struct impu_list *out)
{
	size_t i;
	json_t *one;

	out->n = 0;
	if (json_is_string(v)) {
		out->at[out->n++] = json_text(v);
		return true;
	}
	if (!json_is_array(v))
		return false;
	json_array_foreach((json_t *)(uintptr_t)v, i, one)
		if (json_is_string(one) && out->n < LIMIT_IMPUS)
			out->at[out->n++] = json_text(one);
	return out->n > 0;
}

void w1_answer_read(const struct profile *p, const json_t *root,
		    struct w1_answer *out)
{
	const struct w1_speech *w = &p->w1;
	const json_t *user = pick(root, w->user, "user sub");

	*out = (struct w1_answer){ .valid_us = UNSAID_T };
	out->user = json_text(user);
	out->null_user = json_is_null(user);
	out->impi = json_text(pick(root, w->impi, "impi"));
	out->token = json_text(pick(root, w->token, "access_token token"));
	w1_impus(pick(root, w->impu, "impu"), &out->impu);
	if (!json_seconds(pick(root, w->valid_s, "expires_in valid_s"),
			  &out->valid_us, &out->whole))
		out->valid_us = UNSAID_T;
}
