#include "net/loop.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "net/timers.h"

/* 2030-01-01T00:00:00Z: fixed, so that two virtual runs show the same dates. */
#define VIRTUAL_EPOCH_US (1893456000ll * 1000000)
#define READY_MAX 64    /* descriptors served in one turn */

struct work {
	loop_timer_fn *fn;
	void *arg;
};

/* One entry a descriptor, indexed by it. */
struct watch {
	loop_fd_fn *fn;
	void *arg;
	uint32_t generation;    /* tells a reused descriptor from the old one */
	size_t at;              /* index into polls */
	bool on;
};

struct loop {
	bool virtual_clock;
	int64_t now_us;                 /* virtual clock */
	int64_t start_us, unix_start_us;
	uint64_t random;
	volatile sig_atomic_t stop;
	int wake;                       /* eventfd; -1 with a virtual clock */
	unsigned depth;                 /* turns on the stack */
	unsigned busy;                  /* turns since the loop was at rest */
	unsigned served;                /* ... since no descriptor was ready */
	struct timers timers;

	struct work *soon;              /* a ring; room is a power of two */
	size_t soon_at, soon_n, soon_room;

	struct work *trash;
	size_t trash_n, trash_room;

	struct watch *watches;
	size_t n_watches;
	struct pollfd *polls;
	size_t n_polls, polls_room;
	size_t first;                   /* where the next turn starts serving */
};

static int64_t clock_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct loop *loop_new(bool virtual_clock, uint64_t seed)
{
	struct loop *l = must_alloc(sizeof *l);

	l->virtual_clock = virtual_clock;
	l->random = seed;
	l->wake = -1;
	if (virtual_clock) {
		l->unix_start_us = VIRTUAL_EPOCH_US;
		return l;
	}
	l->start_us = clock_us(CLOCK_MONOTONIC);
	l->unix_start_us = clock_us(CLOCK_REALTIME);
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->wake < 0)
		die("eventfd: %s", strerror(errno));
	return l;
}

static void empty_trash(struct loop *l)
{
	/* A disposal may queue another one. */
	for (size_t i = 0; i < l->trash_n; i++) {
		struct work w = l->trash[i];

		w.fn(w.arg);
	}
	l->trash_n = 0;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	assert(!l->depth);
	empty_trash(l);
	if (l->wake >= 0)
		close(l->wake);
	timers_free(&l->timers);
	free(l->soon);
	free(l->trash);
	free(l->watches);
	free(l->polls);
	free(l);
}

int64_t loop_now_us(const struct loop *l)
{
	if (l->virtual_clock)
		return l->now_us;
	return clock_us(CLOCK_MONOTONIC) - l->start_us;
}

int64_t loop_unix_us(const struct loop *l)
{
	return l->unix_start_us + loop_now_us(l);
}

bool loop_virtual(const struct loop *l)
{
	return l->virtual_clock;
}

