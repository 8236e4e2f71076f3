/* Capture files, merged by time, through packets and flows to the decoder. */
#include "source/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/decoder.h"
#include "source/flow.h"
#include "source/packet.h"
#include "source/pcap.h"

#define NOTES_MAX (sizeof ((struct capture_result *)0)->notes / \
		   sizeof *((struct capture_result *)0)->notes)

struct input {
	struct pcap_in *in;
	const char *name;
	struct frags *frags;    /* a tap puts fragments together by itself */
	struct pcap_frame frame;        /* the next one */
	bool over;
};

struct reading {
	struct input *inputs;
	unsigned n;
	struct decoder *d;
	struct flows *flows;
	struct capture_result *r;
	int64_t zero_us;
	uint64_t bad, cut;      /* frames */
};

bool capture_is(const char *file) { return pcap_in_is(file); }

static void note(const char *text, void *arg)
{
	struct capture_result *r = arg;

	if (r->n_notes == NOTES_MAX)
		return;
	span_copy(r->notes[r->n_notes], sizeof r->notes[0], span_str(text));
	r->n_notes++;
}

static void fetch(struct reading *g, struct input *in)
{
	char text[400];

	switch (pcap_in_next(in->in, &in->frame)) {
	case PCAP_FRAME:
		return;
	case PCAP_CUT:
		snprintf(text, sizeof text, "%s: cut after frame %llu: %s",
			 in->name, (unsigned long long)in->frame.number,
			 pcap_in_why(in->in));
		note(text, g->r);
		if (!g->r->truncated) {
			g->r->truncated = true;
			g->r->truncated_frame = in->frame.number;
			g->r->truncated_file = (unsigned)(in - g->inputs);
		}
		break;
	case PCAP_END:
		break;
	}
	in->over = true;
}

static void close_all(struct reading *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		pcap_in_close(g->inputs[i].in);
		frags_free(g->inputs[i].frags);
	}
	free(g->inputs);
}

static int open_all(struct reading *g, const char *const *files, unsigned n,
		    struct err *err)
{
	g->inputs = must_alloc(n * sizeof *g->inputs);
	for (g->n = 0; g->n < n; g->n++) {
		struct input *in = &g->inputs[g->n];
		int rc = pcap_in_open(&in->in, files[g->n], err);

		if (rc) {
			close_all(g);
			return rc;
		}
		in->name = files[g->n];
		in->frags = frags_new();
	}
	return 0;
}

/* The file whose next frame is the oldest; NULL at the end of all. */
static struct input *oldest(struct reading *g)
{
	struct input *best = NULL;

	for (unsigned i = 0; i < g->n; i++) {
		struct input *in = &g->inputs[i];

		if (!in->over &&
		    (!best || in->frame.unix_us < best->frame.unix_us))
			best = in;
	}
	return best;
}

static void take(struct reading *g, struct input *in)
{
	const struct pcap_frame *f = &in->frame;
	struct packet p;
	struct decode_at at = {
		/* Frames of several CPUs may stand a little out of order. */
		.t_us = f->unix_us > g->zero_us ? f->unix_us - g->zero_us : 0,
		.number = f->number, .file = (unsigned)(in - g->inputs),
	};

	g->r->frames++;
	if (at.t_us > g->r->end_us)
		g->r->end_us = at.t_us;
	switch (packet_read(&p, pcap_in_link(in->in), f->bytes, f->wire_n,
			    in->frags, at.t_us)) {
	case PACKET_OK:
		break;
	case PACKET_BAD:
		g->bad++;
		return;
	case PACKET_OTHER:
	case PACKET_WAITS:
		return;
	}
	if (p.missing) {
		g->cut++;
		if (!p.tcp)     /* half a datagram would look like a fault */
			return;
	}
	flows_packet(g->flows, &p, at);
}

static void say_counts(struct reading *g)
{
	char text[160];
	uint64_t lost = 0;

	for (unsigned i = 0; i < g->n; i++)
		lost += frags_lost(g->inputs[i].frags);
	if (g->bad) {
		snprintf(text, sizeof text, "%llu frames are shorter than "
			 "their headers say", (unsigned long long)g->bad);
		note(text, g->r);
	}
	if (g->cut) {
		snprintf(text, sizeof text, "%llu frames were cut by the "
			 "capture's snap length", (unsigned long long)g->cut);
		note(text, g->r);
	}
	if (lost) {
		snprintf(text, sizeof text, "%llu fragmented datagrams never "
			 "came whole", (unsigned long long)lost);
		note(text, g->r);
	}
}

static int pass(const char *const *files, unsigned n, struct decoder *d,
		struct capture_result *r, struct err *err)
{
	struct reading g = { .d = d, .r = r };
	struct decode_at end = { 0 };
	struct input *in;
	int rc = open_all(&g, files, n, err);

	if (rc)
		return rc;
	g.flows = flows_new(d, note, r);
	for (unsigned i = 0; i < g.n; i++)
		fetch(&g, &g.inputs[i]);
	in = oldest(&g);
	g.zero_us = in ? in->frame.unix_us : 0;
	decoder_clock(d, g.zero_us);
	for (; in && !d->stopped; in = oldest(&g)) {
		take(&g, in);
		end.number = in->frame.number;
		end.file = (unsigned)(in - g.inputs);
		fetch(&g, in);
	}
	end.t_us = r->end_us;
	flows_end(g.flows, end);
	decoder_end(d, r->end_us);
	say_counts(&g);
	flows_free(g.flows);
	close_all(&g);
	return 0;
}

int capture_read(const char *const *files, unsigned n, const struct profile *p,
		 struct decoder *d, struct capture_result *r, struct err *err)
{
	struct decoder *look = NULL;
	int rc;

	memset(r, 0, sizeof *r);
	if (!d) {
		d = look = decoder_new(p, NULL, NULL, NULL);
		look->facts_only = true;
	}
	rc = pass(files, n, d, r, err);
	r->facts = decoder_facts(d);
	decoder_free(look);
	return rc;
}
