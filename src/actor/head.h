/* The head of a SIP message as lines, for whoever rewrites a message that we
 * made ourselves (edits, variants). Folded lines stay one line. */
#ifndef ACTOR_HEAD_H
#define ACTOR_HEAD_H

#include "base/buf.h"
#include "base/limits.h"

struct head_line { struct span whole, name, value; };
struct head {
	struct span start;              /* without its CRLF */
	unsigned n;
	struct head_line line[LIMIT_SIP_HEADERS];
	struct span body;
};

/* False: no end of the head, too many lines, a line without a colon. */
bool head_read(struct head *h, struct span message);
/* Is it this header, in its long or compact form? name is the long one. */
bool head_is(const struct head_line *l, struct span name);
void head_put_line(struct buf *b, struct span line);    /* adds CRLF */
void head_put(struct buf *b, struct span name, struct span value);

#endif
