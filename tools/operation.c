#include "operation.h"

#include <string.h>

#include "interrupt.h"

/* How late an interrupt may be seen. An event wakes the wait at once. */
enum { SLICE_MS = 100 };

static void fill(dimse_event *event, dimse_result result)
{
    memset(event, 0, sizeof *event);
    event->struct_size = sizeof *event;
    event->kind = DIMSE_EVENT_DONE;
    event->result = result;
    event->status = DIMSE_NO_STATUS;
}

static void ignore(const dimse_event *event, void *context)
{
    (void)event;
    (void)context;
}

void operation_await(dimse_op *operation, unsigned ignored, dimse_event *done)
{
    operation_follow(operation, ignored, ignore, NULL, done);
}

void operation_follow(dimse_op *operation, unsigned ignored, void (*on_event)(const dimse_event *event, void *context),
                      void *context, dimse_event *done)
{
    int is_cancelled = 0;

    for (;;) {
        dimse_result result;

        fill(done, DIMSE_PENDING);
        result = dimse_op_next(operation, SLICE_MS, done);
        if (result < 0)
            fill(done, result);
        if (result < 0 || (result == DIMSE_OK && done->kind == DIMSE_EVENT_DONE))
            return;
        on_event(result == DIMSE_OK ? done : NULL, context);
        if (interrupt_count() > ignored + 1) {
            fill(done, DIMSE_ERR_CANCELLED);
            return;
        }
        if (interrupt_count() > ignored && !is_cancelled) {
            dimse_op_cancel(operation);
            is_cancelled = 1;
        }
    }
}
