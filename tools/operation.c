#include "operation.h"

#include <string.h>

#include "interrupt.h"

/* How late an interrupt may be seen. An operation that ends wakes the wait at once. */
enum { SLICE_MS = 100 };

void operation_await(dimse_op *operation, dimse_event *done)
{
    unsigned seen = 0;

    for (;;) {
        unsigned now = interrupt_count();
        dimse_result result;

        if (now > 1)
            break;
        if (now > seen)
            dimse_op_cancel(operation);
        seen = now;
        memset(done, 0, sizeof *done);
        done->struct_size = sizeof *done;
        result = dimse_op_next(operation, SLICE_MS, done);
        /* Kinds that a later library may have are not for us. */
        if (result == DIMSE_OK && done->kind == DIMSE_EVENT_DONE)
            return;
        if (result < 0)
            break;
    }
    memset(done, 0, sizeof *done);
    done->kind = DIMSE_EVENT_DONE;
    done->result = DIMSE_ERR_CANCELLED;
    done->status = DIMSE_NO_STATUS;
}
