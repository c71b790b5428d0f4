/* ctest-timeout: 120
 * Associations and echoes without end: memory, descriptors and threads come back to where they were. The first round is
 * there to fill what is kept for good: pools, buffers, the allocator's own. */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "process.h"

/* They start when they are needed; there are never more than that, or one for each core. */
enum { CALLBACK_THREADS = 64 };

static struct node node;

static void one_after_the_other(int associations);
static void many_at_once(int associations);
static void without_anybody_waiting(int associations);
static void echoes(int number);
static void everything(int scale);

int main(void) {
    int descriptors;
    int threads;
    long memory;
    int round;
    node_start(&node, NULL);
    everything(count(20, 20));
    descriptors = process_descriptors();
    threads = process_threads();
    memory = process_memory_kib();
    for (round = 0; round < 3; round++) {
        everything(count(20, 200));
        CHECK_EMPTY(&node);
        CHECK_SOON(process_descriptors() <= descriptors);
        CHECK(process_threads() <= threads + CALLBACK_THREADS);
    }
    /* What one association keeps, were it a single KiB, would be more than this. */
    CHECK(process_memory_kib() < memory + 1024);
    node_stop(&node);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    CHECK_SOON(process_threads() == 1);
    return 0;
}

static void everything(int scale) {
    one_after_the_other(5 * scale);
    many_at_once(50);
    without_anybody_waiting(5 * scale);
    echoes(125 * scale);
}

static void one_after_the_other(int associations) {
    while (associations-- > 0) {
        dimse_assoc *assoc = node_open(node.port);
        node_echo(assoc);
        if (associations % 2 == 0) {
            node_release(assoc);
        } else {
            dimse_assoc_free(assoc);
        }
    }
}

static void many_at_once(int associations) {
    dimse_assoc *assocs[50];
    int index;
    CHECK(associations <= 50);
    for (index = 0; index < associations; index++) {
        assocs[index] = node_open(node.port);
    }
    for (index = 0; index < associations; index++) {
        node_echo(assocs[index]);
        node_release(assocs[index]);
    }
}

static void without_anybody_waiting(int associations) {
    while (associations-- > 0) {
        struct listener listeners[3];
        dimse_delivery delivery;
        dimse_assoc *assoc = NULL;
        dimse_op *op;
        dimse_error *err = NULL;
        listener_init(&listeners[0]);
        delivery = listener_delivery(&listeners[0], NULL);
        op = node_open_async(node.port, &delivery);
        CHECK_IS(listener_outcome(&listeners[0]), DIMSE_OK);
        CHECK_OK(err, dimse_op_take_assoc(op, &assoc, &err));
        dimse_op_free(op);
        listener_init(&listeners[1]);
        delivery = listener_delivery(&listeners[1], NULL);
        CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, NULL, &err));
        listener_init(&listeners[2]);
        delivery = listener_delivery(&listeners[2], NULL);
        CHECK_OK(err, dimse_assoc_release_async(assoc, &delivery, NULL, &err));
        CHECK_IS(listener_outcome(&listeners[1]), DIMSE_OK);
        CHECK_IS(listener_outcome(&listeners[2]), DIMSE_OK);
        dimse_assoc_free(assoc);
    }
}

static void echoes(int number) {
    dimse_assoc *assoc = node_open(node.port);
    while (number-- > 0) {
        node_echo(assoc);
    }
    node_release(assoc);
}
