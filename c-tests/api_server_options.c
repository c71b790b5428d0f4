/* dimse_server_options: every value is checked at its setter, and decides about the associations of the server. */
#include "check.h"

#include "desk.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

static void values_are_checked(dimse_server_options *options);
static void times_are_checked(dimse_server_options *options);
static void handlers_are_given_back(void);
static void ae_titles(void);
static void networks(void);
static void limits(void);
static void silent_connections(void);
static void what_the_server_says_of_itself(void);
static void windows(void);

int main(void) {
    dimse_server_options *options = NULL;
    dimse_error *err = NULL;
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out", dimse_server_options_new(NULL, &err));
    CHECK_OK(err, dimse_server_options_new(&options, &err));
    values_are_checked(options);
    times_are_checked(options);
    dimse_server_options_free(options);
    dimse_server_options_free(NULL);
    handlers_are_given_back();
    ae_titles();
    networks();
    limits();
    silent_connections();
    what_the_server_says_of_itself();
    windows();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

#define REFUSED(words, call) CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, words, call)

static void values_are_checked(dimse_server_options *options) {
    const char *syntaxes[1] = {"none"};
    dimse_error *err = NULL;
    REFUSED("localhost", dimse_server_options_set_listen(options, "localhost", 104, &err));
    REFUSED("port is 65536", dimse_server_options_set_listen(options, NULL, 65536, &err));
    CHECK_OK(err, dimse_server_options_set_listen(options, "::1", 65535, &err));
    CHECK_OK(err, dimse_server_options_set_listen(options, NULL, 0, &err));
    REFUSED("title", dimse_server_options_add_ae_title(options, NULL, &err));
    REFUSED("title", dimse_server_options_add_ae_title(options, "", &err));
    REFUSED("SEVENTEEN_LETTERS", dimse_server_options_add_ae_title(options, "SEVENTEEN_LETTERS", &err));
    REFUSED("title", dimse_server_options_add_calling_ae_title(options, "A\\B", &err));
    REFUSED("network is NULL", dimse_server_options_add_network(options, NULL, &err));
    REFUSED("network: \"localhost\"", dimse_server_options_add_network(options, "localhost", &err));
    REFUSED("0 to 32", dimse_server_options_add_network(options, "192.0.2.0/33", &err));
    REFUSED("0 to 128", dimse_server_options_add_network(options, "2001:db8::/129", &err));
    REFUSED("abstract_syntax", dimse_server_options_add_context(options, "none", NULL, 0, &err));
    REFUSED("transfer_syntaxes[0]", dimse_server_options_add_context(options, VERIFICATION, syntaxes, 1, &err));
    REFUSED("transfer_syntaxes is NULL", dimse_server_options_add_context(options, VERIFICATION, NULL, 1, &err));
    REFUSED("1", dimse_server_options_set_max_pdu_bytes(options, 1, &err));
    CHECK_OK(err, dimse_server_options_set_max_pdu_bytes(options, 0, &err));
    REFUSED("performed is 65536", dimse_server_options_set_async_window(options, 1, 65536, &err));
    REFUSED("class_uid", dimse_server_options_set_implementation(options, "none", NULL, &err));
    REFUSED("count is 0", dimse_server_options_set_max_associations(options, 0, &err));
    REFUSED("count is 0", dimse_server_options_set_max_waiting(options, 0, &err));
    CHECK_OK(err, dimse_server_options_set_max_associations(options, UINT32_MAX, &err));
    CHECK_OK(err, dimse_server_options_set_max_waiting(options, UINT32_MAX, &err));
    CHECK_OK(err, dimse_server_options_set_max_per_address(options, 0, &err));
    CHECK_OK(err, dimse_server_options_set_max_per_ae_title(options, 0, &err));
    CHECK_OK(err, dimse_server_options_set_association_handler(options, NULL, NULL, NULL, NULL, &err));
    CHECK_OK(err, dimse_server_options_set_handler(options, NULL, NULL, NULL, NULL, &err));
}

typedef dimse_result (*set_time)(dimse_server_options *options, uint32_t ms, dimse_error **err);

static void times_are_checked(dimse_server_options *options) {
    static const set_time any[] = {dimse_server_options_set_associate_timeout_ms,
        dimse_server_options_set_write_timeout_ms, dimse_server_options_set_idle_timeout_ms};
    static const set_time limited[] = {
        dimse_server_options_set_artim_timeout_ms, dimse_server_options_set_abort_timeout_ms};
    dimse_error *err = NULL;
    size_t index;
    for (index = 0; index < sizeof any / sizeof any[0]; index++) {
        CHECK_OK(err, any[index](options, DIMSE_NO_LIMIT, &err));
        CHECK_OK(err, any[index](options, DIMSE_DEFAULT, &err));
    }
    for (index = 0; index < sizeof limited / sizeof limited[0]; index++) {
        REFUSED("DIMSE_NO_LIMIT", limited[index](options, DIMSE_NO_LIMIT, &err));
        CHECK_OK(err, limited[index](options, DIMSE_DEFAULT, &err));
    }
}

/* Another handler, the end of the options, the end of the last server: whichever is last. */
static void handlers_are_given_back(void) {
    struct desk replaced;
    struct desk freed;
    struct desk used;
    struct node one;
    dimse_server_options *options;
    dimse_server *other = NULL;
    dimse_error *err = NULL;
    desk_init(&replaced);
    desk_init(&freed);
    desk_init(&used);
    options = desk_options(&replaced, &freed);
    CHECK_OK(err, dimse_server_options_set_association_handler(
                      options, NULL, desk_association, &used, desk_release, &err));
    CHECK_IS(desk_releases(&replaced), 1);
    CHECK_OK(err, dimse_server_start(NULL, options, &other, &err));
    node_start(&one, options);
    CHECK_IS(desk_releases(&used), 0);
    node_stop(&one);
    CHECK_IS(desk_releases(&used), 0);
    CHECK_OK(err, dimse_server_stop(other, 0, &err));
    dimse_server_free(other);
    CHECK_SOON(desk_releases(&used) == 1 && desk_releases(&freed) == 1);

    /* Without a function there is nothing to keep it for. */
    options = node_options();
    desk_init(&freed);
    CHECK_OK(err, dimse_server_options_set_handler(options, NULL, NULL, &freed, desk_release, &err));
    CHECK_IS(desk_releases(&freed), 1);
    CHECK_OK(err, dimse_server_options_set_handler(options, NULL, desk_request, &freed, NULL, &err));
    dimse_server_options_free(options);
    CHECK_IS(desk_releases(&freed), 1);
}

/* Tries to associate; 0 and the rejection's three numbers in one, or -1 where it was accepted. */
static int rejection(uint16_t port, const char *calling, const char *called) {
    dimse_assoc_options *options = node_caller(port);
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    uint8_t result = 0;
    uint8_t source = 0;
    uint8_t reason = 0;
    CHECK_OK(err, dimse_assoc_options_set_ae_titles(options, calling, called, &err));
    if (dimse_assoc_open(NULL, options, &assoc, &err) == DIMSE_OK) {
        node_release(assoc);
        dimse_assoc_options_free(options);
        return -1;
    }
    CHECK_IS(dimse_error_reject(err, &result, &source, &reason), DIMSE_OK);
    dimse_error_free(err);
    dimse_assoc_options_free(options);
    return result * 100 + source * 10 + reason;
}

static void ae_titles(void) {
    struct node node;
    dimse_server_options *options = node_options();
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_server_options_add_ae_title(options, "ARCHIVE", &err));
    CHECK_OK(err, dimse_server_options_add_ae_title(options, "WORKLIST", &err));
    CHECK_OK(err, dimse_server_options_add_calling_ae_title(options, "CT1", &err));
    CHECK_OK(err, dimse_server_options_add_calling_ae_title(options, "CT2", &err));
    node_start(&node, options);
    CHECK_IS(rejection(node.port, "CT1", "ARCHIVE"), -1);
    CHECK_IS(rejection(node.port, "CT2", "WORKLIST"), -1);
    CHECK_IS(rejection(node.port, "CT3", "ARCHIVE"), 113);
    CHECK_IS(rejection(node.port, "CT1", "PRINTER"), 117);
    CHECK_SOON(node_counters(&node).refused_total == 2);
    node_stop(&node);
}

