/* Tokens and passwords in HTTP: made known before the event is delivered. */
#include <string.h>

#include "source/decoder.h"
#include "source/json_read.h"
#include "source/w1.h"
#include "trace/mask.h"

static const char *const password_names[] = {
	"password", "passwd", "pass", "pwd", "client_secret", "secret",
};
static const char *const token_names[] = { "access_token", "token" };
/* Secrets of OAuth that are no token of TS 33.203 Annex X. */
static const char *const other_names[] = { "refresh_token", "id_token" };
#define COUNT(a) (sizeof(a) / sizeof *(a))

static void password(struct decoder *d, struct span text)
{
	if (d->mask && text.n)
		mask_password(d->mask, text);
}

/* The value as it stands in a form, and decoded. */
static struct span form_raw(struct span form, struct span name)
{
	while (!span_absent(form)) {
		struct span value = span_split(&form, '&');

		if (span_eq(span_split(&value, '='), name))
			return value;
	}
	return SPAN_NONE;
}

static void form_secrets(struct decoder *d, struct span form,
			 const struct ev *e)
{
	char room[4096];

	for (size_t i = 0; i < COUNT(password_names); i++) {
		struct span name = span_str(password_names[i]);

		password(d, form_raw(form, name));
		if (http_form_get(form, name, room, sizeof room))
			password(d, span_str(room));
	}
	for (size_t i = 0; i < COUNT(token_names); i++)
		if (http_form_get(form, span_str(token_names[i]), room,
				  sizeof room))
			secrets_token(d, span_str(room), e);
	for (size_t i = 0; d->mask && i < COUNT(other_names); i++)
		if (http_form_get(form, span_str(other_names[i]), room,
				  sizeof room))
			mask_token(d->mask, span_str(room));
}

static void json_secrets(struct decoder *d, const json_t *root,
			 const struct ev *e)
{
	struct span text;

	for (size_t i = 0; i < COUNT(password_names); i++)
		password(d, json_text(json_object_get(root,
						      password_names[i])));
	text = json_text(json_point(root, d->p->w1.token));
	if (text.n && e->on == POINT_W1)
		secrets_token(d, text, e);
	for (size_t i = 0; i < COUNT(token_names); i++) {
		text = json_text(json_object_get(root, token_names[i]));
		if (text.n)
			secrets_token(d, text, e);
	}
	for (size_t i = 0; d->mask && i < COUNT(other_names); i++) {
		text = json_text(json_object_get(root, other_names[i]));
		if (text.n)
			mask_token(d->mask, text);
	}
}

static void authorization(struct decoder *d, const struct http_msg *m,
			  const struct ev *e)
{
	struct span value = http_get(m, S("Authorization"));
	struct sip_auth a;

	if (span_absent(value) || !sip_auth_read(&a, value))
		return;
	if (span_ieq(a.scheme, S("Basic")))
		password(d, span_trim(a.rest));
	else if (span_ieq(a.scheme, S("Bearer")))
		secrets_token(d, sip_auth_bearer(&a), e);
}

static void w1_secrets(struct decoder *d, const struct http_msg *m,
		       struct ev *e)
{
	struct w1_request r;

	if (!w1_read(d->p, m, &r))
		return;
	if (r.has_password) {
		password(d, span_str(r.password));
		e->password = w1_password(d->p, &r);
	}
	if (r.has_token)
		secrets_token(d, span_str(r.token), e);
}

void secrets_http(struct decoder *d, struct ev *e)
{
	const struct http_msg *m = e->http;
	struct span query = m->target;

	if (m->request) {
		authorization(d, m, e);
		span_split(&query, '?');
		if (!span_absent(query))
			form_secrets(d, query, e);
		if (e->on == POINT_W1)
			w1_secrets(d, m, e);
	}
	json_t *root = json_read(m->body);

	if (root)
		json_secrets(d, root, e);
	else if (m->request && m->body.n)
		form_secrets(d, m->body, e);
	json_decref(root);
}
