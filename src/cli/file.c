#include "cli/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"

int file_text(char **out, const char *file, struct err *err)
{
	FILE *f = fopen(file, "re");
	char text[65536];

	if (!f)
		return err_set(err, EXIT_USAGE, "%s: cannot be read: %s", file,
			       strerror(errno));
	size_t n = fread(text, 1, sizeof text, f);

	fclose(f);
	if (n == sizeof text)
		return err_set(err, EXIT_USAGE, "%s: longer than 64 KiB", file);
	*out = span_dup((struct span){ text, n });
	return 0;
}
