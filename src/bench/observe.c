#include "bench/observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/verdict.h"
#include "source/capture.h"
#include "source/decode.h"
#include "trace/mask.h"
#include "trace/trace.h"

struct pump {
	struct observation *o;
	struct trace_writer *writer;
	struct err *err;
	int failed;
	int64_t last_us;
};

static bool take(const struct ev *e, void *arg)
{
	struct pump *p = arg;

	p->o->events++;
	p->last_us = e->t_us;
	oracle_event(p->o->oracle, e);
	if (p->writer && !p->failed)
		p->failed = trace_put(p->writer, e, p->err);
	return true;
}

static void note(struct observation *o, const char *text)
{
	if (o->n_notes < sizeof o->notes / sizeof *o->notes)
		snprintf(o->notes[o->n_notes++], sizeof *o->notes, "%s", text);
}

static int load_profile(struct profile *p, const struct observe_options *opt,
			const struct trace_head *head, struct err *err)
{
	int rc = 0;

	if (head && head->profile_json && !opt->ixit)
		rc = profile_from_json(p, span_str(head->profile_json), err);
	if (!rc && opt->ixit)
		rc = profile_load_ixit(p, opt->ixit, err);
	if (!rc && opt->ics)
		rc = profile_load_ics(p, opt->ics, err);
	return rc;
}

static unsigned roles_listed(const char *list)
{
	struct span rest = span_str(list);
	unsigned bits = 0;
	enum role r;

	while (list[0] && !span_absent(rest))
		if (role_of(span_trim(span_split(&rest, ',')), &r))
			bits |= ROLE_BIT(r);
	return bits;
}

static void start(struct observation *o, const struct observe_options *opt,
		  const struct trace_head *head)
{
	struct oracle_setup s = {
		.profile = o->profile, .edition = opt->edition,
		.strict = opt->strict, .roles = opt->roles, .facts = ~0u,
	};

	if (head) {
		s.facts = trace_facts(head);
		s.labels_sure = head->source != SOURCE_CAPTURE;
		if (!s.edition && !opt->ics)
			s.edition = head->edition;
		s.strict |= head->strict;
		if (!s.roles)
			s.roles = roles_listed(head->roles);
	}
	o->oracle = oracle_new(&s);
}

/* The header comes first, and what captures show is known only when they were
 * read: they are read once more for it. */
static int open_writer(struct pump *p, const struct observe_options *opt,
		       const struct trace_head *head, struct mask *mask)
{
	struct trace_head own = { .source = SOURCE_CAPTURE };
	struct capture_result look = { 0 };
	int rc = 0;

	if (!opt->trace_out)
		return 0;
	if (!head)
		rc = capture_read(p->o->files, p->o->n_files, p->o->profile,
				  NULL, &look, p->err);
	own.facts = look.facts;
	return rc ? rc : trace_create(&p->writer, opt->trace_out,
				      head ? head : &own, mask, p->err);
}

#define RULES_OF_RUN 64u

/* A stored case is judged as it was: by the rules that its purpose names. */
static void as_stored(struct observation *o, const struct trace_head *head)
{
	char text[sizeof head->rules];
	const char *names[RULES_OF_RUN + 1] = { NULL };
	const struct finding *f;
	const char *const *limits;
	struct case_verdict v;
	unsigned n = 0;

	snprintf(text, sizeof text, "%s", head->rules);
	for (char *at = text; *at && n < RULES_OF_RUN;) {
		size_t len = strcspn(at, ", ");

		if (len)
			names[n++] = at;
		at += len;
		if (*at)
			*at++ = '\0';
	}
	if (!n)
		return;
	n = oracle_findings(o->oracle, &f);
	verdict_of_case(&v, f, n, names);
	if (oracle_limits(o->oracle, &limits))
		verdict_worsen(&v, VERDICT_INCONCLUSIVE, "%s", limits[0]);
	o->verdict = v.verdict;
}

/* The first trouble is the one that is told. */
static int close_writer(struct pump *p, int rc)
{
	int end = p->writer ? trace_finish(p->writer, rc ? NULL : p->err) : 0;

	return rc ? rc : end;
}

