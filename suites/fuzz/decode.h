/* What the targets pcap.c and decode.c share: a profile that knows something
 * of everything, and a sink that reads every byte an event points to, so that
 * a sanitizer sees what is gone or too far. */
#ifndef FUZZ_DECODE_H
#define FUZZ_DECODE_H

#include <stdio.h>
#include <stdlib.h>

#include "source/decode.h"

struct fuzz_sink {
	int64_t t_us;
	unsigned long sum;
	unsigned flow;          /* flow events */
	struct decoder *again;  /* gets what is stored of a trace, or NULL */
};

static inline struct profile *fuzz_profile(void)
{
	static struct profile *p;
	static const char text[] =
		"subscribers: [{user: alice, web_password: wonder, impi: "
		"alice@ims.example.org, impu: [\"sip:alice@ims.example.org\"], "
		"sip_password: s3cret}]\n"
		"pools: [{wwsf: w, pairs: [{impi: pool001@ims.example.org, "
		"impu: \"sip:pool001@ims.example.org\"}]}]\n"
		"token: {kind: jwt, alg: HS256, issuer: i}\n"
		"w1:\n"
		"  login: {method: POST, path: /s, body: '{\"user\":\"{user}\","
		"\"password\":\"{password}\"}'}\n"
		"  refresh: {method: POST, path: /r, body: 'token={token}'}\n"
		"  anonymous: {method: POST, path: /pool}\n";
	struct err err = { 0 };

	if (p)
		return p;
	p = profile_new();
	if (profile_ixit_text(p, span_str(text), "fuzz", &err)) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	p->token.key = S("0123456789abcdef0123456789abcdef");
	return p;
}

static inline void fuzz_touch(struct fuzz_sink *f, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		f->sum += (unsigned char)s.p[i];
}

static inline bool fuzz_take(const struct ev *e, void *arg)
{
	struct fuzz_sink *f = arg;
	const struct span all[] = {
		e->wic, e->user, e->wwsf, e->waf, e->impi, e->token, e->why,
		e->call, e->method, e->from_id, e->to_id, e->text, e->bytes,
		e->ws_origin, e->ws_protocol,
	};

	if (e->t_us < f->t_us)
		abort();
	f->t_us = e->t_us;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		fuzz_touch(f, all[i]);
	for (unsigned i = 0; i < e->impu.n; i++)
		fuzz_touch(f, e->impu.at[i]);
	for (unsigned i = 0; e->sip && i < e->sip->n_headers; i++)
		fuzz_touch(f, e->sip->headers[i].value);
	for (unsigned i = 0; e->http && i < e->http->n_headers; i++)
		fuzz_touch(f, e->http->headers[i].value);
	if (e->secrets)
		fuzz_touch(f, e->secrets->token);
	f->flow += !(EV_BIT(e->kind) & EV_WIRE);
	if (f->again && !e->derived)
		decoder_event(f->again, e);
	return true;
}

#endif
