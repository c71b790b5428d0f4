/* What is freed while work is under way (abi.md rule 3): memory goes, the wire is ended in order, every operation gets
 * its DONE, and a freed operation goes on, detached. */
#include "check.h"

#include "desk.h"
#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

static void an_association_with_operations(void);
static void an_association_while_releasing(void);
static void an_operation(void);
static void an_association_that_nobody_took(void);
static void an_open_that_is_under_way(void);
static void a_server_with_requests(void);
static void a_server_that_is_stopping(void);
static void options_of_operations(void);

int main(void) {
    an_association_with_operations();
    an_association_while_releasing();
    an_operation();
    an_association_that_nobody_took();
    an_open_that_is_under_way();
    a_server_with_requests();
    a_server_that_is_stopping();
    options_of_operations();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

/* A server whose requests stay unanswered, and an association to it. */
struct scene {
    struct node node;
    struct desk desk;
    dimse_assoc *assoc;
};

static void scene_begin(struct scene *scene) {
    desk_init(&scene->desk);
    node_start(&scene->node, desk_options(NULL, &scene->desk));
    scene->assoc = node_open(scene->node.port);
}

static void scene_end(struct scene *scene) {
    dimse_assoc_free(scene->assoc);
    node_stop(&scene->node);
    CHECK_SOON(desk_releases(&scene->desk) == 1);
}

static dimse_op *echo_async(struct scene *scene, struct listener *listener) {
    dimse_delivery delivery;
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    listener_init(listener);
    delivery = listener_delivery(listener, NULL);
    CHECK_OK(err, dimse_assoc_echo_async(scene->assoc, NULL, &delivery, &op, &err));
    return op;
}

static void an_association_with_operations(void) {
    struct scene scene;
    struct listener listeners[3];
    struct listener release;
    dimse_delivery delivery;
    dimse_op *ops[3];
    dimse_op *read_by_next = NULL;
    dimse_request *request;
    dimse_event event;
    dimse_error *err = NULL;
    int index;
    scene_begin(&scene);
    for (index = 0; index < 3; index++) {
        ops[index] = echo_async(&scene, &listeners[index]);
    }
    request = desk_take_request(&scene.desk);
    CHECK_OK(err, dimse_assoc_echo_async(scene.assoc, NULL, NULL, &read_by_next, &err));
    listener_init(&release);
    delivery = listener_delivery(&release, NULL);
    CHECK_OK(err, dimse_assoc_release_async(scene.assoc, &delivery, NULL, &err));
    dimse_assoc_free(scene.assoc);
    for (index = 0; index < 3; index++) {
        CHECK_IS(listener_outcome(&listeners[index]), DIMSE_ERR_CANCELLED);
        CHECK_IS(dimse_op_poll(ops[index]), DIMSE_ERR_CANCELLED);
        dimse_op_free(ops[index]);
    }
    CHECK_IS(listener_outcome(&release), DIMSE_ERR_CANCELLED);
    event.struct_size = sizeof event;
    CHECK_IS(dimse_op_next(read_by_next, PATIENCE_MS, &event), DIMSE_OK);
    CHECK_IS(event.result, DIMSE_ERR_CANCELLED);
    CHECK(dimse_error_message(event.error).len > 0);
    dimse_op_free(read_by_next);
    CHECK_SOON(dimse_request_is_cancelled(request));
    dimse_request_free(request);
    CHECK_EMPTY(&scene.node);
    CHECK_IS(node_counters(&scene.node).aborted_total, 1);
    scene_end(&scene);
}

/* Before its DONE, freeing aborts. */
static void an_association_while_releasing(void) {
    struct scene scene;
    struct listener listener;
    struct listener release;
    dimse_delivery delivery;
    dimse_error *err = NULL;
    scene_begin(&scene);
    dimse_op_free(echo_async(&scene, &listener));
    listener_init(&release);
    delivery = listener_delivery(&release, NULL);
    CHECK_OK(err, dimse_assoc_release_async(scene.assoc, &delivery, NULL, &err));
    dimse_assoc_free(scene.assoc);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CANCELLED);
    CHECK_IS(listener_outcome(&release), DIMSE_ERR_CANCELLED);
    dimse_request_free(desk_take_request(&scene.desk));
    scene_end(&scene);
}

static void an_operation(void) {
    struct scene scene;
    struct listener listener;
    dimse_request *request;
    dimse_error *err = NULL;
    scene_begin(&scene);
    dimse_op_free(echo_async(&scene, &listener));
    request = desk_take_request(&scene.desk);
    CHECK_IS(listener_is_done(&listener), 0);
    CHECK_OK(err, dimse_request_respond(request, 0x0107, NULL, &err));
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0x0107);

    /* One that nobody would read is answered too. */
    CHECK_OK(err, dimse_assoc_echo_async(scene.assoc, NULL, NULL, NULL, &err));
    dimse_request_free(desk_take_request(&scene.desk));
    node_release(scene.assoc);
    CHECK_IS(node_counters(&scene.node).aborted_total, 0);
    scene_end(&scene);
}

