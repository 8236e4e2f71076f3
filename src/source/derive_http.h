/* Shared by derive_http.c, derive_token.c and w1_answer.c. */
#ifndef SOURCE_DERIVE_HTTP_H
#define SOURCE_DERIVE_HTTP_H

#include "source/decoder.h"
#include "source/json_read.h"

/* What the JSON body of a W1 answer says, by the profile's JSON Pointers, else
 * by the usual names. Spans point into root. */
struct w1_answer {
	struct span user, impi, token;
	bool null_user;         /* "user": null */
	struct impu_list impu;
	int64_t valid_us;       /* UNSAID_T: not said */
	bool whole;
};
void w1_answer_read(const struct profile *p, const json_t *root,
		    struct w1_answer *out);
/* An IMPU, or a list of them; false: neither. */
bool w1_impus(const json_t *v, struct impu_list *out);

/* What the WAF says about a token (W4, W5); root may be NULL. */
void derive_token(struct decoder *d, const struct http_wait *w,
		  const struct ev *e, const json_t *root);

#endif
