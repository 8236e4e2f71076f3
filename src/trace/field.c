#include "trace/field.h"

#include <assert.h>
#include <stdio.h>

#include "wire/ws.h"

/* ---- words that only some kinds take ---- */

static const char *const reg_points[] = { NULL, NULL, "W2", NULL, NULL, "Mw" };
static const struct names reg_on = NAMES_INIT(reg_points);
static_assert(POINT_W2 == 2 && POINT_MW == 5, "places in reg_points");

static const char *const closed_points[] = { NULL, "W1", "W2" };
static const struct names closed_on = NAMES_INIT(closed_points);
static_assert(POINT_W1 == 1, "place in closed_points");

static const char *const lent[] = { NULL, NULL, "web", "pool" };
static const struct names lent_scenarios = NAMES_INIT(lent);
static_assert(SCENARIO_WEB == 2 && SCENARIO_POOL == 3, "places in lent");

static const char *const open_close[] = { "open", "close" };
static const struct names conn_steps = NAMES_INIT(open_close);
static const char *const ws_words[] = {
	NULL, "close", "upgrade", "answer", "frame",
};
static const struct names ws_steps = NAMES_INIT(ws_words);
static_assert(STEP_OPEN == 0 && STEP_CLOSE == 1 && STEP_FRAME == 4,
	      "places in ws_words");

static const char *const op_words[] = {
	"cont", "text", "binary", NULL, NULL, NULL, NULL, NULL,
	"close", "ping", "pong",
};
static const struct names ops = NAMES_INIT(op_words);
static_assert(WS_TEXT == 1 && WS_CLOSE == 8 && WS_PONG == 10,
	      "places in op_words");

static const char *const proof_words[] = { NULL, "right", "wrong" };
static const struct names proofs = NAMES_INIT(proof_words);
static_assert(PROOF_WRONG == 2, "places in proof_words");

/* ---- tables ---- */

#define EV(key, type, member) \
	{ key, type, offsetof(struct ev, member), NULL, false }
#define STORED(key, type, member) \
	{ key, type, offsetof(struct ev, member), NULL, true }
#define EV_NAME(key, member, words) \
	{ key, FIELD_NAME, offsetof(struct ev, member), &words, false }
#define SECRET(key, member) \
	{ key, FIELD_SECRET, offsetof(struct sip_secrets, member), NULL, false }

/* Every flow event that annexu wrote may say these. */
#define FLOW_STORED                                                       \
	STORED("derived", FIELD_BOOL, derived),                           \
	STORED("conn", FIELD_COUNT, conn),                                \
	STORED("wic_sure", FIELD_SURE, wic_sure)
#define STORED_ON \
	{ "on", FIELD_NAME, offsetof(struct ev, on), &names_of_points, true }

#define WIRE                                                              \
	EV_NAME("on", on, names_of_points),                               \
	EV("conn", FIELD_COUNT, conn),                                    \
	EV_NAME("from", from, names_of_roles),                            \
	EV_NAME("to", to, names_of_roles),                                \
	EV("wic", FIELD_TEXT, wic),                                       \
	STORED("wic_sure", FIELD_SURE, wic_sure)
#define BYTES                                                             \
	EV("bytes", FIELD_BYTES, bytes), EV("b64", FIELD_B64, bytes)
#define SECRETS                                                           \
	{ "response", FIELD_SECRET, offsetof(struct sip_secrets, response), \
	  &proofs, false },                                               \
	{ "rspauth", FIELD_SECRET, offsetof(struct sip_secrets, rspauth), \
	  &proofs, false },                                               \
	SECRET("token", token), SECRET("claims", claims),                 \
	SECRET("token_elsewhere", token_elsewhere)