static void finish(struct observation *o, struct decoder *d, int64_t end_us,
		   bool cut)
{
	const char *const *texts;
	unsigned n = decoder_troubles(d, &texts);

	for (unsigned i = 0; i < n; i++)
		note(o, texts[i]);
	oracle_end(o->oracle, end_us);
	n = oracle_limits(o->oracle, &texts);
	for (unsigned i = 0; i < n; i++)
		note(o, texts[i]);
	o->verdict = oracle_verdict(o->oracle,
				    cut || n || decoder_limited(d));
}

static int pump_trace(struct observation *o, struct trace_reader *reader,
		      struct decoder *d, struct pump *p)
{
	struct ev e;
	int64_t end_us = 0;
	int rc;

	while ((rc = trace_next(reader, &e, p->err)) > 0) {
		end_us = e.t_us;
		decoder_event(d, &e);
		if (p->failed)
			return p->failed;
	}
	if (!rc) {
		decoder_end(d, end_us);
		finish(o, d, end_us, false);
	}
	return rc;
}

static int observe_trace(struct observation *o, const struct observe_options *opt,
			 struct err *err)
{
	struct trace_head head = { 0 };
	struct trace_reader *reader;
	struct pump pump = { .o = o, .err = err };
	struct mask *mask = mask_new(0);
	struct decoder *d = NULL;
	int rc = trace_open(&reader, o->files[0], &head, err);

	if (rc) {
		mask_free(mask);
		return rc;
	}
	rc = load_profile(o->profile, opt, &head, err);
	if (!rc)
		rc = open_writer(&pump, opt, &head, mask);
	if (!rc) {
		start(o, opt, &head);
		d = decoder_new(o->profile, mask, take, &pump);
		rc = pump_trace(o, reader, d, &pump);
		if (!rc && head.has_run)
			as_stored(o, &head);
	}
	rc = close_writer(&pump, rc);
	decoder_free(d);
	trace_close(reader);
	trace_head_free(&head);
	mask_free(mask);
	return rc;
}

static void cut_short(struct observation *o, const struct capture_result *r)
{
	char text[200];

	for (unsigned i = 0; i < r->n_notes; i++)
		note(o, r->notes[i]);
	if (!r->truncated)
		return;
	o->truncated = true;
	o->truncated_frame = r->truncated_frame;
	snprintf(text, sizeof text, "%.120s ends in the middle; judged up to "
		 "frame %llu", o->files[r->truncated_file],
		 (unsigned long long)r->truncated_frame);
	note(o, text);
}

/* Without the key a JWT's signature is not known; the rest can be judged. */
static void load_key(struct observation *o)
{
	struct err err;
	char text[200];

	if (!profile_token_key(o->profile, &err))
		return;
	snprintf(text, sizeof text, "signatures are not checked: %.160s",
		 err.text);
	note(o, text);
}

static int observe_captures(struct observation *o,
			    const struct observe_options *opt, struct err *err)
{
	struct pump pump = { .o = o, .err = err };
	struct capture_result result = { 0 };
	struct mask *mask = mask_new(0);
	int rc = load_profile(o->profile, opt, NULL, err);

	if (!rc)
		load_key(o);
	if (!rc)
		rc = open_writer(&pump, opt, NULL, mask);
	if (!rc) {
		start(o, opt, NULL);
		struct decoder *d = decoder_new(o->profile, mask, take, &pump);

		rc = capture_read(o->files, o->n_files, o->profile, d, &result,
				  err);
		if (!rc) {
			cut_short(o, &result);
			oracle_facts(o->oracle, result.facts);
			finish(o, d, result.end_us > pump.last_us ?
			       result.end_us : pump.last_us, o->truncated);
		}
		decoder_free(d);
	}
	if (pump.writer && mask_full(mask))
		note(o, "limit reached: secrets to be masked; the stored "
		     "trace is blank from there on");
	rc = close_writer(&pump, rc);
	mask_free(mask);
	return rc ? rc : pump.failed;
}

bool observe_is_capture(const char *file) { return capture_is(file); }

int observe(struct observation *o, const char *const *files, unsigned n,
	    const struct observe_options *opt, struct err *err)
{
	*o = (struct observation){ .files = files, .n_files = n,
				   .profile = profile_new() };
	o->capture = capture_is(files[0]);
	int rc = o->capture ? observe_captures(o, opt, err) :
			      observe_trace(o, opt, err);

	if (rc)
		observation_free(o);
	return rc;
}

void observation_free(struct observation *o)
{
	oracle_free(o->oracle);
	profile_free(o->profile);
	o->oracle = NULL;
	o->profile = NULL;
}
