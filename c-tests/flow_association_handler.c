/* The association handler: decides in the callback, later, in another thread, in a queue or never; what it does not
 * decide stops nobody else (abi.md rules 14, 15 and 18; PS3.8 7.1). */
#include "check.h"

#include "desk.h"
#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

static void in_the_callback(void);
static void later_from_another_thread(void);
static void in_a_queue(void);
static void never(void);
static void one_undecided_stops_nobody(void);
static void by_who_it_is(void);
static void a_queue_that_nobody_dispatches(void);
static void the_server_stops_meanwhile(void);

int main(void) {
    in_the_callback();
    later_from_another_thread();
    in_a_queue();
    never();
    one_undecided_stops_nobody();
    by_who_it_is();
    a_queue_that_nobody_dispatches();
    the_server_stops_meanwhile();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

/* The rejection's three numbers in one; 0 where the association was accepted. */
static int tried(uint16_t port, const char *calling) {
    dimse_assoc_options *options = node_caller(port);
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    uint8_t result = 0;
    uint8_t source = 0;
    uint8_t reason = 0;
    CHECK_OK(err, dimse_assoc_options_set_ae_titles(options, calling, NULL, &err));
    if (dimse_assoc_open(NULL, options, &assoc, &err) == DIMSE_OK) {
        node_echo(assoc);
        node_release(assoc);
    } else {
        CHECK_IS(dimse_error_reject(err, &result, &source, &reason), DIMSE_OK);
        dimse_error_free(err);
    }
    dimse_assoc_options_free(options);
    return result * 100 + source * 10 + reason;
}

/* Accepts a caller whose AE title begins with A; refuses B with numbers of its own; C without any; forgets all others.
 */
static void decide(dimse_assoc_request *request, void *user_data) {
    dimse_facts facts;
    __atomic_add_fetch((int *)user_data, 1, __ATOMIC_SEQ_CST);
    facts.struct_size = sizeof facts;
    CHECK_IS(dimse_assoc_request_facts(request, &facts), DIMSE_OK);
    switch (facts.calling.data[0]) {
    case 'A':
        CHECK_IS(dimse_assoc_request_accept(request, NULL), DIMSE_OK);
        break;
    case 'B':
        CHECK_IS(dimse_assoc_request_refuse(request, 2, 3, 1, NULL), DIMSE_OK);
        break;
    case 'C':
        CHECK_IS(dimse_assoc_request_refuse(request, 0, 0, 0, NULL), DIMSE_OK);
        break;
    default:
        break;
    }
    dimse_assoc_request_free(request);
}

static void in_the_callback(void) {
    struct node node;
    dimse_server_options *options = node_options();
    dimse_error *err = NULL;
    int decided = 0;
    CHECK_OK(err, dimse_server_options_set_association_handler(options, NULL, decide, &decided, NULL, &err));
    node_start(&node, options);
    CHECK_IS(tried(node.port, "ALICE"), 0);
    CHECK_IS(tried(node.port, "BOB"), 231);
    CHECK_IS(tried(node.port, "CAROL"), 111);
    CHECK_IS(tried(node.port, "DAVE"), 111);
    node_stop(&node);
    CHECK_IS(decided, 4);
}

static void *accept_later(void *desk) {
    dimse_assoc_request *request = desk_take_association((struct desk *)desk);
    sleep_ms(30);
    CHECK_IS(dimse_assoc_request_accept(request, NULL), DIMSE_OK);
    dimse_assoc_request_free(request);
    return NULL;
}

static void later_from_another_thread(void) {
    struct node node;
    struct desk desk;
    pthread_t thread;
    uint64_t begun = now_ms();
    desk_init(&desk);
    node_start(&node, desk_options(&desk, NULL));
    CHECK_IS(pthread_create(&thread, NULL, accept_later, &desk), 0);
    CHECK_IS(tried(node.port, "ALICE"), 0);
    CHECK(now_ms() - begun >= 29);
    CHECK_IS(pthread_join(thread, NULL), 0);
    node_stop(&node);
    CHECK_SOON(desk_releases(&desk) == 1);
}

static void in_a_queue(void) {
    struct node node;
    struct listener listeners[3];
    dimse_server_options *options = node_options();
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    dimse_op *ops[3];
    uint32_t ran = 0;
    uint32_t sum = 0;
    int decided = 0;
    int index;
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    CHECK_OK(err, dimse_server_options_set_association_handler(options, queue, decide, &decided, NULL, &err));
    node_start(&node, options);
    for (index = 0; index < 3; index++) {
        dimse_assoc_options *caller = node_caller(node.port);
        dimse_delivery delivery;
        listener_init(&listeners[index]);
        delivery = listener_delivery(&listeners[index], NULL);
        CHECK_OK(err, dimse_assoc_options_set_ae_titles(caller, index == 1 ? "BOB" : "ALICE", NULL, &err));
        CHECK_OK(err, dimse_assoc_open_async(NULL, caller, &delivery, &ops[index], &err));
        dimse_assoc_options_free(caller);
    }
    /* Nobody is asked on a thread of the library. */
    sleep_ms(30);
    CHECK_IS(decided, 0);
    while (sum < 3) {
        CHECK_IS(dimse_queue_dispatch(queue, PATIENCE_MS, UINT32_MAX, &ran), DIMSE_OK);
        CHECK(ran > 0);
        sum += ran;
        CHECK_IS(decided, sum);
    }
    for (index = 0; index < 3; index++) {
        CHECK_IS(listener_outcome(&listeners[index]), index == 1 ? DIMSE_ERR_REJECTED : DIMSE_OK);
        dimse_op_free(ops[index]);
    }
    node_stop(&node);
    dimse_queue_free(queue);
}

/* The peer is not kept waiting for ever: refused as transient, and the answer that comes then is harmless. */
static void never(void) {
    struct node node;
    struct desk desk;
    dimse_server_options *options;
    dimse_assoc_request *request;
    dimse_error *err = NULL;
    desk_init(&desk);
    options = desk_options(&desk, NULL);
    CHECK_OK(err, dimse_server_options_set_associate_timeout_ms(options, 50, &err));
    node_start(&node, options);
    CHECK_IS(tried(node.port, "ALICE"), 231);
    request = desk_take_association(&desk);
    CHECK_EMPTY(&node);
    CHECK_IS(dimse_assoc_request_accept(request, NULL), DIMSE_ANSWERED_ALREADY);
    dimse_assoc_request_free(request);
    node_stop(&node);
    CHECK_SOON(desk_releases(&desk) == 1);
}

static void accept_all_but_the_first(dimse_assoc_request *request, void *desk) {
    dimse_facts facts;
    facts.struct_size = sizeof facts;
    CHECK_IS(dimse_assoc_request_facts(request, &facts), DIMSE_OK);
    if (strcmp(facts.calling.data, "FIRST") == 0) {
        desk_association(request, desk);
    } else {
        CHECK_IS(dimse_assoc_request_accept(request, NULL), DIMSE_OK);
        dimse_assoc_request_free(request);
    }
}

static void one_undecided_stops_nobody(void) {
    struct node node;
    struct desk desk;
    dimse_server_options *options = node_options();
    dimse_assoc_options *first;
    dimse_op *op = NULL;
    dimse_assoc_request *request;
    dimse_error *err = NULL;
    int index;
    desk_init(&desk);
    CHECK_OK(err, dimse_server_options_set_association_handler(
                      options, NULL, accept_all_but_the_first, &desk, desk_release, &err));
    node_start(&node, options);
    first = node_caller(node.port);
    CHECK_OK(err, dimse_assoc_options_set_ae_titles(first, "FIRST", NULL, &err));
    CHECK_OK(err, dimse_assoc_open_async(NULL, first, NULL, &op, &err));
    dimse_assoc_options_free(first);
    request = desk_take_association(&desk);
    for (index = 0; index < 10; index++) {
        CHECK_IS(tried(node.port, "OTHER"), 0);
    }
    CHECK_IS(dimse_op_poll(op), DIMSE_PENDING);
    CHECK_OK(err, dimse_assoc_request_accept(request, &err));
    dimse_assoc_request_free(request);
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_OK);
    dimse_op_free(op);
    node_stop(&node);
    CHECK_SOON(desk_releases(&desk) == 1);
}

