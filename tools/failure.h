/* What failed, said once on stderr, and as an exit code. */
#ifndef TOOLS_FAILURE_H
#define TOOLS_FAILURE_H

#include "dimse.h"
#include "exits.h"

/* Prints what a failed call told, and frees it. */
void failure_take(dimse_error *error);

/* The same for a call that made something from the command line: says where to read how it should be. */
void failure_of_setting(const char *command, dimse_error *error);

/* Prints why an operation failed. */
void failure_of(const dimse_event *done);

/* The exit code of a failed call; `otherwise` where the result alone does not say. */
int failure_exit(dimse_result result, enum exit_code otherwise);

#endif
