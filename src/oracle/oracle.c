/* The engine: keeps a judge per rule, hands events to the judges that want
 * them, fires their timers, merges what they say. */
#include "oracle/oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define KINDS 26u               /* ev kinds and the two moments */

struct judge {
	const struct rule *rule;
	struct oracle *oracle;
	void *state;
	struct finding found;
};

struct timer { int64_t t_us; uint64_t seq, key; struct judge *judge; };

struct oracle {
	struct oracle_setup setup;
	enum edition edition;
	struct model *model;
	struct judge *judges;
	unsigned n_judges;
	struct judge **wants[KINDS];
	unsigned n_wants[KINDS];
	struct timer *heap;
	size_t n_heap, heap_room;
	uint64_t timer_seq;
	int64_t fired_us;
	struct finding *findings;
};

/* ---- what rules need ---- */

static const struct { enum need bit; const char *key; } need_keys[] = {
	{ NEED_POOLS, "pools" }, { NEED_LIFETIME, "lifetime_s" },
	{ NEED_SUBSCRIBERS, "subscribers" }, { NEED_ORIGINS, "origins" },
	{ NEED_PLACEHOLDER, "placeholder_to" }, { NEED_ISSUER, "token.issuer" },
	{ NEED_HOME, "home_domain" }, { NEED_IDENTITIES, "pools" },
	{ NEED_OPEN_TAP, "tls" },
};

static unsigned profile_offers(const struct profile *p)
{
	unsigned has = 0;

	if (p->pools_present)
		has |= NEED_POOLS | NEED_IDENTITIES;
	if (p->subscribers_present)
		has |= NEED_SUBSCRIBERS | NEED_IDENTITIES;
	if (p->lifetime_us != UNSAID_US || p->lifetime_from != LIFETIME_IXIT)
		has |= NEED_LIFETIME;
	if (p->origins)
		has |= NEED_ORIGINS;
	if (p->placeholder_to)
		has |= NEED_PLACEHOLDER;
	if (p->token.issuer)
		has |= NEED_ISSUER;
	if (!p->behind_tls_terminator)
		has |= NEED_OPEN_TAP;
	if (p->home_domain)
		has |= NEED_HOME;
	return has;
}

/* Which of the facts does the source lack? NULL when it lacks none. */
static const char *missing(const struct oracle *o, const struct rule *r)
{
	unsigned facts = o->setup.facts, has = profile_offers(o->setup.profile);

	for (unsigned i = 0; i < FACT_COUNT; i++)
		if (r->facts & ~facts & (1u << i))
			return fact_name((enum fact)(1u << i));
	for (unsigned i = 0; i < FACT_COUNT; i++)
		if (r->facts_any && !(r->facts_any & facts) &&
		    (r->facts_any & (1u << i)))
			return fact_name((enum fact)(1u << i));
	for (size_t i = 0; i < sizeof need_keys / sizeof *need_keys; i++)
		if (r->needs & ~has & need_keys[i].bit)
			return need_keys[i].key;
	return NULL;
}

/* ---- start and end ---- */

static void want(struct oracle *o, unsigned kind, struct judge *j)
{
	o->wants[kind] = must_grow(o->wants[kind], (o->n_wants[kind] + 1) *
						   sizeof *o->wants[kind]);
	o->wants[kind][o->n_wants[kind]++] = j;
}

static void unjudged(struct judge *j, const char *lacks)
{
	j->found = (struct finding){ .rule = j->rule,
				     .role = j->rule->obliged,
				     .outcome = OUTCOME_UNJUDGED };
	snprintf(j->found.needs, sizeof j->found.needs, "%s", lacks);
}

void oracle_facts(struct oracle *o, unsigned facts)
{
	o->setup.facts = facts;
	for (unsigned i = 0; i < o->n_judges; i++) {
		const char *lacks = missing(o, o->judges[i].rule);

		if (lacks)
			unjudged(&o->judges[i], lacks);
	}
}

static void judge_start(struct oracle *o, struct judge *j, const struct rule *r)
{
	const char *lacks = missing(o, r);

	j->rule = r;
	j->oracle = o;
	j->found = (struct finding){ .rule = r, .role = r->obliged };
	if (lacks) {
		unjudged(j, lacks);
		return;
	}
	j->state = must_alloc(r->state_size);
	for (unsigned k = 0; k < KINDS; k++)
		if (r->kinds & (1u << k))
			want(o, k, j);
}

struct oracle *oracle_new(const struct oracle_setup *s)
{
	struct oracle *o = must_alloc(sizeof *o);
	unsigned n;
	const struct rule *const *all = oracle_rules(&n);

