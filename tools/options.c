#include "options.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dimse.h"
#include "exits.h"
#include "help.h"
#include "memory.h"

static enum parsed take_option(const struct syntax *syntax, int argc, char **argv, int *at);
static enum parsed unknown_option(const struct syntax *syntax, const char *name);
static enum parsed set(const struct syntax *syntax, const struct option *option, void *value, const char *name,
                       const char *text);

enum parsed options_parse(const struct syntax *syntax, int argc, char **argv, const char **values)
{
    int is_repeated = syntax->positionals[syntax->positional_count - 1].is_repeated;
    size_t given = 0;
    int options_end = 0;

    /* Help wins over whatever else is wrong with the line: it is how people find out. */
    for (int at = 1; at < argc && strcmp(argv[at], "--") != 0; at++) {
        if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
            help_print(syntax);
            return PARSED_HELP;
        }
    }
    for (int at = 1; at < argc; at++) {
        const char *word = argv[at];

        if (!options_end && strcmp(word, "--") == 0) {
            options_end = 1;
        } else if (!options_end && word[0] == '-' && word[1] != '\0') {
            if (take_option(syntax, argc, argv, &at) != PARSED_RUN)
                return PARSED_WRONG;
        } else if (given >= syntax->positional_count && !is_repeated) {
            options_wrong(syntax->command, "'%s' is one argument too many", word);
            return PARSED_WRONG;
        } else {
            values[given++] = word;
        }
    }
    if (given < syntax->positional_count) {
        options_wrong(syntax->command, "%s is missing", syntax->positionals[given].name);
        return PARSED_WRONG;
    }
    /* argv[0] is no value: there is room. */
    if (is_repeated)
        values[given] = NULL;
    return PARSED_RUN;
}

/* The length of the option's name in `word`: up to '=' in --name=value. */
static size_t name_length(const char *word)
{
    return strncmp(word, "--", 2) == 0 ? strcspn(word, "=") : strlen(word);
}

static int is_called(const struct option *option, const char *word, size_t length)
{
    const char *names[2] = {option->short_name, option->long_name};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (names[i] != NULL && strlen(names[i]) == length && memcmp(names[i], word, length) == 0)
            return 1;
    }
    return 0;
}

static enum parsed take_option(const struct syntax *syntax, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    size_t length = name_length(word);

    for (size_t g = 0; g < syntax->group_count; g++) {
        const struct option_group *group = &syntax->groups[g];

        for (size_t i = 0; i < group->count; i++) {
            const struct option *option = &group->options[i];
            void *value = (char *)group->settings + option->offset;

            if (!is_called(option, word, length))
                continue;
            if (word[length] == '=') {
                if (option->kind == OPTION_FLAG) {
                    options_wrong(syntax->command, "%s takes no value", option->long_name);
                    return PARSED_WRONG;
                }
                return set(syntax, option, value, option->long_name, word + length + 1);
            }
            if (option->kind == OPTION_FLAG)
                return set(syntax, option, value, word, NULL);
            if (*at + 1 == argc) {
                options_wrong(syntax->command, "%s needs a value: %s %s", word, word, option->argument);
                return PARSED_WRONG;
            }
            *at += 1;
            return set(syntax, option, value, word, argv[*at]);
        }
    }
    return unknown_option(syntax, word);
}

/* Decimal seconds as milliseconds, without a float: "1.5" is 1500. More digits than a millisecond has are refused. */
static int seconds(const char *text, uint32_t *out)
{
    uint64_t whole = 0, scale = 100, fraction = 0;
    size_t at = 0;

    if (text[0] < '0' || text[0] > '9')
        return 0;
    for (; text[at] >= '0' && text[at] <= '9'; at++) {
        whole = whole * 10 + (uint64_t)(text[at] - '0');
        if (whole > UINT32_MAX)
            return 0;
    }
    if (text[at] == '.') {
        at++;
        if (text[at] == '\0')
            return 0;
        for (; text[at] >= '0' && text[at] <= '9' && scale > 0; at++, scale /= 10)
            fraction += (uint64_t)(text[at] - '0') * scale;
    }
    /* UINT32_MAX itself is DIMSE_NO_LIMIT. */
    if (text[at] != '\0' || whole * 1000 + fraction >= UINT32_MAX)
        return 0;
    *out = (uint32_t)(whole * 1000 + fraction);
    return 1;
}

/* Which word of `choices`, "one|two|three", `text` is. */
static int choice(const char *text, const char *choices, uint32_t *out)
{
    size_t length = strlen(text);

    for (uint32_t index = 0;; index++) {
        size_t word = strcspn(choices, "|");

        if (word == length && memcmp(choices, text, length) == 0) {
            *out = index;
            return 1;
        }
        if (choices[word] == '\0')
            return 0;
        choices += word + 1;
    }
}

/* A number of bytes; k, M, G and T behind it are 1024 each more, as du and df count. */
static int bytes(const char *text, uint64_t *out)
{
    static const char units[] = "kMGT";
    uint64_t number = 0, factor = 1;
    size_t at = 0;

    if (text[0] < '0' || text[0] > '9')
        return 0;
    for (; text[at] >= '0' && text[at] <= '9'; at++) {
        /* More than all disks of the world hold: no overflow below. */
        if (number > UINT64_MAX / 100)
            return 0;
        number = number * 10 + (uint64_t)(text[at] - '0');
    }
    if (text[at] != '\0') {
        const char *unit = strchr(units, text[at]);

        if (unit == NULL || text[at + 1] != '\0')
            return 0;
        factor = (uint64_t)1 << (10 * (unit - units + 1));
    }
    if (number > UINT64_MAX / factor)
        return 0;
    *out = number * factor;
    return 1;
}

