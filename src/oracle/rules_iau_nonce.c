/* IAU-11 (TS 33.203 N.2.3): a right answer over a stale nonce, or with a
 * nonce-count that was used, gets a new challenge with a new nonce and
 * stale=TRUE; neither 403 nor acceptance.
 *
 * How long a nonce lives is the S-CSCF's own affair, so a nonce counts as stale
 * only where the S-CSCF said so itself, or where a newer challenge went to the
 * same registration before the old one was ever accepted. */
#include <stdlib.h>

#include "base/err.h"
#include "oracle/rules_iau_nonce.h"

enum why { FRESH, REPLAYED, TOLD, SUPERSEDED, NEVER_ISSUED };

static const char *why_text(enum why w)
{
	static const char *const texts[] = {
		"", "a nonce-count that was used before",
		"a nonce that was called stale before",
		"a nonce that a newer challenge replaced",
		"a nonce that was never issued to it",
	};
	return texts[w];
}

/* Call-ID, IMPU and contact: an eP-CSCF that acts as a user agent may use one
 * Call-ID for all its registrations (RFC 3261 10.2). */
static uint64_t owner_of(const struct reg *r)
{
	return map_mix(map_mix(r->call, r->impu), r->sip.contact);
}

static uint64_t transaction_of(const struct reg *r)
{
	return map_mix(r->call, r->sip.cseq);
}

static struct nonce *find(struct rules_iau_nonce *s, uint64_t hash)
{
	uint32_t i = hash ? map_get(&s->index, hash) : MAP_NONE;

	return i == MAP_NONE ? NULL : &s->ring[i];
}

static struct nonce *find_or_add(struct rules_iau_nonce *s, uint64_t hash)
{
	struct nonce *n = find(s, hash);

	if (n)
		return n;
	if (!s->ring)
		s->ring = must_alloc(NONCES * sizeof *s->ring);
	uint32_t i = s->next++ % NONCES;

	if (s->ring[i].hash)
		map_del(&s->index, s->ring[i].hash);
	s->ring[i] = (struct nonce){ .hash = hash };
	map_put(&s->index, hash, i);
	return &s->ring[i];
}

static void issue(struct rules_iau_nonce *s, const struct reg *r)
{
	struct nonce *n;

	if (!r->challenge.digest || !r->challenge.nonce)
		return;
	n = find_or_add(s, r->challenge.nonce);
	*n = (struct nonce){ .hash = n->hash, .owner = owner_of(r) };
	recent_put(&s->newest, NONCES, n->owner, (uint32_t)(n - s->ring));
}

/* Authentication-Info: nextnonce="..." is a nonce to use from now on; the old
 * one may still be taken (RFC 2617 3.2.3). */
static void issue_next(struct rules_iau_nonce *s, const struct ev *e,
		       const struct reg *r)
{
	struct sip_auth info = { S("Digest"),
				 sip_get(e->sip, SIP_H_AUTHENTICATION_INFO) };
	struct span next;

	if (span_absent(info.rest) ||
	    !sip_auth_param(&info, S("nextnonce"), &next) || span_empty(next))
		return;
	struct nonce *n = find_or_add(s, span_hash(next));

	if (n->hash != r->sip.nonce)
		*n = (struct nonce){ .hash = n->hash, .owner = owner_of(r),
				     .next = true };
}

static void accept(struct rules_iau_nonce *s, const struct reg *r)
{
	struct nonce *n = find_or_add(s, r->sip.nonce);

	n->accepted = true;
	if (r->sip.nc_count > n->accepted_nc)
		n->accepted_nc = r->sip.nc_count;
	n->response = r->sip.response;
	n->transaction = transaction_of(r);
}

/* Why the nonce of r is no good, as far as can be told for sure. */
static enum why why_stale(struct rules_iau_nonce *s, const struct reg *r,
			  const struct nonce *n)
{
	uint32_t last = recent_get(&s->newest, owner_of(r));
	const struct nonce *newest = last == MAP_NONE ? NULL : &s->ring[last];

	if (n && n->told_stale)
		return TOLD;
	if (n && n->accepted && r->sip.nc_count &&
	    r->sip.nc_count <= n->accepted_nc)
		return REPLAYED;
	if (!newest || newest->owner != owner_of(r) || newest == n)
		return FRESH;
	if (n && !n->accepted && !n->next && n->owner == owner_of(r))
		return SUPERSEDED;
	return n ? FRESH : NEVER_ISSUED;
}

static void challenged_again(struct judge *j, const struct ev *e,
			     const struct reg *r, enum why why, bool known)
{
	bool renewed = r->challenge.nonce &&
		       r->challenge.nonce != r->sip.nonce;

	if (r->challenge.stale && renewed)
		judge_held(j);
	else if (why == FRESH && !r->challenge.stale && !known)
		return;                 /* from before the observation */
	else if (why == FRESH && !r->challenge.stale)
		judge_unsure(j, where_of(e), "a right answer was challenged "
			     "again without stale=TRUE: its nonce was stale, "
			     "or the S-CSCF wanted a new one");
	else
		judge_broken(j, where_of(e), "expected: 401 with stale=TRUE "
			     "and a new nonce for a right answer over %s; "
			     "seen: 401 with %s",
			     why == FRESH ? "a stale nonce" : why_text(why),
			     renewed ? "no stale=TRUE" : "the same nonce");
}

static void answered(struct judge *j, const struct ev *e, const struct reg *r,
		     struct rules_iau_nonce *s)
{
	struct nonce *n = find(s, r->sip.nonce);

	/* the same answer again, on the next hop */
	if (n && n->transaction == transaction_of(r))
		return;
	enum why why = why_stale(s, r, n);
	bool right = r->sip.response_proof == PROOF_RIGHT ||
		     (n && n->accepted && n->response == r->sip.response);

	if (is_2xx(e->status) && why != FRESH)
		judge_broken(j, where_of(e), "expected: 401 with stale=TRUE "
			     "and a new nonce; seen: %d over %s", e->status,
			     why_text(why));
	else if (e->status == 401 && right)
		challenged_again(j, e, r, why, n != NULL);
	else if (e->status == 403 && right && why != FRESH)
		judge_broken(j, where_of(e), "expected: 401 with stale=TRUE "
			     "and a new nonce; seen: 403 to a right answer "
			     "over %s", why_text(why));
	if (n && e->status == 401 && r->challenge.stale)
		n->told_stale = true;
}

void rules_iau_nonce_free(void *state)
{
	struct rules_iau_nonce *s = state;

	free(s->ring);
	map_free(&s->index);
	recent_free(&s->newest);
}

/* A restarted S-CSCF knows none of its nonces any more. */
static void forget(struct rules_iau_nonce *s)
{
	rules_iau_nonce_free(s);
	*s = (struct rules_iau_nonce){ 0 };
}

void rules_iau_nonce_event(struct judge *j, const struct ev *e)
{
	struct rules_iau_nonce *s = judge_state(j);
	const struct reg *r = rule_sip_reg(j);

	if (e->kind == EV_MARK && span_eq(e->text, S("restart scscf")))
		forget(s);
	if (e->on != POINT_MW || !e->sip || !r || !r->sip.present || rule_sip_aka(r) ||
	    rule_sip_tna(r))
		return;
	if (rule_sip_answers(r) && r->sip.nonce &&
	    r->sip.response_proof != PROOF_WRONG) {
		answered(j, e, r, s);
		if (is_2xx(e->status)) {
			accept(s, r);
			issue_next(s, e, r);
		}
	}
	if (e->status == 401)
		issue(s, r);
}
