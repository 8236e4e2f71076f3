#include "source/pcap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "source/packet.h"

struct pcap_in {
	pcap_t *pcap;
	int link;
	uint64_t number;
	char why[PCAP_ERRBUF_SIZE];
};

static bool magic_is_capture(const unsigned char m[4])
{
	static const unsigned char known[][4] = {
		{ 0xd4, 0xc3, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0xc3, 0xd4 },
		{ 0x4d, 0x3c, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0x3c, 0x4d },
		{ 0x34, 0xcd, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0xcd, 0x34 },
		{ 0x0a, 0x0d, 0x0d, 0x0a },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (memcmp(m, known[i], 4) == 0)
			return true;
	return false;
}

/* Only gzip goes through zlib: it would copy plain files once more. */
static bool is_gzip(const char *file)
{
	unsigned char m[2];
	FILE *f = fopen(file, "rb");
	bool yes = f && fread(m, 1, 2, f) == 2 && m[0] == 0x1f && m[1] == 0x8b;

	if (f)
		fclose(f);
	return yes;
}

bool pcap_in_is(const char *file)
{
	unsigned char m[4];
	gzFile z = gzopen(file, "rb");
	bool yes = z && gzread(z, m, 4) == 4 && magic_is_capture(m);

	if (z)
		gzclose(z);
	return yes;
}

static ssize_t zip_read(void *cookie, char *at, size_t n)
{
	int got = gzread(cookie, at, n > 1u << 20 ? 1u << 20 : (unsigned)n);

	return got;
}

static int zip_close(void *cookie)
{
	gzclose(cookie);
	return 0;
}

static FILE *open_zip(const char *file)
{
	gzFile z = gzopen(file, "rb");
	cookie_io_functions_t io = { .read = zip_read, .close = zip_close };
	FILE *f;

	if (!z)
		return NULL;
	gzbuffer(z, 128 * 1024);
	f = fopencookie(z, "rb", io);
	if (!f)
		gzclose(z);
	return f;
}

int pcap_in_open(struct pcap_in **out, const char *file, struct err *err)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	FILE *f = is_gzip(file) ? open_zip(file) : fopen(file, "rb");
	struct pcap_in *in;
	pcap_t *p;

	if (!f)
		return err_set(err, EXIT_USAGE, "%s: %s", file,
			       strerror(errno));
	p = pcap_fopen_offline(f, why);
	if (!p) {
		fclose(f);
		return err_set(err, EXIT_USAGE, "%s: not a capture: %s", file,
			       why);
	}
	if (!packet_link_known(pcap_datalink(p))) {
		const char *name = pcap_datalink_val_to_name(pcap_datalink(p));

		err_set(err, EXIT_USAGE, "%s: link type %s (%d) is not read; "
			"Ethernet, Linux cooked, raw IP and loopback are",
			file, name ? name : "unknown", pcap_datalink(p));
		pcap_close(p);
		return -EXIT_USAGE;
	}
	in = must_alloc(sizeof *in);
	in->pcap = p;
	in->link = pcap_datalink(p);
	*out = in;
	return 0;
}

void pcap_in_close(struct pcap_in *in)
{
	if (!in)
		return;
	pcap_close(in->pcap);
	free(in);
}

/* Times of the year 100000 come from broken files; they are cut so that sums
 * of them stay in range. */
#define SECONDS_MAX ((int64_t)3 << 40)

static int64_t unix_us(const struct timeval *tv)
{
	int64_t s = tv->tv_sec;
	int64_t us = tv->tv_usec;

	if (s < 0)
		s = 0;
	if (s > SECONDS_MAX)
		s = SECONDS_MAX;
	return s * 1000000 + (us >= 0 && us < 1000000 ? us : 0);
}

enum pcap_got pcap_in_next(struct pcap_in *in, struct pcap_frame *out)
{
	struct pcap_pkthdr *h;
	const u_char *bytes;
	int got = pcap_next_ex(in->pcap, &h, &bytes);

	if (got == PCAP_ERROR_BREAK)
		return PCAP_END;
	if (got != 1) {
		snprintf(in->why, sizeof in->why, "%s",
			 pcap_geterr(in->pcap));
		return PCAP_CUT;
	}
	out->unix_us = unix_us(&h->ts);
	out->bytes = (struct span){ (const char *)bytes, h->caplen };
	out->wire_n = h->len;
	out->number = ++in->number;
	return PCAP_FRAME;
}

const char *pcap_in_why(const struct pcap_in *in) { return in->why; }

int pcap_in_link(const struct pcap_in *in) { return in->link; }
