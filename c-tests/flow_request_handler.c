/* The request handler: answers in the callback, later, in another thread, in a queue, twice or never; requests of one
 * association come in their order, those of others beside them (abi.md rules 15 and 18). */
#include "check.h"

#include "desk.h"
#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

static void in_the_callback(void);
static void later_from_another_thread(void);
static void in_a_queue(void);
static void one_unanswered_stops_nobody(void);
static void a_slow_callback_stops_nobody(void);
static void requests_behind_one_another(void);
static void the_peer_aborts_meanwhile(void);
static void the_server_stops_meanwhile(void);
static void a_queue_that_is_freed(void);

int main(void) {
    in_the_callback();
    later_from_another_thread();
    in_a_queue();
    one_unanswered_stops_nobody();
    a_slow_callback_stops_nobody();
    requests_behind_one_another();
    the_peer_aborts_meanwhile();
    the_server_stops_meanwhile();
    a_queue_that_is_freed();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static uint16_t echo_status(dimse_assoc *assoc) {
    dimse_error *err = NULL;
    uint16_t status = 0xFFFFu;
    CHECK_OK(err, dimse_assoc_echo(assoc, NULL, NULL, NULL, &status, &err));
    return status;
}

/* Every third is answered once, twice, and not at all. */
static void answer(dimse_request *request, void *user_data) {
    switch (__atomic_fetch_add((int *)user_data, 1, __ATOMIC_SEQ_CST) % 3) {
    case 0:
        CHECK_IS(dimse_request_respond(request, 0x0107, NULL, NULL), DIMSE_OK);
        break;
    case 1:
        CHECK_IS(dimse_request_respond(request, 0, NULL, NULL), DIMSE_OK);
        CHECK_IS(dimse_request_respond(request, 0x0122, NULL, NULL), DIMSE_ANSWERED_ALREADY);
        break;
    default:
        break;
    }
    dimse_request_free(request);
}

static void in_the_callback(void) {
    struct node node;
    dimse_server_options *options = node_options();
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    int requests = 0;
    int round;
    CHECK_OK(err, dimse_server_options_set_handler(options, NULL, answer, &requests, NULL, &err));
    node_start(&node, options);
    assoc = node_open(node.port);
    for (round = 0; round < 10; round++) {
        CHECK_IS(echo_status(assoc), 0x0107);
        CHECK_IS(echo_status(assoc), 0);
        CHECK_IS(echo_status(assoc), 0x0110);
    }
    node_release(assoc);
    node_stop(&node);
    CHECK_IS(requests, 30);
}

static void *answer_later(void *desk) {
    int index;
    for (index = 0; index < 5; index++) {
        dimse_request *request = desk_take_request((struct desk *)desk);
        sleep_ms(5);
        CHECK_IS(dimse_request_respond(request, 0, NULL, NULL), DIMSE_OK);
        dimse_request_free(request);
    }
    return NULL;
}

static void later_from_another_thread(void) {
    struct node node;
    struct desk desk;
    pthread_t thread;
    dimse_assoc *assoc;
    int index;
    desk_init(&desk);
    node_start(&node, desk_options(NULL, &desk));
    CHECK_IS(pthread_create(&thread, NULL, answer_later, &desk), 0);
    assoc = node_open(node.port);
    for (index = 0; index < 5; index++) {
        CHECK_IS(echo_status(assoc), 0);
    }
    CHECK_IS(pthread_join(thread, NULL), 0);
    node_release(assoc);
    node_stop(&node);
    CHECK_SOON(desk_releases(&desk) == 1);
}

static dimse_op *echo_async(dimse_assoc *assoc, struct listener *listener) {
    dimse_delivery delivery;
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    listener_init(listener);
    delivery = listener_delivery(listener, NULL);
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, &op, &err));
    return op;
}

