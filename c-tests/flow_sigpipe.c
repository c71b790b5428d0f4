/* A peer that resets the connection while we send must not kill the host: SIGPIPE keeps its disposition, which is to
 * end the process, and is never raised. As user, blocking and not, while releasing and aborting; and as provider. */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

#include <signal.h>

static void a_blocking_user(void);
static void a_user_that_does_not_wait(void);
static void a_user_that_releases(void);
static void a_provider(void);
static void a_send_that_must_fail(void);
static void signals_are_untouched(void);

int main(void) {
    signals_are_untouched();
    a_blocking_user();
    a_user_that_does_not_wait();
    a_user_that_releases();
    a_provider();
    a_send_that_must_fail();
    signals_are_untouched();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    signals_are_untouched();
    return 0;
}

static void signals_are_untouched(void) {
    struct sigaction action;
    sigset_t blocked;
    CHECK_IS(sigaction(SIGPIPE, NULL, &action), 0);
    CHECK(action.sa_handler == SIG_DFL);
    CHECK_IS(pthread_sigmask(SIG_BLOCK, NULL, &blocked), 0);
    CHECK(!sigismember(&blocked, SIGPIPE));
}

/* Accepts, answers so many requests, and resets. */
static void reset_after(struct peer *peer, int connection) {
    struct peer_request request;
    int answers = *(const int *)peer->data;
    CHECK(peer_accept(connection));
    while (answers-- > 0) {
        CHECK(peer_read_request(connection, &request));
        CHECK(peer_answer(connection, &request, 0, NULL));
    }
    peer_reset(connection);
}

static void a_blocking_user(void) {
    int round;
    for (round = 0; round < count(40, 1000); round++) {
        int answers = round % 3;
        struct peer peer;
        dimse_assoc *assoc;
        int echoes;
        peer_start(&peer, reset_after, &answers, 1);
        assoc = node_open(peer.port);
        for (echoes = 0; dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, NULL) == DIMSE_OK; echoes++) {
        }
        CHECK(echoes <= round % 3);
        /* And once more, when it is known. */
        CHECK(dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, NULL) < 0);
        dimse_assoc_abort(assoc);
        dimse_assoc_free(assoc);
        peer_join(&peer);
    }
}

static void a_user_that_does_not_wait(void) {
    int round;
    for (round = 0; round < count(40, 1000); round++) {
        int answers = round % 3;
        struct peer peer;
        struct listener listeners[20];
        dimse_assoc *assoc;
        dimse_error *err = NULL;
        int index;
        peer_start(&peer, reset_after, &answers, 1);
        assoc = node_open(peer.port);
        for (index = 0; index < 20; index++) {
            dimse_delivery delivery;
            listener_init(&listeners[index]);
            delivery = listener_delivery(&listeners[index], NULL);
            CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, NULL, &err));
        }
        for (index = 0; index < 20; index++) {
            dimse_result result = listener_outcome(&listeners[index]);
            CHECK(index < answers || result < 0);
        }
        peer_join(&peer);
        dimse_assoc_free(assoc);
    }
}

static void a_user_that_releases(void) {
    int round;
    for (round = 0; round < count(40, 1000); round++) {
        int answers = 0;
        struct peer peer;
        dimse_assoc *assoc;
        peer_start(&peer, reset_after, &answers, 1);
        assoc = node_open(peer.port);
        if (round % 2 == 0) {
            peer_join(&peer);
        }
        CHECK(dimse_assoc_release(assoc, NULL) < 0);
        if (round % 2 != 0) {
            peer_join(&peer);
        }
        dimse_assoc_free(assoc);
    }
}

/* Requests without end, whose answers nobody takes; then a reset. */
static void a_provider(void) {
    struct node node;
    struct peer_pdu pdu;
    dimse_assoc *assoc;
    int round;
    node_start(&node, NULL);
    assoc = node_open(node.port);
    for (round = 0; round < count(40, 1000); round++) {
        int connection = peer_connect(node.port);
        int message;
        CHECK_IS(peer_associate(connection), PDU_ASSOCIATE_AC);
        for (message = 1; message <= 1 + round % 50; message++) {
            CHECK(peer_echo(connection, (uint16_t)message));
        }
        if (round % 2 == 0) {
            CHECK_IS(peer_read(connection, &pdu), PDU_DATA);
        }
        peer_reset(connection);
        peer_close(connection);
    }
    node_echo(assoc);
    node_release(assoc);
    CHECK_EMPTY(&node);
    CHECK_IS(node_counters(&node).panics_total, 0);
    node_stop(&node);
}

