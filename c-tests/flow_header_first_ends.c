/* Ends, while somebody decides about an instance or a sink holds: of the peer, of the server, of the runtime; and what
 * holds with nobody who could go on with it. */
#include "check.h"

#include "desk.h"
#include "listener.h"
#include "moment.h"
#include "node.h"
#include "sample.h"
#include "sink.h"

static struct node node;
/* New for each server, since the last one's may just be given back. */
static struct desk desks[16];
static struct desk *fronts;

static void start(void);
static void stop(void);
static void a_hold_before_which_it_was_called_on(void);
static void a_hold_without_a_handle(void);
static void a_handle_that_is_freed_while_it_holds(void);
static void a_peer_that_goes_while_it_holds(void);
static void a_peer_that_goes_while_nobody_decides(void);
static void a_large_instance_of_a_peer_that_has_gone(void);
static void a_server_that_is_freed_inside_write(void);
static void a_server_that_is_freed_while_it_holds(void);
static void undecided_over_the_end_of_all(void);

int main(void) {
    start();
    a_hold_before_which_it_was_called_on();
    a_hold_without_a_handle();
    a_handle_that_is_freed_while_it_holds();
    a_peer_that_goes_while_it_holds();
    a_peer_that_goes_while_nobody_decides();
    a_large_instance_of_a_peer_that_has_gone();
    stop();
    a_server_that_is_freed_inside_write();
    a_server_that_is_freed_while_it_holds();
    undecided_over_the_end_of_all();
    return 0;
}

static void start(void) {
    static size_t used;
    dimse_server_options *options = node_options();
    dimse_error *err = NULL;
    CHECK(used < sizeof desks / sizeof desks[0]);
    fronts = &desks[used++];
    desk_init(fronts);
    CHECK_OK(err, dimse_server_options_set_header_handler(
        options, 0, 0, NULL, desk_request, fronts, desk_release, &err));
    node_start(&node, options);
}

static void stop(void) {
    CHECK_EMPTY(&node);
    node_stop(&node);
    CHECK_SOON(desk_releases(fronts) == 1);
}

/* Starts to store; takes the front that comes of it. */
static dimse_request *begin(dimse_assoc *assoc, const struct sample *sample, struct listener *listener) {
    sample_store(sample, assoc, listener);
    return desk_take_request(fronts);
}

/* Begins, and lets it go to the sink; handle may be NULL. */
static void begin_sink(dimse_assoc *assoc, const struct sample *sample, struct listener *listener, struct sink *sink,
    dimse_sink **handle) {
    dimse_error *err = NULL;
    dimse_request *request = begin(assoc, sample, listener);
    CHECK_OK(err, dimse_request_accept_to_sink(request, NULL, sink_write, sink_end, sink, sink_release, handle, &err));
    dimse_request_free(request);
}

static void a_hold_before_which_it_was_called_on(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.4", 3000000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    struct sink sink;
    dimse_sink *handle = NULL;
    sink_init(&sink, &sample);
    sink.hold_at = 1;
    begin_sink(assoc, &sample, &listener, &sink, &handle);
    /* Many more than there are holds, whenever they come. */
    while (!listener_is_done(&listener)) {
        CHECK_IS(dimse_sink_resume(handle), DIMSE_OK);
    }
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0);
    CHECK(sink_has(&sink, &sample));
    sink_expect_end(&sink, 1);
    dimse_sink_free(handle);
    CHECK_IS(dimse_sink_resume(handle), DIMSE_ERR_INVALID_HANDLE);
    node_release(assoc);
    sample_free(&sample);
}

/* Nobody could ever go on: the program is at fault, and the association goes on. */
static void a_hold_without_a_handle(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.5", 300000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    struct sink sink;
    sink_init(&sink, &sample);
    sink.hold_at = 1;
    begin_sink(assoc, &sample, &listener, &sink, NULL);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0xC000);
    sink_expect_end(&sink, 0);
    CHECK_IS(sink.writes, 1);
    node_release(assoc);
    sample_free(&sample);
}

