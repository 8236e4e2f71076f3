#include "actor/actor.h"

#include <stdio.h>
#include <string.h>

#include "actor/embedded.h"
#include "actor/head.h"

static const struct scheme {
	const char *name, *carrier;
	unsigned port;
	bool secure;
} schemes[] = {
	{ "https", "tls", 443, true }, { "http", "tcp", 80, false },
	{ "wss", "tls", 443, true }, { "ws", "tcp", 80, false },
	{ "udp", "udp", 5060, false }, { "tcp", "tcp", 5060, false },
	{ "tls", "tls", 5061, true },
};

static bool read_port(struct span text, unsigned *port)
{
	uint64_t n;

	if (!span_u64(text, &n) || n > 65535)
		return false;
	*port = (unsigned)n;
	return true;
}

/* "host", "host:port", "[v6]:port". */
static bool read_authority(struct actor_url *u, struct span at)
{
	struct span host = at, port = SPAN_NONE;

	if (at.n && at.p[0] == '[') {
		long end = span_chr(at, ']');

		if (end < 0)
			return false;
		host = span_sub(at, 1, (size_t)end - 1);
		at = span_from(at, (size_t)end + 1);
		if (at.n && at.p[0] == ':')
			port = span_from(at, 1);
	} else {
		long colon = span_chr(at, ':');

		if (colon >= 0) {
			host = span_sub(at, 0, (size_t)colon);
			port = span_from(at, (size_t)colon + 1);
		}
	}
	if (span_empty(host) || host.n >= sizeof(u->host))
		return false;
	span_copy(u->host, sizeof(u->host), host);
	return span_absent(port) || read_port(port, &u->port);
}

bool actor_url_read(struct actor_url *u, const char *text)
{
	struct span s = span_str(text), rest, authority;
	long colon = span_chr(s, ':'), slash;
	const struct scheme *scheme = NULL;

	memset(u, 0, sizeof(*u));
	for (unsigned i = 0; colon > 0 && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (span_ieq(span_sub(s, 0, (size_t)colon), span_str(schemes[i].name)))
			scheme = &schemes[i];
	if (!scheme)
		return false;
	rest = span_from(s, (size_t)colon + 1);
	if (span_starts(rest, S("//")))
		rest = span_from(rest, 2);
	slash = span_chr(rest, '/');
	authority = slash < 0 ? rest : span_sub(rest, 0, (size_t)slash);
	span_copy(u->scheme, sizeof(u->scheme), span_str(scheme->name));
	u->port = scheme->port;
	u->secure = scheme->secure;
	if (!read_authority(u, authority))
		return false;
	span_copy(u->path, sizeof(u->path), slash < 0 ? S("/") : span_from(rest, (size_t)slash));
	snprintf(u->endpoint, sizeof(u->endpoint), strchr(u->host, ':') ? "%s:[%s]:%u" : "%s:%s:%u",
		 scheme->carrier, u->host, u->port);
	return true;
}

void actor_url_write(char *out, size_t cap, const char *scheme, const char *endpoint,
		     const char *path)
{
	const char *authority = strchr(endpoint, ':');

	authority = authority ? authority + 1 : endpoint;
	if (strcmp(scheme, "udp") == 0 || strcmp(scheme, "tcp") == 0)
		snprintf(out, cap, "%s:%s", scheme, authority);
	else
		snprintf(out, cap, "%s://%s%s", scheme, authority, path);
}

void actor_w4_secret(char *out, size_t cap, const char *wwsf)
{
	snprintf(out, cap, "secret-of-%s", wwsf);
}

static struct span or_default(const char *text, struct span fallback)
{
	return text ? span_str(text) : fallback;
}

void actor_token_format(const struct profile *p, struct token_format *f)
{
	const struct token_ixit *t = &p->token;

	*f = (struct token_format){
		.alg = or_default(t->alg, S("HS256")),
		.key = span_empty(t->key) ? span_str(embedded_token_key) : t->key,
		.claim_impi = or_default(t->claim_impi, S("impi")),
		.claim_impu = or_default(t->claim_impu, S("impu")),
		.claim_wwsf = or_default(t->claim_wwsf, S("azp")),
		.claim_waf = or_default(t->claim_waf, S("iss")),
	};
}

void actor_edit_header(struct buf *out, struct span message, struct span name,
		       struct span value)
{
	struct head h;
	bool done = span_absent(value);

	if (!head_read(&h, message)) {
		buf_add(out, message);
		return;
	}
	head_put_line(out, h.start);
	for (unsigned i = 0; i < h.n; i++) {
		bool same = head_is(&h.line[i], name);

		if (!done && (same || head_is(&h.line[i], S("Content-Length")))) {
			head_put(out, name, value);
			done = true;
		}
		if (!same)
			head_put_line(out, h.line[i].whole);
	}
	if (!done)
		head_put(out, name, value);
	head_put_line(out, S(""));
	buf_add(out, h.body);
}

bool actor_answerable(const struct sip_msg *m)
{
	static const enum sip_hdr needed[] = { SIP_H_VIA, SIP_H_FROM, SIP_H_TO, SIP_H_CALL_ID,
					       SIP_H_CSEQ };

	for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (span_empty(sip_get(m, needed[i])))
			return false;
	return true;
}
