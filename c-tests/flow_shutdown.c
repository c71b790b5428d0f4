/* dimse_runtime_shutdown with work under way: every operation gets its DONE, peers are told in order or at once,
 * nothing new starts, and no thread of the library is left. */
#include "check.h"

#include "desk.h"
#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"
#include "process.h"

static void no_thread_is_left(void);
static void every_operation_gets_its_done(void);
static void events_wait_for_their_dispatch(void);
static void with_time_it_ends_in_order(void);
static void without_time_it_aborts(void);
static void requests_outlive_it(void);
static void nothing_new_starts(void);
static void a_callback_that_does_not_return(void);
static void two_at_once(void);
static void a_blocking_call_is_under_way(void);
static void a_name_is_looked_up(void);

int main(void) {
    no_thread_is_left();
    every_operation_gets_its_done();
    events_wait_for_their_dispatch();
    with_time_it_ends_in_order();
    without_time_it_aborts();
    requests_outlive_it();
    nothing_new_starts();
    a_callback_that_does_not_return();
    two_at_once();
    a_blocking_call_is_under_way();
    a_name_is_looked_up();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    CHECK_SOON(process_threads() == 1);
    return 0;
}

static dimse_op *echo_async(dimse_assoc *assoc, struct listener *listener, dimse_queue *queue) {
    dimse_delivery delivery;
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    listener_init(listener);
    delivery = listener_delivery(listener, queue);
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, &op, &err));
    return op;
}

static void no_thread_is_left(void) {
    int round;
    int descriptors = 0;
    CHECK_SOON(process_threads() == 1);
    for (round = 0; round < 3; round++) {
        struct node node;
        struct listener listener;
        dimse_assoc *assoc;
        node_start(&node, NULL);
        assoc = node_open(node.port);
        dimse_op_free(echo_async(assoc, &listener, NULL));
        CHECK_IS(listener_outcome(&listener), DIMSE_OK);
        CHECK(process_threads() > 1);
        CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
        CHECK_SOON(process_threads() == 1);
        dimse_assoc_free(assoc);
        dimse_server_free(node.server);
        CHECK_SOON(process_threads() == 1);
        if (round == 0) {
            descriptors = process_descriptors();
        }
        CHECK_IS(process_descriptors(), descriptors);
    }
}

static void silent(struct peer *peer, int connection) {
    struct peer_pdu pdu;
    CHECK_IS(peer_read(connection, &pdu), PDU_ASSOCIATE_RQ);
    peer_reach(peer, 1);
    CHECK_IS(peer_read(connection, &pdu), PDU_ABORT);
}

/* While connecting, associating, waiting for a reply, waiting for its turn, releasing; with a callback and without. */
static void every_operation_gets_its_done(void) {
    int full[PEER_FULL_SOCKETS];
    struct peer peer;
    struct node node;
    struct desk desk;
    struct listener listeners[5];
    dimse_delivery delivery;
    dimse_assoc *assoc;
    dimse_op *pulled = NULL;
    dimse_op *op;
    dimse_event event;
    dimse_error *err = NULL;
    int index;
    desk_init(&desk);
    node_start(&node, desk_options(NULL, &desk));
    assoc = node_open(node.port);
    listener_init(&listeners[0]);
    delivery = listener_delivery(&listeners[0], NULL);
    dimse_op_free(node_open_async(peer_full_port(full), &delivery));
    listener_init(&listeners[1]);
    delivery = listener_delivery(&listeners[1], NULL);
    peer_start(&peer, silent, NULL, 1);
    dimse_op_free(node_open_async(peer.port, &delivery));
    op = echo_async(assoc, &listeners[2], NULL);
    dimse_op_free(echo_async(assoc, &listeners[3], NULL));
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, NULL, &pulled, &err));
    listener_init(&listeners[4]);
    delivery = listener_delivery(&listeners[4], NULL);
    CHECK_OK(err, dimse_assoc_release_async(assoc, &delivery, NULL, &err));
    dimse_request_free(desk_take_request(&desk));
    peer_await(&peer, 1);

    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    /* All is over when it returns: nothing needs to be waited for. */
    for (index = 0; index < 5; index++) {
        CHECK_IS(listener_releases(&listeners[index]), 1);
        CHECK_IS(listener_is_done(&listeners[index]), 1);
        CHECK(listeners[index].result < 0 || index == 2);
    }
    CHECK(dimse_op_poll(op) != DIMSE_PENDING);
    event.struct_size = sizeof event;
    CHECK_IS(dimse_op_next(pulled, 0, &event), DIMSE_OK);
    CHECK_IS(event.kind, DIMSE_EVENT_DONE);
    CHECK(event.result < 0);
    CHECK(dimse_error_message(event.error).len > 0);
    dimse_op_free(op);
    dimse_op_free(pulled);
    dimse_assoc_free(assoc);
    peer_join(&peer);
    peer_full_close(full);
    CHECK_IS(desk_releases(&desk), 0);
    dimse_server_free(node.server);
    while (desk_waiting(&desk) > 0) {
        dimse_request_free(desk_take_request(&desk));
    }
    CHECK_IS(desk_releases(&desk), 1);
}

