/* What the WAF says a token is worth: introspection (RFC 7662) on W5, the
 * token end point (RFC 6749) on W4. These events are stored, not derived
 * again: `exp` needs the wall clock of the recording. */
#include "source/derive_http.h"

static const json_t *claim(const json_t *root, const char *named,
			   const char *usual)
{
	const json_t *v = named ? json_object_get(root, named) : NULL;

	return v ? v : json_any(root, usual);
}

static void identities(const struct decoder *d, struct ev *e,
		       const json_t *root)
{
	const struct token_ixit *t = &d->p->token;

	e->impi = json_text(claim(root, t->claim_impi, "impi"));
	w1_impus(claim(root, t->claim_impu, "impu"), &e->impu);
	/* A client id is no WWSF's name, unless the ixit says so. */
	if (t->claim_wwsf)
		e->wwsf = json_text(json_object_get(root, t->claim_wwsf));
	e->waf = json_text(claim(root, t->claim_waf, "iss"));
}

static void set_end(const struct decoder *d, struct ev *e, const json_t *root)
{
	int64_t us;
	bool whole;

	if (d->unix_zero_us != UNSAID_T &&
	    json_seconds(json_object_get(root, "exp"), &us, &whole)) {
		e->ends_us = us - d->unix_zero_us;
		e->ends_whole = whole;
	} else if (json_seconds(json_object_get(root, "expires_in"), &us,
				&whole)) {
		e->valid_us = us;
		e->ends_whole = whole;
	}
}

/* active: false says no more than that. What was active once and is not over
 * was taken back. */
static enum token_state inactive(const struct ev *e,
				 const struct known_token *t)
{
	if (t && t->ends_us != UNSAID_T && t->ends_us <= e->t_us + 1000000)
		return TOKEN_EXPIRED;
	return t && t->active ? TOKEN_REVOKED : TOKEN_UNKNOWN;
}

void derive_token(struct decoder *d, const struct http_wait *w,
		  const struct ev *e, const json_t *root)
{
	bool issue = w->about == ABOUT_ISSUE;
	char room[17];
	struct ev out;

	if (!root || d->replay || e->http->status / 100 != 2)
		return;
	derive_init(&out, EV_TOKEN, e);
	out.derived = false;
	if (issue) {
		struct span token = json_text(json_object_get(root,
							"access_token"));

		if (span_empty(token))
			return;
		out.token = secrets_name(d, token, room);
		out.state = TOKEN_ACTIVE;
	} else {
		const json_t *active = json_object_get(root, "active");

		if (!json_is_boolean(active) || !w->token[0])
			return;
		out.token = span_str(w->token);
		out.state = json_is_true(active) ? TOKEN_ACTIVE :
			    inactive(e, known_find(&d->known, out.token));
	}
	if (out.state == TOKEN_ACTIVE) {
		identities(d, &out, root);
		set_end(d, &out, root);
	}
	decoder_emit(d, &out);
	derive_flow(d, &out);
}
