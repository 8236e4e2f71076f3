/* What the model keeps of a REGISTER's credentials and of a 401's challenge:
 * hashes, for comparing the two sides of the eP-CSCF, and the few values that
 * rules ask for by themselves. */
#include "oracle/model_priv.h"

#define PART_MAX 256u   /* longer values are hashed as they are */

static char folded(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

/* Hash of a text whose case and blanks do not count (scheme, algorithm, qop). */
static uint64_t loose_hash(struct span s)
{
	char room[PART_MAX];
	size_t n = 0;

	if (s.n > sizeof room)
		return span_hash(s);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && s.p[i] != '\t')
			room[n++] = folded(s.p[i]);
	return span_hash((struct span){ room, n });
}

static uint64_t param(const struct sip_auth *a, struct span name)
{
	struct span v;

	return sip_auth_param(a, name, &v) ? span_hash(v) : 0;
}

static uint64_t loose_param(const struct sip_auth *a, struct span name)
{
	struct span v;

	return sip_auth_param(a, name, &v) ? loose_hash(v) : 0;
}

/* nc= is eight hex digits (RFC 2617 3.2.2); what is not hex counts as none. */
static uint32_t hex_number(struct span s)
{
	uint32_t n = 0;

	if (!s.n || s.n > 8)
		return 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = folded(s.p[i]);

		if (c >= '0' && c <= '9')
			n = n << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n << 4 | (uint32_t)(c - 'a' + 10);
		else
			return 0;
	}
	return n;
}

static enum integrity integrity_of(struct span v)
{
	static const struct { struct span name; enum integrity is; } known[] = {
		{ SPAN_INIT("yes"), INTEGRITY_YES },
		{ SPAN_INIT("no"), INTEGRITY_NO },
		{ SPAN_INIT("auth-done"), INTEGRITY_AUTH_DONE },
		{ SPAN_INIT("tls-connected"), INTEGRITY_TLS_CONNECTED },
		{ SPAN_INIT("tls-pending"), INTEGRITY_TLS_PENDING },
		{ SPAN_INIT("tls-yes"), INTEGRITY_TLS_YES },
		{ SPAN_INIT("ip-assoc-pending"), INTEGRITY_IP_ASSOC },
		{ SPAN_INIT("ip-assoc-yes"), INTEGRITY_IP_ASSOC },
	};

	v = span_trim(v);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (span_ieq(v, known[i].name))
			return known[i].is;
	return INTEGRITY_OTHER;
}

static void credentials(struct reg_sip *out, const struct sip_auth *a)
{
	struct span v;

	out->scheme = loose_hash(a->scheme);
	out->username = param(a, S("username"));
	out->realm = param(a, S("realm"));
	out->nonce = param(a, S("nonce"));
	out->uri = param(a, S("uri"));
	out->response = param(a, S("response"));
	out->nc = param(a, S("nc"));
	out->cnonce = param(a, S("cnonce"));
	out->qop = loose_param(a, S("qop"));
	out->algorithm = loose_param(a, S("algorithm"));
	out->response_there = sip_auth_param(a, S("response"), &v);
	out->response_empty = out->response_there && span_empty(v);
	out->nonce_empty = sip_auth_param(a, S("nonce"), &v) && span_empty(v);
	if (sip_auth_param(a, S("nc"), &v))
		out->nc_count = hex_number(span_trim(v));
}

/* A message may carry several credentials; the Digest ones are what the two
 * sides have in common. The flag counts wherever it stands. */
static void authorization(struct reg_sip *out, const struct sip_msg *m)
{
	bool digest = false;

	for (int i = -1; (i = sip_next(m, SIP_H_AUTHORIZATION, i)) >= 0;) {
		struct sip_auth a;
		struct span v;

		if (!sip_auth_read(&a, m->headers[i].value))
			continue;
		bool is_digest = span_ieq(a.scheme, S("Digest"));

		if (!out->has_authorization || (is_digest && !digest))
			credentials(out, &a);
		digest |= is_digest;
		out->has_authorization = true;
		if (out->integrity == INTEGRITY_ABSENT &&
		    sip_auth_param(&a, S("integrity-protected"), &v))
			out->integrity = integrity_of(v);
	}
}

static uint64_t contact_hash(const struct sip_msg *m)
{
	struct sip_list it = { 0 };
	struct sip_addr a;
	struct span el;

	if (!sip_list_next(m, SIP_H_CONTACT, &it, &el))
		return 0;
	return sip_addr_read(&a, el) ? span_hash(a.uri) : 0;
}

uint32_t model_sip_cseq(const struct ev *e)
{
	uint32_t number = 0;
	struct span method;

	if (e->sip)
		sip_cseq_read(sip_get(e->sip, SIP_H_CSEQ), &number, &method);
	return number;
}

void model_sip_request(struct reg_sip *out, const struct ev *e)
{
	*out = (struct reg_sip){ 0 };
	if (!e->sip)
		return;
	out->present = true;
	authorization(out, e->sip);
	out->contact = contact_hash(e->sip);
	out->call = span_hash(sip_get(e->sip, SIP_H_CALL_ID));
	out->cseq = model_sip_cseq(e);
	if (e->secrets)
		out->response_proof = e->secrets->response;
}

void model_sip_challenge(struct challenge *out, const struct ev *e)
{
	*out = (struct challenge){ 0 };
	if (!e->sip)
		return;
	for (int i = -1; (i = sip_next(e->sip, SIP_H_WWW_AUTHENTICATE, i)) >= 0;) {
		struct sip_auth a;
		struct span v;

		if (!sip_auth_read(&a, e->sip->headers[i].value))
			continue;
		out->present = true;
		out->bearer |= span_ieq(a.scheme, S("Bearer"));
		if (out->digest || !span_ieq(a.scheme, S("Digest")))
			continue;
		out->digest = true;
		out->realm = param(&a, S("realm"));
		out->nonce = param(&a, S("nonce"));
		out->algorithm = loose_param(&a, S("algorithm"));
		out->qop = loose_param(&a, S("qop"));
		out->stale = sip_auth_param(&a, S("stale"), &v) &&
			     span_ieq(v, S("true"));
	}
}
