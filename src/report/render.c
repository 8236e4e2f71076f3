#include "report/render.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PYTHON "/usr/bin/python3"

int render_find(char *out, size_t cap, struct err *err)
{
	/* Installed, in build/, in build/asan/. */
	static const char *const places[] = { "../share/annexu", "..",
					      "../.." };
	char exe[512];
	long n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	char *slash;

	exe[n > 0 ? n : 0] = '\0';
	slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
		int used = snprintf(out, cap, "%s/%s/results/render.py", exe,
				    places[i]);

		if (used > 0 && (size_t)used < cap && access(out, R_OK) == 0)
			return 0;
	}
	return err_set(err, EXIT_RESULTS, "no report can be written: "
		       "results/render.py is not beside %s", exe);
}

static int run_python(const char *script, const char *dir)
{
	int status = 0;

	fflush(NULL);
	pid_t pid = fork();

	if (pid == 0) {
		/* -B: no __pycache__ where the suite is installed. */
		execl(PYTHON, PYTHON, "-B", script, dir, (char *)NULL);
		_exit(127);
	}
	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int render_run(const char *script, const char *dir, struct err *err)
{
	static const char *const made[] = { "report.html", "junit.xml",
					    "matrix.csv" };
	int rc = run_python(script, dir);

	if (rc != 0)
		return err_set(err, EXIT_RESULTS, "no report: %s %s %s ended "
			       "with %d%s", PYTHON, script, dir, rc,
			       rc == 127 ? " (is python3 there?)" : "");
	for (unsigned i = 0; i < sizeof made / sizeof made[0]; i++) {
		char file[1024];

		snprintf(file, sizeof file, "%s/%s", dir, made[i]);
		if (access(file, R_OK) < 0)
			return err_set(err, EXIT_RESULTS, "no report: %s was "
				       "not written", file);
	}
	return 0;
}