static void networks(void) {
    struct node node;
    dimse_server_options *options = node_options();
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_server_options_add_network(options, "192.0.2.0/24", &err));
    CHECK_OK(err, dimse_server_options_add_network(options, "2001:db8::7", &err));
    node_start(&node, options);
    CHECK_IS(rejection(node.port, NULL, NULL), 111);
    node_stop(&node);

    options = node_options();
    CHECK_OK(err, dimse_server_options_add_network(options, "192.0.2.0/24", &err));
    CHECK_OK(err, dimse_server_options_add_network(options, "127.0.0.0/8", &err));
    CHECK_OK(err, dimse_server_options_add_network(options, "::1", &err));
    node_start(&node, options);
    CHECK_IS(rejection(node.port, NULL, NULL), -1);
    node_stop(&node);
}

static void limits(void) {
    static dimse_result (*const setters[])(dimse_server_options *, uint32_t, dimse_error **) = {
        dimse_server_options_set_max_associations, dimse_server_options_set_max_per_address,
        dimse_server_options_set_max_per_ae_title};
    size_t index;
    for (index = 0; index < sizeof setters / sizeof setters[0]; index++) {
        struct node node;
        dimse_server_options *options = node_options();
        dimse_assoc *assoc;
        dimse_error *err = NULL;
        CHECK_OK(err, setters[index](options, 1, &err));
        node_start(&node, options);
        assoc = node_open(node.port);
        CHECK_IS(rejection(node.port, NULL, NULL), 232);
        CHECK_IS(rejection(node.port, "ANOTHER", NULL), index == 2 ? -1 : 232);
        node_echo(assoc);
        node_release(assoc);
        CHECK_SOON(node_counters(&node).associations == 0);
        CHECK_IS(rejection(node.port, NULL, NULL), -1);
        node_stop(&node);
    }
}

