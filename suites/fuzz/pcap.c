/* A capture file from beginning to end. */
#include <sys/mman.h>
#include <unistd.h>

#include "decode.h"
#include "source/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_sink sink = { 0 };
	struct profile *p = fuzz_profile();
	struct decoder *d = decoder_new(p, NULL, fuzz_take, &sink);
	struct capture_result r;
	struct err err = { 0 };
	int fd = memfd_create("capture", 0);
	char name[64];
	const char *files[] = { name };

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	if (capture_read(files, 1, p, d, &r, &err) == 0 &&
	    (r.truncated_frame > r.frames || sink.t_us > r.end_us))
		abort();
	decoder_free(d);
	close(fd);
	return 0;
}
