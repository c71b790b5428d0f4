/* dimse_server: starting, counting, stopping in order, freeing. */
#include "check.h"

#include "desk.h"
#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

static void starting(void);
static void ports(void);
static void counters(void);
static void stopping_at_once(void);
static void stopping_with_time(void);
static void stopping_without_anybody(void);
static void stopping_twice(void);
static void cancelling_a_stop(void);
static void freeing(void);
static void a_peer_that_is_wrong(void);

int main(void) {
    starting();
    ports();
    counters();
    stopping_at_once();
    stopping_with_time();
    stopping_without_anybody();
    stopping_twice();
    cancelling_a_stop();
    freeing();
    a_peer_that_is_wrong();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

/* Options can start any number of servers. */
static void starting(void) {
    dimse_server_options *options = node_options();
    dimse_server *one = NULL;
    dimse_server *other = NULL;
    dimse_error *err = NULL;
    uint16_t ports[2] = {0, 0};
    dimse_str address;
    char expected[32];
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out", dimse_server_start(NULL, options, NULL, &err));
    CHECK_IS(dimse_server_start(NULL, NULL, &one, NULL), DIMSE_ERR_INVALID_HANDLE);
    CHECK_OK(err, dimse_server_start(NULL, options, &one, &err));
    CHECK_OK(err, dimse_server_start(NULL, options, &other, &err));
    dimse_server_options_free(options);
    CHECK_IS(dimse_server_port(one, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_server_port(one, &ports[0]), DIMSE_OK);
    CHECK_IS(dimse_server_port(other, &ports[1]), DIMSE_OK);
    CHECK(ports[0] != 0 && ports[1] != 0 && ports[0] != ports[1]);
    CHECK_IS(dimse_server_address(one, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_server_address(one, &address), DIMSE_OK);
    snprintf(expected, sizeof expected, "127.0.0.1:%u", (unsigned)ports[0]);
    CHECK(strcmp(address.data, expected) == 0 && address.len == strlen(expected));
    node_release(node_open(ports[0]));
    node_release(node_open(ports[1]));
    dimse_server_free(one);
    dimse_server_free(other);
}

static void ports(void) {
    struct node node;
    dimse_server_options *options;
    dimse_server *server = NULL;
    dimse_error *err = NULL;
    char words[32];
    node_start(&node, NULL);
    snprintf(words, sizeof words, "127.0.0.1:%u", (unsigned)node.port);
    options = node_options();
    CHECK_OK(err, dimse_server_options_set_listen(options, "127.0.0.1", node.port, &err));
    CHECK_REFUSED(err, DIMSE_ERR_IO, words, dimse_server_start(NULL, options, &server, &err));
    CHECK(server == NULL);
    /* An address of no interface of this machine (RFC 5737). */
    CHECK_OK(err, dimse_server_options_set_listen(options, "192.0.2.1", 0, &err));
    CHECK_REFUSED(err, DIMSE_ERR_IO, "192.0.2.1", dimse_server_start(NULL, options, &server, &err));
    node_stop(&node);

    /* Every address, IPv4 and IPv6: the client finds it by either. */
    CHECK_OK(err, dimse_server_options_set_listen(options, NULL, 0, &err));
    node_start(&node, options);
    node_release(node_open(node.port));
    node_stop(&node);
}

static void counters(void) {
    struct node node;
    struct desk desk;
    dimse_server_totals totals;
    dimse_assoc *assoc;
    dimse_assoc_request *request;
    dimse_op *op;
    dimse_error *err = NULL;
    desk_init(&desk);
    node_start(&node, desk_options(&desk, NULL));
    totals.struct_size = 0;
    CHECK_IS(dimse_server_counters(node.server, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_server_counters(node.server, &totals), DIMSE_ERR_INVALID_ARGUMENT);
    totals = node_counters(&node);
    CHECK_IS(totals.struct_size, sizeof totals);
    CHECK(totals.connections + totals.connected_total + totals.requests_total + totals.panics_total == 0);

    op = node_open_async(node.port, NULL);
    request = desk_take_association(&desk);
    totals = node_counters(&node);
    CHECK_IS(totals.connections, 1);
    CHECK_IS(totals.associations, 1);
    CHECK_IS(totals.waiting, 0);
    CHECK_IS(totals.connected_total, 1);
    CHECK_IS(totals.accepted_total, 0);
    CHECK_OK(err, dimse_assoc_request_accept(request, &err));
    dimse_assoc_request_free(request);
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_OK);
    CHECK_OK(err, dimse_op_take_assoc(op, &assoc, &err));
    dimse_op_free(op);
    node_echo(assoc);
    node_echo(assoc);
    CHECK_SOON(node_counters(&node).accepted_total == 1);
    CHECK_IS(node_counters(&node).requests_total, 2);
    dimse_assoc_free(assoc);
    CHECK_SOON(node_counters(&node).aborted_total == 1);

    op = node_open_async(node.port, NULL);
    dimse_assoc_request_free(desk_take_association(&desk));
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_ERR_REJECTED);
    dimse_op_free(op);
    CHECK_SOON(node_counters(&node).refused_total == 1);
    CHECK_EMPTY(&node);
    totals = node_counters(&node);
    CHECK_IS(totals.accepted_total, 1);
    CHECK_IS(totals.aborted_total, 1);
    CHECK_IS(totals.connected_total, 2);
    CHECK_IS(totals.panics_total, 0);
    CHECK_IS(totals.is_draining, 0);
    node_stop(&node);
    CHECK_SOON(desk_releases(&desk) == 1);
}

/* What is open is aborted, and nobody can connect any more. */
static void stopping_at_once(void) {
    struct node node;
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    uint64_t begun = now_ms();
    node_start(&node, NULL);
    assoc = node_open(node.port);
    CHECK_OK(err, dimse_server_stop(node.server, 0, &err));
    CHECK(now_ms() - begun < 2000);
    CHECK_IS(node_counters(&node).is_draining, 1);
    CHECK_IS(node_counters(&node).connections, 0);
    CHECK_IS(node_counters(&node).aborted_total, 1);
    CHECK_IS(dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, &err), DIMSE_ERR_ABORTED);
    dimse_error_free(err);
    dimse_assoc_free(assoc);
    {
        dimse_op *op = node_open_async(node.port, NULL);
        CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_ERR_CONNECT);
        dimse_op_free(op);
    }
    dimse_server_free(node.server);
}

