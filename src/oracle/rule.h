/* A rule: one requirement that can be judged from events. Const data plus two
 * or three small functions. Rules see events and the model (what can be known
 * from the events so far) and nothing else: no socket, clock, file.
 *
 * A rule is called for the event kinds it lists, after the model has taken the
 * event in; model_now() tells what the model made of it. */
#ifndef ORACLE_RULE_H
#define ORACLE_RULE_H

#include "oracle/model.h"
#include "profile/profile.h"
#include "trace/ev.h"

enum strength { STRENGTH_SH, STRENGTH_MUST, STRENGTH_ASM, STRENGTH_CR,
		STRENGTH_DER, STRENGTH_SD, STRENGTH_INF, STRENGTH_MA };
enum effect { EFFECT_NONE, EFFECT_REMARK, EFFECT_WARNING, EFFECT_FAIL };
enum outcome { OUTCOME_SILENT, OUTCOME_HELD, OUTCOME_INCONCLUSIVE,
	       OUTCOME_BROKEN, OUTCOME_UNJUDGED };

/* What a rule needs from the profile; a missing one makes it unjudged, named
 * by the ixit's or ics's own key. */
enum need {
	NEED_POOLS = 1 << 0, NEED_LIFETIME = 1 << 1,
	NEED_SUBSCRIBERS = 1 << 2, NEED_ORIGINS = 1 << 3,
	NEED_PLACEHOLDER = 1 << 4, NEED_ISSUER = 1 << 5,
	NEED_HOME = 1 << 6, NEED_IDENTITIES = 1 << 7, /* pools or subscribers */
	NEED_OPEN_TAP = 1 << 8, /* the tap is not behind a TLS terminator */
};

/* Pseudo-kinds beside enum ev_kind: moments that the model announces. */
#define MOMENT_LENT (1u << 24)  /* a handover's pool pair is known */
#define MOMENT_WEB (1u << 25)   /* a web handover's identities are known */

struct judge;

struct rule {
	const char *id;                 /* permanent: the requirement's id */
	const char *clause, *version;
	const char *text;               /* one sentence, our words */
	enum strength strength;
	bool recalled;                  /* evidence codes only M or x */
	enum effect cap;                /* EFFECT_NONE: by strength; else no
					   worse than this (a ruling says so) */
	enum effect cap_cr;             /* the same, in edition cr alone */
	enum role obliged;
	unsigned editions;              /* bits 1u << enum edition; 0 = all */
	unsigned facts;                 /* needs every one of these */
	unsigned facts_any;             /* and one of these (0: none) */
	unsigned needs;                 /* bits of enum need */
	unsigned kinds;                 /* EV_BIT()s and MOMENT_s */
	size_t state_size;              /* zeroed at start */
	void (*on_event)(struct judge *j, const struct ev *e);
	void (*on_time)(struct judge *j, uint64_t key); /* judge_timer fired */
	void (*at_end)(struct judge *j);
	void (*free_state)(void *state);
};
#define IN_CR (1u << EDITION_CR)
#define IN_PRE_CR (1u << EDITION_PRE_CR)
#define IN_REL13 (1u << EDITION_REL13)

/* Evidence that outlives its event. */
struct where { int64_t t_us; uint64_t number; unsigned file; };
/* When a request was sent: a late answer says nothing of what was so then. */
static inline int64_t asked_at(const struct ev *e)
{
	return e->asked_us == UNSAID_T ? e->t_us : e->asked_us;
}
static inline struct where where_of(const struct ev *e)
{
	return (struct where){ e->t_us, e->number, e->file };
}

static inline bool is_2xx(int status) { return status >= 200 && status < 300; }

void *judge_state(struct judge *j);
const struct model *judge_model(const struct judge *j);
const struct profile *judge_profile(const struct judge *j);
enum edition judge_edition(const struct judge *j);

/* Verdict words. They only worsen: held < inconclusive < broken; the first
 * breach is kept. fmt says what was expected and what was seen. */
void judge_held(struct judge *j);
void judge_unsure(struct judge *j, struct where w, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void judge_broken(struct judge *j, struct where w, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A breach by another role than the rule's, or with another effect
 * (EFFECT_NONE: the rule's own). */
void judge_broken_as(struct judge *j, struct where w, enum role who,
		     enum effect effect, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* A limit overstepped by b microseconds: b <= 0 held, b < tolerance (plus
 * one second when the limit came from whole seconds) inconclusive, else
 * broken, with the text. */
void judge_limit(struct judge *j, struct where w, int64_t b, bool whole,
		 const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* on_time(key) is called once before the first event later than t_us, or at
 * the end when the observation lasted that long. */
void judge_timer(struct judge *j, int64_t t_us, uint64_t key);
/* In on_time(): the time that the timer was set for. */
int64_t judge_time(const struct judge *j);

/* The rules of one area: an array ended by a rule without id. */
extern const struct rule rules_w1[], rules_wss[], rules_iau[], rules_tok[],
	rules_tna[], rules_hdr[], rules_lend[],
	rules_relend[], rules_bind[], rules_reach[], rules_reg[];

#endif
