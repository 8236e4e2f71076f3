/* Scenario 1, SIP Digest through the eP-CSCF (TS 23.228 U.1.3.3, TS 33.203 N, P.3
 * and X.2.2; rulings 20 and 24). */
#include <stddef.h>

#include "oracle/rule_sip.h"
#include "oracle/rules_iau_first.h"
#include "oracle/rules_iau_nonce.h"

static uint64_t field_of(const void *at, size_t offset)
{
	return *(const uint64_t *)(const void *)((const char *)at + offset);
}

/* Is there a token behind it that is not known to be worthless? Then the user
 * is already authenticated, whatever flag the WIC sent along. */
static bool good_bearer(const struct judge *j, const struct reg *w)
{
	const struct model *m = judge_model(j);

	if (w->auth != AUTH_BEARER && !w->token)
		return false;
	switch (model_worth(m, model_token_named(m, w->token), w->t_us)) {
	case WORTH_UNKNOWN:
	case WORTH_GOOD:
		return true;
	case WORTH_EXPIRED:
	case WORTH_UNTRUSTED:
	case WORTH_UNVERIFIABLE:
	case WORTH_WWSF:
		return false;
	}
	return false;
}

/* ---- IAU-01 ---- */

struct infos { struct recent of_core; };        /* Mw register -> its info */

static void infos_free(void *state)
{
	recent_free(&((struct infos *)state)->of_core);
}

struct field { size_t at; const char *name; };

static const struct field request_fields[] = {
	{ offsetof(struct reg_sip, username), "username" },
	{ offsetof(struct reg_sip, realm), "realm" },
	{ offsetof(struct reg_sip, nonce), "nonce" },
	{ offsetof(struct reg_sip, uri), "uri" },
	{ offsetof(struct reg_sip, response), "response" },
	{ offsetof(struct reg_sip, nc), "nc" },
	{ offsetof(struct reg_sip, cnonce), "cnonce" },
	{ offsetof(struct reg_sip, qop), "qop" },
	{ offsetof(struct reg_sip, algorithm), "algorithm" },
};
static const struct field challenge_fields[] = {
	{ offsetof(struct challenge, realm), "realm" },
	{ offsetof(struct challenge, nonce), "nonce" },
	{ offsetof(struct challenge, qop), "qop" },
	{ offsetof(struct challenge, algorithm), "algorithm" },
};

/* Name of the first field that differs; NULL: none. algorithm absent and MD5
 * mean the same (RFC 2617 3.2.1). */
static const char *differs(const void *a, const void *b,
			   const struct field *f, size_t n)
{
	uint64_t md5 = span_hash(S("md5"));

	for (size_t i = 0; i < n; i++) {
		uint64_t x = field_of(a, f[i].at), y = field_of(b, f[i].at);

		if (x != y && !((!x || x == md5) && (!y || y == md5)))
			return f[i].name;
	}
	return NULL;
}

static void iau_01_request(struct judge *j, const struct ev *e,
			   const struct reg *r, const struct reg *w)
{
	bool sure = rule_sip_sure(j, r);

	if (w->auth == AUTH_BEARER || w->token ||
	    w->sip.scheme != span_hash(S("digest")))
		return;
	if (r->sip.scheme != w->sip.scheme) {
		rule_sip_breach(j, where_of(e), sure, ROLE_NONE,
				"expected: the WIC's Digest credentials on Mw; "
				"seen: %s", r->sip.has_authorization ?
				"another scheme" : "no Authorization");
		return;
	}
	const char *odd = differs(&w->sip, &r->sip, request_fields,
				  sizeof request_fields /
				  sizeof *request_fields);

	if (odd)
		rule_sip_breach(j, where_of(e), sure, ROLE_NONE,
				"expected: the WIC's Digest credentials "
				"unchanged on Mw; seen: another %s", odd);
	else
		judge_held(j);
}

static void iau_01_answer(struct judge *j, const struct ev *e,
			  const struct reg *r, const struct reg *core)
{
	bool sure = rule_sip_sure(j, r);

	if (e->status != 401 || core->status != 401 || !core->challenge.digest)
		return;
	if (!r->challenge.digest) {
		rule_sip_breach(j, where_of(e), sure, ROLE_NONE,
				"expected: the core's Digest challenge on W2; "
				"seen: a 401 without it");
		return;
	}
	const char *odd = differs(&core->challenge, &r->challenge,
				  challenge_fields, sizeof challenge_fields /
				  sizeof *challenge_fields);

	if (!odd && core->challenge.stale != r->challenge.stale)
		odd = "stale";
	if (odd)
		rule_sip_breach(j, where_of(e), sure, ROLE_NONE,
				"expected: the core's challenge unchanged on "
				"W2; seen: another %s", odd);
	else
		judge_held(j);
}