/* Whoever drives associations waits at this gate, in the log callback of another association, and reads nothing. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t test_thread;
static int is_held;
static int is_open;

static void hold_the_worker(const dimse_log_record *record, void *user_data) {
    (void)record;
    (void)user_data;
    if (!pthread_equal(pthread_self(), test_thread)) {
        pthread_mutex_lock(&gate);
        is_held = 1;
        pthread_cond_broadcast(&changed);
        while (!is_open) {
            pthread_cond_wait(&changed, &gate);
        }
        pthread_mutex_unlock(&gate);
    }
}

/* Ends the connection in order where the data of both sides have been read. */
static void accept_and_close(struct peer *peer, int connection) {
    CHECK(peer_accept_window(connection));
    peer_hold(peer, 1);
}

static void accept_and_abort(struct peer *peer, int connection) {
    CHECK(peer_accept(connection));
    peer_hold(peer, 1);
    CHECK(peer_abort(connection, 0, 0));
}

/* The peer has closed and nobody here has read that: the first request is answered with a reset, the second one cannot be
 * sent (EPIPE). That is where an ordinary write raises SIGPIPE. */
static void a_send_that_must_fail(void) {
    struct peer closing;
    struct peer aborting;
    struct listener listeners[2];
    dimse_runtime_options *one_worker = NULL;
    dimse_runtime *runtime = NULL;
    dimse_assoc_options *options;
    dimse_assoc *assocs[2] = {NULL, NULL};
    dimse_error *err = NULL;
    int index;
    CHECK_IS(dimse_runtime_options_new(&one_worker, NULL), DIMSE_OK);
    CHECK_IS(dimse_runtime_options_set_worker_threads(one_worker, 1, NULL), DIMSE_OK);
    CHECK_OK(err, dimse_runtime_new(one_worker, &runtime, &err));
    dimse_runtime_options_free(one_worker);
    peer_start(&closing, accept_and_close, NULL, 1);
    peer_start(&aborting, accept_and_abort, NULL, 1);
    options = node_caller(closing.port);
    CHECK_OK(err, dimse_assoc_options_set_async_window(options, 0, 0, &err));
    CHECK_OK(err, dimse_assoc_open(runtime, options, &assocs[0], &err));
    CHECK_OK(err, dimse_assoc_options_set_peer(options, "127.0.0.1", aborting.port, &err));
    CHECK_OK(err, dimse_assoc_open(runtime, options, &assocs[1], &err));
    dimse_assoc_options_free(options);
    /* The thread that opened them has let them go by now. */
    sleep_ms(50);
    test_thread = pthread_self();
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_TRACE, hold_the_worker, NULL, NULL, &err));
    peer_go_on(&aborting);
    pthread_mutex_lock(&gate);
    while (!is_held) {
        pthread_cond_wait(&changed, &gate);
    }
    pthread_mutex_unlock(&gate);

    peer_go_on(&closing);
    peer_join(&closing);
    for (index = 0; index < 2; index++) {
        dimse_delivery delivery;
        listener_init(&listeners[index]);
        delivery = listener_delivery(&listeners[index], NULL);
        CHECK_OK(err, dimse_assoc_echo_async(assocs[0], NULL, &delivery, NULL, &err));
    }
    pthread_mutex_lock(&gate);
    is_open = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&gate);
    for (index = 0; index < 2; index++) {
        CHECK(listener_outcome(&listeners[index]) < 0);
    }
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_OFF, NULL, NULL, NULL, &err));
    peer_join(&aborting);
    dimse_assoc_free(assocs[0]);
    dimse_assoc_free(assocs[1]);
    CHECK_IS(dimse_runtime_shutdown(runtime, 0), DIMSE_OK);
    dimse_runtime_free(runtime);
}
