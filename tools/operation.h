/* Waiting for an operation, with Ctrl-C in mind. */
#ifndef TOOLS_OPERATION_H
#define TOOLS_OPERATION_H

#include "dimse.h"

/*
 * Waits for the end of an operation that was started with delivery NULL, and fills `done` with it. The first interrupt
 * since the program started cancels it; its DONE still comes. The next one gives up waiting: the result is
 * DIMSE_ERR_CANCELLED then. What `done` points to lives until the operation is freed.
 */
void operation_await(dimse_op *operation, dimse_event *done);

#endif
