/* One HTTP exchange of its own on a connection of its own (W4, W5). */
#ifndef ACTOR_FETCH_H
#define ACTOR_FETCH_H

#include "actor/actor.h"

struct fetch;
struct fetch_set { const struct actor_env *env; struct fetch *first; };

/* m NULL: failed, why says how. The exchange is gone when it returns. */
typedef void fetch_done(const struct http_msg *m, const char *why, void *arg);
/* POSTs a form with HTTP Basic credentials (NULL: none). Never calls done
 * before it returns; a bad url is told to done as well. */
void fetch_form(struct fetch_set *s, const char *url, const char *tag, struct span form,
		const char *user, const char *password, fetch_done *done, void *arg);
/* Forgets those with that arg (NULL: all), without a word to them. */
void fetch_forget(struct fetch_set *s, const void *arg);
/* "Basic " and the base64 of user:password. */
void fetch_basic(char *out, size_t cap, const char *user, const char *password);

#endif
