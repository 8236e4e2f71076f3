/* The loop: clock, timers, order, stop. */
#include "kit.h"

#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#define SEC(n) ((n) * 1000000ll)

struct note { struct loop *loop; int64_t at[8]; char order[64]; unsigned n; };

static struct note *noting;

static void note_a(void *arg)
{
	struct note *x = noting;

	x->at[x->n % 8] = loop_now_us(x->loop);
	x->order[x->n++] = *(const char *)arg;
}

static void virtual_clock_jumps(void **state)
{
	struct loop *l = loop_new(true, 1);
	struct note x = { .loop = l };

	(void)state;
	noting = &x;
	loop_after(l, SEC(3600), note_a, "c");
	loop_after(l, SEC(1), note_a, "a");
	loop_after(l, SEC(2), note_a, "b");
	assert_false(loop_until(l, NULL, NULL, SEC(2)));
	assert_int_equal(loop_now_us(l), SEC(2));
	assert_string_equal(x.order, "ab");
	loop_pass(l, SEC(7200));
	assert_string_equal(x.order, "abc");
	assert_int_equal(x.at[2], SEC(3600));
	assert_int_equal(loop_now_us(l), SEC(7202));
	assert_int_equal(loop_unix_us(l), SEC(1893456000) + SEC(7202));
	loop_free(l);
}

static void deadline_without_timers(void **state)
{
	struct loop *l = loop_new(true, 1);
	bool never = false;

	(void)state;
	assert_false(loop_until(l, kit_flag, &never, SEC(5)));
	assert_int_equal(loop_now_us(l), SEC(5));
	/* In the past: false at once; without any end and anything to come:
	 * false too, because nothing can ever happen. */
	assert_false(loop_until(l, kit_flag, &never, SEC(1)));
	assert_false(loop_until(l, kit_flag, &never, INT64_MAX));
	assert_int_equal(loop_now_us(l), SEC(5));
	loop_free(l);
}

static void equal_timers_keep_order(void **state)
{
	struct loop *l = loop_new(true, 1);
	struct note x = { .loop = l };
	uint64_t id;

	(void)state;
	noting = &x;
	loop_after(l, 10, note_a, "1");
	loop_after(l, 5, note_a, "0");
	id = loop_after(l, 10, note_a, "x");
	loop_after(l, 10, note_a, "2");
	loop_after(l, 10, note_a, "3");
	loop_cancel(l, id);
	loop_cancel(l, id);
	loop_cancel(l, 0);
	loop_pass(l, 10);
	assert_string_equal(x.order, "0123");
	loop_free(l);
}

struct many { int64_t due; uint64_t id; bool cancelled, fired; };
static struct { struct loop *l; int64_t last_due; uint64_t last_id;
		unsigned fired; } order;

static void fire_many(void *arg)
{
	struct many *m = arg;

	assert_false(m->cancelled || m->fired);
	m->fired = true;
	assert_int_equal(loop_now_us(order.l), m->due);
	assert_true(m->due > order.last_due ||
		    (m->due == order.last_due && m->id > order.last_id));
	order.last_due = m->due;
	order.last_id = m->id;
	order.fired++;
}

static void ten_thousand_timers(void **state)
{
	enum { N = 10000 };
	struct many *m = calloc(N, sizeof *m);
	struct loop *l = loop_new(true, 42);
	unsigned cancelled = 0;

	(void)state;
	order.l = l;
	for (unsigned i = 0; i < N; i++) {
		m[i].due = (int64_t)(loop_random(l) % 500);
		m[i].id = loop_after(l, m[i].due, fire_many, &m[i]);
		assert_true(m[i].id);
	}
	for (unsigned i = 0; i < N; i += 3) {
		loop_cancel(l, m[i].id);
		m[i].cancelled = true;
		cancelled++;
	}
	/* The freed places are used again, the ids are not. */
	for (unsigned i = 0; i < N; i += 6) {
		uint64_t old = m[i].id;

		m[i].due = (int64_t)(loop_random(l) % 500);
		m[i].id = loop_after(l, m[i].due, fire_many, &m[i]);
		m[i].cancelled = false;
		assert_true(m[i].id > old);
		loop_cancel(l, old);
		cancelled--;
	}
	loop_pass(l, 1000);
	assert_int_equal(order.fired, N - cancelled);
	loop_free(l);
	free(m);
}

