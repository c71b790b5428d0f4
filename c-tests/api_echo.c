/* C-ECHO: its options, its status, its events, its limits. */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

static void options_are_checked(void);
static void statuses_and_comments(void);
static void the_event_of_a_blocking_call(void);
static void the_reply_limit(void);
static void no_context(void);
static void wrong_answers(void);
static void a_peer_that_releases(void);

int main(void) {
    options_are_checked();
    statuses_and_comments();
    the_event_of_a_blocking_call();
    the_reply_limit();
    no_context();
    wrong_answers();
    a_peer_that_releases();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void options_are_checked(void) {
    dimse_echo_options *options = NULL;
    dimse_error *err = NULL;
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out", dimse_echo_options_new(NULL, &err));
    CHECK_OK(err, dimse_echo_options_new(&options, &err));
    CHECK_OK(err, dimse_echo_options_set_reply_timeout_ms(options, 1, &err));
    CHECK_OK(err, dimse_echo_options_set_reply_timeout_ms(options, DIMSE_NO_LIMIT, &err));
    CHECK_OK(err, dimse_echo_options_set_reply_timeout_ms(options, DIMSE_DEFAULT, &err));
    dimse_echo_options_free(options);
    dimse_echo_options_free(NULL);
}

/* What a peer answers to the echoes of one association, in this order. */
struct answers {
    const uint16_t *statuses;
    const char *const *comments;
    int count;
};

static void answer_in_order(struct peer *peer, int connection) {
    const struct answers *answers = (const struct answers *)peer->data;
    struct peer_request request;
    struct peer_pdu pdu;
    int index;
    CHECK(peer_accept(connection));
    for (index = 0; index < answers->count; index++) {
        CHECK(peer_read_request(connection, &request));
        CHECK(peer_answer(connection, &request, answers->statuses[index], answers->comments[index]));
    }
    CHECK_IS(peer_read(connection, &pdu), PDU_RELEASE_RQ);
    peer_release_rp(connection);
}

/* A failure status is a call that worked. */
static void statuses_and_comments(void) {
    static const uint16_t statuses[] = {0x0000, 0x0122, 0x0110, 0x0211, 0x0107};
    static const char *const comments[] = {NULL, NULL, "out of order", "", NULL};
    struct answers answers;
    struct peer peer;
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    int index;
    answers.statuses = statuses;
    answers.comments = comments;
    answers.count = (int)(sizeof statuses / sizeof statuses[0]);
    peer_start(&peer, answer_in_order, &answers, 1);
    assoc = node_open(peer.port);
    for (index = 0; index < answers.count; index++) {
        struct listener listener;
        listener_init(&listener);
        if (index % 2 == 0) {
            uint16_t status = 4711;
            CHECK_OK(err, dimse_assoc_echo(assoc, NULL, listener_event, &listener, &status, &err));
            CHECK_IS(status, statuses[index]);
            CHECK_IS(listener.events, 1);
        } else {
            dimse_delivery delivery = listener_delivery(&listener, NULL);
            dimse_op *op = NULL;
            CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, &op, &err));
            CHECK_IS(listener_outcome(&listener), DIMSE_OK);
            dimse_op_free(op);
        }
        CHECK_IS(listener.result, DIMSE_OK);
        CHECK_IS(listener.status, statuses[index]);
        CHECK_IS(listener.phase, DIMSE_PHASE_NONE);
        CHECK(listener.message_id != 0);
        CHECK(strcmp(listener.comment, comments[index] != NULL ? comments[index] : "") == 0);
    }
    /* Nobody needs to want the status, nor the error. */
    node_release(assoc);
    peer_join(&peer);
}

static void the_event_of_a_blocking_call(void) {
    struct node node;
    struct listener listener;
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    node_start(&node, NULL);
    assoc = node_open(node.port);
    listener_init(&listener);
    CHECK_OK(err, dimse_assoc_echo(assoc, NULL, listener_event, &listener, NULL, &err));
    CHECK_IS(listener.done, 1);
    CHECK_IS(listener.status, 0);
    CHECK(pthread_equal(listener.thread, pthread_self()));
    CHECK_IS(dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, NULL), DIMSE_OK);
    node_release(assoc);

    /* It comes also where the association has ended before. */
    listener_init(&listener);
    assoc = node_open(node.port);
    CHECK_IS(dimse_assoc_abort(assoc), DIMSE_OK);
    CHECK(dimse_assoc_echo(assoc, NULL, listener_event, &listener, NULL, &err) < 0);
    CHECK_IS(listener.done, 1);
    CHECK_IS(listener.result, dimse_error_result(err));
    dimse_error_free(err);
    dimse_assoc_free(assoc);
    node_stop(&node);
}

