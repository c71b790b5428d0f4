/* Several operations at once on one association (abi.md rules 14 and 15): their order, their turns, the window, their
 * deadlines, blocking calls from several threads, the release behind them. */
#include "check.h"

#include "desk.h"
#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

#include <poll.h>

enum { OPERATIONS = 20 };

static void events_come_in_order(int dispatchers);
static void one_waits_for_the_other(void);
static void deadlines_begin_with_the_first_byte(void);
static void a_window_lets_several_out(void);
static void a_release_waits_for_what_was_before(void);
static void blocking_calls_of_several_threads(void);

int main(void) {
    events_come_in_order(0);
    events_come_in_order(1);
    events_come_in_order(4);
    one_waits_for_the_other();
    deadlines_begin_with_the_first_byte();
    a_window_lets_several_out();
    a_release_waits_for_what_was_before();
    blocking_calls_of_several_threads();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static dimse_op *echo_async(dimse_assoc *assoc, struct listener *listener, dimse_queue *queue) {
    dimse_delivery delivery;
    dimse_op *op = NULL;
    dimse_error *err = NULL;
    listener_init(listener);
    delivery = listener_delivery(listener, queue);
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, &op, &err));
    return op;
}

/* The numbers of operations whose events came, in the order in which they came. */
struct order {
    pthread_mutex_t lock;
    int numbers[2 * OPERATIONS];
    int count;
};

struct numbered {
    struct order *order;
    int number;
};

static int written(struct order *order) { return __atomic_load_n(&order->count, __ATOMIC_SEQ_CST); }

static void write_one(struct order *order, int number) {
    CHECK_IS(pthread_mutex_trylock(&order->lock), 0); /* never two callbacks of one association at once */
    order->numbers[order->count] = number;
    sleep_ms(1);
    __atomic_add_fetch(&order->count, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&order->lock);
}

static int32_t write_number(const dimse_event *event, void *user_data) {
    struct numbered *numbered = (struct numbered *)user_data;
    CHECK_IS(event->result, DIMSE_OK);
    write_one(numbered->order, numbered->number);
    return 0;
}

/* The release of one comes before the event of the next. */
static void write_minus_number(void *user_data) {
    struct numbered *numbered = (struct numbered *)user_data;
    write_one(numbered->order, -numbered->number);
}

static void *dispatch_until_woken(void *queue) {
    uint32_t ran = 0;
    do {
        CHECK_IS(dimse_queue_dispatch((dimse_queue *)queue, DIMSE_NO_LIMIT, 1, &ran), DIMSE_OK);
    } while (ran > 0);
    return NULL;
}

/* On threads of the library, or in a queue that so many threads dispatch at once. */
static void events_come_in_order(int dispatchers) {
    struct node node;
    struct numbered numbered[OPERATIONS];
    struct order order;
    pthread_t threads[4];
    dimse_assoc *assoc;
    dimse_queue *queue = NULL;
    dimse_delivery delivery;
    dimse_error *err = NULL;
    int index;
    memset(&order, 0, sizeof order);
    CHECK_IS(pthread_mutex_init(&order.lock, NULL), 0);
    node_start(&node, NULL);
    assoc = node_open(node.port);
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    for (index = 0; index < dispatchers; index++) {
        CHECK_IS(pthread_create(&threads[index], NULL, dispatch_until_woken, queue), 0);
    }
    memset(&delivery, 0, sizeof delivery);
    delivery.queue = dispatchers > 0 ? queue : NULL;
    delivery.on_event = write_number;
    delivery.release = write_minus_number;
    for (index = 0; index < OPERATIONS; index++) {
        numbered[index].order = &order;
        numbered[index].number = index + 1;
        delivery.user_data = &numbered[index];
        CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, NULL, &err));
    }
    node_release(assoc);
    CHECK_SOON(written(&order) == 2 * OPERATIONS);
    CHECK_IS(pthread_mutex_lock(&order.lock), 0); /* the last one that wrote has let it go */
    CHECK_IS(pthread_mutex_unlock(&order.lock), 0);
    CHECK_IS(pthread_mutex_destroy(&order.lock), 0);
    CHECK_IS(dimse_queue_wakeup(queue), DIMSE_OK);
    for (index = 0; index < dispatchers; index++) {
        CHECK_IS(dimse_queue_wakeup(queue), DIMSE_OK);
        CHECK_IS(pthread_join(threads[index], NULL), 0);
    }
    for (index = 0; index < OPERATIONS; index++) {
        CHECK_IS(order.numbers[2 * index], index + 1);
        CHECK_IS(order.numbers[2 * index + 1], -(index + 1));
    }
    dimse_queue_free(queue);
    node_stop(&node);
}

