/* The renderer on hostile results: nothing that a peer sent becomes markup. It
 * is run from the top of the tree, as `make unit` does. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "report/render.h"
#include "report/results.h"
#include "report/write.h"

#define SCRIPT "results/render.py"
#define EVIL "</td><script>alert(1)</script>]]>&\x01\x1b[31m\xc2\x85"

static char *slurp(const char *dir, const char *name)
{
	char file[400];

	snprintf(file, sizeof file, "%s/%s", dir, name);
	FILE *f = fopen(file, "r");
	char *text = must_alloc(1 << 20);

	assert_non_null(f);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	return text;
}

static json_t *hostile_case(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:s,"
			 " s:s, s:s, s:i, s:f}], s:[], s:[], s:i, s:s}",
			 "id", "TP-X-01-01", "title", "t", "role", "wwsf",
			 "clause", "TS 23.228 U.2", "verdict", "fail",
			 "reason", EVIL, "rules", "id", "X-01", "outcome",
			 "broken", "effect", "fail", "role", "wwsf",
			 "statement", "s", "text", EVIL, "event", 2, "t", 0.5,
			 "also_seen", "also_held", "duration_us", 5, "trace",
			 "cases/TP-X-01-01/trace.jsonl");
}

static void write_trace(struct results *r)
{
	char file[600];
	json_t *e = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s}", "t", 0,
			      "ev", "sip", "on", "W2", "from", "wic", "to",
			      "epcscf", "wic", "<b>w1</b>", "bytes",
			      "REGISTER <script>x</script> SIP/2.0\r\n\r\n");
	char *line = json_dumps(e, JSON_COMPACT);
	struct buf text;

	snprintf(file, sizeof file, "%s/trace.jsonl",
		 results_case_dir(r, "TP-X-01-01", NULL));
	buf_init(&text, 1 << 16);
	buf_addf(&text, "{\"annexu-trace\":1}\n%s\nno json at all\n", line);
	assert_int_equal(write_file(file, buf_span(&text), false, NULL), 0);
	buf_free(&text);
	free(line);
	json_decref(e);
}

static void nothing_becomes_markup(void **state)
{
	char dir[] = "/tmp/annexu-render-XXXXXX";
	struct results_setup s = { .edition = "cr", .profile = EVIL,
				   .fabric = "memory", .selection = "",
				   .embedded = true };
	struct results *r;

	(void)state;
	assert_non_null(mkdtemp(dir));
	s.out = dir;
	assert_int_equal(results_open(&r, &s, NULL), 0);
	write_trace(r);
	assert_int_equal(results_add(r, hostile_case(), NULL), 0);
	assert_int_equal(results_finish(r, EXIT_FAIL, true, NULL), 0);
	results_free(r);
	assert_int_equal(render_run(SCRIPT, dir, NULL), 0);
	static const char *const made[] = {
		"report.html", "junit.xml", "cases/TP-X-01-01/ladder.svg",
	};

	for (unsigned i = 0; i < 3; i++) {
		char *text = slurp(dir, made[i]);

		assert_null(strstr(text, "<script"));
		assert_non_null(strstr(text, "&lt;script"));
		assert_null(strchr(text, 0x1b));
		assert_null(strchr(text, 0x01));
		free(text);
	}
	char *matrix = slurp(dir, "matrix.csv");

	assert_non_null(strstr(matrix, "X-01,TP-X-01-01,fail"));
	free(matrix);
}

/* A missing report is never success. */
static void a_failing_renderer_is_said(void **state)
{
	char dir[] = "/tmp/annexu-render-XXXXXX";
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(render_run(SCRIPT, "/nowhere/at/all", &err),
			 -EXIT_RESULTS);
	assert_non_null(strstr(err.text, "no report"));
	assert_int_equal(render_run("/dev/null", dir, &err), -EXIT_RESULTS);
	assert_non_null(strstr(err.text, "report.html"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_becomes_markup),
		cmocka_unit_test(a_failing_renderer_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
