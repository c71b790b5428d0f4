/* ctest-timeout: 120
 * What fails leaves nothing behind either: rejected associations, refused connections, aborts, requests that nobody
 * answers, cancelled operations, handles that are made and freed. */
#include "check.h"

#include "desk.h"
#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"
#include "process.h"

/* They start when they are needed; there are never more than that, or one for each core. */
enum { CALLBACK_THREADS = 64 };

static struct node rejecting;
static struct node answering;
static struct desk desk;
static uint16_t closed_port;

static void everything(int number);

int main(void) {
    dimse_server_options *options = node_options();
    dimse_error *err = NULL;
    int descriptors;
    int threads;
    long memory;
    int round;
    CHECK_OK(err, dimse_server_options_add_ae_title(options, "NOBODY_CALLS_IT", &err));
    node_start(&rejecting, options);
    desk_init(&desk);
    node_start(&answering, desk_options(NULL, &desk));
    closed_port = peer_closed_port();

    everything(count(50, 200));
    descriptors = process_descriptors();
    threads = process_threads();
    memory = process_memory_kib();
    for (round = 0; round < 3; round++) {
        everything(count(50, 1000));
        CHECK_EMPTY(&rejecting);
        CHECK_EMPTY(&answering);
        CHECK_SOON(process_descriptors() <= descriptors);
        CHECK(process_threads() <= threads + CALLBACK_THREADS);
    }
    CHECK(process_memory_kib() < memory + 1024);
    CHECK_IS(node_counters(&answering).panics_total, 0);
    node_stop(&rejecting);
    node_stop(&answering);
    CHECK_SOON(desk_releases(&desk) == 1);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    CHECK_SOON(process_threads() == 1);
    return 0;
}

static void fails(uint16_t port, dimse_result expected, int is_async) {
    dimse_assoc_options *options = node_caller(port);
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    if (is_async) {
        dimse_op *op = NULL;
        CHECK_OK(err, dimse_assoc_open_async(NULL, options, NULL, &op, &err));
        CHECK_IS(dimse_op_wait(op, PATIENCE_MS, &err), expected);
        dimse_op_free(op);
    } else {
        CHECK_IS(dimse_assoc_open(NULL, options, &assoc, &err), expected);
    }
    CHECK(assoc == NULL && dimse_error_message(err).len > 0);
    dimse_error_free(err);
    dimse_assoc_options_free(options);
}

static void cancelled_and_unanswered(int turn) {
    struct listener listener;
    dimse_delivery delivery;
    dimse_assoc *assoc = node_open(answering.port);
    dimse_request *request;
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, &op, &err));
    request = desk_take_request(&desk);
    if (turn % 2 == 0) {
        CHECK_IS(dimse_op_cancel(op), DIMSE_OK);
        CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CANCELLED);
        dimse_request_free(request);
        node_release(assoc);
    } else {
        dimse_assoc_free(assoc);
        CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CANCELLED);
        dimse_request_free(request);
    }
    dimse_op_free(op);
}

static void a_peer_that_goes(int turn) {
    int connection = peer_connect(turn % 2 == 0 ? answering.port : rejecting.port);
    if (turn % 4 == 0) {
        CHECK_IS(peer_associate(connection), PDU_ASSOCIATE_AC);
    }
    if (turn % 3 == 0) {
        peer_reset(connection);
    }
    peer_close(connection);
}

static void handles_alone(void) {
    dimse_queue *queue = NULL;
    dimse_echo_options *echo = NULL;
    dimse_runtime_options *runtime = NULL;
    int32_t descriptor = -1;
    CHECK_IS(dimse_queue_new(NULL, &queue, NULL), DIMSE_OK);
    CHECK_IS(dimse_queue_fd(queue, &descriptor, NULL), DIMSE_OK);
    CHECK_IS(dimse_echo_options_new(&echo, NULL), DIMSE_OK);
    CHECK_IS(dimse_runtime_options_new(&runtime, NULL), DIMSE_OK);
    dimse_queue_free(queue);
    dimse_echo_options_free(echo);
    dimse_runtime_options_free(runtime);
}

static void everything(int number) {
    int turn;
    for (turn = 0; turn < number; turn++) {
        fails(rejecting.port, DIMSE_ERR_REJECTED, turn % 2);
        fails(closed_port, DIMSE_ERR_CONNECT, turn % 2);
        cancelled_and_unanswered(turn);
        a_peer_that_goes(turn);
        handles_alone();
    }
}
