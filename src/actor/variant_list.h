/* The list of variants: id, name, role, option of the ics, sentence. */
#ifndef ACTOR_VARIANT_LIST_H
#define ACTOR_VARIANT_LIST_H

#define VARIANT_LIST(X) \
	X(COMPACT_FORMS, "compact_forms", ROLE_SYSTEM, NULL, \
	  "SIP header fields have their compact names") \
	X(HEADER_ORDER, "header_order", ROLE_SYSTEM, NULL, \
	  "SIP header fields come in the reverse order") \
	X(HEADER_CASE, "header_case", ROLE_SYSTEM, NULL, \
	  "SIP header names are in capitals") \
	X(FOLDING, "folding", ROLE_SYSTEM, NULL, \
	  "long SIP header fields are folded over several lines") \
	X(WHITESPACE, "whitespace", ROLE_SYSTEM, NULL, \
	  "blanks and tabs stand around the colon of SIP header fields") \
	X(EXTRA_PARAMETERS, "extra_parameters", ROLE_SYSTEM, NULL, \
	  "SIP requests carry an unknown header field and an unknown parameter of From") \
	X(EXPIRES_HEADER, "expires_header", ROLE_SYSTEM, NULL, \
	  "the expiry stands in Expires instead of a parameter of Contact") \
	X(MW_TCP, "mw_tcp", ROLE_SYSTEM, NULL, "Mw runs over TCP") \
	X(BARE_TOKEN, "bare_token", ROLE_WIC, NULL, \
	  "the WIC writes Authorization: Bearer with the bare token") \
	X(SCHEME_CASE, "scheme_case", ROLE_WIC, NULL, \
	  "the WIC writes the names of authentication schemes in capitals") \
	X(BINARY_FRAMES, "binary_frames", ROLE_WIC, NULL, "the WIC sends SIP in binary frames") \
	X(FRAGMENTED_FRAMES, "fragmented_frames", ROLE_WIC, NULL, \
	  "the WIC sends each WebSocket message in three fragments") \
	X(PINGS, "pings", ROLE_WIC, NULL, \
	  "the WIC sends a WebSocket ping and a CRLF keep-alive before each request") \
	X(MORE_SUBPROTOCOLS, "more_subprotocols", ROLE_WIC, NULL, \
	  "the WIC offers another subprotocol beside sip") \
	X(NO_FIRST_AUTHORIZATION, "no_first_authorization", ROLE_WIC, NULL, \
	  "the WIC's first digest REGISTER has no Authorization, so no IMPI") \
	X(PAGE_RELOAD, "page_reload", ROLE_WIC, NULL, "the WIC loads the page twice") \
	X(LONGER_QUARANTINE, "longer_quarantine", ROLE_WWSF, NULL, \
	  "the WWSF waits longer than it must before it lends a pair again") \
	X(LEAST_RECENTLY_LENT, "least_recently_lent", ROLE_WWSF, NULL, \
	  "the WWSF lends the free pair whose window ended first") \
	X(REFUSES_WITH_401, "refuses_with_401", ROLE_EPCSCF, "bearer_challenge", \
	  "the eP-CSCF refuses a bad token with 401 and a Bearer challenge") \
	X(CLOSES_AFTER_BAD_TOKEN, "closes_after_bad_token", ROLE_EPCSCF, \
	  "closes_on_bad_token", \
	  "the eP-CSCF closes the WebSocket after it refused a token") \
	X(OVERRIDES_TO, "overrides_to", ROLE_EPCSCF, NULL, \
	  "the eP-CSCF replaces a To that is not the token's instead of refusing it") \
	X(B2BUA, "b2bua", ROLE_EPCSCF, NULL, \
	  "the eP-CSCF has a Call-ID, From tag and CSeq of its own on Mw") \
	X(TRYING, "trying", ROLE_EPCSCF, NULL, "the eP-CSCF sends 100 before the final answer") \
	X(SHORTER_GRANTS, "shorter_grants", ROLE_SCSCF, NULL, \
	  "the S-CSCF grants one second less than it could") \
	X(CHALLENGES_AGAIN, "challenges_again", ROLE_SCSCF, NULL, \
	  "the S-CSCF answers a wrong response with a new challenge instead of 403") \
	X(SHA256, "sha256", ROLE_SCSCF, NULL, "the S-CSCF challenges with SHA-256")

#endif
