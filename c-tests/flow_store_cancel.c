/* Cancelling C-STORE: half-way through a data set, which ends the association; while the response is awaited and between
 * two instances, which does not. DONE says what it came to, a reader is given back once, and no half file stays. */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"
#include "sample.h"

static void in_an_event_of_a_blocking_call(void);
static void in_the_reader(void);
static void from_another_thread(void);
static void while_the_reader_hangs(void);
static void while_the_response_is_awaited(void);
static void between_two_instances(void);
static void while_waiting_for_its_turn(void);

#define LARGE ((size_t)48 << 20)

static struct folder folder;
static struct node node;

int main(void) {
    folder_make(&folder);
    node_start(&node, node_folder(&folder));
    in_an_event_of_a_blocking_call();
    in_the_reader();
    from_another_thread();
    while_the_reader_hangs();
    while_the_response_is_awaited();
    between_two_instances();
    while_waiting_for_its_turn();
    CHECK_EMPTY(&node);
    node_stop(&node);
    /* What was stored wholly, once under each name; nothing of what was cut. */
    CHECK_SOON(folder_files(&folder) == 1);
    folder_remove(&folder);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

/* Gives the front of a sample and then as many zeros as are missing: a large instance without the memory for it. */
struct zeros {
    struct sample front;
    size_t length;
    size_t at;
    int released;
    int after_release;
    /* Cancelled when so much has been read. */
    dimse_op *op;
    size_t cancel_at;
    int may_go_on;
};

static int64_t read_zeros(uint8_t *into, size_t size, void *user_data) {
    struct zeros *zeros = (struct zeros *)user_data;
    size_t left = zeros->length - zeros->at, length = size < left ? size : left, index = 0;
    zeros->after_release += zeros->released;
    for (; index < length && zeros->at + index < zeros->front.length; index++) {
        into[index] = zeros->front.bytes[zeros->at + index];
    }
    memset(into + index, 0, length - index);
    /* Events come every 50 ms, and are to come before all is sent. */
    sleep_ms(2);
    zeros->at += length;
    if (zeros->op != NULL && zeros->at >= zeros->cancel_at) {
        CHECK_IS(dimse_op_cancel(zeros->op), DIMSE_OK);
    }
    return (int64_t)length;
}

static void release_zeros(void *user_data) {
    struct zeros *zeros = (struct zeros *)user_data;
    __atomic_add_fetch(&zeros->released, 1, __ATOMIC_SEQ_CST);
}

static int releases(const struct zeros *zeros) { return __atomic_load_n(&zeros->released, __ATOMIC_SEQ_CST); }

/* The last four bytes of a sample without pixels are the length of its pixels. */
static dimse_instance *large_new(struct zeros *zeros, const char *sop_instance) {
    dimse_instance *instance = NULL;
    dimse_error *err = NULL;
    size_t index;
    memset(zeros, 0, sizeof *zeros);
    zeros->front = sample_make(CT_IMAGE_STORAGE, sop_instance, 0);
    for (index = 0; index < 4; index++) {
        zeros->front.bytes[zeros->front.length - 4 + index] = (uint8_t)(LARGE >> 8 * index & 0xFFu);
    }
    zeros->length = zeros->front.length + LARGE;
    CHECK_OK(err, dimse_instance_from_reader(read_zeros, zeros, release_zeros, zeros->length, &instance, &err));
    return instance;
}

static dimse_instance *small_new(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.20", 1000);
    dimse_instance *instance = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_instance_from_bytes(sample.bytes, sample.length, &instance, &err));
    sample_free(&sample);
    return instance;
}

/* A small instance, a large one, and the small one again. */
static void list(const dimse_instance *instances[3], struct zeros *zeros, const char *sop_instance) {
    instances[0] = instances[2] = small_new();
    instances[1] = large_new(zeros, sop_instance);
}

static void list_free(const dimse_instance *instances[3], struct zeros *zeros) {
    dimse_instance_free((dimse_instance *)instances[0]);
    dimse_instance_free((dimse_instance *)instances[1]);
    CHECK_SOON(releases(zeros) == 1);
    CHECK_IS(zeros->after_release, 0);
    sample_free(&zeros->front);
}

/* The first is stored, the second was cut, the third was not come to: the association is over. */
static void check_cut(const struct listener *listener, const struct zeros *zeros, dimse_assoc *assoc) {
    CHECK_IS(listener->result, DIMSE_ERR_CANCELLED);
    CHECK_IS(listener->phase, DIMSE_PHASE_SEND);
    CHECK_IS(listener->status, DIMSE_NO_STATUS);
    CHECK_IS(listener->instances_total, 3);
    CHECK_IS(listener->instances_done, 1);
    CHECK_IS(listener->instances_failed, 0);
    CHECK_IS(listener->instances, 2);
    CHECK(listener->bytes_done > 1000 && listener->bytes_done < zeros->length);
    CHECK(dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, NULL) < 0);
    dimse_assoc_free(assoc);
}

