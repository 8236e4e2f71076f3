/* HTTP messages to handover, refused and token events. */
#include <stdio.h>
#include <string.h>

#include "source/derive_http.h"

#include "source/w1.h"

/* ---- requests: what are they about? ---- */

/* Equal cookies of a session have equal labels; the value stays unsaid. */
static bool session_name(struct span name)
{
	return span_ifind(name, S("sess")) >= 0 ||
	       span_ifind(name, S("sid")) >= 0 || span_ieq(name, S("id"));
}

static bool cookie_label(struct span cookies, char sep, char *out, size_t cap)
{
	struct span best = SPAN_NONE;

	while (!span_absent(cookies)) {
		struct span one = span_trim(span_split(&cookies, sep));
		struct span value = one;
		struct span name = span_trim(span_split(&value, '='));

		if (span_absent(value) || span_empty(value))
			continue;
		if (session_name(name)) {
			best = one;
			break;
		}
		if (span_absent(best))
			best = one;
	}
	if (span_absent(best))
		return false;
	snprintf(out, cap, "w1-session:%016llx",
		 (unsigned long long)span_hash(best));
	return true;
}

static void set_cookie_label(const struct http_msg *m, char *out, size_t cap)
{
	for (unsigned i = 0; i < m->n_headers; i++) {
		struct span value = m->headers[i].value;

		if (!span_ieq(m->headers[i].name, S("Set-Cookie")))
			continue;
		struct span pair = span_split(&value, ';');
		struct span name = pair;

		name = span_split(&name, '=');
		if (cookie_label(pair, ';', out, cap) &&
		    session_name(span_trim(name)))
			return;
	}
}

static void keep_token(struct decoder *d, struct http_wait *w,
		       struct span token)
{
	char room[17];
	struct span name = secrets_name(d, token, room);

	if (name.n < sizeof w->token)
		span_copy(w->token, sizeof w->token, name);
}

static void about_w1(struct decoder *d, struct http_wait *w,
		     const struct ev *e)
{
	struct w1_request r;
	struct sip_auth a;

	if (!w1_read(d->p, e->http, &r))
		return;
	w->about = r.about;
	w->password = e->password;
	span_copy(w->user, sizeof w->user, span_str(r.user));
	struct span bearer = http_get(e->http, S("Authorization"));

	if (r.has_token)
		keep_token(d, w, span_str(r.token));
	else if (!span_absent(bearer) && sip_auth_read(&a, bearer) &&
		 !span_absent(sip_auth_bearer(&a)))
		keep_token(d, w, sip_auth_bearer(&a));
}

static void request(struct decoder *d, struct conn *c, const struct ev *e)
{
	struct http_wait *w = line_newest(c);
	const struct http_msg *m = e->http;
	struct span host = http_get(m, S("Host"));
	char token[4096];

	if (!w)
		return;
	span_copy(w->host, sizeof w->host, host);
	cookie_label(http_get(m, S("Cookie")), ';', w->session,
		     sizeof w->session);
	if (e->on == POINT_W1) {
		about_w1(d, w, e);
	} else if (e->on == POINT_W5 &&
		   http_form_get(m->body, S("token"), token, sizeof token)) {
		w->about = ABOUT_INTROSPECT;
		keep_token(d, w, span_str(token));
	} else if (e->on == POINT_W4 && span_eq(m->method, S("POST"))) {
		w->about = ABOUT_ISSUE;
	}
}

/* ---- answers ---- */

/* The label of a W1 exchange, left on the connection. A TCP connection is no
 * proof of anything, so the last resort is new for each request. */
static void label_w1(struct decoder *d, struct conn *c,
		     const struct http_wait *w, const struct http_msg *m)
{
	const struct known_token *t = NULL;
	char text[LABEL_MAX] = "";

	if (!label_none(&c->live))
		return;
	if (w->token[0])
		t = known_find(&d->known, span_str(w->token));
	if (t && !label_none(&t->label)) {
		c->label = t->label;
		c->label.sure = false;
		return;
	}
	if (w->session[0])
		span_copy(text, sizeof text, span_str(w->session));
	else
		set_cookie_label(m, text, sizeof text);
	if (!text[0])
		snprintf(text, sizeof text, "w1#%u.%u", conn_number(c),
			 w->number);
	label_set(&c->label, span_str(text), false);
}

