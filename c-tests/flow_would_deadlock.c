/* Every export that blocks, called in every kind of callback: DIMSE_ERR_WOULD_DEADLOCK, at once, and nothing has
 * happened (abi.md rule 15). Everything else may be called there. */
#include "exports.h"

#include "listener.h"
#include "moment.h"

#include <pthread.h>

/* The kinds of callback, and how often each was called so far. */
enum kind { EVENT, EVENT_IN_A_QUEUE, EVENT_OF_A_BLOCKING_CALL, NOTIFY, LOG, ASSOCIATION_HANDLER, REQUEST_HANDLER,
    READER, RELEASE_OF_A_DELIVERY, RELEASE_OF_A_NOTIFY, RELEASE_OF_A_LOG, RELEASE_OF_A_HANDLER, RELEASE_OF_A_READER,
    KINDS };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int seen[KINDS];

static void everything_that_blocks(enum kind kind);
static void what_may_be_called(void);

static void events(void);
static void notifies(void);
static void logs(void);
static void handlers(void);
static void readers(void);

int main(void) {
    int kind;
    things_begin();
    events();
    notifies();
    logs();
    handlers();
    readers();
    for (kind = 0; kind < KINDS; kind++) {
        CHECK(seen[kind] > 0);
    }
    /* Outside of callbacks they work: nobody is left in a scope that is over. */
    CHECK_IS(dimse_queue_dispatch((dimse_queue *)live[NOUN_queue], 0, 1, NULL), DIMSE_OK);
    things_end();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static int count_of(enum kind kind) {
    int count;
    pthread_mutex_lock(&lock);
    count = seen[kind];
    pthread_mutex_unlock(&lock);
    return count;
}

static void everything_that_blocks(enum kind kind) {
    size_t index;
    int tried = 0;
    pthread_mutex_lock(&lock);
    for (index = 0; index < sizeof ROWS / sizeof ROWS[0]; index++) {
        if (ROWS[index].blocks) {
            ROWS[index].call(live[ROWS[index].noun], DIMSE_ERR_WOULD_DEADLOCK);
            tried++;
        }
    }
    CHECK(tried > 0);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_ERR_WOULD_DEADLOCK);
    seen[kind]++;
    pthread_mutex_unlock(&lock);
}

/* Of each noun: made, used and freed again, without waiting for anything. */
static void what_may_be_called(void) {
    dimse_assoc_options *options = node_caller(104);
    dimse_runtime *runtime = NULL;
    dimse_queue *queue = NULL;
    dimse_server *server = NULL;
    dimse_server_options *acceptor = node_options();
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_runtime_new(NULL, &runtime, &err));
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    CHECK_IS(dimse_queue_set_notify(queue, NULL, NULL, NULL, NULL), DIMSE_OK);
    CHECK_OK(err, dimse_server_start(NULL, acceptor, &server, &err));
    CHECK_OK(err, dimse_assoc_open_async(NULL, options, NULL, &op, &err));
    CHECK_IS(dimse_op_cancel(op), DIMSE_OK);
    dimse_op_free(op);
    dimse_server_free(server);
    dimse_queue_free(queue);
    dimse_runtime_free(runtime);
    dimse_assoc_options_free(options);
    dimse_server_options_free(acceptor);
}

/* ---- events ---- */

static int32_t try_in_event(struct listener *listener, const dimse_event *event) {
    (void)event;
    everything_that_blocks(*(const enum kind *)listener->data);
    what_may_be_called();
    return 0;
}

static void release_and_try(void *user_data) {
    everything_that_blocks(RELEASE_OF_A_DELIVERY);
    listener_release(user_data);
}

static void one_event(uint16_t port, enum kind kind, dimse_queue *queue) {
    struct listener listener;
    dimse_delivery delivery;
    listener_init(&listener);
    listener.also = try_in_event;
    listener.data = &kind;
    delivery = listener_delivery(&listener, queue);
    delivery.release = release_and_try;
    dimse_op_free(node_open_async(port, &delivery));
    if (queue != NULL) {
        CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, 1, NULL), DIMSE_OK);
    }
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
}

static void events(void) {
    enum kind kind = EVENT_OF_A_BLOCKING_CALL;
    struct node node;
    struct listener listener;
    dimse_assoc *assoc;
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    node_start(&node, NULL);
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    one_event(node.port, EVENT, NULL);
    one_event(node.port, EVENT_IN_A_QUEUE, queue);
    CHECK_IS(count_of(RELEASE_OF_A_DELIVERY), 2);

    assoc = node_open(node.port);
    listener_init(&listener);
    listener.also = try_in_event;
    listener.data = &kind;
    CHECK_OK(err, dimse_assoc_echo(assoc, NULL, listener_event, &listener, NULL, &err));
    CHECK_IS(listener.done, 1);
    node_release(assoc);
    dimse_queue_free(queue);
    node_stop(&node);
}

/* ---- notify ---- */

static void try_in_notify(void *user_data) {
    (void)user_data;
    everything_that_blocks(NOTIFY);
}

