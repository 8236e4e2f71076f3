/* Who gets what: subscribers have their identities determined, everybody else
 * is assigned a pair of the pool. */
#include "actor/wwsf_priv.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

void wwsf_error(struct http_server *s, int status, const char *why)
{
	char text[160];

	snprintf(text, sizeof(text), "{\"error\":\"%s\"}", why);
	serve_reply(s, status, "application/json", span_str(text), NULL);
}

struct wwsf_session *wwsf_session_by_id(struct wwsf *w, uint64_t id)
{
	struct wwsf_session *x = &w->sessions[id % WWSF_SESSIONS_MAX];

	return id && x->id == id ? x : NULL;
}

static struct wwsf_session *session_by_cookie(struct wwsf *w, const struct http_msg *m)
{
	struct span sid = http_cookie(m, S("sid"));

	for (unsigned i = 0; !span_empty(sid) && i < WWSF_SESSIONS_MAX; i++)
		if (w->sessions[i].id && span_eq(sid, span_str(w->sessions[i].sid)))
			return &w->sessions[i];
	return NULL;
}

static struct wwsf_session *session_by_token(struct wwsf *w, struct span token)
{
	uint64_t hash = span_hash(token);

	for (unsigned i = 0; !span_empty(token) && i < WWSF_SESSIONS_MAX; i++)
		if (w->sessions[i].id && w->sessions[i].token_hash == hash)
			return &w->sessions[i];
	return NULL;
}

static struct wwsf_session *session_new(struct wwsf *w, const char *user)
{
	uint64_t id = ++w->next_session;
	struct wwsf_session *x = &w->sessions[id % WWSF_SESSIONS_MAX];

	*x = (struct wwsf_session){ .id = id, .anonymous = !user, .pair = MAP_NONE };
	loop_random_hex(w->env.loop, x->sid, 32);
	snprintf(x->user, sizeof(x->user), "%s", user ? user : "");
	return x;
}

/* The browser's session goes on when the same user logs in again on it. */
static struct wwsf_session *session_for(struct wwsf *w, const struct http_msg *m,
					const char *user)
{
	struct wwsf_session *x = session_by_cookie(w, m);

	if (x && x->anonymous == !user && strcmp(x->user, user ? user : "") == 0)
		return x;
	return session_new(w, user);
}

/* The subscriber whose identities a web user gets. */
static const struct subscriber *determine(struct wwsf *w, const struct subscriber *user)
{
	const struct profile *p = w->env.profile;

	if (wwsf_flaw(w, FLAW_DETERMINES_BY_ARRIVAL))
		return &p->subscribers[w->logins % p->n_subscribers];
	if (wwsf_flaw(w, FLAW_ONE_IDENTITY_FOR_ALL))
		return &p->subscribers[0];
	return user;
}

static bool pool_offered(const struct wwsf *w, bool anonymous)
{
	const struct ics *ics = &w->env.profile->ics;

	if (!ics->present)
		return true;
	return (ics->scenarios & SCENARIO_BIT_POOL) &&
	       (!anonymous || ics->anonymous == CLAIM_YES);
}

static void assign(struct wwsf *w, struct http_server *s, struct wwsf_session *x)
{
	/* A session keeps its pair while its window is open; nobody else can
	 * have it then. */
	if (x->pair == MAP_NONE || !wwsf_window_open(w, x->pair)) {
		x->pair = wwsf_pick(w);
		x->holds = false;
	}
	if (x->pair == MAP_NONE) {
		wwsf_error(s, 503, "no identity is free");
		return;
	}
	wwsf_open_window(w, x->pair, false);
	wwsf_ask_token(w, s, x, false);
}

/* user NULL: anonymous. */
static void log_in(struct wwsf *w, struct http_server *s, const struct http_msg *m,
		   const char *user, const char *password)
{
	const struct profile *p = w->env.profile;
	const struct subscriber *sub = profile_user(p, span_str(user));
	const struct subscriber *who = sub ? sub : profile_stranger(p, span_str(user));
	struct wwsf_session *x;
	bool right = who && password && who->web_password &&
		     strcmp(password, who->web_password) == 0;

	if (who && wwsf_flaw(w, FLAW_SKIPS_LOGIN))
		right = true;
	if (user && !right) {
		wwsf_error(s, 401, "wrong user or password");
		return;
	}
	if (!sub && user && wwsf_flaw(w, FLAW_STRANGER_IS_SUBSCRIBER) && p->n_subscribers)
		sub = &p->subscribers[0];
	if (!sub && !pool_offered(w, !user)) {
		wwsf_error(s, user ? 403 : 401, "no subscription");
		return;
	}
	x = session_for(w, m, user);
	x->server = s;
	if (sub) {
		x->sub = determine(w, sub);
		w->logins++;
		wwsf_ask_token(w, s, x, false);
	} else {
		assign(w, s, x);
	}
}

/* The text of a member, or NULL. */
static const char *member(json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

void wwsf_login(struct wwsf *w, struct http_server *s, const struct http_msg *m)
{
	json_t *o = json_loadb(m->body.n ? m->body.p : "", m->body.n, 0, NULL);

	if (!json_is_object(o))
		wwsf_error(s, 400, "not a JSON object");
	else
		log_in(w, s, m, member(o, "user"), member(o, "password"));
	json_decref(o);
}

void wwsf_refresh_token(struct wwsf *w, struct http_server *s, const struct http_msg *m)
{
	json_t *o = json_loadb(m->body.n ? m->body.p : "", m->body.n, 0, NULL);
	struct wwsf_session *x = session_by_token(w, span_str(member(o, "token")));

	json_decref(o);
	if (!x || (!x->sub && (x->pair == MAP_NONE || !wwsf_window_open(w, x->pair)))) {
		wwsf_error(s, 401, "no such session, or it has ended");
		return;
	}
	x->server = s;
	if (!x->sub && wwsf_flaw(w, FLAW_REFRESH_CHANGES_PAIR)) {
		uint32_t other = wwsf_pick(w);

		x->pair = other == MAP_NONE ? x->pair : other;
	}
	if (!x->sub)
		wwsf_open_window(w, x->pair, true);
	wwsf_ask_token(w, s, x, true);
}

/* The page reports that its user left or de-registered. Nobody can rely on it,
 * so it changes nothing but the browser's session. */
void wwsf_bye(struct wwsf *w, struct http_server *s, const struct http_msg *m)
{
	json_t *o = json_loadb(m->body.n ? m->body.p : "", m->body.n, 0, NULL);
	struct wwsf_session *x = session_by_token(w, span_str(member(o, "token")));
	const char *why = member(o, "why");

	if (x && x->pair != MAP_NONE && why && strcmp(why, "deregistered") == 0 &&
	    wwsf_flaw(w, FLAW_FREES_ON_DEREGISTRATION))
		wwsf_give_back(w, x->pair);
	json_decref(o);
	serve_reply(s, 204, NULL, SPAN_NONE, NULL);
}

void wwsf_w1_closed(struct wwsf *w, const struct http_server *s)
{
	for (struct wwsf_ask *a = w->asks; a; a = a->next)
		if (a->server == s)
			a->server = NULL;
	for (unsigned i = 0; i < WWSF_SESSIONS_MAX; i++) {
		struct wwsf_session *x = &w->sessions[i];

		if (!x->id || x->server != s)
			continue;
		x->server = NULL;
		if (x->pair != MAP_NONE && wwsf_flaw(w, FLAW_FREES_ON_CLOSE))
			wwsf_give_back(w, x->pair);
	}
}
