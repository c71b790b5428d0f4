/* release(user_data) runs exactly once, after the last call, never beside it, also when starting fails (abi.md rule
 * 13): for every export that starts something, with and without a queue, however it ends. */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

/* Each try has a listener of its own: all are looked at again at the end, when no thread of the library is left. */
enum { MOST = 128 };
static struct listener listeners[MOST];
static int used;

enum start { OPEN, ECHO, RELEASE, STOP, STARTS };

/* What the operations are started on. */
struct ground {
    struct node node;
    dimse_assoc *assoc;
    dimse_assoc_options *options;
};

static void it_works(dimse_queue *queue);
static void it_fails_later(dimse_queue *queue);
static void it_does_not_start(dimse_queue *queue);
static void its_queue_is_freed(void);
static void it_is_freed(dimse_queue *queue);
static void everything_is_shut_down(dimse_queue *queue);

int main(void) {
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    int index;
    it_works(NULL);
    it_fails_later(NULL);
    it_does_not_start(NULL);
    it_is_freed(NULL);
    everything_is_shut_down(NULL);

    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    it_works(queue);
    it_fails_later(queue);
    it_does_not_start(queue);
    it_is_freed(queue);
    its_queue_is_freed();
    everything_is_shut_down(queue);
    dimse_queue_free(queue);

    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    for (index = 0; index < used; index++) {
        CHECK_IS(listeners[index].released, 1);
        CHECK_IS(listeners[index].broken_promises, 0);
        CHECK(listeners[index].done <= 1 && listeners[index].events == listeners[index].done);
    }
    return 0;
}

static struct listener *another(void) {
    CHECK(used < MOST);
    listener_init(&listeners[used]);
    return &listeners[used++];
}

static void ground_begin(struct ground *ground) {
    node_start(&ground->node, NULL);
    ground->assoc = node_open(ground->node.port);
    ground->options = node_caller(ground->node.port);
}

static void ground_end(struct ground *ground) {
    dimse_assoc_options_free(ground->options);
    dimse_assoc_free(ground->assoc);
    dimse_server_free(ground->node.server);
}

static dimse_result begin(enum start start, struct ground *ground, struct listener *listener, dimse_queue *queue,
    dimse_op **op, dimse_error **err) {
    dimse_delivery delivery = listener_delivery(listener, queue);
    switch (start) {
    case OPEN:
        return dimse_assoc_open_async(NULL, ground->options, &delivery, op, err);
    case ECHO:
        return dimse_assoc_echo_async(ground->assoc, NULL, &delivery, op, err);
    case RELEASE:
        return dimse_assoc_release_async(ground->assoc, &delivery, op, err);
    case STOP:
        return dimse_server_stop_async(ground->node.server, 0, &delivery, op, err);
    case STARTS:
        break;
    }
    return DIMSE_ERR_INVALID_ARGUMENT;
}

/* Dispatches where there is a queue, and waits for the release. */
static dimse_result outcome(struct listener *listener, dimse_queue *queue) {
    while (queue != NULL && listener_releases(listener) == 0) {
        uint32_t ran = 0;
        CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, 1, &ran), DIMSE_OK);
        CHECK_IS(ran, 1);
    }
    return listener_outcome(listener);
}

static void it_works(dimse_queue *queue) {
    struct ground ground;
    int start;
    ground_begin(&ground);
    for (start = OPEN; start < STARTS; start++) {
        struct listener *listener = another();
        dimse_op *op = NULL;
        dimse_error *err = NULL;
        CHECK_OK(err, begin((enum start)start, &ground, listener, queue, &op, &err));
        CHECK_IS(outcome(listener, queue), DIMSE_OK);
        dimse_op_free(op);
    }
    ground_end(&ground);
}

static void it_fails_later(dimse_queue *queue) {
    struct ground ground;
    int start;
    ground_begin(&ground);
    dimse_assoc_options_free(ground.options);
    ground.options = node_caller(peer_closed_port());
    CHECK_IS(dimse_assoc_abort(ground.assoc), DIMSE_OK);
    for (start = OPEN; start <= RELEASE; start++) {
        struct listener *listener = another();
        dimse_op *op = NULL;
        dimse_error *err = NULL;
        CHECK_OK(err, begin((enum start)start, &ground, listener, queue, &op, &err));
        CHECK(outcome(listener, queue) < 0);
        dimse_op_free(op);
    }
    ground_end(&ground);
}

