/* The model's door: sends each event to the part that takes it in, answers
 * questions about names and tokens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "oracle/model_priv.h"
#include "oracle/rule.h"

static const struct now nothing = {
	.handover = MAP_NONE, .window = MAP_NONE, .previous = MAP_NONE,
	.reg = MAP_NONE, .mate = MAP_NONE, .token = MAP_NONE,
	.binding = MAP_NONE, .replaced = MAP_NONE,
};

struct model *model_new(const struct model_setup *s)
{
	struct model *m = must_alloc(sizeof *m);

	m->setup = *s;
	m->now = nothing;
	m->pair_head = must_alloc((s->profile->n_pairs + 1) *
				  sizeof *m->pair_head);
	memset(m->pair_head, 0xff,
	       (s->profile->n_pairs + 1) * sizeof *m->pair_head);
	m->regs = must_alloc(MODEL_REGS * sizeof *m->regs);
	m->reg_links = must_alloc(MODEL_REGS * sizeof *m->reg_links);
	m->free_binding = MAP_NONE;
	m->wwsf_restart_us = UNSAID_T;
	m->unresolved_until_us = UNSAID_T;
	return m;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	intern_free(&m->names);
	map_free(&m->token_index);
	map_free(&m->wic_window);
	map_free(&m->wic_closed);
	free(m->closed);
	map_free(&m->call_index);
	map_free(&m->was_registered);
	map_free(&m->impu_index);
	map_free(&m->impi_index);
	map_free(&m->wic_binding);
	free(m->tokens);
	free(m->handovers);
	free(m->windows);
	free(m->pair_head);
	free(m->regs);
	free(m->reg_links);
	free(m->bindings);
	free(m->binding_links);
	free(m);
}

bool model_grow(struct model *m, void **at, uint32_t n, uint32_t *room,
		size_t size)
{
	if (n < *room)
		return true;
	if (n >= MODEL_TABLE) {
		m->dropped_table++;
		return false;
	}
	*room = *room ? *room * 2 : 64;
	*at = must_grow(*at, *room * size);
	return true;
}

void model_event(struct model *m, const struct ev *e)
{
	m->now = nothing;
	m->t_us = e->t_us;
	m->n_moments = m->next_moment = 0;
	switch (e->kind) {
	case EV_HANDOVER:
	case EV_REFUSED:
		model_handover(m, e);
		break;
	case EV_TOKEN:
		model_token_event(m, e);
		break;
	case EV_REGISTER:
		model_register(m, e);
		break;
	case EV_ANSWER:
		model_answer(m, e);
		break;
	case EV_REQUEST:
		model_request(m, e);
		break;
	case EV_CLOSED:
		model_closed(m, e);
		break;
	case EV_EXPIRED:
		model_expired(m, e);
		break;
	case EV_RELEASED:
		model_released(m, e);
		break;
	case EV_MARK:
		model_mark(m, e);
		break;
	case EV_TCP:
	case EV_TLS:
	case EV_HTTP:
	case EV_WS:
	case EV_SIP:
	case EV_END:
	case EV_COUNT:
		break;
	}
}

unsigned model_moment(struct model *m)
{
	if (m->next_moment == m->n_moments)
		return 0;
	const struct moment *w = &m->moments[m->next_moment++];

	m->now.moment = w->bit;
	m->now.handover = w->handover;
	m->now.window = w->window;
	m->now.previous = w->previous;
	m->now.opened = w->opened;
	return w->bit;
}

bool model_seen_mw(const struct model *m) { return m->seen_mw; }
unsigned model_facts(const struct model *m) { return m->setup.facts; }
bool model_labels_sure(const struct model *m) { return m->setup.labels_sure; }
const struct now *model_now(const struct model *m) { return &m->now; }

/* ---- names ---- */

/* user@HOST: the user part keeps its case, the host does not have any. */
static struct span impi_form(struct span text, char *room, size_t cap)
{
	long at = span_chr(text, '@');

	if (at < 0 || text.n >= cap)
		return text;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		room[i] = i > (size_t)at && c >= 'A' && c <= 'Z' ?
			  (char)(c | 0x20) : c;
	}
	return (struct span){ room, text.n };
}

static name_id with_pair(struct model *m, struct span text, bool impu)
{
	const struct profile *p = m->setup.profile;
	bool fresh;
	name_id n = intern_put(&m->names, text, &fresh);

	if (fresh && p->n_pairs)
		m->names.at[n].pair = impu ? profile_pair_impu(p, text) :
					     profile_pair_impi(p, text);
	return n;
}

name_id model_impi(struct model *m, struct span text)
{
	char room[300];

	return with_pair(m, impi_form(text, room, sizeof room), false);
}

name_id model_impu(struct model *m, struct span text)
{
	char room[512];

	if (span_absent(text))
		return 0;
	return with_pair(m, sip_identity(text, room, sizeof room), true);
}

name_id model_find(const struct model *m, struct span text)
{
	return intern_find(&m->names, text);
}

name_id model_find_impu(const struct model *m, struct span uri)
{
	char room[512];

	if (span_absent(uri))
		return 0;
	return intern_find(&m->names, sip_identity(uri, room, sizeof room));
}

struct span model_text(const struct model *m, name_id n)
{
	return n ? intern_text(&m->names, n) : S("?");
}

uint32_t model_pair_of(const struct model *m, name_id impi, name_id impu)
{
	uint32_t p = impi ? m->names.at[impi].pair : MAP_NONE;

	return p == MAP_NONE && impu ? m->names.at[impu].pair : p;
}

/* ---- access ---- */

const struct token *model_token(const struct model *m, uint32_t i)
{
	return i < m->n_tokens ? &m->tokens[i] : NULL;
}

uint32_t model_token_named(const struct model *m, name_id name)
{
	return name ? map_get(&m->token_index, name) : MAP_NONE;
}

const struct handover *model_handover_at(const struct model *m, uint32_t i)
{
	return i < m->n_handovers ? &m->handovers[i] : NULL;
}

const struct window *model_window(const struct model *m, uint32_t i)
{
	return i < m->n_windows ? &m->windows[i] : NULL;
}

uint32_t model_pair_window(const struct model *m, uint32_t pair)
{
	return pair < m->setup.profile->n_pairs ? m->pair_head[pair] : MAP_NONE;
}

const struct reg *model_reg(const struct model *m, uint32_t i)
{
	return i < MODEL_REGS && m->regs[i].live ? &m->regs[i] : NULL;
}

const struct binding *model_binding(const struct model *m, uint32_t i)
{
	return i < m->n_bindings ? &m->bindings[i] : NULL;
}

unsigned model_limits(const struct model *cm, const char *const **out)
{
	struct model *m = (struct model *)(uintptr_t)cm;
	unsigned n = 0;

	if (m->dropped_regs) {
		snprintf(m->limit_text[n], sizeof m->limit_text[n],
			 "unanswered REGISTERs: %llu forgotten (limit %u)",
			 (unsigned long long)m->dropped_regs, MODEL_REGS);
		m->limits[n] = m->limit_text[n];
		n++;
	}
	if (m->dropped_table) {
		snprintf(m->limit_text[n], sizeof m->limit_text[n],
			 "table entries: %llu not kept (limit %u)",
			 (unsigned long long)m->dropped_table, MODEL_TABLE);
		m->limits[n] = m->limit_text[n];
		n++;
	}
	if (*m->cut)
		m->limits[n++] = m->cut;
	*out = m->limits;
	return n;
}
