/* What the tests of source/ share: a sink that writes each event down as one
 * line, messages, and packets made by hand. */
#ifndef SEEN_H
#define SEEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "source/decode.h"
#include "wire/ws.h"

#define SEEN_MAX 512
/* Not every test uses every helper. */
#define UNUSED __attribute__((unused))

struct seen {
	unsigned n;
	char *line[SEEN_MAX];
	int64_t last_us;
};

UNUSED static void seen_put(struct buf *b, const char *key,
					     struct span v)
{
	if (!span_absent(v))
		buf_addf(b, " %s=%.*s", key, SPAN(v));
}

UNUSED static void seen_flow(struct buf *b, const struct ev *e)
{
	static const char *const proofs[] = { "", " right", " wrong" };

	seen_put(b, "wic", e->wic);
	if (!span_absent(e->wic) && e->wic_sure)
		buf_addc(b, '!');
	seen_put(b, "user", e->user);
	if (e->anonymous)
		buf_addf(b, " anonymous");
	if (e->scenario)
		buf_addf(b, " %s", scenario_name(e->scenario));
	seen_put(b, "wwsf", e->wwsf);
	seen_put(b, "waf", e->waf);
	seen_put(b, "impi", e->impi);
	for (unsigned i = 0; i < e->impu.n; i++)
		seen_put(b, "impu", e->impu.at[i]);
	seen_put(b, "token", e->token);
	if (e->state)
		buf_addf(b, " %s", token_state_name(e->state));
	if (e->valid_us != UNSAID_T)
		buf_addf(b, " valid=%lld", (long long)e->valid_us);
	if (e->ends_us != UNSAID_T)
		buf_addf(b, " ends=%lld", (long long)e->ends_us);
	if (e->relogin)
		buf_addf(b, " relogin");
	if (e->auth)
		buf_addf(b, " auth=%s", auth_kind_name(e->auth));
	seen_put(b, "call", e->call);
	seen_put(b, "method", e->method);
	seen_put(b, "from", e->from_id);
	seen_put(b, "to", e->to_id);
	seen_put(b, "why", e->why);
	seen_put(b, "text", e->kind == EV_MARK ? e->text : SPAN_NONE);
	if (e->status != UNSAID)
		buf_addf(b, " status=%d", e->status);
	if (e->expires_s != UNSAID)
		buf_addf(b, " expires=%lld", (long long)e->expires_s);
	buf_addf(b, "%s", proofs[e->password]);
}

UNUSED static void seen_wire(struct buf *b, const struct ev *e)
{
	static const char *const steps[] = { "open", "close", "upgrade",
					     "answer", "frame" };
	const struct sip_secrets *s = e->secrets;
	char text[200];

	if (e->kind == EV_TCP || e->kind == EV_TLS || e->kind == EV_WS)
		buf_addf(b, " %s", steps[e->step]);
	if (e->kind == EV_WS && e->step == STEP_FRAME)
		buf_addf(b, " op=%u sip=%u%s frags=%u", e->ws_op,
			 e->ws_sip_count, e->ws_sip_partial ? " partial" : "",
			 e->ws_fragments);
	if (e->ws_defects)
		buf_addf(b, " %s", ws_defects_text(e->ws_defects, text,
						   sizeof text));
	seen_put(b, "origin", e->ws_origin);
	seen_put(b, "protocol", e->ws_protocol);
	if (e->kind == EV_SIP) {
		assert_non_null(e->sip);
		buf_addf(b, " %.*s %d defects=%u", SPAN(e->sip->method),
			 e->sip->status, e->sip->n_defects);
	}
	if (e->kind == EV_SIP && s) {
		if (s->response)
			buf_addf(b, " response=%d", s->response);
		if (s->rspauth)
			buf_addf(b, " rspauth=%d", s->rspauth);
		if (s->has_token)
			seen_put(b, "token", s->token);
		if (s->token_elsewhere)
			buf_addf(b, " elsewhere");
	}
}

/* "register W2 epcscf>scscf ..."; times and numbers stand apart. */
UNUSED static bool seen_take(const struct ev *e, void *arg)
{
	struct seen *s = arg;
	struct buf b;

	assert_true(s->n < SEEN_MAX);
	assert_true(e->t_us >= s->last_us);
	s->last_us = e->t_us;
	buf_init(&b, 8192);
	buf_addf(&b, "%s %s", ev_kind_name(e->kind),
		 e->on ? point_name(e->on) : "-");
	if (EV_BIT(e->kind) & EV_WIRE) {
		buf_addf(&b, " %s>%s", role_name(e->from), role_name(e->to));
		seen_wire(&b, e);
	}
	seen_flow(&b, e);
	s->line[s->n++] = strdup(buf_str(&b));
	buf_free(&b);
	return true;
}

