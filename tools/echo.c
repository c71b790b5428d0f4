/* dimse echo: C-ECHO (PS3.7 9.1.5) over one association, once or again and again, with statistics like ping's. */
#include "association.h"
#include "clock.h"
#include "command.h"
#include "exits.h"
#include "failure.h"
#include "interrupt.h"
#include "log.h"
#include "operation.h"
#include "round_trips.h"
#include "words.h"

#define NAME "dimse echo"

struct echo_settings {
    uint32_t repeat, interval_ms;
};

static const struct option echo_options[] = {
    {"-n", "--repeat", "COUNT", OPTION_NUMBER, offsetof(struct echo_settings, repeat), 0, UINT32_MAX,
     "send COUNT requests over the one association; 0: until Ctrl-C (default: 1)"},
    {"-i", "--interval", "SECONDS", OPTION_SECONDS, offsetof(struct echo_settings, interval_ms), 0, 0,
     "from one request to the next; 0: at once (default: 1)"},
};

static const struct positional positionals[] = {
    ASSOCIATION_POSITIONALS,
};

static const char *const examples[] = {
    "Ask a node whether it answers",
    "dimse echo -aec PACS pacs.example.org 104",
    "Every two seconds until Ctrl-C, showing what was negotiated",
    "dimse echo -v -n 0 -i 2 -aet WORKSTATION -aec PACS 192.0.2.7 11112",
};

/* One run: what was asked for and what came of it so far. */
struct run {
    const char *host;
    uint32_t port;
    const char *called;
    int is_quiet, is_verbose;
    uint64_t association; /* its number in the log */
    uint32_t sent, failures;
    struct round_trips trips;
};

static int run_echoes(struct run *run, dimse_assoc *association, const struct echo_settings *settings);
static int echo_once(struct run *run, dimse_assoc *association);
static void print_statistics(const struct run *run, uint64_t duration_us);

static int echo_run(int argc, char **argv)
{
    struct echo_settings echo = {1, 1000};
    struct association_settings with = {NULL, NULL, 0, 0, 0, 0, NULL, NULL, 0};
    struct log_settings log = {0, 0, 0};
    const struct option_group groups[] = {
        {"Requests", echo_options, COUNT_OF(echo_options), &echo},
        {"Association", association_options, association_option_count, &with},
        {"Output", log_options, log_option_count, &log},
    };
    const struct syntax syntax = {
        NAME, "Verifies a DICOM node: associates, sends C-ECHO, waits for the response, releases the association.",
        positionals, COUNT_OF(positionals), groups, COUNT_OF(groups), examples, COUNT_OF(examples) / 2,
    };
    const char *given[COUNT_OF(positionals)];
    struct run run = {NULL, 0, NULL, 0, 0, 0, 0, 0, {0, 0, 0, 0, 0}};
    dimse_assoc_options *options = NULL;
    dimse_assoc *association = NULL;
    uint64_t begun;
    int code, closed;

    switch (options_parse(&syntax, argc, argv, given)) {
    case PARSED_HELP:
        return EXIT_DONE;
    case PARSED_WRONG:
        return EXIT_USAGE;
    case PARSED_RUN:
        break;
    }
    if (!options_port(&syntax, given[1], 1, NULL, &run.port))
        return EXIT_USAGE;
    run.host = given[0];
    run.called = association_called(&with);
    run.is_quiet = log.quiet != 0;
    run.is_verbose = log_is_verbose(&log);
    log_start(&log, DIMSE_LOG_OFF);

    code = association_options_new(NAME, &with, run.host, run.port, &options);
    if (code == EXIT_DONE)
        code = association_open(NAME, options, NULL, &association);
    dimse_assoc_options_free(options);
    if (code != EXIT_DONE)
        return code;
    run.association = association_number(association);
    if (run.is_verbose)
        association_describe(association);
    begun = clock_us();
    code = run_echoes(&run, association, &echo);
    /* After an answer, whatever it says, the association is fit for an orderly end. */
    closed = association_close(association, code == EXIT_DONE || code == EXIT_ANSWERED_FAILURE ||
                                                (code == EXIT_INTERRUPTED && run.trips.count == run.sent));
    if (!run.is_quiet && echo.repeat != 1)
        print_statistics(&run, clock_us() - begun);
    return code != EXIT_DONE ? code : closed;
}

