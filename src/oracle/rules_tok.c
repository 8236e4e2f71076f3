/* Tokens at the eP-CSCF (TS 23.228 U.1.3.3 and U.2.1.3 steps 3 and 4;
 * TS 33.203 REQ 2.4; rulings 6, 18, 19, 22). A bad token is known to be bad
 * by what the WAF says of it, by its signature, or by its end. */
#include "oracle/rule.h"

/* A W2 REGISTER with a token, seen again at each step of its way. */
struct shown {
	const struct reg *w2, *mw;      /* mw: NULL until it reaches the core */
	const struct token *token;
	uint32_t token_index;
	bool final;                     /* this is the answer on W2 */
};

/* False when the event is no step of a REGISTER with a token on W2. */
static bool shown(const struct judge *j, const struct ev *e, struct shown *s)
{
	const struct model *m = judge_model(j);
	const struct now *n = model_now(m);
	const struct reg *r = model_reg(m, n->reg);

	*s = (struct shown){ 0 };
	if (!r || n->moment)
		return false;
	if (r->on == POINT_MW) {
		s->w2 = model_reg(m, n->mate);
		s->mw = r;
		if (e->kind != EV_REGISTER)
			return false;
	} else {
		s->w2 = r;
		s->mw = r->mw_count ? model_reg(m, r->mate) : NULL;
		s->final = e->kind == EV_ANSWER;
		if (!s->final)
			return false;
	}
	if (!s->w2 || !s->w2->token)
		return false;
	s->token_index = model_token_named(m, s->w2->token);
	s->token = model_token(m, s->token_index);
	return s->token != NULL;
}

static bool accepted(const struct shown *s)
{
	return s->final && s->w2->status >= 200 && s->w2->status < 300;
}

/* Nothing reached the core and the WIC was refused. */
static bool turned_away(const struct shown *s)
{
	return s->final && !s->mw && s->w2->status >= 300;
}

static const char *way(const struct shown *s)
{
	return s->final ? "answered with a 2xx" : "sent on to the core";
}

/* ---- TOK-04, TOK-05, TOK-06: a token that is no good ---- */

static bool is_bad(enum worth w, unsigned bad) { return bad & (1u << w); }

static void refuse(struct judge *j, const struct ev *e, unsigned bad,
		   const char *what)
{
	const struct model *m = judge_model(j);
	struct shown s;

	if (!shown(j, e, &s) || s.w2->expires_s == 0)
		return;
	enum worth w = model_worth(m, s.token_index, s.w2->t_us);

	if (!is_bad(w, bad))
		return;
	if (!s.final || accepted(&s))
		judge_broken(j, where_of(e), "expected: a REGISTER with %s is "
			     "refused; seen: %.*s %s", what,
			     SPAN(model_text(m, s.token->name)), way(&s));
	else if (turned_away(&s))
		judge_held(j);
}

/* A token that nobody was seen to issue, where handovers are seen. */
static void unheard_of(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	struct shown s;

	if (!shown(j, e, &s) || s.w2->expires_s == 0)
		return;
	enum worth w = model_worth(m, s.token_index, s.w2->t_us);

	if (w == WORTH_GOOD && s.token->seen_waf && !s.final)
		judge_held(j);
	if (w == WORTH_UNKNOWN && accepted(&s) && model_handover_at(m, 0))
		judge_unsure(j, where_of(e), "%.*s was accepted, and nothing in "
			     "this source shows who issued it",
			     SPAN(model_text(m, s.token->name)));
}

static void tok_04(struct judge *j, const struct ev *e)
{
	refuse(j, e, 1u << WORTH_UNTRUSTED | 1u << WORTH_UNVERIFIABLE,
	       "a token that cannot be verified");
	unheard_of(j, e);
}

static void tok_05(struct judge *j, const struct ev *e)
{
	refuse(j, e, 1u << WORTH_WWSF, "a token of a WWSF that may not "
				       "allocate identities");
}

static void tok_06(struct judge *j, const struct ev *e)
{
	refuse(j, e, 1u << WORTH_UNTRUSTED,
	       "a token that no trusted WAF issued");
}

/* ---- TOK-07, REF-03: an expired token ---- */

