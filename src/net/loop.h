/* The event loop: poll(2), timers, and the clock. The clock is real or
 * virtual; with a virtual clock time jumps to the next timer when nothing
 * else is to do. Nobody below the bench reads a clock of his own. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#define LOOP_BUSY_TURNS 10000   /* turns at one virtual instant, then 1 ms each */

struct loop;
struct loop *loop_new(bool virtual_clock, uint64_t seed);
void loop_free(struct loop *l);

/* Microseconds since the loop's start, and Unix time in microseconds (a
 * virtual clock starts at a fixed date in 2030). */
int64_t loop_now_us(const struct loop *l);
int64_t loop_unix_us(const struct loop *l);
bool loop_virtual(const struct loop *l);

/* Seeded randomness for everybody on this loop. */
uint64_t loop_random(struct loop *l);
void loop_random_hex(struct loop *l, char *out, unsigned digits); /* and NUL */

typedef void loop_timer_fn(void *arg);
/* One-shot; the id is never 0 and never reused. */
uint64_t loop_after(struct loop *l, int64_t delay_us, loop_timer_fn *fn,
		    void *arg);
void loop_cancel(struct loop *l, uint64_t id);
/* Runs fn before the loop waits again (in-memory links deliver with it). What
 * fn queues itself runs in the next turn. */
void loop_soon(struct loop *l, loop_timer_fn *fn, void *arg);
/* Takes everything off that loop_soon queued with this arg. */
void loop_forget(struct loop *l, const void *arg);
/* Runs fn once no callback of the loop is on the stack any more (or in
 * loop_free): how objects are freed that may be in use by their callers. fn
 * gives memory back and calls nobody. */
void loop_dispose(struct loop *l, loop_timer_fn *fn, void *arg);

/* events: POLLIN | POLLOUT; one watch per descriptor; 0 takes it off. */
typedef void loop_fd_fn(int fd, short revents, void *arg);
void loop_watch(struct loop *l, int fd, short events, loop_fd_fn *fn,
		void *arg);

/* Turns until done(arg) or until_us (loop time); true when done, false at the
 * deadline or after loop_stop. done NULL: never done. What is due at until_us
 * itself is still served. A virtual clock jumps only while nothing is queued
 * by loop_soon; a flood that never lets it rest costs time nevertheless
 * (LOOP_BUSY_TURNS), so that no deadline can be talked away. Timers that are
 * due at one instant fire in the order of their creation. */
bool loop_until(struct loop *l, bool (*done)(void *arg), void *arg,
		int64_t until_us);
/* Lets wait_us pass, serving everything meanwhile. */
void loop_pass(struct loop *l, int64_t wait_us);
/* Asks the loop to stop as soon as it can; safe in a signal handler. */
void loop_stop(struct loop *l);
bool loop_stopped(const struct loop *l);

#endif
