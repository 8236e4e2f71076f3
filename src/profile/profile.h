/* What an ics (what the implementation claims) and an ixit (where and with
 * what it is tested) say, as plain data. Loaded by load.c from YAML; one
 * struct profile holds both. All text is owned by the profile; a text that was
 * not said is NULL (for judging every key is optional, so that even a pair may
 * lack its IMPI, and n_impu may be 0). */
#ifndef PROFILE_PROFILE_H
#define PROFILE_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/span.h"
#include "profile/role.h"

enum edition { EDITION_UNSET, EDITION_CR, EDITION_PRE_CR, EDITION_REL13 };
const char *edition_name(enum edition e);       /* "cr" "pre-cr" "rel13" */
bool edition_of(struct span name, enum edition *out);

/* An option of the ics: not said, said no, said yes. */
enum claim { CLAIM_UNSAID, CLAIM_NO, CLAIM_YES };

struct subscriber {
	const char *user, *web_password, *impi, *sip_password;
	const char *aka_k, *aka_opc;            /* reserved for IMS AKA */
	unsigned n_impu;
	const char *impu[LIMIT_IMPUS];
};

struct pool_pair {
	const char *impi;
	unsigned n_impu;                        /* 1 in edition cr */
	const char **impu;
	unsigned pool;                          /* index into pools[] */
};

struct pool {
	const char *wwsf;
	unsigned first, n;                      /* its pairs in pairs[] */
};

/* One HTTP exchange of W1. {user} {password} {token} are filled in. Where the
 * call is there, method defaults to POST and ok to 200. */
struct w1_call {
	const char *method, *path, *type, *body;
	unsigned n_ok, n_refused;
	int ok[8], refused[8];
	bool present;
};

struct w1_speech {
	struct w1_call login, anonymous, refresh;
	/* JSON Pointers into the answer; NULL: not there */
	const char *user, *impi, *impu, *token, *valid_s;
	const char **command;                   /* argv, NULL-terminated; or NULL */
};

struct endpoints { const char *w1, *w2, *w4, *w5, *mw; };

/* Who is who in a capture: the first entry that fits. Entries of the file
 * without `at` or `point` fit nothing and are left out. */
struct capture_end {
	const char *at;                         /* "127.0.0.1:18080" */
	const char *path;                       /* HTTP path, or NULL */
	enum role role;
	enum point point;                       /* POINT_NONE: ignore */
};

struct token_ixit {
	enum { TOKEN_UNSAID, TOKEN_JWT, TOKEN_OPAQUE, TOKEN_COMMAND } kind;
	const char *alg, *key_file, *issuer, *audience, *scope;
	/* where there is a token section: impi, impu, azp and iss by default */
	const char *claim_impi, *claim_impu, *claim_wwsf, *claim_waf;
	bool bare;                              /* spelling: bare */
	const char **command;
	struct span key;                        /* read from key_file on demand */
};

struct ics {
	bool present;
	const char *vendor, *product, *version;
	unsigned roles;                         /* bits 1 << enum role */
	enum edition edition;
	unsigned scenarios;                     /* bits SCENARIO_BIT_ */
	enum claim digest, aka, anonymous, early_release, identities_on_w1,
		bearer_challenge, closes_on_bad_token, third_party_waf,
		separate_waf;
	enum { FORGED_TO_UNSAID, FORGED_TO_REJECT, FORGED_TO_OVERRIDE } forged_to;
	enum { CAPS_UNSAID, CAPS_SCSCF, CAPS_EPCSCF } caps_registration;
	enum { AUTH_UNSAID, AUTH_WWSF, AUTH_WAF } authenticates;
};
#define SCENARIO_BIT_IMS 1u
#define SCENARIO_BIT_WEB 2u
#define SCENARIO_BIT_POOL 4u

enum lifetime_from { LIFETIME_IXIT, LIFETIME_TOKEN, LIFETIME_HANDOVER };

#define UNSAID_US INT64_MIN

struct profile {
	struct ics ics;

	bool ixit_present;
	const char *home_domain;                /* or NULL */
	int64_t lifetime_us;                    /* UNSAID_US when not stated */
	int64_t token_us, max_registration_us;  /* defaulted to lifetime_us */
	int64_t guard_us;                       /* UNSAID_US when not declared */
	int64_t tolerance_us;                   /* default 250 ms */
	int64_t answer_timeout_us;              /* default 5 s */
	enum lifetime_from lifetime_from;
	bool behind_tls_terminator;
	struct endpoints iut, tester;
	const char **reset, **restart;          /* argv or NULL */
	const char *tls_ca, *tls_certificate, *tls_key;
	unsigned n_origins;
	const char **origins;                   /* allowed; NULL: not stated */
	const char *foreign_origin;
	bool subscribers_present;
	unsigned n_subscribers, n_strangers;
	struct subscriber *subscribers;
	struct subscriber *strangers;           /* user and web_password alone */
	const char *placeholder_to;
	bool pools_present;
	unsigned n_pools, n_pairs;
	struct pool *pools;
	struct pool_pair *pairs;
	struct token_ixit token;
	bool w1_present;
	struct w1_speech w1;
	unsigned n_capture;
	struct capture_end *capture;

	struct profile_memory *memory;          /* owns every text above */
};

/* An empty profile with the defaults: knows no pool and no lifetime. */
struct profile *profile_new(void);
void profile_free(struct profile *p);

/* Load into p. name is the file's name, for messages and for relative paths;
 * an unknown key, a wrong type: -EXIT_USAGE with "file:line: ...". ${NAME} is
 * taken from the environment. The _text forms read from memory. Nothing that
 * the file names is opened, but a pairs_file: impi,impu a line (more IMPUs may
 * follow), blank lines, # comments and a first line "impi,impu" passed over.
 * Loading again replaces the ixit (or the ics) part; pointers into the old one
 * stay good until profile_free. After an error p is only good for loading
 * again or profile_free. */
int profile_load_ixit(struct profile *p, const char *file, struct err *err);
int profile_load_ics(struct profile *p, const char *file, struct err *err);
int profile_ixit_text(struct profile *p, struct span text, const char *name,
		      struct err *err);
int profile_ics_text(struct profile *p, struct span text, const char *name,
		     struct err *err);
/* The masked profile as one JSON object {"ixit":{...},"ics":{...}} with the
 * files' own keys (for the header of a stored trace); malloc'd. Passwords and
 * token keys are left out, pairs_file is expanded, commands are left out. */
char *profile_to_json(const struct profile *p);
int profile_from_json(struct profile *p, struct span json, struct err *err);

/* Reads token.key_file into token.key (once); fine when there is none. The end
 * of line of a key that is text is no part of it. */
int profile_token_key(struct profile *p, struct err *err);

/* Lookups; NULL when there is none. IMPUs are compared as sip_identity() makes
 * them; of an IMPI the realm folds case. The first of equal entries is found. */
const struct subscriber *profile_user(const struct profile *p,
				      struct span user);
const struct subscriber *profile_stranger(const struct profile *p,
					  struct span user);
const struct subscriber *profile_sub_impi(const struct profile *p,
					  struct span impi);
const struct subscriber *profile_sub_impu(const struct profile *p,
					  struct span impu);
/* Index of the pair with that IMPI / IMPU; MAP_NONE when there is none. */
uint32_t profile_pair_impi(const struct profile *p, struct span impi);
uint32_t profile_pair_impu(const struct profile *p, struct span impu);
/* Index of the first pool of that WWSF (case folded), MAP_NONE. */
uint32_t profile_pool(const struct profile *p, struct span wwsf);
bool profile_origin_allowed(const struct profile *p, struct span origin);

#endif
