/* The keys of every kind of event: one table that the reader and the writer
 * of trace files share, so that what is written can be read. Inside src/trace
 * alone. */
#ifndef TRACE_FIELD_H
#define TRACE_FIELD_H

#include <stddef.h>

#include "trace/ev.h"
#include "trace/names.h"

enum field_type {
	FIELD_TEXT,             /* span */
	FIELD_TOKEN,            /* span; its name when masked */
	FIELD_USER,             /* text, or null for anonymous */
	FIELD_IMPU,             /* text or list of texts */
	FIELD_TIME,             /* int64_t microseconds; seconds in the file */
	FIELD_EXPIRES,          /* int64_t whole seconds */
	FIELD_STATUS,           /* int, 100..699 */
	FIELD_CODE,             /* int, 0..65535: what a WebSocket peer sent */
	FIELD_NAME,             /* enum; names */
	FIELD_BOOL,
	FIELD_COUNT,            /* unsigned */
	FIELD_OP,               /* WebSocket opcode: name or number */
	FIELD_DEFECTS,          /* WebSocket defects: list of names */
	FIELD_BYTES,            /* span: bytes, or b64 */
	FIELD_B64,
	FIELD_LOCAL,            /* two halves of ev.text */
	FIELD_REMOTE,
	FIELD_WHOLE,            /* ends_whole where the numbers do not say it */
	FIELD_SURE,             /* wic_sure where the source does not say it */
	FIELD_SECRET,           /* one of struct sip_secrets; see secrets.c */
};

struct field {
	const char *key;
	enum field_type type;
	size_t offset;          /* in struct ev, or in struct sip_secrets */
	const struct names *names;
	bool stored;            /* only in traces that annexu itself wrote */
};

/* The fields of a kind, ended by one without key. t and ev are not there. */
const struct field *field_table(enum ev_kind k);
/* NULL: that kind has no such key. */
const struct field *field_find(enum ev_kind k, struct span key, bool stored);
/* "t, ev, wic, user ..." for messages. */
const char *field_list(enum ev_kind k, bool stored, char *out, size_t cap);

/* Is a WIC label of that source proof of identity, if nothing else is said? A
 * live label comes from the tester itself; a capture's is an inference. */
bool field_labels_sure(enum source s);

/* What `on` is when it is not said. */
enum point field_implied_point(enum ev_kind k);

#endif
