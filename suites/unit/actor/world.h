/* All five actors in one process, over the memory fabric and a virtual clock.
 * For the unit tests of src/actor alone; the bench has a world of its own. */
#ifndef UNIT_ACTOR_WORLD_H
#define UNIT_ACTOR_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actor/embedded.h"
#include "actor/epcscf.h"
#include "actor/scscf.h"
#include "actor/waf.h"
#include "actor/wic.h"
#include "actor/wwsf.h"

#define WORLD_WICS 8

struct world {
	struct loop *loop;
	struct fabric *fabric;
	struct profile *profile;
	struct actor_env env;
	struct wwsf *wwsf;
	struct waf *waf;
	struct epcscf *epcscf;
	struct scscf *scscf;
	struct wic *wics[WORLD_WICS];
	unsigned n_wics;
};

static inline void world_profile(struct world *w)
{
	struct err err = { .text = "" };

	w->loop = loop_new(true, 1);
	w->fabric = fabric_memory(w->loop);
	w->profile = profile_new();
	if (profile_ixit_text(w->profile, span_str(embedded_ixit), "ixit", &err) < 0 ||
	    profile_ics_text(w->profile, span_str(embedded_ics), "ics", &err) < 0)
		fail_msg("%s", err.text);
	w->env = (struct actor_env){ .loop = w->loop, .fabric = w->fabric,
				     .profile = w->profile };
}

static inline void world_actors(struct world *w, enum digest_alg alg, int64_t nonce_us)
{
	struct err err = { .text = "" };

	w->scscf = scscf_new(&(struct scscf_config){ .env = w->env, .listen = "udp:127.0.0.1:0",
		.alg = alg, .nonce_us = nonce_us }, &err);
	w->waf = waf_new(&(struct waf_config){ .env = w->env,
		.listen = "https://127.0.0.1:0" }, &err);
	assert_non_null(w->scscf);
	assert_non_null(w->waf);
	w->epcscf = epcscf_new(&(struct epcscf_config){ .env = w->env,
		.listen_w2 = "wss://127.0.0.1:0/", .listen_mw = "udp:127.0.0.1:0",
		.peer_mw = scscf_mw(w->scscf), .w5 = waf_w5(w->waf) }, &err);
	assert_non_null(w->epcscf);
	w->wwsf = wwsf_new(&(struct wwsf_config){ .env = w->env,
		.listen = "https://127.0.0.1:0", .w4 = waf_w4(w->waf),
		.w2 = epcscf_w2(w->epcscf) }, &err);
	assert_non_null(w->wwsf);
}

static inline struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	world_profile(w);
	world_actors(w, DIGEST_MD5, 0);
	return w;
}

/* With one flaw and one variant (COUNT: none). */
static inline struct world *world_with(enum flaw f, enum variant v)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	world_profile(w);
	if (f != FLAW_COUNT)
		flaw_add(&w->env.flaws, f);
	if (v != VARIANT_COUNT)
		variant_add(&w->env.variants, v);
	world_actors(w, DIGEST_MD5, 0);
	return w;
}

static inline void world_free(struct world *w)
{
	for (unsigned i = 0; i < w->n_wics; i++)
		wic_free(w->wics[i]);
	wwsf_free(w->wwsf);
	epcscf_free(w->epcscf);
	waf_free(w->waf);
	scscf_free(w->scscf);
	fabric_free(w->fabric);
	profile_free(w->profile);
	loop_free(w->loop);
	free(w);
}

static inline struct wic *world_wic(struct world *w)
{
	char label[16];
	struct wic *c;

	assert_true(w->n_wics < WORLD_WICS);
	snprintf(label, sizeof(label), "wic%u", w->n_wics + 1);
	c = wic_new(&(struct wic_config){ .env = w->env, .label = label,
		.w1 = wwsf_w1(w->wwsf) }, NULL);
	assert_non_null(c);
	w->wics[w->n_wics++] = c;
	return c;
}

static inline bool world_await(struct world *w, bool (*done)(void *), void *arg)
{
	return loop_until(w->loop, done, arg, loop_now_us(w->loop) + 10000000);
}

static inline void world_load(struct world *w, struct wic *c)
{
	wic_load(c);
	assert_true(world_await(w, wic_w1_done, c));
	assert_int_equal(wic_w1_status(c), 200);
	assert_true(wic_loaded(c));
}

/* HTTP status of the login; user NULL: anonymous. */
static inline int world_login(struct world *w, struct wic *c, const char *user,
			      const char *password)
{
	if (user)
		wic_login(c, user, password);
	else
		wic_login_anonymous(c);
	assert_true(world_await(w, wic_w1_done, c));
	return wic_w1_status(c);
}

static inline void world_open(struct world *w, struct wic *c)
{
	wic_open(c, NULL);
	assert_true(world_await(w, wic_open_done, c));
	assert_int_equal(wic_open_status(c), 101);
	assert_true(wic_connected(c));
}

static inline int world_register(struct world *w, struct wic *c, const struct wic_reg *r)
{
	wic_register(c, r);
	assert_true(world_await(w, wic_register_done, c));
	return wic_register_status(c);
}

static inline int world_request(struct world *w, struct wic *c, const struct wic_req *r)
{
	wic_request(c, r);
	assert_true(world_await(w, wic_request_done, c));
	return wic_request_status(c);
}

/* A WIC with a token, registered. */
static inline struct wic *world_registered(struct world *w, const char *user,
					   const char *password)
{
	struct wic *c = world_wic(w);

	world_load(w, c);
	assert_int_equal(world_login(w, c, user, password), 200);
	world_open(w, c);
	assert_int_equal(world_register(w, c, NULL), 200);
	assert_true(wic_registered(c));
	return c;
}

#endif
