/* The list of flaws: id, name, role, rules that must catch it, sentence. The
 * flaws of the eP-CSCF stand in flaw_list_edge.h. */
#ifndef ACTOR_FLAW_LIST_H
#define ACTOR_FLAW_LIST_H

#include "actor/flaw_list_edge.h"

#define FLAW_LIST(X) \
	FLAW_LIST_WIC(X) FLAW_LIST_WWSF(X) FLAW_LIST_WAF(X) FLAW_LIST_EPCSCF(X) \
	FLAW_LIST_SCSCF(X) FLAW_LIST_SYSTEM(X)

#define FLAW_LIST_WIC(X) \
	X(IGNORES_GIVEN_IMPU, "ignores_given_impu", ROLE_WIC, "WEB-02", \
	  "the WIC puts an IMPU of its own into To and From instead of the one it was given") \
	X(OFFERS_NO_SUBPROTOCOL, "offers_no_subprotocol", ROLE_WIC, "WSS-03", \
	  "the WIC opens W2 without offering the subprotocol sip") \
	X(WIC_TWO_IN_ONE_FRAME, "wic_two_in_one_frame", ROLE_WIC, "WSS-08", \
	  "the WIC puts two SIP messages into one WebSocket message") \
	X(WIC_SPLITS_MESSAGES, "wic_splits_messages", ROLE_WIC, "WSS-08", \
	  "the WIC sends one SIP message as two WebSocket messages")

#define FLAW_LIST_WWSF(X) \
	X(PLAIN_W1, "plain_w1", ROLE_WWSF, "W1-01", \
	  "the WWSF serves W1 without TLS") \
	X(SKIPS_LOGIN, "skips_login", ROLE_WWSF, "W1-04", \
	  "the WWSF does not look at the password") \
	X(DETERMINES_BY_ARRIVAL, "determines_by_arrival", ROLE_WWSF, "W1-08 W1-09", \
	  "the WWSF gives each login the identities of the next subscriber") \
	X(ONE_IDENTITY_FOR_ALL, "one_identity_for_all", ROLE_WWSF, "W1-09 W1-08", \
	  "the WWSF gives every user the identities of the first subscriber") \
	X(ADDS_FOREIGN_IMPU, "adds_foreign_impu", ROLE_WWSF, "W1-08", \
	  "the WWSF adds an IMPU that it made up to the user's own") \
	X(STRANGER_IS_SUBSCRIBER, "stranger_is_subscriber", ROLE_WWSF, "W1-09", \
	  "the WWSF gives a user without subscription a subscriber's identities") \
	X(LENDS_FOREIGN_POOL, "lends_foreign_pool", ROLE_WWSF, "POOL-01", \
	  "the WWSF lends pairs of another WWSF's pool, and the WAF lets it") \
	X(MIXES_PAIRS, "mixes_pairs", ROLE_WWSF, "POOL-04", \
	  "the WWSF lends the IMPI of one pair with the IMPU of the next") \
	X(PROVISIONS_TWICE, "provisions_twice", ROLE_WWSF, "POOL-05", \
	  "the WWSF's pool has one IMPU in two entries") \
	X(LENDS_ONE_PAIR_TO_ALL, "lends_one_pair_to_all", ROLE_WWSF, "POOL-06 POOL-07", \
	  "the WWSF lends its first pair to everybody") \
	X(RELENDS_AT_HALF_TIME, "relends_at_half_time", ROLE_WWSF, "POOL-07 POOL-06", \
	  "the WWSF lends a pair again when half of its window is over") \
	X(RELENDS_JUST_EARLY, "relends_just_early", ROLE_WWSF, "POOL-30 POOL-07", \
	  "the WWSF lends a pair again shortly before the end of its window") \
	X(NEVER_FREES, "never_frees", ROLE_WWSF, "POOL-08", \
	  "the WWSF never lends a pair a second time") \
	X(FREES_ON_DEREGISTRATION, "frees_on_deregistration", ROLE_WWSF, "POOL-09", \
	  "the WWSF frees a pair when the page reports a de-registration") \
	X(FREES_ON_CLOSE, "frees_on_close", ROLE_WWSF, "POOL-10", \
	  "the WWSF frees a pair when the browser closes its W1 connection") \
	X(LENDS_WHEN_EXHAUSTED, "lends_when_exhausted", ROLE_WWSF, "POOL-12", \
	  "the WWSF lends the oldest pair when none is free") \
	X(REFRESH_CHANGES_PAIR, "refresh_changes_pair", ROLE_WWSF, "POOL-18", \
	  "the WWSF answers a refresh with another pair") \
	X(REFRESH_KEEPS_OLD_END, "refresh_keeps_old_end", ROLE_WWSF, "POOL-07 POOL-06", \
	  "the WWSF gives a new token at refresh but lends the pair again at the old end") \
	X(FORGETS_WINDOWS_ON_RESTART, "forgets_windows_on_restart", ROLE_WWSF, "POOL-29", \
	  "the WWSF keeps its windows in memory and lends everything anew after a restart")

