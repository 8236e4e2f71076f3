/* W1 as the profile says it is spoken: requests that fit a template, and what
 * an answer gives. W1 is not standardised (TS 23.228 U.1.4.2), so without
 * templates a generic reading is all there is. */
#ifndef SOURCE_W1_H
#define SOURCE_W1_H

#include "source/decoder.h"

struct w1_request {
	enum http_about about;
	bool has_user, has_password, has_token;
	char user[128];
	char password[256];
	char token[4096];
};
/* False: the request fits nothing. m is a request. */
bool w1_read(const struct profile *p, const struct http_msg *m,
	     struct w1_request *out);
/* Right or wrong, where the profile knows the user. */
enum proof w1_password(const struct profile *p, const struct w1_request *r);
/* Is the status a refusal of such a call? */
bool w1_refused(const struct profile *p, enum http_about about, int status);
bool w1_ok(const struct profile *p, enum http_about about, int status);

#endif
