/* Header fields of registration on Mw (TS 24.229 5.2.2 and 5.4.1.2.2F, RFC 3327,
 * RFC 3608, RFC 7315). Ruling 24: warnings until 24.229 itself was read. */
#include <stdio.h>

#include "oracle/rule_sip.h"

#define ICIDS 65536u            /* charging ids remembered */
#define REQUESTS 16384u         /* REGISTERs whose answers are to come */

/* A REGISTER as it comes from the eP-CSCF; the leg between I-CSCF and S-CSCF
 * repeats it and is not the eP-CSCF's doing, a third-party one neither. */
static bool from_edge(const struct judge *j, const struct ev *e)
{
	return e->kind == EV_REGISTER && e->on == POINT_MW && e->sip &&
	       e->from != ROLE_SCSCF &&
	       (rule_sip_mate(j, rule_sip_reg(j)) ||
		!rule_sip_third_party(e->sip));
}

/* One transaction's messages have these in common on every hop. */
static uint64_t transaction(const struct sip_msg *m)
{
	uint32_t number = 0;
	struct span method;

	sip_cseq_read(sip_get(m, SIP_H_CSEQ), &number, &method);
	return map_mix(span_hash(sip_get(m, SIP_H_CALL_ID)), number);
}

/* ---- HDR-01 ---- */

struct paths { struct recent of_wic; };

static void paths_free(void *state)
{
	recent_free(&((struct paths *)state)->of_wic);
}

/* First Path element as a number, 0: none or no URI. */
static uint32_t first_path(const struct sip_msg *m)
{
	struct sip_list it = { 0 };
	struct sip_addr a;
	struct span el;

	if (!sip_list_next(m, SIP_H_PATH, &it, &el) || !sip_addr_read(&a, el))
		return 0;
	return (uint32_t)span_hash(a.uri) | 1;
}

static void hdr_01_mw(struct judge *j, const struct ev *e)
{
	struct paths *p = judge_state(j);
	const struct reg *r = rule_sip_reg(j), *w = rule_sip_mate(j, r);
	uint32_t path = first_path(e->sip);

	if (!path)
		judge_broken(j, where_of(e), "expected: Path with the "
			     "eP-CSCF's URI in REGISTER on Mw; seen: %s",
			     sip_get(e->sip, SIP_H_PATH).p ? "Path without a "
			     "URI" : "no Path");
	else if (w && recent_get(&p->of_wic, map_mix(w->call, 2)) == path)
		judge_broken(j, where_of(e), "expected: Path with the "
			     "eP-CSCF's own URI; seen: the WIC's own Path "
			     "alone");
	else if (!sip_lists(e->sip, SIP_H_REQUIRE, S("path")))
		judge_broken(j, where_of(e), "expected: Require: path beside "
			     "Path; seen: Require %.*s",
			     SPAN(span_absent(sip_get(e->sip, SIP_H_REQUIRE)) ?
				  S("missing") :
				  sip_get(e->sip, SIP_H_REQUIRE)));
	else
		judge_held(j);
}

static void hdr_01(struct judge *j, const struct ev *e)
{
	struct paths *p = judge_state(j);

	if (e->on == POINT_W2 && e->sip && first_path(e->sip)) {
		uint64_t call = span_hash(sip_get(e->sip, SIP_H_CALL_ID));

		recent_put(&p->of_wic, REQUESTS, map_mix(call, 2),
			   first_path(e->sip));
	} else if (from_edge(j, e)) {
		hdr_01_mw(j, e);
	}
}

/* ---- HDR-02 ---- */

static void hdr_02(struct judge *j, const struct ev *e)
{
	if (!from_edge(j, e))
		return;
	struct span v = sip_get(e->sip, SIP_H_P_VISITED_NETWORK_ID);

	if (span_empty(span_unquote(span_trim(v))))
		judge_broken(j, where_of(e), "expected: P-Visited-Network-ID "
			     "in REGISTER on Mw; seen: %s",
			     span_absent(v) ? "none" : "an empty one");
	else
		judge_held(j);
}

/* ---- HDR-03 ---- */

struct icids { struct recent seen; };

static void icids_free(void *state)
{
	recent_free(&((struct icids *)state)->seen);
}

/* icid-value of P-Charging-Vector, which has no value of its own before the
 * parameters: the first one is put behind a semicolon to read them alike. */
static struct span icid_of(struct span vector)
{
	char room[1024];
	struct span v;
	int n;

	if (vector.n + 2 > sizeof room)
		return SPAN_NONE;
	n = snprintf(room, sizeof room, ";%.*s", SPAN(vector));
	if (!sip_param((struct span){ room, (size_t)n }, S("icid-value"), &v) ||
	    span_absent(v))
		return SPAN_NONE;
	return span_sub(vector, (size_t)(v.p - room) - 1, v.n);
}

static void hdr_03(struct judge *j, const struct ev *e)
{
	struct icids *s = judge_state(j);

	if (!from_edge(j, e))
		return;
	struct span vector = sip_get(e->sip, SIP_H_P_CHARGING_VECTOR);
	struct span icid = icid_of(vector);

	if (span_empty(icid)) {
		judge_broken(j, where_of(e), "expected: P-Charging-Vector with "
			     "icid-value in REGISTER on Mw; seen: %s",
			     span_absent(vector) ? "no P-Charging-Vector" :
			     "no icid-value");
		return;
	}
	uint64_t key = span_hash(icid);
	uint32_t mine = (uint32_t)transaction(e->sip) & 0x7fffffff;
	uint32_t before = recent_get(&s->seen, key);

	if (before != MAP_NONE && before != mine) {
		judge_broken(j, where_of(e), "expected: an icid-value of its "
			     "own for each transaction; seen: %.*s again",
			     SPAN(icid));
		return;
	}
	recent_put(&s->seen, ICIDS, key, mine);
	judge_held(j);
}

