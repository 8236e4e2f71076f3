/* Tables behind ev.h, for messages that list the words. */
#ifndef TRACE_NAMES_H
#define TRACE_NAMES_H

#include "profile/names.h"

extern const struct names names_of_kinds, names_of_facts, names_of_sources,
	names_of_scenarios, names_of_auths, names_of_states;

#endif
