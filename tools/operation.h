/* Waiting for an operation, with Ctrl-C in mind. */
#ifndef TOOLS_OPERATION_H
#define TOOLS_OPERATION_H

#include "dimse.h"

/*
 * Waits for the end of an operation that was started with delivery NULL, and fills `done`; what it points to lives until
 * the operation is freed. The first interrupt above `ignored` cancels the operation: its end still comes, and is waited
 * for. The next one gives up waiting, and the result is DIMSE_ERR_CANCELLED.
 */
void operation_await(dimse_op *operation, unsigned ignored, dimse_event *done);

/*
 * The same, and calls `on_event` for each event before the end, and with NULL when a tenth of a second has passed
 * without one.
 */
void operation_follow(dimse_op *operation, unsigned ignored, void (*on_event)(const dimse_event *event, void *context),
                      void *context, dimse_event *done);

#endif
