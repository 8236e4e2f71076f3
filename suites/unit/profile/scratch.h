/* A folder of its own for one test program, removed with all that is in it. */
#ifndef UNIT_PROFILE_SCRATCH_H
#define UNIT_PROFILE_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch[64];

static inline int scratch_make(void **state)
{
	(void)state;
	snprintf(scratch, sizeof scratch, "/tmp/annexu-unit-XXXXXX");
	return mkdtemp(scratch) ? 0 : -1;
}

/* The path of a file there; good until the fourth call after it. */
static inline const char *scratch_path(const char *name)
{
	static char path[4][400];
	static unsigned turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof path[0], "%s/%s", scratch, name);
	return p;
}

static inline const char *scratch_bytes(const char *name, const char *text,
					size_t n)
{
	const char *path = scratch_path(name);
	FILE *f = fopen(path, "w");

	if (!f || fwrite(text, 1, n, f) != n || fclose(f))
		abort();
	return path;
}

static inline const char *scratch_file(const char *name, const char *text)
{
	return scratch_bytes(name, text, strlen(text));
}

static inline int scratch_remove(void **state)
{
	DIR *d = opendir(scratch);
	struct dirent *e;

	(void)state;
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlink(scratch_path(e->d_name));
	if (d)
		closedir(d);
	return rmdir(scratch);
}

#endif