/* The same where there was one; but what was called on before it was freed goes on. */
static void a_handle_that_is_freed_while_it_holds(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.6", 300000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    int is_resumed;
    for (is_resumed = 0; is_resumed < 2; is_resumed++) {
        struct listener listener;
        struct sink sink;
        dimse_sink *handle = NULL;
        sink_init(&sink, &sample);
        sink.hold_at = 1;
        begin_sink(assoc, &sample, &listener, &sink, &handle);
        CHECK_SOON(sink_number(&sink, &sink.writes) == 1);
        sleep_ms(20);
        CHECK(!listener_is_done(&listener));
        if (is_resumed) {
            sink.hold_at = 0;
            CHECK_IS(dimse_sink_resume(handle), DIMSE_OK);
        }
        dimse_sink_free(handle);
        CHECK_IS(listener_outcome(&listener), DIMSE_OK);
        CHECK_IS(listener.status, is_resumed ? 0 : 0xC000);
        sink_expect_end(&sink, is_resumed);
    }
    node_release(assoc);
    sample_free(&sample);
}

/* Its abort lies behind what nobody reads, and nobody goes on. */
static void a_peer_that_goes_while_it_holds(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.7", 20000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    struct sink sink;
    dimse_sink *handle = NULL;
    sink_init(&sink, &sample);
    sink.hold_at = 1;
    begin_sink(assoc, &sample, &listener, &sink, &handle);
    CHECK_SOON(sink_number(&sink, &sink.writes) == 1);
    dimse_assoc_free(assoc);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CANCELLED);
    sink_expect_end(&sink, 0);
    CHECK_EMPTY(&node);
    CHECK_IS(dimse_sink_resume(handle), DIMSE_OK);
    dimse_sink_free(handle);
    sample_free(&sample);
}

/* Somebody decides later, and for one too late. */
static void a_peer_that_goes_while_nobody_decides(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.8", 20000);
    dimse_assoc *first = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_assoc *second = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listeners[2];
    struct sink sinks[2];
    dimse_request *requests[2];
    dimse_error *err = NULL;
    requests[0] = begin(first, &sample, &listeners[0]);
    requests[1] = begin(second, &sample, &listeners[1]);
    dimse_assoc_free(first);
    CHECK_IS(listener_outcome(&listeners[0]), DIMSE_ERR_CANCELLED);
    CHECK_SOON(dimse_request_is_cancelled(requests[0]) == 1);
    CHECK_IS(dimse_request_is_cancelled(requests[1]), 0);
    CHECK(!listener_is_done(&listeners[1]));
    sink_init(&sinks[0], &sample);
    CHECK_IS(dimse_request_accept_to_sink(
        requests[0], NULL, sink_write, sink_end, &sinks[0], sink_release, NULL, NULL), DIMSE_ANSWERED_ALREADY);
    sink_expect_end(&sinks[0], 0);
    sink_init(&sinks[1], &sample);
    CHECK_OK(err, dimse_request_accept_to_sink(
        requests[1], NULL, sink_write, sink_end, &sinks[1], sink_release, NULL, &err));
    CHECK_IS(listener_outcome(&listeners[1]), DIMSE_OK);
    CHECK_IS(listeners[1].status, 0);
    sink_expect_end(&sinks[1], 1);
    dimse_request_free(requests[0]);
    dimse_request_free(requests[1]);
    node_release(second);
    CHECK_EMPTY(&node);
    sample_free(&sample);
}