	o->setup = *s;
	o->edition = s->edition ? s->edition : s->profile->ics.edition;
	if (!o->edition)
		o->edition = EDITION_CR;
	o->model = model_new(&(struct model_setup){
		.profile = s->profile, .edition = o->edition,
		.labels_sure = s->labels_sure, .facts = s->facts });
	o->judges = must_alloc(n * sizeof *o->judges);
	for (unsigned i = 0; i < n; i++)
		if (oracle_in_edition(all[i], o->edition))
			judge_start(o, &o->judges[o->n_judges++], all[i]);
	return o;
}

void oracle_free(struct oracle *o)
{
	if (!o)
		return;
	for (unsigned i = 0; i < o->n_judges; i++) {
		struct judge *j = &o->judges[i];

		if (j->state && j->rule->free_state)
			j->rule->free_state(j->state);
		free(j->state);
	}
	for (unsigned k = 0; k < KINDS; k++)
		free(o->wants[k]);
	model_free(o->model);
	free(o->judges);
	free(o->heap);
	free(o->findings);
	free(o);
}

/* ---- timers: a binary heap by time, then by age ---- */

static bool before(const struct timer *a, const struct timer *b)
{
	return a->t_us != b->t_us ? a->t_us < b->t_us : a->seq < b->seq;
}

static void sift_down(struct oracle *o, size_t i)
{
	for (;;) {
		size_t least = i, l = 2 * i + 1;

		for (size_t c = l; c < l + 2 && c < o->n_heap; c++)
			if (before(&o->heap[c], &o->heap[least]))
				least = c;
		if (least == i)
			return;
		struct timer swap = o->heap[i];

		o->heap[i] = o->heap[least];
		o->heap[least] = swap;
		i = least;
	}
}

void judge_timer(struct judge *j, int64_t t_us, uint64_t key)
{
	struct oracle *o = j->oracle;
	size_t i = o->n_heap++;

	if (o->n_heap > o->heap_room) {
		o->heap_room = o->heap_room ? o->heap_room * 2 : 64;
		o->heap = must_grow(o->heap, o->heap_room * sizeof *o->heap);
	}
	o->heap[i] = (struct timer){ t_us, o->timer_seq++, key, j };
	for (; i && before(&o->heap[i], &o->heap[(i - 1) / 2]); i = (i - 1) / 2) {
		struct timer swap = o->heap[i];

		o->heap[i] = o->heap[(i - 1) / 2];
		o->heap[(i - 1) / 2] = swap;
	}
}

int64_t judge_time(const struct judge *j) { return j->oracle->fired_us; }

static void fire_before(struct oracle *o, int64_t t_us)
{
	while (o->n_heap && o->heap[0].t_us < t_us) {
		struct timer top = o->heap[0];

		o->heap[0] = o->heap[--o->n_heap];
		sift_down(o, 0);
		o->fired_us = top.t_us;
		top.judge->rule->on_time(top.judge, top.key);
	}
}

/* ---- events ---- */

static void hand_out(struct oracle *o, unsigned kind, const struct ev *e)
{
	for (unsigned i = 0; i < o->n_wants[kind]; i++) {
		struct judge *j = o->wants[kind][i];

		j->rule->on_event(j, e);
	}
}

void oracle_event(struct oracle *o, const struct ev *e)
{
	unsigned moment;

	fire_before(o, e->t_us);
	model_event(o->model, e);
	hand_out(o, e->kind, e);
	while ((moment = model_moment(o->model)) != 0)
		hand_out(o, moment == MOMENT_LENT ? 24 : 25, e);
}

static bool role_under_test(const struct oracle *o, enum role r)
{
	return !o->setup.roles || (o->setup.roles & ROLE_BIT(r));
}

static void settle(struct oracle *o, struct finding *f)
{
	if (f->outcome == OUTCOME_BROKEN) {
		if (!f->effect)
			f->effect = oracle_effect(f->rule, o->edition);
		if (o->setup.strict && f->effect == EFFECT_WARNING)
			f->effect = EFFECT_FAIL;
	}
	f->under_test = role_under_test(o, f->role);
}

void oracle_end(struct oracle *o, int64_t t_us)
{
	fire_before(o, t_us + 1);
	for (unsigned i = 0; i < o->n_judges; i++) {
		struct judge *j = &o->judges[i];

		if (j->state && j->rule->at_end &&
		    j->found.outcome != OUTCOME_UNJUDGED)
			j->rule->at_end(j);
	}
	o->findings = must_alloc(o->n_judges * sizeof *o->findings);
	for (unsigned i = 0; i < o->n_judges; i++) {
		settle(o, &o->judges[i].found);
		o->findings[i] = o->judges[i].found;
	}
}

