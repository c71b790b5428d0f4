/* dimse_queue: events wait until somebody dispatches them, and everybody can be told that they wait. */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"

#include <poll.h>

static void arguments_are_checked(void);
static void an_empty_queue(void);
static void a_wakeup(void);
static void events_wait_for_a_dispatch(uint16_t port);
static void as_many_as_asked_for(uint16_t port);
static void the_descriptor_is_level_triggered(uint16_t port);
static void notify_says_when(uint16_t port);
static void freeing_a_queue_with_events(uint16_t port);
static void freeing_a_queue_that_is_dispatched(void);

int main(void) {
    struct node node;
    node_start(&node, NULL);
    arguments_are_checked();
    an_empty_queue();
    a_wakeup();
    events_wait_for_a_dispatch(node.port);
    as_many_as_asked_for(node.port);
    the_descriptor_is_level_triggered(node.port);
    notify_says_when(node.port);
    freeing_a_queue_with_events(node.port);
    freeing_a_queue_that_is_dispatched();
    node_stop(&node);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static dimse_queue *new_queue(void) {
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    return queue;
}

static int is_readable(int descriptor) {
    struct pollfd ready;
    memset(&ready, 0, sizeof ready);
    ready.fd = descriptor;
    ready.events = POLLIN;
    return poll(&ready, 1, 0) == 1;
}

/* An operation whose DONE waits in the queue: over, and nobody was called. */
static dimse_op *one_event(uint16_t port, struct listener *listener, dimse_queue *queue) {
    dimse_delivery delivery;
    dimse_op *op;
    listener_init(listener);
    delivery = listener_delivery(listener, queue);
    op = node_open_async(port, &delivery);
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_OK);
    return op;
}

static void arguments_are_checked(void) {
    dimse_queue *queue = new_queue();
    dimse_error *err = NULL;
    uint32_t ran = 7;
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out", dimse_queue_new(NULL, NULL, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out", dimse_queue_fd(queue, NULL, &err));
    CHECK_IS(dimse_queue_dispatch(queue, 0, 0, &ran), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(ran, 7);
    dimse_queue_free(queue);
    dimse_queue_free(NULL);
}

static void an_empty_queue(void) {
    dimse_queue *queue = new_queue();
    dimse_error *err = NULL;
    int32_t descriptor = -1;
    int32_t again = -1;
    uint32_t ran = 7;
    uint64_t begun = now_ms();
    CHECK_IS(dimse_queue_dispatch(queue, 0, UINT32_MAX, &ran), DIMSE_OK);
    CHECK_IS(ran, 0);
    CHECK_IS(dimse_queue_dispatch(queue, 30, UINT32_MAX, NULL), DIMSE_OK);
    CHECK(now_ms() - begun >= 29);
    CHECK_OK(err, dimse_queue_fd(queue, &descriptor, &err));
    CHECK_OK(err, dimse_queue_fd(queue, &again, &err));
    CHECK(descriptor >= 0 && descriptor == again);
    CHECK(!is_readable(descriptor));
    dimse_queue_free(queue);
}

static void *wake_up_later(void *queue) {
    sleep_ms(20);
    CHECK_IS(dimse_queue_wakeup((dimse_queue *)queue), DIMSE_OK);
    return NULL;
}

static void a_wakeup(void) {
    dimse_queue *queue = new_queue();
    uint64_t begun = now_ms();
    uint32_t ran = 7;
    pthread_t thread;
    /* Before the dispatch it counts, once. */
    CHECK_IS(dimse_queue_wakeup(queue), DIMSE_OK);
    CHECK_IS(dimse_queue_dispatch(queue, DIMSE_NO_LIMIT, UINT32_MAX, &ran), DIMSE_OK);
    CHECK_IS(ran, 0);
    CHECK_IS(pthread_create(&thread, NULL, wake_up_later, queue), 0);
    CHECK_IS(dimse_queue_dispatch(queue, DIMSE_NO_LIMIT, UINT32_MAX, &ran), DIMSE_OK);
    CHECK_IS(pthread_join(thread, NULL), 0);
    CHECK_IS(ran, 0);
    CHECK(now_ms() - begun >= 19);
    dimse_queue_free(queue);
}

