/* W1: the page, and the profile's HTTP templates with JSON Pointers. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor/wic_priv.h"

void wic_w1_free(struct wic *w)
{
	if (w->client)
		http_client_free(w->client);
	w->client = NULL;
	w->step = WIC_W1_NONE;
}

/* ---- answers ---- */

/* RFC 6901; NULL: nothing there. Borrowed from o. */
static json_t *at_pointer(json_t *o, const char *pointer)
{
	struct span rest = span_str(pointer);

	if (!pointer)
		return NULL;
	if (!span_empty(rest))
		span_split(&rest, '/');
	while (o && !span_absent(rest) && !span_empty(rest)) {
		struct span one = span_split(&rest, '/');
		char name[128];
		uint64_t index;

		span_copy(name, sizeof(name), one);
		if (json_is_array(o))
			o = span_u64(one, &index) ? json_array_get(o, (size_t)index) : NULL;
		else
			o = json_object_get(o, name);
	}
	return o;
}

static void copy_text(char *out, size_t cap, json_t *value)
{
	if (json_is_string(value))
		snprintf(out, cap, "%s", json_string_value(value));
	else
		out[0] = '\0';
}

static void read_impus(struct wic_session *s, json_t *value)
{
	s->n_impu = 0;
	if (json_is_string(value))
		copy_text(s->impu[s->n_impu++], sizeof(s->impu[0]), value);
	for (size_t i = 0; i < json_array_size(value) && s->n_impu < LIMIT_IMPUS; i++)
		if (json_is_string(json_array_get(value, i)))
			copy_text(s->impu[s->n_impu++], sizeof(s->impu[0]),
				  json_array_get(value, i));
}

static void read_session(struct wic *w, struct span body)
{
	const struct w1_speech *t = &w->env.profile->w1;
	struct wic_session *s = &w->session;
	json_t *o = json_loadb(body.n ? body.p : "", body.n, 0, NULL), *valid;

	copy_text(s->impi, sizeof(s->impi), at_pointer(o, t->impi));
	read_impus(s, at_pointer(o, t->impu));
	copy_text(s->token, sizeof(s->token), at_pointer(o, t->token));
	copy_text(s->user, sizeof(s->user), at_pointer(o, t->user));
	if (!s->user[0])
		snprintf(s->user, sizeof(s->user), "%s", w->login_user);
	valid = at_pointer(o, t->valid_s);
	s->valid_us = json_is_number(valid) ? (int64_t)(json_number_value(valid) * 1e6) : -1;
	s->anonymous = w->login_anonymous;
	s->given = s->token[0] || s->impi[0];
	s->at_us = loop_now_us(w->env.loop);
	json_decref(o);
}

/* content of <meta name="..." content="..."> */
static void read_meta(struct span page, const char *name, char *out, size_t cap)
{
	char needle[64];
	long at;

	out[0] = '\0';
	snprintf(needle, sizeof(needle), "name=\"%s\" content=\"", name);
	at = span_find(page, span_str(needle));
	if (at >= 0) {
		struct span rest = span_from(page, (size_t)at + strlen(needle));

		span_copy(out, cap, span_split(&rest, '"'));
	}
}

static void read_page(struct wic *w, struct span body)
{
	free(w->page);
	w->page = span_dup(body);
	read_meta(body, "wic-w2", w->page_w2, sizeof(w->page_w2));
	read_meta(body, "wic-bye", w->bye, sizeof(w->bye));
	w->loaded = true;
}

static bool is_listed(const int *list, unsigned n, int status)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i] == status)
			return true;
	return false;
}

static void take_cookie(struct wic *w, const struct http_msg *m)
{
	struct span set = http_get(m, S("Set-Cookie"));

	if (!span_absent(set))
		span_copy(w->cookie, sizeof(w->cookie), span_split(&set, ';'));
}

static void answered(struct http_client *c, const struct http_msg *m, const char *why, void *arg);
static void get_page(struct wic *w);

