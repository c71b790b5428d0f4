/* What --help prints, made from the tables that the command line is parsed with. */
#ifndef TOOLS_HELP_H
#define TOOLS_HELP_H

#include "options.h"

/* The help of one subcommand, on stdout. */
void help_print(const struct syntax *syntax);

/* `name` and its explanation in two columns: the form of every list in a help. */
void help_entry(const char *name, const char *explanation);

/* A paragraph, broken between words at column 80. */
void help_paragraph(const char *text);

/* A line of its own above a list. */
void help_title(const char *title);

/* The exit codes in words: the same for every subcommand. */
void help_exit_codes(void);

#endif
