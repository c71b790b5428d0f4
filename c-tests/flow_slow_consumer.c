/* Events that nobody takes: so many wait and no more, the instances behind them wait too, and then every event comes,
 * once and in order. Whoever waits itself for the end is not waited for, and what ends an operation needs no room.
 * ctest-timeout: 120 */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "sample.h"

static void in_a_queue(void);
static void on_a_thread_of_the_library(void);
static void read_by_next(void);
static void in_a_blocking_call(void);
static void cancelled_while_full(void);
static void cancelled_by_its_callback(void);
static void freed_while_full(void);
static void nobody_can_read_them(void);
static void the_reader_waits_for_the_end(void);
static void a_blocking_call_stands_behind(void);
static void the_runtime_is_shut_down(void);

/* As many as wait at the most (src/runtime/backlog.rs), and a few that were under way. */
#define MOST 1024
#define SLACK 4
#define MANY 2500

static struct folder folder;
static struct node node;
static dimse_instance *instances[MANY];
/* How many of them are sent. */
static int many = MANY;

int main(void) {
    dimse_server_options *options;
    dimse_error *err = NULL;
    int index;
    folder_make(&folder);
    options = node_folder(&folder);
    /* Many systems write a file that replaces another to the disk at once. */
    CHECK_OK(err, dimse_server_options_set_folder_collision(options, DIMSE_COLLISION_KEEP, &err));
    node_start(&node, options);
    for (index = 0; index < MANY; index++) {
        char uid[32];
        struct sample sample;
        (void)snprintf(uid, sizeof uid, "1.2.3.%d", index + 1);
        sample = sample_make(CT_IMAGE_STORAGE, uid, 2);
        CHECK_OK(err, dimse_instance_from_bytes(sample.bytes, sample.length, &instances[index], &err));
        sample_free(&sample);
    }
    in_a_queue();
    on_a_thread_of_the_library();
    read_by_next();
    in_a_blocking_call();
    many = MOST + 200;
    cancelled_while_full();
    cancelled_by_its_callback();
    freed_while_full();
    nobody_can_read_them();
    the_reader_waits_for_the_end();
    a_blocking_call_stands_behind();
    the_runtime_is_shut_down();
    for (index = 0; index < MANY; index++) {
        dimse_instance_free(instances[index]);
    }
    node_stop(&node);
    folder_remove(&folder);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static uint64_t stored(void) { return node_counters(&node).instances_total; }

static dimse_assoc *open_on(dimse_runtime *runtime) {
    dimse_assoc_options *options = node_caller(node.port);
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_options_add_context(options, CT_IMAGE_STORAGE, NULL, 0, &err));
    CHECK_OK(err, dimse_assoc_options_add_context(options, VERIFICATION, NULL, 0, &err));
    CHECK_OK(err, dimse_assoc_open(runtime, options, &assoc, &err));
    dimse_assoc_options_free(options);
    return assoc;
}

static dimse_assoc *open(void) { return open_on(NULL); }

static dimse_op *start(dimse_assoc *assoc, const dimse_delivery *delivery) {
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err,
        dimse_assoc_store_instances_async(
            assoc, (const dimse_instance *const *)instances, (size_t)many, NULL, delivery, &op, &err));
    return op;
}

static dimse_queue *queue_new(void) {
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    return queue;
}

/* It comes to where it waits for us, and stays there. */
static void check_held(uint64_t before) {
    uint64_t there;
    CHECK_SOON(stored() - before >= MOST);
    there = stored();
    CHECK(there - before <= MOST + SLACK);
    sleep_ms(100);
    CHECK(stored() - before <= MOST + SLACK);
}

/* The events of one operation, one after the other. */
struct story {
    int instances;
    uint32_t last_done;
    int is_last;
};

