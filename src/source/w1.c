#include "source/w1.h"

#include <string.h>

#include "source/json_read.h"

/* ---- templates ---- */

/* Where the text of a placeholder goes; false: no placeholder's name. */
static bool put(struct w1_request *r, struct span name, struct span value)
{
	if (span_eq(name, S("user"))) {
		r->has_user = true;
		span_copy(r->user, sizeof r->user, value);
	} else if (span_eq(name, S("password"))) {
		r->has_password = true;
		span_copy(r->password, sizeof r->password, value);
	} else if (span_eq(name, S("token"))) {
		r->has_token = value.n < sizeof r->token;
		span_copy(r->token, sizeof r->token,
			  r->has_token ? value : S(""));
	} else {
		return false;
	}
	return true;
}

/* Literal text with {placeholders}: a placeholder takes what lies before the
 * next literal. */
static bool text_fits(struct span want, struct span text, struct w1_request *r)
{
	while (want.n) {
		long open = want.p[0] == '{' ? span_chr(want, '}') : -1;

		if (open < 0) {
			if (!text.n || text.p[0] != want.p[0])
				return false;
			want = span_from(want, 1);
			text = span_from(text, 1);
			continue;
		}
		struct span name = span_sub(want, 1, (size_t)open - 1);

		want = span_from(want, (size_t)open + 1);
		long next = span_chr(want, '{');
		struct span literal = next < 0 ? want
					       : span_sub(want, 0, (size_t)next);
		long end = literal.n ? span_find(text, literal)
				     : (long)text.n;

		if (end < 0 || !put(r, name, span_sub(text, 0, (size_t)end)))
			return false;
		text = span_from(text, (size_t)end);
	}
	return !text.n;
}

/* exact: the body may say no more than the template does. */
static bool json_fits(const json_t *want, const json_t *body, bool exact,
		      struct w1_request *r)
{
	const char *name;
	json_t *v;

	if (json_is_string(want))
		return json_is_string(body) &&
		       text_fits(json_text(want), json_text(body), r);
	if (!json_is_object(want))
		return json_equal(want, body);
	if (!json_is_object(body) ||
	    (exact && json_object_size(body) > json_object_size(want)))
		return false;
	json_object_foreach((json_t *)(uintptr_t)want, name, v)
		if (!json_fits(v, json_object_get(body, name), exact, r))
			return false;
	return true;
}

static bool form_fits(struct span want, struct span body,
		      struct w1_request *r)
{
	char name[128], value[4096];

	while (!span_absent(want)) {
		struct span text = span_split(&want, '&');

		span_copy(name, sizeof name, span_split(&text, '='));
		if (!http_form_get(body, span_str(name), value, sizeof value) ||
		    (!span_absent(text) &&
		     !text_fits(text, span_str(value), r)))
			return false;
	}
	return true;
}

static bool body_fits(const struct w1_call *call, struct span body, bool exact,
		      struct w1_request *r)
{
	struct span want = span_trim(span_str(call->body));
	struct span type = span_str(call->type);
	bool fits;

	if (span_empty(want))
		return !exact || span_empty(span_trim(body));
	json_t *template = json_read(want);

	if (template) {
		json_t *b = json_read(body);

		fits = b && json_fits(template, b, exact, r);
		json_decref(template);
		json_decref(b);
		return fits;
	}
	if (span_ifind(type, S("form")) >= 0 || span_absent(type))
		return form_fits(want, body, r);
	return text_fits(want, body, r);
}

static bool path_fits(const char *path, struct span target,
		      struct w1_request *r)
{
	struct span want = span_str(path);

	if (span_absent(want))
		return true;
	if (span_chr(want, '?') < 0)
		target = span_split(&target, '?');
	return text_fits(want, target, r);
}

static bool call_fits(const struct w1_call *call, const struct http_msg *m,
		      bool exact, struct w1_request *r)
{
	memset(r, 0, sizeof *r);
	return call->present &&
	       (!call->method || span_eq(span_str(call->method), m->method)) &&
	       path_fits(call->path, m->target, r) &&
	       body_fits(call, m->body, exact, r);
}

static bool any_call(const struct w1_speech *w)
{
	return w->login.present || w->anonymous.present || w->refresh.present;
}

/* The templates may share a path: the one that asks for most comes first, and
 * an anonymous call is one that says nothing more. */
bool w1_read(const struct profile *p, const struct http_msg *m,
	     struct w1_request *out)
{
	if (!p->w1_present || !any_call(&p->w1)) {
		memset(out, 0, sizeof *out);
		out->about = ABOUT_GENERIC;
		return true;
	}
	if (call_fits(&p->w1.login, m, false, out))
		out->about = ABOUT_LOGIN;
	else if (call_fits(&p->w1.refresh, m, false, out))
		out->about = ABOUT_REFRESH;
	else if (call_fits(&p->w1.anonymous, m, true, out))
		out->about = ABOUT_ANONYMOUS;
	else
		return false;
	return true;
}

enum proof w1_password(const struct profile *p, const struct w1_request *r)
{
	const struct subscriber *s;

	if (!r->has_user || !r->has_password)
		return PROOF_UNKNOWN;
	s = profile_user(p, span_str(r->user));
	if (!s)
		s = profile_stranger(p, span_str(r->user));
	if (!s || !s->web_password)
		return PROOF_UNKNOWN;
	return strcmp(s->web_password, r->password) == 0 ? PROOF_RIGHT
							 : PROOF_WRONG;
}

static const struct w1_call *call_of(const struct profile *p,
				     enum http_about about)
{
	switch (about) {
	case ABOUT_LOGIN: return &p->w1.login;
	case ABOUT_ANONYMOUS: return &p->w1.anonymous;
	case ABOUT_REFRESH: return &p->w1.refresh;
	case ABOUT_OTHER:
	case ABOUT_GENERIC:
	case ABOUT_INTROSPECT:
	case ABOUT_ISSUE: break;
	}
	return NULL;
}

static bool among(const int *list, unsigned n, int status)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i] == status)
			return true;
	return false;
}

bool w1_ok(const struct profile *p, enum http_about about, int status)
{
	const struct w1_call *c = call_of(p, about);

	if (c && c->n_ok)
		return among(c->ok, c->n_ok, status);
	return status / 100 == 2;
}

bool w1_refused(const struct profile *p, enum http_about about, int status)
{
	const struct w1_call *c = call_of(p, about);

	return c && (among(c->refused, c->n_refused, status) ||
		     (status >= 400 && status < 600));
}
