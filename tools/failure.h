/* What failed, said once on stderr, and as an exit code. */
#ifndef TOOLS_FAILURE_H
#define TOOLS_FAILURE_H

#include "dimse.h"
#include "exits.h"

/* Prints the library's whole story of a failure. */
void failure_report(const dimse_error *error);

/* failure_report for an error that is ours to free. */
void failure_take(dimse_error *error);

/* The exit code of a failed call; `otherwise` where the result alone does not say. */
int failure_exit(dimse_result result, enum exit_code otherwise);

#endif