/* TOKEN_OUTLIVES_ASSIGNMENT: the rule obliges whoever hands the token over,
 * the WWSF, although the WAF made it. */
#define FLAW_LIST_WAF(X) \
	X(TOKEN_OUTLIVES_ASSIGNMENT, "token_outlives_assignment", ROLE_WAF, "POOL-31", \
	  "the WAF issues tokens that outlive the assignment they are for")

/* What the edge alone, or the core alone, would still keep from the WIC. */
#define FLAW_LIST_SYSTEM(X) \
	X(NOTHING_RUNS_OUT, "nothing_runs_out", ROLE_SYSTEM, "POOL-15", \
	  "neither the eP-CSCF nor the S-CSCF drops a registration that ran out") \
	X(FIRST_CONTACT_STAYS, "first_contact_stays", ROLE_SYSTEM, "POOL-16", \
	  "eP-CSCF and S-CSCF send requests for a pair to the contact that it had first") \
	X(DEREGISTRATION_ENDS_NOTHING, "deregistration_ends_nothing", ROLE_SYSTEM, "DRG-05", \
	  "eP-CSCF and S-CSCF answer a de-registration with 200 and keep the binding") \
	X(LIFETIMES_DISAGREE, "lifetimes_disagree", ROLE_SYSTEM, "POOL-26", \
	  "the WWSF lends a pair for half as long as its token lives")

#define FLAW_LIST_SCSCF(X) \
	X(NO_CHALLENGE, "no_challenge", ROLE_SCSCF, "IAU-04", \
	  "the S-CSCF registers without a challenge") \
	X(NO_AUTHENTICATION_INFO, "no_authentication_info", ROLE_SCSCF, "IAU-07", \
	  "the S-CSCF's 200 has no Authentication-Info") \
	X(WRONG_RSPAUTH, "wrong_rspauth", ROLE_SCSCF, "IAU-07", \
	  "the S-CSCF's rspauth is wrong") \
	X(ACCEPTS_WRONG_RESPONSE, "accepts_wrong_response", ROLE_SCSCF, "IAU-09", \
	  "the S-CSCF registers whatever the digest response is") \
	X(FORGETS_FAILED_USER, "forgets_failed_user", ROLE_SCSCF, "IAU-10", \
	  "the S-CSCF answers a wrong response with 404") \
	X(ACCEPTS_STALE_NONCE, "accepts_stale_nonce", ROLE_SCSCF, "IAU-11", \
	  "the S-CSCF takes a right response over an old nonce") \
	X(ACCEPTS_REPLAYED_NC, "accepts_replayed_nc", ROLE_SCSCF, "IAU-11", \
	  "the S-CSCF does not look at the nonce count") \
	X(FORBIDS_STALE_NONCE, "forbids_stale_nonce", ROLE_SCSCF, "IAU-11", \
	  "the S-CSCF answers a right response over an old nonce with 403") \
	X(NO_STALE_FLAG, "no_stale_flag", ROLE_SCSCF, "IAU-11", \
	  "the S-CSCF's new challenge does not say stale=TRUE") \
	X(CHALLENGES_AUTH_DONE, "challenges_auth_done", ROLE_SCSCF, "TNA-11", \
	  "the S-CSCF challenges what a trusted node has authenticated") \
	X(ONE_BINDING_FOR_ALL, "one_binding_for_all", ROLE_SCSCF, "POOL-23", \
	  "the S-CSCF keeps one binding for the whole pool: a registration replaces" \
	  " the others', any de-registration ends it") \
	X(DEREGISTERS_EVERYBODY, "deregisters_everybody", ROLE_SCSCF, "POOL-23", \
	  "the S-CSCF ends every pair's registration when one of them de-registers") \
	X(GRANTS_WHAT_IS_ASKED, "grants_what_is_asked", ROLE_SCSCF, "POOL-14", \
	  "the S-CSCF has no maximum for registrations") \
	X(GRANTS_ITS_MAXIMUM, "grants_its_maximum", ROLE_SCSCF, "POOL-14", \
	  "the S-CSCF grants more than was asked for") \
	X(ASSOCIATES_OTHER_PAIRS, "associates_other_pairs", ROLE_SCSCF, "POOL-33", \
	  "the S-CSCF's P-Associated-URI for a pair names the next pair's IMPU too") \
	X(NO_ASSOCIATED_URI, "no_associated_uri", ROLE_SCSCF, "HDR-06", \
	  "the S-CSCF's 200 has no P-Associated-URI") \
	X(NO_SERVICE_ROUTE, "no_service_route", ROLE_SCSCF, "HDR-06", \
	  "the S-CSCF's 200 has no Service-Route") \
	X(NO_PATH_IN_ANSWER, "no_path_in_answer", ROLE_SCSCF, "HDR-06", \
	  "the S-CSCF's 200 has no Path")

#endif
