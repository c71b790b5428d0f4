#include "failure.h"

#include "options.h"

void failure_take(dimse_error *error)
{
    terminal_error("%s", dimse_error_message(error).data);
    dimse_error_free(error);
}

void failure_of_setting(const char *command, dimse_error *error)
{
    if (dimse_error_result(error) == DIMSE_ERR_INVALID_ARGUMENT) {
        options_wrong(command, "%s", dimse_error_message(error).data);
        dimse_error_free(error);
    } else {
        failure_take(error);
    }
}

void failure_of(const dimse_event *done)
{
    /* The error is the event's, and lives as long as that. */
    if (done->error != NULL)
        terminal_error("%s", dimse_error_message(done->error).data);
    else
        terminal_error("%s", dimse_result_name(done->result));
}

int failure_exit(dimse_result result, enum exit_code otherwise)
{
    switch (result) {
    case DIMSE_ERR_INVALID_ARGUMENT:
        return EXIT_USAGE;
    case DIMSE_ERR_NO_CONTEXT:
        /* Known only when the first message wants to go out, and still the same class: nothing usable was agreed on. */
        return EXIT_NO_ASSOCIATION;
    default:
        return otherwise;
    }
}
