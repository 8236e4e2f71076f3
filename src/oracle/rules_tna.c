/* Scenarios 2 and 3 on Mw: trusted node authentication (TS 23.228 U.1.3.3 and
 * U.2.1.3, TS 33.203 U and X; rulings 16, 17, 20, 25). */
#include "oracle/rule_sip.h"
#include "oracle/rules_tna_ok.h"
#include "oracle/rules_tna_session.h"

#define TOKENS 65536u           /* whose check is remembered */

static bool bearer(const struct reg *w)
{
	return w->auth == AUTH_BEARER ||
	       (w->token && w->auth != AUTH_TNA && w->auth != AUTH_DIGEST);
}

static bool worthless(const struct judge *j, const struct reg *w)
{
	const struct model *m = judge_model(j);
	enum worth x = model_worth(m, model_token_named(m, w->token), w->t_us);

	return x != WORTH_GOOD && x != WORTH_UNKNOWN;
}

/* A Mw REGISTER in hand that a Bearer REGISTER caused: that one. */
static const struct reg *caused_by_bearer(const struct judge *j,
					  const struct ev *e)
{
	const struct reg *w = rule_sip_mate(j, rule_sip_reg(j));

	return e->kind == EV_REGISTER && e->on == POINT_MW && w && bearer(w) ?
	       w : NULL;
}

/* ---- TNA-01, TNA-02 ---- */

/* The first registration alone: refresh and de-registration have requirements
 * of their own (REF-04, DRG-04), bad tokens too (TOK-04 to TOK-07). */
static void tna_01(struct judge *j, const struct ev *e)
{
	const struct reg *r = rule_sip_reg(j), *w = caused_by_bearer(j, e);

	if (!w || w->expires_s == 0 || w->refresh)
		return;
	bool flagged = r->sip.present ?
		       r->sip.integrity == INTEGRITY_AUTH_DONE &&
		       r->sip.scheme == span_hash(S("digest")) :
		       r->auth == AUTH_TNA;

	if (flagged)
		judge_held(j);
	else if ((!r->sip.present && r->auth == AUTH_KIND_UNSAID) ||
		 rule_sip_answers(w) || worthless(j, w))
		return;
	else
		rule_sip_breach(j, where_of(e), rule_sip_sure(j, r), ROLE_NONE,
				"expected: Authorization: Digest with "
				"integrity-protected=\"auth-done\" on Mw for a "
				"checked token; seen: %s",
				r->sip.present ?
				rule_sip_integrity(r->sip.integrity) :
				auth_kind_name(r->auth));
}

static void tna_02(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct reg *r = rule_sip_reg(j), *w = caused_by_bearer(j, e);
	const struct token *t = w ? model_token(m, model_token_named(m,
							w->token)) : NULL;

	if (!t || !t->impi || !rule_sip_tna(r))
		return;
	if (r->impi == t->impi)
		judge_held(j);
	else if (r->impi || r->sip.present)
		rule_sip_breach(j, where_of(e), rule_sip_sure(j, r), ROLE_NONE,
				"expected: username %.*s, the token's IMPI; "
				"seen: %.*s", SPAN(model_text(m, t->impi)),
				SPAN(r->impi ? model_text(m, r->impi) :
					       S("none")));
}

/* ---- TNA-03, TNA-04 ---- */

static const struct reg *trusted(const struct judge *j, const struct ev *e)
{
	const struct reg *r = rule_sip_reg(j);

	return e->on == POINT_MW && r && r->sip.present && rule_sip_tna(r) ?
	       r : NULL;
}

static void tna_03(struct judge *j, const struct ev *e)
{
	const struct reg *r = trusted(j, e);

	if (!r)
		return;
	if (r->sip.response_empty)
		judge_held(j);
	else if (r->sip.response_there)
		judge_broken(j, where_of(e), "expected: response=\"\" beside "
			     "auth-done; seen: a response that is not empty");
	else
		judge_unsure(j, where_of(e), "no response parameter beside "
			     "auth-done, where an empty one is expected");
}

/* The Digest credentials of a message. */
static bool digest_of(const struct sip_msg *m, struct sip_auth *a)
{
	for (int i = -1; (i = sip_next(m, SIP_H_AUTHORIZATION, i)) >= 0;)
		if (sip_auth_read(a, m->headers[i].value) &&
		    span_ieq(a->scheme, S("Digest")))
			return true;
	return false;
}