/* ---- HDR-06 ---- */

enum { HAD_PATH = 1, HAD_VECTOR = 2 };
struct asked { struct recent waiting; };

static void asked_free(void *state)
{
	recent_free(&((struct asked *)state)->waiting);
}

static void hdr_06_request(struct asked *a, const struct ev *e)
{
	uint32_t had = 0;

	if (!span_absent(sip_get(e->sip, SIP_H_PATH)))
		had |= HAD_PATH;
	if (!span_absent(sip_get(e->sip, SIP_H_P_CHARGING_VECTOR)))
		had |= HAD_VECTOR;
	recent_put(&a->waiting, REQUESTS, transaction(e->sip), had);
}

/* What a 200 lacks of what its REGISTER asked for, as a text; NULL: nothing. */
static const char *lacks(const struct sip_msg *m, uint32_t had)
{
	if ((had & HAD_PATH) && span_absent(sip_get(m, SIP_H_PATH)))
		return "Path";
	if (span_absent(sip_get(m, SIP_H_P_ASSOCIATED_URI)))
		return "P-Associated-URI";
	if (span_absent(sip_get(m, SIP_H_SERVICE_ROUTE)))
		return "Service-Route";
	if (span_absent(sip_get(m, SIP_H_CONTACT)))
		return "Contact";
	if (sip_expires(m, SPAN_NONE) < 0)
		return "expiry of Contact";
	if ((had & HAD_VECTOR) &&
	    span_absent(sip_get(m, SIP_H_P_CHARGING_VECTOR)))
		return "P-Charging-Vector";
	return NULL;
}

/* Only a 200 that makes or renews a binding: a de-registration or a mere
 * query has nothing to route or to bind. */
static void hdr_06(struct judge *j, const struct ev *e)
{
	struct asked *a = judge_state(j);
	const struct reg *r = rule_sip_reg(j);

	if (e->on != POINT_MW || !e->sip)
		return;
	if (e->kind == EV_REGISTER) {
		hdr_06_request(a, e);
		return;
	}
	if (!r || !is_2xx(e->status) || !r->sip.contact ||
	    r->expires_s == 0 || r->granted_s == 0 ||
	    (!rule_sip_mate(j, r) && rule_sip_third_party(e->sip)))
		return;
	uint32_t had = recent_get(&a->waiting, transaction(e->sip));
	const char *missing = lacks(e->sip, had == MAP_NONE ? 0 : had);

	if (missing)
		judge_broken(j, where_of(e), "expected: Path, P-Associated-URI, "
			     "Service-Route, Contact with expires and "
			     "P-Charging-Vector in the 200; seen: no %s",
			     missing);
	else
		judge_held(j);
}

#define MW_SIP (FACT_MW | FACT_SIP)

const struct rule rules_hdr[] = {
	{ .id = "HDR-01", .clause = "TS 24.229 5.2.2", .version = "V16.6.0",
	  .text = "The eP-CSCF puts its own URI into Path, and Require: path, "
		  "into each REGISTER on Mw",
	  .strength = STRENGTH_SH, .cap = EFFECT_WARNING,
	  .obliged = ROLE_EPCSCF, .facts = MW_SIP,
	  .state_size = sizeof(struct paths), .kinds = EV_BIT(EV_REGISTER),
	  .on_event = hdr_01, .free_state = paths_free },
	{ .id = "HDR-02", .clause = "TS 24.229 5.2.2", .version = "V16.6.0",
	  .text = "The eP-CSCF puts P-Visited-Network-ID into each REGISTER on "
		  "Mw",
	  .strength = STRENGTH_SH, .cap = EFFECT_WARNING,
	  .obliged = ROLE_EPCSCF, .facts = MW_SIP,
	  .kinds = EV_BIT(EV_REGISTER), .on_event = hdr_02 },
	{ .id = "HDR-03", .clause = "TS 24.229 5.2.2", .version = "V16.6.0",
	  .text = "The eP-CSCF puts P-Charging-Vector into each REGISTER on "
		  "Mw, with an icid-value of its own for each transaction",
	  .strength = STRENGTH_SH, .cap = EFFECT_WARNING,
	  .obliged = ROLE_EPCSCF, .facts = MW_SIP,
	  .state_size = sizeof(struct icids), .kinds = EV_BIT(EV_REGISTER),
	  .on_event = hdr_03, .free_state = icids_free },
	{ .id = "HDR-06", .clause = "TS 24.229 5.4.1.2.2F",
	  .version = "V16.6.0",
	  .text = "The 200 to a REGISTER carries Path, P-Associated-URI, "
		  "Service-Route, Contact with its expiry and "
		  "P-Charging-Vector",
	  .strength = STRENGTH_SH, .cap = EFFECT_WARNING,
	  .obliged = ROLE_SCSCF, .facts = MW_SIP,
	  .state_size = sizeof(struct asked),
	  .kinds = EV_BIT(EV_REGISTER) | EV_BIT(EV_ANSWER),
	  .on_event = hdr_06, .free_state = asked_free },
	{ 0 }
};
