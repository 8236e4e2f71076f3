#include "actor/relay.h"

#include <stdlib.h>
#include <string.h>

struct kept *relay_keep(const struct sip_msg *m)
{
	struct kept *k = must_alloc(sizeof(*k));

	k->bytes = span_dup(m->whole);
	sip_read(&k->msg, (struct span){ k->bytes, m->whole.n });
	return k;
}

void relay_drop(struct kept *k)
{
	if (!k)
		return;
	free(k->bytes);
	free(k);
}

void relay_put(struct buf *b, struct span name, struct span value)
{
	buf_add(b, name);
	buf_add(b, S(": "));
	buf_add(b, value);
	buf_add(b, S("\r\n"));
}

static bool listed(const enum sip_hdr *list, enum sip_hdr h)
{
	for (; *list; list++)
		if (*list == h)
			return true;
	return false;
}

void relay_put_rest(struct buf *b, const struct sip_msg *m, const enum sip_hdr *but)
{
	for (unsigned i = 0; i < m->n_headers; i++) {
		const struct sip_header *h = &m->headers[i];

		if (h->id == SIP_H_OTHER)
			relay_put(b, h->name, h->value);
		else if (!listed(but, h->id))
			relay_put(b, span_str(sip_hdr_name(h->id)), h->value);
	}
}

struct span relay_tag(const struct sip_msg *m, enum sip_hdr h)
{
	struct sip_addr a;
	struct span tag;

	if (!sip_addr_read(&a, sip_get(m, h)) || !sip_param(a.params, S("tag"), &tag))
		return SPAN_NONE;
	return tag;
}

static const enum sip_hdr dialogue[] = {
	SIP_H_VIA, SIP_H_FROM, SIP_H_TO, SIP_H_CALL_ID, SIP_H_CSEQ, SIP_H_CONTENT_LENGTH,
};

void relay_put_answer(struct buf *b, const struct sip_msg *req, const struct sip_msg *answer,
		      const enum sip_hdr *but)
{
	enum sip_hdr all[SIP_H_COUNT] = { 0 };
	unsigned n = 0;

	for (; n < sizeof(dialogue) / sizeof(dialogue[0]); n++)
		all[n] = dialogue[n];
	for (; *but && n + 1 < SIP_H_COUNT; but++)
		all[n++] = *but;
	sip_put_reply(b, req, answer->status, relay_tag(answer, SIP_H_TO));
	relay_put_rest(b, answer, all);
}

int relay_max_forwards(const struct sip_msg *m)
{
	struct span value = sip_get(m, SIP_H_MAX_FORWARDS);
	uint64_t n;

	if (!span_u64(value, &n) || n > 255)
		return 69;
	return (int)n - 1;
}

void relay_branch(struct loop *l, char out[32])
{
	memcpy(out, "z9hG4bK", 7);
	loop_random_hex(l, out + 7, 16);
}