static void events_wait_for_a_dispatch(uint16_t port) {
    dimse_queue *queue = new_queue();
    struct listener listener;
    dimse_op *op = one_event(port, &listener, queue);
    uint32_t ran = 0;
    CHECK_IS(listener.events, 0);
    CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, UINT32_MAX, &ran), DIMSE_OK);
    CHECK_IS(ran, 1);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK(pthread_equal(listener.thread, pthread_self()));
    dimse_op_free(op);
    dimse_queue_free(queue);
}

static void as_many_as_asked_for(uint16_t port) {
    dimse_queue *queue = new_queue();
    struct listener listeners[3];
    dimse_op *ops[3];
    uint32_t ran = 0;
    uint32_t sum = 0;
    int index;
    for (index = 0; index < 3; index++) {
        ops[index] = one_event(port, &listeners[index], queue);
    }
    while (sum < 2) {
        CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, 1, &ran), DIMSE_OK);
        CHECK_IS(ran, 1);
        sum += ran;
    }
    CHECK_IS(listeners[0].done + listeners[1].done + listeners[2].done, 2);
    CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, 100, &ran), DIMSE_OK);
    CHECK_IS(ran, 1);
    for (index = 0; index < 3; index++) {
        CHECK_IS(listener_outcome(&listeners[index]), DIMSE_OK);
        dimse_op_free(ops[index]);
    }
    dimse_queue_free(queue);
}

static void the_descriptor_is_level_triggered(uint16_t port) {
    dimse_queue *queue = new_queue();
    struct listener one;
    struct listener other;
    dimse_op *ops[2];
    dimse_error *err = NULL;
    int32_t descriptor = -1;
    ops[0] = one_event(port, &one, queue);
    /* It says so also where the events were there before it. */
    CHECK_OK(err, dimse_queue_fd(queue, &descriptor, &err));
    CHECK_SOON(is_readable(descriptor));
    CHECK(is_readable(descriptor));
    ops[1] = one_event(port, &other, queue);
    CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, 1, NULL), DIMSE_OK);
    CHECK_SOON(is_readable(descriptor));
    CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, 1, NULL), DIMSE_OK);
    CHECK_SOON(!is_readable(descriptor));
    CHECK_IS(listener_outcome(&one), DIMSE_OK);
    CHECK_IS(listener_outcome(&other), DIMSE_OK);
    dimse_op_free(ops[0]);
    dimse_op_free(ops[1]);
    dimse_queue_free(queue);
}

struct notified {
    pthread_mutex_t lock;
    int calls;
    int released;
    int calls_after_release;
};

static void notified_init(struct notified *notified) {
    memset(notified, 0, sizeof *notified);
    CHECK_IS(pthread_mutex_init(&notified->lock, NULL), 0);
}

static void notify(void *user_data) {
    struct notified *notified = (struct notified *)user_data;
    pthread_mutex_lock(&notified->lock);
    notified->calls++;
    notified->calls_after_release += notified->released;
    pthread_mutex_unlock(&notified->lock);
}

static void release_notified(void *user_data) {
    struct notified *notified = (struct notified *)user_data;
    pthread_mutex_lock(&notified->lock);
    notified->released++;
    pthread_mutex_unlock(&notified->lock);
}

static int calls(struct notified *notified) {
    int count;
    pthread_mutex_lock(&notified->lock);
    count = notified->calls;
    pthread_mutex_unlock(&notified->lock);
    return count;
}

static int releases(struct notified *notified) {
    int count;
    pthread_mutex_lock(&notified->lock);
    CHECK_IS(notified->calls_after_release, 0);
    count = notified->released;
    pthread_mutex_unlock(&notified->lock);
    return count;
}

