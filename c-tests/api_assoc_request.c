/* dimse_assoc_request: whoever decides sees the whole request, may narrow the answer, and decides once. */
#include "check.h"

#include "desk.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

static struct desk desk;

static void who_asks(uint16_t port);
static void what_is_proposed(uint16_t port);
static void identities(uint16_t port);
static void narrowing(uint16_t port);
static void refusing_everything(uint16_t port);
static void answering_twice(uint16_t port);
static void numbers_of_a_refusal(uint16_t port);
static void freeing_undecided(uint16_t port);
static void the_peer_has_gone(uint16_t port);

int main(void) {
    dimse_server_options *options;
    struct node node;
    dimse_error *err = NULL;
    desk_init(&desk);
    options = desk_options(&desk, NULL);
    CHECK_OK(err, dimse_server_options_add_context(options, VERIFICATION, NULL, 0, &err));
    CHECK_OK(err, dimse_server_options_add_context(options, CT_IMAGE_STORAGE, NULL, 0, &err));
    node_start(&node, options);
    who_asks(node.port);
    what_is_proposed(node.port);
    identities(node.port);
    narrowing(node.port);
    refusing_everything(node.port);
    answering_twice(node.port);
    numbers_of_a_refusal(node.port);
    freeing_undecided(node.port);
    the_peer_has_gone(node.port);
    node_stop(&node);
    CHECK_SOON(desk_releases(&desk) == 1);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

/* A caller and what it asks for, as it lies on the desk. */
struct asking {
    dimse_op *op;
    dimse_assoc_request *request;
};

static struct asking ask(dimse_assoc_options *options) {
    struct asking asking;
    dimse_error *err = NULL;
    asking.op = NULL;
    CHECK_OK(err, dimse_assoc_open_async(NULL, options, NULL, &asking.op, &err));
    dimse_assoc_options_free(options);
    asking.request = desk_take_association(&desk);
    return asking;
}

/* The association, after the request was accepted. */
static dimse_assoc *accepted(struct asking *asking) {
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_request_accept(asking->request, &err));
    dimse_assoc_request_free(asking->request);
    CHECK_OK(err, dimse_op_wait(asking->op, PATIENCE_MS, &err));
    CHECK_OK(err, dimse_op_take_assoc(asking->op, &assoc, &err));
    dimse_op_free(asking->op);
    return assoc;
}

/* The rejection's three numbers in one, after the request was refused. */
static int rejection(struct asking *asking) {
    dimse_error *err = NULL;
    uint8_t result = 0;
    uint8_t source = 0;
    uint8_t reason = 0;
    CHECK_IS(dimse_op_wait(asking->op, PATIENCE_MS, &err), DIMSE_ERR_REJECTED);
    CHECK_IS(dimse_error_reject(err, &result, &source, &reason), DIMSE_OK);
    dimse_error_free(err);
    dimse_op_free(asking->op);
    return result * 100 + source * 10 + reason;
}

static dimse_facts facts_of(const dimse_assoc_request *request) {
    dimse_facts facts;
    facts.struct_size = sizeof facts;
    CHECK_IS(dimse_assoc_request_facts(request, &facts), DIMSE_OK);
    return facts;
}

static dimse_context context_of(const dimse_assoc_request *request, size_t index) {
    dimse_context context;
    context.struct_size = sizeof context;
    CHECK_IS(dimse_assoc_request_context(request, index, &context), DIMSE_OK);
    return context;
}

static dimse_context context_of_assoc(const dimse_assoc *assoc, size_t index) {
    dimse_context context;
    context.struct_size = sizeof context;
    CHECK_IS(dimse_assoc_context(assoc, index, &context), DIMSE_OK);
    return context;
}

