#include "node.h"

#include "check.h"
#include "moment.h"

dimse_server_options *node_options(void) {
    dimse_server_options *options = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_server_options_new(&options, &err));
    CHECK_OK(err, dimse_server_options_set_listen(options, "127.0.0.1", 0, &err));
    return options;
}

void node_start(struct node *node, dimse_server_options *options) {
    dimse_error *err = NULL;
    dimse_server_options *used = options != NULL ? options : node_options();
    memset(node, 0, sizeof *node);
    CHECK_OK(err, dimse_server_start(NULL, used, &node->server, &err));
    CHECK_IS(dimse_server_port(node->server, &node->port), DIMSE_OK);
    CHECK(node->port != 0);
    dimse_server_options_free(used);
}

void node_stop(struct node *node) {
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_server_stop(node->server, 0, &err));
    dimse_server_free(node->server);
    memset(node, 0, sizeof *node);
}

dimse_server_options *node_folder(const struct folder *folder) {
    dimse_server_options *options = node_options();
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_server_options_set_folder(options, folder->path, NULL, &err));
    return options;
}

static dimse_assoc *open_with(dimse_assoc_options *options) {
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    dimse_assoc_options_free(options);
    return assoc;
}

dimse_assoc_options *node_caller(uint16_t port) {
    dimse_assoc_options *options = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_options_new(&options, &err));
    CHECK_OK(err, dimse_assoc_options_set_peer(options, "127.0.0.1", port, &err));
    return options;
}

dimse_assoc *node_open(uint16_t port) { return open_with(node_caller(port)); }

dimse_assoc *node_open_for(uint16_t port, const char *sop_class) {
    dimse_assoc_options *options = node_caller(port);
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_options_add_context(options, sop_class, NULL, 0, &err));
    return open_with(options);
}

dimse_op *node_open_async(uint16_t port, const dimse_delivery *delivery) {
    dimse_assoc_options *options = node_caller(port);
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_open_async(NULL, options, delivery, &op, &err));
    dimse_assoc_options_free(options);
    return op;
}

void node_echo(dimse_assoc *assoc) {
    uint16_t status = 0xFFFFu;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_echo(assoc, NULL, NULL, NULL, &status, &err));
    CHECK_IS(status, 0);
}

void node_release(dimse_assoc *assoc) {
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_release(assoc, &err));
    dimse_assoc_free(assoc);
}

dimse_server_totals node_counters(const struct node *node) {
    dimse_server_totals counters;
    memset(&counters, 0, sizeof counters);
    counters.struct_size = sizeof counters;
    CHECK_IS(dimse_server_counters(node->server, &counters), DIMSE_OK);
    return counters;
}

/* More connections taken than the test has made: somebody else on this machine has called the port, and stays until ARTIM
 * ends him after 30 s. */
void node_check_empty(const char *file, int line, const struct node *node) {
    uint64_t until = now_ms() + PATIENCE_MS;
    dimse_server_totals now = node_counters(node);
    while (now.connections != 0 && now_ms() < until) {
        sleep_ms(2u);
        now = node_counters(node);
    }
    if (now.connections != 0) {
        fprintf(stderr,
            "%s:%d: after %u ms %lu associations and %lu other connections are left; of %lu connections taken "
            "%lu associations were accepted, %lu refused, %lu aborted; panics: %lu\n",
            file, line, PATIENCE_MS, (unsigned long)now.associations, (unsigned long)now.waiting,
            (unsigned long)now.connected_total, (unsigned long)now.accepted_total, (unsigned long)now.refused_total,
            (unsigned long)now.aborted_total, (unsigned long)now.panics_total);
        fflush(NULL);
        exit(1);
    }
}