/* Who has the right words gets everything that it asks for; the others may verify. */
static void judge(dimse_assoc_request *request, void *user_data) {
    dimse_bytes user;
    dimse_bytes passcode;
    dimse_context context;
    dimse_facts facts;
    uint32_t kind = 0;
    uint32_t index;
    (void)user_data;
    facts.struct_size = sizeof facts;
    context.struct_size = sizeof context;
    CHECK_IS(dimse_assoc_request_identity(request, &kind, &user, &passcode, NULL), DIMSE_OK);
    CHECK_IS(dimse_assoc_request_facts(request, &facts), DIMSE_OK);
    if (kind != DIMSE_IDENTITY_PASSCODE || passcode.len != 6 || memcmp(passcode.data, "sesame", 6) != 0) {
        for (index = 0; index < facts.context_count; index++) {
            CHECK_IS(dimse_assoc_request_context(request, index, &context), DIMSE_OK);
            if (strcmp(context.abstract_syntax.data, VERIFICATION) != 0) {
                CHECK_IS(dimse_assoc_request_refuse_context(request, context.id, DIMSE_CONTEXT_USER_REJECTION, NULL),
                    DIMSE_OK);
            }
        }
    }
    CHECK_IS(dimse_assoc_request_accept(request, NULL), DIMSE_OK);
    dimse_assoc_request_free(request);
}

