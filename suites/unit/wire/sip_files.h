/* Messages in files, for the tests of the SIP reader. Paths are relative to
 * the top of the repository, where tests run. */
#ifndef UNIT_WIRE_SIP_FILES_H
#define UNIT_WIRE_SIP_FILES_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

#define TORTURE "suites/unit/wire/torture"
#define CORPUS "suites/fuzz/corpus/sip"

/* The caller frees p. Absent when there is no such file. */
static inline struct span file_load(const char *dir, const char *name)
{
	char path[512];
	size_t room = 1 << 20;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "rb");

	if (!f)
		return SPAN_NONE;
	char *p = malloc(room);
	size_t n = p ? fread(p, 1, room, f) : 0;

	fclose(f);
	return (struct span){ p, n };
}

/* Calls visit for each file of dir whose name ends so; their number. */
static inline unsigned file_each(const char *dir, const char *ending,
				 void (*visit)(const char *name,
					       struct span bytes))
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	for (struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] == '.' ||
		    !span_ends(span_str(e->d_name), span_str(ending)))
			continue;
		struct span bytes = file_load(dir, e->d_name);

		visit(e->d_name, bytes);
		free((void *)(uintptr_t)bytes.p);
		n++;
	}
	if (d)
		closedir(d);
	return n;
}

#endif
