#include "actor/txn.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define T1_US 500000ll
#define T2_US 4000000ll

struct txn {
	struct txn *next;
	struct txn_set *set;
	struct txn_start t;
	char *message, *branch, *address;
	uint64_t repeat_timer, end_timer;
	int64_t interval_us;
};

static void txn_drop(struct txn *x)
{
	for (struct txn **p = &x->set->first; *p; p = &(*p)->next)
		if (*p == x) {
			*p = x->next;
			break;
		}
	loop_cancel(x->set->loop, x->repeat_timer);
	loop_cancel(x->set->loop, x->end_timer);
	free(x->message);
	free(x->branch);
	free(x->address);
	free(x);
}

static void repeat(void *arg)
{
	struct txn *x = arg;

	x->interval_us = x->interval_us * 2 > T2_US ? T2_US : x->interval_us * 2;
	x->repeat_timer = loop_after(x->set->loop, x->interval_us, repeat, x);
	if (x->t.message.n)
		x->t.send(x->t.message, x->address, x->t.send_arg);
}

static void give_up(void *arg)
{
	struct txn *x = arg;
	struct txn_start t = x->t;

	txn_drop(x);
	t.done(NULL, t.done_arg);
}

void txn_start(struct txn_set *s, const struct txn_start *t)
{
	struct txn *x = must_alloc(sizeof(*x));

	x->set = s;
	x->t = *t;
	x->message = span_dup(t->message);
	x->branch = span_dup(t->branch);
	x->address = span_dup(span_str(t->address ? t->address : ""));
	x->t.message = (struct span){ x->message, t->message.n };
	x->t.branch = (struct span){ x->branch, t->branch.n };
	x->interval_us = T1_US;
	x->next = s->first;
	s->first = x;
	if (t->repeat)
		x->repeat_timer = loop_after(s->loop, T1_US, repeat, x);
	x->end_timer = loop_after(s->loop, t->timeout_us, give_up, x);
	if (t->message.n)       /* nothing: an edit withheld it */
		t->send(x->t.message, x->address, t->send_arg);
}

static struct txn *txn_find(struct txn_set *s, const struct sip_msg *m)
{
	struct sip_list it = { 0 };
	struct span element;
	struct sip_via via;

	if (!sip_list_next(m, SIP_H_VIA, &it, &element) || !sip_via_read(&via, element))
		return NULL;
	for (struct txn *x = s->first; x; x = x->next)
		if (!span_absent(via.branch) && span_eq(x->t.branch, via.branch))
			return x;
	return NULL;
}

bool txn_answer(struct txn_set *s, const struct sip_msg *m)
{
	struct txn *x = txn_find(s, m);
	struct txn_start t;

	if (!x)
		return false;
	if (m->status < 200)
		return true;
	t = x->t;
	txn_drop(x);
	t.done(m, t.done_arg);
	return true;
}

void txn_forget(struct txn_set *s, const void *done_arg)
{
	struct txn *next;

	for (struct txn *x = s->first; x; x = next) {
		next = x->next;
		if (!done_arg || x->t.done_arg == done_arg)
			txn_drop(x);
	}
}