/* The release comes before the call returns, and no event does. */
static void it_does_not_start(dimse_queue *queue) {
    struct ground ground;
    struct listener *listener;
    dimse_delivery delivery;
    dimse_assoc_options *no_peer = NULL;
    dimse_runtime *over = NULL;
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    int start;
    ground_begin(&ground);
    CHECK_OK(err, dimse_assoc_options_new(&no_peer, &err));
    CHECK_OK(err, dimse_runtime_new(NULL, &over, &err));
    CHECK_IS(dimse_runtime_shutdown(over, 0), DIMSE_OK);

    listener = another();
    delivery = listener_delivery(listener, queue);
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "peer", dimse_assoc_open_async(NULL, no_peer, &delivery, &op, &err));
    CHECK_IS(listener_releases(listener), 1);
    listener = another();
    delivery = listener_delivery(listener, queue);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "", dimse_assoc_open_async(over, ground.options, &delivery, &op, &err));
    CHECK_IS(listener_releases(listener), 1);

    /* Nobody to call; no such thing. */
    for (start = OPEN; start < STARTS; start++) {
        struct ground none;
        memset(&none, 0, sizeof none);
        listener = another();
        CHECK_REFUSED(
            err, DIMSE_ERR_INVALID_HANDLE, "NULL", begin((enum start)start, &none, listener, queue, &op, &err));
        CHECK_IS(listener_releases(listener), 1);
    }
    listener = another();
    delivery = listener_delivery(listener, queue);
    delivery.on_event = NULL;
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "on_event",
        dimse_assoc_echo_async(ground.assoc, NULL, &delivery, &op, &err));
    CHECK_IS(listener_releases(listener), 1);
    CHECK(op == NULL);
    node_echo(ground.assoc);
    dimse_assoc_options_free(no_peer);
    dimse_runtime_free(over);
    ground_end(&ground);
}

static void it_is_freed(dimse_queue *queue) {
    struct ground ground;
    struct listener *all[STARTS];
    int start;
    ground_begin(&ground);
    for (start = OPEN; start < STARTS; start++) {
        dimse_op *op = NULL;
        dimse_error *err = NULL;
        all[start] = another();
        CHECK_OK(err, begin((enum start)start, &ground, all[start], queue, &op, &err));
        dimse_op_free(op);
    }
    ground_end(&ground);
    for (start = OPEN; start < STARTS; start++) {
        outcome(all[start], queue);
    }
}

/* Before and after the events came. */
static void its_queue_is_freed(void) {
    int waits;
    for (waits = 0; waits < 2; waits++) {
        struct ground ground;
        struct listener *all[STARTS];
        dimse_queue *queue = NULL;
        dimse_error *err = NULL;
        int start;
        ground_begin(&ground);
        CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
        for (start = OPEN; start < STARTS; start++) {
            dimse_op *op = NULL;
            all[start] = another();
            CHECK_OK(err, begin((enum start)start, &ground, all[start], queue, &op, &err));
            if (waits) {
                CHECK(dimse_op_wait(op, PATIENCE_MS, NULL) != DIMSE_PENDING);
            }
            dimse_op_free(op);
        }
        dimse_queue_free(queue);
        for (start = OPEN; start < STARTS; start++) {
            listener_unused(all[start]);
        }
        ground_end(&ground);
    }
}

/* What waits in a queue can still be dispatched afterwards. */
static void everything_is_shut_down(dimse_queue *queue) {
    struct ground ground;
    struct listener *all[STARTS];
    dimse_error *err = NULL;
    int start;
    ground_begin(&ground);
    for (start = OPEN; start < STARTS; start++) {
        all[start] = another();
        CHECK_OK(err, begin((enum start)start, &ground, all[start], queue, NULL, &err));
    }
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    for (start = OPEN; start < STARTS; start++) {
        outcome(all[start], queue);
    }
    ground_end(&ground);
}
