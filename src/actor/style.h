/* The last step before a SIP message leaves an actor: the purpose's edit, then
 * the variants that change how a message looks but not what it says. */
#ifndef ACTOR_STYLE_H
#define ACTOR_STYLE_H

#include "actor/actor.h"

struct style {
	const struct variant_set *variants;
	actor_edit *edit;       /* or NULL */
	void *edit_arg;
};
/* The message as it is to be sent into out; nothing: it is withheld. */
void style_apply(const struct style *s, struct span message, struct buf *out);

#endif
