#include "actor/fetch.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fetch {
	struct fetch *next;
	struct fetch_set *set;
	struct http_client *client;     /* NULL: could not even be made */
	uint64_t timer;
	fetch_done *done;
	void *arg;
};

static void unlink_it(struct fetch *f)
{
	for (struct fetch **p = &f->set->first; *p; p = &(*p)->next)
		if (*p == f) {
			*p = f->next;
			break;
		}
}

static void drop(struct fetch *f)
{
	unlink_it(f);
	if (f->timer)
		loop_cancel(f->set->env->loop, f->timer);
	if (f->client)
		http_client_free(f->client);
	free(f);
}

static void answered(struct http_client *c, const struct http_msg *m, const char *why,
		     void *arg)
{
	struct fetch *f = arg;

	(void)c;
	unlink_it(f);   /* fetch_forget inside done must not find it */
	f->done(m, why, f->arg);
	drop(f);
}

static void failed(void *arg)
{
	struct fetch *f = arg;

	f->timer = 0;
	unlink_it(f);
	f->done(NULL, "no connection", f->arg);
	drop(f);
}

void fetch_basic(char *out, size_t cap, const char *user, const char *password)
{
	unsigned char text[512], base64[700];
	int n = snprintf((char *)text, sizeof(text), "%s:%s", user, password);

	if (n < 0 || (size_t)n >= sizeof(text))
		n = 0;
	EVP_EncodeBlock(base64, text, n);
	snprintf(out, cap, "Basic %s", (const char *)base64);
}

static void write_request(struct buf *b, const struct actor_url *u, struct span form,
			  const char *user, const char *password)
{
	char basic[768];

	http_put_request(b, S("POST"), span_str(u->path));
	http_put(b, "Host: %s", strchr(u->endpoint, ':') + 1);
	http_put(b, "Content-Type: application/x-www-form-urlencoded");
	http_put(b, "Accept: application/json");
	if (user) {
		fetch_basic(basic, sizeof(basic), user, password);
		http_put(b, "Authorization: %s", basic);
	}
	http_put_end(b, form, true);
}

void fetch_form(struct fetch_set *s, const char *url, const char *tag, struct span form,
		const char *user, const char *password, fetch_done *done, void *arg)
{
	struct fetch *f = must_alloc(sizeof(*f));
	struct actor_url u;
	struct buf b;

	*f = (struct fetch){ .next = s->first, .set = s, .done = done, .arg = arg };
	s->first = f;
	if (url && actor_url_read(&u, url))
		f->client = http_client_new(s->env->fabric, u.endpoint, u.host,
					    /* sooner than our own client gives up */
					    s->env->profile->answer_timeout_us / 2, NULL);
	if (!f->client) {
		f->timer = loop_after(s->env->loop, 0, failed, f);
		return;
	}
	http_client_set_tag(f->client, tag);
	buf_init(&b, LIMIT_HTTP_BODY);
	write_request(&b, &u, form, user, password);
	http_client_send(f->client, buf_span(&b), answered, f);
	buf_free(&b);
}

void fetch_forget(struct fetch_set *s, const void *arg)
{
	struct fetch *next;

	for (struct fetch *f = s->first; f; f = next) {
		next = f->next;
		if (!arg || f->arg == arg)
			drop(f);
	}
}