static void *release_later(void *assoc) {
    sleep_ms(60);
    node_echo((dimse_assoc *)assoc);
    node_release((dimse_assoc *)assoc);
    return NULL;
}

/* What is open may go on; the stop is over as soon as that is. */
static void stopping_with_time(void) {
    struct node node;
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    pthread_t thread;
    uint64_t begun = now_ms();
    node_start(&node, NULL);
    assoc = node_open(node.port);
    CHECK_IS(pthread_create(&thread, NULL, release_later, assoc), 0);
    CHECK_OK(err, dimse_server_stop(node.server, PATIENCE_MS, &err));
    CHECK(now_ms() - begun >= 59 && now_ms() - begun < PATIENCE_MS);
    CHECK_IS(pthread_join(thread, NULL), 0);
    CHECK_IS(node_counters(&node).aborted_total, 0);
    dimse_server_free(node.server);

    /* And no longer than that. */
    begun = now_ms();
    node_start(&node, NULL);
    assoc = node_open(node.port);
    CHECK_OK(err, dimse_server_stop(node.server, 50, &err));
    CHECK(now_ms() - begun >= 49);
    CHECK_IS(node_counters(&node).aborted_total, 1);
    dimse_assoc_free(assoc);
    dimse_server_free(node.server);
}

static void stopping_without_anybody(void) {
    struct node node;
    struct listener listener;
    dimse_delivery delivery;
    dimse_assoc *assoc;
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    node_start(&node, NULL);
    assoc = node_open(node.port);
    CHECK_OK(err, dimse_server_stop_async(node.server, DIMSE_NO_LIMIT, &delivery, &op, &err));
    CHECK_IS(dimse_op_wait(op, 20, &err), DIMSE_PENDING);
    CHECK_IS(listener_is_done(&listener), 0);
    node_echo(assoc);
    node_release(assoc);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(dimse_op_poll(op), DIMSE_OK);
    dimse_op_free(op);
    CHECK_OK(err, dimse_server_stop_async(node.server, 0, NULL, &op, &err));
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_OK);
    dimse_op_free(op);
    dimse_server_free(node.server);
}