static const struct field tcp[] = {
	WIRE, EV_NAME("step", step, conn_steps),
	EV("local", FIELD_LOCAL, text), EV("remote", FIELD_REMOTE, text),
	EV("secure", FIELD_BOOL, secure), { 0 }
};
static const struct field tls[] = {
	WIRE, EV_NAME("step", step, conn_steps),
	EV("secure", FIELD_BOOL, secure), { 0 }
};
static const struct field http[] = {
	WIRE, EV("secure", FIELD_BOOL, secure), BYTES, SECRETS,
	EV_NAME("password", password, proofs), { 0 }
};
static const struct field ws[] = {
	WIRE, EV_NAME("step", step, ws_steps),
	EV("secure", FIELD_BOOL, secure), EV("status", FIELD_CODE, status),
	EV("origin", FIELD_TEXT, ws_origin),
	EV("protocol", FIELD_TEXT, ws_protocol), 
	{ "op", FIELD_OP, offsetof(struct ev, ws_op), &ops, false },
	EV("fragments", FIELD_COUNT, ws_fragments),
	EV("defects", FIELD_DEFECTS, ws_defects),
	EV("sip_count", FIELD_COUNT, ws_sip_count),
	EV("sip_partial", FIELD_BOOL, ws_sip_partial), BYTES, SECRETS, { 0 }
};
static const struct field sip[] = {
	WIRE, EV("secure", FIELD_BOOL, secure), BYTES, SECRETS, { 0 }
};
static const struct field handover[] = {
	EV("wic", FIELD_TEXT, wic), EV("user", FIELD_USER, user),
	EV_NAME("scenario", scenario, lent_scenarios),
	EV("wwsf", FIELD_TEXT, wwsf), EV("impi", FIELD_TEXT, impi),
	EV("impu", FIELD_IMPU, impu), EV("token", FIELD_TOKEN, token),
	EV("valid_s", FIELD_TIME, valid_us), EV("ends", FIELD_TIME, ends_us),
	FLOW_STORED, STORED_ON, STORED("whole", FIELD_WHOLE, ends_whole),
	STORED("relogin", FIELD_BOOL, relogin), { 0 }
};
static const struct field refused[] = {
	EV("wic", FIELD_TEXT, wic), EV("user", FIELD_USER, user),
	EV_NAME("scenario", scenario, lent_scenarios),
	EV("wwsf", FIELD_TEXT, wwsf), EV("why", FIELD_TEXT, why),
	FLOW_STORED, STORED_ON, STORED("relogin", FIELD_BOOL, relogin), { 0 }
};
static const struct field token[] = {
	EV("token", FIELD_TOKEN, token), EV("impi", FIELD_TEXT, impi),
	EV("impu", FIELD_IMPU, impu), EV("wwsf", FIELD_TEXT, wwsf),
	EV("waf", FIELD_TEXT, waf), EV("valid_s", FIELD_TIME, valid_us),
	EV("ends", FIELD_TIME, ends_us),
	EV_NAME("state", state, names_of_states),
	FLOW_STORED, STORED_ON, STORED("whole", FIELD_WHOLE, ends_whole),
	STORED("wic", FIELD_TEXT, wic), { 0 }
};
static const struct field reg[] = {
	EV_NAME("on", on, reg_on), EV("wic", FIELD_TEXT, wic),
	EV("call", FIELD_TEXT, call), EV("impi", FIELD_TEXT, impi),
	EV("impu", FIELD_IMPU, impu), EV_NAME("auth", auth, names_of_auths),
	EV("token", FIELD_TOKEN, token),
	EV("expires_s", FIELD_EXPIRES, expires_s),
	FLOW_STORED, STORED("user", FIELD_USER, user), { 0 }
};
static const struct field answer[] = {
	EV_NAME("on", on, reg_on), EV("call", FIELD_TEXT, call),
	EV("status", FIELD_STATUS, status),
	EV("expires_s", FIELD_EXPIRES, expires_s),
	FLOW_STORED, STORED("wic", FIELD_TEXT, wic), { 0 }
};
static const struct field request[] = {
	EV_NAME("on", on, reg_on), EV("wic", FIELD_TEXT, wic),
	EV("call", FIELD_TEXT, call), EV("method", FIELD_TEXT, method),
	EV("from", FIELD_TEXT, from_id), EV("to", FIELD_TEXT, to_id),
	EV("status", FIELD_STATUS, status), FLOW_STORED, { 0 }
};
static const struct field closed[] = {
	EV_NAME("on", on, closed_on), EV("wic", FIELD_TEXT, wic),
	FLOW_STORED, { 0 }
};
static const struct field expired[] = {
	EV("impi", FIELD_TEXT, impi), EV("impu", FIELD_IMPU, impu),
	EV("wic", FIELD_TEXT, wic), FLOW_STORED, STORED_ON, { 0 }
};
static const struct field released[] = {
	EV("impi", FIELD_TEXT, impi), EV("impu", FIELD_IMPU, impu),
	FLOW_STORED, STORED_ON, STORED("wic", FIELD_TEXT, wic), { 0 }
};
static const struct field mark[] = {
	EV("text", FIELD_TEXT, text), FLOW_STORED, STORED_ON, { 0 }
};
static const struct field end[] = { FLOW_STORED, { 0 } };

static const struct field *const tables[] = {
	tcp, tls, http, ws, sip, handover, refused, token, reg, answer, request,
	closed, expired, released, mark, end,
};
static_assert(sizeof tables / sizeof *tables == EV_COUNT, "a table a kind");

const struct field *field_table(enum ev_kind k)
{
	assert(k < EV_COUNT);
	return tables[k];
}

const struct field *field_find(enum ev_kind k, struct span key, bool stored)
{
	for (const struct field *f = field_table(k); f->key; f++)
		if ((stored || !f->stored) && span_eq(key, span_str(f->key)))
			return f;
	return NULL;
}

const char *field_list(enum ev_kind k, bool stored, char *out, size_t cap)
{
	size_t n = (size_t)snprintf(out, cap, "t, ev");

	for (const struct field *f = field_table(k); f->key; f++)
		if ((stored || !f->stored) && n < cap)
			n += (size_t)snprintf(out + n, cap - n, ", %s", f->key);
	return out;
}

bool field_labels_sure(enum source s)
{
	return s != SOURCE_CAPTURE;
}

enum point field_implied_point(enum ev_kind k)
{
	return k == EV_HANDOVER || k == EV_REFUSED ? POINT_W1 : POINT_NONE;
}