static bool is_home_uri(struct span text, struct span home)
{
	struct sip_uri u;

	return sip_uri_read(&u, text) && span_empty(u.user) &&
	       (span_ieq(u.scheme, S("sip")) ||
		span_ieq(u.scheme, S("sips"))) && span_ieq(u.host, home);
}

static void tna_04(struct judge *j, const struct ev *e)
{
	struct span home = span_str(judge_profile(j)->home_domain);
	struct span realm = S("none"), uri = S("none"), nonce = S("none");
	struct sip_auth a;

	if (!trusted(j, e) || !digest_of(e->sip, &a))
		return;
	bool has_nonce = sip_auth_param(&a, S("nonce"), &nonce);

	if (!sip_auth_param(&a, S("realm"), &realm) || !span_ieq(realm, home))
		judge_broken(j, where_of(e), "expected: realm %.*s; seen: "
			     "%.*s", SPAN(home), SPAN(realm));
	else if (!sip_auth_param(&a, S("uri"), &uri) ||
		 !is_home_uri(uri, home))
		judge_broken(j, where_of(e), "expected: uri sip:%.*s; seen: "
			     "%.*s", SPAN(home), SPAN(uri));
	else if (!has_nonce || !span_empty(nonce))
		judge_broken(j, where_of(e), "expected: nonce=\"\"; seen: "
			     "%.*s", SPAN(nonce));
	else
		judge_held(j);
}

/* ---- TNA-05 ---- */

/* The order of events in two files is no proof. */
enum { CHECKED = 1, FORWARDED = 2, FILE_SHIFT = 8 };
struct checks { struct recent of_token; };

static void checks_free(void *state)
{
	recent_free(&((struct checks *)state)->of_token);
}

static uint32_t check_bits(struct judge *j, name_id token)
{
	struct checks *c = judge_state(j);
	uint32_t bits = recent_get(&c->of_token, map_mix(token, 6));

	return bits == MAP_NONE ? 0 : bits;
}

static void note_check(struct judge *j, name_id token, uint32_t bit)
{
	struct checks *c = judge_state(j);

	recent_put(&c->of_token, TOKENS, map_mix(token, 6),
		   check_bits(j, token) | bit);
}

/* A JWT can be checked without asking anybody. */
static bool checked_at_home(const struct judge *j, const struct token *t)
{
	return t->jwt || judge_profile(j)->token.kind == TOKEN_JWT;
}

/* A flow that shows W5 and not W4, written by hand: its token events are the
 * eP-CSCF's questions, whatever the ixit says of the token's kind. */
static bool asked_by_hand(const struct model *m, const struct ev *e)
{
	unsigned facts = model_facts(m);

	return e->on == POINT_NONE && !e->derived && (facts & FACT_W5) &&
	       !(facts & FACT_W4);
}

static void tna_05_token(struct judge *j, const struct ev *e)
{
	const struct model *m = judge_model(j);
	const struct token *t = model_token(m, model_now(m)->token);
	bool hand = asked_by_hand(m, e);

	if (!t || (e->on != POINT_W5 && (e->on != POINT_NONE || e->derived)))
		return;
	if (!check_bits(j, t->name) || (e->on == POINT_NONE && !hand) ||
	    (!hand && checked_at_home(j, t))) {
		if (e->state == TOKEN_ACTIVE)
			note_check(j, t->name, CHECKED);
	} else if (!(check_bits(j, t->name) & CHECKED)) {
		bool skewed = check_bits(j, t->name) >> FILE_SHIFT != e->file;

		note_check(j, t->name, CHECKED);
		if (!skewed)
			judge_broken(j, where_of(e), "expected: the token "
				     "checked before anything goes to Mw; "
				     "seen: asked about only after its "
				     "REGISTER on Mw");
	}
}

static void tna_05_expired(struct judge *j, const struct ev *e,
			   const struct reg *r, const struct reg *w,
			   const struct token *t)
{
	int64_t late = w->t_us - t->ends_us;

	if (t->state != TOKEN_EXPIRED && rule_sip_sure(j, r))
		judge_limit(j, where_of(e), late, t->ends_whole, "expected: "
			    "no REGISTER on Mw for an expired token; seen: "
			    "one %.3f s after its end", (double)late / 1e6);
	else
		rule_sip_breach(j, where_of(e), rule_sip_sure(j, r), ROLE_NONE,
				"expected: no REGISTER on Mw for an expired "
				"token; seen: one");
}

