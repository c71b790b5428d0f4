#include "things.h"

#include "desk.h"

static void *make_buffer(void);
static void *make_error(void);
static void *make_assoc_request(void);
static void *make_request(void);

void *live[NOUNS];
const uint8_t ONE_BYTE[1] = {'x'};
int released;

/* Two servers: one keeps association requests undecided, one keeps requests unanswered. */
static struct node deciding;
static struct node answering;
static struct desk desk;
/* The associations over which the requests of make_request came, until things_end. */
static dimse_assoc *callers[64];
static int caller_count;

void things_begin(void) {
    int noun;
    desk_init(&desk);
    node_start(&deciding, desk_options(&desk, NULL));
    node_start(&answering, desk_options(NULL, &desk));
    for (noun = 0; noun < NOUNS; noun++) {
        live[noun] = thing_make((enum noun)noun);
    }
}

void things_end(void) {
    int noun;
    for (noun = 0; noun < NOUNS; noun++) {
        thing_free((enum noun)noun, live[noun]);
        live[noun] = NULL;
    }
    while (caller_count > 0) {
        dimse_assoc_free(callers[--caller_count]);
    }
    node_stop(&deciding);
    node_stop(&answering);
}

void *thing_make(enum noun noun) {
    dimse_error *err = NULL;
    switch (noun) {
    case NOUN_error:
        return make_error();
    case NOUN_op:
        return node_open_async(answering.port, NULL);
    case NOUN_queue: {
        dimse_queue *queue = NULL;
        CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
        return queue;
    }
    case NOUN_runtime: {
        dimse_runtime *runtime = NULL;
        CHECK_OK(err, dimse_runtime_new(NULL, &runtime, &err));
        return runtime;
    }
    case NOUN_runtime_options: {
        dimse_runtime_options *options = NULL;
        CHECK_IS(dimse_runtime_options_new(&options, NULL), DIMSE_OK);
        return options;
    }
    case NOUN_assoc_options:
        return node_caller(answering.port);
    case NOUN_echo_options: {
        dimse_echo_options *options = NULL;
        CHECK_OK(err, dimse_echo_options_new(&options, &err));
        return options;
    }
    case NOUN_store_options: {
        dimse_store_options *options = NULL;
        CHECK_OK(err, dimse_store_options_new(&options, &err));
        return options;
    }
    case NOUN_instance: {
        dimse_instance *instance = NULL;
        CHECK_OK(err, dimse_instance_from_bytes(ONE_BYTE, 1, &instance, &err));
        return instance;
    }
    case NOUN_dataset: {
        dimse_dataset *dataset = NULL;
        CHECK_OK(err, dimse_dataset_new(&dataset, &err));
        return dataset;
    }
    case NOUN_buffer:
        return make_buffer();
    case NOUN_assoc:
        return node_open(answering.port);
    case NOUN_server_options:
        return node_options();
    case NOUN_server: {
        struct node node;
        node_start(&node, NULL);
        return node.server;
    }
    case NOUN_assoc_request:
        return make_assoc_request();
    case NOUN_request:
        return make_request();
    case NOUNS:
        break;
    }
    CHECK(!"a noun that cannot be made");
    return NULL;
}

void thing_free(enum noun noun, void *thing) {
    switch (noun) {
    case NOUN_error:
        dimse_error_free((dimse_error *)thing);
        break;
    case NOUN_op:
        dimse_op_free((dimse_op *)thing);
        break;
    case NOUN_queue:
        dimse_queue_free((dimse_queue *)thing);
        break;
    case NOUN_runtime:
        CHECK_IS(dimse_runtime_shutdown((dimse_runtime *)thing, 0), DIMSE_OK);
        dimse_runtime_free((dimse_runtime *)thing);
        break;
    case NOUN_runtime_options:
        dimse_runtime_options_free((dimse_runtime_options *)thing);
        break;
    case NOUN_assoc_options:
        dimse_assoc_options_free((dimse_assoc_options *)thing);
        break;
    case NOUN_echo_options:
        dimse_echo_options_free((dimse_echo_options *)thing);
        break;
    case NOUN_store_options:
        dimse_store_options_free((dimse_store_options *)thing);
        break;
    case NOUN_instance:
        dimse_instance_free((dimse_instance *)thing);
        break;
    case NOUN_dataset:
        dimse_dataset_free((dimse_dataset *)thing);
        break;
    case NOUN_buffer:
        dimse_buffer_free((dimse_buffer *)thing);
        break;
    case NOUN_assoc:
        dimse_assoc_free((dimse_assoc *)thing);
        break;
    case NOUN_server_options:
        dimse_server_options_free((dimse_server_options *)thing);
        break;
    case NOUN_server:
        dimse_server_free((dimse_server *)thing);
        break;
    case NOUN_assoc_request:
        dimse_assoc_request_free((dimse_assoc_request *)thing);
        break;
    case NOUN_request:
        dimse_request_free((dimse_request *)thing);
        break;
    case NOUNS:
        break;
    }
}