/* The server's own proof is authentication data as well (RFC 2617 3.2.3). */
static uint32_t info_hash(const struct sip_msg *m)
{
	struct sip_auth info = { S("Digest"),
				 sip_get(m, SIP_H_AUTHENTICATION_INFO) };
	struct span proof = SPAN_NONE, next = SPAN_NONE;

	if (span_absent(info.rest))
		return 0;
	sip_auth_param(&info, S("rspauth"), &proof);
	sip_auth_param(&info, S("nextnonce"), &next);
	return (uint32_t)map_mix(span_hash(proof), span_hash(next)) & INT32_MAX;
}

static void iau_01_info(struct judge *j, const struct ev *e,
			const struct reg *r, const struct reg *core)
{
	struct infos *s = judge_state(j);
	uint32_t was = recent_get(&s->of_core, map_mix(r->mate, core->number));

	if (was == MAP_NONE)
		return;
	if (was == info_hash(e->sip))
		judge_held(j);
	else
		rule_sip_breach(j, where_of(e), rule_sip_sure(j, r), ROLE_NONE,
				"expected: the core's Authentication-Info "
				"unchanged on W2; seen: %s",
				info_hash(e->sip) ? "another" : "none");
}

static void iau_01(struct judge *j, const struct ev *e)
{
	const struct reg *r = rule_sip_reg(j), *o = rule_sip_mate(j, r);
	struct infos *s = judge_state(j);

	if (!o || !r->sip.present || !o->sip.present)
		return;
	if (e->kind == EV_ANSWER && is_2xx(e->status) && e->sip) {
		uint32_t at = model_now(judge_model(j))->reg;

		if (e->on == POINT_W2)
			iau_01_info(j, e, r, o);
		else if (info_hash(e->sip))
			recent_put(&s->of_core, 16384, map_mix(at, r->number),
				   info_hash(e->sip));
		return;
	}
	if (e->kind == EV_REGISTER && e->on == POINT_MW)
		iau_01_request(j, e, r, o);
	else if (e->kind == EV_ANSWER && e->on == POINT_W2)
		iau_01_answer(j, e, r, o);
}

/* ---- IAU-07 ---- */

struct seen { struct recent nonces; };

static void seen_free(void *state)
{
	recent_free(&((struct seen *)state)->nonces);
}

static bool digest_answer(const struct reg *r)
{
	return r && r->sip.present && rule_sip_answers(r) &&
	       !rule_sip_aka(r) && !rule_sip_tna(r);
}

static void iau_07_missing(struct judge *j, const struct ev *e,
			   const struct reg *r, const char *what)
{
	struct seen *s = judge_state(j);

	if (r->sip.response_proof == PROOF_RIGHT ||
	    recent_get(&s->nonces, r->sip.nonce) != MAP_NONE)
		judge_broken(j, where_of(e), "expected: Authentication-Info "
			     "with rspauth in the %d to a right answer; seen: "
			     "no %s", e->status, what);
	else
		judge_unsure(j, where_of(e), "no %s in the %d; whether the "
			     "answer was verified cannot be seen", what,
			     e->status);
}

static void iau_07_answer(struct judge *j, const struct ev *e,
			  const struct reg *r)
{
	struct span info = sip_get(e->sip, SIP_H_AUTHENTICATION_INFO);
	enum proof p = e->secrets ? e->secrets->rspauth : PROOF_UNKNOWN;

	if (span_absent(info))
		iau_07_missing(j, e, r, "Authentication-Info");
	else if (span_ifind(info, S("rspauth")) < 0)
		iau_07_missing(j, e, r, "rspauth");
	else if (p == PROOF_WRONG)
		judge_broken(j, where_of(e), "expected: the rspauth that the "
			     "password gives; seen: another one");
	else if (p == PROOF_RIGHT)
		judge_held(j);
	else
		judge_unsure(j, where_of(e), "rspauth is there; without the "
			     "subscriber's sip_password it cannot be checked");
}