static void who_asks(uint16_t port) {
    dimse_assoc_options *options = node_caller(port);
    struct asking asking;
    dimse_facts facts;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_options_set_ae_titles(options, "CALLER", "CALLED", &err));
    CHECK_OK(err, dimse_assoc_options_set_implementation(options, "1.2.3.4", "OURS 1", &err));
    CHECK_OK(err, dimse_assoc_options_set_max_pdu_bytes(options, 20000, &err));
    asking = ask(options);
    facts.struct_size = 0;
    CHECK_IS(dimse_assoc_request_facts(asking.request, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_assoc_request_facts(asking.request, &facts), DIMSE_ERR_INVALID_ARGUMENT);
    facts = facts_of(asking.request);
    CHECK_IS(facts.is_requestor, 0);
    CHECK(facts.association != 0);
    CHECK_TEXT(facts.calling, "CALLER");
    CHECK_TEXT(facts.called, "CALLED");
    CHECK(strncmp(facts.peer_address.data, "127.0.0.1:", 10) == 0);
    CHECK_IS(atoi(facts.local_address.data + 10), port);
    CHECK_TEXT(facts.peer_implementation_class, "1.2.3.4");
    CHECK_TEXT(facts.peer_implementation_version, "OURS 1");
    CHECK_IS(facts.peer_max_pdu_bytes, 20000);
    CHECK_IS(facts.context_count, 1);
    CHECK_IS(facts.accepted_count, 1);
    node_release(accepted(&asking));
}