/* Without a window the second request is not sent before the first was answered. */
static void answer_one_after_the_other(struct peer *peer, int connection) {
    struct peer_request requests[2];
    struct pollfd more;
    struct peer_pdu pdu;
    memset(&more, 0, sizeof more);
    more.fd = connection;
    more.events = POLLIN;
    (void)peer;
    CHECK(peer_accept(connection));
    CHECK(peer_read_request(connection, &requests[0]));
    CHECK_IS(poll(&more, 1, 50), 0);
    CHECK(peer_answer(connection, &requests[0], 0x0001, NULL));
    CHECK(peer_read_request(connection, &requests[1]));
    CHECK(requests[1].message_id != requests[0].message_id);
    CHECK(peer_answer(connection, &requests[1], 0x0002, NULL));
    CHECK_IS(peer_read(connection, &pdu), PDU_RELEASE_RQ);
    peer_release_rp(connection);
}

static void one_waits_for_the_other(void) {
    struct peer peer;
    struct listener listeners[2];
    dimse_assoc *assoc;
    dimse_op *ops[2];
    int index;
    peer_start(&peer, answer_one_after_the_other, NULL, 1);
    assoc = node_open(peer.port);
    for (index = 0; index < 2; index++) {
        ops[index] = echo_async(assoc, &listeners[index], NULL);
    }
    for (index = 0; index < 2; index++) {
        CHECK_IS(listener_outcome(&listeners[index]), DIMSE_OK);
        CHECK_IS(listeners[index].status, index + 1);
        dimse_op_free(ops[index]);
    }
    node_release(assoc);
    peer_join(&peer);
}

static void answer_slowly(struct peer *peer, int connection) {
    struct peer_request request;
    struct peer_pdu pdu;
    int index;
    (void)peer;
    CHECK(peer_accept(connection));
    for (index = 0; index < 3; index++) {
        CHECK(peer_read_request(connection, &request));
        sleep_ms(150);
        CHECK(peer_answer(connection, &request, 0, NULL));
    }
    CHECK_IS(peer_read(connection, &pdu), PDU_RELEASE_RQ);
    peer_release_rp(connection);
}

