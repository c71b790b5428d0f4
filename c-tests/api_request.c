/* dimse_request: a request is owned by the one who answers, once, now or later; nobody waits for nothing. */
#include "check.h"

#include "desk.h"
#include "listener.h"
#include "moment.h"
#include "node.h"
#include "peer.h"

static struct desk desk;

static void what_it_says(uint16_t port);
static void answers(uint16_t port);
static void comments(uint16_t port);
static void answering_twice(uint16_t port);
static void freeing_unanswered(uint16_t port);
static void the_peer_has_gone(uint16_t port);

int main(void) {
    struct node node;
    desk_init(&desk);
    node_start(&node, desk_options(NULL, &desk));
    what_it_says(node.port);
    answers(node.port);
    comments(node.port);
    answering_twice(node.port);
    freeing_unanswered(node.port);
    the_peer_has_gone(node.port);
    node_stop(&node);
    CHECK_SOON(desk_releases(&desk) == 1);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

/* An echo that lies on the desk. */
struct asking {
    struct listener listener;
    dimse_request *request;
};

static void ask(struct asking *asking, dimse_assoc *assoc) {
    dimse_delivery delivery;
    dimse_error *err = NULL;
    listener_init(&asking->listener);
    delivery = listener_delivery(&asking->listener, NULL);
    CHECK_OK(err, dimse_assoc_echo_async(assoc, NULL, &delivery, NULL, &err));
    asking->request = desk_take_request(&desk);
}

static dimse_message message_of(const dimse_request *request) {
    dimse_message message;
    message.struct_size = sizeof message;
    CHECK_IS(dimse_request_message(request, &message), DIMSE_OK);
    CHECK_IS(message.struct_size, sizeof message);
    return message;
}

static void what_it_says(uint16_t port) {
    dimse_assoc_options *options = node_caller(port);
    struct asking asking;
    dimse_message message;
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_options_set_ae_titles(options, "CALLER", "CALLED", &err));
    CHECK_OK(err, dimse_assoc_options_add_context(options, CT_IMAGE_STORAGE, NULL, 0, &err));
    CHECK_OK(err, dimse_assoc_options_add_context(options, VERIFICATION, NULL, 0, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    dimse_assoc_options_free(options);
    ask(&asking, assoc);
    message.struct_size = 7;
    CHECK_IS(dimse_request_message(asking.request, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    CHECK_IS(dimse_request_message(asking.request, &message), DIMSE_ERR_INVALID_ARGUMENT);
    message = message_of(asking.request);
    CHECK_IS(message.command, DIMSE_COMMAND_C_ECHO_RQ);
    CHECK(message.message_id != 0);
    CHECK_IS(message.context_id, 3);
    CHECK_IS(message.has_data_set, 0);
    CHECK(message.association != 0);
    CHECK_TEXT(message.sop_class, VERIFICATION);
    CHECK_TEXT(message.sop_instance, "");
    CHECK_TEXT(message.transfer_syntax, EXPLICIT_VR_LITTLE_ENDIAN);
    CHECK_TEXT(message.calling, "CALLER");
    CHECK_TEXT(message.called, "CALLED");
    CHECK(strncmp(message.peer_address.data, "127.0.0.1:", 10) == 0);
    CHECK_IS(dimse_request_is_cancelled(asking.request), 0);
    CHECK_OK(err, dimse_request_respond(asking.request, 0, NULL, &err));
    CHECK_IS(listener_outcome(&asking.listener), DIMSE_OK);
    CHECK_IS(asking.listener.status, 0);
    /* What it says can be read until it is freed. */
    CHECK_TEXT(message_of(asking.request).calling, "CALLER");
    CHECK(message_of(asking.request).calling.data == message.calling.data);
    dimse_request_free(asking.request);
    node_release(assoc);
}

static void answers(uint16_t port) {
    static const uint32_t statuses[] = {0x0000, 0x0107, 0x0110, 0x0122, 0x0211, 0xC001, 0xB000, 0xFFFF};
    static const uint32_t no_answers[] = {0xFF00, 0xFF01, 0x10000, DIMSE_NO_STATUS};
    dimse_assoc *assoc = node_open(port);
    struct asking asking;
    dimse_error *err = NULL;
    size_t index;
    for (index = 0; index < sizeof statuses / sizeof statuses[0]; index++) {
        ask(&asking, assoc);
        CHECK_OK(err, dimse_request_respond(asking.request, statuses[index], NULL, &err));
        CHECK_IS(listener_outcome(&asking.listener), DIMSE_OK);
        CHECK_IS(asking.listener.status, statuses[index]);
        dimse_request_free(asking.request);
    }
    ask(&asking, assoc);
    for (index = 0; index < sizeof no_answers / sizeof no_answers[0]; index++) {
        CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "status",
            dimse_request_respond(asking.request, no_answers[index], NULL, &err));
    }
    CHECK_REFUSED(
        err, DIMSE_ERR_INVALID_ARGUMENT, "comment", dimse_request_respond(asking.request, 0x0110, "\xff", &err));
    CHECK_IS(listener_is_done(&asking.listener), 0);
    CHECK_OK(err, dimse_request_respond(asking.request, 0, NULL, &err));
    CHECK_IS(listener_outcome(&asking.listener), DIMSE_OK);
    dimse_request_free(asking.request);
    node_release(assoc);
}

/* Words go along with what is no success; 64 characters of ASCII at most. */
static void comments(uint16_t port) {
    static const char sixty_four[] = "0123456789012345678901234567890123456789012345678901234567890123";
    static const struct {
        uint32_t status;
        const char *comment;
        const char *received;
    } cases[] = {
        {0x0110, "out of order", "out of order"},
        {0x0110, "odd", "odd"},
        {0x0110, "", ""},
        {0x0110, "0123456789012345678901234567890123456789012345678901234567890123456789", sixty_four},
    };
    dimse_assoc *assoc = node_open(port);
    struct asking asking;
    dimse_error *err = NULL;
    size_t index;
    for (index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        ask(&asking, assoc);
        CHECK_OK(err, dimse_request_respond(asking.request, cases[index].status, cases[index].comment, &err));
        CHECK_IS(listener_outcome(&asking.listener), DIMSE_OK);
        CHECK_IS(asking.listener.status, cases[index].status);
        CHECK(strcmp(asking.listener.comment, cases[index].received) == 0);
        dimse_request_free(asking.request);
    }
    /* Other letters do not end the association, and no control character leaves. */
    ask(&asking, assoc);
    CHECK_OK(err, dimse_request_respond(asking.request, 0x0110, "R\xc3\xb6ntgen\n\x1b[31m", &err));
    CHECK_IS(listener_outcome(&asking.listener), DIMSE_OK);
    CHECK(strpbrk(asking.listener.comment, "\n\x1b\xc3") == NULL);
    dimse_request_free(asking.request);
    node_release(assoc);
}

static void answering_twice(uint16_t port) {
    dimse_assoc *assoc = node_open(port);
    struct asking asking;
    dimse_error *err = NULL;
    ask(&asking, assoc);
    CHECK_OK(err, dimse_request_respond(asking.request, 0x0122, NULL, &err));
    CHECK_IS(dimse_request_respond(asking.request, 0, NULL, &err), DIMSE_ANSWERED_ALREADY);
    CHECK(err == NULL);
    CHECK_IS(listener_outcome(&asking.listener), DIMSE_OK);
    CHECK_IS(asking.listener.status, 0x0122);
    dimse_request_free(asking.request);
    /* The peer has read one answer: the association is as it was. */
    ask(&asking, assoc);
    CHECK_OK(err, dimse_request_respond(asking.request, 0, NULL, &err));
    CHECK_IS(listener_outcome(&asking.listener), DIMSE_OK);
    dimse_request_free(asking.request);
    node_release(assoc);
}

static void freeing_unanswered(uint16_t port) {
    dimse_assoc *assoc = node_open(port);
    struct asking asking;
    ask(&asking, assoc);
    dimse_request_free(asking.request);
    CHECK_IS(listener_outcome(&asking.listener), DIMSE_OK);
    CHECK_IS(asking.listener.status, 0x0110);
    CHECK(strcmp(asking.listener.comment, "the request was not answered") == 0);
    dimse_request_free(asking.request);
    dimse_request_free(NULL);
    node_release(assoc);
}

static void the_peer_has_gone(uint16_t port) {
    dimse_assoc *assoc = node_open(port);
    struct asking asking;
    dimse_error *err = NULL;
    ask(&asking, assoc);
    CHECK_IS(dimse_request_is_cancelled(asking.request), 0);
    dimse_assoc_free(assoc);
    CHECK_IS(listener_outcome(&asking.listener), DIMSE_ERR_CANCELLED);
    CHECK_SOON(dimse_request_is_cancelled(asking.request) == 1);
    /* An answer that finds nobody is no failure. */
    CHECK(dimse_request_respond(asking.request, 0, NULL, &err) >= 0);
    CHECK_IS(dimse_request_respond(asking.request, 0, NULL, &err), DIMSE_ANSWERED_ALREADY);
    CHECK(err == NULL);
    CHECK_TEXT(message_of(asking.request).sop_class, VERIFICATION);
    dimse_request_free(asking.request);
}