/* More than the system takes at once: what stands before the abort has to be taken first. */
static void a_large_instance_of_a_peer_that_has_gone(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.9", 30000000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    struct sink sink;
    dimse_sink *handle = NULL;
    sink_init(&sink, &sample);
    sink.hold_at = 1;
    begin_sink(assoc, &sample, &listener, &sink, &handle);
    CHECK_SOON(sink_number(&sink, &sink.writes) == 1);
    dimse_assoc_free(assoc);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_CANCELLED);
    while (sink_number(&sink, &sink.ended) == 0) {
        CHECK_IS(dimse_sink_resume(handle), DIMSE_OK);
        sleep_ms(1);
    }
    sink_expect_end(&sink, 0);
    dimse_sink_free(handle);
    sample_free(&sample);
}

/* It holds then, so that the end comes first and not the last of the instance. */
static void a_server_that_is_freed_inside_write(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.10", 3000000);
    struct listener listener;
    struct sink sink;
    dimse_sink *handle = NULL;
    dimse_assoc *assoc;
    start();
    assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    sink_init(&sink, &sample);
    sink.frees = node.server;
    sink.hold_at = 1;
    begin_sink(assoc, &sample, &listener, &sink, &handle);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_ABORTED);
    sink_expect_end(&sink, 0);
    CHECK(sink.frees == NULL);
    CHECK_SOON(desk_releases(fronts) == 1);
    dimse_sink_free(handle);
    dimse_assoc_free(assoc);
    sample_free(&sample);
}

static void a_server_that_is_freed_while_it_holds(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.11", 3000000);
    struct listener listener;
    struct sink sink;
    dimse_sink *handle = NULL;
    dimse_assoc *assoc;
    start();
    assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    sink_init(&sink, &sample);
    sink.hold_at = 1;
    begin_sink(assoc, &sample, &listener, &sink, &handle);
    CHECK_SOON(sink_number(&sink, &sink.writes) == 1);
    dimse_server_free(node.server);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_ABORTED);
    sink_expect_end(&sink, 0);
    CHECK_IS(sink.writes, 1);
    CHECK_SOON(desk_releases(fronts) == 1);
    CHECK_IS(dimse_sink_resume(handle), DIMSE_OK);
    dimse_sink_free(handle);
    dimse_assoc_free(assoc);
    sample_free(&sample);
}

/* Of the server, and of the runtime: the tokens are good for what needs neither. */
static void undecided_over_the_end_of_all(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.12", 3000000);
    struct listener listeners[2];
    dimse_assoc *assocs[2];
    dimse_request *requests[2];
    struct sink sink;
    dimse_sink *handle = NULL;
    dimse_dataset *header = NULL;
    dimse_error *err = NULL;
    dimse_str text;
    int index;
    start();
    for (index = 0; index < 2; index++) {
        assocs[index] = node_open_for(node.port, CT_IMAGE_STORAGE);
        requests[index] = begin(assocs[index], &sample, &listeners[index]);
    }
    CHECK_OK(err, dimse_server_stop(node.server, 0, &err));
    dimse_server_free(node.server);
    for (index = 0; index < 2; index++) {
        CHECK_IS(dimse_request_is_cancelled(requests[index]), 1);
        CHECK_IS(listener_outcome(&listeners[index]), DIMSE_ERR_ABORTED);
        dimse_assoc_free(assocs[index]);
    }
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    sink_init(&sink, &sample);
    CHECK_IS(dimse_request_accept_to_sink(
        requests[0], NULL, sink_write, sink_end, &sink, sink_release, &handle, NULL), DIMSE_ANSWERED_ALREADY);
    sink_expect_end(&sink, 0);
    CHECK_IS(sink.writes, 0);
    dimse_sink_free(handle);
    CHECK_OK(err, dimse_request_header(requests[0], &header, &err));
    CHECK_OK(err, dimse_dataset_string(header, "SOPInstanceUID", 0, &text, &err));
    CHECK_TEXT(text, "1.2.3.12");
    dimse_dataset_free(header);
    CHECK_IS(dimse_request_respond(requests[1], 0xA700, NULL, NULL), DIMSE_ANSWERED_ALREADY);
    dimse_request_free(requests[0]);
    dimse_request_free(requests[1]);
    sample_free(&sample);
}
