#include "bench/select.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/span.h"
#include "bench/nearest.h"

bool select_matches(const char *pattern, const char *name)
{
	for (; *pattern; pattern++, name++) {
		if (*pattern == '*') {
			bool any = pattern[1] == '*';
			const char *rest = pattern + (any ? 2 : 1);

			for (;; name++) {
				if (select_matches(rest, name))
					return true;
				if (!*name || (*name == '/' && !any))
					return false;
			}
		}
		if (tolower((unsigned char)*pattern) !=
		    tolower((unsigned char)*name))
			return false;
	}
	return *name == '\0';
}

bool select_clause(const char *clause, const char *part)
{
	size_t n = strlen(part);
	const char *at = clause;

	if (!n)
		return false;
	for (; (at = strcasestr(at, part)) != NULL; at++) {
		bool begins = at == clause || strchr(" ,;/(", at[-1]);
		char after = at[n];

		if (begins && !isalnum((unsigned char)after))
			return true;
	}
	return false;
}

int select_role(unsigned *roles, const char *text, struct err *err)
{
	struct span rest = span_str(text);

	while (!span_absent(rest)) {
		struct span name = span_trim(span_split(&rest, ','));
		enum role r;
		struct nearest near;
		char tail[128], wanted[64];

		if (role_of(name, &r) && r != ROLE_NONE) {
			*roles |= ROLE_BIT(r);
			continue;
		}
		span_copy(wanted, sizeof wanted, name);
		nearest_init(&near, wanted);
		for (int i = ROLE_WIC; i < ROLE_COUNT; i++)
			nearest_offer(&near, role_name((enum role)i));
		return err_set(err, EXIT_USAGE, "unknown role \"%s\"%s (roles: "
			       "wic wwsf waf epcscf scscf system)", wanted,
			       nearest_text(&near, tail, sizeof tail));
	}
	return 0;
}

int select_shard(struct selection *s, const char *text, struct err *err)
{
	struct span rest = span_str(text);
	struct span first = span_split(&rest, '/');
	uint64_t i, n;

	if (!span_u64(first, &i) || span_absent(rest) || !span_u64(rest, &n) ||
	    !i || i > n || n > 10000)
		return err_set(err, EXIT_USAGE, "--shard %s: expected I/N with "
			       "1 <= I <= N", text);
	s->shard = (unsigned)i;
	s->shards = (unsigned)n;
	return 0;
}

/* ---- patterns over the whole catalogue ---- */

struct choice {
	const struct purpose *const *all;
	unsigned n;
	bool *marks;
};

static int mark_one(struct choice *c, struct span pattern, const char *where,
		    struct err *err)
{
	char text[128], tail[256];
	struct nearest near;
	unsigned hits = 0;

	if (pattern.n >= sizeof text)
		return err_set(err, EXIT_USAGE, "%s: pattern longer than %zu",
			       where, sizeof text - 1);
	span_copy(text, sizeof text, pattern);
	nearest_init(&near, text);
	for (unsigned i = 0; i < c->n; i++) {
		nearest_offer(&near, c->all[i]->id);
		if (!select_matches(text, c->all[i]->id))
			continue;
		c->marks[i] = true;
		hits++;
	}
	if (!hits)
		return err_set(err, EXIT_USAGE, "%s: no test purpose is named "
			       "\"%s\"%s", where, text,
			       nearest_text(&near, tail, sizeof tail));
	return 0;
}

static int mark_file(struct choice *c, const char *file, struct err *err)
{
	FILE *f = fopen(file, "r");
	char line[512], where[300];
	unsigned number = 0;
	int rc = 0;

	if (!f)
		return err_set(err, EXIT_USAGE, "%s: cannot be read: %m", file);
	while (rc == 0 && fgets(line, sizeof line, f)) {
		char *hash = strchr(line, '#');

		if (hash)
			*hash = '\0';
		snprintf(where, sizeof where, "%s:%u", file, ++number);
		struct span pattern = span_trim(span_str(line));

		if (!span_empty(pattern))
			rc = mark_one(c, pattern, where, err);
	}
	fclose(f);
	return rc;
}

static int mark_all(struct choice *c, const char *option,
		    const char *const *patterns, unsigned n, struct err *err)
{
	for (unsigned i = 0; i < n; i++) {
		struct span rest = span_str(patterns[i]);

		while (!span_absent(rest)) {
			struct span one = span_trim(span_split(&rest, ','));
			int rc;

			if (span_starts(one, S("@"))) {
				char file[256];

				span_copy(file, sizeof file, span_from(one, 1));
				rc = mark_file(c, file, err);
			} else {
				rc = mark_one(c, one, option, err);
			}
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

/* A clause that no purpose stands under is a mistyped clause. */
static int check_clauses(const struct selection *s,
			 const struct purpose *const *all, unsigned n,
			 struct err *err)
{
	for (unsigned k = 0; k < s->n_clause; k++) {
		struct nearest near;
		char tail[256];
		bool hit = false;

		nearest_init(&near, s->clause[k]);
		for (unsigned i = 0; i < n && !hit; i++) {
			const char *last = strrchr(all[i]->clause, ' ');

			hit = select_clause(all[i]->clause, s->clause[k]);
			nearest_offer(&near, last ? last + 1 : all[i]->clause);
		}
		if (!hit)
			return err_set(err, EXIT_USAGE, "--clause: no test "
				       "purpose stands under \"%s\"%s",
				       s->clause[k],
				       nearest_text(&near, tail, sizeof tail));
	}
	return 0;
}

static bool wanted(const struct selection *s, const struct purpose *p)
{
	bool clause = s->n_clause == 0;

	for (unsigned k = 0; k < s->n_clause && !clause; k++)
		clause = select_clause(p->clause, s->clause[k]);
	return clause && (!s->roles || (s->roles & ROLE_BIT(p->under_test)));
}

int select_purposes(const struct selection *s,
		    const struct purpose *const *all, unsigned n,
		    const struct purpose **out, unsigned *chosen,
		    struct err *err)
{
	bool *run = must_alloc(n), *skip = must_alloc(n);
	struct choice yes = { all, n, run }, no = { all, n, skip };
	unsigned count = 0, kept = 0;
	int rc;

	*chosen = 0;
	if (!s->n_run)
		memset(run, true, n);
	rc = mark_all(&yes, "--run", s->run, s->n_run, err);
	if (rc == 0)
		rc = mark_all(&no, "--skip", s->skip, s->n_skip, err);
	if (rc == 0)
		rc = check_clauses(s, all, n, err);
	for (unsigned i = 0; rc == 0 && i < n; i++) {
		if (!run[i] || skip[i] || !wanted(s, all[i]))
			continue;
		/* Shards are dealt like cards after all filters. */
		if (!s->shards || count % s->shards == s->shard - 1)
			out[kept++] = all[i];
		count++;
	}
	if (rc == 0 && !kept)
		rc = err_set(err, EXIT_USAGE, "the selection selects none of "
			     "the %u test purposes", n);
	if (rc == 0)
		*chosen = kept;
	free(run);
	free(skip);
	return rc;
}