static void tna_05_register(struct judge *j, const struct ev *e,
			    const struct reg *w)
{
	const struct model *m = judge_model(j);
	const struct reg *r = rule_sip_reg(j);
	uint32_t ti = model_token_named(m, w->token);
	const struct token *t = model_token(m, ti);
	enum worth worth = model_worth(m, ti, w->t_us);

	if (!t || w->expires_s == 0)
		return;
	if (worth != WORTH_GOOD && worth != WORTH_UNKNOWN && w->refresh)
		return;                 /* REF-03 */
	if (worth == WORTH_EXPIRED)
		tna_05_expired(j, e, r, w, t);
	else if (worth != WORTH_GOOD && worth != WORTH_UNKNOWN)
		rule_sip_breach(j, where_of(e), rule_sip_sure(j, r), ROLE_NONE,
				"expected: no REGISTER on Mw for a token that "
				"passes no check; seen: one");
	else if (check_bits(j, t->name) & CHECKED)
		judge_held(j);
	else
		note_check(j, t->name, FORWARDED | e->file << FILE_SHIFT);
}

/* Refused by the eP-CSCF while the core had not answered: it did not wait. */
static void tna_05_answer(struct judge *j, const struct ev *e,
			  const struct reg *w)
{
	const struct reg *core = rule_sip_mate(j, w);

	if ((e->status == 401 || e->status == 403) && bearer(w) &&
	    w->expires_s != 0 && core && !core->answered)
		judge_unsure(j, where_of(e), "%d to a token whose REGISTER had "
			     "gone to Mw and was not answered there",
			     e->status);
}

static void tna_05(struct judge *j, const struct ev *e)
{
	const struct reg *r = rule_sip_reg(j), *w = caused_by_bearer(j, e);

	if (e->kind == EV_TOKEN)
		tna_05_token(j, e);
	else if (w)
		tna_05_register(j, e, w);
	else if (e->kind == EV_ANSWER && e->on == POINT_W2 && r)
		tna_05_answer(j, e, r);
}

/* ---- TNA-11 ---- */

static void tna_11(struct judge *j, const struct ev *e)
{
	const struct reg *r = rule_sip_reg(j);

	if (e->on != POINT_MW || !r || !rule_sip_tna(r) || e->status < 200)
		return;
	if (e->status == 401 || e->status == 407)
		judge_broken(j, where_of(e), "expected: no challenge to a "
			     "REGISTER with auth-done; seen: %d", e->status);
	else if (e->status < 500)
		judge_held(j);
}

/* ---- ERR-01 ---- */

/* Without a token, and not itself claiming to be authenticated (ERR-02). A
 * binding that lives is another matter (REF-03, DRG-04). */
static bool tokenless(const struct reg *w)
{
	return (w->auth == AUTH_NONE || w->auth == AUTH_DIGEST ||
		w->auth == AUTH_AKA) && !w->token &&
	       w->sip.integrity != INTEGRITY_AUTH_DONE &&
	       w->expires_s != 0 && !w->refresh;
}

static void err_01_mw(struct judge *j, const struct ev *e,
		      const struct reg *r, const struct reg *w)
{
	const struct ics *ics = &judge_profile(j)->ics;
	bool no_digest = ics->scenarios && !(ics->scenarios & SCENARIO_BIT_IMS);

	if (rule_sip_tna(r))
		rule_sip_breach(j, where_of(e), rule_sip_sure(j, r), ROLE_NONE,
				"expected: a REGISTER without a token refused, "
				"or relayed for the core to challenge; seen: "
				"auth-done on Mw for it");
	else if (w->auth == AUTH_NONE && no_digest)
		judge_unsure(j, where_of(e), "a REGISTER without Authorization "
			     "was relayed, though scenario 1 is not offered");
	else
		judge_held(j);
}

static void err_01(struct judge *j, const struct ev *e)
{
	const struct reg *r = rule_sip_reg(j), *w = rule_sip_mate(j, r);

	if (e->kind == EV_REGISTER && e->on == POINT_MW && w && tokenless(w))
		err_01_mw(j, e, r, w);
	else if (e->kind == EV_ANSWER && e->on == POINT_W2 && r &&
		 tokenless(r) && !r->mw_count && e->status >= 300)
		judge_held(j);
}

#define BOTH_SIDES (FACT_W2 | FACT_MW)
#define MW_SIP (FACT_MW | FACT_SIP)
#define REG_KINDS (EV_BIT(EV_REGISTER) | EV_BIT(EV_ANSWER))

