/* 64 threads on one server: each opens associations, echoes and releases, at its own pace; others share one
 * association, one queue, or only watch. Nobody waits for another longer than for an echo. */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "process.h"

enum { THREADS = 64, SHARING = 8 };

static struct node node;
static dimse_assoc *shared;
static dimse_queue *queue;
static int dispatched_enough;

static void *associate_and_echo(void *data);
static void *echo_on_the_shared_one(void *data);
static void *start_and_leave(void *data);
static void *dispatch(void *data);

static void start(pthread_t *threads, int count_of, void *(*function)(void *)) {
    int index;
    for (index = 0; index < count_of; index++) {
        CHECK_IS(pthread_create(&threads[index], NULL, function, NULL), 0);
    }
}

static void join(pthread_t *threads, int count_of) {
    int index;
    for (index = 0; index < count_of; index++) {
        CHECK_IS(pthread_join(threads[index], NULL), 0);
    }
}

static int rounds(void) { return count(5, 100); }

int main(void) {
    pthread_t associating[THREADS];
    pthread_t sharing[SHARING];
    pthread_t starting[SHARING];
    pthread_t dispatching[2];
    dimse_server_totals totals;
    dimse_error *err = NULL;
    node_start(&node, NULL);
    shared = node_open(node.port);
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    start(associating, THREADS, associate_and_echo);
    start(sharing, SHARING, echo_on_the_shared_one);
    start(starting, SHARING, start_and_leave);
    start(dispatching, 2, dispatch);
    join(associating, THREADS);
    join(sharing, SHARING);
    join(starting, SHARING);
    __atomic_store_n(&dispatched_enough, 1, __ATOMIC_SEQ_CST);
    CHECK_IS(dimse_queue_wakeup(queue), DIMSE_OK);
    join(dispatching, 2);

    node_release(shared);
    dimse_queue_free(queue);
    CHECK_EMPTY(&node);
    totals = node_counters(&node);
    CHECK_IS(totals.accepted_total, THREADS * rounds() + 1);
    CHECK_IS(totals.requests_total, THREADS * rounds() * 3 + SHARING * rounds() * 10 + SHARING * rounds() * 4);
    CHECK_IS(totals.refused_total + totals.aborted_total + totals.panics_total, 0);
    node_stop(&node);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    CHECK_SOON(process_threads() == 1);
    return 0;
}

static void *associate_and_echo(void *data) {
    int round;
    (void)data;
    for (round = 0; round < rounds(); round++) {
        dimse_assoc *assoc = node_open(node.port);
        node_echo(assoc);
        node_echo(assoc);
        node_echo(assoc);
        node_release(assoc);
        CHECK(node_counters(&node).requests_total > 0);
    }
    return NULL;
}

static void *echo_on_the_shared_one(void *data) {
    int round;
    (void)data;
    for (round = 0; round < rounds() * 10; round++) {
        dimse_counters counters;
        counters.struct_size = sizeof counters;
        node_echo(shared);
        CHECK_IS(dimse_assoc_counters(shared, &counters), DIMSE_OK);
        CHECK(counters.messages_received <= counters.messages_sent);
    }
    return NULL;
}

/* Half of the events go to the queue that others dispatch. */
static void *start_and_leave(void *data) {
    int round;
    (void)data;
    for (round = 0; round < rounds(); round++) {
        struct listener listeners[4];
        int index;
        for (index = 0; index < 4; index++) {
            dimse_delivery delivery;
            dimse_error *err = NULL;
            listener_init(&listeners[index]);
            delivery = listener_delivery(&listeners[index], index % 2 == 0 ? queue : NULL);
            CHECK_OK(err, dimse_assoc_echo_async(shared, NULL, &delivery, NULL, &err));
        }
        for (index = 0; index < 4; index++) {
            CHECK_IS(listener_outcome(&listeners[index]), DIMSE_OK);
            CHECK_IS(listeners[index].status, 0);
        }
    }
    return NULL;
}

static void *dispatch(void *data) {
    (void)data;
    while (__atomic_load_n(&dispatched_enough, __ATOMIC_SEQ_CST) == 0) {
        CHECK_IS(dimse_queue_dispatch(queue, 50, UINT32_MAX, NULL), DIMSE_OK);
    }
    return NULL;
}
