/* ctest-leaves-work
 * fork() after the first use is not supported, and said so: in the child every call answers DIMSE_ERR_STATE with words,
 * or what it answers to a bad handle; none hangs, and the parent goes on. Errors can be read and freed on both sides.
 */
#include "exports.h"

#include "listener.h"
#include "moment.h"
#include "process.h"

#include <unistd.h>

static dimse_error *of_the_parent;
static struct listener listener;

static void everything_in_the_child(void);
static void the_child_returns_from_main(void);
static void the_child_becomes_another_program(void);
static void a_fork_while_everybody_is_busy(void);

int main(void) {
    struct node node;
    dimse_assoc *assoc;
    dimse_delivery delivery;
    dimse_error *err = NULL;
    dimse_queue *queue = NULL;
    things_begin();
    node_start(&node, NULL);
    assoc = node_open(node.port);
    of_the_parent = (dimse_error *)thing_make(NOUN_error);
    listener_init(&listener);
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    delivery = listener_delivery(&listener, queue);
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, NULL, &err));

    process_child(everything_in_the_child, 7);
    process_child(the_child_returns_from_main, 7);
    process_child(the_child_becomes_another_program, 0);
    a_fork_while_everybody_is_busy();

    /* Nothing that the children did is known here. */
    CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, 1, NULL), DIMSE_OK);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    dimse_queue_free(queue);
    CHECK(dimse_error_message(of_the_parent).len > 0);
    dimse_error_free(of_the_parent);
    node_echo(assoc);
    node_release(assoc);
    node_stop(&node);
    things_end();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void try_everything(void) {
    size_t index;
    int refused = 0;
    for (index = 0; index < sizeof ROWS / sizeof ROWS[0]; index++) {
        const struct row *row = &ROWS[index];
        if (!row->any_process && !row->frees) {
            row->call(row->noun != NOUNS ? live[row->noun] : NULL, DIMSE_ERR_STATE);
            refused += row->is_result;
        }
    }
    CHECK(refused > 0);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_ERR_STATE);
    for (index = 0; index < sizeof ROWS / sizeof ROWS[0]; index++) {
        if (ROWS[index].frees) {
            ROWS[index].call(live[ROWS[index].noun], DIMSE_OK);
        }
    }
}

static void everything_in_the_child(void) {
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "fork", dimse_queue_new(NULL, &queue, &err));
    CHECK(dimse_error_message(of_the_parent).len > 0);
    dimse_error_free(of_the_parent);
    try_everything();
    CHECK_IS(dimse_abi_version(), DIMSE_ABI_VERSION);
    CHECK(dimse_version()[0] != '\0');
    CHECK(strcmp(dimse_result_name(DIMSE_ERR_STATE), "DIMSE_ERR_STATE") == 0);
    CHECK_IS(listener.events, 0);
    _exit(7);
}

/* With the handlers that exit() runs. */
static void the_child_returns_from_main(void) {
    CHECK_IS(dimse_queue_wakeup((dimse_queue *)live[NOUN_queue]), DIMSE_ERR_STATE);
    exit(7);
}

static void the_child_becomes_another_program(void) {
    execl("/bin/true", "true", (char *)NULL);
    _exit(1);
}

static void *echo_often(void *stop) {
    struct node node;
    dimse_assoc *assoc;
    node_start(&node, NULL);
    assoc = node_open(node.port);
    while (__atomic_load_n((int *)stop, __ATOMIC_SEQ_CST) == 0) {
        node_echo(assoc);
        dimse_error_free((dimse_error *)thing_make(NOUN_error));
    }
    node_release(assoc);
    node_stop(&node);
    return NULL;
}

static void call_and_leave(void) {
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    CHECK_IS(dimse_queue_new(NULL, &queue, &err), DIMSE_ERR_STATE);
    CHECK_IS(dimse_queue_wakeup((dimse_queue *)live[NOUN_queue]), DIMSE_ERR_STATE);
    dimse_error_free(err);
    exit(7);
}

/* Whatever lock another thread had at that moment: the child does not wait for it. */
static void a_fork_while_everybody_is_busy(void) {
    pthread_t threads[3];
    int stop = 0;
    int round;
    for (round = 0; round < 3; round++) {
        CHECK_IS(pthread_create(&threads[round], NULL, echo_often, &stop), 0);
    }
    for (round = 0; round < count(20, 200); round++) {
        process_child(call_and_leave, 7);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    for (round = 0; round < 3; round++) {
        CHECK_IS(pthread_join(threads[round], NULL), 0);
    }
}
