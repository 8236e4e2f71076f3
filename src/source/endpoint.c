/* Which reference point is a connection on, and who are its ends? By the
 * profile's capture entries; where none fits, by what is said on it. */
#include "source/decoder.h"

/* "127.0.0.1:5060", or the address alone for any port. */
static bool is_at(const char *at, struct span end)
{
	struct span want = span_str(at);

	if (span_empty(end) || span_empty(want))
		return false;
	if (span_ieq(want, end))
		return true;
	if (end.p[0] == '[' && want.p[0] != '[')
		end = span_from(end, 1);
	if (!span_istarts(end, want))
		return false;
	end = span_from(end, want.n);
	return span_starts(end, S("]:")) ||
	       (end.n > 1 && end.p[0] == ':' &&
		span_chr(want, ':') < 0);
}

/* A path fits itself, what is below it, and itself with a query. */
static bool path_fits(const char *path, struct span target)
{
	struct span want = span_str(path);

	if (span_absent(want))
		return true;
	if (span_absent(target) || !span_starts(target, want))
		return false;
	target = span_from(target, want.n);
	return span_empty(target) || target.p[0] == '?' ||
	       target.p[0] == '/' || span_ends(want, S("/"));
}

static const struct capture_end *entry_of(const struct profile *p,
					  struct span end, struct span path)
{
	for (unsigned i = 0; i < p->n_capture; i++)
		if (is_at(p->capture[i].at, end) &&
		    path_fits(p->capture[i].path, path))
			return &p->capture[i];
	return NULL;
}

struct place endpoint_usual(enum point point)
{
	switch (point) {
	case POINT_W1: return (struct place){ point, ROLE_WIC, ROLE_WWSF, 0 };
	case POINT_W2: return (struct place){ point, ROLE_WIC, ROLE_EPCSCF, 0 };
	case POINT_W4: return (struct place){ point, ROLE_WWSF, ROLE_WAF, 0 };
	case POINT_W5: return (struct place){ point, ROLE_EPCSCF, ROLE_WAF, 0 };
	case POINT_MW:
		return (struct place){ point, ROLE_EPCSCF, ROLE_SCSCF, 0 };
	case POINT_CX: return (struct place){ point, ROLE_SCSCF, ROLE_SCSCF, 0 };
	case POINT_NONE:
	case POINT_COUNT: break;
	}
	return (struct place){ 0 };
}

/* The end across from role on that point. */
static enum role across(enum point point, enum role role)
{
	struct place u = endpoint_usual(point);

	return role == u.client ? u.server : u.client;
}

bool endpoint_find(const struct profile *p, struct span client,
		   struct span server, struct span path, struct place *out)
{
	const struct capture_end *c = entry_of(p, client, path);
	const struct capture_end *s = entry_of(p, server, path);

	if (!c && !s)
		return false;
	const struct capture_end *by = s ? s : c;

	out->point = by->point;
	out->ignore = (c && c->point == POINT_NONE) ||
		      (s && s->point == POINT_NONE);
	out->server = s ? s->role : across(by->point, c->role);
	out->client = c ? c->role : across(by->point, s->role);
	return true;
}

struct place endpoint_of_http(const struct http_msg *m)
{
	struct span type = http_get(m, S("Content-Type"));
	bool form = m->request && span_ieq(m->method, S("POST")) &&
		    span_istarts(type, S("application/x-www-form-urlencoded"));
	char room[8];

	if (m->upgrade || http_lists(m, S("Upgrade"), S("websocket")))
		return endpoint_usual(POINT_W2);
	if (form && (span_ifind(m->target, S("introspect")) >= 0 ||
		     http_form_get(m->body, S("token_type_hint"), room,
				   sizeof room)))
		return endpoint_usual(POINT_W5);
	if (form && span_find(m->body, S("grant_type=")) >= 0)
		return endpoint_usual(POINT_W4);
	return endpoint_usual(POINT_W1);
}

/* SIP outside a WebSocket is Mw; who registers there is the eP-CSCF. */
void endpoint_of_sip(struct conn *c, const struct sip_msg *m, bool from_client)
{
	bool edge_is_client = from_client;

	if (c->fixed || (c->guessed && c->client != ROLE_NONE))
		return;
	if (c->ws) {
		struct place w2 = endpoint_usual(POINT_W2);

		c->point = POINT_W2;
		c->client = w2.client;
		c->server = w2.server;
		c->guessed = true;
		return;
	}
	c->point = POINT_MW;
	c->guessed = true;
	if (!span_eq(m->method, S("REGISTER")))
		return;
	if (!m->request)
		edge_is_client = !from_client;
	c->client = edge_is_client ? ROLE_EPCSCF : ROLE_SCSCF;
	c->server = edge_is_client ? ROLE_SCSCF : ROLE_EPCSCF;
}
