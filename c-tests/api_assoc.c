/* dimse_assoc: opening, what is known of an association, releasing, aborting, freeing. */
#include "check.h"

#include "moment.h"
#include "node.h"
#include "peer.h"

static void outputs_are_checked(const struct node *node);
static void facts(const struct node *node);
static void contexts(void);
static void counters(const struct node *node);
static void structs_of_other_sizes(const struct node *node);
static void ways_to_fail(void);
static void releasing(const struct node *node);
static void aborting(const struct node *node);
static void freeing(const struct node *node);

int main(void) {
    struct node node;
    node_start(&node, NULL);
    outputs_are_checked(&node);
    facts(&node);
    counters(&node);
    structs_of_other_sizes(&node);
    releasing(&node);
    aborting(&node);
    freeing(&node);
    node_stop(&node);
    contexts();
    ways_to_fail();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void outputs_are_checked(const struct node *node) {
    dimse_assoc_options *options = node_caller(node->port);
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out", dimse_assoc_open(NULL, options, NULL, &err));
    CHECK_IS(dimse_assoc_open(NULL, NULL, &assoc, NULL), DIMSE_ERR_INVALID_HANDLE);
    assoc = node_open(node->port);
    CHECK_IS(dimse_assoc_facts(assoc, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_assoc_context(assoc, 0, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_assoc_counters(assoc, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    node_release(assoc);
    dimse_assoc_options_free(options);
}

static dimse_facts facts_of(const dimse_assoc *assoc) {
    dimse_facts facts;
    memset(&facts, 0, sizeof facts);
    facts.struct_size = sizeof facts;
    CHECK_IS(dimse_assoc_facts(assoc, &facts), DIMSE_OK);
    CHECK_IS(facts.struct_size, sizeof facts);
    return facts;
}

static dimse_context context_of(const dimse_assoc *assoc, size_t index) {
    dimse_context context;
    memset(&context, 0, sizeof context);
    context.struct_size = sizeof context;
    CHECK_IS(dimse_assoc_context(assoc, index, &context), DIMSE_OK);
    CHECK_IS(context.struct_size, sizeof context);
    return context;
}

static dimse_counters counters_of(const dimse_assoc *assoc) {
    dimse_counters counters;
    memset(&counters, 0, sizeof counters);
    counters.struct_size = sizeof counters;
    CHECK_IS(dimse_assoc_counters(assoc, &counters), DIMSE_OK);
    return counters;
}

static void facts(const struct node *node) {
    dimse_assoc_options *options = node_caller(node->port);
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    dimse_facts now;
    char address[32];
    CHECK_OK(err, dimse_assoc_options_set_ae_titles(options, "CALLER", "CALLED", &err));
    CHECK_OK(err, dimse_assoc_options_set_max_pdu_bytes(options, 32768, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    dimse_assoc_options_free(options);
    now = facts_of(assoc);
    snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)node->port);
    CHECK_IS(now.is_requestor, 1);
    CHECK(now.association != 0);
    CHECK_TEXT(now.calling, "CALLER");
    CHECK_TEXT(now.called, "CALLED");
    CHECK_TEXT(now.peer_address, address);
    CHECK(strncmp(now.local_address.data, "127.0.0.1:", 10) == 0);
    CHECK(now.peer_implementation_class.len > 0);
    CHECK(strncmp(now.peer_implementation_version.data, "LIBDIMSE", 8) == 0);
    CHECK(now.identity_response.data == NULL && now.identity_response.len == 0);
    CHECK_IS(now.own_max_pdu_bytes, 32768);
    CHECK(now.peer_max_pdu_bytes > 0);
    CHECK_IS(now.window_invoked, 1);
    CHECK_IS(now.window_performed, 1);
    CHECK_IS(now.context_count, 1);
    CHECK_IS(now.accepted_count, 1);
    /* They do not move, and stay when the association has ended. */
    CHECK_OK(err, dimse_assoc_release(assoc, &err));
    CHECK(facts_of(assoc).calling.data == now.calling.data);
    CHECK_TEXT(facts_of(assoc).calling, "CALLER");
    dimse_assoc_free(assoc);
}

/* Proposed ones in their order, accepted and refused, with the roles that were agreed. */
static void contexts(void) {
    const char *implicit[1] = {IMPLICIT_VR_LITTLE_ENDIAN};
    const char *unknown[1] = {"1.2.3.4"};
    struct node node;
    dimse_server_options *acceptor = node_options();
    dimse_assoc_options *options;
    dimse_assoc *assoc = NULL;
    dimse_context context;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_server_options_add_context(acceptor, VERIFICATION, NULL, 0, &err));
    CHECK_OK(err, dimse_server_options_add_context(acceptor, CT_IMAGE_STORAGE, implicit, 1, &err));
    node_start(&node, acceptor);
    options = node_caller(node.port);
    CHECK_OK(err, dimse_assoc_options_add_context(options, CT_IMAGE_STORAGE, unknown, 1, &err));
    CHECK_OK(err, dimse_assoc_options_add_context(options, CT_IMAGE_STORAGE, NULL, 0, &err));
    CHECK_OK(err, dimse_assoc_options_add_context(options, MR_IMAGE_STORAGE, NULL, 0, &err));
    CHECK_OK(err, dimse_assoc_options_add_context(options, VERIFICATION, NULL, 0, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    dimse_assoc_options_free(options);

    CHECK_IS(facts_of(assoc).context_count, 4);
    CHECK_IS(facts_of(assoc).accepted_count, 2);
    context = context_of(assoc, 0);
    CHECK_IS(context.id, 1);
    CHECK_IS(context.result, DIMSE_CONTEXT_TRANSFER_SYNTAXES);
    CHECK_TEXT(context.abstract_syntax, CT_IMAGE_STORAGE);
    CHECK_TEXT(context.transfer_syntax, "");
    CHECK_IS(context.local_is_scu, 0);
    context = context_of(assoc, 1);
    CHECK_IS(context.id, 3);
    CHECK_IS(context.result, DIMSE_CONTEXT_ACCEPTED);
    CHECK_TEXT(context.abstract_syntax, CT_IMAGE_STORAGE);
    CHECK_TEXT(context.transfer_syntax, IMPLICIT_VR_LITTLE_ENDIAN);
    CHECK_IS(context.local_is_scu, 1);
    CHECK_IS(context.local_is_scp, 0);
    context = context_of(assoc, 2);
    CHECK_IS(context.id, 5);
    CHECK_IS(context.result, DIMSE_CONTEXT_ABSTRACT_SYNTAX);
    CHECK_TEXT(context.abstract_syntax, MR_IMAGE_STORAGE);
    context = context_of(assoc, 3);
    CHECK_IS(context.id, 7);
    CHECK_IS(context.result, DIMSE_CONTEXT_ACCEPTED);
    CHECK_TEXT(context.transfer_syntax, EXPLICIT_VR_LITTLE_ENDIAN);
    CHECK_IS(dimse_assoc_context(assoc, 4, &context), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_assoc_context(assoc, SIZE_MAX, &context), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(context.id, 7);
    node_echo(assoc);
    node_release(assoc);
    node_stop(&node);
}

static void counters(const struct node *node) {
    dimse_assoc *assoc = node_open(node->port);
    dimse_counters before = counters_of(assoc);
    dimse_counters after;
    CHECK(before.bytes_sent > 0 && before.bytes_received > 0);
    CHECK_IS(before.pdus_sent, 1);
    CHECK_IS(before.pdus_received, 1);
    CHECK_IS(before.messages_sent, 0);
    node_echo(assoc);
    node_echo(assoc);
    after = counters_of(assoc);
    CHECK_IS(after.messages_sent, 2);
    CHECK_IS(after.messages_received, 2);
    CHECK_IS(after.pdus_sent, 3);
    CHECK_IS(after.pdus_received, 3);
    CHECK(after.bytes_sent > before.bytes_sent && after.bytes_received > before.bytes_received);
    node_release(assoc);
}

/* A caller that was compiled for a shorter struct gets no more than it has, one for a longer struct is told how much.
 */
static void structs_of_other_sizes(const struct node *node) {
    struct {
        dimse_counters counters;
        uint64_t later;
    } longer;
    dimse_facts facts;
    dimse_assoc *assoc = node_open(node->port);
    memset(&facts, 0xA5, sizeof facts);
    facts.struct_size = 4;
    CHECK_IS(dimse_assoc_facts(assoc, &facts), DIMSE_ERR_INVALID_ARGUMENT);
    facts.struct_size = offsetof(dimse_facts, calling);
    CHECK_IS(dimse_assoc_facts(assoc, &facts), DIMSE_OK);
    CHECK_IS(facts.struct_size, offsetof(dimse_facts, calling));
    CHECK(facts.association != 0);
    CHECK_IS(facts.calling.len, (size_t)0xA5A5A5A5A5A5A5A5u);
    longer.later = 4711;
    longer.counters.struct_size = sizeof longer;
    CHECK_IS(dimse_assoc_counters(assoc, &longer.counters), DIMSE_OK);
    CHECK_IS(longer.counters.struct_size, sizeof(dimse_counters));
    CHECK_IS(longer.later, 4711);
    node_release(assoc);
}

static void accept_no_context(struct peer *peer, int connection) {
    struct peer_pdu pdu;
    (void)peer;
    peer_accept_nothing(connection);
    peer_read(connection, &pdu);
}

static void speak_http(struct peer *peer, int connection) {
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    struct peer_pdu pdu;
    (void)peer;
    peer_read(connection, &pdu);
    peer_send(connection, answer, sizeof answer - 1);
}

static void close_at_once(struct peer *peer, int connection) {
    struct peer_pdu pdu;
    (void)peer;
    peer_read(connection, &pdu);
}

static void stay_silent(struct peer *peer, int connection) {
    struct peer_pdu pdu;
    (void)peer;
    CHECK_IS(peer_read(connection, &pdu), PDU_ASSOCIATE_RQ);
    CHECK_IS(peer_read(connection, &pdu), PDU_ABORT);
}

static void ways_to_fail(void) {
    static const struct {
        peer_script script;
        dimse_result result;
        const char *words;
    } peers[] = {
        {accept_no_context, DIMSE_ERR_NO_CONTEXT, "context"},
        {speak_http, DIMSE_ERR_NOT_DICOM, "HTTP"},
        {close_at_once, DIMSE_ERR_CLOSED, "closed"},
        {stay_silent, DIMSE_ERR_TIMEOUT, "no answer within"},
    };
    int full[PEER_FULL_SOCKETS];
    dimse_assoc_options *options;
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    uint64_t begun = now_ms();
    size_t index;
    for (index = 0; index < sizeof peers / sizeof peers[0]; index++) {
        struct peer peer;
        peer_start(&peer, peers[index].script, NULL, 1);
        options = node_caller(peer.port);
        CHECK_OK(err, dimse_assoc_options_set_associate_timeout_ms(options, 100, &err));
        CHECK_REFUSED(err, peers[index].result, peers[index].words, dimse_assoc_open(NULL, options, &assoc, &err));
        dimse_assoc_options_free(options);
        peer_join(&peer);
    }
    options = node_caller(peer_full_port(full));
    CHECK_OK(err, dimse_assoc_options_set_connect_timeout_ms(options, 100, &err));
    CHECK_REFUSED(err, DIMSE_ERR_TIMEOUT, "connecting", dimse_assoc_open(NULL, options, &assoc, &err));
    dimse_assoc_options_free(options);
    peer_full_close(full);
    CHECK(assoc == NULL);
    CHECK(now_ms() - begun >= 200);
}

static void releasing(const struct node *node) {
    dimse_assoc *assoc = node_open(node->port);
    dimse_error *err = NULL;
    uint16_t status = 4711;
    CHECK_OK(err, dimse_assoc_release(assoc, &err));
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "", dimse_assoc_release(assoc, &err));
    CHECK(dimse_assoc_echo(assoc, NULL, NULL, NULL, &status, &err) < 0);
    CHECK_IS(status, 4711);
    CHECK(dimse_error_message(err).len > 0);
    dimse_error_free(err);
    CHECK_IS(dimse_assoc_abort(assoc), DIMSE_OK);
    dimse_assoc_free(assoc);
}

static void aborting(const struct node *node) {
    dimse_assoc *assoc = node_open(node->port);
    uint64_t before = node_counters(node).aborted_total;
    CHECK_IS(dimse_assoc_abort(assoc), DIMSE_OK);
    CHECK_IS(dimse_assoc_abort(assoc), DIMSE_OK);
    CHECK(dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, NULL) < 0);
    CHECK(dimse_assoc_release(assoc, NULL) < 0);
    CHECK_SOON(node_counters(node).aborted_total == before + 1);
    dimse_assoc_free(assoc);
}

/* What is still open is aborted; what was released is not. */
static void freeing(const struct node *node) {
    dimse_assoc *assoc = node_open(node->port);
    uint64_t before = node_counters(node).aborted_total;
    dimse_assoc_free(assoc);
    dimse_assoc_free(assoc);
    dimse_assoc_free(NULL);
    CHECK_SOON(node_counters(node).aborted_total == before + 1);
    node_release(node_open(node->port));
    CHECK_EMPTY(node);
    CHECK_IS(node_counters(node).aborted_total, before + 1);
}