static void try_in_release_of_notify(void *user_data) {
    (void)user_data;
    everything_that_blocks(RELEASE_OF_A_NOTIFY);
}

static void notifies(void) {
    struct node node;
    struct listener listener;
    dimse_delivery delivery;
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    node_start(&node, NULL);
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    CHECK_IS(dimse_queue_set_notify(queue, try_in_notify, NULL, try_in_release_of_notify, NULL), DIMSE_OK);
    listener_init(&listener);
    delivery = listener_delivery(&listener, queue);
    dimse_op_free(node_open_async(node.port, &delivery));
    CHECK_SOON(count_of(NOTIFY) > 0);
    CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, 1, NULL), DIMSE_OK);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    dimse_queue_free(queue);
    CHECK_SOON(count_of(RELEASE_OF_A_NOTIFY) == 1);
    node_stop(&node);
}

/* ---- the log ---- */

static void try_in_log(const dimse_log_record *record, void *user_data) {
    (void)record;
    (void)user_data;
    everything_that_blocks(LOG);
}

static void try_in_release_of_log(void *user_data) {
    (void)user_data;
    everything_that_blocks(RELEASE_OF_A_LOG);
}

static void logs(void) {
    struct node node;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_TRACE, try_in_log, NULL, try_in_release_of_log, &err));
    node_start(&node, NULL);
    node_release(node_open(node.port));
    node_stop(&node);
    CHECK(count_of(LOG) > 0);
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_OFF, NULL, NULL, NULL, &err));
    CHECK_SOON(count_of(RELEASE_OF_A_LOG) == 1);
}

/* ---- handlers ---- */

static void try_in_association_handler(dimse_assoc_request *request, void *user_data) {
    (void)user_data;
    everything_that_blocks(ASSOCIATION_HANDLER);
    what_may_be_called();
    CHECK_IS(dimse_assoc_request_accept(request, NULL), DIMSE_OK);
    dimse_assoc_request_free(request);
}

static void try_in_request_handler(dimse_request *request, void *user_data) {
    (void)user_data;
    everything_that_blocks(REQUEST_HANDLER);
    what_may_be_called();
    CHECK_IS(dimse_request_respond(request, 0, NULL, NULL), DIMSE_OK);
    dimse_request_free(request);
}

static void try_in_release_of_handler(void *user_data) {
    (void)user_data;
    everything_that_blocks(RELEASE_OF_A_HANDLER);
}

static void handlers(void) {
    struct node node;
    dimse_server_options *options = node_options();
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_server_options_set_association_handler(
                      options, NULL, try_in_association_handler, NULL, try_in_release_of_handler, &err));
    CHECK_OK(err, dimse_server_options_set_handler(
                      options, NULL, try_in_request_handler, NULL, try_in_release_of_handler, &err));
    node_start(&node, options);
    assoc = node_open(node.port);
    node_echo(assoc);
    node_release(assoc);
    node_stop(&node);
    CHECK_SOON(count_of(RELEASE_OF_A_HANDLER) == 2);
    CHECK_IS(count_of(ASSOCIATION_HANDLER), 1);
    CHECK_IS(count_of(REQUEST_HANDLER), 1);
}

/* ---- readers ---- */

static int64_t try_in_reader(uint8_t *into, size_t size, void *user_data) {
    (void)into;
    (void)size;
    (void)user_data;
    everything_that_blocks(READER);
    what_may_be_called();
    return 0;
}

static void try_in_release_of_reader(void *user_data) {
    (void)user_data;
    everything_that_blocks(RELEASE_OF_A_READER);
}

/* On the thread of a blocking call, on one of the library's, and not at all. */
static void readers(void) {
    struct node node;
    struct listener listener;
    dimse_delivery delivery;
    dimse_assoc *assoc;
    dimse_instance *instance = NULL;
    dimse_error *err = NULL;
    int round;
    node_start(&node, NULL);
    assoc = node_open(node.port);
    for (round = 0; round < 3; round++) {
        CHECK_OK(err, dimse_instance_from_reader(
                          try_in_reader, NULL, try_in_release_of_reader, DIMSE_UNKNOWN_LENGTH, &instance, &err));
        if (round == 0) {
            CHECK_REFUSED(err, DIMSE_ERR_NO_INSTANCE, "empty",
                dimse_assoc_store(assoc, instance, NULL, NULL, NULL, NULL, &err));
        } else if (round == 1) {
            listener_init(&listener);
            delivery = listener_delivery(&listener, NULL);
            CHECK_OK(err, dimse_assoc_store_async(assoc, instance, NULL, &delivery, NULL, &err));
            CHECK_IS(listener_outcome(&listener), DIMSE_ERR_NO_INSTANCE);
        }
        dimse_instance_free(instance);
        CHECK_SOON(count_of(RELEASE_OF_A_READER) == round + 1);
    }
    CHECK_IS(count_of(READER), 2);
    node_release(assoc);
    node_stop(&node);
}
