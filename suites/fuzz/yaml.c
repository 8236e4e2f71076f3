/* Any bytes as ixit.yaml and as ics.yaml: loaded or refused with a line. What
 * was loaded survives the way through a stored run. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No such folder: whatever a pairs_file names is not there. */
#define NAME "/proc/self/none/f.yaml"

static void check(bool good, const char *text)
{
	if (good)
		return;
	fprintf(stderr, "fuzz yaml: %s\n", text);
	abort();
}

static void check_loaded(const struct profile *p)
{
	struct profile *q = profile_new();
	struct err err = { 0 };
	char *json = profile_to_json(p);
	int rc = profile_from_json(q, span_str(json), &err);

	check(rc == 0, err.text);
	char *again = profile_to_json(q);

	check(strcmp(json, again) == 0, again);
	for (unsigned i = 0; i < p->n_pairs; i++)
		check(!p->pairs[i].impi || !*p->pairs[i].impi ||
		      profile_pair_impi(p, span_str(p->pairs[i].impi)) <= i,
		      p->pairs[i].impi);
	free(json);
	free(again);
	profile_free(q);
}

static void check_one(struct span text,
		      int (*load)(struct profile *p, struct span text,
				  const char *name, struct err *err))
{
	struct profile *p = profile_new();
	struct err err = { 0 };
	int rc = load(p, text, NAME, &err);

	if (rc == 0)
		check_loaded(p);
	else
		check(rc == -EXIT_USAGE && strchr(err.text, ':') &&
		      !strpbrk(err.text, "\r\n"), err.text);
	profile_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct profile *p = profile_new();
	struct err err = { 0 };

	if (size > 64 * 1024) {
		profile_free(p);
		return 0;
	}
	check_one(text, profile_ixit_text);
	check_one(text, profile_ics_text);
	if (profile_from_json(p, text, &err) == 0)
		check_loaded(p);
	profile_free(p);
	return 0;
}