/* SplitMix64: every seed is a good seed, and no state but a counter. */
uint64_t loop_random(struct loop *l)
{
	uint64_t z = (l->random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void loop_random_hex(struct loop *l, char *out, unsigned digits)
{
	uint64_t r = 0;

	for (unsigned i = 0; i < digits; i++) {
		if (i % 16 == 0)
			r = loop_random(l);
		out[i] = "0123456789abcdef"[r & 15];
		r >>= 4;
	}
	out[digits] = '\0';
}

uint64_t loop_after(struct loop *l, int64_t delay_us, loop_timer_fn *fn,
		    void *arg)
{
	int64_t now = loop_now_us(l);

	if (delay_us < 0)
		delay_us = 0;
	if (delay_us > INT64_MAX - now)
		delay_us = INT64_MAX - now;
	return timers_add(&l->timers, now + delay_us, fn, arg);
}

void loop_cancel(struct loop *l, uint64_t id)
{
	timers_cancel(&l->timers, id);
}

void loop_soon(struct loop *l, loop_timer_fn *fn, void *arg)
{
	assert(fn);
	if (l->soon_n == l->soon_room) {
		size_t room = l->soon_room ? l->soon_room * 2 : 64;
		struct work *w = must_alloc(room * sizeof *w);

		for (size_t i = 0; i < l->soon_n; i++)
			w[i] = l->soon[(l->soon_at + i) & (l->soon_room - 1)];
		free(l->soon);
		l->soon = w;
		l->soon_at = 0;
		l->soon_room = room;
	}
	l->soon[(l->soon_at + l->soon_n++) & (l->soon_room - 1)] =
		(struct work){ fn, arg };
}

void loop_forget(struct loop *l, const void *arg)
{
	for (size_t i = 0; i < l->soon_n; i++) {
		struct work *w = &l->soon[(l->soon_at + i) & (l->soon_room - 1)];

		if (w->arg == arg)
			w->fn = NULL;
	}
}

void loop_dispose(struct loop *l, loop_timer_fn *fn, void *arg)
{
	if (l->trash_n == l->trash_room) {
		l->trash_room = l->trash_room ? l->trash_room * 2 : 64;
		l->trash = must_grow(l->trash,
				     l->trash_room * sizeof *l->trash);
	}
	l->trash[l->trash_n++] = (struct work){ fn, arg };
}

static struct watch *watch_of(struct loop *l, int fd)
{
	size_t want = (size_t)fd + 1;

	assert(fd >= 0);
	if (want > l->n_watches) {
		size_t n = want * 2;

		l->watches = must_grow(l->watches, n * sizeof *l->watches);
		memset(l->watches + l->n_watches, 0,
		       (n - l->n_watches) * sizeof *l->watches);
		l->n_watches = n;
	}
	return &l->watches[fd];
}

static void watch_off(struct loop *l, struct watch *w)
{
	size_t last = --l->n_polls;

	l->polls[w->at] = l->polls[last];
	l->watches[l->polls[w->at].fd].at = w->at;
	w->on = false;
}

void loop_watch(struct loop *l, int fd, short events, loop_fd_fn *fn,
		void *arg)
{
	struct watch *w = watch_of(l, fd);

	if (!events) {
		if (w->on)
			watch_off(l, w);
		return;
	}
	if (!w->on) {
		/* One slot is kept free for the wake descriptor. */
		if (l->n_polls + 1 >= l->polls_room) {
			l->polls_room = l->polls_room ? l->polls_room * 2 : 16;
			l->polls = must_grow(l->polls, l->polls_room *
						       sizeof *l->polls);
		}
		w->at = l->n_polls++;
		w->on = true;
		w->generation++;
	}
	l->polls[w->at] = (struct pollfd){ .fd = fd, .events = events };
	w->fn = fn;
	w->arg = arg;
}

static void run_soon(struct loop *l)
{
	/* Only what was queued before: the rest waits for the next turn, so
	 * that two objects that keep each other busy do not stop the loop. */
	for (size_t n = l->soon_n; n && l->soon_n; n--) {
		struct work w = l->soon[l->soon_at];

		l->soon_at = (l->soon_at + 1) & (l->soon_room - 1);
		l->soon_n--;
		if (w.fn)
			w.fn(w.arg);
	}
}

static void serve(struct loop *l)
{
	struct { int fd; short revents; uint32_t generation; } ready[READY_MAX];
	size_t n = 0, all = l->n_polls;

	/* A callback may change every watch: note first, then call. Starting
	 * elsewhere each turn gives every descriptor its turn. */
	if (l->first >= all)
		l->first = 0;
	for (size_t i = 0; i < all && n < READY_MAX; i++) {
		const struct pollfd *p = &l->polls[(l->first + i) % all];

		if (!p->revents)
			continue;
		ready[n].fd = p->fd;
		ready[n].revents = p->revents;
		ready[n++].generation = l->watches[p->fd].generation;
	}
	l->first++;
	for (size_t i = 0; i < n; i++) {
		const struct watch *w = &l->watches[ready[i].fd];

		if (w->on && w->generation == ready[i].generation)
			w->fn(ready[i].fd, ready[i].revents, w->arg);
	}
}

/* Waits at most wait_us for the watched descriptors and serves them; true when
 * one was ready. */
static bool poll_wait(struct loop *l, int64_t wait_us)
{
	struct timespec t = { .tv_sec = wait_us / 1000000,
			      .tv_nsec = (long)(wait_us % 1000000) * 1000 };
	struct pollfd *wake = NULL;
	nfds_t n = l->n_polls;
	uint64_t woken;

	if (l->wake >= 0) {
		if (!l->polls) {
			l->polls_room = 16;
			l->polls = must_alloc(16 * sizeof *l->polls);
		}
		wake = &l->polls[n++];
		*wake = (struct pollfd){ .fd = l->wake, .events = POLLIN };
	}
	int got = ppoll(l->polls, n, &t, NULL);

	if (got < 0 && errno != EINTR)
		die("ppoll: %s", strerror(errno));
	if (got <= 0)
		return false;
	if (wake && wake->revents &&
	    read(l->wake, &woken, sizeof woken) < 0 && errno != EAGAIN)
		die("eventfd: %s", strerror(errno));
	l->busy = 0;
	serve(l);
	return true;
}

/* When the next thing is due: a timer, or the end of the wait. */
static int64_t due_us(const struct loop *l, int64_t until_us)
{
	int64_t due = timers_due_us(&l->timers);

	return due < until_us ? due : until_us;
}

static void wait_virtual(struct loop *l, int64_t until_us)
{
	/* With nothing else to come, only a descriptor can end the wait. One
	 * that was ready may make others ready: time stands still. */
	if (l->n_polls &&
	    poll_wait(l, due_us(l, until_us) == INT64_MAX ? 100000 : 0)) {
		if (++l->served > LOOP_BUSY_TURNS)
			l->now_us += 1000;
		return;
	}
	l->served = 0;
	if (l->soon_n) {
		if (++l->busy > LOOP_BUSY_TURNS)
			l->now_us += 1000;
		return;
	}
	int64_t due = due_us(l, until_us);

	l->busy = 0;
	if (due > l->now_us && due != INT64_MAX)
		l->now_us = due;
}

static void wait_real(struct loop *l, int64_t until_us)
{
	int64_t wait = 0, now = loop_now_us(l);
	int64_t due = due_us(l, until_us);

	if (!l->soon_n && due > now)
		wait = due - now;
	if (wait > 3600ll * 1000000)
		wait = 3600ll * 1000000;
	poll_wait(l, wait);
}

static void turn(struct loop *l, int64_t until_us)
{
	l->depth++;
	/* The wait comes first: what is done in a turn may be what the caller
	 * waits for, and he looks before the next wait, or jump, begins. */
	if (l->virtual_clock)
		wait_virtual(l, until_us);
	else
		wait_real(l, until_us);
	timers_fire(&l->timers, loop_now_us(l));
	run_soon(l);
	if (!--l->depth)
		empty_trash(l);
}

/* Is anything left that belongs to the instant until_us or before? */
static bool over(const struct loop *l, int64_t until_us)
{
	int64_t now = loop_now_us(l);

	if (now < until_us)
		return false;
	if (!l->virtual_clock || now > until_us)
		return true;
	return !l->soon_n && timers_due_us(&l->timers) > now;
}

/* A virtual clock without timers, queue, sockets and end would spin. */
static bool asleep(const struct loop *l, int64_t until_us)
{
	return l->virtual_clock && !l->n_polls && !l->soon_n &&
	       until_us == INT64_MAX &&
	       timers_due_us(&l->timers) == INT64_MAX;
}

bool loop_until(struct loop *l, bool (*done)(void *arg), void *arg,
		int64_t until_us)
{
	bool turned = false;

	for (;;) {
		if (done && done(arg))
			return true;
		if (l->stop || (turned && over(l, until_us)) ||
		    asleep(l, until_us))
			return false;
		turn(l, until_us);
		turned = true;
	}
}

void loop_pass(struct loop *l, int64_t wait_us)
{
	int64_t now = loop_now_us(l);

	if (wait_us < 0)
		wait_us = 0;
	loop_until(l, NULL, NULL,
		   wait_us > INT64_MAX - now ? INT64_MAX : now + wait_us);
}

void loop_stop(struct loop *l)
{
	uint64_t one = 1;
	int saved = errno;

	l->stop = 1;
	if (l->wake >= 0 && write(l->wake, &one, sizeof one) < 0)
		l->stop = 1;    /* full: it is awake already */
	errno = saved;
}

bool loop_stopped(const struct loop *l)
{
	return l->stop;
}
