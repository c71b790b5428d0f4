/* Every handle may be freed in every callback, its own too (abi.md rule 2): nothing hangs, nothing is called
 * afterwards, and what is left behind ends by itself. */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

static void the_operation_in_its_own_event(uint16_t port);
static void the_association_in_an_event(uint16_t port);
static void the_queue_in_its_own_dispatch(uint16_t port);
static void the_queue_in_notify(uint16_t port);
static void everything_in_a_release(uint16_t port);
static void the_server_in_its_handlers(void);
static void the_options_in_a_handler(void);
static void the_runtime_in_an_event(void);
static void the_taker_of_the_log_in_its_own_call(void);

int main(void) {
    struct node node;
    node_start(&node, NULL);
    the_operation_in_its_own_event(node.port);
    the_association_in_an_event(node.port);
    the_queue_in_its_own_dispatch(node.port);
    the_queue_in_notify(node.port);
    everything_in_a_release(node.port);
    CHECK_EMPTY(&node);
    node_stop(&node);
    the_server_in_its_handlers();
    the_options_in_a_handler();
    the_runtime_in_an_event();
    the_taker_of_the_log_in_its_own_call();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

/* What a callback frees. */
struct owned {
    pthread_mutex_t lock;
    dimse_op *op;
    dimse_assoc *assoc;
    dimse_queue *queue;
    dimse_server *server;
    dimse_server_options *options;
    dimse_runtime *runtime;
    int calls;
    int released;
};

static void owned_init(struct owned *owned) {
    memset(owned, 0, sizeof *owned);
    CHECK_IS(pthread_mutex_init(&owned->lock, NULL), 0);
}

static int calls(struct owned *owned) {
    int count;
    pthread_mutex_lock(&owned->lock);
    count = owned->calls;
    pthread_mutex_unlock(&owned->lock);
    return count;
}

static void give_back(void *user_data) {
    struct owned *owned = (struct owned *)user_data;
    pthread_mutex_lock(&owned->lock);
    owned->released++;
    pthread_mutex_unlock(&owned->lock);
}

static int releases(struct owned *owned) {
    int count;
    pthread_mutex_lock(&owned->lock);
    count = owned->released;
    pthread_mutex_unlock(&owned->lock);
    return count;
}

static void free_all(struct owned *owned) {
    pthread_mutex_lock(&owned->lock);
    dimse_op_free(owned->op);
    dimse_assoc_free(owned->assoc);
    dimse_queue_free(owned->queue);
    dimse_server_free(owned->server);
    dimse_server_options_free(owned->options);
    dimse_runtime_free(owned->runtime);
    owned->calls++;
    pthread_mutex_unlock(&owned->lock);
}

static int32_t free_in_event(struct listener *listener, const dimse_event *event) {
    free_all((struct owned *)listener->data);
    /* What an event points to is the event's. */
    CHECK(event->error == NULL || dimse_error_message(event->error).len > 0);
    return 0;
}

static dimse_delivery freeing_delivery(struct listener *listener, struct owned *owned, dimse_queue *queue) {
    listener_init(listener);
    listener->also = free_in_event;
    listener->data = owned;
    return listener_delivery(listener, queue);
}

/* The association that it holds is nobody's any more and is aborted. Also of an operation that failed. */
static void the_operation_in_its_own_event(uint16_t port) {
    uint16_t ports[2];
    int index;
    ports[0] = port;
    ports[1] = peer_closed_port();
    for (index = 0; index < 2; index++) {
        struct owned owned;
        struct listener listener;
        dimse_delivery delivery;
        dimse_assoc_options *options = node_caller(ports[index]);
        dimse_error *err = NULL;
        owned_init(&owned);
        delivery = freeing_delivery(&listener, &owned, NULL);
        /* The handle is there before the event is. */
        CHECK_OK(err, dimse_assoc_open_async(NULL, options, &delivery, &owned.op, &err));
        dimse_assoc_options_free(options);
        CHECK_IS(listener_outcome(&listener), index == 0 ? DIMSE_OK : DIMSE_ERR_CONNECT);
        CHECK_IS(dimse_op_poll(owned.op), DIMSE_ERR_INVALID_HANDLE);
    }
}

/* The operations that wait behind it end as cancelled; the free does not wait for them. */
static void the_association_in_an_event(uint16_t port) {
    struct owned owned;
    struct listener listeners[3];
    dimse_delivery delivery;
    dimse_error *err = NULL;
    int index;
    owned_init(&owned);
    owned.assoc = node_open(port);
    /* No event comes before all three are there. */
    pthread_mutex_lock(&owned.lock);
    delivery = freeing_delivery(&listeners[0], &owned, NULL);
    CHECK_OK(err, dimse_assoc_echo_async(owned.assoc, NULL, &delivery, NULL, &err));
    for (index = 1; index < 3; index++) {
        listener_init(&listeners[index]);
        delivery = listener_delivery(&listeners[index], NULL);
        CHECK_OK(err, dimse_assoc_echo_async(owned.assoc, NULL, &delivery, NULL, &err));
    }
    pthread_mutex_unlock(&owned.lock);
    CHECK_IS(listener_outcome(&listeners[0]), DIMSE_OK);
    for (index = 1; index < 3; index++) {
        dimse_result result = listener_outcome(&listeners[index]);
        CHECK(result == DIMSE_OK || result == DIMSE_ERR_CANCELLED);
    }
    CHECK_IS(dimse_assoc_abort(owned.assoc), DIMSE_ERR_INVALID_HANDLE);

    /* In the event of a blocking call on it. */
    owned_init(&owned);
    owned.assoc = node_open(port);
    listener_init(&listeners[0]);
    listeners[0].also = free_in_event;
    listeners[0].data = &owned;
    CHECK_OK(err, dimse_assoc_echo(owned.assoc, NULL, listener_event, &listeners[0], NULL, &err));
    CHECK_IS(listeners[0].done, 1);
}

/* The dispatch comes back; what waits behind, or comes later, is released and not called. */
static void the_queue_in_its_own_dispatch(uint16_t port) {
    struct owned owned;
    struct listener freeing;
    struct listener waiting;
    dimse_delivery delivery;
    dimse_assoc *assoc = node_open(port);
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    uint32_t ran = 0;
    owned_init(&owned);
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    owned.queue = queue;
    delivery = freeing_delivery(&freeing, &owned, queue);
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, NULL, &err));
    listener_init(&waiting);
    delivery = listener_delivery(&waiting, queue);
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, NULL, &err));
    CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, UINT32_MAX, &ran), DIMSE_OK);
    CHECK_IS(ran, 1);
    CHECK_IS(listener_outcome(&freeing), DIMSE_OK);
    listener_unused(&waiting);
    node_release(assoc);
}

