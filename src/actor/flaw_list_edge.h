/* The flaws of the eP-CSCF: id, name, role, rules, sentence. */
#ifndef ACTOR_FLAW_LIST_EDGE_H
#define ACTOR_FLAW_LIST_EDGE_H

#define FLAW_LIST_EPCSCF(X) FLAW_LIST_W2(X) FLAW_LIST_TOKEN(X) FLAW_LIST_MW(X) FLAW_LIST_BIND(X)

#define FLAW_LIST_W2(X) \
	X(PLAIN_W2, "plain_w2", ROLE_EPCSCF, "WSS-01", \
	  "the eP-CSCF serves W2 without TLS") \
	X(NO_SUBPROTOCOL_IN_ANSWER, "no_subprotocol_in_answer", ROLE_EPCSCF, "WSS-04", \
	  "the eP-CSCF's 101 does not name the subprotocol sip") \
	X(REFUSES_EVERY_ORIGIN, "refuses_every_origin", ROLE_EPCSCF, "WSS-05", \
	  "the eP-CSCF refuses pages of an authorised WWSF") \
	X(IGNORES_ORIGIN, "ignores_origin", ROLE_EPCSCF, "WSS-06", \
	  "the eP-CSCF serves pages of any origin") \
	X(TWO_IN_ONE_FRAME, "two_in_one_frame", ROLE_EPCSCF, "WSS-08", \
	  "the eP-CSCF sends 100 and the final answer in one WebSocket message")

#define FLAW_LIST_TOKEN(X) \
	X(SKIPS_TOKEN_CHECK, "skips_token_check", ROLE_EPCSCF, "TOK-04", \
	  "the eP-CSCF reads tokens without verifying anything") \
	X(ACCEPTS_UNKNOWN_WWSF, "accepts_unknown_wwsf", ROLE_EPCSCF, "TOK-05", \
	  "the eP-CSCF does not ask which WWSF a token is for") \
	X(IGNORES_SIGNATURE, "ignores_signature", ROLE_EPCSCF, "TOK-06", \
	  "the eP-CSCF does not check the signature of a token") \
	X(ACCEPTS_UNKNOWN_ISSUER, "accepts_unknown_issuer", ROLE_EPCSCF, "TOK-06", \
	  "the eP-CSCF does not ask who issued a token") \
	X(ACCEPTS_EXPIRED_TOKEN, "accepts_expired_token", ROLE_EPCSCF, "TOK-07 POOL-17", \
	  "the eP-CSCF does not look at the end of a token") \
	X(CACHES_VALID_TOKEN, "caches_valid_token", ROLE_EPCSCF, "REF-03 TOK-07", \
	  "the eP-CSCF keeps a token for good that was good once") \
	X(SKIPS_TOKEN_CHECK_ON_REFRESH, "skips_token_check_on_refresh", ROLE_EPCSCF, "REF-03", \
	  "the eP-CSCF renews a live binding without checking the token") \
	X(TAKES_IDENTITIES_FROM_WIC, "takes_identities_from_wic", ROLE_EPCSCF, "TOK-12", \
	  "the eP-CSCF registers the identities in To instead of the token's") \
	X(ACCEPTS_FORGED_TO, "accepts_forged_to", ROLE_EPCSCF, "TOK-13", \
	  "the eP-CSCF passes a To on that the token does not have") \
	X(BELIEVES_USERNAME, "believes_username", ROLE_EPCSCF, "TOK-14", \
	  "the eP-CSCF registers the IMPI that the WIC names beside the token") \
	X(REFUSES_PLACEHOLDER_TO, "refuses_placeholder_to", ROLE_EPCSCF, "WEB-03", \
	  "the eP-CSCF refuses a WIC that was given no identities") \
	X(REGISTERS_WITHOUT_AUTHORIZATION, "registers_without_authorization", ROLE_EPCSCF, \
	  "ERR-01", "the eP-CSCF vouches for a REGISTER without any Authorization")

