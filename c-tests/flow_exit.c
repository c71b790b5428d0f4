/* ctest-leaves-work
 * exit() with work under way neither hangs nor crashes, and keeps its code (abi.md rule 6): in every state, from main,
 * from another thread, from a callback. Each scene is a process of its own. */
#include "check.h"

#include "desk.h"
#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"
#include "process.h"

#include <unistd.h>

enum { CODE = 42 };

static void idle(void);
static void connecting(void);
static void associating(void);
static void waiting_for_a_reply(void);
static void events_that_nobody_dispatched(void);
static void a_blocking_call_in_another_thread(void);
static void requests_that_nobody_answered(void);
static void a_callback_that_runs(void);
static void in_an_event(void);
static void in_a_request_handler(void);
static void in_a_log_callback(void);
static void in_another_thread(void);
static void while_shutting_down(void);
static void with_handlers_of_exit(void);
static void without_a_word(void);

int main(void) {
    static void (*const scenes[])(void) = {idle, connecting, associating, waiting_for_a_reply,
        events_that_nobody_dispatched, a_blocking_call_in_another_thread, requests_that_nobody_answered,
        a_callback_that_runs, in_an_event, in_a_request_handler, in_a_log_callback, in_another_thread,
        while_shutting_down, with_handlers_of_exit, without_a_word};
    size_t index;
    /* This process has no library running: the children may use it. */
    for (index = 0; index < sizeof scenes / sizeof scenes[0]; index++) {
        process_child(scenes[index], CODE);
    }
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void idle(void) {
    struct node node;
    node_start(&node, NULL);
    node_echo(node_open(node.port));
    exit(CODE);
}

static void connecting(void) {
    int full[PEER_FULL_SOCKETS];
    node_open_async(peer_full_port(full), NULL);
    sleep_ms(20);
    exit(CODE);
}

static void associating(void) {
    struct node node;
    struct desk desk;
    desk_init(&desk);
    node_start(&node, desk_options(&desk, NULL));
    node_open_async(node.port, NULL);
    desk_take_association(&desk);
    exit(CODE);
}

/* A server that answers nothing, and an operation that waits for it. */
static struct desk desk;
static struct listener listener;

static dimse_assoc *unanswered(dimse_queue *queue) {
    struct node node;
    dimse_assoc *assoc;
    dimse_delivery delivery;
    dimse_error *err = NULL;
    desk_init(&desk);
    listener_init(&listener);
    node_start(&node, desk_options(NULL, &desk));
    assoc = node_open(node.port);
    delivery = listener_delivery(&listener, queue);
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, NULL, &err));
    return assoc;
}

static void waiting_for_a_reply(void) {
    unanswered(NULL);
    desk_take_request(&desk);
    exit(CODE);
}

static void events_that_nobody_dispatched(void) {
    dimse_queue *queue = NULL;
    CHECK_IS(dimse_queue_new(NULL, &queue, NULL), DIMSE_OK);
    unanswered(queue);
    dimse_request_free(desk_take_request(&desk));
    sleep_ms(20);
    exit(CODE);
}

static void *echo_for_ever(void *assoc) {
    for (;;) {
        dimse_assoc_echo((dimse_assoc *)assoc, NULL, NULL, NULL, NULL, NULL);
    }
    return NULL;
}

static void a_blocking_call_in_another_thread(void) {
    struct node node;
    pthread_t threads[4];
    int index;
    node_start(&node, NULL);
    for (index = 0; index < 4; index++) {
        CHECK_IS(pthread_create(&threads[index], NULL, echo_for_ever, node_open(node.port)), 0);
    }
    sleep_ms(50);
    exit(CODE);
}

static void requests_that_nobody_answered(void) {
    dimse_assoc *assoc = unanswered(NULL);
    dimse_error *err = NULL;
    desk_take_request(&desk);
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, NULL, NULL, &err));
    CHECK_OK(err, dimse_assoc_release_async(assoc, NULL, NULL, &err));
    exit(CODE);
}

static int inside;

static int32_t stay(struct listener *mine, const dimse_event *event) {
    (void)mine;
    (void)event;
    peer_reach((struct peer *)mine->data, 1);
    for (;;) {
        sleep_ms(1000);
    }
    return 0;
}

static void close_at_once(struct peer *peer, int connection) {
    (void)peer;
    (void)connection;
}

static void a_callback_that_runs(void) {
    struct peer gate;
    dimse_delivery delivery;
    listener_init(&listener);
    listener.also = stay;
    listener.data = &gate;
    delivery = listener_delivery(&listener, NULL);
    peer_start(&gate, close_at_once, NULL, 1);
    node_open_async(gate.port, &delivery);
    peer_await(&gate, 1);
    exit(CODE);
}

static int32_t leave(struct listener *mine, const dimse_event *event) {
    (void)mine;
    (void)event;
    exit(CODE);
}

static void in_an_event(void) {
    dimse_delivery delivery;
    listener_init(&listener);
    listener.also = leave;
    delivery = listener_delivery(&listener, NULL);
    node_open_async(peer_closed_port(), &delivery);
    for (;;) {
        sleep_ms(1000);
    }
}

static void leave_from_handler(dimse_request *request, void *user_data) {
    (void)request;
    (void)user_data;
    exit(CODE);
}

static void in_a_request_handler(void) {
    struct node node;
    dimse_server_options *options = node_options();
    CHECK_IS(dimse_server_options_set_handler(options, NULL, leave_from_handler, NULL, NULL, NULL), DIMSE_OK);
    node_start(&node, options);
    dimse_assoc_echo(node_open(node.port), NULL, NULL, NULL, NULL, NULL);
    for (;;) {
        sleep_ms(1000);
    }
}

static void leave_from_log(const dimse_log_record *record, void *user_data) {
    (void)record;
    if (__atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST) == 5) { /* on several threads at once */
        exit(*(const int *)user_data);
    }
}

static void in_a_log_callback(void) {
    static int code = CODE;
    struct node node;
    CHECK_IS(dimse_log_set_callback(DIMSE_LOG_DEBUG, leave_from_log, &code, NULL, NULL), DIMSE_OK);
    node_start(&node, NULL);
    for (;;) {
        node_echo(node_open(node.port));
    }
}

static void *leave_from_thread(void *data) {
    (void)data;
    sleep_ms(20);
    exit(CODE);
}

static void in_another_thread(void) {
    struct node node;
    pthread_t thread;
    dimse_assoc *assoc;
    node_start(&node, NULL);
    assoc = node_open(node.port);
    CHECK_IS(pthread_create(&thread, NULL, leave_from_thread, NULL), 0);
    echo_for_ever(assoc);
}

static void *shut_down(void *data) {
    (void)data;
    dimse_runtime_shutdown(NULL, DIMSE_NO_LIMIT);
    return NULL;
}

static void while_shutting_down(void) {
    pthread_t thread;
    unanswered(NULL);
    desk_take_request(&desk);
    CHECK_IS(pthread_create(&thread, NULL, shut_down, NULL), 0);
    sleep_ms(20);
    exit(CODE);
}

static dimse_assoc *left_open;

static void release_at_exit(void) {
    node_echo(left_open);
    node_release(left_open);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
}

/* The library still works in handlers that the program registered. */
static void with_handlers_of_exit(void) {
    struct node node;
    CHECK_IS(atexit(release_at_exit), 0);
    node_start(&node, NULL);
    left_open = node_open(node.port);
    exit(CODE);
}

static void without_a_word(void) {
    unanswered(NULL);
    desk_take_request(&desk);
    _exit(CODE);
}