static void free_in_notify(void *user_data) { free_all((struct owned *)user_data); }

static void the_queue_in_notify(uint16_t port) {
    struct owned owned;
    struct listener listener;
    dimse_delivery delivery;
    dimse_error *err = NULL;
    owned_init(&owned);
    CHECK_OK(err, dimse_queue_new(NULL, &owned.queue, &err));
    CHECK_IS(dimse_queue_set_notify(owned.queue, free_in_notify, &owned, give_back, NULL), DIMSE_OK);
    listener_init(&listener);
    delivery = listener_delivery(&listener, owned.queue);
    dimse_op_free(node_open_async(port, &delivery));
    listener_unused(&listener);
    CHECK_SOON(releases(&owned) == 1);
    CHECK(calls(&owned) >= 1);
    CHECK_IS(dimse_queue_wakeup(owned.queue), DIMSE_ERR_INVALID_HANDLE);
}

static void free_in_release(void *user_data) { free_all((struct owned *)user_data); }

static int32_t nothing_to_do(const dimse_event *event, void *user_data) {
    (void)event;
    (void)user_data;
    return 0;
}

/* The operation, its association and its queue, in the release of its delivery. */
static void everything_in_a_release(uint16_t port) {
    int uses_queue;
    for (uses_queue = 0; uses_queue < 2; uses_queue++) {
        struct owned owned;
        dimse_delivery delivery;
        dimse_queue *queue = NULL;
        dimse_error *err = NULL;
        owned_init(&owned);
        CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
        owned.queue = queue;
        owned.assoc = node_open(port);
        memset(&delivery, 0, sizeof delivery);
        delivery.queue = uses_queue ? queue : NULL;
        delivery.on_event = nothing_to_do;
        delivery.user_data = &owned;
        delivery.release = free_in_release;
        CHECK_OK(err, dimse_assoc_echo_async(owned.assoc, NULL, &delivery, &owned.op, &err));
        if (uses_queue) {
            CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, 1, NULL), DIMSE_OK);
        }
        CHECK_SOON(calls(&owned) == 1);
        CHECK_IS(dimse_op_poll(owned.op), DIMSE_ERR_INVALID_HANDLE);
        CHECK_IS(dimse_queue_wakeup(queue), DIMSE_ERR_INVALID_HANDLE);
    }
}