static void what_is_proposed(uint16_t port) {
    const char *syntaxes[3] = {"1.2.840.10008.1.2.4.50", IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN};
    dimse_assoc_options *options = node_caller(port);
    struct asking asking;
    dimse_context context;
    dimse_str syntax;
    dimse_error *err = NULL;
    size_t index;
    CHECK_OK(err, dimse_assoc_options_add_context(options, MR_IMAGE_STORAGE, NULL, 0, &err));
    CHECK_OK(err, dimse_assoc_options_add_context(options, CT_IMAGE_STORAGE, syntaxes, 3, &err));
    asking = ask(options);
    CHECK_IS(facts_of(asking.request).context_count, 2);
    CHECK_IS(facts_of(asking.request).accepted_count, 1);
    context = context_of(asking.request, 0);
    CHECK_IS(context.id, 1);
    CHECK_IS(context.result, DIMSE_CONTEXT_ABSTRACT_SYNTAX);
    CHECK_TEXT(context.abstract_syntax, MR_IMAGE_STORAGE);
    CHECK_TEXT(context.transfer_syntax, "");
    context = context_of(asking.request, 1);
    CHECK_IS(context.id, 3);
    CHECK_IS(context.result, DIMSE_CONTEXT_ACCEPTED);
    CHECK_TEXT(context.transfer_syntax, EXPLICIT_VR_LITTLE_ENDIAN); /* the acceptor's preference */
    CHECK_IS(context.local_is_scu, 0);
    CHECK_IS(context.local_is_scp, 1);
    for (index = 0; index < 3; index++) {
        CHECK_IS(dimse_assoc_request_transfer_syntax(asking.request, 1, index, &syntax), DIMSE_OK);
        CHECK_TEXT(syntax, syntaxes[index]);
    }
    CHECK_IS(dimse_assoc_request_transfer_syntax(asking.request, 1, 3, &syntax), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_assoc_request_transfer_syntax(asking.request, 2, 0, &syntax), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_assoc_request_transfer_syntax(asking.request, 1, 0, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_assoc_request_context(asking.request, 2, &context), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_assoc_request_context(asking.request, 0, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    node_release(accepted(&asking));
}

static int is(dimse_bytes bytes, const char *text) {
    return bytes.len == strlen(text) && memcmp(bytes.data, text, bytes.len) == 0;
}

static void identities(uint16_t port) {
    static const uint8_t ticket[6] = {'t', 'i', 'c', 'k', 'e', 't'};
    dimse_assoc_options *options = node_caller(port);
    struct asking asking;
    dimse_bytes primary;
    dimse_bytes secondary;
    dimse_error *err = NULL;
    dimse_assoc *assoc;
    dimse_facts facts;
    uint32_t kind = 9;
    uint32_t wants_answer = 9;
    CHECK_OK(err, dimse_assoc_options_set_user_identity(options, DIMSE_IDENTITY_PASSCODE, (const uint8_t *)"mia", 3,
                      (const uint8_t *)"pass", 4, 1, &err));
    asking = ask(options);
    CHECK_IS(dimse_assoc_request_identity(asking.request, &kind, &primary, &secondary, &wants_answer), DIMSE_OK);
    CHECK_IS(kind, DIMSE_IDENTITY_PASSCODE);
    CHECK(is(primary, "mia") && is(secondary, "pass"));
    CHECK_IS(wants_answer, 1);
    CHECK_IS(dimse_assoc_request_identity(asking.request, NULL, NULL, NULL, NULL), DIMSE_OK);
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "response is NULL",
        dimse_assoc_request_set_identity_response(asking.request, NULL, 6, &err));
    CHECK_OK(err, dimse_assoc_request_set_identity_response(asking.request, ticket, sizeof ticket, &err));
    assoc = accepted(&asking);
    facts.struct_size = sizeof facts;
    CHECK_IS(dimse_assoc_facts(assoc, &facts), DIMSE_OK);
    CHECK(is(facts.identity_response, "ticket"));
    node_release(assoc);

    /* Nobody said who it is. */
    asking = ask(node_caller(port));
    CHECK_IS(dimse_assoc_request_identity(asking.request, &kind, &primary, &secondary, &wants_answer), DIMSE_OK);
    CHECK_IS(kind, 0);
    CHECK(primary.data == NULL && primary.len == 0 && secondary.data == NULL);
    CHECK_IS(wants_answer, 0);
    CHECK_OK(err, dimse_assoc_request_set_identity_response(asking.request, ticket, sizeof ticket, &err));
    assoc = accepted(&asking);
    CHECK_IS(dimse_assoc_facts(assoc, &facts), DIMSE_OK);
    CHECK(facts.identity_response.data == NULL);
    node_release(assoc);
}

static void narrowing(uint16_t port) {
    dimse_assoc_options *options = node_caller(port);
    struct asking asking;
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_options_add_context(options, CT_IMAGE_STORAGE, NULL, 0, &err));
    CHECK_OK(err, dimse_assoc_options_add_context(options, VERIFICATION, NULL, 0, &err));
    asking = ask(options);
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "id",
        dimse_assoc_request_refuse_context(asking.request, 2, DIMSE_CONTEXT_USER_REJECTION, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "5",
        dimse_assoc_request_refuse_context(asking.request, 5, DIMSE_CONTEXT_USER_REJECTION, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "not a way to refuse",
        dimse_assoc_request_refuse_context(asking.request, 1, DIMSE_CONTEXT_ACCEPTED, &err));
    CHECK_REFUSED(
        err, DIMSE_ERR_INVALID_ARGUMENT, "5", dimse_assoc_request_refuse_context(asking.request, 1, 5, &err));
    CHECK_OK(err, dimse_assoc_request_refuse_context(asking.request, 1, DIMSE_CONTEXT_USER_REJECTION, &err));
    CHECK_IS(facts_of(asking.request).accepted_count, 1);
    CHECK_IS(context_of(asking.request, 0).result, DIMSE_CONTEXT_USER_REJECTION);
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "1",
        dimse_assoc_request_choose_transfer_syntax(asking.request, 1, IMPLICIT_VR_LITTLE_ENDIAN, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "1.2.3",
        dimse_assoc_request_choose_transfer_syntax(asking.request, 3, "1.2.3", &err));
    CHECK_OK(err, dimse_assoc_request_choose_transfer_syntax(asking.request, 3, IMPLICIT_VR_LITTLE_ENDIAN, &err));
    CHECK_TEXT(context_of(asking.request, 1).transfer_syntax, IMPLICIT_VR_LITTLE_ENDIAN);
    assoc = accepted(&asking);
    CHECK_IS(context_of_assoc(assoc, 0).result, DIMSE_CONTEXT_USER_REJECTION);
    CHECK_IS(context_of_assoc(assoc, 1).result, DIMSE_CONTEXT_ACCEPTED);
    CHECK_TEXT(context_of_assoc(assoc, 1).transfer_syntax, IMPLICIT_VR_LITTLE_ENDIAN);
    node_echo(assoc);
    node_release(assoc);
}

static void refusing_everything(uint16_t port) {
    struct asking asking = ask(node_caller(port));
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_request_refuse_context(asking.request, 1, DIMSE_CONTEXT_NO_REASON, &err));
    CHECK_OK(err, dimse_assoc_request_accept(asking.request, &err));
    dimse_assoc_request_free(asking.request);
    CHECK_IS(dimse_op_wait(asking.op, PATIENCE_MS, NULL), DIMSE_ERR_NO_CONTEXT);
    dimse_op_free(asking.op);
}

static void answering_twice(uint16_t port) {
    struct asking asking = ask(node_caller(port));
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_request_accept(asking.request, &err));
    CHECK_IS(dimse_assoc_request_accept(asking.request, &err), DIMSE_ANSWERED_ALREADY);
    CHECK_IS(dimse_assoc_request_refuse(asking.request, 0, 0, 0, &err), DIMSE_ANSWERED_ALREADY);
    CHECK(err == NULL);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "",
        dimse_assoc_request_refuse_context(asking.request, 1, DIMSE_CONTEXT_NO_REASON, &err));
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "",
        dimse_assoc_request_choose_transfer_syntax(asking.request, 1, IMPLICIT_VR_LITTLE_ENDIAN, &err));
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "", dimse_assoc_request_set_identity_response(asking.request, NULL, 0, &err));
    /* It can still be read. */
    CHECK_TEXT(facts_of(asking.request).calling, "DIMSE");
    dimse_assoc_request_free(asking.request);
    CHECK_IS(dimse_op_wait(asking.op, PATIENCE_MS, NULL), DIMSE_OK);
    dimse_op_free(asking.op);
}

