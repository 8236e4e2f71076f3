#include "bench/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void verdict_worsen(struct case_verdict *v, enum verdict to,
		    const char *fmt, ...)
{
	va_list ap;

	if (to <= v->verdict)
		return;
	v->verdict = to;
	va_start(ap, fmt);
	vsnprintf(v->reason, sizeof v->reason, fmt, ap);
	va_end(ap);
}

static const struct finding *find(const struct finding *f, unsigned n,
				  const char *rule)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(f[i].rule->id, rule) == 0)
			return &f[i];
	return NULL;
}

static void weigh(struct case_verdict *v, const struct finding *f)
{
	const char *id = f->rule->id;

	switch (f->outcome) {
	case OUTCOME_HELD:
		verdict_worsen(v, VERDICT_PASS, "%s", "");
		break;
	case OUTCOME_SILENT:
		verdict_worsen(v, VERDICT_INCONCLUSIVE,
			       "%s was never put to the test", id);
		break;
	case OUTCOME_UNJUDGED:
		verdict_worsen(v, VERDICT_INCONCLUSIVE,
			       "%s cannot be judged without %s", id, f->needs);
		break;
	case OUTCOME_INCONCLUSIVE:
		verdict_worsen(v, VERDICT_INCONCLUSIVE, "%s: %s", id, f->text);
		break;
	case OUTCOME_BROKEN:
		if (f->effect == EFFECT_FAIL && f->under_test)
			verdict_worsen(v, VERDICT_FAIL, "%s: %s", id, f->text);
		else if (f->effect == EFFECT_FAIL)
			verdict_worsen(v, VERDICT_INCONCLUSIVE,
				       "%s was broken by the %s, which is not "
				       "under test: %s", id,
				       role_name(f->role), f->text);
		else
			verdict_worsen(v, VERDICT_PASS, "%s %s: %s", id,
				       effect_name(f->effect), f->text);
		break;
	}
}

void verdict_of_case(struct case_verdict *out, const struct finding *f,
		     unsigned n, const char *const *names)
{
	unsigned known = 0;

	memset(out, 0, sizeof *out);
	for (; *names; names++) {
		const struct finding *one = find(f, n, *names);

		if (!one)
			continue;
		known++;
		weigh(out, one);
	}
	if (!known)
		verdict_worsen(out, VERDICT_INCONCLUSIVE,
			       "the edition has none of its rules");
}
