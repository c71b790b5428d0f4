/* A subcommand: main.c has the table of all of them, and each has a file of its own. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

struct command {
    const char *name;
    const char *summary;                /* one line of `dimse --help` */
    int (*run)(int argc, char **argv);  /* argv[0] is the subcommand's name; the answer is an exit code */
};

extern const struct command command_dump;
extern const struct command command_echo;
extern const struct command command_serve;
extern const struct command command_store;

#endif