static void in_a_queue(void) {
    struct node node;
    struct listener listener;
    dimse_server_options *options = node_options();
    dimse_assoc *assoc;
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    uint32_t ran = 0;
    int requests = 0;
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    CHECK_OK(err, dimse_server_options_set_handler(options, queue, answer, &requests, NULL, &err));
    node_start(&node, options);
    assoc = node_open(node.port);
    dimse_op_free(echo_async(assoc, &listener));
    sleep_ms(30);
    CHECK_IS(requests, 0);
    CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, UINT32_MAX, &ran), DIMSE_OK);
    CHECK_IS(ran, 1);
    CHECK_IS(requests, 1);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0x0107);
    node_release(assoc);
    node_stop(&node);
    dimse_queue_free(queue);
}

static void keep_the_first(dimse_request *request, void *data) {
    struct desk *desk = (struct desk *)data;
    dimse_message message;
    message.struct_size = sizeof message;
    CHECK_IS(dimse_request_message(request, &message), DIMSE_OK);
    if (strcmp(message.calling.data, "FIRST") == 0) {
        desk_request(request, desk);
    } else {
        CHECK_IS(dimse_request_respond(request, 0, NULL, NULL), DIMSE_OK);
        dimse_request_free(request);
    }
}

static dimse_assoc *open_as_first(uint16_t port) {
    dimse_assoc_options *options = node_caller(port);
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_options_set_ae_titles(options, "FIRST", NULL, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    dimse_assoc_options_free(options);
    return assoc;
}

static void one_unanswered_stops_nobody(void) {
    struct node node;
    struct desk desk;
    struct listener listener;
    dimse_server_options *options = node_options();
    dimse_request *request;
    dimse_assoc *first;
    dimse_assoc *other;
    dimse_error *err = NULL;
    int index;
    desk_init(&desk);
    CHECK_OK(err, dimse_server_options_set_handler(options, NULL, keep_the_first, &desk, desk_release, &err));
    node_start(&node, options);
    first = open_as_first(node.port);
    dimse_op_free(echo_async(first, &listener));
    request = desk_take_request(&desk);
    other = node_open(node.port);
    for (index = 0; index < 10; index++) {
        node_echo(other);
    }
    node_release(other);
    CHECK_IS(listener_is_done(&listener), 0);
    CHECK_OK(err, dimse_request_respond(request, 0, NULL, &err));
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    node_release(first);
    node_stop(&node);
    CHECK_SOON(desk_releases(&desk) == 1);
}

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int is_inside;
    int is_open;
};

static void wait_at_the_gate(dimse_request *request, void *data) {
    struct gate *gate = (struct gate *)data;
    dimse_message message;
    message.struct_size = sizeof message;
    CHECK_IS(dimse_request_message(request, &message), DIMSE_OK);
    if (strcmp(message.calling.data, "FIRST") == 0) {
        pthread_mutex_lock(&gate->lock);
        gate->is_inside = 1;
        pthread_cond_broadcast(&gate->changed);
        while (!gate->is_open) {
            pthread_cond_wait(&gate->changed, &gate->lock);
        }
        pthread_mutex_unlock(&gate->lock);
    }
    CHECK_IS(dimse_request_respond(request, 0, NULL, NULL), DIMSE_OK);
    dimse_request_free(request);
}

/* A callback that itself takes long: there are other threads. */
static void a_slow_callback_stops_nobody(void) {
    struct node node;
    struct gate gate;
    struct listener listener;
    dimse_server_options *options = node_options();
    dimse_assoc *first;
    dimse_assoc *other;
    dimse_error *err = NULL;
    int index;
    memset(&gate, 0, sizeof gate);
    CHECK_IS(pthread_mutex_init(&gate.lock, NULL), 0);
    CHECK_IS(pthread_cond_init(&gate.changed, NULL), 0);
    CHECK_OK(err, dimse_server_options_set_handler(options, NULL, wait_at_the_gate, &gate, NULL, &err));
    node_start(&node, options);
    first = open_as_first(node.port);
    dimse_op_free(echo_async(first, &listener));
    pthread_mutex_lock(&gate.lock);
    while (!gate.is_inside) {
        pthread_cond_wait(&gate.changed, &gate.lock);
    }
    pthread_mutex_unlock(&gate.lock);
    other = node_open(node.port);
    for (index = 0; index < 10; index++) {
        uint64_t begun = now_ms();
        node_echo(other);
        CHECK(now_ms() - begun < 1000);
    }
    CHECK_IS(listener_is_done(&listener), 0);
    pthread_mutex_lock(&gate.lock);
    gate.is_open = 1;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    node_release(first);
    node_release(other);
    node_stop(&node);
}

