/* dimse store: C-STORE (PS3.7 9.1.1, PS3.4 annex B) of files and folders. */
#include <stdlib.h>
#include <string.h>

#include "association.h"
#include "clock.h"
#include "command.h"
#include "exits.h"
#include "failure.h"
#include "instances.h"
#include "log.h"
#include "memory.h"
#include "rule.h"
#include "sending.h"
#include "words.h"

#define NAME "dimse store"

#define SOP_INSTANCE_UID 0x00080018u

struct store_settings {
    uint32_t priority, store_retries, retry, retry_delay_ms;
    struct texts elements;
};

#define SETTING(name) offsetof(struct store_settings, name)

static const struct option store_options[] = {
    {NULL, "--store-retries", "N", OPTION_NUMBER, SETTING(store_retries), 0, UINT32_MAX,
     "send an instance again for which the peer is out of resources (A700 to A7FF), over the same association, N times "
     "at most (default: 0)"},
    {NULL, "--retry", "N", OPTION_NUMBER, SETTING(retry), 0, UINT32_MAX,
     "where there is no association, or it is lost, associate again and go on with the first instance that was not "
     "confirmed; N times in a row at most (default: 0)"},
    {NULL, "--retry-delay", "SECONDS", OPTION_SECONDS, SETTING(retry_delay_ms), 0, 0,
     "wait so long before the first of either; each time doubles it, up to 60 (default: 1)"},
    /* In the order of DIMSE_PRIORITY_*. */
    {NULL, "--priority", "medium|high|low", OPTION_CHOICE, SETTING(priority), 0, 0,
     "what the requests say; few peers look at it (default: medium)"},
    {NULL, "--set", "KEY=VALUE", OPTION_TEXTS, SETTING(elements), 0, 0,
     "set an element of every instance as it is sent, the files stay as they are; KEY is a keyword, a tag (0010,0020), a "
     "path Sequence[0].Keyword, which makes one item behind the last, or private, (0009,\"CREATOR\",10), with a VALUE where it is there already; no "
     "VALUE empties it, and the last one for an element holds; what cannot take it is not stored; SOPInstanceUID for one instance only; "
     "again for others"},
};

static const struct positional positionals[] = {
    ASSOCIATION_POSITIONALS,
    {"PATH...", "DICOM files, and folders with all that is below them, hidden files and links included", 1},
};

static const char *const examples[] = {
    "Store a study, whatever is in its folder",
    "dimse store -aec PACS pacs.example.org 104 study/",
    "Through a bad night: go on where an association was lost",
    "dimse store --retry 10 --retry-delay 5 -aec PACS 192.0.2.7 11112 *.dcm",
    "Under another patient id, and with an empty study id",
    "dimse store --set PatientID=4711 --set StudyID= 192.0.2.7 11112 study/",
};

static dimse_store_options *options_of(const struct store_settings *settings, int *gives_uid);
static int store(struct sending *sending, const char *const *paths, dimse_assoc_options *association,
                 const char *peer, int gives_uid);
static int exit_code(const struct sending *sending, size_t not_found, int code);
static void print_faults(const struct sending *sending, const struct instances *instances);
static void print_summary(const struct sending *sending, const struct instances *instances, const char *peer,
                          uint64_t duration_us);

static int store_run(int argc, char **argv)
{
    struct store_settings settings = {DIMSE_PRIORITY_MEDIUM, 0, 0, 1000, {NULL, 0}};
    struct association_settings with = {NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0};
    struct log_settings log = {0, 0, 0};
    const struct option_group groups[] = {
        {"Instances", store_options, COUNT_OF(store_options), &settings},
        {"Association", association_options, association_option_count, &with},
        {"Output", log_options, log_option_count, &log},
    };
    const struct syntax syntax = {
        NAME,
        "Stores DICOM files at a node (C-STORE) over one association, each as it is, or where the peer takes an "
        "uncompressed one in Implicit or Explicit VR Little Endian only, converted to that. What is no DICOM file in a "
        "folder is named and left out; what is not stored is listed at the end. Ctrl-C ends it, and says what is stored.",
        positionals, COUNT_OF(positionals), groups, COUNT_OF(groups), examples, COUNT_OF(examples) / 2,
    };
    const char **given = memory_grown(NULL, ((size_t)argc + 1) * sizeof *given);
    dimse_assoc_options *association = NULL;
    dimse_store_options *options = NULL;
    struct sending sending;
    char peer[512];
    uint32_t port;
    int code = EXIT_USAGE, gives_uid = 0;

    memset(&sending, 0, sizeof sending);
    switch (options_parse(&syntax, argc, argv, given)) {
    case PARSED_HELP:
        code = EXIT_DONE;
        break;
    case PARSED_WRONG:
        break;
    case PARSED_RUN:
        if (!options_port(&syntax, given[1], 1, NULL, &port))
            break;
        log_start(&log, DIMSE_LOG_OFF);
        code = association_options_new(NAME, &with, given[0], port, &association);
        if (code != EXIT_DONE)
            break;
        options = options_of(&settings, &gives_uid);
        if (options == NULL) {
            code = EXIT_USAGE;
            break;
        }
        snprintf(peer, sizeof peer, "%s at %s:%lu", association_called(&with), given[0],
                 (unsigned long)port);
        sending.options = options;
        sending.retry = settings.retry;
        sending.retry_delay_ms = settings.retry_delay_ms;
        sending.is_quiet = log.quiet != 0;
        sending.is_verbose = log_is_verbose(&log);
        code = store(&sending, given + 2, association, peer, gives_uid);
    }
    dimse_store_options_free(options);
    dimse_assoc_options_free(association);
    texts_free(&settings.elements);
    free(given);
    return code;
}

