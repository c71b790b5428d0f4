/* dimse_store_options: what each setter takes and refuses, and what of it a peer sees. */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"
#include "sample.h"

static void setters(void);
static void what_the_peer_sees(void);
static void retries(void);
static void limits(void);

int main(void) {
    setters();
    what_the_peer_sees();
    retries();
    limits();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static dimse_store_options *options_new(void) {
    dimse_store_options *options = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_store_options_new(&options, &err));
    return options;
}

static void setters(void) {
    dimse_store_options *options = options_new();
    dimse_error *err = NULL;
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out is NULL", dimse_store_options_new(NULL, &err));
    CHECK_OK(err, dimse_store_options_set_reply_timeout_ms(options, DIMSE_DEFAULT, &err));
    CHECK_OK(err, dimse_store_options_set_reply_timeout_ms(options, DIMSE_NO_LIMIT, &err));
    CHECK_OK(err, dimse_store_options_set_total_timeout_ms(options, DIMSE_DEFAULT, &err));
    CHECK_OK(err, dimse_store_options_set_total_timeout_ms(options, DIMSE_NO_LIMIT, &err));
    CHECK_OK(err, dimse_store_options_set_priority(options, DIMSE_PRIORITY_MEDIUM, &err));
    CHECK_OK(err, dimse_store_options_set_priority(options, DIMSE_PRIORITY_LOW, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "priority: 3", dimse_store_options_set_priority(options, 3, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "priority: 65536",
        dimse_store_options_set_priority(options, 65536, &err));
    CHECK_OK(err, dimse_store_options_set_move_originator(options, "MOVER", 0, &err));
    CHECK_OK(err, dimse_store_options_set_move_originator(options, "MOVER", 65535, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "ae_title is NULL",
        dimse_store_options_set_move_originator(options, NULL, 1, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "ae_title",
        dimse_store_options_set_move_originator(options, "12345678901234567", 1, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "message_id is 65536",
        dimse_store_options_set_move_originator(options, "MOVER", 65536, &err));
    CHECK_OK(err, dimse_store_options_set_retries(options, 0, DIMSE_DEFAULT, &err));
    CHECK_OK(err, dimse_store_options_set_retries(options, UINT32_MAX, 1, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "DIMSE_NO_LIMIT",
        dimse_store_options_set_retries(options, 1, DIMSE_NO_LIMIT, &err));
    CHECK_OK(err, dimse_store_options_add_retry_status(options, 0xA700u, 0xA700u, &err));
    CHECK_OK(err, dimse_store_options_add_retry_status(options, 0x0110u, 0xCFFFu, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "last is 42751",
        dimse_store_options_add_retry_status(options, 0xA701u, 0xA6FFu, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "first: 0000 Success is no failure",
        dimse_store_options_add_retry_status(options, 0, 0xA700u, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "last: B000",
        dimse_store_options_add_retry_status(options, 0xA700u, 0xB000u, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "last is 65536",
        dimse_store_options_add_retry_status(options, 0xA700u, 0x10000u, &err));
    dimse_store_options_free(options);
}

/* What a script answers, one after the other, and what it has seen. */
struct answers {
    uint16_t status[8];
    int count;
    uint64_t at_ms[8];
    struct peer_pdu command;
    struct peer_request request;
    int seen;
};

static void answer_in_turn(struct peer *peer, int connection) {
    struct answers *answers = (struct answers *)peer->data;
    struct peer_pdu pdu;
    CHECK(peer_accept(connection));
    answers->seen = 0;
    while (answers->seen < answers->count) {
        CHECK(peer_read_store(connection, &answers->request, &answers->command));
        answers->at_ms[answers->seen] = now_ms();
        CHECK(peer_answer_store(connection, &answers->request, answers->status[answers->seen++], NULL, NULL, 0));
    }
    CHECK_IS(peer_read(connection, &pdu), PDU_RELEASE_RQ);
    peer_release_rp(connection);
}

static uint16_t number(const struct peer_pdu *command, unsigned element) {
    size_t length = 0;
    const uint8_t *value = peer_element(command, element, &length);
    CHECK(value != NULL && length == 2);
    return (uint16_t)(value[0] | value[1] << 8);
}

/* Stores one instance with these options at a peer with these answers; says what the last one was, and the attempts. */
static uint32_t store(
    struct answers *answers, const dimse_store_options *options, dimse_instance *instance, uint32_t *attempts) {
    struct peer peer;
    struct listener listener;
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    uint16_t status = 0xFFFFu;
    listener_init(&listener);
    peer_start(&peer, answer_in_turn, answers, 1);
    assoc = node_open_for(peer.port, CT_IMAGE_STORAGE);
    CHECK_OK(err, dimse_assoc_store(assoc, instance, options, listener_event, &listener, &status, &err));
    CHECK_IS(listener.status, status);
    CHECK_IS(listener.instances, 1);
    *attempts = listener.attempts;
    node_release(assoc);
    peer_join(&peer);
    return status;
}

static dimse_instance *instance_new(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.4", 1000);
    dimse_instance *instance = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_instance_from_bytes(sample.bytes, sample.length, &instance, &err));
    sample_free(&sample);
    return instance;
}

static void what_the_peer_sees(void) {
    dimse_store_options *options = options_new();
    dimse_instance *instance = instance_new();
    struct answers answers;
    dimse_error *err = NULL;
    size_t length = 0;
    uint32_t attempts;
    memset(&answers, 0, sizeof answers);
    answers.count = 1;
    CHECK_IS(store(&answers, NULL, instance, &attempts), 0);
    CHECK_IS(number(&answers.command, 0x0700), 0);
    CHECK(peer_element(&answers.command, 0x1030, &length) == NULL);
    CHECK(peer_element(&answers.command, 0x1031, &length) == NULL);

    CHECK_OK(err, dimse_store_options_set_priority(options, DIMSE_PRIORITY_HIGH, &err));
    CHECK_OK(err, dimse_store_options_set_move_originator(options, "MOVER", 513, &err));
    CHECK_IS(store(&answers, options, instance, &attempts), 0);
    CHECK_IS(number(&answers.command, 0x0700), 1);
    CHECK(memcmp(peer_element(&answers.command, 0x1030, &length), "MOVER ", 6) == 0);
    CHECK_IS(length, 6);
    CHECK_IS(number(&answers.command, 0x1031), 513);
    CHECK(memcmp(peer_element(&answers.command, 0x1000, &length), "1.2.3.4", 8) == 0);
    dimse_instance_free(instance);
    dimse_store_options_free(options);
}

static void retries(void) {
    static const uint16_t busy[] = {0xA700u, 0xA7FFu, 0xA701u, 0};
    dimse_store_options *options = options_new();
    dimse_instance *instance = instance_new();
    struct answers answers;
    dimse_error *err = NULL;
    uint32_t attempts = 0;
    memset(&answers, 0, sizeof answers);
    memcpy(answers.status, busy, sizeof busy);
    answers.count = 1;
    CHECK_IS(store(&answers, options, instance, &attempts), 0xA700);
    CHECK_IS(attempts, 1);

    /* As often as allowed; each wait is at least half of twice the one before. */
    CHECK_OK(err, dimse_store_options_set_retries(options, 2, 100, &err));
    answers.count = 3;
    CHECK_IS(store(&answers, options, instance, &attempts), 0xA701);
    CHECK_IS(attempts, 3);
    CHECK(answers.at_ms[1] - answers.at_ms[0] >= 45 && answers.at_ms[2] - answers.at_ms[1] >= 95);
    CHECK_OK(err, dimse_store_options_set_retries(options, 9, 1, &err));
    answers.count = 4;
    CHECK_IS(store(&answers, options, instance, &attempts), 0);
    CHECK_IS(attempts, 4);

    /* The first status that is added replaces the default ones. */
    CHECK_OK(err, dimse_store_options_add_retry_status(options, 0xC000u, 0xC00Fu, &err));
    answers.count = 1;
    CHECK_IS(store(&answers, options, instance, &attempts), 0xA700);
    CHECK_OK(err, dimse_store_options_add_retry_status(options, 0xA7FFu, 0xA7FFu, &err));
    answers.status[0] = 0xC00Fu;
    answers.status[2] = 0xC010u;
    answers.count = 3;
    CHECK_IS(store(&answers, options, instance, &attempts), 0xC010);
    CHECK_IS(attempts, 3);
    dimse_instance_free(instance);
    dimse_store_options_free(options);
}

/* Reads the request and never answers. */
static void never_answer(struct peer *peer, int connection) {
    struct peer_request request;
    struct peer_pdu pdu;
    (void)peer;
    CHECK(peer_accept(connection));
    CHECK(peer_read_store(connection, &request, &pdu));
    CHECK_IS(peer_read(connection, &pdu), PDU_ABORT);
}

static void limits(void) {
    dimse_store_options *options;
    dimse_instance *instance = instance_new();
    dimse_error *err = NULL;
    int total;
    for (total = 0; total < 2; total++) {
        struct peer peer;
        uint64_t begun = now_ms();
        dimse_assoc *assoc;
        options = options_new();
        CHECK_OK(err, total ? dimse_store_options_set_total_timeout_ms(options, 50, &err)
                            : dimse_store_options_set_reply_timeout_ms(options, 50, &err));
        peer_start(&peer, never_answer, NULL, 1);
        assoc = node_open_for(peer.port, CT_IMAGE_STORAGE);
        CHECK_REFUSED(err, DIMSE_ERR_TIMEOUT, "50",
            dimse_assoc_store(assoc, instance, options, NULL, NULL, NULL, &err));
        CHECK(now_ms() - begun < 5000);
        dimse_assoc_free(assoc);
        peer_join(&peer);
        dimse_store_options_free(options);
    }
    dimse_instance_free(instance);
}
