/* What several rules ask of REGISTERs: the record in hand, its other side at
 * the eP-CSCF, whether it claims that the user is already authenticated, and
 * a breach whose weight depends on how sure the correlation is (ruling 16). */
#ifndef ORACLE_RULE_SIP_H
#define ORACLE_RULE_SIP_H

#include "oracle/recent.h"
#include "oracle/rule.h"

/* The register that a register or answer event is about; NULL when the model
 * knows none. */
const struct reg *rule_sip_reg(const struct judge *j);
/* Its other side: of a W2 register its newest Mw register, of a Mw register
 * the W2 register that caused it. NULL: not correlated. */
const struct reg *rule_sip_mate(const struct judge *j, const struct reg *r);
/* Is the pair known to belong together, not guessed from its order? Either
 * side may be given. */
bool rule_sip_sure(const struct judge *j, const struct reg *r);

/* Trusted node authentication is claimed: flow level `tna`, or the flag. */
bool rule_sip_tna(const struct reg *r);
/* Credentials of IMS AKA, by the flow's word or the algorithm. */
bool rule_sip_aka(const struct reg *r);
/* A Digest answer is in it (a response= that is not empty). */
bool rule_sip_answers(const struct reg *r);
const char *rule_sip_integrity(enum integrity i);

/* Broken when sure, else inconclusive. who ROLE_NONE: the rule's own. */
void rule_sip_breach(struct judge *j, struct where w, bool sure,
		     enum role who, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* A registration by somebody else (RFC 3261 10.2: From is not To), such as an
 * S-CSCF's to an application server, which a capture may show beside Mw. */
bool rule_sip_third_party(const struct sip_msg *m);

#endif