/* NULL where something is wrong with them, which is said. *gives_uid: an instance gets another SOP Instance UID. */
static dimse_store_options *options_of(const struct store_settings *settings, int *gives_uid)
{
    const struct rule_option of_set = {NAME, "--set", "KEY=VALUE"};
    struct rules rules = {NULL, 0};
    dimse_store_options *options = NULL;
    dimse_error *error = NULL;
    int is_good = 0;

    if (dimse_store_options_new(&options, &error) == DIMSE_OK &&
        dimse_store_options_set_priority(options, settings->priority, &error) == DIMSE_OK &&
        /* 0 would be the library's default: a millisecond is what somebody means who does not want to wait. */
        dimse_store_options_set_retries(options, settings->store_retries,
                                        settings->retry_delay_ms > 0 ? settings->retry_delay_ms : 1,
                                        &error) == DIMSE_OK)
        is_good = rules_to_set(&rules, &settings->elements, &of_set, options);
    else
        failure_of_setting(NAME, error);
    for (size_t i = 0; i < rules.count; i++)
        *gives_uid |= rule_sets(&rules.items[i], SOP_INSTANCE_UID);
    rules_free(&rules);
    if (is_good)
        return options;
    dimse_store_options_free(options);
    return NULL;
}

static int store(struct sending *sending, const char *const *paths, dimse_assoc_options *association, const char *peer,
                 int gives_uid)
{
    struct instances instances;
    uint64_t begun;
    int code;

    memset(&instances, 0, sizeof instances);
    code = instances_find(&instances, paths, association, sending->options, sending->is_quiet);
    if (code == EXIT_DONE && gives_uid && instances.paths.count > 1)
        code = options_wrong(NAME, "--set: %lu instances would get the one SOPInstanceUID, and a peer would keep one of "
                                   "them (PS3.5 9); store them one by one, each with a UID of its own",
                             (unsigned long)instances.paths.count);
    if (code == EXIT_DONE) {
        begun = clock_us();
        sending->command = NAME;
        sending->association = association;
        sending->paths = &instances.paths;
        sending->progress.instances_total = instances.paths.count;
        sending->progress.bytes_total = DIMSE_UNKNOWN_LENGTH;
        sending->progress.time_left_ms = DIMSE_UNKNOWN_TIME;
        /* The lines of -v say as much. */
        sending->progress.is_off = sending->is_quiet || sending->is_verbose;
        if (instances.paths.count > 0)
            code = sending_run(sending);
        print_faults(sending, &instances);
        if (sending->was_open && !sending->is_quiet)
            print_summary(sending, &instances, peer, clock_us() - begun);
        code = exit_code(sending, instances.faults.count, code);
    }
    text_list_free(&sending->faults);
    instances_free(&instances);
    return code;
}

/* `not_found`: how many of what was named, or is in a folder, turned out not to be an instance that can be sent. */
static int exit_code(const struct sending *sending, size_t not_found, int code)
{
    int is_one = sending->paths->count == 1 && not_found == 0;

    if (code != EXIT_DONE)
        return code;
    if (sending->refused + sending->unsendable + not_found == 0)
        return EXIT_DONE;
    if (not_found == 0 && sending->without_context == sending->paths->count)
        return EXIT_NO_ASSOCIATION;
    return is_one && sending->refused == 1 ? EXIT_ANSWERED_FAILURE : EXIT_SOME_FAILED;
}

static void print_faults(const struct sending *sending, const struct instances *instances)
{
    const struct text_list *lists[] = {&instances->faults, &sending->faults};

    for (size_t list = 0; list < COUNT_OF(lists); list++) {
        for (size_t i = 0; i < lists[list]->count; i++)
            terminal_error("not stored: %s", lists[list]->items[i]);
    }
    if (sending->unconfirmed != NULL)
        terminal_error("not confirmed: %s: it was sent, or a part of it, and not answered", sending->unconfirmed);
}

/* ", 3 left out": nothing where there is none. */
static void add_count(char *line, size_t size, size_t count, const char *what)
{
    size_t used = strlen(line);

    if (count > 0)
        snprintf(line + used, size - used, ", %lu %s", (unsigned long)count, what);
}

static void print_summary(const struct sending *sending, const struct instances *instances, const char *peer,
                          uint64_t duration_us)
{
    char bytes[WORDS_SIZE], rate[WORDS_SIZE], noun[WORDS_SIZE], rest[WORDS_SIZE] = "";
    size_t unconfirmed = sending->unconfirmed != NULL;
    size_t faults = instances->faults.count + sending->faults.count;
    size_t untried = sending->paths->count - sending->next - unconfirmed;

    add_count(rest, sizeof rest, sending->warned, "with a warning");
    add_count(rest, sizeof rest, faults, "not stored");
    add_count(rest, sizeof rest, unconfirmed, "not confirmed");
    add_count(rest, sizeof rest, untried, "not tried");
    add_count(rest, sizeof rest, instances->left_out, "left out");
    terminal_line(faults + untried + unconfirmed == 0 ? TONE_GOOD : TONE_WARNING, "stored %s at %s%s",
                  words_count(noun, sending->stored, "instance"), peer, rest);
    words_bytes(rate, (uint64_t)((double)sending->bytes * 1000000 / (double)(duration_us + 1)));
    terminal_line(TONE_PLAIN, "%s in %.3f s, %s/s", words_bytes(bytes, sending->bytes), (double)duration_us / 1000000,
                  rate);
}

const struct command command_store = {"store", "store DICOM files and folders at a node (C-STORE)", store_run};