static void an_association_that_nobody_took(void) {
    struct scene scene;
    struct listener listener;
    dimse_delivery delivery;
    dimse_assoc_options *options;
    dimse_op *op;
    dimse_error *err = NULL;
    scene_begin(&scene);
    op = node_open_async(scene.node.port, NULL);
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_OK);
    sleep_ms(20);
    CHECK_IS(node_counters(&scene.node).associations, 2);
    dimse_op_free(op);
    CHECK_SOON(node_counters(&scene.node).aborted_total == 1);

    /* Whoever wants no operation only wants to know. */
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    options = node_caller(scene.node.port);
    CHECK_OK(err, dimse_assoc_open_async(NULL, options, &delivery, NULL, &err));
    dimse_assoc_options_free(options);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_SOON(node_counters(&scene.node).aborted_total == 2);
    CHECK_IS(node_counters(&scene.node).associations, 1);
    scene_end(&scene);
}

static void silent_until_told(struct peer *peer, int connection) {
    struct peer_pdu pdu;
    CHECK_IS(peer_read(connection, &pdu), PDU_ASSOCIATE_RQ);
    peer_hold(peer, 1);
    peer_abort(connection, 0, 0);
}

/* Freed is not cancelled. */
static void an_open_that_is_under_way(void) {
    struct peer peer;
    struct listener listener;
    dimse_delivery delivery;
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    peer_start(&peer, silent_until_told, NULL, 1);
    dimse_op_free(node_open_async(peer.port, &delivery));
    peer_await(&peer, 1);
    CHECK_IS(listener_is_done(&listener), 0);
    peer_go_on(&peer);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_ABORTED);
    peer_join(&peer);
}

/* Stop with 0 ms, that nobody waits for. Requests that somebody owns stay readable, and can be freed at any time. */
static void a_server_with_requests(void) {
    struct scene scene;
    struct listener listener;
    dimse_request *request;
    dimse_message message;
    dimse_op *op;
    scene_begin(&scene);
    op = echo_async(&scene, &listener);
    request = desk_take_request(&scene.desk);
    dimse_server_free(scene.node.server);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_ABORTED);
    CHECK_SOON(dimse_request_is_cancelled(request));
    CHECK(dimse_request_respond(request, 0, NULL, NULL) >= 0);
    CHECK_IS(dimse_request_respond(request, 0, NULL, NULL), DIMSE_ANSWERED_ALREADY);
    message.struct_size = sizeof message;
    CHECK_IS(dimse_request_message(request, &message), DIMSE_OK);
    CHECK_TEXT(message.sop_class, VERIFICATION);
    CHECK_SOON(desk_releases(&scene.desk) == 1);
    CHECK_TEXT(message.calling, "DIMSE");
    dimse_request_free(request);
    dimse_op_free(op);
    dimse_assoc_free(scene.assoc);
}

/* Freed while it lets associations go on: they are aborted, and the stop is over. */
static void a_server_that_is_stopping(void) {
    struct scene scene;
    struct listener listener;
    dimse_delivery delivery;
    dimse_error *err = NULL;
    scene_begin(&scene);
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    CHECK_OK(err, dimse_server_stop_async(scene.node.server, DIMSE_NO_LIMIT, &delivery, NULL, &err));
    sleep_ms(20);
    CHECK_IS(listener_is_done(&listener), 0);
    dimse_server_free(scene.node.server);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_SOON(desk_releases(&scene.desk) == 1);
    dimse_assoc_free(scene.assoc);
}

/* They were copied. */
static void options_of_operations(void) {
    struct scene scene;
    struct listener listener;
    dimse_delivery delivery;
    dimse_echo_options *options = NULL;
    dimse_error *err = NULL;
    scene_begin(&scene);
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    CHECK_OK(err, dimse_echo_options_new(&options, &err));
    CHECK_OK(err, dimse_echo_options_set_reply_timeout_ms(options, 50, &err));
    CHECK_OK(err, dimse_assoc_echo_async(scene.assoc, options, &delivery, NULL, &err));
    CHECK_OK(err, dimse_echo_options_set_reply_timeout_ms(options, DIMSE_NO_LIMIT, &err));
    dimse_echo_options_free(options);
    memset(&delivery, 0, sizeof delivery);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_TIMEOUT);
    dimse_request_free(desk_take_request(&scene.desk));
    scene_end(&scene);
}
