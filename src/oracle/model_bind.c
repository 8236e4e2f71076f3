/* Bindings: which WIC has which identity registered, and until when. Found by
 * IMPU, by IMPI and by WIC; an entry that ran out is taken off its chains when
 * they are next written. */
#include "oracle/model_priv.h"

static uint64_t key_of(enum point on, name_id n, unsigned kind)
{
	return map_mix(n, (uint64_t)on * 8 + kind + 1000);
}

enum { BY_IMPU, BY_IMPI, BY_WIC };

static bool alive(const struct binding *b, int64_t t_us)
{
	return b->live && t_us < b->until_us;
}

/* ---- questions ---- */

static uint32_t chain(const struct model *m, enum point on, name_id n,
		      unsigned kind, int64_t t_us, uint32_t after)
{
	const struct map *index = kind == BY_IMPU ? &m->impu_index :
						    &m->impi_index;
	uint32_t i;

	if (!n)
		return MAP_NONE;
	if (after == MAP_NONE)
		i = map_get(index, key_of(on, n, kind));
	else
		i = kind == BY_IMPU ? m->binding_links[after].next_impu :
				      m->binding_links[after].next_impi;
	while (i != MAP_NONE && !alive(&m->bindings[i], t_us))
		i = kind == BY_IMPU ? m->binding_links[i].next_impu :
				      m->binding_links[i].next_impi;
	return i;
}

uint32_t model_binding_impu(const struct model *m, enum point on, name_id impu,
			    int64_t t_us, uint32_t after)
{
	return chain(m, on, impu, BY_IMPU, t_us, after);
}

uint32_t model_binding_impi(const struct model *m, enum point on, name_id impi,
			    int64_t t_us, uint32_t after)
{
	return chain(m, on, impi, BY_IMPI, t_us, after);
}

uint32_t model_binding_wic(const struct model *m, enum point on, name_id wic,
			   int64_t t_us)
{
	uint32_t i = wic ? map_get(&m->wic_binding, key_of(on, wic, BY_WIC)) :
			   MAP_NONE;
	const struct binding *b = model_binding(m, i);

	return b && alive(b, t_us) && b->wic == wic && b->on == on ? i :
								     MAP_NONE;
}

/* ---- changes ---- */

/* Drops what ran out from the front part of a chain and gives the slots back
 * once both chains have let go of them. */
static void prune(struct model *m, enum point on, name_id n, unsigned kind,
		  int64_t t_us)
{
	struct map *index = kind == BY_IMPU ? &m->impu_index : &m->impi_index;
	uint64_t key = key_of(on, n, kind);
	uint32_t head = map_get(index, key), *at = &head;

	while (*at != MAP_NONE) {
		struct binding_link *l = &m->binding_links[*at];
		uint32_t *next = kind == BY_IMPU ? &l->next_impu :
						   &l->next_impi;
		uint32_t i = *at;
		struct binding *b = &m->bindings[i];

		if (alive(b, t_us)) {
			at = next;
			continue;
		}
		b->live = false;
		*at = *next;
		name_id *name = kind == BY_IMPU ? &b->impu : &b->impi;

		*name = 0;
		if (!b->impu && !b->impi) {
			b->gen++;
			b->until_us = m->free_binding;
			m->free_binding = i;
		}
	}
	if (head == MAP_NONE)
		map_del(index, key);
	else
		map_put(index, key, head);
}

static uint32_t take(struct model *m)
{
	uint32_t i = m->free_binding;

	if (i != MAP_NONE) {
		m->free_binding = (uint32_t)m->bindings[i].until_us;
		return i;
	}
	uint32_t room = m->room_bindings;

	if (!model_grow(m, (void **)&m->bindings, m->n_bindings,
			&m->room_bindings, sizeof *m->bindings))
		return MAP_NONE;
	if (m->room_bindings != room) {
		uint32_t links = room;

		model_grow(m, (void **)&m->binding_links, m->n_bindings,
			   &links, sizeof *m->binding_links);
	}
	m->bindings[m->n_bindings].gen = 0;
	return m->n_bindings++;
}

static void enlist(struct model *m, uint32_t i, unsigned kind)
{
	struct binding *b = &m->bindings[i];
	struct map *index = kind == BY_IMPU ? &m->impu_index : &m->impi_index;
	name_id n = kind == BY_IMPU ? b->impu : b->impi;
	uint64_t key = key_of(b->on, n, kind);
	uint32_t *next = kind == BY_IMPU ? &m->binding_links[i].next_impu :
					   &m->binding_links[i].next_impi;

	*next = MAP_NONE;
	if (!n)
		return;
	prune(m, b->on, n, kind, m->t_us);
	*next = map_get(index, key);
	map_put(index, key, i);
}

/* Same holder? By label, else by contact, Call-ID or connection. */
static enum same holder(const struct binding *b, const struct reg *r)
{
	if (b->wic && r->wic)
		return b->wic == r->wic ? SAME_YES :
		       b->wic_sure && r->wic_sure ? SAME_NO : SAME_UNKNOWN;
	if ((b->call && b->call == r->call) ||
	    (b->contact && b->contact == r->sip.contact) ||
	    (b->conn && b->on != POINT_MW && b->conn == r->conn))
		return SAME_YES;
	return SAME_UNKNOWN;
}