static void iau_07(struct judge *j, const struct ev *e)
{
	const struct reg *r = rule_sip_reg(j);
	struct seen *s = judge_state(j);

	if (e->on != POINT_MW || !e->sip || !r)
		return;
	if (e->status == 401 && r->challenge.nonce)
		recent_put(&s->nonces, REGISTERS, r->challenge.nonce, 1);
	else if (is_2xx(e->status) && digest_answer(r) &&
		 r->sip.response_proof != PROOF_WRONG)
		iau_07_answer(j, e, r);
}

/* ---- IAU-09, IAU-10 ---- */

static const struct reg *wrong_answer(const struct judge *j,
				      const struct ev *e)
{
	const struct reg *r = rule_sip_reg(j);

	return e->on == POINT_MW && e->sip && digest_answer(r) &&
	       r->sip.response_proof == PROOF_WRONG ? r : NULL;
}

static void iau_09(struct judge *j, const struct ev *e)
{
	if (!wrong_answer(j, e) || e->status < 200)
		return;
	if (is_2xx(e->status))
		judge_broken(j, where_of(e), "expected: a wrong response never "
			     "registers; seen: %d", e->status);
	else if (!span_absent(sip_get(e->sip, SIP_H_AUTHENTICATION_INFO)))
		judge_broken(j, where_of(e), "expected: no security parameters "
			     "in the answer to a wrong response; seen: "
			     "Authentication-Info in a %d", e->status);
	else
		judge_held(j);
}

static void iau_10(struct judge *j, const struct ev *e)
{
	const struct reg *r = wrong_answer(j, e);

	if (!r || e->status < 200 || e->status >= 500)
		return;
	if (e->status == 401 && r->challenge.nonce == r->sip.nonce)
		judge_broken(j, where_of(e), "expected: 403, or 401 with a "
			     "fresh nonce; seen: 401 with the same nonce");
	else if (e->status == 401 || e->status == 403)
		judge_held(j);
	else
		judge_broken(j, where_of(e), "expected: 403, or 401 with a "
			     "fresh nonce; seen: %d", e->status);
}

/* ---- IAU-19, ERR-02 ---- */

/* What the eP-CSCF's own procedure may put there for this request. */
static bool own_flag(const struct judge *j, const struct reg *w,
		     enum integrity flag)
{
	bool bearer = good_bearer(j, w);

	switch (flag) {
	case INTEGRITY_ABSENT:
		return true;
	case INTEGRITY_AUTH_DONE:
		return bearer;
	case INTEGRITY_TLS_CONNECTED:
		return rule_sip_aka(w);
	case INTEGRITY_NO:
	case INTEGRITY_TLS_PENDING:
		return !bearer;
	case INTEGRITY_TLS_YES:
		return w->refresh;
	case INTEGRITY_YES:
	case INTEGRITY_IP_ASSOC:
	case INTEGRITY_OTHER:
		return false;
	}
	return false;
}

static void iau_19(struct judge *j, const struct ev *e)
{
	const struct reg *r = rule_sip_reg(j), *w = rule_sip_mate(j, r);

	if (e->on != POINT_MW || !w || !r->sip.present || !w->sip.present ||
	    w->sip.integrity == INTEGRITY_ABSENT)
		return;
	if (own_flag(j, w, r->sip.integrity))
		judge_held(j);
	else if (r->sip.integrity == w->sip.integrity)
		rule_sip_breach(j, where_of(e), rule_sip_sure(j, r), ROLE_NONE,
				"expected: the WIC's integrity-protected taken "
				"off; seen: %s on Mw, as the WIC sent it",
				rule_sip_integrity(r->sip.integrity));
}

static bool forged(const struct judge *j, const struct reg *w)
{
	return rule_sip_tna(w) && !good_bearer(j, w);
}

static void err_02_answer(struct judge *j, const struct ev *e,
			  const struct reg *w)
{
	if (w->mw_count || e->status < 200)
		return;                 /* judged on Mw */
	if (e->status >= 300)
		judge_held(j);
	else
		judge_unsure(j, where_of(e), "%d to a REGISTER that claims "
			     "auth-done by itself; its REGISTER on Mw was not "
			     "found", e->status);
}

