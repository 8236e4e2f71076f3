/* Link taps to decoder calls. Each connection is seen once: at the end of the
 * client when that actor is ours, else at our server end. */
#ifndef BENCH_TAP_H
#define BENCH_TAP_H

#include "net/link.h"
#include "profile/role.h"
#include "source/decode.h"

struct tap;
/* ours: ROLE_BIT()s of the actors that run in this process. */
struct tap *tap_new(struct decoder *d, struct loop *loop, unsigned ours);
/* From now on nothing is told: the run is over, its links are torn down. */
void tap_stop(struct tap *t);
void tap_free(struct tap *t);
struct link_tap tap_calls(struct tap *t);

/* What a tag says: "W1 wic1" is a WIC's end, "Mw epcscf" that role's. */
struct tap_tag { enum point point; enum role role; struct span wic; };
bool tap_tag_read(struct span tag, struct tap_tag *out);
/* Would a link with that tag be decoded? client: this end opened it. */
bool tap_wanted(const struct tap_tag *tag, bool client, unsigned ours);

#endif
