/* A server with a folder and a handler that decides about each instance: kept, refused, later, in another thread, let go
 * of, or too late. Before the answer the file is complete under another name; after it, it has its name or is gone. */
#include "check.h"

#include "desk.h"
#include "listener.h"
#include "moment.h"
#include "node.h"
#include "sample.h"

static struct folder folder;
static struct node node;
static struct desk desk;

static void kept_and_refused(void);
static void let_go_of(void);
static void later_and_in_any_order(void);
static void in_a_queue(void);
static void too_late(void);
static void what_has_no_instance(void);

int main(void) {
    dimse_server_options *options;
    dimse_error *err = NULL;
    folder_make(&folder);
    desk_init(&desk);
    options = node_folder(&folder);
    CHECK_OK(err, dimse_server_options_set_handler(options, NULL, desk_request, &desk, desk_release, &err));
    node_start(&node, options);
    kept_and_refused();
    let_go_of();
    later_and_in_any_order();
    too_late();
    what_has_no_instance();
    CHECK_EMPTY(&node);
    node_stop(&node);
    CHECK_SOON(desk_releases(&desk) == 1);
    in_a_queue();
    folder_remove(&folder);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static dimse_instance *instance_of(const struct sample *sample) {
    dimse_instance *instance = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_instance_from_bytes(sample->bytes, sample->length, &instance, &err));
    return instance;
}

/* Starts to store, and gives out the request that comes of it. */
static dimse_request *begin(dimse_assoc *assoc, const struct sample *sample, struct listener *listener) {
    sample_store(sample, assoc, listener);
    return desk_take_request(&desk);
}

static dimse_received received(dimse_request *request) {
    dimse_received received;
    memset(&received, 0, sizeof received);
    received.struct_size = sizeof received;
    CHECK_IS(dimse_request_received(request, &received), DIMSE_OK);
    CHECK_IS(received.struct_size, sizeof received);
    CHECK_IS(received.reserved, 0);
    return received;
}

/* All of it is there, and not under its name; says which that will be. */
static struct path complete_but_unnamed(dimse_request *request, const struct sample *sample) {
    dimse_received now = received(request);
    struct path path;
    CHECK_IS(now.bytes, sample_data_set(sample));
    CHECK(file_has_data_set(now.unfinished_path.data, sample));
    CHECK_IS(file_length(now.path.data), -1);
    CHECK(now.path.len < sizeof path.text);
    memcpy(path.text, now.path.data, now.path.len + 1);
    return path;
}

static void kept_and_refused(void) {
    static const struct {
        const char *sop_instance;
        uint32_t status;
        int is_kept;
    } decisions[] = {
        {"1.2.3.40", 0x0000u, 1},
        {"1.2.3.41", 0xB000u, 1},
        {"1.2.3.42", 0xA700u, 0},
        {"1.2.3.43", 0xC123u, 0},
        {"1.2.3.44", 0x0124u, 0},
    };
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    size_t index;
    for (index = 0; index < sizeof decisions / sizeof decisions[0]; index++) {
        struct sample sample = sample_make(CT_IMAGE_STORAGE, decisions[index].sop_instance, 200000 * index);
        struct listener listener;
        dimse_request *request = begin(assoc, &sample, &listener);
        struct path path = complete_but_unnamed(request, &sample);
        dimse_error *err = NULL;
        dimse_message message;
        memset(&message, 0, sizeof message);
        message.struct_size = sizeof message;
        CHECK_IS(dimse_request_message(request, &message), DIMSE_OK);
        CHECK_IS(message.command, DIMSE_COMMAND_C_STORE_RQ);
        CHECK_IS(message.has_data_set, 1);
        CHECK_TEXT(message.sop_instance, decisions[index].sop_instance);
        CHECK_TEXT(message.transfer_syntax, EXPLICIT_VR_LITTLE_ENDIAN);
        CHECK(!listener_is_done(&listener));
        CHECK_OK(err,
            dimse_request_respond(request, decisions[index].status, index == 2 ? "the disk is full" : NULL, &err));
        CHECK_IS(listener_outcome(&listener), DIMSE_OK);
        CHECK_IS(listener.status, decisions[index].status);
        CHECK(strcmp(listener.comment, index == 2 ? "the disk is full" : "") == 0);
        /* The peer was told after that. */
        CHECK_IS(file_length(path.text) > 0, decisions[index].is_kept);
        CHECK(!decisions[index].is_kept || file_has_data_set(path.text, &sample));
        CHECK_SOON(file_length(received(request).unfinished_path.data) == -1);
        CHECK_IS(dimse_request_respond(request, 0, NULL, NULL), DIMSE_ANSWERED_ALREADY);
        dimse_request_free(request);
        sample_free(&sample);
    }
    CHECK_IS(folder_files(&folder), 2);
    node_release(assoc);
}

