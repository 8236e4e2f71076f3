/* The schema that is published and the reader that is built say the same of
 * every line. Run from the top of the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "../profile/scratch.h"
#include "base/buf.h"
#include "trace/field.h"
#include "trace/trace.h"

#define LIVE "{\"annexu-trace\":1,\"source\":\"live\",\"facts\":[]}"

#define SEVENTEEN "[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"," \
	"\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]"

/* Values that fit some keys and do not fit others. */
static const char *const values[] = {
	"\"x\"", "null", "true", "3", "2.5", "-1", "200", "99", "[]",
	"[\"x\"]", "[1]", "{}", "\"W2\"", "\"Mw\"", "\"W1\"", "\"wic\"",
	"\"web\"", "\"ims\"", "\"right\"", "\"active\"", "\"tna\"", "\"open\"",
	"\"frame\"", "\"text\"", "16", "5000000000", "1e12", "\"YWI=\"",
	"\"YWI\"", "[\"rsv\"]", "{\"exp\":1}", "{\"sig\":\"good\",\"x\":1}",
	"[1,2,3,4,5,6,7,8,9]",
	SEVENTEEN,
};
#define VALUES (sizeof values / sizeof *values)

static const char *const others[] = {
	"{}", "[]", "3", "{\"t\":1}", "{\"ev\":\"end\"}",
	"{\"t\":-1,\"ev\":\"end\"}", "{\"t\":\"1\",\"ev\":\"end\"}",
	"{\"t\":1,\"ev\":\"nd\"}", "{\"t\":1,\"ev\":\"end\",\"wic\":\"w\"}",
	"{\"t\":1,\"ev\":\"sip\",\"bytes\":\"\",\"b64\":\"\"}",
	"{\"t\":1,\"ev\":\"closed\",\"impi\":\"i\"}",
};

#define RUN(keys) \
	("{\"annexu-trace\":1,\"source\":\"live\",\"facts\":[],\"run\":{" \
	 keys "}}")
static const char *const heads[] = {
	LIVE, "{\"annexu-trace\":2,\"source\":\"live\",\"facts\":[]}",
	"{\"annexu-trace\":1,\"facts\":[]}",
	"{\"annexu-trace\":1,\"source\":\"live\"}",
	"{\"annexu-trace\":1,\"source\":\"live\",\"facts\":[\"x\"]}",
	"{\"annexu-trace\":1,\"source\":\"live\",\"facts\":[],\"run\":[]}",
	RUN("\"purpose\":\"p\",\"rules\":[\"a\"],\"roles\":[\"wic\"],"
	    "\"edition\":\"cr\",\"strict\":false,\"profile\":{}"),
	RUN("\"a\":1"), RUN("\"roles\":[\"ue\"]"), RUN("\"edition\":\"v1\""),
	"{\"annexu-trace\":1,\"source\":\"live\",\"facts\":[],\"x\":1}",
};

/* What our reader says of a file with that one event, or that header. */
static bool taken(const char *line, bool is_head)
{
	struct trace_reader *r;
	struct trace_head h;
	struct buf text;
	struct err err;
	struct ev e;

	buf_init(&text, 10000);
	buf_addf(&text, "%s%s\n", is_head ? "" : LIVE "\n", line);
	int rc = trace_open(&r, scratch_file("one.jsonl", buf_str(&text)), &h,
			    &err);

	buf_free(&text);
	if (rc)
		return false;
	rc = trace_next(r, &e, &err);
	trace_close(r);
	trace_head_free(&h);
	return rc >= 0;
}

static struct buf lines;
static bool verdicts[20000];
static size_t n_lines;

static void add(const char *line, bool is_head)
{
	assert_true(n_lines < sizeof verdicts / sizeof *verdicts);
	verdicts[n_lines++] = taken(line, is_head);
	assert_true(buf_addf(&lines, "%s\n", line));
}

static void all_lines(void)
{
	char line[400];

	buf_init(&lines, 4000000);
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		add(heads[i], true);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		add(others[i], false);
	for (unsigned k = 0; k < EV_COUNT; k++)
		for (const struct field *f = field_table((enum ev_kind)k);
		     f->key; f++)
			for (size_t i = 0; i < VALUES; i++) {
				snprintf(line, sizeof line, "{\"t\":1,\"ev\":"
					 "\"%s\",\"%s\":%s}",
					 ev_kind_name((enum ev_kind)k), f->key,
					 values[i]);
				add(line, false);
			}
}

/* What validate.py says of each line of the file. */
static FILE *validate(const char *file, pid_t *pid)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	*pid = fork();
	assert_true(*pid >= 0);
	if (*pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execl("/usr/bin/python3", "python3",
		      "suites/unit/trace/validate.py", "src/trace/schema.json",
		      file, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	return fdopen(ends[0], "r");
}

static void agree(void **state)
{
	char word[20];
	int status;
	pid_t pid;
	size_t i = 0, good = 0;
	struct span rest;

	(void)state;
	all_lines();
	FILE *p = validate(scratch_bytes("all.jsonl", lines.p, lines.n), &pid);

	assert_non_null(p);
	rest = buf_span(&lines);
	while (fgets(word, sizeof word, p)) {
		struct span line = span_split(&rest, '\n');
		bool ok = strcmp(word, "ok\n") == 0;

		assert_true(i < n_lines);
		if (ok != verdicts[i])
			fail_msg("the schema says %s: %.*s", word, SPAN(line));
		good += ok;
		i++;
	}
	fclose(p);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(i, n_lines);
	assert_true(good > 100 && good < i / 2);
	buf_free(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(agree) };

	return cmocka_run_group_tests_name("trace schema", tests, scratch_make,
					   scratch_remove);
}
