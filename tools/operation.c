#include "operation.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "interrupt.h"

/* How late an interrupt may be seen. The end of an operation wakes the wait at once. */
enum { SLICE_MS = 100 };

static void fill(dimse_event *event, dimse_result result)
{
    memset(event, 0, sizeof *event);
    event->struct_size = sizeof *event;
    event->kind = DIMSE_EVENT_DONE;
    event->result = result;
    event->status = DIMSE_NO_STATUS;
}

/* Cancels at the first interrupt above `ignored`. 0 at the second one: nothing is waited for any more. */
static int goes_on(dimse_op *operation, unsigned ignored, int *is_cancelled)
{
    unsigned count = interrupt_count();

    if (count > ignored && !*is_cancelled) {
        dimse_op_cancel(operation);
        *is_cancelled = 1;
    }
    return count <= ignored + 1;
}

void operation_await(dimse_op *operation, unsigned ignored, dimse_event *done)
{
    int is_cancelled = 0;

    do {
        dimse_result result;

        fill(done, DIMSE_PENDING);
        result = dimse_op_next(operation, SLICE_MS, done);
        if (result < 0)
            fill(done, result);
        /* Kinds that a later library may have are not for us. */
        if (result < 0 || (result == DIMSE_OK && done->kind == DIMSE_EVENT_DONE))
            return;
    } while (goes_on(operation, ignored, &is_cancelled));
    fill(done, DIMSE_ERR_CANCELLED);
}

/*
 * The one operation that is followed. It is not on anybody's stack: after the second interrupt nobody waits for the end of
 * its events.
 */
static struct {
    pthread_mutex_t lock; /* the fields below, and every call of on_event */
    pthread_cond_t changed;
    operation_event *on_event; /* NULL: nobody listens any more */
    void *context;
    int is_over;
} followed = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, NULL, 0};

static int32_t hear(const dimse_event *event, void *user_data)
{
    (void)user_data;
    pthread_mutex_lock(&followed.lock);
    if (event->kind == DIMSE_EVENT_DONE) {
        followed.is_over = 1;
        pthread_cond_signal(&followed.changed);
    } else if (followed.on_event != NULL) {
        followed.on_event(event, followed.context);
    }
    pthread_mutex_unlock(&followed.lock);
    return 0;
}

dimse_delivery operation_delivery(operation_event *on_event, void *context)
{
    dimse_delivery delivery = {NULL, hear, NULL, NULL};

    pthread_mutex_lock(&followed.lock);
    followed.on_event = on_event;
    followed.context = context;
    followed.is_over = 0;
    pthread_mutex_unlock(&followed.lock);
    return delivery;
}

static void wait_a_slice(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += SLICE_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&followed.changed, &followed.lock, &until);
}

dimse_result operation_follow(dimse_op *operation, unsigned ignored, dimse_error **error)
{
    int is_cancelled = 0, is_over, is_awaited = 1;

    pthread_mutex_lock(&followed.lock);
    while (!followed.is_over && is_awaited) {
        wait_a_slice();
        if (!followed.is_over)
            followed.on_event(NULL, followed.context);
        /* Cancelling calls nobody here: DONE comes on a thread of the library. */
        is_awaited = goes_on(operation, ignored, &is_cancelled);
    }
    followed.on_event = NULL;
    is_over = followed.is_over;
    pthread_mutex_unlock(&followed.lock);
    return is_over ? dimse_op_wait(operation, 0, error) : DIMSE_ERR_CANCELLED;
}