static void expired(struct judge *j, const struct ev *e, bool refresh_only)
{
	const struct model *m = judge_model(j);
	struct shown s;

	if (!shown(j, e, &s) || s.w2->expires_s == 0 ||
	    (refresh_only && !s.w2->refresh) ||
	    model_worth(m, s.token_index, s.w2->t_us) != WORTH_EXPIRED)
		return;
	if (turned_away(&s)) {
		judge_held(j);
		return;
	}
	if (s.final && !accepted(&s))
		return;
	struct span name = model_text(m, s.token->name);

	if (s.token->ends_us == UNSAID_T || s.token->state == TOKEN_EXPIRED)
		judge_broken(j, where_of(e), "expected: an expired token is "
			     "refused; seen: %.*s %s", SPAN(name), way(&s));
	else if (s.w2->t_us > s.token->ends_us)
		judge_limit(j, where_of(e), s.w2->t_us - s.token->ends_us,
			    s.token->ends_whole,
			    "expected: %.*s, expired at %.3f s, is refused; "
			    "seen: shown at %.3f s and %s", SPAN(name),
			    (double)s.token->ends_us / 1e6,
			    (double)s.w2->t_us / 1e6, way(&s));
}

static void tok_07(struct judge *j, const struct ev *e)
{
	expired(j, e, false);
}

static void ref_03(struct judge *j, const struct ev *e) { expired(j, e, true); }

/* ---- TOK-12, TOK-13, TOK-14: identities come from the token ---- */

static void tok_12(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	struct shown s;

	if (!shown(j, e, &s) || s.final)
		return;
	const struct token *t = s.token;
	const struct reg *r = s.mw;

	if (t->impi && r->impi && r->impi != t->impi)
		judge_broken(j, where_of(e), "expected: IMPI %.*s of the token;"
			     " seen on Mw: %.*s", SPAN(model_text(m, t->impi)),
			     SPAN(model_text(m, r->impi)));
	else if (t->n_impu && r->impu && !token_has_impu(t, r->impu))
		judge_broken(j, where_of(e), "expected: an IMPU of the token "
			     "(%.*s); seen on Mw: %.*s",
			     SPAN(model_text(m, t->impu[0])),
			     SPAN(model_text(m, r->impu)));
	else if ((t->impi && r->impi) || (t->n_impu && r->impu))
		judge_held(j);
}

/* A claim that the token does not cover: refused, or overridden on Mw. */
static void claimed(struct judge *j, const struct ev *e, const struct shown *s,
		    name_id claim, name_id on_mw, const char *what)
{
	const struct model *m = judge_model(j);

	if (s->mw && !s->final && on_mw == claim)
		judge_broken(j, where_of(e), "expected: %s %.*s, which is not "
			     "the token's, is refused or overridden; seen on "
			     "Mw: the same", what,
			     SPAN(model_text(m, claim)));
	else if (turned_away(s) || (s->mw && !s->final && on_mw))
		judge_held(j);
}

static void tok_13(struct judge *j, const struct ev *e)
{
	struct shown s;

	if (!shown(j, e, &s) || !s.w2->impu || !s.token->n_impu ||
	    token_has_impu(s.token, s.w2->impu))
		return;
	const char *hold = judge_profile(j)->placeholder_to;

	if (hold && model_find_impu(judge_model(j), span_str(hold)) ==
		    s.w2->impu)
		return;
	claimed(j, e, &s, s.w2->impu, s.mw ? s.mw->impu : 0, "To");
}

static void tok_14(struct judge *j, const struct ev *e)
{
	struct shown s;

	if (!shown(j, e, &s) || !s.w2->impi || !s.token->impi ||
	    s.w2->impi == s.token->impi)
		return;
	claimed(j, e, &s, s.w2->impi, s.mw ? s.mw->impi : 0, "IMPI");
}

/* ---- WEB-02, WEB-03 ---- */

static void web_02(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct reg *r = model_reg(m, model_now(m)->reg);
	const struct token *t = model_token(m, model_now(m)->token);
	const struct handover *h =
		t ? model_handover_at(m, t->handover) : NULL;

	if (e->on == POINT_MW || !r || !h || !h->gave_impu || !r->impu)
		return;
	for (unsigned i = 0; i < h->n_impu; i++)
		if (h->impu[i] == r->impu) {
			judge_held(j);
			return;
		}
	judge_broken(j, where_of(e), "expected: an IMPU received on W1 (%.*s); "
		     "seen: %.*s", SPAN(model_text(m, h->impu[0])),
		     SPAN(model_text(m, r->impu)));
}

