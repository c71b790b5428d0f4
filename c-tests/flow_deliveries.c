/* Associate, C-ECHO, release: blocking, with a callback on a thread of the library, with a queue (dispatch, notify,
 * descriptor), and read by dimse_op_next. The same events and the same promises in all four (abi.md rule 14). */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"

#include <poll.h>
#include <unistd.h>

static void blocking(uint16_t port);
static void on_a_thread_of_the_library(uint16_t port);
static void in_a_queue(uint16_t port);
static void in_a_queue_that_a_loop_watches(uint16_t port);
static void in_a_queue_that_calls(uint16_t port);
static void read_by_next(uint16_t port);
static void from_callback_to_callback(uint16_t port);

int main(void) {
    struct node node;
    node_start(&node, NULL);
    blocking(node.port);
    on_a_thread_of_the_library(node.port);
    in_a_queue(node.port);
    in_a_queue_that_a_loop_watches(node.port);
    in_a_queue_that_calls(node.port);
    read_by_next(node.port);
    from_callback_to_callback(node.port);
    CHECK_EMPTY(&node);
    CHECK_IS(node_counters(&node).accepted_total, 7);
    CHECK_IS(node_counters(&node).requests_total, 7);
    CHECK_IS(node_counters(&node).aborted_total, 0);
    node_stop(&node);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void blocking(uint16_t port) {
    dimse_assoc *assoc = node_open(port);
    node_echo(assoc);
    node_release(assoc);
}

/* The steps, each with a delivery that `finish` brings to its DONE. */
struct way {
    dimse_queue *queue;
    void (*finish)(const struct way *way, dimse_op *op, struct listener *listener);
    int descriptor;
    int notified[2];
};

static void take_the_way(const struct way *way, uint16_t port) {
    struct listener listener;
    dimse_delivery delivery;
    dimse_assoc *assoc = NULL;
    dimse_op *op = NULL;
    dimse_error *err = NULL;

    listener_init(&listener);
    delivery = listener_delivery(&listener, way->queue);
    op = node_open_async(port, &delivery);
    way->finish(way, op, &listener);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, DIMSE_NO_STATUS);
    CHECK_IS(listener.message_id, 0);
    CHECK_OK(err, dimse_op_take_assoc(op, &assoc, &err));
    dimse_op_free(op);

    listener_init(&listener);
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, &op, &err));
    way->finish(way, op, &listener);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0);
    CHECK_IS(listener.attempts, 1);
    CHECK(listener.message_id != 0);
    dimse_op_free(op);

    listener_init(&listener);
    CHECK_OK(err, dimse_assoc_release_async(assoc, &delivery, &op, &err));
    way->finish(way, op, &listener);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, DIMSE_NO_STATUS);
    dimse_op_free(op);
    dimse_assoc_free(assoc);
}

static void wait_for_the_library(const struct way *way, dimse_op *op, struct listener *listener) {
    (void)way;
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_OK);
    CHECK_IS(listener_outcome(listener), DIMSE_OK);
    CHECK(!pthread_equal(listener->thread, pthread_self()));
}

static void on_a_thread_of_the_library(uint16_t port) {
    struct way way;
    memset(&way, 0, sizeof way);
    way.finish = wait_for_the_library;
    take_the_way(&way, port);
}

static void dispatch_one(const struct way *way) {
    uint32_t ran = 0;
    CHECK_IS(dimse_queue_dispatch(way->queue, PATIENCE_MS, UINT32_MAX, &ran), DIMSE_OK);
    CHECK_IS(ran, 1);
}

static void dispatch(const struct way *way, dimse_op *op, struct listener *listener) {
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_OK);
    CHECK_IS(listener_is_done(listener), 0);
    dispatch_one(way);
    CHECK_IS(listener_is_done(listener), 1);
    CHECK(pthread_equal(listener->thread, pthread_self()));
}

static struct way with_queue(void (*finish)(const struct way *way, dimse_op *op, struct listener *listener)) {
    struct way way;
    dimse_error *err = NULL;
    memset(&way, 0, sizeof way);
    way.finish = finish;
    CHECK_OK(err, dimse_queue_new(NULL, &way.queue, &err));
    return way;
}

static void in_a_queue(uint16_t port) {
    struct way way = with_queue(dispatch);
    take_the_way(&way, port);
    dimse_queue_free(way.queue);
}

static void wait_readable(int descriptor) {
    struct pollfd ready;
    memset(&ready, 0, sizeof ready);
    ready.fd = descriptor;
    ready.events = POLLIN;
    CHECK_IS(poll(&ready, 1, (int)PATIENCE_MS), 1);
    CHECK_IS(ready.revents, POLLIN);
}

static void poll_and_dispatch(const struct way *way, dimse_op *op, struct listener *listener) {
    (void)op;
    wait_readable(way->descriptor);
    dispatch_one(way);
    CHECK_IS(listener_is_done(listener), 1);
    CHECK(pthread_equal(listener->thread, pthread_self()));
}

