#include "oracle/lend.h"

bool lent_now(const struct judge *j, struct lent *l)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);

	*l = (struct lent){
		.handover = model_handover_at(m, n->handover),
		.window = model_window(m, n->window),
		.previous = model_window(m, n->previous),
		.opened = n->opened, .same = SAME_YES, .early_us = UNSAID_T,
	};
	if (!l->handover || !l->window)
		return false;
	if (!l->previous)
		return true;
	l->same = model_same_wic(m, l->previous, l->window);
	l->whole = l->previous->end_whole;
	if (l->previous->end_us != UNSAID_T)
		l->early_us = l->previous->end_us - l->window->t0_us;
	return true;
}

struct where lent_at(const struct lent *l)
{
	return (struct where){ l->handover->t_us, l->handover->number,
			       l->handover->file };
}

struct span lent_pair(const struct judge *j, const struct window *w)
{
	return span_str(judge_profile(j)->pairs[w->pair].impi);
}

struct span lent_wic(const struct judge *j, const struct window *w)
{
	if (w->wic)
		return model_text(judge_model(j), w->wic);
	return w->who == WHO_KNOWN ? model_text(judge_model(j), w->user) :
				     S("an unnamed WIC");
}

enum excuse lent_excuse(const struct judge *j, const struct lent *l)
{
	if (judge_edition(j) != EDITION_REL13 || !l->previous ||
	    judge_profile(j)->ics.early_release != CLAIM_YES)
		return EXCUSE_NONE;
	if (l->previous->released_us != UNSAID_T &&
	    l->previous->released_us <= l->window->t0_us)
		return EXCUSE_RELEASED;
	return model_labels_sure(judge_model(j)) ? EXCUSE_NONE : EXCUSE_UNSEEN;
}

static bool bound(const struct model *m, const struct window *w, int64_t t_us)
{
	return model_binding_wic(m, POINT_W2, w->wic, t_us) != MAP_NONE ||
	       model_binding_wic(m, POINT_MW, w->wic, t_us) != MAP_NONE;
}

static void doubt_act(struct doubt *x, struct judge *j, const struct ev *e,
		      const char *what)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	const struct window *a = model_window(m, x->first);
	const struct window *b = model_window(m, x->second);

	if (!a->wic || !b->wic || a->wic == b->wic)
		return;
	if (e->kind == EV_ANSWER && n->wic == b->wic && is_2xx(e->status))
		x->second_bound = true;
	if (e->kind != EV_ANSWER && n->wic == a->wic && x->second_bound &&
	    e->t_us < a->end_us && bound(m, a, e->t_us) &&
	    bound(m, b, e->t_us))
		judge_broken(j, where_of(e), "expected: one WIC with %.*s; "
			     "seen: lent again%s, and %.*s acts again while "
			     "%.*s is registered with it",
			     SPAN(lent_pair(j, a)), what,
			     SPAN(lent_wic(j, a)), SPAN(lent_wic(j, b)));
}

void doubts_act(struct doubts *d, struct judge *j, const struct ev *e,
		const char *what)
{
	for (unsigned i = 0; i < DOUBTS && i < d->next; i++)
		doubt_act(&d->at[i], j, e, what);
}

void lent_sentence(struct judge *j, const struct lent *l, const char *what,
		   struct doubts *doubts)
{
	struct span pair = lent_pair(j, l->window);
	enum excuse excuse = lent_excuse(j, l);

	if (excuse == EXCUSE_RELEASED)
		return;
	if (excuse == EXCUSE_UNSEEN && l->early_us > 0) {
		judge_unsure(j, lent_at(l), "%.*s lent again%s early; whether "
			     "it was released cannot be seen here", SPAN(pair),
			     what);
		return;
	}
	if (l->early_us == UNSAID_T) {
		judge_unsure(j, lent_at(l), "%.*s lent again%s, and the end of "
			     "its earlier window is not known", SPAN(pair),
			     what);
		return;
	}
	if (l->early_us > 0 && l->same != SAME_NO) {
		const struct now *n = model_now(judge_model(j));

		doubts->at[doubts->next++ % DOUBTS] =
			(struct doubt){ n->previous, n->window, false };
		judge_unsure(j, lent_at(l), "%.*s lent again%s %.3f s before "
			     "its window ended; whether to another WIC is not "
			     "known", SPAN(pair), what,
			     (double)l->early_us / 1e6);
		return;
	}
	judge_limit(j, lent_at(l), l->early_us, l->whole,
		    "expected: %.*s, lent to %.*s, lent to nobody else before "
		    "%.3f s; seen: lent to %.*s%s at %.3f s, %.3f s early",
		    SPAN(pair), SPAN(lent_wic(j, l->previous)),
		    (double)l->previous->end_us / 1e6,
		    SPAN(lent_wic(j, l->window)), what,
		    (double)l->window->t0_us / 1e6, (double)l->early_us / 1e6);
}
