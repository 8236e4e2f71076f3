/* struct sip_secrets and token claims as JSON. Inside src/trace alone. */
#ifndef TRACE_SECRETS_H
#define TRACE_SECRETS_H

#include <jansson.h>

#include "trace/field.h"

/* One key into *s. NULL: fine; else what was expected there. Texts point into
 * the JSON value. */
const char *secrets_read(struct sip_secrets *s, const struct field *f,
			 json_t *value, char *why, size_t cap);

/* claims as an object; NULL when there are none. */
json_t *secrets_claims(const struct token_claims *c);

#endif