UNUSED static void seen_clear(struct seen *s)
{
	for (unsigned i = 0; i < s->n; i++)
		free(s->line[i]);
	memset(s, 0, sizeof *s);
}

/* The nth (from 0) line that starts so; "" when there is none. */
UNUSED static const char *seen_nth(const struct seen *s,
						    const char *start,
						    unsigned nth)
{
	for (unsigned i = 0; i < s->n; i++)
		if (strncmp(s->line[i], start, strlen(start)) == 0 &&
		    nth-- == 0)
			return s->line[i];
	return "";
}

UNUSED static unsigned seen_count(const struct seen *s,
						   const char *start)
{
	unsigned n = 0;

	while (*seen_nth(s, start, n))
		n++;
	return n;
}

UNUSED static bool seen_same(const struct seen *a,
					      const struct seen *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (strcmp(a->line[i], b->line[i]) != 0)
			return false;
	return true;
}

UNUSED static void seen_print(const struct seen *s)
{
	for (unsigned i = 0; i < s->n; i++)
		printf("  %s\n", s->line[i]);
}

/* ---- messages ---- */

/* extra: more header lines, each with CRLF. Valid until the next call of the
 * same turn (four turns). */
UNUSED static struct span sip_request_text(
	const char *method, const char *user, const char *branches,
	unsigned cseq, const char *extra)
{
	static char turns[4][4096];
	static unsigned turn;
	char *out = turns[turn++ % 4], vias[1024] = "";
	struct span rest = span_str(branches);

	while (!span_absent(rest)) {
		struct span one = span_split(&rest, ' ');

		snprintf(vias + strlen(vias), sizeof vias - strlen(vias),
			 "Via: SIP/2.0/WS h.invalid;branch=z9hG4bK%.*s\r\n",
			 SPAN(one));
	}
	int n = snprintf(out, sizeof turns[0],
			 "%s sip:ims.example SIP/2.0\r\n%s"
			 "From: <sip:%s@ims.example>;tag=f\r\n"
			 "To: <sip:%s@ims.example>\r\n"
			 "Call-ID: call-%s\r\nCSeq: %u %s\r\n"
			 "Max-Forwards: 70\r\n"
			 "Contact: <sip:%s@h.invalid;transport=ws>\r\n"
			 "Expires: 600\r\n%sContent-Length: 0\r\n\r\n",
			 method, vias, user, user, user, cseq, method, user,
			 extra);

	return (struct span){ out, (size_t)n };
}

UNUSED static struct span sip_answer_text(
	int status, const char *method, const char *user, const char *branches,
	unsigned cseq, const char *extra)
{
	static char turns[4][4096];
	static unsigned turn;
	char *out = turns[turn++ % 4], vias[1024] = "";
	struct span rest = span_str(branches);

	while (!span_absent(rest)) {
		struct span one = span_split(&rest, ' ');

		snprintf(vias + strlen(vias), sizeof vias - strlen(vias),
			 "Via: SIP/2.0/WS h.invalid;branch=z9hG4bK%.*s\r\n",
			 SPAN(one));
	}
	int n = snprintf(out, sizeof turns[0],
			 "SIP/2.0 %d Whatever\r\n%s"
			 "From: <sip:%s@ims.example>;tag=f\r\n"
			 "To: <sip:%s@ims.example>;tag=t\r\n"
			 "Call-ID: call-%s\r\nCSeq: %u %s\r\n"
			 "%sContent-Length: 0\r\n\r\n",
			 status, vias, user, user, user, cseq, method, extra);

	return (struct span){ out, (size_t)n };
}

#define UPGRADE                                                       \
	"GET /ws HTTP/1.1\r\nHost: edge\r\nUpgrade: websocket\r\n"      \
	"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n" \
	"Sec-WebSocket-Version: 13\r\nOrigin: https://wwsf\r\n"         \
	"Sec-WebSocket-Protocol: sip\r\n\r\n"
#define SWITCHED                                                      \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"    \
	"Connection: Upgrade\r\nSec-WebSocket-Accept: x\r\n"            \
	"Sec-WebSocket-Protocol: sip\r\n\r\n"

UNUSED static void add_frame(struct buf *b, bool from_client,
					      struct span payload)
{
	static const unsigned char mask[4] = { 0x12, 0xab, 0x00, 0xff };

	assert_true(ws_put_message(b, WS_TEXT, payload, from_client, mask));
}

#endif