static enum parsed set(const struct syntax *syntax, const struct option *option, void *value, const char *name,
                       const char *text)
{
    uint32_t *number = value;
    struct texts *texts = value;

    switch (option->kind) {
    case OPTION_FLAG:
        *number = 1;
        return PARSED_RUN;
    case OPTION_TEXT:
        *(const char **)value = text;
        return PARSED_RUN;
    case OPTION_TEXTS:
        texts->items = memory_grown(texts->items, (texts->count + 1) * sizeof *texts->items);
        texts->items[texts->count++] = text;
        return PARSED_RUN;
    case OPTION_NUMBER:
        if (options_number(text, option->least, option->most, number))
            return PARSED_RUN;
        options_wrong(syntax->command, "%s %s: '%s' is not a whole number from %lu to %lu", name, option->argument,
                      text, (unsigned long)option->least, (unsigned long)option->most);
        return PARSED_WRONG;
    case OPTION_SECONDS:
    case OPTION_DEADLINE:
        if (!seconds(text, number)) {
            options_wrong(syntax->command, "%s %s: '%s' is not a time in seconds like 10 or 0.5 (at most three decimals)",
                          name, option->argument, text);
            return PARSED_WRONG;
        }
        if (option->kind == OPTION_DEADLINE && *number == 0)
            *number = DIMSE_NO_LIMIT;
        return PARSED_RUN;
    case OPTION_CHOICE:
        if (choice(text, option->argument, number))
            return PARSED_RUN;
        options_wrong(syntax->command, "%s: '%s' is none of %s", name, text, option->argument);
        return PARSED_WRONG;
    case OPTION_BYTES:
        if (!bytes(text, value)) {
            options_wrong(syntax->command, "%s %s: '%s' is not a size like 0, 500M or 2G", name, option->argument, text);
            return PARSED_WRONG;
        }
        if (option->most == 0 || *(const uint64_t *)value <= (uint64_t)option->most << 20)
            return PARSED_RUN;
        options_wrong(syntax->command, "%s %s: '%s' is more than %luM", name, option->argument, text,
                      (unsigned long)option->most);
        return PARSED_WRONG;
    }
    return PARSED_WRONG;
}

void texts_free(struct texts *texts)
{
    free(texts->items);
    texts->items = NULL;
    texts->count = 0;
}

int options_number(const char *text, uint32_t least, uint32_t most, uint32_t *out)
{
    uint64_t number = 0;

    if (text[0] == '\0')
        return 0;
    for (size_t at = 0; text[at] != '\0'; at++) {
        if (text[at] < '0' || text[at] > '9')
            return 0;
        number = number * 10 + (uint64_t)(text[at] - '0');
        if (number > most)
            return 0;
    }
    if (number < least)
        return 0;
    *out = (uint32_t)number;
    return 1;
}

int options_port(const struct syntax *syntax, const char *text, uint32_t least, const char *note, uint32_t *out)
{
    if (options_number(text, least, 65535, out))
        return 1;
    options_wrong(syntax->command, "PORT: '%s' is not a TCP port from %lu to 65535%s%s", text, (unsigned long)least,
                  note != NULL ? "; " : "", note != NULL ? note : "");
    return 0;
}

int options_wrong(const char *command, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    terminal_error_list(format, arguments);
    va_end(arguments);
    terminal_hint("Try '%s --help'.", command);
    return EXIT_USAGE;
}

/* Every name of every option, the long ones first: they are what a typing mistake is likely to be near to. */
static const char *option_name(size_t index, const void *context)
{
    const struct syntax *syntax = context;
    int is_short = 0;

    for (;;) {
        for (size_t g = 0; g < syntax->group_count; g++) {
            const struct option_group *group = &syntax->groups[g];

            if (index < group->count)
                return is_short ? group->options[index].short_name : group->options[index].long_name;
            index -= group->count;
        }
        if (is_short)
            return NULL;
        is_short = 1;
    }
}

static enum parsed unknown_option(const struct syntax *syntax, const char *word)
{
    size_t length = name_length(word), count = 0;
    char name[64];
    const char *nearest = NULL;

    for (size_t g = 0; g < syntax->group_count; g++)
        count += 2 * syntax->groups[g].count;
    if (length < sizeof name) {
        memcpy(name, word, length);
        name[length] = '\0';
        nearest = options_nearest(name, option_name, syntax, count);
    }
    if (nearest != NULL)
        options_wrong(syntax->command, "unknown option '%.*s'; did you mean '%s'?", (int)length, word, nearest);
    else
        options_wrong(syntax->command, "unknown option '%.*s'", (int)length, word);
    return PARSED_WRONG;
}

/* How many letters must be put in, taken out, changed, or swapped with their neighbour to make one of the other. */
static size_t distance(const char *one, const char *other)
{
    enum { MOST = 32 };
    size_t rows[3][MOST + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    size_t width = strlen(other);

    if (width > MOST || strlen(one) > MOST)
        return SIZE_MAX;
    for (size_t j = 0; j <= width; j++)
        last[j] = j;
    for (size_t i = 1; one[i - 1] != '\0'; i++) {
        size_t *spare = before;

        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t best = last[j - 1] + (one[i - 1] != other[j - 1]);

            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        before = last;
        last = row;
        row = spare;
    }
    return last[width];
}

const char *options_nearest(const char *given, const char *(*names)(size_t index, const void *context),
                            const void *context, size_t count)
{
    /* A third of the letters may be wrong: more is another word. */
    size_t best = strlen(given) / 3 + 1;
    const char *nearest = NULL;

    for (size_t i = 0; i < count; i++) {
        const char *name = names(i, context);
        size_t far = name != NULL ? distance(given, name) : SIZE_MAX;

        if (far < best) {
            best = far;
            nearest = name;
        }
    }
    return nearest;
}
