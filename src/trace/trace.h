/* Trace files: JSON lines. A header line, then one event a line (see
 * trace/schema.json; the key by key meaning is in the README of captures/).
 *
 * The reader is strict about what it does not know (keys, words, types, order
 * of t, anything after `end`) and takes whatever is absent as not known; the
 * header alone needs its version, source and facts. LF or CRLF ends a line, the
 * last line may lack it, blank lines behind the header are passed over but
 * counted, and a UTF-8 byte order mark is passed over. Keys that only annexu
 * itself writes (derived, conn, wic_sure, whole ...) are known in live and
 * capture traces, and in events with "derived":true. */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include "base/err.h"
#include "profile/profile.h"
#include "trace/ev.h"

/* What a source says about itself before its first event. */
struct trace_head {
	enum source source;
	unsigned facts;                 /* bits of enum fact, as written */
	bool has_run;
	char purpose[96];
	char rules[1024];               /* comma list of rule ids */
	char roles[128];                /* comma list of roles under test */
	enum edition edition;           /* EDITION_UNSET: not said */
	bool strict;
	char *profile_json;             /* malloc'd or NULL */
};
void trace_head_free(struct trace_head *h);
/* facts with what they imply: flow in a hand or model trace gives w1 w2 mw. */
unsigned trace_facts(const struct trace_head *h);

/* Whoever takes events. Return false to stop the source. */
typedef bool ev_sink(const struct ev *e, void *arg);

/* Streaming reader. Reads the head at open. */
struct trace_reader;
int trace_open(struct trace_reader **out, const char *file,
	       struct trace_head *head, struct err *err);
/* The next event that is not derived (derived ones are derived again from
 * their wire events, by the same code). 1: *e filled, valid until the next
 * call; 0: the end of the file; <0: a bad line, err has file:line. When the
 * file has no `end`, the end of the observation is the last t. */
int trace_next(struct trace_reader *r, struct ev *e, struct err *err);
void trace_close(struct trace_reader *r);

/* Writer; masks tokens and passwords (trace/mask.h) before a byte is
 * written, in bytes and in every text; without a mask nothing is masked. Derived
 * events are written with "derived":true. Errors: -EXIT_RESULTS. */
struct trace_writer;
struct mask;
int trace_create(struct trace_writer **out, const char *file,
		 const struct trace_head *head, struct mask *mask,
		 struct err *err);
int trace_put(struct trace_writer *w, const struct ev *e, struct err *err);
/* The line that the next event will stand on (header = 1). */
uint64_t trace_line(const struct trace_writer *w);
int trace_finish(struct trace_writer *w, struct err *err);      /* frees */

#endif
