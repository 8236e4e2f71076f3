/* "Did you mean": the names nearest to a mistyped one. */
#ifndef BENCH_NEAREST_H
#define BENCH_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *wanted;
	unsigned n;
	struct { const char *name; unsigned distance; } best[3];
};

void nearest_init(struct nearest *n, const char *wanted);
void nearest_offer(struct nearest *n, const char *name);
/* "; nearest: A, B, C", or "" when nothing is anywhere near. Into out. */
const char *nearest_text(const struct nearest *n, char *out, size_t cap);

#endif