#define FLAW_LIST_MW(X) \
	X(REGISTERS_BEFORE_VALIDATION, "registers_before_validation", ROLE_EPCSCF, "TNA-05", \
	  "the eP-CSCF sends REGISTER to Mw before it has validated the token") \
	X(NO_AUTH_DONE, "no_auth_done", ROLE_EPCSCF, "TNA-01", \
	  "the eP-CSCF's REGISTER has no integrity-protected flag") \
	X(FLAGS_YES, "flags_yes", ROLE_EPCSCF, "TNA-01", \
	  "the eP-CSCF flags a token's REGISTER with yes instead of auth-done") \
	X(USERNAME_IS_IMPU, "username_is_impu", ROLE_EPCSCF, "TNA-02", \
	  "the eP-CSCF puts the IMPU where the IMPI belongs") \
	X(RESPONSE_NOT_EMPTY, "response_not_empty", ROLE_EPCSCF, "TNA-03", \
	  "the eP-CSCF makes up a digest response") \
	X(WRONG_REALM, "wrong_realm", ROLE_EPCSCF, "TNA-04", \
	  "the eP-CSCF's realm is not the home domain") \
	X(NO_PATH, "no_path", ROLE_EPCSCF, "HDR-01", "the eP-CSCF adds no Path") \
	X(NO_REQUIRE_PATH, "no_require_path", ROLE_EPCSCF, "HDR-01", \
	  "the eP-CSCF does not require path") \
	X(NO_VISITED_NETWORK, "no_visited_network", ROLE_EPCSCF, "HDR-02", \
	  "the eP-CSCF adds no P-Visited-Network-ID") \
	X(NO_CHARGING_VECTOR, "no_charging_vector", ROLE_EPCSCF, "HDR-03", \
	  "the eP-CSCF adds no P-Charging-Vector") \
	X(REPEATS_ICID, "repeats_icid", ROLE_EPCSCF, "HDR-03", \
	  "the eP-CSCF has one icid-value for all") \
	X(LEAKS_TOKEN, "leaks_token", ROLE_EPCSCF, "WSS-17", \
	  "the eP-CSCF leaves the Bearer Authorization in the REGISTER on Mw") \
	X(KEEPS_INTEGRITY_PROTECTED, "keeps_integrity_protected", ROLE_EPCSCF, "IAU-19 ERR-02", \
	  "the eP-CSCF passes on an integrity-protected flag that the WIC wrote") \
	X(ALTERS_CHALLENGE, "alters_challenge", ROLE_EPCSCF, "IAU-01", \
	  "the eP-CSCF changes the realm of the challenge") \
	X(ALTERS_DIGEST, "alters_digest", ROLE_EPCSCF, "IAU-01", \
	  "the eP-CSCF puts its own address into the digest-uri") \
	X(REFRESHES_WITHOUT_AUTH_DONE, "refreshes_without_auth_done", ROLE_EPCSCF, "REF-04", \
	  "the eP-CSCF flags only the first REGISTER") \
	X(DEREGISTERS_WITHOUT_AUTH_DONE, "deregisters_without_auth_done", ROLE_EPCSCF, "DRG-04", \
	  "the eP-CSCF does not flag a de-registration")

#define FLAW_LIST_BIND(X) \
	X(CUTS_NO_GRANT, "cuts_no_grant", ROLE_EPCSCF, "POOL-13", \
	  "the eP-CSCF lets registrations outlive the token") \
	X(CUTS_FIRST_GRANT_ONLY, "cuts_first_grant_only", ROLE_EPCSCF, "POOL-13", \
	  "the eP-CSCF cuts the first registration to the token's end, a refresh not") \
	X(CUTS_TO_WHOLE_LIFE, "cuts_to_whole_life", ROLE_EPCSCF, "POOL-13", \
	  "the eP-CSCF cuts each registration to the whole life of a token, not to its rest") \
	X(ROUNDS_UP_SHORT_REST, "rounds_up_short_rest", ROLE_EPCSCF, "POOL-13", \
	  "the eP-CSCF rounds a rest that is too short up instead of refusing") \
	X(TOKEN_FOR_TWO_WICS, "token_for_two_wics", ROLE_EPCSCF, "POOL-32", \
	  "the eP-CSCF registers a second WIC with a copied token beside the first") \
	X(NO_SESSION_CHECK, "no_session_check", ROLE_EPCSCF, "TNA-14", \
	  "the eP-CSCF asserts an identity that is bound to another TLS session") \
	X(ANSWERS_REFRESH_ITSELF, "answers_refresh_itself", ROLE_EPCSCF, "TNA-15", \
	  "the eP-CSCF answers a refresh with 200 without asking the core") \
	X(HIDES_REFUSAL, "hides_refusal", ROLE_EPCSCF, "TNA-15", \
	  "the eP-CSCF turns the core's 403 into 200") \
	X(REGISTERS_ONCE_FOR_ALL, "registers_once_for_all", ROLE_EPCSCF, "TNA-15 TNA-16", \
	  "the eP-CSCF registers the first WIC and lets it stand for all others") \
	X(SWALLOWS_DEREGISTRATION, "swallows_deregistration", ROLE_EPCSCF, "DRG-01", \
	  "the eP-CSCF answers a de-registration itself and tells the core nothing") \
	X(FORWARDS_AFTER_DEREGISTRATION, "forwards_after_deregistration", ROLE_EPCSCF, "DRG-05", \
	  "the eP-CSCF keeps serving a WIC that has de-registered") \
	X(BELIEVES_TO_ON_DEREGISTRATION, "believes_to_on_deregistration", ROLE_EPCSCF, "DRG-10", \
	  "the eP-CSCF de-registers whoever stands in To") \
	X(BINDING_NEVER_ENDS, "binding_never_ends", ROLE_EPCSCF, "POOL-16", \
	  "the eP-CSCF keeps serving a WIC whose registration ran out")

#endif
