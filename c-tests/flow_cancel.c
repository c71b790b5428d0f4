/* Cancelling at each step: DONE comes at once with DIMSE_ERR_CANCELLED and the phase, and the peer sees what it must.
 */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

static void while_connecting(void);
static void while_associating(void);
static void while_waiting_for_a_reply(void);
static void while_waiting_for_its_turn(void);
static void while_releasing(void);
static void in_a_callback(void);
static void from_another_thread_than_the_blocking_one(void);
static void aborting_while_waiting(void);

int main(void) {
    while_connecting();
    while_associating();
    while_waiting_for_a_reply();
    while_waiting_for_its_turn();
    while_releasing();
    in_a_callback();
    from_another_thread_than_the_blocking_one();
    aborting_while_waiting();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

/* Cancels, and checks that DONE comes soon, once, and says in which phase it was. */
static void cancel(dimse_op *op, struct listener *listener, uint32_t phase) {
    uint64_t begun = now_ms();
    CHECK_IS(dimse_op_poll(op), DIMSE_PENDING);
    CHECK_IS(dimse_op_cancel(op), DIMSE_OK);
    CHECK_IS(listener_outcome(listener), DIMSE_ERR_CANCELLED);
    CHECK(now_ms() - begun < 1000);
    CHECK_IS(dimse_op_poll(op), DIMSE_ERR_CANCELLED);
    CHECK_IS(listener->phase, phase);
    CHECK_IS(listener->status, DIMSE_NO_STATUS);
    CHECK(strstr(listener->message, "cancelled") != NULL);
    dimse_op_free(op);
}

static void while_connecting(void) {
    int full[PEER_FULL_SOCKETS];
    struct listener listener;
    dimse_delivery delivery;
    dimse_op *op;
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    op = node_open_async(peer_full_port(full), &delivery);
    sleep_ms(20);
    cancel(op, &listener, DIMSE_PHASE_CONNECT);
    peer_full_close(full);
}

/* Steps of the scripts. */
enum { ASKED = 1, REQUESTED, RELEASING, ENDED };

static void take_the_request_alone(struct peer *peer, int connection) {
    struct peer_pdu pdu;
    CHECK_IS(peer_read(connection, &pdu), PDU_ASSOCIATE_RQ);
    peer_reach(peer, ASKED);
    CHECK_IS(peer_read(connection, &pdu), PDU_ABORT);
    CHECK(pdu.bytes[2] == 0); /* by the service user */
}

static void while_associating(void) {
    struct peer peer;
    struct listener listener;
    dimse_delivery delivery;
    dimse_op *op;
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    peer_start(&peer, take_the_request_alone, NULL, 1);
    op = node_open_async(peer.port, &delivery);
    peer_await(&peer, ASKED);
    cancel(op, &listener, DIMSE_PHASE_ASSOCIATE);
    peer_join(&peer);
}

/* Answers the first request when it may, and each one after it. */
static void answer_late(struct peer *peer, int connection) {
    struct peer_request request;
    struct peer_pdu pdu;
    int *requests = (int *)peer->data;
    CHECK(peer_accept(connection));
    CHECK(peer_read_request(connection, &request));
    *requests = 1;
    peer_hold(peer, REQUESTED);
    CHECK(peer_answer(connection, &request, 0, NULL));
    while (peer_read_request_or(connection, &request, &pdu) == PDU_DATA) {
        ++*requests;
        CHECK(peer_answer(connection, &request, 0, NULL));
    }
    peer_release_rp(connection);
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

/* C-ECHO has no C-CANCEL: the answer that still comes is dropped, and the association goes on. */
static void while_waiting_for_a_reply(void) {
    struct peer peer;
    struct listener listener;
    dimse_assoc *assoc;
    dimse_op *op;
    int requests = 0;
    peer_start(&peer, answer_late, &requests, 1);
    assoc = node_open(peer.port);
    op = echo_async(assoc, &listener);
    peer_await(&peer, REQUESTED);
    cancel(op, &listener, DIMSE_PHASE_REPLY);
    peer_go_on(&peer);
    node_echo(assoc);
    node_release(assoc);
    peer_join(&peer);
    CHECK_IS(requests, 2);
}

/* It was never sent. */
static void while_waiting_for_its_turn(void) {
    struct peer peer;
    struct listener first;
    struct listener second;
    struct listener third;
    dimse_assoc *assoc;
    dimse_op *ops[3];
    int requests = 0;
    peer_start(&peer, answer_late, &requests, 1);
    assoc = node_open(peer.port);
    ops[0] = echo_async(assoc, &first);
    ops[1] = echo_async(assoc, &second);
    ops[2] = echo_async(assoc, &third);
    peer_await(&peer, REQUESTED);
    cancel(ops[1], &second, DIMSE_PHASE_QUEUED);
    CHECK_IS(second.message_id, 0);
    CHECK_IS(listener_is_done(&first), 0);
    peer_go_on(&peer);
    CHECK_IS(listener_outcome(&first), DIMSE_OK);
    CHECK_IS(listener_outcome(&third), DIMSE_OK);
    node_release(assoc);
    peer_join(&peer);
    CHECK_IS(requests, 2);
    dimse_op_free(ops[0]);
    dimse_op_free(ops[2]);
}

static void never_release(struct peer *peer, int connection) {
    struct peer_pdu pdu;
    CHECK(peer_accept(connection));
    CHECK_IS(peer_read(connection, &pdu), PDU_RELEASE_RQ);
    peer_reach(peer, RELEASING);
    CHECK_IS(peer_read(connection, &pdu), PDU_ABORT);
}

/* Half of a release cannot be kept: it ends in A-ABORT. */
static void while_releasing(void) {
    struct peer peer;
    struct listener listener;
    dimse_delivery delivery;
    dimse_assoc *assoc;
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    peer_start(&peer, never_release, NULL, 1);
    assoc = node_open(peer.port);
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    CHECK_OK(err, dimse_assoc_release_async(assoc, &delivery, &op, &err));
    peer_await(&peer, RELEASING);
    cancel(op, &listener, DIMSE_PHASE_RELEASE);
    peer_join(&peer);
    dimse_assoc_free(assoc);
}

static int32_t cancel_the_other(struct listener *listener, const dimse_event *event) {
    (void)event;
    CHECK_IS(dimse_op_cancel(*(dimse_op **)listener->data), DIMSE_OK);
    return 0;
}

/* The callback of one cancels the other, which waits for its answer. */
static void in_a_callback(void) {
    struct peer silent;
    struct peer talking;
    struct listener waiting;
    struct listener quick;
    dimse_delivery delivery;
    dimse_op *op;
    listener_init(&waiting);
    listener_init(&quick);
    peer_start(&silent, take_the_request_alone, NULL, 1);
    delivery = listener_delivery(&waiting, NULL);
    op = node_open_async(silent.port, &delivery);
    peer_await(&silent, ASKED);

    quick.also = cancel_the_other;
    quick.data = &op;
    peer_start(&talking, peer_well_behaved, NULL, 1);
    delivery = listener_delivery(&quick, NULL);
    dimse_op_free(node_open_async(talking.port, &delivery));
    CHECK_IS(listener_outcome(&quick), DIMSE_OK);
    CHECK_IS(listener_outcome(&waiting), DIMSE_ERR_CANCELLED);
    dimse_op_free(op);
    peer_join(&silent);
    peer_join(&talking);
}

static void hold_the_answer(struct peer *peer, int connection) {
    struct peer_request request;
    struct peer_pdu pdu;
    CHECK(peer_accept(connection));
    CHECK(peer_read_request(connection, &request));
    peer_reach(peer, REQUESTED);
    CHECK_IS(peer_read(connection, &pdu), PDU_ABORT);
    peer_reach(peer, ENDED);
}

static void *echo_until_it_fails(void *assoc) {
    dimse_error *err = NULL;
    CHECK_IS(dimse_assoc_echo((dimse_assoc *)assoc, NULL, NULL, NULL, NULL, &err), DIMSE_ERR_CANCELLED);
    CHECK_IS(dimse_error_result(err), DIMSE_ERR_CANCELLED);
    dimse_error_free(err);
    return NULL;
}

/* A blocking call has no operation to cancel; aborting or freeing the association ends it. */
static void from_another_thread_than_the_blocking_one(void) {
    int frees;
    for (frees = 0; frees < 2; frees++) {
        struct peer peer;
        dimse_assoc *assoc;
        pthread_t thread;
        uint64_t begun;
        peer_start(&peer, hold_the_answer, NULL, 1);
        assoc = node_open(peer.port);
        CHECK_IS(pthread_create(&thread, NULL, echo_until_it_fails, assoc), 0);
        peer_await(&peer, REQUESTED);
        begun = now_ms();
        if (frees) {
            dimse_assoc_free(assoc);
        } else {
            CHECK_IS(dimse_assoc_abort(assoc), DIMSE_OK);
        }
        CHECK_IS(pthread_join(thread, NULL), 0);
        CHECK(now_ms() - begun < 1000);
        peer_join(&peer);
        dimse_assoc_free(assoc);
    }
}

static void aborting_while_waiting(void) {
    struct peer peer;
    struct listener waiting;
    struct listener queued;
    dimse_assoc *assoc;
    dimse_op *ops[2];
    peer_start(&peer, hold_the_answer, NULL, 1);
    assoc = node_open(peer.port);
    ops[0] = echo_async(assoc, &waiting);
    ops[1] = echo_async(assoc, &queued);
    peer_await(&peer, REQUESTED);
    CHECK_IS(dimse_assoc_abort(assoc), DIMSE_OK);
    CHECK_IS(listener_outcome(&waiting), DIMSE_ERR_CANCELLED);
    CHECK_IS(listener_outcome(&queued), DIMSE_ERR_CANCELLED);
    peer_await(&peer, ENDED);
    peer_join(&peer);
    dimse_op_free(ops[0]);
    dimse_op_free(ops[1]);
    dimse_assoc_free(assoc);
}