static void events_wait_for_their_dispatch(void) {
    struct node node;
    struct desk desk;
    struct listener listeners[2];
    dimse_assoc *assoc;
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    uint32_t ran = 0;
    desk_init(&desk);
    node_start(&node, desk_options(NULL, &desk));
    assoc = node_open(node.port);
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    dimse_op_free(echo_async(assoc, &listeners[0], queue));
    dimse_op_free(echo_async(assoc, &listeners[1], queue));
    dimse_request_free(desk_take_request(&desk));
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    CHECK_IS(listener_is_done(&listeners[0]) + listener_is_done(&listeners[1]), 0);
    CHECK_IS(dimse_queue_dispatch(queue, 0, UINT32_MAX, &ran), DIMSE_OK);
    CHECK_IS(ran, 2);
    CHECK_IS(listener_releases(&listeners[0]), 1);
    CHECK_IS(listener_releases(&listeners[1]), 1);
    CHECK(listeners[1].result < 0);
    dimse_queue_free(queue);
    dimse_assoc_free(assoc);
    dimse_server_free(node.server);
}

/* What the peer saw last. */
static void remember_the_end(struct peer *peer, int connection) {
    struct peer_request request;
    struct peer_pdu pdu;
    int *last = (int *)peer->data;
    CHECK(peer_accept(connection));
    while ((*last = peer_read_request_or(connection, &request, &pdu)) == PDU_DATA) {
        peer_reach(peer, 1);
        sleep_ms(60);
        CHECK(peer_answer(connection, &request, 0, NULL));
    }
    if (*last == PDU_RELEASE_RQ) {
        peer_release_rp(connection);
    }
}

static void with_time_it_ends_in_order(void) {
    struct peer peer;
    struct listener listener;
    dimse_assoc *assoc;
    uint64_t begun = now_ms();
    int last = -1;
    peer_start(&peer, remember_the_end, &last, 1);
    assoc = node_open(peer.port);
    dimse_op_free(echo_async(assoc, &listener, NULL));
    peer_await(&peer, 1);
    CHECK_IS(dimse_runtime_shutdown(NULL, PATIENCE_MS), DIMSE_OK);
    CHECK(now_ms() - begun < PATIENCE_MS);
    peer_join(&peer);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(last, PDU_RELEASE_RQ);
    CHECK(dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, NULL) < 0);
    dimse_assoc_free(assoc);
}

static void without_time_it_aborts(void) {
    struct peer peer;
    struct listener listener;
    dimse_assoc *assoc;
    uint64_t begun;
    int last = -1;
    peer_start(&peer, remember_the_end, &last, 1);
    assoc = node_open(peer.port);
    dimse_op_free(echo_async(assoc, &listener, NULL));
    peer_await(&peer, 1);
    begun = now_ms();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    CHECK(now_ms() - begun < 5000);
    CHECK_IS(listener_releases(&listener), 1);
    CHECK(listener.result < 0);
    peer_join(&peer);
    CHECK_IS(last, PDU_ABORT);
    dimse_assoc_free(assoc);
}

/* They can be read, answered without anybody hearing it, and freed. */
static void requests_outlive_it(void) {
    struct node nodes[2];
    struct desk desks[2];
    struct listener listener;
    dimse_assoc_request *association;
    dimse_request *request;
    dimse_message message;
    dimse_facts facts;
    dimse_assoc *assoc;
    desk_init(&desks[0]);
    desk_init(&desks[1]);
    node_start(&nodes[0], desk_options(&desks[0], NULL));
    node_start(&nodes[1], desk_options(NULL, &desks[1]));
    dimse_op_free(node_open_async(nodes[0].port, NULL));
    association = desk_take_association(&desks[0]);
    assoc = node_open(nodes[1].port);
    dimse_op_free(echo_async(assoc, &listener, NULL));
    request = desk_take_request(&desks[1]);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    CHECK_SOON(process_threads() == 1);

    message.struct_size = sizeof message;
    facts.struct_size = sizeof facts;
    CHECK_IS(dimse_request_message(request, &message), DIMSE_OK);
    CHECK_TEXT(message.sop_class, VERIFICATION);
    CHECK_IS(dimse_request_is_cancelled(request), 1);
    CHECK_IS(dimse_request_respond(request, 0, NULL, NULL), DIMSE_ANSWERED_ALREADY);
    CHECK_IS(dimse_assoc_request_facts(association, &facts), DIMSE_OK);
    CHECK_TEXT(facts.calling, "DIMSE");
    CHECK_IS(dimse_assoc_request_accept(association, NULL), DIMSE_ANSWERED_ALREADY);
    dimse_request_free(request);
    dimse_assoc_request_free(association);
    dimse_assoc_free(assoc);
    dimse_server_free(nodes[0].server);
    dimse_server_free(nodes[1].server);
    CHECK_IS(desk_releases(&desks[0]), 1);
    CHECK_IS(desk_releases(&desks[1]), 1);
}