/* The holder's own live binding of the identity, and somebody else's of the
 * same member of a pool pair. */
static void find(const struct model *m, const struct reg *r, name_id impi,
		 name_id impu, uint32_t *own, uint32_t *other)
{
	*own = *other = MAP_NONE;
	for (unsigned kind = BY_IMPU; kind <= BY_IMPI; kind++) {
		name_id n = kind == BY_IMPU ? impu : impi;
		uint32_t i = MAP_NONE;

		while ((i = chain(m, r->on, n, kind, m->t_us, i)) != MAP_NONE)
			if (holder(&m->bindings[i], r) == SAME_YES) {
				if (*own == MAP_NONE)
					*own = i;
			} else if (*other == MAP_NONE &&
				   m->names.at[n].pair != MAP_NONE) {
				*other = i;
			}
	}
}

/* The identities that the register stands for: what the core was told; on W2
 * without that the token's; else what the message says. */
static void identities(const struct model *m, const struct reg *r,
		       name_id *impi, name_id *impu)
{
	const struct token *t = model_token(m, model_token_named(m, r->token));
	const struct reg *mw = r->on != POINT_MW && r->mw_count ?
			       model_reg(m, r->mate) : NULL;

	*impi = mw && mw->impi ? mw->impi : r->impi;
	*impu = mw && mw->impu ? mw->impu : r->impu;
	if (r->on == POINT_MW || mw || !t)
		return;
	if (t->impi)
		*impi = t->impi;
	if (t->n_impu && !token_has_impu(t, *impu))
		*impu = t->impu[0];
}

static void end_binding(struct model *m, uint32_t i)
{
	m->bindings[i].live = false;
	m->bindings[i].ended_us = m->t_us;
}

static void unbind(struct model *m, const struct reg *r, uint32_t own)
{
	uint32_t w = r->window;

	if (own != MAP_NONE) {
		end_binding(m, own);
		m->now.binding = own;
		if (m->bindings[own].window != MAP_NONE)
			w = m->bindings[own].window;
	}
	if (w != MAP_NONE)
		m->windows[w].deregistered_us = m->t_us;
}

static int64_t granted_until(const struct reg *r, int64_t t_us)
{
	int64_t s = r->granted_s != UNSAID ? r->granted_s : r->expires_s;

	if (s == UNSAID)
		return INT64_MAX;
	return s > 100000000 ? INT64_MAX : t_us + s * 1000000;
}

void model_bind(struct model *m, uint32_t reg, const struct ev *e)
{
	const struct reg *r = &m->regs[reg];
	name_id impi, impu;
	uint32_t own, other;

	identities(m, r, &impi, &impu);
	find(m, r, impi, impu, &own, &other);
	if (r->expires_s == 0 || r->granted_s == 0) {
		unbind(m, r, own);
		if (r->on != POINT_MW && r->wic)
			map_del(&m->was_registered, r->wic);
		return;
	}
	if (r->on != POINT_MW && r->wic)
		map_put(&m->was_registered, r->wic, 1);
	uint32_t i = own != MAP_NONE ? own : take(m);

	if (i == MAP_NONE)
		return;
	struct binding *b = &m->bindings[i];

	if (own == MAP_NONE) {
		*b = (struct binding){
			.live = true, .gen = b->gen + 1, .on = r->on,
			.impi = impi, .impu = impu,
			.t0_us = e->t_us, .pair = model_pair_of(m, impi, impu),
		};
	}
	b->wic = r->wic;
	b->wic_sure = r->wic_sure;
	b->contact = r->sip.contact;
	b->call = r->call;
	b->conn = r->conn;
	b->granted_us = e->t_us;
	b->ended_us = UNSAID_T;
	b->until_us = granted_until(r, e->t_us);
	b->number = e->number;
	b->file = e->file;
	b->window = r->window;
	if (own == MAP_NONE) {
		enlist(m, i, BY_IMPU);
		enlist(m, i, BY_IMPI);
	}
	if (b->wic)
		map_put(&m->wic_binding, key_of(r->on, b->wic, BY_WIC), i);
	m->now.binding = i;
	m->now.replaced = other;
}

void model_expired(struct model *m, const struct ev *e)
{
	name_id impi = model_impi(m, e->impi);
	name_id wic = intern_find(&m->names, e->wic);

	for (unsigned k = 0; k <= e->impu.n; k++) {
		name_id n = k ? model_impu(m, e->impu.at[k - 1]) : impi;
		unsigned kind = k ? BY_IMPU : BY_IMPI;

		for (int on = POINT_W2; on <= POINT_MW; on++) {
			uint32_t i = MAP_NONE;

			while ((i = chain(m, (enum point)on, n, kind, e->t_us,
					  i)) != MAP_NONE)
				if (!wic || !m->bindings[i].wic ||
				    m->bindings[i].wic == wic) {
					end_binding(m, i);
					m->now.binding = i;
				}
		}
	}
}

/* A restarted eP-CSCF has lost its TLS sessions, so W2 holds nothing. */
void model_unbind_restart(struct model *m)
{
	for (uint32_t i = 0; i < m->n_bindings; i++)
		if (m->bindings[i].on == POINT_W2 && m->bindings[i].live)
			end_binding(m, i);
}