static void *make_error(void) {
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    CHECK_IS(dimse_queue_new((dimse_runtime *)live, &queue, &err), DIMSE_ERR_INVALID_HANDLE);
    return err;
}

static void *make_buffer(void) {
    dimse_dataset *dataset = (dimse_dataset *)thing_make(NOUN_dataset);
    dimse_buffer *buffer = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_dataset_to_json(dataset, &buffer, &err));
    dimse_dataset_free(dataset);
    return buffer;
}

static void *make_assoc_request(void) {
    dimse_op_free(node_open_async(deciding.port, NULL));
    return desk_take_association(&desk);
}

static void *make_request(void) {
    dimse_error *err = NULL;
    CHECK(caller_count < (int)(sizeof callers / sizeof callers[0]));
    callers[caller_count] = node_open(answering.port);
    CHECK_OK(err, dimse_assoc_echo_async(callers[caller_count++], NULL, NULL, NULL, &err));
    return desk_take_request(&desk);
}

/* ---- what the calls of exports.h use ---- */

void count_release(void *user_data) { ++*(int *)user_data; }

int32_t no_event(const dimse_event *event, void *user_data) {
    (void)event;
    (void)user_data;
    CHECK(!"an operation that did not start has no events");
    return 0;
}

int64_t no_read(uint8_t *into, size_t size, void *user_data) {
    (void)into;
    (void)size;
    (void)user_data;
    CHECK(!"an instance that is not sent is not read");
    return 0;
}

void no_association(dimse_assoc_request *request, void *user_data) {
    (void)request;
    (void)user_data;
    CHECK(!"a handler that was not set is not called");
}

void no_request(dimse_request *request, void *user_data) {
    (void)request;
    (void)user_data;
    CHECK(!"a handler that was not set is not called");
}

const dimse_delivery *counted_delivery(dimse_queue *queue) {
    static dimse_delivery delivery;
    delivery.queue = queue;
    delivery.on_event = no_event;
    delivery.user_data = &released;
    delivery.release = count_release;
    return &delivery;
}

#define UNTOUCHED 0xA5

void untouched_begin(void *out, size_t size, int is_sized) {
    uint32_t struct_size = (uint32_t)size;
    memset(out, UNTOUCHED, size);
    if (is_sized) {
        memcpy(out, &struct_size, sizeof struct_size);
    }
}

void untouched_end(const void *out, size_t size, int is_sized, const char *export_name) {
    uint32_t struct_size = (uint32_t)size;
    size_t index = is_sized ? sizeof struct_size : 0;
    int is_untouched = !is_sized || memcmp(out, &struct_size, sizeof struct_size) == 0;
    for (; index < size; index++) {
        is_untouched = is_untouched && ((const uint8_t *)out)[index] == UNTOUCHED;
    }
    if (!is_untouched) {
        fprintf(stderr, "%s failed and wrote an output\n", export_name);
        CHECK(is_untouched);
    }
}

void expect(const char *export_name, dimse_result actual, dimse_result expected) {
    if (actual != expected) {
        fprintf(stderr, "%s: %s, not %s\n", export_name, dimse_result_name(actual), dimse_result_name(expected));
        CHECK_IS(actual, expected);
    }
}

void expect_err(const char *export_name, dimse_error **err, dimse_result expected) {
    if (*err == NULL || dimse_error_result(*err) != expected || dimse_error_message(*err).len == 0) {
        fprintf(stderr, "%s: *err says \"%s\" (%s), not %s\n", export_name, dimse_error_message(*err).data,
            dimse_result_name(dimse_error_result(*err)), dimse_result_name(expected));
        CHECK(!"*err has the story");
    }
    dimse_error_free(*err);
    CHECK_IS(dimse_error_result(*err), DIMSE_ERR_INVALID_HANDLE);
    *err = NULL;
}

void expect_released(const char *export_name) {
    if (released != 1) {
        fprintf(stderr, "%s: user_data was given back %d times, not once\n", export_name, released);
        CHECK_IS(released, 1);
    }
}