static void again(void *arg)
{
	struct note *x = arg;

	if (x->n < 60)
		x->order[x->n] = 't';
	x->n++;
	loop_after(x->loop, 0, again, x);
}

/* A timer that renews itself without delay must not keep the loop. */
static void zero_timer_lets_go(void **state)
{
	struct note x = { .loop = loop_new(false, 1) };

	(void)state;
	loop_after(x.loop, 0, again, &x);
	loop_pass(x.loop, 20000);
	assert_true(x.n > 1);
	loop_free(x.loop);
}

static void soon_forever(void *arg)
{
	struct note *x = arg;

	x->n++;
	loop_soon(x->loop, soon_forever, x);
}

/* Two chatterboxes cannot talk a virtual deadline away. */
static void virtual_flood_meets_deadline(void **state)
{
	struct note x = { .loop = loop_new(true, 1) };

	(void)state;
	loop_soon(x.loop, soon_forever, &x);
	assert_false(loop_until(x.loop, NULL, NULL, SEC(1)));
	assert_true(x.n >= LOOP_BUSY_TURNS);
	assert_true(loop_now_us(x.loop) >= SEC(1));
	loop_free(x.loop);
}

static void soon_runs_before_time_moves(void **state)
{
	struct loop *l = loop_new(true, 1);
	struct note x = { .loop = l };

	(void)state;
	noting = &x;
	loop_after(l, 100, note_a, "t");
	loop_soon(l, note_a, "1");
	loop_soon(l, note_a, "2");
	loop_soon(l, note_a, "3");
	static char gone[] = "g";

	loop_soon(l, note_a, gone);
	loop_forget(l, gone);
	loop_pass(l, 100);
	assert_string_equal(x.order, "123t");
	assert_int_equal(x.at[2], 0);
	assert_int_equal(x.at[3], 100);
	loop_free(l);
}

static void count_nothing(void *arg)
{
	(void)arg;
}

static void set_flag(void *arg)
{
	*(bool *)arg = true;
}

/* What a turn did is looked at before the next wait, or jump, begins. */
static void done_is_seen_before_the_wait(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct loop *l = loop_new(i == 0, 1);
		bool flag = false;

		loop_after(l, SEC(5), count_nothing, NULL);
		loop_soon(l, set_flag, &flag);
		assert_true(loop_until(l, kit_flag, &flag, SEC(8)));
		assert_true(loop_now_us(l) < (i == 0 ? 1 : SEC(2)));
		loop_free(l);
	}
}

static void two_steps(void *arg)
{
	struct note *x = arg;

	if (x->n++ < 5)
		loop_soon(x->loop, two_steps, x);
}

/* What belongs to the deadline's own instant still happens. */
static void deadline_serves_its_instant(void **state)
{
	struct note x = { .loop = loop_new(true, 1) };

	(void)state;
	loop_after(x.loop, 50, two_steps, &x);
	assert_false(loop_until(x.loop, NULL, NULL, 50));
	assert_int_equal(x.n, 6);
	assert_int_equal(loop_now_us(x.loop), 50);
	loop_free(x.loop);
}

static void count_trash(void *arg)
{
	(*(unsigned *)arg)++;
}

static struct { struct loop *l; unsigned freed; unsigned seen; } trash;

static void nested(void *arg)
{
	(void)arg;
	loop_dispose(trash.l, count_trash, &trash.freed);
	loop_pass(trash.l, 10);         /* a turn inside a turn */
	trash.seen = trash.freed;
}

static void disposal_waits_for_the_stack(void **state)
{
	(void)state;
	trash.l = loop_new(true, 1);
	loop_soon(trash.l, nested, NULL);
	loop_pass(trash.l, 100);
	assert_int_equal(trash.seen, 0);
	assert_int_equal(trash.freed, 1);
	loop_dispose(trash.l, count_trash, &trash.freed);
	loop_free(trash.l);
	assert_int_equal(trash.freed, 2);
}

