/* stat is POSIX, not C99. */
#define _POSIX_C_SOURCE 200809L

/* dimse dump: what is in DICOM files, as people read it and as programs do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "dimse.h"
#include "exits.h"
#include "failure.h"
#include "interrupt.h"
#include "listing.h"
#include "memory.h"
#include "options.h"
#include "words.h"

#define NAME "dimse dump"

/* The first element of pixel data, Float Pixel Data: from there on a file may be as long as it likes. */
#define PIXELS 0x7FE00008u

/* Files up to this size are read whole without being asked for: less than a moment, and no memory to speak of. */
#define WHOLE_BYTES ((uint64_t)64 << 20)

struct dump_settings {
    uint32_t is_json, with_pixels, is_long, limit;
};

#define SETTING(name) offsetof(struct dump_settings, name)

static const struct option dump_options[] = {
    {NULL, "--json", NULL, OPTION_FLAG, SETTING(is_json), 0, 0,
     "the DICOM JSON model (PS3.18 annex F), one line for each file, without pixel data and what is behind them"},
    {NULL, "--pixels", NULL, OPTION_FLAG, SETTING(with_pixels), 0, 0,
     "read pixel data, and what is behind them, of files above 64 MiB and for JSON too"},
    {"-l", "--long", NULL, OPTION_FLAG, SETTING(is_long), 0, 0, "show values whole, however long they are"},
    {NULL, "--limit", "N", OPTION_NUMBER, SETTING(limit), 8, 65536,
     "show N columns of a value at most (default: 64, or as many as a terminal has, where these are fewer)"},
};

static const struct positional positionals[] = {
    {"FILE...", "DICOM files", 1},
};

static const char *const examples[] = {
    "What is in a file",
    "dimse dump image.dcm",
    "Descriptions that are too long for the line",
    "dimse dump --long image.dcm | grep Description",
    "The patient's name, by a program that reads JSON",
    "dimse dump --json image.dcm | jq -r '.[\"00100010\"].Value[0].Alphabetic'",
};

static int dump_file(const char *path, const struct dump_settings *settings, int is_behind_another);
static dimse_result read_file(const char *path, int is_whole, dimse_dataset **dataset, dimse_error **error);
static int is_short(const char *path);
static int print_text(const char *path, const dimse_dataset *dataset, const struct dump_settings *settings);
static int print_json(const char *path, const dimse_dataset *dataset);

static int dump_run(int argc, char **argv)
{
    struct dump_settings settings = {0, 0, 0, 64};
    const struct option_group groups[] = {
        {"Output", dump_options, COUNT_OF(dump_options), &settings},
    };
    const struct syntax syntax = {
        NAME,
        "Prints what is in DICOM files: a line for each element with its tag, VR and value, and behind # the bytes, "
        "the number of values and the keyword. Text is UTF-8, whatever the file has; what is no text, and what a "
        "terminal would obey, is shown as \\xNN.",
        positionals, COUNT_OF(positionals), groups, COUNT_OF(groups), examples, COUNT_OF(examples) / 2,
    };
    const char **given = memory_grown(NULL, ((size_t)argc + 1) * sizeof *given);
    size_t count = 0, failed = 0;
    int code = EXIT_USAGE;

    switch (options_parse(&syntax, argc, argv, given)) {
    case PARSED_HELP:
        code = EXIT_DONE;
        break;
    case PARSED_WRONG:
        break;
    case PARSED_RUN:
        for (; given[count] != NULL && interrupt_count() == 0; count++) {
            failed += !dump_file(given[count], &settings, count > failed);
        }
        code = failed == 0 ? EXIT_DONE : count == 1 ? EXIT_USAGE : EXIT_SOME_FAILED;
        if (interrupt_count() > 0)
            code = EXIT_INTERRUPTED;
    }
    free(given);
    return code;
}

/* 1 where all of it could be shown. */
static int dump_file(const char *path, const struct dump_settings *settings, int is_behind_another)
{
    int is_whole = settings->with_pixels || (!settings->is_json && is_short(path)), is_good;
    dimse_dataset *dataset = NULL;
    dimse_error *error = NULL;
    dimse_result result = read_file(path, is_whole, &dataset, &error);

    /* Of a file that broke off what stands before its pixels is better than nothing. */
    if (result == DIMSE_ERR_DATASET && is_whole)
        read_file(path, 0, &dataset, NULL);
    if (dataset != NULL && is_behind_another && !settings->is_json)
        putchar('\n');
    is_good = dataset != NULL &&
              (settings->is_json ? print_json(path, dataset) : print_text(path, dataset, settings));
    if (is_good && result == DIMSE_OK && !settings->is_json && !is_whole) {
        terminal_tone(stdout, TONE_FAINT);
        printf("# pixel data, and what is behind them, are not read: --pixels\n");
        terminal_tone(stdout, TONE_PLAIN);
    }
    if (result != DIMSE_OK)
        failure_take(error);
    dimse_dataset_free(dataset);
    return is_good && result == DIMSE_OK;
}

static dimse_result read_file(const char *path, int is_whole, dimse_dataset **dataset, dimse_error **error)
{
    /* Who asks for a file has seen its size: only a deflated one that was made for it is larger than it looks. */
    return dimse_dataset_from_file(path, is_whole ? 0 : PIXELS, 0, dataset, error);
}

static int is_short(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && status.st_size >= 0 && (uint64_t)status.st_size <= WHOLE_BYTES;
}

static int print_text(const char *path, const dimse_dataset *dataset, const struct dump_settings *settings)
{
    char words[WORDS_SIZE];

    terminal_line(TONE_TITLE, "# %s: %s", path, words_uid(words, dimse_dataset_transfer_syntax(dataset)));
    listing_print(dataset, settings->is_long ? SIZE_MAX : settings->limit);
    return 1;
}

/* JSON leaves DEL and the controls of C1 as they are, and a terminal obeys them: they may stand in texts alone. */
static int print_json(const char *path, const dimse_dataset *dataset)
{
    dimse_buffer *buffer = NULL;
    dimse_error *error = NULL;
    dimse_bytes json;

    if (dimse_dataset_to_json(dataset, &buffer, &error) != DIMSE_OK) {
        terminal_error("%s: %s", path, dimse_error_message(error).data);
        dimse_error_free(error);
        return 0;
    }
    json = dimse_buffer_bytes(buffer);
    for (size_t at = 0; at < json.len; at++) {
        uint8_t byte = json.data[at], following = at + 1 < json.len ? json.data[at + 1] : 0;

        if (byte == 0x7F) {
            fputs("\\u007f", stdout);
        } else if (byte == 0xC2 && following >= 0x80 && following <= 0x9F) {
            printf("\\u%04x", (unsigned)following);
            at++;
        } else {
            putchar(byte);
        }
    }
    putchar('\n');
    dimse_buffer_free(buffer);
    return 1;
}

const struct command command_dump = {"dump", "print what is in DICOM files", dump_run};
