/* dimse_error: one record tells the whole story of a failure, whatever failed. */
#include "check.h"

#include "node.h"
#include "peer.h"

#include <errno.h>

static void an_argument(void);
static void a_refused_connection(void);
static void a_name_that_does_not_resolve(void);
static void a_rejection(void);
static void an_abort(void);
static void readers_of_no_error(void);
static void texts_live_as_long_as_the_error(void);

int main(void) {
    an_argument();
    a_refused_connection();
    a_name_that_does_not_resolve();
    a_rejection();
    an_abort();
    readers_of_no_error();
    texts_live_as_long_as_the_error();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static dimse_error *failed_open(const char *host, uint16_t port, dimse_result expected) {
    dimse_assoc_options *options = NULL;
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_options_new(&options, &err));
    CHECK_OK(err, dimse_assoc_options_set_peer(options, host, port, &err));
    CHECK_OK(err, dimse_assoc_options_set_ae_titles(options, "CALLER", "CALLED", &err));
    CHECK_IS(dimse_assoc_open(NULL, options, &assoc, &err), expected);
    CHECK(assoc == NULL);
    CHECK_IS(dimse_error_result(err), expected);
    CHECK(dimse_error_message(err).len > 0);
    dimse_assoc_options_free(options);
    return err;
}

static void is_no_rejection_and_no_abort(const dimse_error *err) {
    uint8_t result = 9;
    uint8_t source = 9;
    uint8_t reason = 9;
    CHECK_IS(dimse_error_reject(err, &result, &source, &reason), DIMSE_ERR_STATE);
    CHECK_IS(dimse_error_abort(err, &source, &reason), DIMSE_ERR_STATE);
    CHECK(result == 9 && source == 9 && reason == 9);
}

