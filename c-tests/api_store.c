/* dimse_assoc_store and its siblings: statuses, events, counts, and what is told of instances that cannot be sent. */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"
#include "sample.h"

static void arguments(void);
static void one_instance(void);
static void what_the_peer_says(void);
static void files(void);
static void instances_of_every_kind(void);
static void every_delivery(void);
static void nothing_at_all(void);
static void paths_that_are_no_text(void);
static void after_the_end(void);

static struct folder folder;
static struct node node;

int main(void) {
    folder_make(&folder);
    node_start(&node, node_folder(&folder));
    arguments();
    one_instance();
    what_the_peer_says();
    files();
    instances_of_every_kind();
    every_delivery();
    nothing_at_all();
    paths_that_are_no_text();
    after_the_end();
    node_stop(&node);
    folder_remove(&folder);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static dimse_instance *instance_new(const char *sop_class, const char *sop_instance, size_t pixels) {
    struct sample sample = sample_make(sop_class, sop_instance, pixels);
    dimse_instance *instance = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_instance_from_bytes(sample.bytes, sample.length, &instance, &err));
    sample_free(&sample);
    return instance;
}

static void arguments(void) {
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_instance *instance = instance_new(CT_IMAGE_STORAGE, "1.2.3.2", 10);
    const dimse_instance *instances[2];
    const char *paths[2] = {"a", NULL};
    dimse_error *err = NULL;
    instances[0] = instance;
    instances[1] = NULL;
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_HANDLE, "instance is NULL",
        dimse_assoc_store(assoc, NULL, NULL, NULL, NULL, NULL, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_HANDLE, "instances[1] is NULL",
        dimse_assoc_store_instances(assoc, instances, 2, NULL, NULL, NULL, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "instances is NULL, but count is 1",
        dimse_assoc_store_instances(assoc, NULL, 1, NULL, NULL, NULL, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "paths[1] is NULL",
        dimse_assoc_store_files(assoc, paths, 2, NULL, NULL, NULL, &err));
    paths[1] = "";
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "paths[1]: empty",
        dimse_assoc_store_files(assoc, paths, 2, NULL, NULL, NULL, &err));
    CHECK_IS(node_counters(&node).requests_total, 0);
    dimse_instance_free(instance);
    node_release(assoc);
}

/* What events say of one instance. */
struct seen {
    int progresses;
    int instances;
    uint64_t bytes_total;
    uint64_t last_bytes;
    char sop_instance[65];
    char path[256];
    char comment[65];
    uint32_t status;
    uint32_t attempts;
    uint32_t message_id;
    uint32_t offending[4];
    size_t offending_count;
    /* Of each INSTANCE, in order. */
    dimse_result results[16];
    uint32_t statuses[16];
};

static void keep(char *to, size_t room, dimse_str text) {
    CHECK(text.data != NULL && text.len < room && text.data[text.len] == '\0');
    memcpy(to, text.data, text.len + 1);
}

static int32_t look(struct listener *listener, const dimse_event *event) {
    struct seen *seen = (struct seen *)listener->data;
    size_t index;
    switch (event->kind) {
    case DIMSE_EVENT_PROGRESS:
        CHECK(event->bytes_done >= seen->last_bytes);
        CHECK(event->bytes_total == DIMSE_UNKNOWN_LENGTH || event->bytes_done <= event->bytes_total);
        CHECK_IS(event->phase, DIMSE_PHASE_SEND);
        CHECK(event->instances_done + event->instances_failed <= event->instances_total);
        CHECK(event->instances_warned <= event->instances_done);
        seen->last_bytes = event->bytes_done;
        seen->bytes_total = event->bytes_total;
        seen->progresses++;
        break;
    case DIMSE_EVENT_INSTANCE:
        CHECK(seen->instances < 16);
        seen->results[seen->instances] = event->result;
        seen->statuses[seen->instances++] = event->status;
        keep(seen->sop_instance, sizeof seen->sop_instance, event->sop_instance);
        keep(seen->path, sizeof seen->path, event->path);
        keep(seen->comment, sizeof seen->comment, event->comment);
        seen->status = event->status;
        seen->attempts = event->attempts;
        seen->message_id = event->message_id;
        seen->offending_count = event->offending_count;
        CHECK(event->offending_count <= 4);
        CHECK((event->offending == NULL) == (event->offending_count == 0));
        for (index = 0; index < event->offending_count; index++) {
            seen->offending[index] = event->offending[index];
        }
        CHECK((event->phase == DIMSE_PHASE_NONE) == (event->result == DIMSE_OK));
        break;
    case DIMSE_EVENT_DONE:
        CHECK_TEXT(event->path, "");
        CHECK_TEXT(event->sop_instance, "");
        CHECK(event->offending == NULL && event->offending_count == 0);
        break;
    default:
        CHECK(!"an event of another operation");
    }
    return 0;
}

static void looking(struct listener *listener, struct seen *seen) {
    memset(seen, 0, sizeof *seen);
    listener_init(listener);
    listener->also = look;
    listener->data = seen;
}

static void one_instance(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.3", 300000);
    struct path path = folder_path(&folder, "one.dcm");
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_instance *instance = NULL;
    struct listener listener;
    struct seen seen;
    dimse_error *err = NULL;
    uint16_t status = 0xFFFFu;
    file_write(path.text, sample.bytes, sample.length);
    CHECK_OK(err, dimse_instance_from_file(path.text, &instance, &err));
    CHECK_OK(err, dimse_assoc_store(assoc, instance, NULL, NULL, NULL, &status, &err));
    CHECK_IS(status, 0);
    CHECK_OK(err, dimse_assoc_store(assoc, instance, NULL, NULL, NULL, NULL, &err));

    looking(&listener, &seen);
    status = 0xFFFFu;
    CHECK_OK(err, dimse_assoc_store(assoc, instance, NULL, listener_event, &listener, &status, &err));
    CHECK_IS(status, 0);
    CHECK(pthread_equal(listener.thread, pthread_self()));
    CHECK_IS(seen.instances, 1);
    CHECK(seen.progresses >= 1);
    CHECK_IS(seen.last_bytes, sample_data_set(&sample));
    CHECK_IS(seen.bytes_total, sample_data_set(&sample));
    CHECK(strcmp(seen.sop_instance, "1.2.3.3") == 0);
    CHECK(strcmp(seen.path, path.text) == 0);
    CHECK_IS(seen.status, 0);
    CHECK_IS(seen.attempts, 1);
    CHECK_IS(seen.message_id, 3);
    CHECK_IS(listener.done, 1);
    CHECK_IS(listener.status, 0);
    CHECK_IS(listener.message_id, 3);
    CHECK_IS(listener.bytes_done, sample_data_set(&sample));
    CHECK_IS(listener.instances_done, 1);
    CHECK_IS(listener.instances_total, 1);
    CHECK_IS(listener.instances_failed, 0);
    dimse_instance_free(instance);
    node_release(assoc);
    sample_free(&sample);
}

/* A status for each request, the second one with words and elements. */
static void answer_in_many_ways(struct peer *peer, int connection) {
    static const uint16_t statuses[] = {0x0000u, 0xA900u, 0xB007u, 0xC123u, 0x0122u};
    static const uint16_t elements[] = {0x0010u, 0x0020u, 0x7FE0u, 0x0010u};
    struct peer_request request;
    struct peer_pdu pdu;
    size_t index;
    (void)peer;
    CHECK(peer_accept(connection));
    for (index = 0; index < sizeof statuses / sizeof statuses[0]; index++) {
        CHECK(peer_read_store(connection, &request, &pdu));
        CHECK(peer_answer_store(connection, &request, statuses[index], index == 1 ? "not a CT !" : NULL,
            index == 1 ? elements : NULL, sizeof elements));
    }
    CHECK_IS(peer_read(connection, &pdu), PDU_RELEASE_RQ);
    peer_release_rp(connection);
}

static void what_the_peer_says(void) {
    struct peer peer;
    dimse_instance *instance = instance_new(CT_IMAGE_STORAGE, "1.2.3.4", 1000);
    const dimse_instance *again[3];
    dimse_assoc *assoc;
    struct listener listener;
    struct seen seen;
    dimse_error *err = NULL;
    uint16_t status = 0xFFFFu;
    again[0] = again[1] = again[2] = instance;
    peer_start(&peer, answer_in_many_ways, NULL, 1);
    assoc = node_open_for(peer.port, CT_IMAGE_STORAGE);
    CHECK_OK(err, dimse_assoc_store(assoc, instance, NULL, NULL, NULL, &status, &err));
    CHECK_IS(status, 0);
    /* A failure status is a call that worked. */
    looking(&listener, &seen);
    CHECK_OK(err, dimse_assoc_store(assoc, instance, NULL, listener_event, &listener, &status, &err));
    CHECK_IS(status, 0xA900);
    CHECK_IS(seen.status, 0xA900);
    CHECK(strcmp(seen.comment, "not a CT !") == 0);
    CHECK(strcmp(listener.comment, "not a CT !") == 0);
    CHECK_IS(seen.offending_count, 2);
    CHECK_IS(seen.offending[0], 0x00100020);
    CHECK_IS(seen.offending[1], 0x7FE00010);
    CHECK_IS(listener.instances_failed, 1);
    CHECK_IS(listener.instances_done, 0);
    /* The same of a list, which has counts and no status. */
    looking(&listener, &seen);
    CHECK_OK(err, dimse_assoc_store_instances(assoc, again, 3, NULL, listener_event, &listener, &err));
    CHECK_IS(seen.statuses[0], 0xB007);
    CHECK_IS(seen.statuses[1], 0xC123);
    CHECK_IS(seen.statuses[2], 0x0122);
    CHECK_IS(listener.status, DIMSE_NO_STATUS);
    CHECK_IS(listener.instances_total, 3);
    CHECK_IS(listener.instances_done, 1);
    CHECK_IS(listener.instances_warned, 1);
    CHECK_IS(listener.instances_failed, 2);
    dimse_instance_free(instance);
    node_release(assoc);
    peer_join(&peer);
}

static struct path write_sample(const char *name, const char *sop_class, const char *sop_instance, size_t cut) {
    struct sample sample = sample_make(sop_class, sop_instance, 5000);
    struct path path = folder_path(&folder, name);
    file_write(path.text, sample.bytes, sample.length - cut);
    sample_free(&sample);
    return path;
}

/* Each is told of in its order; those that cannot be sent do not keep the others from it. */
static void files(void) {
    struct path good = write_sample("good.dcm", CT_IMAGE_STORAGE, "1.2.3.5", 0);
    struct path other = write_sample("other.dcm", MR_IMAGE_STORAGE, "1.2.3.6", 0);
    struct path cut = write_sample("cut.dcm", CT_IMAGE_STORAGE, "1.2.3.7", 1);
    struct path last = write_sample("last.dcm", CT_IMAGE_STORAGE, "1.2.3.8", 0);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    const char *paths[6];
    struct listener listener;
    struct seen seen;
    dimse_error *err = NULL;
    int heard;
    paths[0] = good.text;
    paths[1] = "/nowhere/at/all.dcm";
    paths[2] = other.text;
    paths[3] = cut.text;
    paths[4] = folder.path;
    paths[5] = last.text;
    for (heard = 0; heard < 2; heard++) {
        looking(&listener, &seen);
        CHECK_OK(err, dimse_assoc_store_files(assoc, paths, 6, NULL, heard ? listener_event : NULL, &listener, &err));
    }
    CHECK_IS(seen.instances, 6);
    CHECK_IS(seen.results[0], DIMSE_OK);
    CHECK_IS(seen.results[1], DIMSE_ERR_IO);
    CHECK_IS(seen.results[2], DIMSE_ERR_NO_CONTEXT);
    CHECK_IS(seen.results[3], DIMSE_ERR_INSTANCE);
    CHECK_IS(seen.results[4], DIMSE_ERR_IO);
    CHECK_IS(seen.results[5], DIMSE_OK);
    CHECK_IS(seen.statuses[0], 0);
    CHECK_IS(seen.statuses[1], DIMSE_NO_STATUS);
    CHECK(strcmp(seen.path, last.text) == 0);
    CHECK_IS(listener.instances_total, 6);
    CHECK_IS(listener.instances_done, 2);
    CHECK_IS(listener.instances_failed, 4);
    CHECK_IS(seen.last_bytes, listener.bytes_done);
    CHECK_IS(seen.bytes_total, listener.bytes_done);
    /* A list of one is a list: what is wrong with it is told, and the call works. */
    looking(&listener, &seen);
    CHECK_OK(err, dimse_assoc_store_files(assoc, paths + 1, 1, NULL, listener_event, &listener, &err));
    CHECK_IS(seen.results[0], DIMSE_ERR_IO);
    CHECK_IS(listener.instances_failed, 1);
    node_release(assoc);
}

static int64_t read_some(uint8_t *into, size_t size, void *user_data) {
    struct sample *left = (struct sample *)user_data;
    size_t length = size < left->length ? size : left->length;
    memcpy(into, left->bytes, length);
    left->bytes += length;
    left->length -= length;
    return (int64_t)length;
}

static void instances_of_every_kind(void) {
    struct path path = write_sample("kind.dcm", CT_IMAGE_STORAGE, "1.2.3.9", 0);
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.10", 400000), left = sample;
    const dimse_instance *instances[4];
    dimse_instance *file = NULL, *reader = NULL, *bytes = instance_new(CT_IMAGE_STORAGE, "1.2.3.11", 20);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    struct seen seen;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_instance_from_file(path.text, &file, &err));
    CHECK_OK(err, dimse_instance_from_reader(read_some, &left, NULL, DIMSE_UNKNOWN_LENGTH, &reader, &err));
    instances[0] = bytes;
    instances[1] = file;
    instances[2] = reader;
    instances[3] = reader;
    looking(&listener, &seen);
    CHECK_OK(err, dimse_assoc_store_instances(assoc, instances, 4, NULL, listener_event, &listener, &err));
    CHECK_IS(seen.results[0], DIMSE_OK);
    CHECK_IS(seen.results[1], DIMSE_OK);
    CHECK_IS(seen.results[2], DIMSE_OK);
    CHECK_IS(seen.results[3], DIMSE_ERR_STATE);
    CHECK_IS(listener.instances_done, 3);
    CHECK_IS(listener.instances_failed, 1);
    CHECK(file_has_data_set(folder_path(&folder, SAMPLE_STUDY "/" SAMPLE_SERIES "/1.2.3.10.dcm").text, &sample));
    dimse_instance_free(file);
    dimse_instance_free(reader);
    dimse_instance_free(bytes);
    node_release(assoc);
    sample_free(&sample);
}