static void in_a_queue_that_a_loop_watches(uint16_t port) {
    struct way way = with_queue(poll_and_dispatch);
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_queue_fd(way.queue, &way.descriptor, &err));
    take_the_way(&way, port);
    dimse_queue_free(way.queue);
}

/* What a window system's event loop would be: a pipe of the program's own. */
static void post(void *user_data) {
    const struct way *way = (const struct way *)user_data;
    CHECK_IS(write(way->notified[1], "x", 1), 1);
}

static void be_told_and_dispatch(const struct way *way, dimse_op *op, struct listener *listener) {
    char told;
    (void)op;
    while (!listener_is_done(listener)) {
        wait_readable(way->notified[0]);
        CHECK_IS(read(way->notified[0], &told, 1), 1);
        CHECK_IS(dimse_queue_dispatch(way->queue, 0, UINT32_MAX, NULL), DIMSE_OK);
    }
    CHECK(pthread_equal(listener->thread, pthread_self()));
}

static void in_a_queue_that_calls(uint16_t port) {
    struct way way = with_queue(be_told_and_dispatch);
    CHECK_IS(pipe(way.notified), 0);
    CHECK_IS(dimse_queue_set_notify(way.queue, post, &way, NULL, NULL), DIMSE_OK);
    take_the_way(&way, port);
    CHECK_IS(dimse_queue_set_notify(way.queue, NULL, NULL, NULL, NULL), DIMSE_OK);
    dimse_queue_free(way.queue);
    /* notify may be called once more, but not for ever. */
    sleep_ms(20);
    close(way.notified[0]);
    close(way.notified[1]);
}

static dimse_event next_of(dimse_op *op) {
    dimse_event event;
    event.struct_size = sizeof event;
    CHECK_IS(dimse_op_next(op, PATIENCE_MS, &event), DIMSE_OK);
    CHECK_IS(event.kind, DIMSE_EVENT_DONE);
    CHECK_IS(event.result, DIMSE_OK);
    CHECK(event.error == NULL);
    return event;
}

static void read_by_next(uint16_t port) {
    dimse_op *op = node_open_async(port, NULL);
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    CHECK_IS(next_of(op).status, DIMSE_NO_STATUS);
    CHECK_OK(err, dimse_op_take_assoc(op, &assoc, &err));
    dimse_op_free(op);
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, NULL, &op, &err));
    CHECK_IS(next_of(op).status, 0);
    dimse_op_free(op);
    CHECK_OK(err, dimse_assoc_release_async(assoc, NULL, &op, &err));
    next_of(op);
    dimse_op_free(op);
    dimse_assoc_free(assoc);
}

/* A program without a thread that waits: each step is started in the callback of the one before. The operation's handle
 * is there before its first event. */
struct chain {
    struct listener open;
    struct listener echo;
    struct listener release;
    dimse_op *op;
    dimse_assoc *assoc;
};

static int32_t then_release(struct listener *listener, const dimse_event *event) {
    struct chain *chain = (struct chain *)listener->data;
    dimse_delivery delivery = listener_delivery(&chain->release, NULL);
    dimse_error *err = NULL;
    CHECK_IS(event->status, 0);
    CHECK_OK(err, dimse_assoc_release_async(chain->assoc, &delivery, NULL, &err));
    return 0;
}

static int32_t then_echo(struct listener *listener, const dimse_event *event) {
    struct chain *chain = (struct chain *)listener->data;
    dimse_delivery delivery = listener_delivery(&chain->echo, NULL);
    dimse_error *err = NULL;
    CHECK_IS(event->result, DIMSE_OK);
    CHECK_OK(err, dimse_op_take_assoc(chain->op, &chain->assoc, &err));
    dimse_op_free(chain->op);
    CHECK_OK(err, dimse_assoc_echo_async(chain->assoc, NULL, &delivery, NULL, &err));
    return 0;
}

static void from_callback_to_callback(uint16_t port) {
    struct chain chain;
    dimse_assoc_options *options = node_caller(port);
    dimse_delivery delivery;
    dimse_error *err = NULL;
    memset(&chain, 0, sizeof chain);
    listener_init(&chain.open);
    listener_init(&chain.echo);
    listener_init(&chain.release);
    chain.open.also = then_echo;
    chain.echo.also = then_release;
    chain.open.data = chain.echo.data = &chain;
    delivery = listener_delivery(&chain.open, NULL);
    CHECK_OK(err, dimse_assoc_open_async(NULL, options, &delivery, &chain.op, &err));
    dimse_assoc_options_free(options);
    CHECK_IS(listener_outcome(&chain.open), DIMSE_OK);
    CHECK_IS(listener_outcome(&chain.echo), DIMSE_OK);
    CHECK_IS(listener_outcome(&chain.release), DIMSE_OK);
    dimse_assoc_free(chain.assoc);
}
