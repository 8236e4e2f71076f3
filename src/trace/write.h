/* One event to a JSON object, masked. Inside src/trace alone. */
#ifndef TRACE_WRITE_H
#define TRACE_WRITE_H

#include <jansson.h>

#include "base/buf.h"
#include "trace/ev.h"
#include "trace/mask.h"

struct write_scratch {
	struct mask *mask;              /* NULL: nothing is masked */
	bool labels_sure;               /* unless an event says otherwise */
	struct buf masked, b64;
};
void write_scratch_init(struct write_scratch *s, struct mask *mask,
			enum source source);
void write_scratch_free(struct write_scratch *s);

/* Seconds; a whole number is written as such. */
json_t *write_seconds(int64_t us);

json_t *write_event(struct write_scratch *s, const struct ev *e);

#endif