static void take_login(struct wic *w, const struct http_msg *m)
{
	const struct w1_call *call = w->login_anonymous ? &w->env.profile->w1.anonymous :
				     &w->env.profile->w1.login;

	w->logged_in = call->n_ok ? is_listed(call->ok, call->n_ok, m->status) : m->status == 200;
	w->refused = !w->logged_in;
	if (w->logged_in)
		read_session(w, m->body);
}

static void answered(struct http_client *c, const struct http_msg *m, const char *why, void *arg)
{
	struct wic *w = arg;
	enum wic_w1_step step = w->step;

	(void)c;
	w->step = WIC_W1_NONE;
	if (!m) {
		w->w1_status = why && strstr(why, "within") ? WIC_TIMEOUT : WIC_LOST;
		wic_w1_free(w);
	} else {
		w->w1_status = m->status;
		take_cookie(w, m);
		if ((step == WIC_W1_LOAD || step == WIC_W1_RELOAD) && m->status == 200)
			read_page(w, m->body);
		else if (step == WIC_W1_LOGIN)
			take_login(w, m);
		if (step == WIC_W1_LOAD && m->status == 200 &&
		    wic_variant(w, VARIANT_PAGE_RELOAD)) {
			w->step = WIC_W1_RELOAD;
			get_page(w);
			return;
		}
		if (step == WIC_W1_LEAVE)
			wic_w1_free(w);
	}
	w->w1_done = true;
}

/* ---- requests ---- */

static bool begin(struct wic *w, enum wic_w1_step step)
{
	struct actor_url u;
	char tag[80];

	if (w->step != WIC_W1_NONE)
		wic_w1_free(w);         /* the page gave up on the former one */
	w->w1_done = false;
	w->w1_status = WIC_PENDING;
	w->logged_in = w->refused = false;
	if (!w->client && w->w1[0] && actor_url_read(&u, w->w1))
		w->client = http_client_new(w->env.fabric, u.endpoint, u.host,
					    w->env.profile->answer_timeout_us, NULL);
	if (!w->client) {
		w->w1_done = true;
		w->w1_status = WIC_LOST;
		return false;
	}
	snprintf(tag, sizeof(tag), "W1 %s", w->label);
	http_client_set_tag(w->client, tag);
	w->step = step;
	return true;
}

static void bye_answered(struct http_client *c, const struct http_msg *m, const char *why,
			 void *arg)
{
	(void)c;
	(void)m;
	(void)why;
	(void)arg;
}

static void send_http(struct wic *w, const char *method, const char *path, const char *type,
		      struct span body, http_answer *answer)
{
	struct actor_url u;
	struct buf b;

	actor_url_read(&u, w->w1);
	buf_init(&b, LIMIT_HTTP_HEAD + LIMIT_HTTP_BODY);
	http_put_request(&b, span_str(method), span_str(path));
	http_put(&b, "Host: %s", strchr(u.endpoint, ':') + 1);
	if (w->cookie[0])
		http_put(&b, "Cookie: %s", w->cookie);
	if (type)
		http_put(&b, "Content-Type: %s", type);
	http_put_end(&b, body, type != NULL);
	http_client_send(w->client, buf_span(&b), answer, w);
	buf_free(&b);
}

static void get_page(struct wic *w)
{
	struct actor_url u;

	actor_url_read(&u, w->w1);
	send_http(w, "GET", u.path, NULL, SPAN_NONE, answered);
}

/* The value in the way that its surroundings want it. */
static void put_value(struct buf *b, const char *value, bool json)
{
	if (!json) {
		http_url_encode(b, span_str(value));
		return;
	}
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buf_addc(b, '\\');
		if ((unsigned char)*value < 0x20)
			buf_addf(b, "\\u%04x", *value);
		else
			buf_addc(b, *value);
	}
}

