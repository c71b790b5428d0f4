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
static void signals_are_untouched(void);

int main(void) {
    signals_are_untouched();
    a_blocking_user();
    a_user_that_does_not_wait();
    a_user_that_releases();
    a_provider();
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
    CHECK_SOON(node_counters(&node).connections == 0);
    CHECK_IS(node_counters(&node).errors_total, 0);
    node_stop(&node);
}
