/* What do these bytes begin with? Used for the first bytes of a stream and to
 * find the way back after a gap. */
#ifndef SOURCE_SNIFF_H
#define SOURCE_SNIFF_H

#include "base/span.h"

enum sniffed { SNIFF_MORE, SNIFF_NOTHING, SNIFF_HTTP, SNIFF_SIP, SNIFF_WS,
	       SNIFF_TLS };

/* *skip: bytes in front that belong to nothing (CRLF keep-alives, the rest of
 * a message whose beginning is missing). ws: the connection is known to be a
 * WebSocket. SNIFF_MORE: too few bytes to tell. */
enum sniffed sniff(struct span s, bool from_client, bool ws, size_t *skip);

/* Does the text begin with the start line of a SIP message? */
bool sniff_sip(struct span s);
/* Position of the next SIP start line that begins a line after offset from;
 * -1: none. */
long sniff_next_sip(struct span s, size_t from);
/* HTTP: is it a request (true) or a response that s begins with? */
bool sniff_is_response(struct span s);

#endif