static struct loop *stopping;

static void on_alarm(int sig)
{
	(void)sig;
	loop_stop(stopping);
}

static void stop_from_a_signal(void **state)
{
	struct itimerval t = { .it_value = { .tv_usec = 20000 } };
	bool never = false;

	(void)state;
	stopping = loop_new(false, 1);
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &t, NULL);
	assert_false(loop_until(stopping, kit_flag, &never, SEC(10)));
	assert_true(loop_stopped(stopping));
	assert_true(loop_now_us(stopping) < SEC(5));
	signal(SIGALRM, SIG_DFL);
	loop_free(stopping);
}

struct pipes { struct loop *l; int a[2], b[2]; unsigned n; };

/* Takes the other descriptor off, so that it is not called although it was
 * ready in the same poll. */
static void first_wins(int fd, short revents, void *arg)
{
	struct pipes *p = arg;

	assert_true(revents & POLLIN);
	p->n++;
	loop_watch(p->l, p->a[0], 0, NULL, NULL);
	loop_watch(p->l, p->b[0], 0, NULL, NULL);
	assert_true(fd == p->a[0] || fd == p->b[0]);
}

static void watch_taken_off_in_a_callback(void **state)
{
	struct pipes p = { .l = loop_new(false, 1) };

	(void)state;
	assert_int_equal(pipe(p.a), 0);
	assert_int_equal(pipe(p.b), 0);
	assert_int_equal(write(p.a[1], "x", 1), 1);
	assert_int_equal(write(p.b[1], "x", 1), 1);
	loop_watch(p.l, p.a[0], POLLIN, first_wins, &p);
	loop_watch(p.l, p.b[0], POLLIN, first_wins, &p);
	loop_pass(p.l, 20000);
	assert_int_equal(p.n, 1);
	loop_free(p.l);
	for (int i = 0; i < 2; i++) {
		close(p.a[i]);
		close(p.b[i]);
	}
}

static void random_is_seeded(void **state)
{
	struct loop *a = loop_new(true, 5), *b = loop_new(true, 5),
		    *c = loop_new(true, 6);
	char x[40], y[40];

	(void)state;
	loop_random_hex(a, x, 33);
	loop_random_hex(b, y, 33);
	assert_string_equal(x, y);
	assert_int_equal(strlen(x), 33);
	assert_int_equal(strspn(x, "0123456789abcdef"), 33);
	loop_random_hex(c, y, 33);
	assert_string_not_equal(x, y);
	loop_free(a);
	loop_free(b);
	loop_free(c);
}

static void real_clock_waits(void **state)
{
	struct loop *l = loop_new(false, 1);
	struct note x = { .loop = l };
	int64_t unix_us = loop_unix_us(l);

	(void)state;
	noting = &x;
	loop_after(l, 30000, note_a, "b");
	loop_after(l, 10000, note_a, "a");
	loop_pass(l, 50000);
	assert_string_equal(x.order, "ab");
	assert_true(x.at[0] >= 10000 && x.at[1] >= 30000);
	assert_true(loop_unix_us(l) - unix_us >= 50000);
	assert_true(unix_us > SEC(1600000000));
	loop_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(virtual_clock_jumps),
		cmocka_unit_test(deadline_without_timers),
		cmocka_unit_test(equal_timers_keep_order),
		cmocka_unit_test(ten_thousand_timers),
		cmocka_unit_test(zero_timer_lets_go),
		cmocka_unit_test(virtual_flood_meets_deadline),
		cmocka_unit_test(soon_runs_before_time_moves),
		cmocka_unit_test(done_is_seen_before_the_wait),
		cmocka_unit_test(deadline_serves_its_instant),
		cmocka_unit_test(disposal_waits_for_the_stack),
		cmocka_unit_test(stop_from_a_signal),
		cmocka_unit_test(watch_taken_off_in_a_callback),
		cmocka_unit_test(random_is_seeded),
		cmocka_unit_test(real_clock_waits),
	};
	unsigned fds = kit_fds();
	int rc = cmocka_run_group_tests_name("net/loop", tests, NULL, NULL);

	return rc || kit_fds() != fds;
}