static void free_in_association_handler(dimse_assoc_request *request, void *user_data) {
    free_all((struct owned *)user_data);
    CHECK(dimse_assoc_request_accept(request, NULL) >= 0);
    dimse_assoc_request_free(request);
}

static void free_in_request_handler(dimse_request *request, void *user_data) {
    free_all((struct owned *)user_data);
    CHECK(dimse_request_respond(request, 0, NULL, NULL) >= 0);
    dimse_request_free(request);
}

/* It stops at once: the caller is rejected or aborted, and the handler is given back. */
static void the_server_in_its_handlers(void) {
    int of_requests;
    for (of_requests = 0; of_requests < 2; of_requests++) {
        struct owned owned;
        dimse_server_options *options = node_options();
        dimse_assoc_options *caller;
        dimse_assoc *assoc = NULL;
        dimse_error *err = NULL;
        uint16_t port = 0;
        owned_init(&owned);
        if (of_requests) {
            CHECK_OK(err, dimse_server_options_set_handler(
                              options, NULL, free_in_request_handler, &owned, give_back, &err));
        } else {
            CHECK_OK(err, dimse_server_options_set_association_handler(
                              options, NULL, free_in_association_handler, &owned, give_back, &err));
        }
        CHECK_OK(err, dimse_server_start(NULL, options, &owned.server, &err));
        dimse_server_options_free(options);
        CHECK_IS(dimse_server_port(owned.server, &port), DIMSE_OK);
        caller = node_caller(port);
        if (of_requests) {
            CHECK_OK(err, dimse_assoc_open(NULL, caller, &assoc, &err));
            CHECK(dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, NULL) <= 0);
            CHECK_SOON(dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, NULL) < 0);
        } else if (dimse_assoc_open(NULL, caller, &assoc, NULL) == DIMSE_OK) {
            CHECK_SOON(dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, NULL) < 0);
        }
        dimse_assoc_free(assoc);
        dimse_assoc_options_free(caller);
        CHECK_SOON(releases(&owned) == 1);
        /* More than once where another request was there before the server had stopped. */
        CHECK(calls(&owned) >= 1);
        CHECK_IS(dimse_server_port(owned.server, &port), DIMSE_ERR_INVALID_HANDLE);
    }
}

/* They may go at any time: the server has its own. */
static void the_options_in_a_handler(void) {
    struct owned owned;
    struct node node;
    dimse_error *err = NULL;
    owned_init(&owned);
    owned.options = node_options();
    CHECK_OK(err, dimse_server_options_set_association_handler(
                      owned.options, NULL, free_in_association_handler, &owned, give_back, &err));
    CHECK_OK(err, dimse_server_start(NULL, owned.options, &node.server, &err));
    CHECK_IS(dimse_server_port(node.server, &node.port), DIMSE_OK);
    node_release(node_open(node.port));
    node_release(node_open(node.port));
    CHECK_IS(calls(&owned), 2);
    node_stop(&node);
    CHECK_SOON(releases(&owned) == 1);
}

/* The last handle of a runtime, in a callback of that runtime: its threads do not wait for themselves. */
static void the_runtime_in_an_event(void) {
    struct owned owned;
    struct listener listener;
    dimse_delivery delivery;
    dimse_assoc_options *options = node_caller(peer_closed_port());
    dimse_error *err = NULL;
    owned_init(&owned);
    CHECK_OK(err, dimse_runtime_new(NULL, &owned.runtime, &err));
    delivery = freeing_delivery(&listener, &owned, NULL);
    CHECK_OK(err, dimse_assoc_open_async(owned.runtime, options, &delivery, &owned.op, &err));
    dimse_assoc_options_free(options);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CONNECT);
    CHECK_IS(dimse_runtime_shutdown(owned.runtime, 0), DIMSE_ERR_INVALID_HANDLE);
}

static void take_no_more(const dimse_log_record *record, void *user_data) {
    struct owned *owned = (struct owned *)user_data;
    dimse_error *err = NULL;
    CHECK(record->message.len > 0);
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_OFF, NULL, NULL, NULL, &err));
    /* It is given back when this call has returned. */
    CHECK_IS(releases(owned), 0);
    pthread_mutex_lock(&owned->lock);
    owned->calls++;
    pthread_mutex_unlock(&owned->lock);
}

static void the_taker_of_the_log_in_its_own_call(void) {
    struct owned owned;
    dimse_error *err = NULL;
    owned_init(&owned);
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_TRACE, take_no_more, &owned, give_back, &err));
    dimse_op_free(node_open_async(peer_closed_port(), NULL));
    CHECK_SOON(releases(&owned) == 1);
    CHECK(calls(&owned) >= 1);
}
