#include "profile/schema.h"

static const char *const scenarios[] = { "ims-auth", "web-auth", "pool" };
static const char *const forged_to[] = { NULL, "reject", "override" };
static const char *const caps[] = { NULL, "scscf", "epcscf" };
static const char *const authenticates[] = { NULL, "wwsf", "waf" };

const struct names schema_scenarios = NAMES_INIT(scenarios);
const struct names schema_forged_to = NAMES_INIT(forged_to);
const struct names schema_caps = NAMES_INIT(caps);
const struct names schema_authenticates = NAMES_INIT(authenticates);

#define CLAIM(key) { #key, yaml_set_claim, offsetof(struct ics, key), NULL }

static const struct yaml_key implementation[] = {
	{ "vendor", yaml_set_loose, offsetof(struct ics, vendor), NULL },
	{ "product", yaml_set_loose, offsetof(struct ics, product), NULL },
	{ "version", yaml_set_loose, offsetof(struct ics, version), NULL },
	{ 0 }
};

static const struct yaml_key options[] = {
	CLAIM(digest), CLAIM(aka), CLAIM(anonymous), CLAIM(early_release),
	CLAIM(identities_on_w1), CLAIM(bearer_challenge),
	CLAIM(closes_on_bad_token), CLAIM(third_party_waf), CLAIM(separate_waf),
	{ "forged_to", yaml_set_enum, offsetof(struct ics, forged_to),
	  &schema_forged_to },
	{ "caps_registration", yaml_set_enum,
	  offsetof(struct ics, caps_registration), &schema_caps },
	{ "authenticates", yaml_set_enum, offsetof(struct ics, authenticates),
	  &schema_authenticates },
	{ 0 }
};

const struct yaml_key schema_ics[] = {
	{ "implementation", yaml_set_object, 0, implementation },
	{ "roles", yaml_set_bits, offsetof(struct ics, roles),
	  &names_of_roles },
	{ "edition", yaml_set_enum, offsetof(struct ics, edition),
	  &names_of_editions },
	{ "scenarios", yaml_set_bits, offsetof(struct ics, scenarios),
	  &schema_scenarios },
	{ "options", yaml_set_object, 0, options },
	{ 0 }
};
