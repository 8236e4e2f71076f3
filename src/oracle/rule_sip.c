/* Shared words of the rules about REGISTERs. */
#include "oracle/rule_sip.h"

#include <stdarg.h>
#include <stdio.h>

const struct reg *rule_sip_reg(const struct judge *j)
{
	const struct model *m = judge_model(j);

	return model_reg(m, model_now(m)->reg);
}

const struct reg *rule_sip_mate(const struct judge *j, const struct reg *r)
{
	const struct reg *o = r ? model_reg(judge_model(j), r->mate) : NULL;

	/* a slot that was given to another register since */
	return o && o->on != r->on ? o : NULL;
}

bool rule_sip_sure(const struct judge *j, const struct reg *r)
{
	const struct reg *o = rule_sip_mate(j, r);

	return o && (r->on == POINT_MW ? r->mate_sure : o->mate_sure);
}

bool rule_sip_tna(const struct reg *r)
{
	return r->auth == AUTH_TNA || r->sip.integrity == INTEGRITY_AUTH_DONE;
}

bool rule_sip_aka(const struct reg *r)
{
	return r->auth == AUTH_AKA ||
	       r->sip.algorithm == span_hash(S("akav1-md5")) ||
	       r->sip.algorithm == span_hash(S("akav2-md5")) ||
	       r->sip.algorithm == span_hash(S("akav2-sha-256"));
}

bool rule_sip_answers(const struct reg *r)
{
	return r->sip.scheme == span_hash(S("digest")) &&
	       r->sip.response_there && !r->sip.response_empty;
}

const char *rule_sip_integrity(enum integrity i)
{
	static const char *const names[] = {
		[INTEGRITY_ABSENT] = "none", [INTEGRITY_YES] = "yes",
		[INTEGRITY_NO] = "no", [INTEGRITY_AUTH_DONE] = "auth-done",
		[INTEGRITY_TLS_CONNECTED] = "tls-connected",
		[INTEGRITY_TLS_PENDING] = "tls-pending",
		[INTEGRITY_TLS_YES] = "tls-yes",
		[INTEGRITY_IP_ASSOC] = "ip-assoc",
		[INTEGRITY_OTHER] = "an unknown value",
	};
	return names[i];
}

bool rule_sip_third_party(const struct sip_msg *m)
{
	struct sip_addr from, to;

	return m && sip_addr_read(&from, sip_get(m, SIP_H_FROM)) &&
	       sip_addr_read(&to, sip_get(m, SIP_H_TO)) &&
	       !sip_identity_eq(from.uri, to.uri);
}

void rule_sip_breach(struct judge *j, struct where w, bool sure,
		     enum role who, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (!sure)
		judge_unsure(j, w, "%s (if the two REGISTERs belong together)",
			     text);
	else if (who == ROLE_NONE)
		judge_broken(j, w, "%s", text);
	else
		judge_broken_as(j, w, who, EFFECT_NONE, "%s", text);
}
