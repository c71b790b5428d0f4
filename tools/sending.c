#include "sending.h"

#include <stdio.h>
#include <string.h>

#include "association.h"
#include "exits.h"
#include "failure.h"
#include "interrupt.h"
#include "log.h"
#include "operation.h"
#include "words.h"

/* The longest wait before a new association. */
enum { LONGEST_DELAY_MS = 60000 };

static int send_over_one(struct sending *sending, int *is_retryable);
static int wait_before(struct sending *sending, uint32_t try);
static void on_event(const dimse_event *event, void *context);
static void on_instance(struct sending *sending, const dimse_event *event);
static void on_answer(struct sending *sending, const dimse_event *event);
static void on_progress(struct sending *sending, const dimse_event *event);

int sending_run(struct sending *sending)
{
    uint32_t in_a_row = 0;

    for (;;) {
        size_t before = sending->next;
        int is_retryable = 0;
        int code = send_over_one(sending, &is_retryable);

        terminal_clear();
        if (code == EXIT_DONE || code == EXIT_INTERRUPTED || !is_retryable)
            return code;
        /* An association that has brought something over was worth it, and the count begins anew. */
        if (sending->next > before)
            in_a_row = 0;
        if (in_a_row == sending->retry)
            return code;
        if (!wait_before(sending, ++in_a_row))
            return EXIT_INTERRUPTED;
    }
}

/* The wait doubles from one try to the next. 0 where it was interrupted. */
static int wait_before(struct sending *sending, uint32_t try)
{
    uint64_t delay = sending->retry_delay_ms;
    /* Who asks for longer gets that. */
    uint64_t most = delay > LONGEST_DELAY_MS ? delay : LONGEST_DELAY_MS;
    char words[WORDS_SIZE];

    for (uint32_t i = 1; i < try && delay < most; i++)
        delay *= 2;
    if (delay > most)
        delay = most;
    if (!sending->is_quiet)
        terminal_note("%lu of %lu done with; associating again in %s, try %lu of %lu", (unsigned long)sending->next,
                      (unsigned long)sending->paths->count, words_time(words, (uint32_t)delay), (unsigned long)try,
                      (unsigned long)sending->retry);
    interrupt_sleep((uint32_t)delay);
    return interrupt_count() == 0;
}

/* Stores what is left over an association of its own. */
static int send_over_one(struct sending *sending, int *is_retryable)
{
    const char *const *paths = (const char *const *)sending->paths->items + sending->next;
    dimse_assoc *association = NULL;
    dimse_op *operation = NULL;
    dimse_error *error = NULL;
    dimse_delivery delivery = operation_delivery(on_event, sending);
    dimse_result result;
    int code = association_open(sending->command, sending->association, is_retryable, &association), closed;

    if (code != EXIT_DONE)
        return code == EXIT_NO_ASSOCIATION && sending->was_open ? EXIT_LOST : code;
    sending->was_open = 1;
    sending->association_number = association_number(association);
    sending->bytes_before = sending->bytes;
    if (sending->is_verbose)
        association_describe(association);
    result = dimse_assoc_store_files_async(association, paths, sending->paths->count - sending->next, sending->options,
                                           &delivery, &operation, &error);
    if (result == DIMSE_OK)
        result = operation_follow(operation, 0, &error);
    if (result != DIMSE_OK && operation != NULL && interrupt_count() > 0) {
        code = EXIT_INTERRUPTED;
        dimse_error_free(error);
    } else if (result != DIMSE_OK) {
        *is_retryable = operation != NULL && dimse_error_is_retryable(error);
        failure_take(error);
        code = EXIT_LOST;
    }
    dimse_op_free(operation);
    closed = association_close(association, code == EXIT_DONE);
    return code != EXIT_DONE ? code : closed;
}

static void on_event(const dimse_event *event, void *context)
{
    struct sending *sending = context;

    if (event != NULL && event->kind == DIMSE_EVENT_INSTANCE)
        on_instance(sending, event);
    else if (event != NULL && event->kind == DIMSE_EVENT_PROGRESS)
        on_progress(sending, event);
    progress_show(&sending->progress, event != NULL);
}

static void on_instance(struct sending *sending, const dimse_event *event)
{
    if (event->result == DIMSE_OK) {
        on_answer(sending, event);
    } else if (event->message_id != 0) {
        /* Its request has left, and the association is over: this one is the first of the next association. */
        sending->unconfirmed = sending->paths->items[sending->next];
        return;
    } else {
        sending->unsendable++;
        sending->without_context += event->result == DIMSE_ERR_NO_CONTEXT;
        text_list_print(&sending->faults, "%s", dimse_error_message(event->error).data);
        if (sending->is_verbose)
            log_line(sending->association_number, 0, "%s", dimse_error_message(event->error).data);
    }
    sending->unconfirmed = NULL;
    sending->next++;
    sending->progress.instances = sending->next;
}

/* ", (0028,0010), (0028,0011)": the elements that the peer has named, as many as there is room for. */
static void describe_offending(char *out, size_t size, const dimse_event *event)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < event->offending_count && used + 14 < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s(%04lX,%04lX)", i == 0 ? "; offending: " : ", ",
                                 (unsigned long)(event->offending[i] >> 16),
                                 (unsigned long)(event->offending[i] & 0xFFFF));
}

static void on_answer(struct sending *sending, const dimse_event *event)
{
    const char *path = sending->paths->items[sending->next];
    int is_stored = dimse_status_category(event->status) != DIMSE_CATEGORY_FAILURE;
    int is_success = dimse_status_category(event->status) == DIMSE_CATEGORY_SUCCESS;
    char status[WORDS_SIZE], size[WORDS_SIZE], offending[128];

    describe_offending(offending, sizeof offending, event);
    words_status(status, DIMSE_COMMAND_C_STORE_RQ, event->status);
    if (is_stored) {
        sending->stored++;
        sending->warned += !is_success;
        sending->bytes += event->bytes_done;
    } else {
        sending->refused++;
        text_list_print(&sending->faults, "%s: the peer answered %s%s%s%s", path, status,
                        event->comment.len > 0 ? ": " : "", event->comment.data, offending);
    }
    if (sending->is_verbose)
        log_line(sending->association_number, event->message_id, "C-STORE-RSP: %s%s%s%s; %s, %s in %.3f ms", status,
                 event->comment.len > 0 ? ": " : "", event->comment.data, offending, path,
                 words_bytes(size, event->bytes_done), (double)event->duration_us / 1000);
}

static void on_progress(struct sending *sending, const dimse_event *event)
{
    struct progress *progress = &sending->progress;

    progress->bytes = sending->bytes_before + event->bytes_done;
    progress->bytes_total = event->bytes_total == DIMSE_UNKNOWN_LENGTH ? DIMSE_UNKNOWN_LENGTH
                                                                       : sending->bytes_before + event->bytes_total;
    progress->bytes_per_second = event->bytes_per_second;
    progress->time_left_ms = event->time_left_ms;
}
