/* A peer that goes while we send: by a reset, by closing, by A-ABORT. The program lives, with SIGPIPE as the system has it,
 * DONE comes once and says what it came to, and the next association works. */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"
#include "sample.h"

#include <sys/socket.h>

enum end { RESET, CLOSE, ABORT, RESET_BEFORE_THE_ANSWER, ENDS };

/* Reads one instance wholly and answers it, some of the next, and goes. */
static void go_while_it_comes(struct peer *peer, int connection) {
    enum end end = *(const enum end *)peer->data;
    struct peer_request request;
    struct peer_pdu pdu;
    int pdus;
    CHECK(peer_accept(connection));
    CHECK(peer_read_store(connection, &request, &pdu));
    CHECK(peer_answer_store(connection, &request, 0, NULL, NULL, 0));
    if (end == RESET_BEFORE_THE_ANSWER) {
        CHECK(peer_read_store(connection, &request, &pdu));
    }
    for (pdus = 0; end != RESET_BEFORE_THE_ANSWER && pdus < 5; pdus++) {
        CHECK_IS(peer_read(connection, &pdu), PDU_DATA);
    }
    switch (end) {
    case ABORT:
        CHECK(peer_abort(connection, 2, 6));
        while (peer_read(connection, &pdu) != PDU_NONE) {
        }
        break;
    case CLOSE:
        CHECK_IS(shutdown(connection, SHUT_RDWR), 0);
        break;
    default:
        peer_reset(connection);
    }
}

static void store(enum end end, int is_async, size_t pixels);
static void a_server_survives_its_peers(void);

int main(void) {
    int end, is_async;
    /* More than the buffers of two sockets hold. */
    for (end = 0; end < ENDS; end++) {
        for (is_async = 0; is_async < 2; is_async++) {
            store((enum end)end, is_async, end == RESET_BEFORE_THE_ANSWER ? 1000 : (size_t)40 << 20);
        }
    }
    a_server_survives_its_peers();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void store(enum end end, int is_async, size_t pixels) {
    struct peer peer;
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.30", pixels);
    dimse_instance *instance = NULL;
    const dimse_instance *instances[3];
    struct listener listener;
    dimse_delivery delivery;
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    dimse_result result;
    CHECK_OK(err, dimse_instance_from_bytes(sample.bytes, sample.length, &instance, &err));
    instances[0] = instances[1] = instances[2] = instance;
    peer_start(&peer, go_while_it_comes, &end, 1);
    assoc = node_open_for(peer.port, CT_IMAGE_STORAGE);
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    if (is_async) {
        CHECK_OK(err, dimse_assoc_store_instances_async(assoc, instances, 3, NULL, &delivery, NULL, &err));
        result = listener_outcome(&listener);
    } else {
        result = dimse_assoc_store_instances(assoc, instances, 3, NULL, listener_event, &listener, NULL);
    }
    CHECK(result == DIMSE_ERR_CLOSED || result == DIMSE_ERR_IO || (end == ABORT && result == DIMSE_ERR_ABORTED));
    CHECK_IS(listener.result, result);
    CHECK_IS(listener.done, 1);
    CHECK_IS(listener.instances_total, 3);
    CHECK_IS(listener.instances_done, 1);
    CHECK_IS(listener.instances, 2);
    if (end == RESET_BEFORE_THE_ANSWER) {
        CHECK_IS(listener.phase, DIMSE_PHASE_REPLY);
    } else {
        /* A peer that aborts and takes all the same is listened to when the connection is full, or all has left. */
        CHECK(listener.phase == DIMSE_PHASE_SEND || (end == ABORT && listener.phase == DIMSE_PHASE_REPLY));
    }
    CHECK_IS(dimse_assoc_store(assoc, instance, NULL, NULL, NULL, NULL, NULL), result);
    dimse_assoc_free(assoc);
    dimse_instance_free(instance);
    sample_free(&sample);
    peer_join(&peer);
}

/* Users that go in the middle of what they send: nothing stays in the folder, and the next one is served. */
static void a_server_survives_its_peers(void) {
    struct folder folder;
    struct node node;
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.31", (size_t)8 << 20);
    dimse_instance *instance = NULL;
    dimse_assoc *assoc;
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    uint16_t status = 0xFFFFu;
    int round;
    folder_make(&folder);
    node_start(&node, node_folder(&folder));
    CHECK_OK(err, dimse_instance_from_bytes(sample.bytes, sample.length, &instance, &err));
    for (round = 0; round < count(10, 200); round++) {
        assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
        CHECK_OK(err, dimse_assoc_store_async(assoc, instance, NULL, NULL, &op, &err));
        sleep_ms((uint32_t)round % 10u);
        dimse_assoc_free(assoc);
        CHECK(dimse_op_wait(op, PATIENCE_MS, NULL) != DIMSE_PENDING);
        dimse_op_free(op);
    }
    CHECK_EMPTY(&node);
    assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    CHECK_OK(err, dimse_assoc_store(assoc, instance, NULL, NULL, NULL, &status, &err));
    CHECK_IS(status, 0);
    node_release(assoc);
    CHECK_SOON(folder_files(&folder) == 1);
    dimse_instance_free(instance);
    node_stop(&node);
    folder_remove(&folder);
    sample_free(&sample);
}