static void check_next(struct story *story, const dimse_event *event) {
    char uid[32];
    CHECK(!story->is_last);
    if (event->kind == DIMSE_EVENT_INSTANCE) {
        (void)snprintf(uid, sizeof uid, "1.2.3.%d", ++story->instances);
        CHECK_TEXT(event->sop_instance, uid);
        CHECK_IS(event->status, 0);
    } else if (event->kind == DIMSE_EVENT_PROGRESS) {
        CHECK(event->instances_done >= story->last_done);
        story->last_done = event->instances_done;
    } else {
        CHECK_IS(event->kind, DIMSE_EVENT_DONE);
        story->is_last = 1;
    }
}

static void check_whole(const struct story *story, const struct listener *listener) {
    CHECK_IS(story->instances, many);
    CHECK_IS(story->last_done, many);
    CHECK_IS(listener->instances_done, many);
}

static int32_t tell(struct listener *listener, const dimse_event *event) {
    check_next((struct story *)listener->data, event);
    return 0;
}

static dimse_delivery tell_to(struct listener *listener, struct story *story, dimse_queue *queue) {
    memset(story, 0, sizeof *story);
    listener_init(listener);
    listener->also = tell;
    listener->data = story;
    return listener_delivery(listener, queue);
}

static void dispatch_to_the_end(dimse_queue *queue, struct listener *listener) {
    while (!listener_is_done(listener)) {
        CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, 7, NULL), DIMSE_OK);
    }
}

static void in_a_queue(void) {
    struct listener listener;
    struct story story;
    dimse_queue *queue = queue_new();
    dimse_delivery delivery = tell_to(&listener, &story, queue);
    dimse_assoc *assoc = open();
    uint64_t before = stored();
    dimse_op *op = start(assoc, &delivery);
    check_held(before);
    CHECK_IS(dimse_op_poll(op), DIMSE_PENDING);
    dispatch_to_the_end(queue, &listener);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    check_whole(&story, &listener);
    dimse_op_free(op);
    dimse_queue_free(queue);
    node_release(assoc);
}

/* A callback that is not done with the first event. */
struct slow {
    struct story story;
    int may_go_on;
};

static int32_t wait_and_tell(struct listener *listener, const dimse_event *event) {
    struct slow *slow = (struct slow *)listener->data;
    while (__atomic_load_n(&slow->may_go_on, __ATOMIC_SEQ_CST) == 0) {
        sleep_ms(1);
    }
    check_next(&slow->story, event);
    return 0;
}

static void on_a_thread_of_the_library(void) {
    struct listener listener;
    struct slow slow;
    dimse_delivery delivery = tell_to(&listener, &slow.story, NULL);
    dimse_assoc *assoc = open();
    uint64_t before = stored();
    dimse_op *op;
    slow.may_go_on = 0;
    listener.also = wait_and_tell;
    listener.data = &slow;
    op = start(assoc, &delivery);
    check_held(before);
    /* The callbacks are the library's to call: whoever waits for the end waits for them. */
    CHECK_IS(dimse_op_wait(op, 50, NULL), DIMSE_PENDING);
    CHECK(stored() - before <= MOST + SLACK);
    __atomic_store_n(&slow.may_go_on, 1, __ATOMIC_SEQ_CST);
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_OK);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    check_whole(&slow.story, &listener);
    dimse_op_free(op);
    node_release(assoc);
}

static void read_to_the_end(dimse_op *op, struct story *story) {
    dimse_event event;
    while (!story->is_last) {
        event.struct_size = sizeof event;
        CHECK_IS(dimse_op_next(op, PATIENCE_MS, &event), DIMSE_OK);
        check_next(story, &event);
    }
}

static void read_by_next(void) {
    struct story story;
    dimse_assoc *assoc = open();
    uint64_t before = stored();
    dimse_op *op = start(assoc, NULL);
    memset(&story, 0, sizeof story);
    check_held(before);
    read_to_the_end(op, &story);
    CHECK_IS(story.instances, many);
    CHECK_IS(dimse_op_wait(op, 0, NULL), DIMSE_OK);
    dimse_op_free(op);
    node_release(assoc);
}