const struct rule rules_tna[] = {
	{ .id = "TNA-01", .clause = "TS 33.203 X.3.2.3 step 5",
	  .version = "V14.1.0",
	  .text = "The REGISTER on Mw for a checked token says Digest with "
		  "integrity-protected=\"auth-done\"",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF, .facts = BOTH_SIDES,
	  .kinds = EV_BIT(EV_REGISTER), .on_event = tna_01 },
	{ .id = "TNA-02", .clause = "TS 33.203 X.3.2.3 step 5.1",
	  .version = "V14.1.0",
	  .text = "The username on Mw is the token's IMPI",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF, .facts = BOTH_SIDES,
	  .kinds = EV_BIT(EV_REGISTER), .on_event = tna_02 },
	{ .id = "TNA-03", .clause = "TS 33.203 X.3.2.3 step 5.1",
	  .version = "V14.1.0",
	  .text = "The response beside auth-done is empty",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF, .facts = MW_SIP,
	  .kinds = EV_BIT(EV_REGISTER), .on_event = tna_03 },
	{ .id = "TNA-04", .clause = "TS 24.292 6.2", .version = "recalled",
	  .text = "Beside auth-done, realm is the home domain, uri its SIP URI, "
		  "and nonce is empty",
	  .strength = STRENGTH_SH, .recalled = true, .obliged = ROLE_EPCSCF,
	  .facts = MW_SIP, .needs = NEED_HOME, .kinds = EV_BIT(EV_REGISTER),
	  .on_event = tna_04 },
	{ .id = "TNA-05", .clause = "TS 23.228 U.2.1.3 step 4",
	  .version = "V16.5.0",
	  .text = "No REGISTER goes to Mw before the token was checked, and "
		  "none for one that fails the check",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF, .facts = BOTH_SIDES,
	  .state_size = sizeof(struct checks),
	  .kinds = REG_KINDS | EV_BIT(EV_TOKEN), .on_event = tna_05,
	  .free_state = checks_free },
	{ .id = "TNA-11", .clause = "TS 33.203 P.4.2", .version = "V14.1.0",
	  .text = "A REGISTER with auth-done is not challenged",
	  .strength = STRENGTH_SH, .obliged = ROLE_SCSCF, .facts = FACT_MW,
	  .kinds = EV_BIT(EV_ANSWER), .on_event = tna_11 },
	{ .id = "TNA-14", .clause = "TS 33.203 X.3.2.3 step 7",
	  .version = "V14.1.0",
	  .text = "The registered identities belong to the TLS session that "
		  "registered them: another session cannot use them",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF, .facts = BOTH_SIDES,
	  .state_size = sizeof(struct rules_tna_session),
	  .kinds = EV_BIT(EV_REQUEST) | EV_BIT(EV_SIP) | EV_BIT(EV_ANSWER),
	  .on_event = rules_tna_session_event,
	  .free_state = rules_tna_session_free },
	{ .id = "TNA-15", .clause = "TS 23.228 U.2.1.3 step 6",
	  .version = "V16.5.0",
	  .text = "The core's 200 reaches the WIC, no other does, and its "
		  "expiry is not made longer",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF, .facts = BOTH_SIDES,
	  .state_size = sizeof(struct rules_tna_ok),
	  .kinds = REG_KINDS | EV_BIT(EV_CLOSED) | EV_BIT(EV_TCP) |
		   EV_BIT(EV_MARK),
	  .on_event = rules_tna_ok_15, .on_time = rules_tna_ok_15_time,
	  .free_state = rules_tna_ok_free },
	{ .id = "TNA-16", .clause = "TS 23.228 U.2.1.1", .version = "V16.5.0",
	  .text = "Each WIC has a REGISTER and a binding of its own: nobody is "
		  "registered on behalf of a group",
	  .strength = STRENGTH_ASM, .obliged = ROLE_SCSCF, .facts = BOTH_SIDES,
	  .state_size = sizeof(struct rules_tna_ok), .kinds = REG_KINDS,
	  .on_event = rules_tna_ok_16, .on_time = rules_tna_ok_16_time,
	  .free_state = rules_tna_ok_free },
	{ .id = "ERR-01", .clause = "TS 23.228 U.1.3.3", .version = "V16.5.0",
	  .text = "A REGISTER without a token never becomes a trusted one",
	  .strength = STRENGTH_DER, .obliged = ROLE_EPCSCF,
	  .facts = BOTH_SIDES, .kinds = REG_KINDS, .on_event = err_01 },
	{ 0 }
};