static int run_echoes(struct run *run, dimse_assoc *association, const struct echo_settings *settings)
{
    int code = EXIT_DONE;

    while (settings->repeat == 0 || run->sent < settings->repeat) {
        uint64_t begun = clock_us(), spent;

        code = echo_once(run, association);
        if (code != EXIT_DONE)
            return code;
        spent = (clock_us() - begun) / 1000;
        if (run->sent != settings->repeat && spent < settings->interval_ms)
            interrupt_sleep(settings->interval_ms - (uint32_t)spent);
        if (interrupt_count() > 0)
            return EXIT_INTERRUPTED;
    }
    return run->failures > 0 ? EXIT_ANSWERED_FAILURE : EXIT_DONE;
}

/* One request and its response. A failure status is a response too, and does not end the run. */
static int echo_once(struct run *run, dimse_assoc *association)
{
    char words[WORDS_SIZE];
    dimse_op *operation = NULL;
    dimse_error *error = NULL;
    dimse_event done;
    uint64_t begun = clock_us(), us;
    int code = EXIT_DONE;

    run->sent++;
    if (run->is_verbose)
        log_line(run->association, 0, "sending C-ECHO-RQ");
    if (dimse_assoc_echo_async(association, NULL, NULL, &operation, &error) != DIMSE_OK) {
        failure_take(error);
        return EXIT_LOST;
    }
    operation_await(operation, 0, &done);
    us = clock_us() - begun;
    if (done.status != DIMSE_NO_STATUS && run->is_verbose)
        log_line(run->association, done.message_id, "C-ECHO-RSP: %s", words_status(words, DIMSE_COMMAND_C_ECHO_RQ, done.status));
    if (done.result != DIMSE_OK && interrupt_count() > 0) {
        code = EXIT_INTERRUPTED;
    } else if (done.result != DIMSE_OK) {
        failure_of(&done);
        code = failure_exit(done.result, EXIT_LOST);
    } else {
        int is_success = dimse_status_category(done.status) == DIMSE_CATEGORY_SUCCESS;

        round_trips_add(&run->trips, us);
        if (!is_success) {
            run->failures++;
            terminal_error("%s at %s:%lu answered C-ECHO %lu with %s (%s)%s%s", run->called, run->host,
                           (unsigned long)run->port, (unsigned long)done.message_id,
                           words_status(words, DIMSE_COMMAND_C_ECHO_RQ, done.status), dimse_status_text_of(DIMSE_COMMAND_C_ECHO_RQ, done.status),
                           done.comment.len > 0 ? ": " : "", done.comment.len > 0 ? done.comment.data : "");
        } else if (!run->is_quiet) {
            terminal_line(TONE_GOOD, "C-ECHO %lu of %s at %s:%lu: %s, %.3f ms", (unsigned long)done.message_id,
                          run->called, run->host, (unsigned long)run->port, words_status(words, DIMSE_COMMAND_C_ECHO_RQ, done.status),
                          (double)us / 1000);
        }
    }
    dimse_op_free(operation);
    return code;
}

static void print_statistics(const struct run *run, uint64_t duration_us)
{
    terminal_line(TONE_PLAIN, "--- %s at %s:%lu ---", run->called, run->host, (unsigned long)run->port);
    terminal_line(TONE_PLAIN, "%lu sent, %lu answered, %lu with a failure, %lu lost, in %.3f s",
                  (unsigned long)run->sent, (unsigned long)run->trips.count, (unsigned long)run->failures,
                  (unsigned long)(run->sent - run->trips.count), (double)duration_us / 1000000);
    round_trips_print(&run->trips);
}

const struct command command_echo = {"echo", "verify a DICOM node (C-ECHO), once or like ping", echo_run};