unsigned oracle_findings(const struct oracle *o, const struct finding **out)
{
	*out = o->findings;
	return o->n_judges;
}

unsigned oracle_limits(const struct oracle *o, const char *const **out)
{
	return model_limits(o->model, out);
}

/* A breach by the system as a whole says of a single role neither good nor
 * bad (design 9). */
static bool clouds(const struct oracle *o, const struct finding *f)
{
	return f->outcome == OUTCOME_BROKEN && f->effect == EFFECT_FAIL &&
	       f->role == ROLE_SYSTEM && o->setup.roles && !f->under_test;
}

enum verdict oracle_verdict(const struct oracle *o, bool truncated)
{
	bool fail = false, unsure = truncated, held = false;

	for (unsigned i = 0; i < o->n_judges; i++) {
		const struct finding *f = &o->findings[i];

		if (clouds(o, f))
			unsure = true;
		if (!f->under_test)
			continue;
		if (f->outcome == OUTCOME_BROKEN && f->effect == EFFECT_FAIL)
			fail = true;
		if (f->outcome == OUTCOME_INCONCLUSIVE)
			unsure = true;
		if (f->outcome == OUTCOME_HELD)
			held = true;
	}
	if (fail)
		return VERDICT_FAIL;
	return unsure || !held ? VERDICT_INCONCLUSIVE : VERDICT_PASS;
}

/* ---- the words of a rule ---- */

void *judge_state(struct judge *j) { return j->state; }
const struct model *judge_model(const struct judge *j)
{
	return j->oracle->model;
}
const struct profile *judge_profile(const struct judge *j)
{
	return j->oracle->setup.profile;
}
enum edition judge_edition(const struct judge *j) { return j->oracle->edition; }

void judge_held(struct judge *j)
{
	if (j->found.outcome < OUTCOME_HELD)
		j->found.outcome = OUTCOME_HELD;
}

/* Control characters of a peer's text never reach a terminal or a line. */
static void locate(struct finding *f, struct where w, const char *fmt,
		   va_list ap)
{
	f->located = true;
	f->where = w;
	vsnprintf(f->text, sizeof f->text, fmt, ap);
	for (char *c = f->text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
}

void judge_unsure(struct judge *j, struct where w, const char *fmt, ...)
{
	va_list ap;

	if (j->found.outcome >= OUTCOME_INCONCLUSIVE)
		return;
	j->found.outcome = OUTCOME_INCONCLUSIVE;
	va_start(ap, fmt);
	locate(&j->found, w, fmt, ap);
	va_end(ap);
}

/* The first breach stays, unless a worse one comes: a fail after a warning,
 * a role that is under test after one that is not. */
static bool worse(const struct judge *j, enum role who, enum effect effect)
{
	const struct finding *f = &j->found;
	enum effect own = oracle_effect(j->rule, j->oracle->edition);
	bool was = role_under_test(j->oracle, f->role);
	bool is = role_under_test(j->oracle, who);

	if (f->outcome != OUTCOME_BROKEN)
		return true;
	if (was != is)
		return is;
	return (effect ? effect : own) > (f->effect ? f->effect : own);
}

static void breach(struct judge *j, struct where w, enum role who,
		   enum effect effect, const char *fmt, va_list ap)
{
	if (!worse(j, who, effect))
		return;
	j->found.outcome = OUTCOME_BROKEN;
	j->found.role = who;
	j->found.effect = effect;
	locate(&j->found, w, fmt, ap);
}

void judge_broken(struct judge *j, struct where w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	breach(j, w, j->rule->obliged, EFFECT_NONE, fmt, ap);
	va_end(ap);
}

void judge_broken_as(struct judge *j, struct where w, enum role who,
		     enum effect effect, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	breach(j, w, who, effect, fmt, ap);
	va_end(ap);
}

void judge_limit(struct judge *j, struct where w, int64_t b, bool whole,
		 const char *fmt, ...)
{
	int64_t slack = judge_profile(j)->tolerance_us + (whole ? 1000000 : 0);
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (b <= 0)
		judge_held(j);
	else if (b < slack)
		judge_unsure(j, w, "%s (%.3f s: too close to tell)", text,
			     (double)b / 1e6);
	else
		judge_broken(j, w, "%s", text);
}
