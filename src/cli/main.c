/* annexu: one binary, one sub-command a job. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/nearest.h"
#include "cli/cmd.h"
#include "cli/say.h"

#define VERSION "0.2"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *text;
} commands[] = {
	{ "run", cmd_run, "run test purposes and write a report" },
	{ "judge", cmd_judge, "judge traces and captures without any peer" },
	{ "list", cmd_list, "list purposes, rules, flaws or variants" },
	{ "explain", cmd_explain, "what a rule, purpose, flaw or clause says" },
	{ "reference", cmd_reference, "serve the reference implementation" },
	{ "gate", cmd_gate, "SIP over TCP to SIP over WebSocket" },
	{ "matrix", cmd_matrix, "flaws against purposes: the suite on trial" },
};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

static int help(void)
{
	printf("annexu: conformance tests for WebRTC access to IMS "
	       "(TS 23.228 Annex U)\n\nusage: annexu COMMAND [OPTION...]\n\n");
	for (unsigned i = 0; i < N_COMMANDS; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].text);
	printf("\n`annexu COMMAND --help` lists its options.\n"
	       "Exit: 0 objective met, 1 a fail, 2 the suite broke, 3 only "
	       "inconclusive left,\n      64 usage, 73 results cannot be "
	       "written, 130 interrupted.\n");
	return EXIT_MET;
}

static int unknown(const char *name)
{
	struct nearest near;
	char tail[128];

	nearest_init(&near, name);
	for (unsigned i = 0; i < N_COMMANDS; i++)
		nearest_offer(&near, commands[i].name);
	return say_usage("unknown command \"%.60s\"%s; `annexu --help` lists "
			 "them", name, nearest_text(&near, tail, sizeof tail));
}

static int dispatch(int argc, char **argv)
{
	if (argc < 2)
		return say_usage("a command is missing; `annexu --help` lists "
				 "them");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return help();
	if (strcmp(argv[1], "--version") == 0) {
		printf("annexu " VERSION "\n");
		return EXIT_MET;
	}
	for (unsigned i = 0; i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return unknown(argv[1]);
}

/* Results that stdout did not take were not given. A pipe's reader that went
 * away had enough of them. */
static bool stdout_lost(void)
{
	struct stat st;

	return (fflush(stdout) || ferror(stdout)) &&
	       fstat(STDOUT_FILENO, &st) == 0 && !S_ISFIFO(st.st_mode) &&
	       !S_ISSOCK(st.st_mode);
}

int main(int argc, char **argv)
{
	/* A reader that went away, or a file that may not grow, is an error
	 * of write(), not our end. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	int rc = dispatch(argc, argv);

	if (!stdout_lost() || rc == EXIT_INTERRUPTED)
		return rc;
	return say_error(&(struct err){ .exit = EXIT_RESULTS,
					.text = "stdout cannot be written" });
}
