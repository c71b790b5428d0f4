/* Waiting for an operation, with Ctrl-C in mind. */
#ifndef TOOLS_OPERATION_H
#define TOOLS_OPERATION_H

#include "dimse.h"

/*
 * Waits for the end of an operation that was started with delivery NULL, but no longer than an interrupt may go unseen.
 * 1 where it is over: `done` is filled, and what it points to lives until the operation is freed.
 */
int operation_is_over(dimse_op *operation, dimse_event *done);

/*
 * Waits until it is over. The first interrupt above `ignored` cancels it: its end still comes, and is waited for. The
 * next one gives up waiting, and the result is DIMSE_ERR_CANCELLED.
 */
void operation_await(dimse_op *operation, unsigned ignored, dimse_event *done);

#endif
