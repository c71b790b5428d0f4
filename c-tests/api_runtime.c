/* dimse_runtime: making runtimes, ending them, and what lives on after that. */
#include "check.h"

#include "listener.h"
#include "node.h"

static void options_are_checked(void);
static void a_runtime_of_its_own(void);
static void the_default_runtime_comes_back(void);
static void two_runtimes_at_once(void);
static void freeing_the_handle_alone(void);

int main(void) {
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK); /* there is none yet */
    options_are_checked();
    a_runtime_of_its_own();
    the_default_runtime_comes_back();
    two_runtimes_at_once();
    freeing_the_handle_alone();
    CHECK_IS(dimse_runtime_shutdown(NULL, DIMSE_NO_LIMIT), DIMSE_OK);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void options_are_checked(void) {
    dimse_runtime_options *options = NULL;
    CHECK_IS(dimse_runtime_options_new(NULL, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_runtime_options_new(&options, NULL), DIMSE_OK);
    CHECK_IS(dimse_runtime_options_set_worker_threads(options, 0, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_runtime_options_set_worker_threads(options, 1025, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_runtime_options_set_worker_threads(options, 1024, NULL), DIMSE_OK);
    CHECK_IS(dimse_runtime_options_set_worker_threads(options, 1, NULL), DIMSE_OK);
    CHECK_IS(dimse_runtime_options_set_callback_threads(options, 0, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_runtime_options_set_callback_threads(options, UINT32_MAX, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_runtime_options_set_callback_threads(options, 1, NULL), DIMSE_OK);
    CHECK_IS(dimse_runtime_options_set_hot_threads(options, 0, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_runtime_options_set_hot_threads(options, 1025, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_runtime_options_set_hot_threads(options, 1024, NULL), DIMSE_OK);
    dimse_runtime_options_free(options);
    dimse_runtime_options_free(NULL);
}

/* The options may go as soon as the runtime is there, and nothing new starts after its end. */
static void a_runtime_of_its_own(void) {
    dimse_runtime_options *options = NULL;
    dimse_runtime *runtime = NULL;
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    CHECK_IS(dimse_runtime_options_new(&options, NULL), DIMSE_OK);
    CHECK_IS(dimse_runtime_options_set_worker_threads(options, 1, NULL), DIMSE_OK);
    CHECK_IS(dimse_runtime_options_set_callback_threads(options, 1, NULL), DIMSE_OK);
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out", dimse_runtime_new(options, NULL, &err));
    CHECK_OK(err, dimse_runtime_new(options, &runtime, &err));
    dimse_runtime_options_free(options);

    CHECK_OK(err, dimse_queue_new(runtime, &queue, &err));
    dimse_queue_free(queue);
    CHECK_IS(dimse_runtime_shutdown(runtime, 0), DIMSE_OK);
    CHECK_IS(dimse_runtime_shutdown(runtime, DIMSE_NO_LIMIT), DIMSE_OK);
    {
        dimse_assoc_options *caller = node_caller(104);
        dimse_server_options *listener = node_options();
        dimse_assoc *assoc = NULL;
        dimse_server *server = NULL;
        CHECK_REFUSED(err, DIMSE_ERR_STATE, "", dimse_assoc_open(runtime, caller, &assoc, &err));
        CHECK_REFUSED(err, DIMSE_ERR_STATE, "", dimse_server_start(runtime, listener, &server, &err));
        CHECK(assoc == NULL && server == NULL);
        dimse_assoc_options_free(caller);
        dimse_server_options_free(listener);
    }
    dimse_runtime_free(runtime);
    CHECK_IS(dimse_runtime_shutdown(runtime, 0), DIMSE_ERR_INVALID_HANDLE);
}

static void the_default_runtime_comes_back(void) {
    int round;
    for (round = 0; round < 3; round++) {
        struct node node;
        dimse_assoc *assoc;
        node_start(&node, NULL);
        assoc = node_open(node.port);
        node_echo(assoc);
        node_release(assoc);
        node_stop(&node);
        CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    }
}

/* Ending one leaves the other alone. */
static void two_runtimes_at_once(void) {
    dimse_runtime *one = NULL;
    dimse_runtime *other = NULL;
    dimse_server_options *options = node_options();
    dimse_server *server = NULL;
    dimse_assoc_options *caller;
    dimse_assoc *of_one = NULL;
    dimse_assoc *of_other = NULL;
    dimse_error *err = NULL;
    uint16_t port = 0;
    CHECK_OK(err, dimse_runtime_new(NULL, &one, &err));
    CHECK_OK(err, dimse_runtime_new(NULL, &other, &err));
    CHECK(one != other);
    CHECK_OK(err, dimse_server_start(other, options, &server, &err));
    dimse_server_options_free(options);
    CHECK_IS(dimse_server_port(server, &port), DIMSE_OK);
    caller = node_caller(port);
    CHECK_OK(err, dimse_assoc_open(one, caller, &of_one, &err));
    CHECK_OK(err, dimse_assoc_open(other, caller, &of_other, &err));
    dimse_assoc_options_free(caller);
    node_echo(of_one);
    node_echo(of_other);

    CHECK_IS(dimse_runtime_shutdown(one, 0), DIMSE_OK);
    CHECK(dimse_assoc_echo(of_one, NULL, NULL, NULL, NULL, &err) < 0);
    dimse_error_free(err);
    err = NULL;
    dimse_assoc_free(of_one);
    node_echo(of_other);
    node_release(of_other);
    dimse_server_free(server);
    CHECK_IS(dimse_runtime_shutdown(other, 0), DIMSE_OK);
    dimse_runtime_free(one);
    dimse_runtime_free(other);
}

/* What was made on a runtime goes on when its handle is freed. */
static void freeing_the_handle_alone(void) {
    struct node node;
    dimse_runtime *runtime = NULL;
    dimse_assoc_options *caller;
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    node_start(&node, NULL);
    CHECK_OK(err, dimse_runtime_new(NULL, &runtime, &err));
    caller = node_caller(node.port);
    CHECK_OK(err, dimse_assoc_open(runtime, caller, &assoc, &err));
    dimse_assoc_options_free(caller);
    dimse_runtime_free(runtime);
    node_echo(assoc);
    node_release(assoc);
    node_stop(&node);
}
