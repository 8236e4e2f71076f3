/* Base64 (RFC 4648), by OpenSSL, for bytes that are no text. */
#ifndef TRACE_B64_H
#define TRACE_B64_H

#include "base/buf.h"
#include "base/span.h"

bool b64_write(struct span raw, struct buf *out);
/* False: not base64 of whole groups. */
bool b64_read(struct span text, struct buf *out);

#endif