static int32_t cancel_half_way(struct listener *listener, const dimse_event *event) {
    (void)listener;
    if (event->kind == DIMSE_EVENT_INSTANCE) {
        CHECK_IS(event->result, event->instances_done == 0 && event->status == 0 ? DIMSE_OK : DIMSE_ERR_CANCELLED);
    }
    return event->kind == DIMSE_EVENT_PROGRESS && event->bytes_done > LARGE / 4 ? -1 : 0;
}

static void in_an_event_of_a_blocking_call(void) {
    const dimse_instance *instances[3];
    struct zeros zeros;
    struct listener listener;
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_error *err = NULL;
    list(instances, &zeros, "1.2.3.21");
    listener_init(&listener);
    listener.also = cancel_half_way;
    CHECK_REFUSED(err, DIMSE_ERR_CANCELLED, "cancelled",
        dimse_assoc_store_instances(assoc, instances, 3, NULL, listener_event, &listener, &err));
    check_cut(&listener, &zeros, assoc);
    list_free(instances, &zeros);
}

static void in_the_reader(void) {
    const dimse_instance *instances[3];
    struct zeros zeros;
    struct listener listener;
    dimse_delivery delivery;
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    list(instances, &zeros, "1.2.3.22");
    zeros.cancel_at = LARGE / 2;
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    /* The operation is known before the first read. */
    CHECK_OK(err, dimse_assoc_store_instances_async(assoc, instances, 3, NULL, &delivery, &zeros.op, &err));
    op = zeros.op;
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CANCELLED);
    check_cut(&listener, &zeros, assoc);
    CHECK(zeros.at < zeros.length);
    list_free(instances, &zeros);
    dimse_op_free(op);
}

/* The first events say that it is under way. */
static int32_t note_half_way(struct listener *listener, const dimse_event *event) {
    if (event->kind == DIMSE_EVENT_PROGRESS && event->bytes_done > 100000) {
        __atomic_store_n((int *)listener->data, 1, __ATOMIC_SEQ_CST);
    }
    return 0;
}

static void from_another_thread(void) {
    const dimse_instance *instances[3];
    struct zeros zeros;
    struct listener listener;
    dimse_delivery delivery;
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    int is_half_way = 0;
    list(instances, &zeros, "1.2.3.23");
    listener_init(&listener);
    listener.also = note_half_way;
    listener.data = &is_half_way;
    delivery = listener_delivery(&listener, NULL);
    CHECK_OK(err, dimse_assoc_store_instances_async(assoc, instances, 3, NULL, &delivery, &op, &err));
    CHECK_SOON(__atomic_load_n(&is_half_way, __ATOMIC_SEQ_CST));
    CHECK_IS(dimse_op_cancel(op), DIMSE_OK);
    CHECK_IS(dimse_op_cancel(op), DIMSE_OK);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CANCELLED);
    check_cut(&listener, &zeros, assoc);
    list_free(instances, &zeros);
    dimse_op_free(op);
}

static int64_t hang(uint8_t *into, size_t size, void *user_data) {
    struct zeros *zeros = (struct zeros *)user_data;
    int64_t length = read_zeros(into, size, zeros);
    while (zeros->at > LARGE / 8 && __atomic_load_n(&zeros->may_go_on, __ATOMIC_SEQ_CST) == 0) {
        sleep_ms(1);
    }
    return length;
}

/* DONE does not wait for it; the release does. */
static void while_the_reader_hangs(void) {
    struct zeros zeros;
    struct listener listener;
    dimse_delivery delivery;
    dimse_instance *instance = NULL, *not_sent = large_new(&zeros, "1.2.3.25");
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    uint64_t begun;
    dimse_instance_free(not_sent);
    CHECK_IS(releases(&zeros), 1);
    zeros.released = 0;
    CHECK_OK(err, dimse_instance_from_reader(hang, &zeros, release_zeros, DIMSE_UNKNOWN_LENGTH, &instance, &err));
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    CHECK_OK(err, dimse_assoc_store_async(assoc, instance, NULL, &delivery, &op, &err));
    dimse_instance_free(instance);
    sleep_ms(200);
    begun = now_ms();
    CHECK_IS(dimse_op_cancel(op), DIMSE_OK);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CANCELLED);
    CHECK(now_ms() - begun < 1000);
    CHECK_IS(releases(&zeros), 0);
    __atomic_store_n(&zeros.may_go_on, 1, __ATOMIC_SEQ_CST);
    CHECK_SOON(releases(&zeros) == 1);
    CHECK_IS(zeros.after_release, 0);
    sample_free(&zeros.front);
    dimse_op_free(op);
    dimse_assoc_free(assoc);
}

enum { REQUESTED = 1 };

