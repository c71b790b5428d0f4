#include "association.h"

#include <string.h>

#include "exits.h"
#include "failure.h"
#include "interrupt.h"
#include "log.h"
#include "operation.h"
#include "password.h"
#include "words.h"

#define SETTING(name) offsetof(struct association_settings, name)

const struct option association_options[] = {
    {"-aet", "--aetitle", "AETITLE", OPTION_TEXT, SETTING(calling), 0, 0, "own AE title (default: DIMSE)"},
    {"-aec", "--call", "AETITLE", OPTION_TEXT, SETTING(called), 0, 0, "AE title of the peer (default: ANY-SCP)"},
    {"-to", "--timeout", "SECONDS", OPTION_DEADLINE, SETTING(connect_ms), 0, 0,
     "wait for the connection at most so long; 0: no limit (default: 10)"},
    {"-ta", "--acse-timeout", "SECONDS", OPTION_DEADLINE, SETTING(acse_ms), 0, 0,
     "wait for the answer to the association request, and to its release, at most so long; 0: no limit "
     "(default: 30, and 10)"},
    {"-td", "--dimse-timeout", "SECONDS", OPTION_DEADLINE, SETTING(reply_ms), 0, 0,
     "wait for a response at most so long; 0: no limit (default: 60)"},
    {"-pdu", "--max-pdu", "BYTES", OPTION_NUMBER, SETTING(max_pdu_bytes), 4096, 262144,
     "longest PDU that the peer may send, 4096 to 262144 (default: 131072)"},
    {"-usr", "--user", "NAME", OPTION_TEXT, SETTING(user), 0, 0, "user identity: the user's name"},
    {NULL, "--password-file", "FILE", OPTION_TEXT, SETTING(password_file), 0, 0,
     "and the first line of FILE as passcode; - reads it from standard input"},
    {"-rsp", "--pos-response", NULL, OPTION_FLAG, SETTING(positive_response), 0, 0,
     "and ask the peer to confirm the identity"},
};
const size_t association_option_count = COUNT_OF(association_options);

static dimse_result set_identity(dimse_assoc_options *options, const struct association_settings *settings,
                                 dimse_error **error);
static int fill(dimse_assoc_options *options, const struct association_settings *settings, const char *host,
                uint32_t port, dimse_error **error);
static int await_open(dimse_op *operation, int *is_retryable, dimse_assoc **out);
static void describe_context(uint64_t association, const dimse_context *context);

int association_options_new(const char *command, const struct association_settings *settings, const char *host,
                            uint32_t port, dimse_assoc_options **out)
{
    dimse_assoc_options *options = NULL;
    dimse_error *error = NULL;

    if (settings->user == NULL && (settings->password_file != NULL || settings->positive_response))
        return options_wrong(command, "%s needs --user NAME",
                             settings->password_file != NULL ? "--password-file" : "--pos-response");
    if (dimse_assoc_options_new(&options, &error) == DIMSE_OK && fill(options, settings, host, port, &error)) {
        *out = options;
        return EXIT_DONE;
    }
    /* A password file that cannot be read has told its story already. */
    if (error != NULL)
        failure_of_setting(command, error);
    dimse_assoc_options_free(options);
    return EXIT_USAGE;
}

const char *association_called(const struct association_settings *settings)
{
    return settings->called != NULL ? settings->called : "ANY-SCP";
}

int association_open(const char *command, const dimse_assoc_options *options, int *is_retryable, dimse_assoc **out)
{
    dimse_op *operation = NULL;
    dimse_error *error = NULL;
    int code = EXIT_USAGE;

    if (is_retryable != NULL)
        *is_retryable = 0;
    if (dimse_assoc_open_async(NULL, options, NULL, &operation, &error) == DIMSE_OK)
        code = await_open(operation, is_retryable, out);
    else
        failure_of_setting(command, error);
    dimse_op_free(operation);
    return code;
}

static int fill(dimse_assoc_options *options, const struct association_settings *settings, const char *host,
                uint32_t port, dimse_error **error)
{
    return dimse_assoc_options_set_peer(options, host, port, error) == DIMSE_OK &&
           dimse_assoc_options_set_ae_titles(options, settings->calling, settings->called, error) == DIMSE_OK &&
           dimse_assoc_options_set_connect_timeout_ms(options, settings->connect_ms, error) == DIMSE_OK &&
           dimse_assoc_options_set_associate_timeout_ms(options, settings->acse_ms, error) == DIMSE_OK &&
           dimse_assoc_options_set_release_timeout_ms(options, settings->acse_ms, error) == DIMSE_OK &&
           dimse_assoc_options_set_reply_timeout_ms(options, settings->reply_ms, error) == DIMSE_OK &&
           (settings->max_pdu_bytes == 0 ||
            dimse_assoc_options_set_max_pdu_bytes(options, settings->max_pdu_bytes, error) == DIMSE_OK) &&
           (settings->user == NULL || set_identity(options, settings, error) == DIMSE_OK);
}

