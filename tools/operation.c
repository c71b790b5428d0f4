#include "operation.h"

#include <string.h>

#include "interrupt.h"

/* How late an interrupt may be seen. An operation that ends wakes the wait at once. */
enum { SLICE_MS = 100 };

static void fill(dimse_event *done, dimse_result result)
{
    memset(done, 0, sizeof *done);
    done->struct_size = sizeof *done;
    done->kind = DIMSE_EVENT_DONE;
    done->result = result;
    done->status = DIMSE_NO_STATUS;
}

/* Waits no longer than an interrupt may go unseen. 1 where the operation is over, and `done` says how. */
static int is_over(dimse_op *operation, dimse_event *done)
{
    dimse_result result;

    fill(done, DIMSE_PENDING);
    result = dimse_op_next(operation, SLICE_MS, done);
    if (result < 0) {
        fill(done, result);
        return 1;
    }
    /* Kinds that a later library may have are not for us. */
    return result == DIMSE_OK && done->kind == DIMSE_EVENT_DONE;
}

void operation_await(dimse_op *operation, unsigned ignored, dimse_event *done)
{
    int is_cancelled = 0;

    while (!is_over(operation, done)) {
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