/* Answers the first request when it may, and each one after it. */
static void answer_late(struct peer *peer, int connection) {
    struct peer_request request;
    struct peer_pdu pdu;
    int requests;
    CHECK(peer_accept(connection));
    for (requests = 0; requests < 2; requests++) {
        CHECK(peer_read_store(connection, &request, &pdu));
        if (requests == 0) {
            peer_hold(peer, REQUESTED);
        }
        CHECK(peer_answer_store(connection, &request, 0, NULL, NULL, 0));
    }
    CHECK_IS(peer_read(connection, &pdu), PDU_RELEASE_RQ);
    peer_release_rp(connection);
}

/* Nothing is half sent: DONE comes at once, the response is dropped when it comes, and the association goes on. */
static void while_the_response_is_awaited(void) {
    struct peer peer;
    struct listener listener;
    dimse_delivery delivery;
    const dimse_instance *twice[2];
    dimse_instance *instance = small_new();
    dimse_assoc *assoc;
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    uint16_t status = 0xFFFFu;
    twice[0] = twice[1] = instance;
    peer_start(&peer, answer_late, NULL, 1);
    assoc = node_open_for(peer.port, CT_IMAGE_STORAGE);
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    CHECK_OK(err, dimse_assoc_store_instances_async(assoc, twice, 2, NULL, &delivery, &op, &err));
    peer_await(&peer, REQUESTED);
    CHECK_IS(dimse_op_cancel(op), DIMSE_OK);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CANCELLED);
    CHECK_IS(listener.phase, DIMSE_PHASE_REPLY);
    CHECK_IS(listener.instances_total, 2);
    CHECK_IS(listener.instances_done, 0);
    /* What became of the one that is sent is not known, and that is told. */
    CHECK_IS(listener.instances, 1);
    dimse_op_free(op);
    peer_go_on(&peer);
    CHECK_OK(err, dimse_assoc_store(assoc, instance, NULL, NULL, NULL, &status, &err));
    CHECK_IS(status, 0);
    dimse_instance_free(instance);
    node_release(assoc);
    peer_join(&peer);
}

static int32_t cancel_after_one(struct listener *listener, const dimse_event *event) {
    (void)listener;
    return event->kind == DIMSE_EVENT_INSTANCE;
}

static void between_two_instances(void) {
    const dimse_instance *many[64];
    dimse_instance *instance = small_new();
    struct listener listener;
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_error *err = NULL;
    int index;
    for (index = 0; index < 64; index++) {
        many[index] = instance;
    }
    listener_init(&listener);
    listener.also = cancel_after_one;
    CHECK_REFUSED(err, DIMSE_ERR_CANCELLED, "cancelled",
        dimse_assoc_store_instances(assoc, many, 64, NULL, listener_event, &listener, &err));
    CHECK_IS(listener.instances_total, 64);
    CHECK(listener.instances_done >= 1 && listener.instances_done < 64);
    CHECK_IS(listener.instances_failed, 0);
    CHECK(listener.instances == (int)listener.instances_done || listener.instances == (int)listener.instances_done + 1);
    dimse_instance_free(instance);
    dimse_assoc_free(assoc);
}

/* Nothing of it has left. */
static void while_waiting_for_its_turn(void) {
    struct peer peer;
    struct listener first, second;
    dimse_delivery delivery;
    struct zeros zeros;
    dimse_instance *instance = small_new(), *reader = large_new(&zeros, "1.2.3.24");
    dimse_assoc *assoc;
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    uint16_t status = 0xFFFFu;
    peer_start(&peer, answer_late, NULL, 1);
    assoc = node_open_for(peer.port, CT_IMAGE_STORAGE);
    listener_init(&first);
    delivery = listener_delivery(&first, NULL);
    CHECK_OK(err, dimse_assoc_store_async(assoc, instance, NULL, &delivery, NULL, &err));
    listener_init(&second);
    delivery = listener_delivery(&second, NULL);
    CHECK_OK(err, dimse_assoc_store_async(assoc, reader, NULL, &delivery, &op, &err));
    peer_await(&peer, REQUESTED);
    CHECK_IS(dimse_op_cancel(op), DIMSE_OK);
    CHECK_IS(listener_outcome(&second), DIMSE_ERR_CANCELLED);
    CHECK_IS(second.phase, DIMSE_PHASE_QUEUED);
    CHECK_IS(second.instances, 0);
    dimse_op_free(op);
    peer_go_on(&peer);
    CHECK_IS(listener_outcome(&first), DIMSE_OK);
    CHECK_OK(err, dimse_assoc_store(assoc, instance, NULL, NULL, NULL, &status, &err));
    CHECK_IS(status, 0);
    CHECK_IS(zeros.at, 0);
    CHECK_IS(releases(&zeros), 0);
    dimse_instance_free(reader);
    CHECK_SOON(releases(&zeros) == 1);
    sample_free(&zeros.front);
    dimse_instance_free(instance);
    node_release(assoc);
    peer_join(&peer);
}