/* The oldest silent connection makes room; the others end when ARTIM is over. */
static void silent_connections(void) {
    struct node node;
    dimse_server_options *options = node_options();
    dimse_error *err = NULL;
    struct peer_pdu pdu;
    int connections[2];
    CHECK_OK(err, dimse_server_options_set_max_waiting(options, 1, &err));
    CHECK_OK(err, dimse_server_options_set_artim_timeout_ms(options, 100, &err));
    node_start(&node, options);
    connections[0] = peer_connect(node.port);
    CHECK_SOON(node_counters(&node).waiting == 1);
    connections[1] = peer_connect(node.port);
    CHECK(peer_read(connections[0], &pdu) == PDU_NONE || peer_read(connections[0], &pdu) == PDU_NONE);
    CHECK(peer_read(connections[1], &pdu) == PDU_NONE || peer_read(connections[1], &pdu) == PDU_NONE);
    CHECK_SOON(node_counters(&node).waiting == 0);
    CHECK_IS(node_counters(&node).connected_total, 2);
    peer_close(connections[0]);
    peer_close(connections[1]);
    node_stop(&node);
}

static dimse_facts facts_of(const dimse_assoc *assoc) {
    dimse_facts facts;
    facts.struct_size = sizeof facts;
    CHECK_IS(dimse_assoc_facts(assoc, &facts), DIMSE_OK);
    return facts;
}

static void what_the_server_says_of_itself(void) {
    struct node node;
    dimse_server_options *options = node_options();
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_server_options_set_implementation(options, "1.2.3.4.5", "ARCHIVE 7", &err));
    CHECK_OK(err, dimse_server_options_set_max_pdu_bytes(options, 4096, &err));
    CHECK_OK(err, dimse_server_options_set_idle_timeout_ms(options, 60, &err));
    node_start(&node, options);
    assoc = node_open(node.port);
    CHECK_TEXT(facts_of(assoc).peer_implementation_class, "1.2.3.4.5");
    CHECK_TEXT(facts_of(assoc).peer_implementation_version, "ARCHIVE 7");
    CHECK_IS(facts_of(assoc).peer_max_pdu_bytes, 4096);
    /* Nobody says anything for longer than the server wants to wait: what was said is past, on a busy machine too. */
    CHECK_SOON(node_counters(&node).aborted_total == 1);
    dimse_assoc_free(assoc);
    node_stop(&node);
}

static void windows(void) {
    struct node node;
    dimse_server_options *options = node_options();
    dimse_assoc_options *caller;
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_server_options_set_async_window(options, 4, 1, &err));
    node_start(&node, options);
    caller = node_caller(node.port);
    CHECK_OK(err, dimse_assoc_options_set_async_window(caller, 9, 9, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, caller, &assoc, &err));
    dimse_assoc_options_free(caller);
    CHECK_IS(facts_of(assoc).window_invoked, 4);
    CHECK_IS(facts_of(assoc).window_performed, 1);
    node_release(assoc);
    node_stop(&node);
}