/* The host's name, where it has one. */
static struct span host_name(const char *host)
{
	struct span rest = span_str(host);
	struct span name = span_split(&rest, ':');

	for (size_t i = 0; i < name.n; i++)
		if ((name.p[i] >= 'a' && name.p[i] <= 'z') ||
		    (name.p[i] >= 'A' && name.p[i] <= 'Z'))
			return name;
	return SPAN_NONE;
}

static uint32_t pool_pair(const struct decoder *d, const struct ev *e)
{
	uint32_t pair = MAP_NONE;

	if (!d->p->n_pairs)
		return MAP_NONE;
	if (!span_empty(e->impi))
		pair = profile_pair_impi(d->p, e->impi);
	for (unsigned i = 0; i < e->impu.n && pair == MAP_NONE; i++)
		pair = profile_pair_impu(d->p, e->impu.at[i]);
	return pair;
}

static void set_wwsf(const struct decoder *d, struct ev *e,
		     const struct http_wait *w)
{
	const struct known_token *t = NULL;

	if (!span_empty(e->token))
		t = known_find(&d->known, e->token);
	/* One pool: a refusal from it, or a pair of it, names its WWSF. */
	if (d->p->n_pools == 1 && d->p->pools[0].wwsf &&
	    (pool_pair(d, e) != MAP_NONE ||
	     (e->kind == EV_REFUSED && e->scenario == SCENARIO_POOL)))
		e->wwsf = span_str(d->p->pools[0].wwsf);
	if (span_empty(e->wwsf))
		e->wwsf = known_wwsf_of(&d->known, t);
	if (span_empty(e->wwsf))
		e->wwsf = host_name(w->host);
	/* A bare address, and one WWSF alone has shown itself in tokens. */
	if (span_empty(e->wwsf) && d->known.n_wwsfs == 1)
		e->wwsf = span_str(d->known.wwsfs[0]);
}

static bool is_subscribers(const struct decoder *d, const struct ev *e)
{
	if (!d->p->n_subscribers)
		return false;
	if (!span_empty(e->impi) && profile_sub_impi(d->p, e->impi))
		return true;
	for (unsigned i = 0; i < e->impu.n; i++)
		if (profile_sub_impu(d->p, e->impu.at[i]))
			return true;
	return false;
}

static enum scenario scenario_for(const struct decoder *d, const struct ev *e)
{
	if (pool_pair(d, e) != MAP_NONE)
		return SCENARIO_POOL;
	if (!span_empty(e->user) && d->p->subscribers_present)
		return profile_user(d->p, e->user) ? SCENARIO_WEB
						   : SCENARIO_POOL;
	if (is_subscribers(d, e) && !e->anonymous)
		return SCENARIO_WEB;
	return e->anonymous ? SCENARIO_POOL : SCENARIO_UNSAID;
}

static void set_user(const struct decoder *d, struct ev *e,
		     const struct http_wait *w, const struct w1_answer *a)
{
	const struct known_token *t = NULL;

	e->password = w->password;
	if (w->about == ABOUT_LOGIN && w->password == PROOF_WRONG) {
		e->anonymous = true;
		e->scenario = SCENARIO_WEB;
		return;
	}
	if (w->about == ABOUT_ANONYMOUS) {
		e->anonymous = true;
		return;
	}
	if (w->about == ABOUT_LOGIN && w->user[0])
		e->user = span_str(w->user);
	else if (!span_empty(a->user))
		e->user = a->user;
	else if (a->null_user)
		e->anonymous = true;
	if (w->about != ABOUT_REFRESH || !span_empty(e->user) || !w->token[0])
		return;
	t = known_find(&d->known, span_str(w->token));
	if (t && t->user[0])
		e->user = span_str(t->user);
	e->anonymous = e->anonymous ||
		       (t && t->anonymous && span_empty(e->user));
}