/* On a runtime of its own: the default one would come back. */
static void nothing_new_starts(void) {
    struct node node;
    struct listener listener;
    dimse_runtime *runtime = NULL;
    dimse_assoc_options *options;
    dimse_server_options *acceptor = node_options();
    dimse_assoc *assoc = NULL;
    dimse_assoc *none = NULL;
    dimse_server *server = NULL;
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    node_start(&node, NULL);
    CHECK_OK(err, dimse_runtime_new(NULL, &runtime, &err));
    options = node_caller(node.port);
    CHECK_OK(err, dimse_assoc_open(runtime, options, &assoc, &err));
    CHECK_OK(err, dimse_queue_new(runtime, &queue, &err));
    CHECK_IS(dimse_runtime_shutdown(runtime, 0), DIMSE_OK);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "", dimse_assoc_open(runtime, options, &none, &err));
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "", dimse_assoc_open_async(runtime, options, NULL, NULL, &err));
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "", dimse_server_start(runtime, acceptor, &server, &err));
    /* Started on what was there, it ends at once: with its DONE, on the thread of the one who asks. */
    dimse_op_free(echo_async(assoc, &listener, queue));
    CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, UINT32_MAX, NULL), DIMSE_OK);
    CHECK(listener_outcome(&listener) < 0);
    dimse_assoc_free(assoc);
    dimse_assoc_options_free(options);
    dimse_server_options_free(acceptor);
    dimse_queue_free(queue);
    dimse_runtime_free(runtime);
    node_stop(&node);
}

static int32_t wait_for_the_test(struct listener *listener, const dimse_event *event) {
    struct peer *gate = (struct peer *)listener->data;
    (void)event;
    peer_hold(gate, 1);
    return 0;
}

static void close_at_once(struct peer *peer, int connection) {
    (void)peer;
    (void)connection;
}

/* DIMSE_ERR_TIMEOUT, and another call waits again. */
static void a_callback_that_does_not_return(void) {
    struct peer gate;
    struct listener listener;
    dimse_delivery delivery;
    listener_init(&listener);
    listener.also = wait_for_the_test;
    listener.data = &gate;
    delivery = listener_delivery(&listener, NULL);
    peer_start(&gate, close_at_once, NULL, 1);
    dimse_op_free(node_open_async(gate.port, &delivery));
    peer_await(&gate, 1);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_ERR_TIMEOUT);
    CHECK_IS(listener_releases(&listener), 0);
    peer_go_on(&gate);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    CHECK_IS(listener_releases(&listener), 1);
    peer_join(&gate);
}

static void *shut_down(void *data) {
    (void)data;
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return NULL;
}

/* One beside another waits for it. */
static void two_at_once(void) {
    struct node node;
    struct listener listener;
    pthread_t threads[4];
    dimse_assoc *assoc;
    int index;
    node_start(&node, NULL);
    assoc = node_open(node.port);
    dimse_op_free(echo_async(assoc, &listener, NULL));
    for (index = 0; index < 4; index++) {
        CHECK_IS(pthread_create(&threads[index], NULL, shut_down, NULL), 0);
    }
    for (index = 0; index < 4; index++) {
        CHECK_IS(pthread_join(threads[index], NULL), 0);
    }
    CHECK_IS(listener_releases(&listener), 1);
    CHECK_SOON(process_threads() == 1);
    dimse_assoc_free(assoc);
    dimse_server_free(node.server);
}

static void *echo_until_it_fails(void *assoc) {
    CHECK(dimse_assoc_echo((dimse_assoc *)assoc, NULL, NULL, NULL, NULL, NULL) < 0);
    return NULL;
}

static void a_blocking_call_is_under_way(void) {
    struct peer peer;
    pthread_t thread;
    dimse_assoc *assoc;
    uint64_t begun;
    peer_start(&peer, peer_accept_and_be_silent, NULL, 1);
    assoc = node_open(peer.port);
    CHECK_IS(pthread_create(&thread, NULL, echo_until_it_fails, assoc), 0);
    peer_await(&peer, 1);
    begun = now_ms();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    CHECK(now_ms() - begun < 5000);
    CHECK_IS(pthread_join(thread, NULL), 0);
    peer_join(&peer);
    dimse_assoc_free(assoc);
}

/* A look-up cannot be stopped; nobody waits for it. */
static void a_name_is_looked_up(void) {
    dimse_assoc_options *options = NULL;
    dimse_error *err = NULL;
    dimse_op *op = NULL;
    uint64_t begun = now_ms();
    CHECK_OK(err, dimse_assoc_options_new(&options, &err));
    CHECK_OK(err, dimse_assoc_options_set_peer(options, "no-such-host.invalid", 104, &err));
    CHECK_OK(err, dimse_assoc_open_async(NULL, options, NULL, &op, &err));
    dimse_assoc_options_free(options);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    CHECK(now_ms() - begun < 5000);
    CHECK(dimse_op_poll(op) < 0);
    dimse_op_free(op);
    CHECK_SOON(process_threads() == 1);
}