static void by_who_it_is(void) {
    static const char *const passcodes[] = {NULL, "hocus", "sesame"};
    struct node node;
    dimse_server_options *options = node_options();
    dimse_error *err = NULL;
    int index;
    CHECK_OK(err, dimse_server_options_add_context(options, VERIFICATION, NULL, 0, &err));
    CHECK_OK(err, dimse_server_options_add_context(options, CT_IMAGE_STORAGE, NULL, 0, &err));
    CHECK_OK(err, dimse_server_options_set_association_handler(options, NULL, judge, NULL, NULL, &err));
    node_start(&node, options);
    for (index = 0; index < 3; index++) {
        dimse_assoc_options *caller = node_caller(node.port);
        dimse_assoc *assoc = NULL;
        dimse_facts facts;
        CHECK_OK(err, dimse_assoc_options_add_context(caller, CT_IMAGE_STORAGE, NULL, 0, &err));
        CHECK_OK(err, dimse_assoc_options_add_context(caller, VERIFICATION, NULL, 0, &err));
        if (passcodes[index] != NULL) {
            CHECK_OK(err, dimse_assoc_options_set_user_identity(caller, DIMSE_IDENTITY_PASSCODE, (const uint8_t *)"mia",
                              3, (const uint8_t *)passcodes[index], strlen(passcodes[index]), 0, &err));
        }
        CHECK_OK(err, dimse_assoc_open(NULL, caller, &assoc, &err));
        dimse_assoc_options_free(caller);
        facts.struct_size = sizeof facts;
        CHECK_IS(dimse_assoc_facts(assoc, &facts), DIMSE_OK);
        CHECK_IS(facts.accepted_count, index == 2 ? 2 : 1);
        node_echo(assoc);
        node_release(assoc);
    }
    node_stop(&node);
}

/* Freed with requests in it: they are refused, and later ones too. */
static void a_queue_that_nobody_dispatches(void) {
    struct node node;
    dimse_server_options *options = node_options();
    dimse_queue *queue = NULL;
    dimse_error *err = NULL;
    dimse_op *op;
    int decided = 0;
    CHECK_OK(err, dimse_queue_new(NULL, &queue, &err));
    CHECK_OK(err, dimse_server_options_set_association_handler(options, queue, decide, &decided, NULL, &err));
    node_start(&node, options);
    op = node_open_async(node.port, NULL);
    CHECK_SOON(node_counters(&node).associations == 1);
    sleep_ms(20);
    dimse_queue_free(queue);
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_ERR_REJECTED);
    dimse_op_free(op);
    CHECK_IS(tried(node.port, "ALICE"), 111);
    CHECK_IS(decided, 0);
    node_stop(&node);
}

static void the_server_stops_meanwhile(void) {
    struct node node;
    struct desk desk;
    dimse_assoc_request *request;
    dimse_op *op;
    desk_init(&desk);
    node_start(&node, desk_options(&desk, NULL));
    op = node_open_async(node.port, NULL);
    request = desk_take_association(&desk);
    node_stop(&node);
    CHECK(dimse_op_wait(op, PATIENCE_MS, NULL) < 0);
    CHECK_IS(dimse_assoc_request_accept(request, NULL), DIMSE_ANSWERED_ALREADY);
    dimse_assoc_request_free(request);
    dimse_op_free(op);
    CHECK_SOON(desk_releases(&desk) == 1);
}
