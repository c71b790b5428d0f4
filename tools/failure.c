#include "failure.h"

#include "terminal.h"

void failure_report(const dimse_error *error)
{
    terminal_error("%s", dimse_error_message(error).data);
}

void failure_take(dimse_error *error)
{
    failure_report(error);
    dimse_error_free(error);
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