/* Others drive the association while the caller's thread is in its callback. */
struct look {
    struct story story;
    uint64_t before;
};

static int32_t look_and_tell(struct listener *listener, const dimse_event *event) {
    struct look *look = (struct look *)listener->data;
    if (look->story.instances == 0 && event->kind == DIMSE_EVENT_INSTANCE) {
        check_held(look->before);
    }
    check_next(&look->story, event);
    return 0;
}

static void in_a_blocking_call(void) {
    struct listener listener;
    struct look look;
    dimse_assoc *assoc = open();
    dimse_error *err = NULL;
    (void)tell_to(&listener, &look.story, NULL);
    listener.also = look_and_tell;
    listener.data = &look;
    look.before = stored();
    CHECK_OK(err,
        dimse_assoc_store_instances(
            assoc, (const dimse_instance *const *)instances, (size_t)many, NULL, listener_event, &listener, &err));
    CHECK_IS(listener_is_done(&listener), 1);
    check_whole(&look.story, &listener);
    node_release(assoc);
}

/* The outcome is there at once, and DONE stands behind what was not taken; the association goes on. */
static void cancelled_while_full(void) {
    struct listener listener;
    struct story story;
    dimse_queue *queue = queue_new();
    dimse_delivery delivery = tell_to(&listener, &story, queue);
    dimse_assoc *assoc = open();
    uint64_t before = stored();
    dimse_op *op = start(assoc, &delivery);
    check_held(before);
    CHECK_IS(dimse_op_cancel(op), DIMSE_OK);
    CHECK_IS(dimse_op_poll(op), DIMSE_ERR_CANCELLED);
    node_echo(assoc);
    CHECK_IS(listener_is_done(&listener), 0);
    dispatch_to_the_end(queue, &listener);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CANCELLED);
    CHECK_SOON(stored() - before == (uint64_t)story.instances);
    CHECK_IS(listener.instances_done, story.instances);
    CHECK_IS(listener.instances_total, many);
    dimse_op_free(op);
    dimse_queue_free(queue);
    node_release(assoc);
}

static int32_t tell_and_cancel(struct listener *listener, const dimse_event *event) {
    struct story *story = (struct story *)listener->data;
    check_next(story, event);
    return story->instances == 10;
}

static void cancelled_by_its_callback(void) {
    struct listener listener;
    struct story story;
    dimse_queue *queue = queue_new();
    dimse_delivery delivery = tell_to(&listener, &story, queue);
    dimse_assoc *assoc = open();
    uint64_t before = stored();
    dimse_op *op;
    listener.also = tell_and_cancel;
    op = start(assoc, &delivery);
    check_held(before);
    dispatch_to_the_end(queue, &listener);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CANCELLED);
    CHECK_SOON(stored() - before == (uint64_t)story.instances);
    dimse_op_free(op);
    dimse_queue_free(queue);
    node_release(assoc);
}

/* In the first callback everything is let go of: the association is aborted by that, and DONE comes. */
struct let_go {
    dimse_op *op;
    dimse_assoc *assoc;
    dimse_queue *queue;
};

static int32_t let_go(struct listener *listener, const dimse_event *event) {
    struct let_go *all = (struct let_go *)listener->data;
    (void)event;
    dimse_op_free(all->op);
    dimse_assoc_free(all->assoc);
    all->op = NULL;
    all->assoc = NULL;
    return 0;
}

