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

/* Takes an event, or NULL: nothing has come for a while. */
typedef void operation_event(const dimse_event *event, void *context);

/*
 * For an operation with many events, one operation at a time: `on_event` hears all of them but DONE, on the thread of the
 * library that drives the association, so that no event costs a change of threads. It is never called twice at once.
 */
dimse_delivery operation_delivery(operation_event *on_event, void *context);

/*
 * Waits for the end of an operation that was started with the last operation_delivery, as operation_await does, and
 * returns its outcome; `on_event` is called with NULL ten times a second, and not at all after this. *error, written
 * where it failed and is told why, is the caller's to free.
 */
dimse_result operation_follow(dimse_op *operation, unsigned ignored, dimse_error **error);

#endif