static void fill(struct buf *b, const char *text, bool json, const char *user,
		 const char *password, const char *token)
{
	struct span rest = span_str(text ? text : "");

	while (rest.n) {
		const struct { struct span name; const char *value; } words[] = {
			{ S("{user}"), user }, { S("{password}"), password },
			{ S("{token}"), token },
		};
		bool found = false;

		for (unsigned i = 0; i < 3 && !found; i++)
			if (span_starts(rest, words[i].name)) {
				put_value(b, words[i].value ? words[i].value : "", json);
				rest = span_from(rest, words[i].name.n);
				found = true;
			}
		if (!found) {
			buf_addc(b, rest.p[0]);
			rest = span_from(rest, 1);
		}
	}
}

static void speak(struct wic *w, const struct w1_call *call, const char *user,
		  const char *password)
{
	bool json = call->type && strstr(call->type, "json");
	struct buf path, body;

	if (!call->present) {
		w->w1_done = true;
		w->w1_status = WIC_LOST;
		return;
	}
	if (!begin(w, WIC_W1_LOGIN))
		return;
	buf_init(&path, LIMIT_HTTP_HEAD);
	buf_init(&body, LIMIT_HTTP_BODY);
	fill(&path, call->path, false, user, password, w->session.token);
	fill(&body, call->body, json, user, password, w->session.token);
	send_http(w, call->method ? call->method : "POST", buf_str(&path),
		  call->type ? call->type : "application/json", buf_span(&body), answered);
	buf_free(&path);
	buf_free(&body);
}

void wic_load(struct wic *w)
{
	w->loaded = false;
	if (begin(w, WIC_W1_LOAD))
		get_page(w);
}

void wic_login(struct wic *w, const char *user, const char *password)
{
	w->login_anonymous = false;
	snprintf(w->login_user, sizeof(w->login_user), "%s", user);
	speak(w, &w->env.profile->w1.login, user, password);
}

void wic_login_anonymous(struct wic *w)
{
	w->login_anonymous = true;
	w->login_user[0] = '\0';
	speak(w, &w->env.profile->w1.anonymous, "", "");
}

void wic_refresh(struct wic *w)
{
	speak(w, &w->env.profile->w1.refresh, w->session.user, "");
}

static void send_bye(struct wic *w, const char *why, http_answer *answer)
{
	struct buf body;

	buf_init(&body, LIMIT_HTTP_BODY);
	buf_addf(&body, "{\"why\":\"%s\",\"token\":\"", why);
	put_value(&body, w->session.token, true);
	buf_add(&body, S("\"}"));
	send_http(w, "POST", w->bye, "application/json", buf_span(&body), answer);
	buf_free(&body);
}

/* A beacon: it takes its turn on the connection and nobody waits for it. */
void wic_say_bye(struct wic *w, const char *why)
{
	if (w->client && w->bye[0])
		send_bye(w, why, bye_answered);
}

void wic_leave(struct wic *w)
{
	w->w1_done = false;
	w->w1_status = WIC_PENDING;
	if (w->client && w->bye[0] && w->step == WIC_W1_NONE) {
		w->step = WIC_W1_LEAVE;
		send_bye(w, "left", answered);
		return;
	}
	wic_w1_free(w);
	w->w1_done = true;
}

void wic_reload(struct wic *w)
{
	wic_drop(w);
	wic_new_page(w);
	wic_load(w);
}

bool wic_w1_done(void *wic)
{
	return ((struct wic *)wic)->w1_done;
}

bool wic_loaded(void *wic)
{
	return ((struct wic *)wic)->loaded;
}

bool wic_logged_in(void *wic)
{
	return ((struct wic *)wic)->logged_in;
}

bool wic_refused(void *wic)
{
	return ((struct wic *)wic)->refused;
}

int wic_w1_status(const struct wic *w)
{
	return w->w1_status;
}

const struct wic_session *wic_session(const struct wic *w)
{
	return &w->session;
}

void wic_set_session(struct wic *w, const struct wic_session *s)
{
	w->session = *s;
}

const char *wic_page(const struct wic *w)
{
	return w->page ? w->page : "";
}