static void never_answer(struct peer *peer, int connection) {
    struct peer_request request;
    struct peer_pdu pdu;
    (void)peer;
    CHECK(peer_accept(connection));
    CHECK(peer_read_request(connection, &request));
    CHECK_IS(peer_read(connection, &pdu), PDU_ABORT);
}

/* Of the association, of the operation, and of the operation alone; then the association is aborted. */
static void the_reply_limit(void) {
    int round;
    for (round = 0; round < 2; round++) {
        struct peer peer;
        dimse_assoc_options *options;
        dimse_echo_options *echo = NULL;
        dimse_assoc *assoc = NULL;
        dimse_error *err = NULL;
        uint16_t status = 4711;
        uint64_t begun = now_ms();
        peer_start(&peer, never_answer, NULL, 1);
        options = node_caller(peer.port);
        CHECK_OK(err, dimse_assoc_options_set_reply_timeout_ms(options, round == 0 ? 50 : DIMSE_NO_LIMIT, &err));
        CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
        if (round == 1) {
            CHECK_OK(err, dimse_echo_options_new(&echo, &err));
            CHECK_OK(err, dimse_echo_options_set_reply_timeout_ms(echo, 50, &err));
        }
        CHECK_IS(dimse_assoc_echo(assoc, echo, NULL, NULL, &status, &err), DIMSE_ERR_TIMEOUT);
        CHECK(now_ms() - begun >= 49);
        CHECK_IS(dimse_error_phase(err), DIMSE_PHASE_REPLY);
        CHECK_IS(dimse_error_status(err), DIMSE_NO_STATUS);
        CHECK_IS(status, 4711);
        dimse_error_free(err);
        dimse_echo_options_free(echo);
        dimse_assoc_options_free(options);
        peer_join(&peer);
        dimse_assoc_free(assoc);
    }
}

/* Verification was not among what was agreed: the call says so, and the association goes on. */
static void no_context(void) {
    struct node node;
    dimse_server_options *acceptor = node_options();
    dimse_assoc_options *options;
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_server_options_add_context(acceptor, CT_IMAGE_STORAGE, NULL, 0, &err));
    node_start(&node, acceptor);
    options = node_caller(node.port);
    CHECK_OK(err, dimse_assoc_options_add_context(options, CT_IMAGE_STORAGE, NULL, 0, &err));
    CHECK_OK(err, dimse_assoc_options_add_context(options, VERIFICATION, NULL, 0, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    dimse_assoc_options_free(options);
    CHECK_REFUSED(
        err, DIMSE_ERR_NO_CONTEXT, "Verification", dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, &err));
    node_release(assoc);
    node_stop(&node);
}

static void answer_another_message(struct peer *peer, int connection) {
    struct peer_request request;
    struct peer_pdu pdu;
    CHECK(peer_accept(connection));
    CHECK(peer_read_request(connection, &request));
    request.message_id = (uint16_t)(request.message_id + *(const int *)peer->data);
    CHECK(peer_answer(connection, &request, 0xFF00, NULL));
    CHECK_IS(peer_read(connection, &pdu), PDU_ABORT);
}

/* An answer to a message that was never sent; a C-ECHO-RSP that is not final. */
static void wrong_answers(void) {
    int difference;
    for (difference = 0; difference < 2; difference++) {
        struct peer peer;
        dimse_assoc *assoc;
        dimse_error *err = NULL;
        peer_start(&peer, answer_another_message, &difference, 1);
        assoc = node_open(peer.port);
        CHECK_REFUSED(err, DIMSE_ERR_PROTOCOL, difference == 0 ? "pending" : "", dimse_assoc_echo(
            assoc, NULL, NULL, NULL, NULL, &err));
        peer_join(&peer);
        dimse_assoc_free(assoc);
    }
}

static void release_instead(struct peer *peer, int connection) {
    struct peer_request request;
    struct peer_pdu pdu;
    (void)peer;
    CHECK(peer_accept(connection));
    CHECK(peer_read_request(connection, &request));
    CHECK(peer_release_rq(connection));
    CHECK_IS(peer_read(connection, &pdu), PDU_RELEASE_RP);
}

/* Nobody has done anything wrong: over a new association it may work. */
static void a_peer_that_releases(void) {
    struct peer peer;
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    peer_start(&peer, release_instead, NULL, 1);
    assoc = node_open(peer.port);
    CHECK_IS(dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, &err), DIMSE_ERR_RELEASED);
    CHECK_IS(dimse_error_phase(err), DIMSE_PHASE_REPLY);
    CHECK_IS(dimse_error_is_retryable(err), 1);
    CHECK(strstr(dimse_error_message(err).data, "associate again") != NULL);
    dimse_error_free(err);
    /* What comes later hears the same. */
    err = NULL;
    CHECK_REFUSED(err, DIMSE_ERR_RELEASED, "the peer released", dimse_assoc_release(assoc, &err));
    dimse_assoc_free(assoc);
    peer_join(&peer);
}
