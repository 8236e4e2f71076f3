#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bed.h"
#include "bench/tc_priv.h"

/* What the tap of the embedded bed offers. Nobody sees Cx. */
#define LIVE_FACTS (FACT_FLOW | FACT_TIME | FACT_W1 | FACT_W2 | FACT_W4 | \
		    FACT_W5 | FACT_MW | FACT_SIP | FACT_HTTP | FACT_WS | \
		    FACT_TLS)
#define OURS (ROLE_BIT(ROLE_WIC) | ROLE_BIT(ROLE_WWSF) | ROLE_BIT(ROLE_WAF) | \
	      ROLE_BIT(ROLE_EPCSCF) | ROLE_BIT(ROLE_SCSCF))
/* What is still under way when a purpose is done comes in within this. */
#define SETTLE_US MS(100)

/* A peer that floods: what came so far is judged, nothing more is taken, and
 * the purpose's waits end at once. */
static void cut_off(struct tc *t, const char *what)
{
	if (t->flooded)
		return;
	t->flooded = true;
	t->limit = what;
	t->cut_us = loop_now_us(t->loop);
	tap_stop(t->tap);
	loop_stop(t->loop);
	tc_give_up(t, "limit reached: %s; judged up to there", what);
}

/* Each event: to the file, to the oracle. An event derived from a message has
 * that message's line, as when the stored trace is judged again. */
static bool take(const struct ev *e, void *arg)
{
	struct tc *t = arg;
	struct ev one = *e;

	if (mask_full(t->mask))
		cut_off(t, "more secrets than can be masked");
	if (t->flooded && !t->ending)
		return true;
	if (!e->derived)
		t->events = t->writer ? trace_line(t->writer) : t->events + 1;
	one.number = t->events;
	if (t->writer && !t->broke && trace_put(t->writer, &one, &t->err) < 0)
		t->broke = true;
	oracle_event(t->oracle, &one);
	t->bytes += one.bytes.n;
	if (t->events > LIMIT_CASE_EVENTS || t->bytes > LIMIT_CASE_BYTES)
		cut_off(t, "more events than one case may have");
	return true;
}

struct actor_env tc_env(const struct tc *t)
{
	return (struct actor_env){ .loop = t->loop, .fabric = t->fabric,
				   .profile = t->profile,
				   .flaws = t->setup->flaws,
				   .variants = t->setup->variants,
				   .trouble = t->setup->trouble };
}

static void on_expired(struct span impi, struct span impu, void *arg)
{
	struct tc *t = arg;
	struct ev e;

	if (t->flooded)
		return;
	ev_init(&e, EV_EXPIRED, loop_now_us(t->loop));
	e.impi = impi;
	e.impu.n = span_empty(impu) ? 0 : 1;
	e.impu.at[0] = impu;
	decoder_event(t->decoder, &e);
}

static bool open_parts(struct tc *t)
{
	struct parts_setup s = {
		.env = tc_env(t), .roles = OURS,
		.alg = t->purpose->bed & BED_SHA256 ? DIGEST_SHA256
						    : DIGEST_MD5,
		.mw_tcp = t->purpose->bed & BED_MW_TCP,
	};

	if (parts_open(&t->parts, &s, &t->err) < 0)
		return false;
	scscf_on_expired(t->parts.scscf, on_expired, t);
	return true;
}

static void head_of(struct trace_head *h, const struct tc *t)
{
	size_t used = 0;

	memset(h, 0, sizeof *h);
	h->source = SOURCE_LIVE;
	h->facts = LIVE_FACTS;
	h->has_run = true;
	snprintf(h->purpose, sizeof h->purpose, "%s", t->purpose->id);
	for (const char *const *r = t->purpose->expects; *r; r++)
		used += (size_t)snprintf(h->rules + used,
					 sizeof h->rules - used, "%s%s",
					 used ? "," : "", *r);
	snprintf(h->roles, sizeof h->roles, "%s",
		 role_name(t->purpose->under_test));
	h->edition = t->setup->edition;
	h->strict = t->setup->strict;
	h->profile_json = profile_to_json(t->profile);
}

static bool open_judging(struct tc *t, const char *trace)
{
	struct oracle_setup os = {
		.labels_sure = true,
		.profile = t->profile, .edition = t->setup->edition,
		.facts = LIVE_FACTS, .strict = t->setup->strict,
		.roles = ROLE_BIT(t->purpose->under_test),
	};

	t->mask = mask_new(t->setup->seed);
	t->oracle = oracle_new(&os);
	t->decoder = decoder_new(t->profile, t->mask, take, t);
	decoder_clock(t->decoder, loop_unix_us(t->loop) -
				  loop_now_us(t->loop));
	t->tap = tap_new(t->decoder, t->loop, OURS);
	fabric_set_tap(t->fabric, tap_calls(t->tap));
	if (!trace)
		return true;
	struct trace_head head;

	head_of(&head, t);
	int rc = trace_create(&t->writer, trace, &head, t->mask, &t->err);

	trace_head_free(&head);
	return rc == 0;
}

bool tc_open(struct tc *t, const struct case_setup *s,
	     const struct purpose *p, const char *trace)
{
	memset(t, 0, sizeof *t);
	t->setup = s;
	t->purpose = p;
	t->profile = bed_profile();
	bed_turn(t->profile, p->bed);
	bed_claim(t->profile, &s->variants);
	bed_spoil(t->profile, &s->flaws);
	t->loop = loop_new(s->memory, s->seed);
	t->fabric = s->memory ? fabric_memory(t->loop)
			      : fabric_sockets(t->loop, s->tls, &t->err);
	return t->fabric && open_judging(t, trace) && open_parts(t);
}

void tc_end(struct tc *t)
{
	struct ev e;

	loop_pass(t->loop, SETTLE_US);
	tap_stop(t->tap);
	t->ending = true;
	if (t->flooded) {
		char text[80];

		/* In the trace too: it is judged again as it was. */
		ev_init(&e, EV_MARK, t->cut_us);
		snprintf(text, sizeof text, "limit reached: %s", t->limit);
		e.text = span_str(text);
		decoder_event(t->decoder, &e);
	}
	ev_init(&e, EV_END, t->flooded ? t->cut_us : loop_now_us(t->loop));
	decoder_event(t->decoder, &e);
	oracle_end(t->oracle, e.t_us);
	if (t->writer && trace_finish(t->writer, &t->err) < 0)
		t->broke = true;
	t->writer = NULL;
}

void tc_free(struct tc *t)
{
	if (t->tap)
		tap_stop(t->tap);
	for (unsigned i = 0; i < t->n_wics; i++)
		wic_free(t->wics[i]);
	parts_free(&t->parts);
	if (t->fabric)
		fabric_free(t->fabric);
	tap_free(t->tap);
	if (t->decoder)
		decoder_free(t->decoder);
	if (t->writer)
		trace_finish(t->writer, NULL);
	if (t->oracle)
		oracle_free(t->oracle);
	if (t->mask)
		mask_free(t->mask);
	if (t->loop)
		loop_free(t->loop);
	profile_free(t->profile);
}