/* A peer that does not wait for answers: each comes in its order, with its own message id. */
static void requests_behind_one_another(void) {
    struct node node;
    struct desk desk;
    struct peer_pdu pdu;
    int connection;
    int index;
    desk_init(&desk);
    node_start(&node, desk_options(NULL, &desk));
    connection = peer_connect(node.port);
    CHECK_IS(peer_associate(connection), PDU_ASSOCIATE_AC);
    for (index = 1; index <= 4; index++) {
        CHECK(peer_echo(connection, (uint16_t)(100 + index)));
    }
    for (index = 1; index <= 4; index++) {
        dimse_request *request = desk_take_request(&desk);
        dimse_message message;
        message.struct_size = sizeof message;
        CHECK_IS(dimse_request_message(request, &message), DIMSE_OK);
        CHECK_IS(message.message_id, 100 + index);
        /* No window was negotiated: the next one waits. */
        CHECK_IS(desk_waiting(&desk), 0);
        CHECK_IS(dimse_request_respond(request, (uint32_t)index, NULL, NULL), DIMSE_OK);
        dimse_request_free(request);
        CHECK_IS(peer_read(connection, &pdu), PDU_DATA);
        CHECK_IS(peer_status(&pdu), index);
    }
    peer_close(connection);
    CHECK_EMPTY(&node);
    node_stop(&node);
    CHECK_SOON(desk_releases(&desk) == 1);
}

static void the_peer_aborts_meanwhile(void) {
    struct node node;
    struct desk desk;
    dimse_request *request;
    int connection;
    desk_init(&desk);
    node_start(&node, desk_options(NULL, &desk));
    connection = peer_connect(node.port);
    CHECK_IS(peer_associate(connection), PDU_ASSOCIATE_AC);
    CHECK(peer_echo(connection, 1));
    request = desk_take_request(&desk);
    CHECK_IS(dimse_request_is_cancelled(request), 0);
    CHECK(peer_abort(connection, 0, 0));
    CHECK_SOON(dimse_request_is_cancelled(request) == 1);
    peer_close(connection);
    dimse_request_free(request);
    CHECK_EMPTY(&node);
    CHECK_IS(node_counters(&node).aborted_total, 1);
    node_stop(&node);
    CHECK_SOON(desk_releases(&desk) == 1);
}

static void the_server_stops_meanwhile(void) {
    struct node node;
    struct desk desk;
    struct listener listener;
    dimse_request *request;
    dimse_assoc *assoc;
    desk_init(&desk);
    node_start(&node, desk_options(NULL, &desk));
    assoc = node_open(node.port);
    dimse_op_free(echo_async(assoc, &listener));
    request = desk_take_request(&desk);
    node_stop(&node);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_ABORTED);
    CHECK_IS(dimse_request_is_cancelled(request), 1);
    CHECK_IS(dimse_request_respond(request, 0, NULL, NULL), DIMSE_ANSWERED_ALREADY);
    dimse_request_free(request);
    dimse_assoc_free(assoc);
    CHECK_SOON(desk_releases(&desk) == 1);
}

/* Requests that wait in it, and those that come later, are answered as failed. */
static void a_queue_that_is_freed(void) {
    struct node node;
    struct listener listener;
    dimse_server_options *options = node_options();
    dimse_assoc *assoc;
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    int requests = 0;
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    CHECK_OK(err, dimse_server_options_set_handler(options, queue, answer, &requests, NULL, &err));
    node_start(&node, options);
    assoc = node_open(node.port);
    dimse_op_free(echo_async(assoc, &listener));
    CHECK_SOON(node_counters(&node).requests_total == 1);
    sleep_ms(20);
    dimse_queue_free(queue);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0x0110);
    CHECK_IS(echo_status(assoc), 0x0110);
    CHECK_IS(requests, 0);
    node_release(assoc);
    node_stop(&node);
}
