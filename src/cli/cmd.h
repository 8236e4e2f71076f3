/* The sub-commands. Each gets its own arguments (argv[0] is its name) and
 * returns the exit class of the process. */
#ifndef CLI_CMD_H
#define CLI_CMD_H

int cmd_list(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_judge(int argc, char **argv);
int cmd_reference(int argc, char **argv);
int cmd_gate(int argc, char **argv);
int cmd_matrix(int argc, char **argv);

#endif