static void remember(struct decoder *d, const struct conn *c,
		     const struct ev *e)
{
	struct known_token *t;

	if (span_empty(e->token))
		return;
	t = known_put(&d->known, e->token, SPAN_NONE);
	t->label = label_none(&c->live) ? c->label : c->live;
	t->user[0] = '\0';
	if (e->user.n < sizeof t->user)
		span_copy(t->user, sizeof t->user, e->user);
	t->anonymous = e->anonymous;
	if (e->valid_us != UNSAID_T)
		t->ends_us = e->t_us + e->valid_us;
}

static void handover(struct decoder *d, struct conn *c,
		     const struct http_wait *w, const struct ev *e,
		     const json_t *root)
{
	struct w1_answer a;
	char room[17], user[KNOWN_USER];
	struct ev out;

	w1_answer_read(d->p, root, &a);
	if (span_empty(a.token) &&
	    (w->about == ABOUT_GENERIC ||
	     (span_empty(a.impi) && !a.impu.n)))
		return;
	derive_init(&out, EV_HANDOVER, e);
	out.impi = a.impi;
	out.impu = a.impu;
	out.valid_us = a.valid_us;
	out.ends_whole = a.whole;
	if (!span_empty(a.token))
		out.token = secrets_name(d, a.token, room);
	out.relogin = w->about == ABOUT_LOGIN || w->about == ABOUT_ANONYMOUS;
	set_user(d, &out, w, &a);
	/* What is remembered of a token may move when a new one is. */
	if (!span_empty(out.user) && out.user.n < sizeof user) {
		span_copy(user, sizeof user, out.user);
		out.user = span_str(user);
	}
	if (out.scenario == SCENARIO_UNSAID)
		out.scenario = scenario_for(d, &out);
	set_wwsf(d, &out, w);
	label_w1(d, c, w, e->http);
	derive_label(&out, c);
	remember(d, c, &out);
	decoder_emit(d, &out);
}

static void refused(struct decoder *d, struct conn *c,
		    const struct http_wait *w, const struct ev *e)
{
	char why[16];
	struct ev out;

	derive_init(&out, EV_REFUSED, e);
	snprintf(why, sizeof why, "%d", e->http->status);
	if (e->http->status == 401 || e->http->status == 403)
		out.why = S("login");
	else if (e->http->status == 503)
		out.why = S("exhausted");
	else
		out.why = span_str(why);
	out.password = w->password;
	out.anonymous = w->about == ABOUT_ANONYMOUS;
	if (w->about == ABOUT_LOGIN && w->user[0])
		out.user = span_str(w->user);
	out.scenario = scenario_for(d, &out);
	set_wwsf(d, &out, w);
	label_w1(d, c, w, e->http);
	derive_label(&out, c);
	decoder_emit(d, &out);
}

static void answer(struct decoder *d, struct conn *c, const struct ev *e)
{
	const struct http_wait *w = line_front(c);
	int status = e->http->status;
	json_t *root;

	if (!w || w->about == ABOUT_OTHER)
		return;
	if (w->about != ABOUT_GENERIC && w->about != ABOUT_INTROSPECT &&
	    w->about != ABOUT_ISSUE && !w1_ok(d->p, w->about, status)) {
		if (w1_refused(d->p, w->about, status))
			refused(d, c, w, e);
		return;
	}
	if (w->about == ABOUT_GENERIC && status / 100 != 2)
		return;
	root = json_read(e->http->body);
	if (w->about == ABOUT_INTROSPECT || w->about == ABOUT_ISSUE)
		derive_token(d, w, e, root);
	else if (root)
		handover(d, c, w, e, root);
	json_decref(root);
}

void derive_http(struct decoder *d, struct conn *c, const struct ev *e)
{
	if (e->http->request)
		request(d, c, e);
	else
		answer(d, c, e);
}
