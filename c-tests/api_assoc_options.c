/* dimse_assoc_options: every value is checked at its setter, and what was set goes over the wire. */
#include "check.h"

#include "moment.h"
#include "node.h"
#include "peer.h"

static void peers(dimse_assoc_options *options);
static void ae_titles(dimse_assoc_options *options);
static void addresses(dimse_assoc_options *options);
static void contexts(dimse_assoc_options *options);
static void negotiations(dimse_assoc_options *options);
static void identities(dimse_assoc_options *options);
static void implementations(dimse_assoc_options *options);
static void times(dimse_assoc_options *options);
static void no_peer(void);
static void everything_goes_over_the_wire(void);

int main(void) {
    dimse_assoc_options *options = NULL;
    dimse_error *err = NULL;
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out", dimse_assoc_options_new(NULL, &err));
    CHECK_OK(err, dimse_assoc_options_new(&options, &err));
    peers(options);
    ae_titles(options);
    addresses(options);
    contexts(options);
    negotiations(options);
    identities(options);
    implementations(options);
    times(options);
    dimse_assoc_options_free(options);
    dimse_assoc_options_free(NULL);
    no_peer();
    everything_goes_over_the_wire();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

#define REFUSED(words, call) CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, words, call)

static void peers(dimse_assoc_options *options) {
    dimse_error *err = NULL;
    REFUSED("host", dimse_assoc_options_set_peer(options, NULL, 104, &err));
    REFUSED("host", dimse_assoc_options_set_peer(options, "", 104, &err));
    REFUSED("host", dimse_assoc_options_set_peer(options, "  ", 104, &err));
    REFUSED("host is not UTF-8", dimse_assoc_options_set_peer(options, "\xff", 104, &err));
    REFUSED("port is 0", dimse_assoc_options_set_peer(options, "pacs", 0, &err));
    REFUSED("port is 70000", dimse_assoc_options_set_peer(options, "pacs", 70000, &err));
    CHECK_IS(dimse_assoc_options_set_peer(options, "pacs", 70000, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_OK(err, dimse_assoc_options_set_peer(options, "::1", 65535, &err));
}

static void ae_titles(dimse_assoc_options *options) {
    dimse_error *err = NULL;
    REFUSED("calling", dimse_assoc_options_set_ae_titles(options, "SEVENTEEN_LETTERS", NULL, &err));
    REFUSED("called", dimse_assoc_options_set_ae_titles(options, NULL, "SEVENTEEN_LETTERS", &err));
    REFUSED("calling", dimse_assoc_options_set_ae_titles(options, "", NULL, &err));
    REFUSED("calling", dimse_assoc_options_set_ae_titles(options, "   ", NULL, &err));
    REFUSED("calling", dimse_assoc_options_set_ae_titles(options, "BACK\\SLASH", NULL, &err));
    REFUSED("called", dimse_assoc_options_set_ae_titles(options, NULL, "TAB\t", &err));
    REFUSED("called", dimse_assoc_options_set_ae_titles(options, NULL, "R\xc3\x96NTGEN", &err));
    CHECK_OK(err, dimse_assoc_options_set_ae_titles(options, "SIXTEEN_LETTERS_", " PACS ", &err));
    CHECK_OK(err, dimse_assoc_options_set_ae_titles(options, NULL, NULL, &err));
}

static void addresses(dimse_assoc_options *options) {
    dimse_error *err = NULL;
    REFUSED("address", dimse_assoc_options_set_source_address(options, "localhost", &err));
    REFUSED("127.0.0.1:104", dimse_assoc_options_set_source_address(options, "127.0.0.1:104", &err));
    REFUSED("address", dimse_assoc_options_set_source_address(options, "", &err));
    CHECK_OK(err, dimse_assoc_options_set_source_address(options, "127.0.0.1", &err));
    CHECK_OK(err, dimse_assoc_options_set_source_address(options, "::1", &err));
    CHECK_OK(err, dimse_assoc_options_set_source_address(options, NULL, &err));
}

static void contexts(dimse_assoc_options *options) {
    const char *syntaxes[2] = {EXPLICIT_VR_LITTLE_ENDIAN, "1.2.x"};
    dimse_error *err = NULL;
    int count;
    REFUSED("abstract_syntax", dimse_assoc_options_add_context(options, NULL, NULL, 0, &err));
    REFUSED("abstract_syntax", dimse_assoc_options_add_context(options, "CT", NULL, 0, &err));
    REFUSED("without a digit", dimse_assoc_options_add_context(options, "1.2..3", NULL, 0, &err));
    REFUSED("without a digit", dimse_assoc_options_add_context(options, "1.2.", NULL, 0, &err));
    REFUSED("abstract_syntax", dimse_assoc_options_add_context(options,
        "1.2.3456789012345678901234567890123456789012345678901234567890123", NULL, 0, &err));
    REFUSED("transfer_syntaxes[1]", dimse_assoc_options_add_context(options, VERIFICATION, syntaxes, 2, &err));
    REFUSED("transfer_syntaxes is NULL", dimse_assoc_options_add_context(options, VERIFICATION, NULL, 2, &err));
    syntaxes[1] = NULL;
    REFUSED("transfer_syntaxes[1]", dimse_assoc_options_add_context(options, VERIFICATION, syntaxes, 2, &err));
    for (count = 0; count < 128; count++) {
        CHECK_OK(err, dimse_assoc_options_add_context(options, VERIFICATION, syntaxes, 1, &err));
    }
    REFUSED("128", dimse_assoc_options_add_context(options, VERIFICATION, syntaxes, 1, &err));
}

static void negotiations(dimse_assoc_options *options) {
    static const uint8_t information[4] = {1, 1, 0, 1};
    const char *related[1] = {"none"};
    dimse_error *err = NULL;
    REFUSED("sop_class", dimse_assoc_options_set_roles(options, "none", 1, 1, &err));
    REFUSED("scu is 2", dimse_assoc_options_set_roles(options, VERIFICATION, 2, 1, &err));
    REFUSED("scp is 2", dimse_assoc_options_set_roles(options, VERIFICATION, 1, 2, &err));
    REFUSED("scu", dimse_assoc_options_set_roles(options, VERIFICATION, 0, 0, &err));
    CHECK_OK(err, dimse_assoc_options_set_roles(options, VERIFICATION, 0, 1, &err));

    REFUSED("invoked is 65536", dimse_assoc_options_set_async_window(options, 65536, 1, &err));
    REFUSED("performed is 65536", dimse_assoc_options_set_async_window(options, 1, 65536, &err));
    CHECK_OK(err, dimse_assoc_options_set_async_window(options, 0, 65535, &err));

    REFUSED("7", dimse_assoc_options_set_max_pdu_bytes(options, 7, &err));
    CHECK_OK(err, dimse_assoc_options_set_max_pdu_bytes(options, 8, &err));
    CHECK_OK(err, dimse_assoc_options_set_max_pdu_bytes(options, 0, &err));
    CHECK_OK(err, dimse_assoc_options_set_max_pdu_bytes(options, UINT32_MAX, &err));

    REFUSED("sop_class", dimse_assoc_options_add_extended_negotiation(options, "", information, 4, &err));
    REFUSED("length is 0", dimse_assoc_options_add_extended_negotiation(options, VERIFICATION, information, 0, &err));
    REFUSED("length is 65466", dimse_assoc_options_add_extended_negotiation(
                                   options, VERIFICATION, information, 65466, &err));
    REFUSED("information is NULL", dimse_assoc_options_add_extended_negotiation(options, VERIFICATION, NULL, 4, &err));
    CHECK_OK(err, dimse_assoc_options_add_extended_negotiation(options, VERIFICATION, information, 4, &err));

    REFUSED("service_class", dimse_assoc_options_add_common_extended_negotiation(
                                 options, VERIFICATION, NULL, NULL, 0, &err));
    REFUSED("related[0]", dimse_assoc_options_add_common_extended_negotiation(
                              options, VERIFICATION, VERIFICATION, related, 1, &err));
    REFUSED("related is NULL", dimse_assoc_options_add_common_extended_negotiation(
                                   options, VERIFICATION, VERIFICATION, NULL, 1, &err));
    related[0] = VERIFICATION;
    CHECK_OK(err, dimse_assoc_options_add_common_extended_negotiation(
                      options, VERIFICATION, VERIFICATION, related, 1, &err));
}

static void identities(dimse_assoc_options *options) {
    static const uint8_t user[3] = {'m', 'i', 'a'};
    dimse_error *err = NULL;
    REFUSED("kind is 0", dimse_assoc_options_set_user_identity(options, 0, user, 3, NULL, 0, 0, &err));
    REFUSED("kind is 6", dimse_assoc_options_set_user_identity(options, 6, user, 3, NULL, 0, 0, &err));
    REFUSED("primary_length is 0",
        dimse_assoc_options_set_user_identity(options, DIMSE_IDENTITY_USER, user, 0, NULL, 0, 0, &err));
    REFUSED("primary is NULL",
        dimse_assoc_options_set_user_identity(options, DIMSE_IDENTITY_USER, NULL, 3, NULL, 0, 0, &err));
    REFUSED("secondary_length is 3",
        dimse_assoc_options_set_user_identity(options, DIMSE_IDENTITY_JWT, user, 3, user, 3, 0, &err));
    REFUSED("positive_response is 2",
        dimse_assoc_options_set_user_identity(options, DIMSE_IDENTITY_USER, user, 3, NULL, 0, 2, &err));
    CHECK_OK(err, dimse_assoc_options_set_user_identity(options, DIMSE_IDENTITY_PASSCODE, user, 3, user, 3, 1, &err));
    CHECK_OK(err, dimse_assoc_options_set_user_identity(options, DIMSE_IDENTITY_SAML, user, 3, NULL, 0, 1, &err));
}

static void implementations(dimse_assoc_options *options) {
    dimse_error *err = NULL;
    REFUSED("class_uid", dimse_assoc_options_set_implementation(options, "mine", NULL, &err));
    REFUSED("SEVENTEEN_LETTERS", dimse_assoc_options_set_implementation(options, NULL, "SEVENTEEN_LETTERS", &err));
    REFUSED("version", dimse_assoc_options_set_implementation(options, NULL, "\xc3\x96", &err));
    CHECK_OK(err, dimse_assoc_options_set_implementation(options, "1.2.3", "SIXTEEN_LETTERS_", &err));
    CHECK_OK(err, dimse_assoc_options_set_implementation(options, NULL, "", &err));
    CHECK_OK(err, dimse_assoc_options_set_implementation(options, NULL, NULL, &err));
}

typedef dimse_result (*set_time)(dimse_assoc_options *options, uint32_t ms, dimse_error **err);

static void times(dimse_assoc_options *options) {
    static const set_time any[] = {dimse_assoc_options_set_connect_timeout_ms,
        dimse_assoc_options_set_associate_timeout_ms, dimse_assoc_options_set_write_timeout_ms,
        dimse_assoc_options_set_reply_timeout_ms, dimse_assoc_options_set_idle_timeout_ms,
        dimse_assoc_options_set_release_timeout_ms};
    /* The phases that close the connection must end by themselves. */
    static const set_time limited[] = {
        dimse_assoc_options_set_artim_timeout_ms, dimse_assoc_options_set_abort_timeout_ms};
    dimse_error *err = NULL;
    size_t index;
    for (index = 0; index < sizeof any / sizeof any[0]; index++) {
        CHECK_OK(err, any[index](options, 1, &err));
        CHECK_OK(err, any[index](options, DIMSE_NO_LIMIT, &err));
        CHECK_OK(err, any[index](options, DIMSE_DEFAULT, &err));
    }
    for (index = 0; index < sizeof limited / sizeof limited[0]; index++) {
        CHECK_OK(err, limited[index](options, 1, &err));
        REFUSED("DIMSE_NO_LIMIT", limited[index](options, DIMSE_NO_LIMIT, &err));
        CHECK_OK(err, limited[index](options, DIMSE_DEFAULT, &err));
    }
}

static void no_peer(void) {
    dimse_assoc_options *options = NULL;
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_options_new(&options, &err));
    REFUSED("dimse_assoc_options_set_peer", dimse_assoc_open(NULL, options, &assoc, &err));
    CHECK(assoc == NULL);
    dimse_assoc_options_free(options);
}

static void keep_request(struct peer *peer, int connection) {
    CHECK_IS(peer_read(connection, (struct peer_pdu *)peer->data), PDU_ASSOCIATE_RQ);
}

/* How many of these bytes are in the request. */
static int found(const struct peer_pdu *pdu, const void *bytes, size_t length) {
    uint32_t at;
    int count = 0;
    for (at = 0; at + length <= pdu->length; at++) {
        count += memcmp(pdu->bytes + at, bytes, length) == 0;
    }
    return count;
}

static void everything_goes_over_the_wire(void) {
    static const uint8_t information[3] = {7, 7, 7};
    static const uint8_t window[] = {0x53, 0, 0, 4, 0, 3, 0, 2};
    static const uint8_t max_length[] = {0x51, 0, 0, 4, 0, 0, 0x40, 0};
    static const uint8_t identity[] = "\x58\0\0\x0d\2\1\0\3mia\0\4pass";
    static const uint8_t extended[] = "\x56\0\0\x16\0\x11"
                                      "1.2.840.10008.1.1\7\7\7";
    const char *syntaxes[1] = {IMPLICIT_VR_LITTLE_ENDIAN};
    struct peer_pdu request;
    struct peer peer;
    dimse_assoc_options *options;
    dimse_error *err = NULL;
    dimse_op *op = NULL;
    peer_start(&peer, keep_request, &request, 1);
    options = node_caller(peer.port);
    CHECK_OK(err, dimse_assoc_options_set_ae_titles(options, "CALLER", "CALLED", &err));
    CHECK_OK(err, dimse_assoc_options_set_source_address(options, "127.0.0.1", &err));
    CHECK_OK(err, dimse_assoc_options_add_context(options, CT_IMAGE_STORAGE, syntaxes, 1, &err));
    CHECK_OK(err, dimse_assoc_options_set_roles(options, CT_IMAGE_STORAGE, 1, 1, &err));
    CHECK_OK(err, dimse_assoc_options_set_async_window(options, 3, 2, &err));
    CHECK_OK(err, dimse_assoc_options_set_max_pdu_bytes(options, 16384, &err));
    CHECK_OK(err, dimse_assoc_options_add_extended_negotiation(options, VERIFICATION, information, 3, &err));
    CHECK_OK(err, dimse_assoc_options_add_common_extended_negotiation(
                      options, MR_IMAGE_STORAGE, "1.2.840.10008.4.2", NULL, 0, &err));
    CHECK_OK(err, dimse_assoc_options_set_user_identity(options, DIMSE_IDENTITY_PASSCODE, (const uint8_t *)"mia", 3,
                      (const uint8_t *)"pass", 4, 1, &err));
    CHECK_OK(err, dimse_assoc_options_set_implementation(options, "1.2.3.4.5", "OURS 1", &err));
    CHECK_OK(err, dimse_assoc_open_async(NULL, options, NULL, &op, &err));
    /* They were copied. */
    dimse_assoc_options_free(options);
    CHECK(dimse_op_wait(op, PATIENCE_MS, NULL) < 0);
    dimse_op_free(op);
    peer_join(&peer);

    CHECK_IS(found(&request, "CALLED          CALLER          ", 32), 1);
    CHECK_IS(found(&request, CT_IMAGE_STORAGE, strlen(CT_IMAGE_STORAGE)), 2); /* the context and the roles */
    CHECK_IS(found(&request, EXPLICIT_VR_LITTLE_ENDIAN, strlen(EXPLICIT_VR_LITTLE_ENDIAN)), 0);
    CHECK_IS(found(&request, window, sizeof window), 1);
    CHECK_IS(found(&request, max_length, sizeof max_length), 1);
    CHECK_IS(found(&request, identity, sizeof identity - 1), 1);
    CHECK_IS(found(&request, extended, sizeof extended - 1), 1);
    CHECK_IS(found(&request, MR_IMAGE_STORAGE, strlen(MR_IMAGE_STORAGE)), 1);
    CHECK_IS(found(&request, "1.2.840.10008.4.2", 17), 1);
    CHECK_IS(found(&request, "1.2.3.4.5", 9), 1);
    CHECK_IS(found(&request, "OURS 1", 6), 1);
}