static dimse_result set_identity(dimse_assoc_options *options, const struct association_settings *settings,
                                 dimse_error **error)
{
    const uint8_t *user = (const uint8_t *)settings->user;
    size_t length = strlen(settings->user);
    struct password password;
    dimse_result result = DIMSE_ERR_INVALID_ARGUMENT;

    if (settings->password_file == NULL)
        return dimse_assoc_options_set_user_identity(options, DIMSE_IDENTITY_USER, user, length, NULL, 0,
                                                     settings->positive_response, error);
    if (password_read(&password, settings->password_file))
        result = dimse_assoc_options_set_user_identity(options, DIMSE_IDENTITY_PASSCODE, user, length, password.bytes,
                                                       password.length, settings->positive_response, error);
    password_wipe(&password);
    return result;
}

static int await_open(dimse_op *operation, int *is_retryable, dimse_assoc **out)
{
    dimse_event done;
    dimse_error *error = NULL;

    operation_await(operation, 0, &done);
    if (interrupt_count() > 0)
        return EXIT_INTERRUPTED;
    if (done.result != DIMSE_OK) {
        failure_of(&done);
        if (is_retryable != NULL)
            *is_retryable = dimse_error_is_retryable(done.error);
        return failure_exit(done.result, EXIT_NO_ASSOCIATION);
    }
    if (dimse_op_take_assoc(operation, out, &error) != DIMSE_OK) {
        failure_take(error);
        return EXIT_NO_ASSOCIATION;
    }
    return EXIT_DONE;
}

/* What is known of the association; all empty where nothing is. */
static dimse_facts facts_of(const dimse_assoc *association)
{
    dimse_facts facts = {.struct_size = sizeof facts};

    dimse_assoc_facts(association, &facts);
    return facts;
}

uint64_t association_number(const dimse_assoc *association)
{
    return facts_of(association).association;
}

void association_describe(const dimse_assoc *association)
{
    char to[WORDS_SIZE], from[WORDS_SIZE];
    dimse_facts facts = facts_of(association);
    uint64_t number = facts.association;

    log_line(number, 0, "  from %s to %s", facts.local_address.data, facts.peer_address.data);
    log_line(number, 0, "  the peer is %s %s", facts.peer_implementation_class.data,
             facts.peer_implementation_version.data);
    log_line(number, 0, "  longest PDU to the peer: %s; from it: %s", words_limit(to, facts.peer_max_pdu_bytes, "bytes"),
             words_limit(from, facts.own_max_pdu_bytes, "bytes"));
    log_line(number, 0, "  open requests to the peer at once: %s; from it: %s",
             words_limit(to, facts.window_invoked, ""), words_limit(from, facts.window_performed, ""));
    if (facts.identity_response.data != NULL)
        log_line(number, 0, "  the peer confirmed the user identity");
    for (size_t i = 0; i < facts.context_count; i++) {
        dimse_context context = {.struct_size = sizeof context};

        if (dimse_assoc_context(association, i, &context) == DIMSE_OK)
            describe_context(number, &context);
    }
}

static void describe_context(uint64_t association, const dimse_context *context)
{
    static const char *const roles[2][2] = {{"in no role", "as SCP"}, {"as SCU", "as SCU and SCP"}};
    char syntax[WORDS_SIZE];

    log_line(association, 0, "  context %lu: %s", (unsigned long)context->id,
             words_uid(syntax, context->abstract_syntax));
    if (context->result != DIMSE_CONTEXT_ACCEPTED) {
        log_line(association, 0, "    %s", words_context_result(context->result));
        return;
    }
    log_line(association, 0, "    accepted %s, %s", roles[context->local_is_scu != 0][context->local_is_scp != 0],
             words_uid(syntax, context->transfer_syntax));
}

int association_close(dimse_assoc *association, int is_fit)
{
    dimse_op *operation = NULL;
    dimse_error *error = NULL;
    dimse_event done;
    unsigned interrupts = interrupt_count();
    int code = EXIT_DONE;

    if (!is_fit) {
        dimse_assoc_abort(association);
    } else if (dimse_assoc_release_async(association, NULL, &operation, &error) != DIMSE_OK) {
        failure_take(error);
        code = EXIT_LOST;
    } else {
        /* The interrupt that brought us here is no reason to be impolite; another one is. */
        operation_await(operation, interrupts, &done);
        if (done.result != DIMSE_OK && interrupt_count() == 0) {
            failure_of(&done);
            code = EXIT_LOST;
        }
        dimse_op_free(operation);
    }
    /* Aborts it where the release was given up. */
    dimse_assoc_free(association);
    return code;
}
