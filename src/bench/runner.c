#include "bench/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE_MAX 128u
#define CASE_BYTES_MAX (4l * 1024 * 1024)

struct child {
	const struct runner_job *job;   /* NULL: free */
	pid_t pid;
	int pidfd;
	int result;                     /* memfd that takes the case's object */
	int64_t deadline_us;
	bool late;                      /* killed at its deadline */
};

struct runner {
	const struct runner_setup *setup;
	unsigned n;                     /* children now */
	struct child children[AT_ONCE_MAX];
};

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	interrupted = sig;
}

static int64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static _Noreturn void child_main(const struct runner_job *job, int result,
				 bool quiet)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);        /* the parent decides */
	signal(SIGTERM, SIG_DFL);
	if (quiet) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (null >= 0)
			dup2(null, STDERR_FILENO);
	}
	json_t *one = case_run(job->setup, job->purpose, job->trace);
	int rc = json_dumpfd(one, result, JSON_COMPACT |
			     JSON_REAL_PRECISION(15));

	fflush(NULL);
	json_decref(one);
	_exit(rc == 0 ? 0 : EXIT_BROKE);
}

static int start(struct runner *r, struct child *c,
		 const struct runner_job *job, struct err *err)
{
	*c = (struct child){ .pidfd = -1 };
	c->result = memfd_create("case", MFD_CLOEXEC);
	if (c->result < 0)
		return err_set(err, EXIT_BROKE, "memfd_create: %m");
	fflush(NULL);
	c->pid = fork();
	if (c->pid == 0)
		child_main(job, c->result, r->setup->quiet);
	c->pidfd = c->pid < 0 ? -1 : pidfd_open(c->pid, 0);
	if (c->pidfd < 0) {
		int why = errno;

		if (c->pid > 0) {
			kill(c->pid, SIGKILL);
			waitpid(c->pid, NULL, 0);
		}
		close(c->result);
		return err_set(err, EXIT_BROKE, "a case cannot be started: %s",
			       strerror(why));
	}
	c->job = job;
	c->deadline_us = clock_us() + r->setup->deadline_us;
	r->n++;
	return 0;
}

/* The object that the child left, or NULL. */
static json_t *read_result(int fd)
{
	long n = lseek(fd, 0, SEEK_END);
	json_t *one = NULL;

	if (n > 0 && n <= CASE_BYTES_MAX && lseek(fd, 0, SEEK_SET) == 0)
		one = json_loadfd(fd, 0, NULL);
	return one;
}

static json_t *verdict_of_dead(const struct child *c, int status, int64_t us)
{
	char why[160];

	if (c->late)
		snprintf(why, sizeof why, "the case did not end within %.0f s "
			 "and was stopped", (double)us / 1e6);
	else if (WIFSIGNALED(status))
		snprintf(why, sizeof why, "the case's process crashed: %s",
			 strsignal(WTERMSIG(status)));
	else
		snprintf(why, sizeof why, "the case's process ended with %d "
			 "and left no verdict", WEXITSTATUS(status));
	return case_without_run(c->job->purpose, "error", why);
}

static int reap(struct runner *r, struct child *c)
{
	const struct runner_job *job = c->job;
	int status = 0;

	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	json_t *one = NULL;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		one = read_result(c->result);
	if (!json_is_object(one)) {
		json_decref(one);
		one = verdict_of_dead(c, status, r->setup->deadline_us);
	}
	close(c->pidfd);
	close(c->result);
	c->job = NULL;
	r->n--;
	return r->setup->done(job, one, r->setup->arg);
}

static void kill_all(struct runner *r)
{
	for (unsigned i = 0; i < AT_ONCE_MAX; i++) {
		struct child *c = &r->children[i];

		if (!c->job)
			continue;
		kill(c->pid, SIGKILL);
		waitpid(c->pid, NULL, 0);
		close(c->pidfd);
		close(c->result);
		c->job = NULL;
	}
	r->n = 0;
}

/* Waits until a child ended, a deadline is over or a signal came; ends what
 * is late, takes what is done. */
static int turn(struct runner *r)
{
	struct pollfd fds[AT_ONCE_MAX];
	struct child *who[AT_ONCE_MAX];
	unsigned n = 0;
	int64_t now = clock_us(), nearest = now + 1000000;
	int rc = 0;

	for (unsigned i = 0; i < AT_ONCE_MAX; i++) {
		struct child *c = &r->children[i];

		if (!c->job)
			continue;
		if (c->deadline_us <= now && !c->late) {
			c->late = true;
			kill(c->pid, SIGKILL);
		}
		if (!c->late && c->deadline_us < nearest)
			nearest = c->deadline_us;
		who[n] = c;
		fds[n++] = (struct pollfd){ .fd = c->pidfd, .events = POLLIN };
	}
	if (poll(fds, n, (int)((nearest - now) / 1000) + 1) <= 0)
		return 0;
	for (unsigned i = 0; i < n && rc == 0; i++)
		if (fds[i].revents)
			rc = reap(r, who[i]);
	return rc;
}

static struct child *free_child(struct runner *r)
{
	for (unsigned i = 0; i < AT_ONCE_MAX && i < r->setup->at_once; i++)
		if (!r->children[i].job)
			return &r->children[i];
	return NULL;
}

static int loop(struct runner *r, struct err *err)
{
	bool more = true;
	int rc = 0;

	while (rc == 0 && !interrupted && (more || r->n)) {
		struct child *c;

		while (rc == 0 && more && (c = free_child(r)) != NULL) {
			const struct runner_job *job =
				r->setup->next(r->setup->arg);

			more = job != NULL;
			if (more)
				rc = start(r, c, job, err);
		}
		if (rc == 0 && r->n)
			rc = turn(r);
	}
	return rc;
}

int runner_run(const struct runner_setup *s, struct err *err)
{
	struct runner *r = must_alloc(sizeof *r);
	struct sigaction sa = { .sa_handler = on_signal }, was_int, was_term;

	interrupted = 0;
	r->setup = s;
	sigaction(SIGINT, &sa, &was_int);
	sigaction(SIGTERM, &sa, &was_term);
	int rc = loop(r, err);

	kill_all(r);
	sigaction(SIGINT, &was_int, NULL);
	sigaction(SIGTERM, &was_term, NULL);
	free(r);
	if (rc == 0 && interrupted)
		rc = err_set(err, EXIT_INTERRUPTED, "interrupted by a signal");
	return rc;
}