static void let_go_of(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.45", 100000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    dimse_request *request = begin(assoc, &sample, &listener);
    struct path path = complete_but_unnamed(request, &sample);
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0xC001);
    CHECK(strstr(listener.comment, "not answered") != NULL);
    CHECK_IS(file_length(path.text), -1);
    CHECK_SOON(folder_files(&folder) == 2);
    sample_free(&sample);
    node_release(assoc);
}

/* Requests of several associations that lie on the desk, answered the last one first. */
static void later_and_in_any_order(void) {
    enum { MANY = 5 };
    struct sample samples[MANY];
    struct listener listeners[MANY];
    dimse_assoc *assocs[MANY];
    dimse_request *requests[MANY];
    struct path paths[MANY];
    dimse_error *err = NULL;
    int index;
    for (index = 0; index < MANY; index++) {
        char sop_instance[65];
        CHECK(snprintf(sop_instance, sizeof sop_instance, "1.2.3.5%d", index) > 0);
        samples[index] = sample_make(CT_IMAGE_STORAGE, sop_instance, 70000);
        assocs[index] = node_open_for(node.port, CT_IMAGE_STORAGE);
        requests[index] = begin(assocs[index], &samples[index], &listeners[index]);
    }
    sleep_ms(60);
    for (index = MANY - 1; index >= 0; index--) {
        paths[index] = complete_but_unnamed(requests[index], &samples[index]);
        CHECK_OK(err, dimse_request_respond(requests[index], index % 2 ? 0xA700u : 0u, NULL, &err));
        CHECK_IS(listener_outcome(&listeners[index]), DIMSE_OK);
        CHECK_IS(file_length(paths[index].text) > 0, index % 2 == 0);
        dimse_request_free(requests[index]);
        node_release(assocs[index]);
        sample_free(&samples[index]);
    }
    CHECK_SOON(folder_files(&folder) == 5);
}

/* The peer goes while the handler decides: the answer does no harm, and the instance is gone. */
static void too_late(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.60", 100000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    dimse_request *request = begin(assoc, &sample, &listener);
    struct path path = complete_but_unnamed(request, &sample);
    dimse_assoc_free(assoc);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CANCELLED);
    CHECK_SOON(dimse_request_is_cancelled(request) == 1);
    CHECK_EMPTY(&node);
    CHECK_IS(dimse_request_respond(request, 0, NULL, NULL), DIMSE_ANSWERED_ALREADY);
    CHECK_IS(received(request).bytes, sample_data_set(&sample));
    CHECK_SOON(file_length(received(request).unfinished_path.data) == -1);
    CHECK_IS(file_length(path.text), -1);
    dimse_request_free(request);
    CHECK_IS(folder_files(&folder), 5);
    sample_free(&sample);
}

static void what_has_no_instance(void) {
    dimse_assoc *assoc = node_open(node.port);
    dimse_op *op = NULL;
    dimse_request *request;
    dimse_received none;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, NULL, &op, &err));
    request = desk_take_request(&desk);
    memset(&none, 0xA5, sizeof none);
    none.struct_size = sizeof none;
    CHECK_IS(dimse_request_received(request, &none), DIMSE_ERR_STATE);
    CHECK_IS(none.reserved, 0xA5A5A5A5u);
    CHECK_OK(err, dimse_request_respond(request, 0, NULL, &err));
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, &err), DIMSE_OK);
    dimse_op_free(op);
    dimse_request_free(request);
    node_release(assoc);
}

static void answer_in_the_queue(dimse_request *request, void *user_data) {
    dimse_error *err = NULL;
    ++*(int *)user_data;
    CHECK(file_length(received(request).unfinished_path.data) > 0);
    CHECK_OK(err, dimse_request_respond(request, 0, NULL, &err));
    dimse_request_free(request);
}

static void in_a_queue(void) {
    enum { MANY = 10 };
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.61", 50000);
    dimse_instance *instance = instance_of(&sample);
    const dimse_instance *instances[MANY];
    dimse_queue *queue = NULL;
    dimse_server_options *options = node_folder(&folder);
    struct listener listener;
    dimse_delivery delivery;
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    int answered = 0, index;
    for (index = 0; index < MANY; index++) {
        instances[index] = instance;
    }
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    CHECK_OK(err, dimse_server_options_set_handler(options, queue, answer_in_the_queue, &answered, NULL, &err));
    node_start(&node, options);
    assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    CHECK_OK(err, dimse_assoc_store_instances_async(assoc, instances, MANY, NULL, &delivery, NULL, &err));
    while (!listener_is_done(&listener)) {
        CHECK_IS(dimse_queue_dispatch(queue, 50, UINT32_MAX, NULL), DIMSE_OK);
    }
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.instances_done, MANY);
    CHECK_IS(answered, MANY);
    CHECK_SOON(folder_files(&folder) == 6);
    dimse_instance_free(instance);
    node_release(assoc);
    node_stop(&node);
    dimse_queue_free(queue);
    sample_free(&sample);
}
