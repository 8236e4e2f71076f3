#include "profile/names.h"

#include <stdio.h>
#include <string.h>

#define WORD_MAX 64     /* longer words are slips of nothing */

bool names_find(struct names t, struct span word, unsigned *out)
{
	for (unsigned i = 0; i < t.n; i++)
		if (t.at[i] && span_eq(word, span_str(t.at[i]))) {
			*out = i;
			return true;
		}
	return false;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Edits (insert, drop, change, swap of neighbours) from a to b, case folded. */
static unsigned edits(struct span a, struct span b)
{
	unsigned row[3][WORD_MAX + 1];
	unsigned *back = row[0], *last = row[1], *now = row[2];

	for (unsigned j = 0; j <= b.n; j++)
		last[j] = j;
	memcpy(back, last, sizeof row[0]);
	for (unsigned i = 1; i <= a.n; i++) {
		now[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			struct span x = span_sub(a, i - 1, 1);
			struct span y = span_sub(b, j - 1, 1);
			unsigned cost = !span_ieq(x, y);

			now[j] = least(least(now[j - 1], last[j]) + 1,
				       last[j - 1] + cost);
			if (i > 1 && j > 1 &&
			    span_ieq(x, span_sub(b, j - 2, 1)) &&
			    span_ieq(y, span_sub(a, i - 2, 1)))
				now[j] = least(now[j], back[j - 2] + 1);
		}
		unsigned *spare = back;

		back = last;
		last = now;
		now = spare;
	}
	return last[b.n];
}

const char *names_nearest(struct names t, struct span word)
{
	const char *best = NULL;
	unsigned best_edits = 0;

	if (word.n == 0 || word.n > WORD_MAX)
		return NULL;
	for (unsigned i = 0; i < t.n; i++) {
		struct span name = span_str(t.at[i]);

		if (name.n == 0 || name.n > WORD_MAX)
			continue;
		unsigned n = edits(word, name);

		/* a third of the word wrong is another word */
		if (n * 3 <= name.n + 2 && (!best || n < best_edits)) {
			best = t.at[i];
			best_edits = n;
		}
	}
	return best;
}

const char *names_list(struct names t, char *out, size_t cap)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < t.n; i++) {
		if (!t.at[i])
			continue;
		int add = snprintf(out + n, cap - n, "%s%s", n ? ", " : "",
				   t.at[i]);

		if (add < 0 || (size_t)add >= cap - n) {
			out[n] = '\0';  /* whole names alone */
			break;
		}
		n += (size_t)add;
	}
	return out;
}

const char *names_hint(struct names t, struct span word, char *out, size_t cap)
{
	const char *near = names_nearest(t, word);

	out[0] = '\0';
	if (near)
		snprintf(out, cap, " (did you mean \"%s\"?)", near);
	return out;
}