/* The same events on a thread of the library, in a queue, and one by one. */
static void every_delivery(void) {
    struct path good = write_sample("a.dcm", CT_IMAGE_STORAGE, "1.2.3.12", 0);
    const char *paths[3];
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_queue *queue = NULL;
    dimse_op *op = NULL;
    dimse_event event;
    struct listener listener;
    struct seen seen;
    dimse_delivery delivery;
    dimse_instance *instance = instance_new(CT_IMAGE_STORAGE, "1.2.3.13", 100);
    dimse_error *err = NULL;
    int way, instances = 0;
    paths[0] = paths[2] = good.text;
    paths[1] = "/nowhere/at/all.dcm";
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    for (way = 0; way < 2; way++) {
        looking(&listener, &seen);
        delivery = listener_delivery(&listener, way ? queue : NULL);
        CHECK_OK(err, dimse_assoc_store_files_async(assoc, paths, 3, NULL, &delivery, &op, &err));
        while (way && !listener_is_done(&listener)) {
            CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, 1, NULL), DIMSE_OK);
        }
        CHECK_IS(listener_outcome(&listener), DIMSE_OK);
        CHECK_IS(seen.instances, 3);
        CHECK_IS(listener.instances_done, 2);
        CHECK_IS(listener.instances_failed, 1);
        dimse_op_free(op);
    }
    dimse_queue_free(queue);

    CHECK_OK(err, dimse_assoc_store_files_async(assoc, paths, 3, NULL, NULL, &op, &err));
    do {
        memset(&event, 0, sizeof event);
        event.struct_size = sizeof event;
        CHECK_IS(dimse_op_next(op, PATIENCE_MS, &event), DIMSE_OK);
        if (event.kind == DIMSE_EVENT_INSTANCE) {
            CHECK_TEXT(event.path, paths[instances]);
            CHECK_IS(event.result, instances == 1 ? DIMSE_ERR_IO : DIMSE_OK);
            CHECK_TEXT(event.sop_class, instances == 1 ? "" : CT_IMAGE_STORAGE);
            CHECK_TEXT(event.transfer_syntax, instances == 1 ? "" : EXPLICIT_VR_LITTLE_ENDIAN);
            CHECK(instances != 1 || strstr(dimse_error_message(event.error).data, "/nowhere/at/all.dcm") != NULL);
            instances++;
        }
    } while (event.kind != DIMSE_EVENT_DONE);
    CHECK_IS(instances, 3);
    CHECK_IS(event.result, DIMSE_OK);
    CHECK_IS(event.instances_total, 3);
    CHECK_IS(event.bytes_total, DIMSE_UNKNOWN_LENGTH);
    CHECK_IS(event.time_left_ms, DIMSE_UNKNOWN_TIME);
    dimse_op_free(op);

    /* The instance may be freed as soon as it is under way; nobody has to listen. */
    looking(&listener, &seen);
    delivery = listener_delivery(&listener, NULL);
    CHECK_OK(err, dimse_assoc_store_async(assoc, instance, NULL, &delivery, NULL, &err));
    dimse_instance_free(instance);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0);
    instance = instance_new(CT_IMAGE_STORAGE, "1.2.3.14", 100);
    CHECK_OK(err, dimse_assoc_store_async(assoc, instance, NULL, NULL, &op, &err));
    dimse_instance_free(instance);
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, &err), DIMSE_OK);
    dimse_op_free(op);
    node_release(assoc);
}