static void an_argument(void) {
    dimse_assoc_options *options = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_options_new(&options, &err));
    CHECK_IS(dimse_assoc_options_set_ae_titles(options, "SEVENTEEN_LETTERS", NULL, &err), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_error_result(err), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_error_phase(err), DIMSE_PHASE_QUEUED);
    CHECK(strstr(dimse_error_message(err).data, "SEVENTEEN_LETTERS") != NULL);
    CHECK_TEXT(dimse_error_peer(err), "");
    CHECK_TEXT(dimse_error_comment(err), "");
    CHECK_IS(dimse_error_status(err), DIMSE_NO_STATUS);
    CHECK_IS(dimse_error_os_error(err), 0);
    CHECK_IS(dimse_error_is_retryable(err), 0);
    is_no_rejection_and_no_abort(err);
    dimse_error_free(err);
    /* The same refusal without anybody to tell. */
    CHECK_IS(
        dimse_assoc_options_set_ae_titles(options, "SEVENTEEN_LETTERS", NULL, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    dimse_assoc_options_free(options);
}

static void a_refused_connection(void) {
    dimse_error *err = failed_open("127.0.0.1", peer_closed_port(), DIMSE_ERR_CONNECT);
    CHECK_IS(dimse_error_phase(err), DIMSE_PHASE_CONNECT);
    CHECK_IS(dimse_error_os_error(err), ECONNREFUSED);
    CHECK_IS(dimse_error_is_retryable(err), 1);
    CHECK(strstr(dimse_error_peer(err).data, "127.0.0.1:") != NULL);
    CHECK(strstr(dimse_error_message(err).data, "127.0.0.1:") != NULL);
    CHECK(strstr(dimse_error_message(err).data, "check that the peer is running") != NULL);
    is_no_rejection_and_no_abort(err);
    dimse_error_free(err);
}

static void a_name_that_does_not_resolve(void) {
    dimse_error *err = failed_open("no-such-host.invalid", 104, DIMSE_ERR_RESOLVE);
    CHECK_IS(dimse_error_phase(err), DIMSE_PHASE_RESOLVE);
    CHECK(strstr(dimse_error_message(err).data, "no-such-host.invalid") != NULL);
    dimse_error_free(err);
}

static void reject_without_end(struct peer *peer, int connection) {
    const uint8_t *numbers = (const uint8_t *)peer->data;
    peer_reject(connection, numbers[0], numbers[1], numbers[2]);
}

/* Every result, source and reason of PS3.8 table 9-21, and one that the standard does not know. */
static void a_rejection(void) {
    static const struct {
        uint8_t numbers[3];
        const char *words;
    } known[] = {
        {{1, 1, 1}, ""},
        {{1, 1, 2}, "application context"},
        {{1, 1, 3}, "calling AE title"},
        {{1, 1, 7}, "called AE title"},
        {{1, 2, 1}, ""},
        {{1, 2, 2}, "protocol version"},
        {{2, 3, 1}, "congestion"},
        {{2, 3, 2}, "limit"},
        {{1, 9, 9}, ""},
    };
    size_t index;
    for (index = 0; index < sizeof known / sizeof known[0]; index++) {
        uint8_t numbers[3] = {0, 0, 0};
        uint8_t source = 9;
        uint8_t reason = 9;
        struct peer peer;
        dimse_error *err;
        memcpy(numbers, known[index].numbers, sizeof numbers);
        peer_start(&peer, reject_without_end, numbers, 1);
        err = failed_open("127.0.0.1", peer.port, DIMSE_ERR_REJECTED);
        peer_join(&peer);
        memset(numbers, 0, sizeof numbers);
        CHECK_IS(dimse_error_reject(err, &numbers[0], &numbers[1], &numbers[2]), DIMSE_OK);
        CHECK(memcmp(numbers, known[index].numbers, sizeof numbers) == 0);
        CHECK_IS(dimse_error_reject(err, NULL, NULL, NULL), DIMSE_OK);
        CHECK_IS(dimse_error_abort(err, &source, &reason), DIMSE_ERR_STATE);
        CHECK_IS(dimse_error_phase(err), DIMSE_PHASE_ASSOCIATE);
        CHECK_IS(dimse_error_is_retryable(err), known[index].numbers[0] == 2);
        CHECK(strstr(dimse_error_message(err).data, known[index].words) != NULL);
        dimse_error_free(err);
    }
}

static void abort_instead_of_an_answer(struct peer *peer, int connection) {
    struct peer_pdu pdu;
    (void)peer;
    peer_read(connection, &pdu);
    peer_abort(connection, 2, 5);
}

static void an_abort(void) {
    struct peer peer;
    uint8_t result = 9;
    uint8_t source = 0;
    uint8_t reason = 0;
    dimse_error *err;
    peer_start(&peer, abort_instead_of_an_answer, NULL, 1);
    err = failed_open("127.0.0.1", peer.port, DIMSE_ERR_ABORTED);
    peer_join(&peer);
    CHECK_IS(dimse_error_abort(err, &source, &reason), DIMSE_OK);
    CHECK(source == 2 && reason == 5);
    CHECK_IS(dimse_error_abort(err, NULL, NULL), DIMSE_OK);
    CHECK_IS(dimse_error_reject(err, &result, NULL, NULL), DIMSE_ERR_STATE);
    CHECK_IS(result, 9);
    CHECK_IS(dimse_error_phase(err), DIMSE_PHASE_ASSOCIATE);
    dimse_error_free(err);
}

static void readers_of_no_error(void) {
    CHECK_IS(dimse_error_result(NULL), DIMSE_ERR_INVALID_HANDLE);
    CHECK_IS(dimse_error_phase(NULL), DIMSE_PHASE_NONE);
    CHECK_TEXT(dimse_error_message(NULL), "");
    CHECK_TEXT(dimse_error_peer(NULL), "");
    CHECK_TEXT(dimse_error_comment(NULL), "");
    CHECK_IS(dimse_error_status(NULL), DIMSE_NO_STATUS);
    CHECK_IS(dimse_error_os_error(NULL), 0);
    CHECK_IS(dimse_error_is_retryable(NULL), 0);
    CHECK_IS(dimse_error_reject(NULL, NULL, NULL, NULL), DIMSE_ERR_INVALID_HANDLE);
    CHECK_IS(dimse_error_abort(NULL, NULL, NULL), DIMSE_ERR_INVALID_HANDLE);
    dimse_error_free(NULL);
}

/* Other errors, and the end of the runtime, leave them where they are. */
static void texts_live_as_long_as_the_error(void) {
    dimse_error *err = failed_open("127.0.0.1", peer_closed_port(), DIMSE_ERR_CONNECT);
    dimse_str message = dimse_error_message(err);
    char copy[512];
    CHECK(message.len < sizeof copy);
    memcpy(copy, message.data, message.len + 1);
    dimse_error_free(failed_open("127.0.0.1", peer_closed_port(), DIMSE_ERR_CONNECT));
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    CHECK(dimse_error_message(err).data == message.data);
    CHECK_TEXT(message, copy);
    dimse_error_free(err);
    CHECK_IS(dimse_error_result(err), DIMSE_ERR_INVALID_HANDLE);
}
