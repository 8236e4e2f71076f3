#include "trace/ev.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void ev_init(struct ev *e, enum ev_kind kind, int64_t t_us)
{
	assert(kind < EV_COUNT);
	*e = (struct ev){
		.kind = kind,
		.t_us = t_us,
		.valid_us = UNSAID_T,
		.ends_us = UNSAID_T, .asked_us = UNSAID_T,
		.expires_s = UNSAID,
		.status = UNSAID,
	};
}

/* ---- one line for people ---- */

struct line {
	char *p;
	size_t n, cap;
};

static void add(struct line *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(l->p + l->n, l->cap - l->n, fmt, ap);

	va_end(ap);
	if (n > 0)
		l->n += (size_t)n < l->cap - l->n ? (size_t)n : l->cap - l->n - 1;
}

/* What a peer wrote stays one line and harmless on a terminal. */
static void add_text(struct line *l, struct span s)
{
	for (size_t i = 0; i < s.n && i < 200; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == 0x7f)
			add(l, "\\x%02x", c);
		else
			add(l, "%c", c);
	}
}

static void add_span(struct line *l, const char *key, struct span s)
{
	if (span_absent(s))
		return;
	add(l, " %s=", key);
	add_text(l, s);
}

static void add_seconds(struct line *l, const char *key, int64_t us)
{
	if (us != UNSAID_T)
		add(l, " %s=%.3f", key, (double)us / 1e6);
}

static const char *step_name(enum ev_step s)
{
	switch (s) {
	case STEP_OPEN: return "open";
	case STEP_CLOSE: return "close";
	case STEP_UPGRADE: return "upgrade";
	case STEP_ANSWER: return "answer";
	case STEP_FRAME: return "frame";
	}
	return "?";
}

static void add_wire(struct line *l, const struct ev *e)
{
	if (e->from != ROLE_NONE || e->to != ROLE_NONE)
		add(l, " %s->%s", role_name(e->from), role_name(e->to));
	if (e->conn)
		add(l, " conn=%u", e->conn);
	if (EV_BIT(e->kind) & (EV_BIT(EV_TCP) | EV_BIT(EV_TLS) | EV_BIT(EV_WS)))
		add(l, " %s", step_name(e->step));
	add_span(l, "origin", e->ws_origin);
	add_span(l, "protocol", e->ws_protocol);
	if (!span_absent(e->bytes)) {
		long end = span_chr(e->bytes, '\n');

		add(l, " %zu bytes: ", e->bytes.n);
		add_text(l, span_trim(end < 0 ? e->bytes :
				      span_sub(e->bytes, 0, (size_t)end)));
	}
}

static void add_flow(struct line *l, const struct ev *e)
{
	add_span(l, "wic", e->wic);
	if (e->anonymous)
		add(l, " user=null");
	add_span(l, "user", e->user);
	if (e->scenario != SCENARIO_UNSAID)
		add(l, " scenario=%s", scenario_name(e->scenario));
	add_span(l, "wwsf", e->wwsf);
	add_span(l, "waf", e->waf);
	add_span(l, "call", e->call);
	add_span(l, "impi", e->impi);
	for (unsigned i = 0; i < e->impu.n; i++)
		add_span(l, "impu", e->impu.at[i]);
	if (e->auth != AUTH_KIND_UNSAID)
		add(l, " auth=%s", auth_kind_name(e->auth));
	add_span(l, "token", e->token);
	if (e->state != TOKEN_STATE_UNSAID)
		add(l, " state=%s", token_state_name(e->state));
	add_seconds(l, "valid_s", e->valid_us);
	add_seconds(l, "ends", e->ends_us);
	add_span(l, "method", e->method);
	add_span(l, "from", e->from_id);
	add_span(l, "to", e->to_id);
	if (e->status != UNSAID)
		add(l, " status=%d", e->status);
	if (e->expires_s != UNSAID)
		add(l, " expires_s=%lld", (long long)e->expires_s);
	add_span(l, "why", e->why);
	add_span(l, "text", e->text);
}

const char *ev_text(const struct ev *e, char *out, size_t cap)
{
	struct line l = { out, 0, cap };

	assert(cap > 0 && e->kind < EV_COUNT);
	out[0] = '\0';
	add(&l, "%7.3f %s", (double)e->t_us / 1e6, ev_kind_name(e->kind));
	if (e->on != POINT_NONE)
		add(&l, " %s", point_name(e->on));
	if (EV_BIT(e->kind) & EV_WIRE)
		add_wire(&l, e);
	add_flow(&l, e);
	return out;
}
