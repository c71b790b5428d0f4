#include "help.h"

#include <stdio.h>
#include <string.h>

#include "exits.h"
#include "terminal.h"

/* Fixed, whatever the terminal: the same text in a manual, a pipe and a terminal. */
enum { WIDTH = 80, COLUMN = 30 };

static void usage(const struct syntax *syntax);
static void option_entry(const struct option *option);

void help_print(const struct syntax *syntax)
{
    usage(syntax);
    printf("\n");
    help_paragraph(syntax->purpose);
    help_title("Arguments");
    for (size_t i = 0; i < syntax->positional_count; i++)
        help_entry(syntax->positionals[i].name, syntax->positionals[i].help);
    for (size_t g = 0; g < syntax->group_count; g++) {
        help_title(syntax->groups[g].title);
        for (size_t i = 0; i < syntax->groups[g].count; i++)
            option_entry(&syntax->groups[g].options[i]);
    }
    help_title("Examples");
    for (size_t i = 0; i < syntax->example_count; i++)
        printf("  %s:\n    %s\n", syntax->examples[2 * i], syntax->examples[2 * i + 1]);
    help_exit_codes();
}

static void usage(const struct syntax *syntax)
{
    terminal_tone(stdout, TONE_TITLE);
    printf("Usage:");
    terminal_tone(stdout, TONE_PLAIN);
    printf(" %s [options]", syntax->command);
    for (size_t i = 0; i < syntax->positional_count; i++)
        printf(" %s", syntax->positionals[i].name);
    printf("\n");
}

static void option_entry(const struct option *option)
{
    char name[96];
    const char *space = option->argument != NULL ? " " : "";
    const char *argument = option->argument != NULL ? option->argument : "";

    if (option->short_name != NULL)
        snprintf(name, sizeof name, "%s, %s%s%s", option->short_name, option->long_name, space, argument);
    else
        snprintf(name, sizeof name, "%s%s%s", option->long_name, space, argument);
    help_entry(name, option->help);
}

/* Prints `text` from `column` on, with every further line indented to it. */
static void broken(const char *text, size_t column, size_t indent)
{
    while (*text != '\0') {
        size_t word = strcspn(text, " ");

        if (column > indent && column + 1 + word > WIDTH) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            printf(" ");
            column++;
        }
        printf("%.*s", (int)word, text);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    printf("\n");
}

void help_entry(const char *name, const char *explanation)
{
    size_t length = strlen(name);

    printf("  %s", name);
    if (length + 4 > COLUMN)
        printf("\n%*s", COLUMN, "");
    else
        printf("%*s", (int)(COLUMN - 2 - length), "");
    broken(explanation, COLUMN, COLUMN);
}

void help_paragraph(const char *text)
{
    broken(text, 0, 0);
}

void help_title(const char *title)
{
    printf("\n");
    terminal_tone(stdout, TONE_TITLE);
    printf("%s:", title);
    terminal_tone(stdout, TONE_PLAIN);
    printf("\n");
}

void help_exit_codes(void)
{
    static const struct {
        enum exit_code code;
        const char *meaning;
    } codes[] = {
        {EXIT_DONE, "done; a server: all associations ended by themselves"},
        {EXIT_USAGE, "the command line is wrong, or a local file, folder, port or output cannot be used; dump: the one "
                     "file cannot be shown, or not all of it"},
        {EXIT_NO_ASSOCIATION, "no association: name, connection, TLS, silence, rejection, no common context"},
        {EXIT_LOST, "the association was lost, or its peer fell silent"},
        {EXIT_ANSWERED_FAILURE, "the peer answered an echo, or the one instance, with a failure"},
        {EXIT_SOME_FAILED, "of several instances at least one was not stored, of several files one not shown; store: a "
                           "path that was named, also the only one, is no instance, or a damaged one, or cannot be "
                           "changed by --set, and the peer was not asked"},
        {EXIT_INTERRUPTED, "interrupted; a server: by the second Ctrl-C"},
    };
    char number[8];

    help_title("Exit codes");
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        snprintf(number, sizeof number, "%d", (int)codes[i].code);
        help_entry(number, codes[i].meaning);
    }
}