/* Each answer takes most of the limit; the third comes long after it, counted from the call. */
static void deadlines_begin_with_the_first_byte(void) {
    struct peer peer;
    struct listener listeners[3];
    dimse_assoc_options *options;
    dimse_assoc *assoc = NULL;
    dimse_op *ops[3];
    dimse_error *err = NULL;
    int index;
    peer_start(&peer, answer_slowly, NULL, 1);
    options = node_caller(peer.port);
    CHECK_OK(err, dimse_assoc_options_set_reply_timeout_ms(options, 400, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    dimse_assoc_options_free(options);
    for (index = 0; index < 3; index++) {
        ops[index] = echo_async(assoc, &listeners[index], NULL);
    }
    for (index = 0; index < 3; index++) {
        CHECK_IS(listener_outcome(&listeners[index]), DIMSE_OK);
        dimse_op_free(ops[index]);
    }
    node_release(assoc);
    peer_join(&peer);
}

/* Up to the window all are out at once, and their answers may come in any order. */
static void a_window_lets_several_out(void) {
    struct node node;
    struct desk desk;
    struct listener listeners[4];
    dimse_request *requests[3];
    dimse_server_options *options;
    dimse_assoc_options *caller;
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    int index;
    desk_init(&desk);
    options = desk_options(NULL, &desk);
    CHECK_OK(err, dimse_server_options_set_async_window(options, 3, 1, &err));
    node_start(&node, options);
    caller = node_caller(node.port);
    CHECK_OK(err, dimse_assoc_options_set_async_window(caller, 3, 1, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, caller, &assoc, &err));
    dimse_assoc_options_free(caller);
    for (index = 0; index < 4; index++) {
        dimse_op_free(echo_async(assoc, &listeners[index], NULL));
    }
    for (index = 0; index < 3; index++) {
        requests[index] = desk_take_request(&desk);
    }
    sleep_ms(50);
    CHECK_IS(desk_waiting(&desk), 0);
    /* The last one first; the fourth goes out when there is room. */
    CHECK_OK(err, dimse_request_respond(requests[2], 0x0003, NULL, &err));
    CHECK_IS(listener_outcome(&listeners[2]), DIMSE_OK);
    CHECK_IS(listeners[2].status, 0x0003);
    CHECK_IS(listener_is_done(&listeners[0]), 0);
    dimse_request_free(requests[2]);
    requests[2] = desk_take_request(&desk);
    for (index = 0; index < 3; index++) {
        CHECK_OK(err, dimse_request_respond(requests[index], (uint32_t)index, NULL, &err));
        dimse_request_free(requests[index]);
    }
    CHECK_IS(listener_outcome(&listeners[0]), DIMSE_OK);
    CHECK_IS(listeners[0].status, 0);
    CHECK_IS(listener_outcome(&listeners[1]), DIMSE_OK);
    CHECK_IS(listeners[1].status, 1);
    CHECK_IS(listener_outcome(&listeners[3]), DIMSE_OK);
    CHECK_IS(listeners[3].status, 2);
    node_release(assoc);
    node_stop(&node);
    CHECK_SOON(desk_releases(&desk) == 1);
}

static void a_release_waits_for_what_was_before(void) {
    struct node node;
    struct desk desk;
    struct listener echo;
    struct listener release;
    struct listener late;
    dimse_delivery delivery;
    dimse_request *request;
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    desk_init(&desk);
    node_start(&node, desk_options(NULL, &desk));
    assoc = node_open(node.port);
    dimse_op_free(echo_async(assoc, &echo, NULL));
    request = desk_take_request(&desk);
    listener_init(&release);
    delivery = listener_delivery(&release, NULL);
    CHECK_OK(err, dimse_assoc_release_async(assoc, &delivery, NULL, &err));
    /* What comes after the release comes too late. */
    dimse_op_free(echo_async(assoc, &late, NULL));
    CHECK_IS(listener_outcome(&late), DIMSE_ERR_STATE);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "release", dimse_assoc_release(assoc, &err));
    sleep_ms(30);
    CHECK_IS(listener_is_done(&release), 0);
    CHECK_OK(err, dimse_request_respond(request, 0, NULL, &err));
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&echo), DIMSE_OK);
    CHECK_IS(listener_outcome(&release), DIMSE_OK);
    dimse_assoc_free(assoc);
    node_stop(&node);
    CHECK_SOON(desk_releases(&desk) == 1);
}

static void *echo_often(void *assoc) {
    int round;
    for (round = 0; round < 25; round++) {
        node_echo((dimse_assoc *)assoc);
    }
    return NULL;
}

/* One drives the association, the others' turns come; then another one drives. */
static void blocking_calls_of_several_threads(void) {
    struct node node;
    pthread_t threads[8];
    dimse_assoc *assoc;
    int index;
    node_start(&node, NULL);
    assoc = node_open(node.port);
    for (index = 0; index < 8; index++) {
        CHECK_IS(pthread_create(&threads[index], NULL, echo_often, assoc), 0);
    }
    for (index = 0; index < 8; index++) {
        CHECK_IS(pthread_join(threads[index], NULL), 0);
    }
    CHECK_IS(node_counters(&node).requests_total, 200);
    node_release(assoc);
    node_stop(&node);
}
