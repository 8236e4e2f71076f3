#include "bench/tap.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"

enum watched { WATCH_UNDECIDED, WATCH_NO, WATCH_YES };

struct seen {
	enum watched watched;
	bool client;            /* our end opened the link */
};

struct tap {
	struct decoder *decoder;        /* NULL: stopped */
	struct loop *loop;
	unsigned ours;
	unsigned n;
	struct seen *links;
	struct map index;       /* link number -> links[] */
};

/* Who opens the connections of a reference point. */
static enum role opener(enum point p)
{
	switch (p) {
	case POINT_W1:
	case POINT_W2: return ROLE_WIC;
	case POINT_W4: return ROLE_WWSF;
	case POINT_W5:
	case POINT_MW: return ROLE_EPCSCF;
	case POINT_NONE:
	case POINT_CX:
	case POINT_COUNT: break;
	}
	return ROLE_NONE;
}

static enum role answerer(enum point p)
{
	switch (p) {
	case POINT_W1: return ROLE_WWSF;
	case POINT_W2: return ROLE_EPCSCF;
	case POINT_W4:
	case POINT_W5: return ROLE_WAF;
	case POINT_MW: return ROLE_SCSCF;
	case POINT_NONE:
	case POINT_CX:
	case POINT_COUNT: break;
	}
	return ROLE_NONE;
}

bool tap_tag_read(struct span tag, struct tap_tag *out)
{
	struct span rest = tag;
	struct span point = span_split(&rest, ' ');

	memset(out, 0, sizeof *out);
	if (span_absent(rest) || span_empty(rest) ||
	    !point_of(point, &out->point) || opener(out->point) == ROLE_NONE)
		return false;
	/* W1 and W2 carry the WIC's label, unless it is the server's end. */
	if ((out->point == POINT_W1 || out->point == POINT_W2) &&
	    !span_eq(rest, span_str(role_name(answerer(out->point))))) {
		out->role = ROLE_WIC;
		out->wic = rest;
		return true;
	}
	return role_of(rest, &out->role);
}

bool tap_wanted(const struct tap_tag *tag, bool client, unsigned ours)
{
	enum role usual = opener(tag->point);

	(void)client;   /* a core that opens towards the edge is seen there */
	return tag->role == usual || !(ours & ROLE_BIT(usual));
}

static struct seen *find(struct tap *t, struct link *l)
{
	uint32_t i = map_get(&t->index, link_number(l));

	return i == MAP_NONE ? NULL : &t->links[i];
}

static struct decode_at now(const struct tap *t)
{
	return (struct decode_at){ .t_us = loop_now_us(t->loop) };
}

static void decide(struct tap *t, struct seen *s, struct link *l)
{
	struct tap_tag tag;

	if (s->watched != WATCH_UNDECIDED || !*link_tag(l))
		return;
	s->watched = WATCH_NO;
	if (!tap_tag_read(span_str(link_tag(l)), &tag) ||
	    !tap_wanted(&tag, s->client, t->ours))
		return;
	enum role other = tag.role == opener(tag.point) ?
			  answerer(tag.point) : opener(tag.point);
	const char *near = link_local(l), *far = link_remote(l);
	struct decode_conn c = {
		.conn = link_number(l), .point = tag.point,
		.client = s->client ? tag.role : other,
		.server = s->client ? other : tag.role,
		.stream = link_stream(l), .secure = link_secure(l),
		.wic = tag.wic,
		.local = span_str(s->client ? near : far),
		.remote = span_str(s->client ? far : near),
	};
	s->watched = WATCH_YES;
	decoder_open(t->decoder, &c, now(t));
}

static void tap_opened(struct link *l, bool client, void *arg)
{
	struct tap *t = arg;
	struct seen *s = find(t, l);

	if (!t->decoder)
		return;
	if (!s) {
		t->links = must_grow(t->links, (t->n + 1) * sizeof *t->links);
		s = &t->links[t->n];
		*s = (struct seen){ .client = client };
		map_put(&t->index, link_number(l), t->n++);
	}
	decide(t, s, l);
}

static void tap_bytes(struct link *l, bool sent, struct span bytes, void *arg)
{
	struct tap *t = arg;
	struct seen *s = find(t, l);

	if (!s || !t->decoder)
		return;
	/* An accepted link has its tag only after opened(). */
	decide(t, s, l);
	if (s->watched == WATCH_YES)
		decoder_bytes(t->decoder, link_number(l), sent == s->client,
			      bytes, now(t));
}

static void tap_closed(struct link *l, bool by_us, void *arg)
{
	struct tap *t = arg;
	struct seen *s = find(t, l);

	if (s && t->decoder && s->watched == WATCH_YES) {
		s->watched = WATCH_NO;
		decoder_close(t->decoder, link_number(l), by_us == s->client,
			      now(t));
	}
}

struct tap *tap_new(struct decoder *d, struct loop *loop, unsigned ours)
{
	struct tap *t = must_alloc(sizeof *t);

	t->decoder = d;
	t->loop = loop;
	t->ours = ours;
	return t;
}

void tap_stop(struct tap *t)
{
	t->decoder = NULL;
}

void tap_free(struct tap *t)
{
	if (!t)
		return;
	map_free(&t->index);
	free(t->links);
	free(t);
}

struct link_tap tap_calls(struct tap *t)
{
	return (struct link_tap){ .opened = tap_opened, .bytes = tap_bytes,
				  .closed = tap_closed, .arg = t };
}
