/* The keys of ics.yaml and ixit.yaml. Inside src/profile alone. */
#ifndef PROFILE_SCHEMA_H
#define PROFILE_SCHEMA_H

#include "profile/yaml.h"

extern const struct yaml_key schema_ics[];      /* object: struct ics */
extern const struct yaml_key schema_ixit[];     /* object: struct profile */
extern const struct yaml_key schema_token[];    /* object: struct token_ixit */
extern const struct yaml_key schema_w1[];       /* object: struct w1_speech */
extern const struct yaml_key schema_pool[];     /* object: struct pool */

/* Names of the enums, in the order of their values (0 has none). */
extern const struct names schema_scenarios, schema_forged_to, schema_caps,
	schema_authenticates, schema_token_kinds, schema_lifetimes;

/* impu: one text or a list of them, into p->n_impu (unsigned) and at most
 * LIMIT_IMPUS texts in out. */
int schema_impus(struct yaml_file *f, yaml_node_t *n, const char **out,
		 unsigned *count);

/* The next pair of p->pairs, empty; NULL (and err) over the cap. */
struct pool_pair *schema_pair_new(struct profile *p, struct err *err);

/* Pairs of a pairs_file: "impi,impu" a line. */
int schema_pairs_file(struct profile *p, const char *file, struct err *err);

#endif
