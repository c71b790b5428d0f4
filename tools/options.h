/*
 * The command line of a subcommand, as data: one table of options for each struct of settings. Parsing and help are
 * made from the same tables, so neither can forget what the other knows.
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "terminal.h"

enum option_kind {
    OPTION_FLAG,     /* uint32_t: 1 when given */
    OPTION_TEXT,     /* const char * */
    OPTION_TEXTS,    /* struct texts: each use adds one */
    OPTION_NUMBER,   /* uint32_t from `least` to `most` */
    OPTION_SECONDS,  /* uint32_t in milliseconds; 0 is no time at all */
    OPTION_DEADLINE, /* uint32_t in milliseconds for the library; 0 on the command line is DIMSE_NO_LIMIT */
    OPTION_CHOICE,   /* uint32_t: which word of `argument`, "one|two|three", counted from 0 */
    OPTION_BYTES     /* uint64_t: "1500", "64M", "2G"; `most` is in MiB, 0 where there is none */
};

struct option {
    const char *short_name; /* "-aet" or NULL */
    const char *long_name;  /* "--aetitle" */
    const char *argument;   /* what help calls the value; NULL for a flag */
    enum option_kind kind;
    size_t offset;          /* of the value in the settings */
    uint32_t least, most;
    const char *help;
};

/* All zero to begin with; the texts are the command line's. */
struct texts {
    const char **items;
    size_t count;
};

void texts_free(struct texts *texts);

/* A table of options and the settings that it fills. */
struct option_group {
    const char *title;
    const struct option *options;
    size_t count;
    void *settings;
};

struct positional {
    const char *name; /* "HOST" */
    const char *help;
    int is_repeated;  /* of the last one only: once or more often */
};

/* Everything about one command line. */
struct syntax {
    const char *command; /* "dimse echo" */
    const char *purpose; /* what it does, one paragraph */
    const struct positional *positionals;
    size_t positional_count;
    const struct option_group *groups;
    size_t group_count;
    const char *const *examples; /* pairs: what it is for, the line to type */
    size_t example_count;        /* pairs */
};

enum parsed {
    PARSED_RUN,   /* go on with the settings */
    PARSED_HELP,  /* help was asked for and printed: exit 0 */
    PARSED_WRONG  /* said on stderr: exit 1 */
};

/*
 * Reads argv[1..]; `values` has room for positional_count, or for argc where the last one is repeated, and a NULL stands
 * behind them then. Texts point into argv.
 */
enum parsed options_parse(const struct syntax *syntax, int argc, char **argv, const char **values);

/* A number in plain decimal digits and nothing else; 0 where it is not one or is out of range. */
int options_number(const char *text, uint32_t least, uint32_t most, uint32_t *out);

/* A TCP port. What is wrong with it is said on stderr, with `note` as the last words where it is not NULL. */
int options_port(const struct syntax *syntax, const char *text, uint32_t least, const char *note, uint32_t *out);

/* Says what is wrong with the command line and where to read more. Its answer is EXIT_USAGE. */
int options_wrong(const char *command, const char *format, ...) LIKE_PRINTF(2, 3);

/* The name among `count` that was probably meant, NULL where none is near. `names` gives the i-th one. */
const char *options_nearest(const char *given, const char *(*names)(size_t index, const void *context),
                            const void *context, size_t count);

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