static void nothing_at_all(void) {
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    dimse_delivery delivery;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_store_files(assoc, NULL, 0, NULL, NULL, NULL, &err));
    listener_init(&listener);
    CHECK_OK(err, dimse_assoc_store_instances(assoc, NULL, 0, NULL, listener_event, &listener, &err));
    CHECK_IS(listener.done, 1);
    CHECK_IS(listener.events, 1);
    CHECK_IS(listener.instances_total, 0);
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    CHECK_OK(err, dimse_assoc_store_files_async(assoc, NULL, 0, NULL, &delivery, NULL, &err));
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    node_release(assoc);
}

static void paths_that_are_no_text(void) {
    struct path path = write_sample("\xFFname\x01.dcm", CT_IMAGE_STORAGE, "1.2.3.15", 0);
    const char *paths[1];
    dimse_assoc_options *options = node_caller(node.port);
    dimse_assoc *assoc = NULL;
    struct listener listener;
    struct seen seen;
    dimse_error *err = NULL;
    paths[0] = path.text;
    CHECK_OK(err, dimse_assoc_options_add_contexts_for_files(options, paths, 1, NULL, NULL, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    looking(&listener, &seen);
    CHECK_OK(err, dimse_assoc_store_files(assoc, paths, 1, NULL, listener_event, &listener, &err));
    CHECK_IS(seen.statuses[0], 0);
    CHECK(strcmp(seen.path, path.text) == 0);
    dimse_assoc_options_free(options);
    node_release(assoc);
}

static void after_the_end(void) {
    struct path good = write_sample("late.dcm", CT_IMAGE_STORAGE, "1.2.3.16", 0);
    const char *paths[2];
    dimse_instance *instance = instance_new(CT_IMAGE_STORAGE, "1.2.3.17", 100);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    dimse_error *err = NULL;
    paths[0] = paths[1] = good.text;
    CHECK_OK(err, dimse_assoc_release(assoc, &err));
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "released", dimse_assoc_store(assoc, instance, NULL, NULL, NULL, NULL, &err));
    listener_init(&listener);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "released",
        dimse_assoc_store_files(assoc, paths, 2, NULL, listener_event, &listener, &err));
    CHECK_IS(listener.done, 1);
    CHECK_IS(listener.instances_total, 2);
    CHECK_IS(listener.instances_done, 0);
    dimse_instance_free(instance);
    dimse_assoc_free(assoc);
}