static void notify_says_when(uint16_t port) {
    dimse_queue *queue = new_queue();
    struct notified first;
    struct notified second;
    struct listener listeners[2];
    dimse_op *ops[2];
    notified_init(&first);
    notified_init(&second);
    CHECK_IS(dimse_queue_set_notify(queue, notify, &first, release_notified, NULL), DIMSE_OK);
    CHECK_IS(calls(&first), 0);
    ops[0] = one_event(port, &listeners[0], queue);
    CHECK_SOON(calls(&first) >= 1);
    ops[1] = one_event(port, &listeners[1], queue);

    /* Another one is told at once what waits, and again when a dispatch leaves something. */
    CHECK_IS(dimse_queue_set_notify(queue, notify, &second, release_notified, NULL), DIMSE_OK);
    CHECK_SOON(releases(&first) == 1);
    CHECK_SOON(calls(&second) >= 1);
    {
        int before = calls(&second);
        CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, 1, NULL), DIMSE_OK);
        CHECK_SOON(calls(&second) > before);
    }
    CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, 1, NULL), DIMSE_OK);
    CHECK_IS(dimse_queue_set_notify(queue, NULL, NULL, NULL, NULL), DIMSE_OK);
    CHECK_SOON(releases(&second) == 1);
    CHECK_IS(listener_outcome(&listeners[0]), DIMSE_OK);
    CHECK_IS(listener_outcome(&listeners[1]), DIMSE_OK);
    dimse_op_free(ops[0]);
    dimse_op_free(ops[1]);

    /* The queue's end gives it back too, and so does no function at all. */
    CHECK_IS(dimse_queue_set_notify(queue, NULL, &first, release_notified, NULL), DIMSE_OK);
    CHECK_SOON(releases(&first) == 2);
    CHECK_IS(dimse_queue_set_notify(queue, notify, &second, release_notified, NULL), DIMSE_OK);
    dimse_queue_free(queue);
    CHECK_SOON(releases(&second) == 2);
}

static void freeing_a_queue_with_events(uint16_t port) {
    dimse_queue *queue = new_queue();
    struct listener waiting;
    struct listener coming;
    dimse_delivery delivery;
    dimse_op *ops[2];
    ops[0] = one_event(port, &waiting, queue);
    listener_init(&coming);
    delivery = listener_delivery(&coming, queue);
    ops[1] = node_open_async(port, &delivery);
    dimse_queue_free(queue);
    listener_unused(&waiting);
    /* The operation itself goes on. */
    CHECK_IS(dimse_op_wait(ops[1], PATIENCE_MS, NULL), DIMSE_OK);
    listener_unused(&coming);
    dimse_op_free(ops[0]);
    dimse_op_free(ops[1]);
    CHECK_IS(dimse_queue_dispatch(queue, 0, 1, NULL), DIMSE_ERR_INVALID_HANDLE);
}

static void *dispatch_without_limit(void *queue) {
    uint32_t ran = 7;
    dimse_result result = dimse_queue_dispatch((dimse_queue *)queue, DIMSE_NO_LIMIT, UINT32_MAX, &ran);
    CHECK(result == DIMSE_ERR_INVALID_HANDLE || (result == DIMSE_OK && ran == 0));
    return NULL;
}

/* Whoever waits in it comes back. */
static void freeing_a_queue_that_is_dispatched(void) {
    dimse_queue *queue = new_queue();
    pthread_t threads[3];
    int index;
    for (index = 0; index < 3; index++) {
        CHECK_IS(pthread_create(&threads[index], NULL, dispatch_without_limit, queue), 0);
    }
    sleep_ms(20);
    dimse_queue_free(queue);
    for (index = 0; index < 3; index++) {
        CHECK_IS(pthread_join(threads[index], NULL), 0);
    }
}
