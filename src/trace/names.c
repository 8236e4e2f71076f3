/* How kinds, facts, sources and the enums of events are written. */
#include <assert.h>

#include "trace/names.h"
#include "trace/ev.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const char *const kinds[] = {
	"tcp", "tls", "http", "ws", "sip",
	"handover", "refused", "token", "register", "answer",
	"request", "closed", "expired", "released", "mark", "end",
};
static_assert(COUNT(kinds) == EV_COUNT, "a name a kind");

static const char *const facts[] = {
	"flow", "time", "w1", "w2", "w4", "w5", "mw", "cx", "sip", "http", "ws",
	"tls",
};
static_assert(COUNT(facts) == FACT_COUNT, "a name a fact");
static_assert(FACT_TLS == 1 << (FACT_COUNT - 1), "facts are bits in order");

static const char *const sources[] = { "live", "capture", "model", "hand" };
static_assert(COUNT(sources) == SOURCE_HAND + 1, "a name a source");

static const char *const scenarios[] = { NULL, "ims", "web", "pool" };
static_assert(COUNT(scenarios) == SCENARIO_POOL + 1, "a name a scenario");

static const char *const auths[] = {
	NULL, "none", "digest", "aka", "bearer", "tna",
};
static_assert(COUNT(auths) == AUTH_TNA + 1, "a name a way");

static const char *const states[] = {
	NULL, "active", "expired", "unknown", "revoked",
};
static_assert(COUNT(states) == TOKEN_REVOKED + 1, "a name a state");

const struct names names_of_kinds = NAMES_INIT(kinds);
const struct names names_of_facts = NAMES_INIT(facts);
const struct names names_of_sources = NAMES_INIT(sources);
const struct names names_of_scenarios = NAMES_INIT(scenarios);
const struct names names_of_auths = NAMES_INIT(auths);
const struct names names_of_states = NAMES_INIT(states);

static const char *name(struct names t, unsigned i)
{
	assert(i < t.n);
	return t.at[i] ? t.at[i] : "";
}

const char *ev_kind_name(enum ev_kind k)
{
	return name(names_of_kinds, k);
}

bool ev_kind_of(struct span word, enum ev_kind *out)
{
	unsigned i;

	if (!names_find(names_of_kinds, word, &i))
		return false;
	*out = (enum ev_kind)i;
	return true;
}

const char *fact_name(enum fact one)
{
	unsigned i = 0;

	assert(one > 0 && one < 1 << FACT_COUNT);
	while (!((unsigned)one & 1u << i))
		i++;
	assert((unsigned)one == 1u << i);
	return facts[i];
}

bool fact_of(struct span word, enum fact *out)
{
	unsigned i;

	if (!names_find(names_of_facts, word, &i))
		return false;
	*out = (enum fact)(1u << i);
	return true;
}

const char *source_name(enum source s)
{
	return name(names_of_sources, s);
}

bool source_of(struct span word, enum source *out)
{
	unsigned i;

	if (!names_find(names_of_sources, word, &i))
		return false;
	*out = (enum source)i;
	return true;
}

const char *scenario_name(enum scenario s)
{
	return name(names_of_scenarios, s);
}

bool scenario_of(struct span word, enum scenario *out)
{
	unsigned i;

	if (!names_find(names_of_scenarios, word, &i))
		return false;
	*out = (enum scenario)i;
	return true;
}

const char *auth_kind_name(enum ev_auth a)
{
	return name(names_of_auths, a);
}

bool auth_kind_of(struct span word, enum ev_auth *out)
{
	unsigned i;

	if (!names_find(names_of_auths, word, &i))
		return false;
	*out = (enum ev_auth)i;
	return true;
}

const char *token_state_name(enum token_state s)
{
	return name(names_of_states, s);
}

bool token_state_of(struct span word, enum token_state *out)
{
	unsigned i;

	if (!names_find(names_of_states, word, &i))
		return false;
	*out = (enum token_state)i;
	return true;
}