/* Every result, source and reason of PS3.8 table 9-21, and those that it reserves. */
static void numbers_of_a_refusal(uint16_t port) {
    static const uint8_t allowed[][3] = {
        {1, 1, 1}, {1, 1, 2}, {1, 1, 3}, {1, 1, 7}, {1, 2, 1}, {1, 2, 2}, {2, 3, 1}, {2, 3, 2}, {2, 1, 1}};
    static const uint32_t reserved[][3] = {
        {3, 1, 1}, {0, 1, 1}, {1, 0, 1}, {1, 4, 1}, {1, 1, 0}, {1, 1, 4}, {1, 2, 3}, {1, 3, 0}, {1, 3, 3}, {257, 1, 1}};
    struct asking asking;
    dimse_error *err = NULL;
    size_t index;
    for (index = 0; index < sizeof allowed / sizeof allowed[0]; index++) {
        const uint8_t *numbers = allowed[index];
        asking = ask(node_caller(port));
        CHECK_OK(err, dimse_assoc_request_refuse(asking.request, numbers[0], numbers[1], numbers[2], &err));
        dimse_assoc_request_free(asking.request);
        CHECK_IS(rejection(&asking), numbers[0] * 100 + numbers[1] * 10 + numbers[2]);
    }
    asking = ask(node_caller(port));
    for (index = 0; index < sizeof reserved / sizeof reserved[0]; index++) {
        const uint32_t *numbers = reserved[index];
        CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "",
            dimse_assoc_request_refuse(asking.request, numbers[0], numbers[1], numbers[2], &err));
    }
    CHECK_OK(err, dimse_assoc_request_refuse(asking.request, 0, 0, 0, &err));
    dimse_assoc_request_free(asking.request);
    CHECK_IS(rejection(&asking), 111);
}

static void freeing_undecided(uint16_t port) {
    struct asking asking = ask(node_caller(port));
    dimse_assoc_request_free(asking.request);
    CHECK_IS(rejection(&asking), 111);
    dimse_assoc_request_free(asking.request);
    dimse_assoc_request_free(NULL);
}

static void the_peer_has_gone(uint16_t port) {
    struct asking asking = ask(node_caller(port));
    uint64_t until = now_ms() + PATIENCE_MS;
    dimse_result result;
    CHECK_IS(dimse_op_cancel(asking.op), DIMSE_OK);
    CHECK_IS(dimse_op_wait(asking.op, PATIENCE_MS, NULL), DIMSE_ERR_CANCELLED);
    dimse_op_free(asking.op);
    /* Sooner or later it is known; an answer before that goes nowhere. */
    do {
        CHECK_TEXT(facts_of(asking.request).calling, "DIMSE");
        sleep_ms(20);
        result = dimse_assoc_request_accept(asking.request, NULL);
        CHECK(result == DIMSE_OK || result == DIMSE_ANSWERED_ALREADY);
    } while (result != DIMSE_ANSWERED_ALREADY && now_ms() < until);
    CHECK_IS(result, DIMSE_ANSWERED_ALREADY);
    dimse_assoc_request_free(asking.request);
}