static void err_02(struct judge *j, const struct ev *e)
{
	const struct reg *r = rule_sip_reg(j), *o = rule_sip_mate(j, r);

	if (e->kind == EV_REGISTER && e->on == POINT_MW && o && forged(j, o)) {
		if (rule_sip_tna(r))
			rule_sip_breach(j, where_of(e), rule_sip_sure(j, r),
					ROLE_NONE, "expected: auth-done forged "
					"by the WIC never counts; seen: a "
					"trusted REGISTER on Mw for it");
		else
			judge_held(j);
	} else if (e->kind == EV_ANSWER && e->on == POINT_W2 && r &&
		   forged(j, r)) {
		err_02_answer(j, e, r);
	}
}

#define BOTH_SIDES (FACT_W2 | FACT_MW)
#define MW_SIP (FACT_MW | FACT_SIP)
#define REG_KINDS (EV_BIT(EV_REGISTER) | EV_BIT(EV_ANSWER))

const struct rule rules_iau[] = {
	{ .id = "IAU-01", .clause = "TS 23.228 U.1.3.3", .version = "V16.5.0",
	  .text = "The eP-CSCF relays challenge and credentials between W2 and "
		  "Mw unchanged",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF,
	  .facts = BOTH_SIDES | FACT_SIP, .kinds = REG_KINDS,
	  .state_size = sizeof(struct infos), .on_event = iau_01,
	  .free_state = infos_free },
	{ .id = "IAU-04", .clause = "TS 33.203 N.2.1.1", .version = "V14.1.0",
	  .text = "A first REGISTER without a valid response is challenged by "
		  "401 with Digest realm, nonce, qop=auth and algorithm",
	  .strength = STRENGTH_SH, .obliged = ROLE_SCSCF, .facts = FACT_MW,
	  .state_size = sizeof(struct rules_iau_first), .kinds = REG_KINDS,
	  .on_event = rules_iau_first_event,
	  .free_state = rules_iau_first_free },
	{ .id = "IAU-07", .clause = "TS 33.203 N.2.1.1", .version = "V14.1.0",
	  .text = "The 200 to a right response has Authentication-Info with the "
		  "right rspauth",
	  .strength = STRENGTH_SH, .obliged = ROLE_SCSCF, .facts = MW_SIP,
	  .state_size = sizeof(struct seen), .kinds = EV_BIT(EV_ANSWER),
	  .on_event = iau_07, .free_state = seen_free },
	{ .id = "IAU-09", .clause = "TS 33.203 N.2.2.1", .version = "V14.1.0",
	  .text = "A wrong response registers nobody and is told no security "
		  "parameters",
	  .strength = STRENGTH_SH, .obliged = ROLE_SCSCF, .facts = MW_SIP,
	  .kinds = EV_BIT(EV_ANSWER), .on_event = iau_09 },
	{ .id = "IAU-10", .clause = "TS 24.229 5.4.1.2.3B",
	  .version = "V16.6.0",
	  .text = "A wrong response is answered by 403, or by 401 with a fresh "
		  "nonce",
	  .strength = STRENGTH_SH, .recalled = true, .obliged = ROLE_SCSCF,
	  .facts = MW_SIP, .kinds = EV_BIT(EV_ANSWER), .on_event = iau_10 },
	{ .id = "IAU-11", .clause = "TS 33.203 N.2.3", .version = "V14.1.0",
	  .text = "A right response over a stale nonce, or with a used "
		  "nonce-count, is challenged again with a new nonce and "
		  "stale=TRUE",
	  .strength = STRENGTH_SH, .obliged = ROLE_SCSCF, .facts = MW_SIP,
	  .state_size = sizeof(struct rules_iau_nonce),
	  .kinds = EV_BIT(EV_ANSWER) | EV_BIT(EV_MARK),
	  .on_event = rules_iau_nonce_event,
	  .free_state = rules_iau_nonce_free },
	{ .id = "IAU-19", .clause = "TS 33.203 P.3", .version = "V14.1.0",
	  .text = "integrity-protected sent by a WIC is taken off before Mw",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF,
	  .facts = BOTH_SIDES | FACT_SIP, .kinds = EV_BIT(EV_REGISTER),
	  .on_event = iau_19 },
	{ .id = "ERR-02", .clause = "TS 33.203 P.3", .version = "V14.1.0",
	  .text = "auth-done forged by a WIC never yields trusted node "
		  "authentication",
	  .strength = STRENGTH_SH, .obliged = ROLE_EPCSCF, .facts = BOTH_SIDES,
	  .kinds = REG_KINDS, .on_event = err_02 },
	{ 0 }
};
