/* Gives every file named, or found below a folder named, to a fuzz target.
 * With this the corpora are replayed by any compiler, without libFuzzer. */
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned files;
static const char *current;

/* A target that finds something aborts: then say in which file. */
static void on_abort(int sig)
{
	static const char text[] = "replay: stopped at ";

	(void)sig;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0 ||
	    write(STDERR_FILENO, current, strlen(current)) < 0 ||
	    write(STDERR_FILENO, "\n", 1) < 0)
		_exit(2);
	signal(SIGABRT, SIG_DFL);
}

/* The target gets memory of just that size, so that a sanitizer or valgrind
 * sees a read too far. */
static int replay(const char *path)
{
	struct stat st;
	FILE *f = fopen(path, "rb");

	if (!f || fstat(fileno(f), &st) < 0) {
		perror(path);
		if (f)
			fclose(f);
		return -1;
	}
	size_t n = (size_t)st.st_size;
	uint8_t *data = malloc(n ? n : 1);

	if (!data || fread(data, 1, n, f) != n) {
		fprintf(stderr, "%s: cannot be read whole\n", path);
		free(data);
		fclose(f);
		return -1;
	}
	fclose(f);
	current = path;
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	files++;
	return 0;
}

static int visit(const char *path, const struct stat *st, int type,
		 struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_F)
		return replay(path);
	if (type == FTW_DNR || type == FTW_NS) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	signal(SIGABRT, on_abort);
	for (int i = 1; i < argc; i++) {
		if (nftw(argv[i], visit, 16, FTW_PHYS) != 0) {
			fprintf(stderr, "%s: not replayed\n", argv[i]);
			return 2;
		}
	}
	if (files == 0) {
		fprintf(stderr, "usage: %s FILE|DIR...: no file to replay\n",
			argv[0]);
		return 2;
	}
	printf("%u files replayed\n", files);
	return 0;
}