/* The second one may shorten the time of the first. */
static void stopping_twice(void) {
    struct node node;
    dimse_assoc *assoc;
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    node_start(&node, NULL);
    assoc = node_open(node.port);
    CHECK_OK(err, dimse_server_stop_async(node.server, DIMSE_NO_LIMIT, NULL, &op, &err));
    CHECK_OK(err, dimse_server_stop(node.server, 0, &err));
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_OK);
    CHECK_OK(err, dimse_server_stop(node.server, DIMSE_NO_LIMIT, &err));
    dimse_op_free(op);
    dimse_assoc_free(assoc);
    dimse_server_free(node.server);
}

/* It ends the time, not the stop. */
static void cancelling_a_stop(void) {
    struct node node;
    dimse_assoc *assoc;
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    node_start(&node, NULL);
    assoc = node_open(node.port);
    CHECK_OK(err, dimse_server_stop_async(node.server, DIMSE_NO_LIMIT, NULL, &op, &err));
    CHECK_IS(dimse_op_wait(op, 20, NULL), DIMSE_PENDING);
    CHECK_IS(dimse_op_cancel(op), DIMSE_OK);
    CHECK(dimse_op_wait(op, PATIENCE_MS, NULL) != DIMSE_PENDING);
    CHECK_IS(node_counters(&node).aborted_total, 1);
    dimse_op_free(op);
    dimse_assoc_free(assoc);
    dimse_server_free(node.server);
}

/* A running server is stopped at once, without anybody waiting for it. */
static void freeing(void) {
    struct node node;
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    uint64_t begun;
    node_start(&node, NULL);
    assoc = node_open(node.port);
    begun = now_ms();
    dimse_server_free(node.server);
    CHECK(now_ms() - begun < 1000);
    dimse_server_free(node.server);
    dimse_server_free(NULL);
    CHECK_SOON(dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, NULL) < 0);
    dimse_assoc_free(assoc);
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_HANDLE, "server", dimse_server_stop(node.server, 0, &err));
}

/* It is told so, and nobody else feels it. */
static void a_peer_that_is_wrong(void) {
    static const char http[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct node node;
    struct peer_pdu pdu;
    dimse_assoc *assoc;
    int connection;
    node_start(&node, NULL);
    assoc = node_open(node.port);
    connection = peer_connect(node.port);
    CHECK(peer_send(connection, http, sizeof http - 1));
    CHECK_IS(peer_read(connection, &pdu), PDU_ABORT);
    node_echo(assoc);
    peer_close(connection);

    /* As a requestor should be, and then reset in the middle of it. */
    connection = peer_connect(node.port);
    CHECK_IS(peer_associate(connection), PDU_ASSOCIATE_AC);
    CHECK(peer_echo(connection, 7));
    CHECK_IS(peer_read(connection, &pdu), PDU_DATA);
    CHECK_IS(peer_status(&pdu), 0);
    peer_reset(connection);
    peer_close(connection);
    CHECK_SOON(node_counters(&node).aborted_total == 1);
    node_echo(assoc);
    node_release(assoc);
    CHECK_EMPTY(&node);
    CHECK_IS(node_counters(&node).panics_total, 0);
    node_stop(&node);
}
