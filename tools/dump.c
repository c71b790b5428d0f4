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

/* Where pixel data begin, of every kind: from there on a file may be as long as it likes. */
#define PIXELS 0x7FE00000u

/* Files up to this size are read whole without being asked for: less than a moment, and no memory to speak of. */
#define WHOLE_BYTES ((uint64_t)64 << 20)

/* Deflated Explicit VR Little Endian. */
#define DEFLATED "1.2.840.10008.1.2.1.99"

struct dump_settings {
    uint32_t is_json, with_pixels, is_long, limit;
};

#define SETTING(name) offsetof(struct dump_settings, name)

static const struct option dump_options[] = {
    {NULL, "--json", NULL, OPTION_FLAG, SETTING(is_json), 0, 0,
     "the DICOM JSON model (PS3.18 annex F), one line for each file, without pixel data and what is behind them; it has "
     "no place for text that is none in its character set, and a file with such text gives no line"},
    {NULL, "--pixels", NULL, OPTION_FLAG, SETTING(with_pixels), 0, 0,
     "read pixel data, and what is behind them, of files above 64 MiB (where they are deflated: as they are inflated) and "
     "for JSON too, which has no place for encapsulated ones"},
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
static uint64_t size_of(const char *path);
static int print_text(const char *path, const dimse_dataset *dataset, const struct dump_settings *settings);
static int print_json(const char *path, dimse_dataset *dataset);

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
        "terminal would obey, is shown as \\xNN. It is what the file means, not how it is written: in the order of tags, "
        "without group lengths but that of the header, and where a VR is UN or none that there is, with that of the "
        "standard. Of a damaged file it shows what is in front of the damage.",
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
    uint64_t size = size_of(path), most = size > WHOLE_BYTES ? size : WHOLE_BYTES;
    int is_whole = settings->with_pixels || (!settings->is_json && size <= WHOLE_BYTES), is_good;
    dimse_dataset *dataset = NULL;
    dimse_error *damage = NULL, *error = NULL;

    /* No file is longer than it looks but a deflated one: such as was made for that is to cost no memory unasked. */
    if (dimse_dataset_from_damaged_file(path, is_whole ? 0 : PIXELS, settings->with_pixels ? 0 : most, &dataset, &damage,
                                        &error) != DIMSE_OK) {
        failure_take(error);
        return 0;
    }
    if (is_behind_another && !settings->is_json)
        putchar('\n');
    is_good = settings->is_json ? print_json(path, dataset) : print_text(path, dataset, settings);
    if (damage != NULL) {
        is_good = 0;
        fflush(stdout);
        failure_take(damage);
        if (!settings->with_pixels && strcmp(dimse_dataset_transfer_syntax(dataset).data, DEFLATED) == 0)
            terminal_hint("what is deflated is read up to 64 MiB, and with --pixels up to 1 GiB");
    } else if (!settings->is_json && !is_whole) {
        terminal_tone(stdout, TONE_FAINT);
        printf("# pixel data, and what is behind them, are not read: --pixels\n");
        terminal_tone(stdout, TONE_PLAIN);
    }
    dimse_dataset_free(dataset);
    return is_good;
}

/* 0 where that cannot be told: reading it will say why. */
static uint64_t size_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && status.st_size > 0 ? (uint64_t)status.st_size : 0;
}

static void print_part(const char *name, const dimse_dataset *dataset, const struct dump_settings *settings)
{
    char words[WORDS_SIZE];

    putchar('\n');
    terminal_line(TONE_TITLE, "# %s", name);
    terminal_line(TONE_PLAIN, "# Used TransferSyntax: %s",
                  words_uid(words, dimse_dataset_transfer_syntax(dataset)));
    listing_print(dataset, settings->is_long ? SIZE_MAX : settings->limit);
}

/* The headings are those of dcmdump, for those who look for them. */
static int print_text(const char *path, const dimse_dataset *dataset, const struct dump_settings *settings)
{
    dimse_dataset *meta = NULL;
    dimse_error *error = NULL;
    int is_good = dimse_dataset_from_file_meta(path, &meta, &error) == DIMSE_OK;

    terminal_line(TONE_TITLE, "# Dicom-File-Format: %s", path);
    if (is_good)
        print_part("Dicom-Meta-Information-Header", meta, settings);
    else
        failure_take(error);
    print_part("Dicom-Data-Set", dataset, settings);
    dimse_dataset_free(meta);
    return is_good;
}

/* 0 where there were some: JSON has no place for them, and those of images are long besides. */
static int leave_out_fragments(const char *path, dimse_dataset *dataset)
{
    dimse_element element = {.struct_size = sizeof element};
    char tag[16];
    int is_whole = 1;

    while (dimse_dataset_next(dataset, element.tag, &element, NULL) == DIMSE_OK) {
        if (element.fragments == 0)
            continue;
        snprintf(tag, sizeof tag, "%08lX", (unsigned long)element.tag);
        dimse_dataset_remove(dataset, tag, NULL);
        terminal_error("%s: %s is encapsulated, and left out: the DICOM JSON model has no place for it", path,
                       dimse_tag_keyword(element.tag));
        is_whole = 0;
    }
    return is_whole;
}

/* JSON leaves DEL and the controls of C1 as they are, and a terminal obeys them: they may stand in texts alone. */
static int print_json(const char *path, dimse_dataset *dataset)
{
    int is_whole = leave_out_fragments(path, dataset);
    dimse_buffer *buffer = NULL;
    dimse_error *error = NULL;
    dimse_bytes json;

    if (dimse_dataset_to_json(dataset, &buffer, &error) != DIMSE_OK) {
        terminal_error("%s: %s; without --json its bytes are shown", path, dimse_error_message(error).data);
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
    return is_whole;
}

const struct command command_dump = {"dump", "print what is in DICOM files", dump_run};
