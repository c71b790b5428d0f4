/* The dimse command: one subcommand for each thing that libdimse does, against dimse.h alone. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "dimse.h"
#include "exits.h"
#include "help.h"
#include "interrupt.h"
#include "options.h"
#include "terminal.h"

static const struct command *const commands[] = {&command_echo, &command_store, &command_serve, &command_dump};

static int choose(int argc, char **argv);
static int run(const struct command *command, int argc, char **argv);
static int unknown(const char *name);
static void print_overview(void);

int main(int argc, char **argv)
{
    int code;

    terminal_start();
    code = choose(argc, argv);
    /* As much a local file that cannot be used as one that is read. */
    if (!terminal_finish() && code == EXIT_DONE)
        code = EXIT_USAGE;
    return code;
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (strcmp(name, commands[i]->name) == 0)
            return commands[i];
    }
    return NULL;
}

static int choose(int argc, char **argv)
{
    const struct command *command;

    if (argc < 2)
        return options_wrong("dimse", "a subcommand is missing: dimse echo, dimse serve, ...");
    if (strcmp(argv[1], "help") == 0 && argc == 3 && find(argv[2]) != NULL) {
        char *help[] = {argv[2], "--help", NULL};

        return run(find(argv[2]), 2, help);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_overview();
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("dimse %s\n", dimse_version());
        return EXIT_DONE;
    }
    command = find(argv[1]);
    return command != NULL ? run(command, argc - 1, argv + 1) : unknown(argv[1]);
}

static int run(const struct command *command, int argc, char **argv)
{
    int code;

    if (dimse_abi_version() != DIMSE_ABI_VERSION || dimse_abi_revision() != DIMSE_ABI_REVISION) {
        terminal_error("the libdimse that was found has ABI %lu.%lu, this command needs %lu.%lu; install both together",
                       (unsigned long)dimse_abi_version(), (unsigned long)dimse_abi_revision(),
                       (unsigned long)DIMSE_ABI_VERSION, (unsigned long)DIMSE_ABI_REVISION);
        return EXIT_USAGE;
    }
    if (!interrupt_watch()) {
        terminal_error("the system refuses to let Ctrl-C be handled");
        return EXIT_USAGE;
    }
    code = command->run(argc, argv);
    /* Whatever had to be said to a peer has been said: no time is left for more. */
    dimse_runtime_shutdown(NULL, 0);
    return code;
}

static const char *command_name(size_t index, const void *context)
{
    (void)context;
    return commands[index]->name;
}

static int unknown(const char *name)
{
    const char *nearest = options_nearest(name, command_name, NULL, COUNT_OF(commands));

    if (nearest != NULL)
        return options_wrong("dimse", "unknown subcommand '%s'; did you mean '%s'?", name, nearest);
    return options_wrong("dimse", "unknown subcommand '%s'", name);
}

static void print_overview(void)
{
    terminal_tone(stdout, TONE_TITLE);
    printf("Usage:");
    terminal_tone(stdout, TONE_PLAIN);
    printf(" dimse SUBCOMMAND [options] ...\n\n");
    help_paragraph("DICOM networking from the command line. Results go to stdout, everything else to stderr.");
    help_title("Subcommands");
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        help_entry(commands[i]->name, commands[i]->summary);
    help_title("Options");
    help_entry("-h, --help", "this text; dimse SUBCOMMAND --help tells more");
    help_entry("--version", "the version");
    help_title("Example");
    printf("  dimse echo -aec PACS pacs.example.org 104\n");
    help_exit_codes();
}
