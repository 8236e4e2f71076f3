#include "report/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int trouble(struct err *err, const char *what)
{
	return err_set(err, EXIT_RESULTS, "results cannot be written: %s: %s",
		       what, strerror(errno));
}

static bool put_all(int fd, struct span text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text = span_from(text, (size_t)n);
	}
	return true;
}

int write_file(const char *file, struct span text, bool executable,
	       struct err *err)
{
	char temporary[1200];
	int n = snprintf(temporary, sizeof temporary, "%s.part", file);

	if (n < 0 || (size_t)n >= sizeof temporary) {
		errno = ENAMETOOLONG;
		return trouble(err, file);
	}
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		      executable ? 0755 : 0644);

	if (fd < 0)
		return trouble(err, file);
	bool ok = put_all(fd, text);

	ok = close(fd) == 0 && ok;
	if (!ok || rename(temporary, file) < 0) {
		int why = errno;

		unlink(temporary);
		errno = why;
		return trouble(err, file);
	}
	return 0;
}

int write_json(const char *file, const json_t *json, struct err *err)
{
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(15));

	if (!text)
		die("a result is no JSON: %s", file);
	size_t n = strlen(text);

	text[n] = '\n';         /* the NUL's place; the length is kept */
	int rc = write_file(file, (struct span){ text, n + 1 }, false, err);

	free(text);
	return rc;
}

int write_folder(const char *dir, struct err *err)
{
	char path[1024];
	size_t n = strlen(dir);

	if (!n || n >= sizeof path) {
		errno = ENAMETOOLONG;
		return trouble(err, dir);
	}
	memcpy(path, dir, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		char kept = path[i];
		struct stat st;

		path[i] = '\0';
		if (mkdir(path, 0755) < 0 &&
		    (errno != EEXIST || stat(path, &st) < 0))
			return trouble(err, path);
		path[i] = kept;
	}
	if (access(dir, W_OK | X_OK) < 0)
		return trouble(err, dir);
	return 0;
}

int write_link(const char *link, const char *target, struct err *err)
{
	char temporary[1200];

	snprintf(temporary, sizeof temporary, "%s.part", link);
	unlink(temporary);
	if (symlink(target, temporary) < 0 || rename(temporary, link) < 0)
		return trouble(err, link);
	return 0;
}