static void freed_while_full(void) {
    struct listener listener;
    struct story story;
    struct let_go all;
    dimse_delivery delivery;
    uint64_t before = stored();
    all.queue = queue_new();
    delivery = tell_to(&listener, &story, all.queue);
    listener.also = let_go;
    listener.data = &all;
    all.assoc = open();
    all.op = start(all.assoc, &delivery);
    check_held(before);
    dispatch_to_the_end(all.queue, &listener);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CANCELLED);
    CHECK(stored() - before <= MOST + SLACK);
    CHECK_SOON(stored() - before == (uint64_t)listener.instances);

    /* The queue: its events are nobody's any more, and the operation goes on without them. */
    before = stored();
    delivery = tell_to(&listener, &story, all.queue);
    all.assoc = open();
    all.op = start(all.assoc, &delivery);
    check_held(before);
    dimse_queue_free(all.queue);
    CHECK_IS(dimse_op_wait(all.op, PATIENCE_MS, NULL), DIMSE_OK);
    CHECK_SOON(stored() - before == (uint64_t)many);
    CHECK_SOON(listener_releases(&listener) == 1);
    CHECK_IS(listener.events, 0);
    dimse_op_free(all.op);
    node_release(all.assoc);
}

static void nobody_can_read_them(void) {
    dimse_assoc *assoc = open();
    dimse_error *err = NULL;
    uint64_t before = stored();
    CHECK_OK(err,
        dimse_assoc_store_instances_async(
            assoc, (const dimse_instance *const *)instances, (size_t)many, NULL, NULL, NULL, &err));
    CHECK_SOON(stored() - before == (uint64_t)many);
    before = stored();
    dimse_op *op = start(assoc, NULL);
    check_held(before);
    dimse_op_free(op);
    CHECK_SOON(stored() - before == (uint64_t)many);
    node_release(assoc);
}

/* The one who would take the events waits for the end first. */
static void the_reader_waits_for_the_end(void) {
    struct listener listener;
    struct story story;
    dimse_queue *queue = queue_new();
    dimse_delivery delivery = tell_to(&listener, &story, queue);
    dimse_assoc *assoc = open();
    uint64_t before = stored();
    dimse_op *op = start(assoc, &delivery);
    check_held(before);
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_OK);
    CHECK_IS(listener_is_done(&listener), 0);
    dispatch_to_the_end(queue, &listener);
    check_whole(&story, &listener);
    dimse_op_free(op);
    dimse_queue_free(queue);

    memset(&story, 0, sizeof story);
    op = start(assoc, NULL);
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_OK);
    read_to_the_end(op, &story);
    CHECK_IS(story.instances, many);
    dimse_op_free(op);
    node_release(assoc);
}

static void a_blocking_call_stands_behind(void) {
    struct listener listener;
    struct story story;
    dimse_queue *queue = queue_new();
    dimse_delivery delivery = tell_to(&listener, &story, queue);
    dimse_assoc *assoc = open();
    uint64_t before = stored();
    dimse_op *op = start(assoc, &delivery);
    check_held(before);
    node_echo(assoc);
    CHECK_SOON(stored() - before == (uint64_t)many);
    CHECK_IS(dimse_op_poll(op), DIMSE_OK);
    dispatch_to_the_end(queue, &listener);
    check_whole(&story, &listener);
    dimse_op_free(op);
    dimse_queue_free(queue);
    node_release(assoc);
}

/* The one who would take the events shuts down: what is open is done within the time, and told afterwards. */
static void the_runtime_is_shut_down(void) {
    struct listener listener;
    struct story story;
    dimse_runtime *runtime = NULL;
    dimse_queue *queue = NULL;
    dimse_assoc *assoc;
    dimse_delivery delivery;
    dimse_op *op;
    dimse_error *err = NULL;
    uint64_t before = stored();
    CHECK_OK(err, dimse_runtime_new(NULL, &runtime, &err));
    CHECK_OK(err, dimse_queue_new(runtime, &queue, &err));
    assoc = open_on(runtime);
    delivery = tell_to(&listener, &story, queue);
    op = start(assoc, &delivery);
    check_held(before);
    CHECK_IS(dimse_runtime_shutdown(runtime, PATIENCE_MS), DIMSE_OK);
    CHECK_SOON(stored() - before == (uint64_t)many);
    dispatch_to_the_end(queue, &listener);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    check_whole(&story, &listener);
    dimse_op_free(op);
    dimse_assoc_free(assoc);
    dimse_queue_free(queue);
    dimse_runtime_free(runtime);
}