static void web_03(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct profile *p = judge_profile(j);
	struct shown s;

	if (p->ics.identities_on_w1 != CLAIM_NO || !shown(j, e, &s) ||
	    !s.final || s.w2->expires_s == 0 ||
	    s.w2->impu != model_find_impu(m, span_str(p->placeholder_to)) ||
	    model_worth(m, s.token_index, s.w2->t_us) != WORTH_GOOD)
		return;
	if (accepted(&s))
		judge_held(j);
	else if (!s.mw && s.w2->status >= 400)
		judge_broken(j, where_of(e), "expected: identities filled in "
			     "from the token for a WIC that received none; "
			     "seen: %d", s.w2->status);
}

#define STEP4 "TS 23.228 U.2.1.3 step 4"
#define REGISTERING EV_BIT(EV_REGISTER) | EV_BIT(EV_ANSWER)

const struct rule rules_tok[] = {
	{ .id = "TOK-04", .clause = "TS 23.228 U.1.3.3", .version = "V16.5.0",
	  .text = "Whatever authorises a WIC is verified before anything goes "
		  "to the core",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF, .facts = FACT_W2,
	  .kinds = REGISTERING, .on_event = tok_04 },
	{ .id = "TOK-05", .clause = "TS 23.228 U.1.3.3", .version = "V16.5.0",
	  .text = "A token is accepted only if the WWSF it names may allocate "
		  "IMS identities",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF, .facts = FACT_W2,
	  .needs = NEED_POOLS, .kinds = REGISTERING, .on_event = tok_05 },
	{ .id = "TOK-06", .clause = STEP4, .version = "V16.5.0",
	  .text = "A token from another source than a trusted WAF is refused",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF, .facts = FACT_W2,
	  .kinds = REGISTERING, .on_event = tok_06 },
	{ .id = "TOK-07", .clause = STEP4, .version = "V16.5.0",
	  .text = "An expired token is refused",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF,
	  .facts = FACT_W2 | FACT_TIME, .kinds = REGISTERING,
	  .on_event = tok_07 },
	{ .id = "TOK-12", .clause = "TS 33.203 REQ 2.4", .version = "V14.1.0",
	  .text = "IMPI and IMPU towards the core are the token's, whatever "
		  "the WIC claims",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF,
	  .facts = FACT_W2 | FACT_MW, .kinds = REGISTERING,
	  .on_event = tok_12 },
	{ .id = "TOK-13", .clause = "TS 33.203 REQ 2.4", .version = "V14.1.0",
	  .text = "A To outside the token's IMPUs is refused or overridden, "
		  "never registered",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF,
	  .facts = FACT_W2 | FACT_MW, .kinds = REGISTERING,
	  .on_event = tok_13 },
	{ .id = "TOK-14", .clause = "TS 33.203 REQ 2.4", .version = "V14.1.0",
	  .text = "An IMPI claimed on W2 that is not the token's is not "
		  "registered",
	  .strength = STRENGTH_DER, .obliged = ROLE_EPCSCF,
	  .facts = FACT_W2 | FACT_MW, .kinds = REGISTERING,
	  .on_event = tok_14 },
	{ .id = "WEB-02", .clause = "TS 23.228 U.2.1.3 step 3",
	  .version = "V16.5.0",
	  .text = "A WIC that received identities on W1 registers one of them",
	  .strength = STRENGTH_SH, .obliged = ROLE_WIC,
	  .facts = FACT_W1 | FACT_W2, .kinds = EV_BIT(EV_REGISTER),
	  .on_event = web_02 },
	{ .id = "WEB-03", .clause = "TS 23.228 U.2.1.3 steps 3 and 4",
	  .version = "V16.5.0",
	  .text = "A REGISTER of a WIC that received no identities succeeds, "
		  "the eP-CSCF fills them in",
	  .strength = STRENGTH_DER, .obliged = ROLE_EPCSCF,
	  .facts = FACT_W2, .needs = NEED_PLACEHOLDER,
	  .kinds = REGISTERING, .on_event = web_03 },
	{ .id = "REF-03", .clause = "TS 23.228 U.2.1.3 (refresh)",
	  .version = "V16.5.0",
	  .text = "A refresh is validated again: an expired token does not "
		  "renew a registration",
	  .strength = STRENGTH_DER, .cap_cr = EFFECT_WARNING,
	  .obliged = ROLE_EPCSCF, .facts = FACT_W2 | FACT_TIME,
	  .kinds = REGISTERING, .on_event = ref_03 },
	{ 0 }
};
