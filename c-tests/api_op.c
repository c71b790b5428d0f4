/* dimse_op: an operation is polled, waited for, read and cancelled, and always has one outcome. */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

static void poll_and_wait(uint16_t port);
static void an_operation_that_fails(void);
static void next_reads_the_events(uint16_t port);
static void next_of_a_failure(void);
static void next_knows_the_size_of_the_caller(uint16_t port);
static void cancel_twice_and_late(void);
static void taking_the_association(uint16_t port);

int main(void) {
    struct node node;
    node_start(&node, NULL);
    poll_and_wait(node.port);
    an_operation_that_fails();
    next_reads_the_events(node.port);
    next_of_a_failure();
    next_knows_the_size_of_the_caller(node.port);
    cancel_twice_and_late();
    taking_the_association(node.port);
    node_stop(&node);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static dimse_event empty_event(void) {
    dimse_event event;
    memset(&event, 0, sizeof event);
    event.struct_size = sizeof event;
    return event;
}

static void silent_until_told(struct peer *peer, int connection) {
    struct peer_pdu pdu;
    peer_read(connection, &pdu);
    peer_hold(peer, 1);
}

/* Starts to open an association to a peer that does not answer. */
static dimse_op *an_open_that_waits(struct peer *peer, const dimse_delivery *delivery) {
    dimse_op *op;
    peer_start(peer, silent_until_told, NULL, 1);
    op = node_open_async(peer->port, delivery);
    peer_await(peer, 1);
    return op;
}

static void poll_and_wait(uint16_t port) {
    struct peer peer;
    dimse_error *err = NULL;
    dimse_op *op = an_open_that_waits(&peer, NULL);
    uint64_t begun = now_ms();
    CHECK_IS(dimse_op_poll(op), DIMSE_PENDING);
    CHECK_IS(dimse_op_wait(op, 0, &err), DIMSE_PENDING);
    CHECK_IS(dimse_op_wait(op, 20, &err), DIMSE_PENDING);
    CHECK(err == NULL);
    CHECK(now_ms() - begun >= 19);
    dimse_op_cancel(op);
    CHECK_IS(dimse_op_wait(op, DIMSE_NO_LIMIT, &err), DIMSE_ERR_CANCELLED);
    CHECK_IS(dimse_error_result(err), DIMSE_ERR_CANCELLED);
    dimse_error_free(err);
    dimse_op_free(op);
    peer_go_on(&peer);
    peer_join(&peer);

    err = NULL;
    op = node_open_async(port, NULL);
    CHECK_OK(err, dimse_op_wait(op, DIMSE_NO_LIMIT, &err));
    CHECK_OK(err, dimse_op_wait(op, 0, &err));
    CHECK_IS(dimse_op_poll(op), DIMSE_OK);
    dimse_op_free(op);
}

static void an_operation_that_fails(void) {
    dimse_op *op = node_open_async(peer_closed_port(), NULL);
    dimse_error *one = NULL;
    dimse_error *other = NULL;
    CHECK_IS(dimse_op_wait(op, DIMSE_NO_LIMIT, &one), DIMSE_ERR_CONNECT);
    CHECK_IS(dimse_op_poll(op), DIMSE_ERR_CONNECT);
    /* Each who waits gets a record of its own; nobody needs to want it. */
    CHECK_IS(dimse_op_wait(op, 0, &other), DIMSE_ERR_CONNECT);
    CHECK_IS(dimse_op_wait(op, 0, NULL), DIMSE_ERR_CONNECT);
    CHECK(one != other);
    dimse_op_free(op);
    CHECK_TEXT(dimse_error_message(one), dimse_error_message(other).data);
    dimse_error_free(one);
    CHECK(dimse_error_message(other).len > 0);
    dimse_error_free(other);
}

static void next_reads_the_events(uint16_t port) {
    struct peer peer;
    struct listener listener;
    dimse_delivery delivery;
    dimse_event event = empty_event();
    dimse_op *op = an_open_that_waits(&peer, NULL);
    CHECK_IS(dimse_op_next(op, 0, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_op_next(op, 0, &event), DIMSE_PENDING);
    CHECK_IS(dimse_op_next(op, 10, &event), DIMSE_PENDING);
    CHECK_IS(event.kind, 0);
    dimse_op_cancel(op);
    peer_go_on(&peer);
    peer_join(&peer);
    CHECK_IS(dimse_op_next(op, DIMSE_NO_LIMIT, &event), DIMSE_OK);
    CHECK_IS(event.kind, DIMSE_EVENT_DONE);
    CHECK_IS(event.result, DIMSE_ERR_CANCELLED);
    dimse_op_free(op);

    event = empty_event();
    op = node_open_async(port, NULL);
    CHECK_IS(dimse_op_next(op, DIMSE_NO_LIMIT, &event), DIMSE_OK);
    CHECK_IS(event.struct_size, sizeof event);
    CHECK_IS(event.kind, DIMSE_EVENT_DONE);
    CHECK_IS(event.result, DIMSE_OK);
    CHECK_IS(event.phase, DIMSE_PHASE_NONE);
    CHECK_IS(event.status, DIMSE_NO_STATUS);
    CHECK_IS(event.attempts, 1);
    CHECK(event.error == NULL);
    CHECK_TEXT(event.comment, "");
    /* After DONE there is nothing, and nobody waits for it. */
    CHECK_IS(dimse_op_next(op, DIMSE_NO_LIMIT, &event), DIMSE_ERR_STATE);
    dimse_op_free(op);

    /* Events that go to a callback are not read. */
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    op = node_open_async(port, &delivery);
    CHECK_IS(dimse_op_next(op, 0, &event), DIMSE_ERR_STATE);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    dimse_op_free(op);
}

static void next_of_a_failure(void) {
    dimse_op *op = node_open_async(peer_closed_port(), NULL);
    dimse_event event = empty_event();
    const dimse_error *error;
    CHECK_IS(dimse_op_next(op, DIMSE_NO_LIMIT, &event), DIMSE_OK);
    CHECK_IS(event.result, DIMSE_ERR_CONNECT);
    CHECK_IS(event.phase, DIMSE_PHASE_CONNECT);
    error = event.error;
    CHECK_IS(dimse_error_result(error), DIMSE_ERR_CONNECT);
    CHECK(dimse_error_message(error).len > 0);
    /* What an event points to dies with the operation's handle. */
    dimse_op_free(op);
    CHECK_IS(dimse_error_result(error), DIMSE_ERR_INVALID_HANDLE);
}

/* A caller that was compiled for a shorter or a longer event. */
static void next_knows_the_size_of_the_caller(uint16_t port) {
    struct {
        dimse_event event;
        uint64_t later;
    } longer;
    dimse_event shorter = empty_event();
    dimse_op *op = node_open_async(port, NULL);
    CHECK_IS(dimse_op_wait(op, DIMSE_NO_LIMIT, NULL), DIMSE_OK);
    shorter.struct_size = 0;
    CHECK_IS(dimse_op_next(op, 0, &shorter), DIMSE_ERR_INVALID_ARGUMENT);
    shorter.struct_size = offsetof(dimse_event, status);
    shorter.status = 4711;
    CHECK_IS(dimse_op_next(op, 0, &shorter), DIMSE_OK);
    CHECK_IS(shorter.struct_size, offsetof(dimse_event, status));
    CHECK_IS(shorter.kind, DIMSE_EVENT_DONE);
    CHECK_IS(shorter.status, 4711);
    dimse_op_free(op);

    op = node_open_async(port, NULL);
    longer.event = empty_event();
    longer.event.struct_size = sizeof longer;
    longer.later = 4711;
    CHECK_IS(dimse_op_next(op, DIMSE_NO_LIMIT, &longer.event), DIMSE_OK);
    CHECK_IS(longer.event.struct_size, sizeof longer.event);
    CHECK_IS(longer.later, 4711);
    dimse_op_free(op);
}

static void cancel_twice_and_late(void) {
    struct peer peer;
    dimse_op *op = an_open_that_waits(&peer, NULL);
    CHECK_IS(dimse_op_cancel(op), DIMSE_OK);
    CHECK_IS(dimse_op_cancel(op), DIMSE_OK);
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_ERR_CANCELLED);
    CHECK_IS(dimse_op_cancel(op), DIMSE_OK);
    CHECK_IS(dimse_op_poll(op), DIMSE_ERR_CANCELLED);
    dimse_op_free(op);
    peer_go_on(&peer);
    peer_join(&peer);
}

static void taking_the_association(uint16_t port) {
    struct peer peer;
    dimse_assoc *assoc = NULL;
    dimse_assoc *again = NULL;
    dimse_error *err = NULL;
    dimse_op *op = an_open_that_waits(&peer, NULL);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "association", dimse_op_take_assoc(op, &assoc, &err));
    dimse_op_cancel(op);
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_ERR_CANCELLED);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "association", dimse_op_take_assoc(op, &assoc, &err));
    CHECK(assoc == NULL);
    dimse_op_free(op);
    peer_go_on(&peer);
    peer_join(&peer);

    op = node_open_async(port, NULL);
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_OK);
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out", dimse_op_take_assoc(op, NULL, &err));
    CHECK_OK(err, dimse_op_take_assoc(op, &assoc, &err));
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "taken", dimse_op_take_assoc(op, &again, &err));
    CHECK(again == NULL);
    dimse_op_free(op);
    node_echo(assoc);
    node_release(assoc);
}
