#include "bench/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_LEN 96

/* Edits (insert, drop, replace) between two names, letter case aside. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NAME_MAX_LEN + 1];
	size_t na = strnlen(a, NAME_MAX_LEN), nb = strnlen(b, NAME_MAX_LEN);

	for (size_t j = 0; j <= nb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned above = row[j];
			int differ = tolower((unsigned char)a[i - 1]) !=
				     tolower((unsigned char)b[j - 1]);
			unsigned best = corner + (unsigned)differ;

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			corner = above;
			row[j] = best;
		}
	}
	return row[nb];
}

void nearest_init(struct nearest *n, const char *wanted)
{
	memset(n, 0, sizeof *n);
	n->wanted = wanted;
}

void nearest_offer(struct nearest *n, const char *name)
{
	unsigned d = distance(n->wanted, name);
	size_t len = strnlen(n->wanted, NAME_MAX_LEN);
	unsigned room = sizeof n->best / sizeof n->best[0];
	unsigned at = 0;

	/* A shared beginning counts much: POOL- means some POOL rule. */
	if (len >= 3 && strncasecmp(n->wanted, name, len) == 0)
		d = 1;
	if (d > len / 2 + 1)
		return;
	for (unsigned i = 0; i < n->n; i++)
		if (strcmp(n->best[i].name, name) == 0)
			return;
	while (at < n->n && n->best[at].distance <= d)
		at++;
	if (at == room)
		return;
	if (n->n < room)
		n->n++;
	for (unsigned i = n->n - 1; i > at; i--)
		n->best[i] = n->best[i - 1];
	n->best[at].name = name;
	n->best[at].distance = d;
}

const char *nearest_text(const struct nearest *n, char *out, size_t cap)
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < n->n && used < cap; i++)
		used += (size_t)snprintf(out + used, cap - used, "%s%s",
					 i ? ", " : "; nearest: ",
					 n->best[i].name);
	return out;
}
