/* dimse serve: a DICOM node that answers C-ECHO (PS3.4 annex A) and takes instances (C-STORE, PS3.4 annex B). */
#include <string.h>

#include "arrivals.h"
#include "command.h"
#include "dimse.h"
#include "exits.h"
#include "failure.h"
#include "interrupt.h"
#include "log.h"
#include "operation.h"
#include "options.h"
#include "transfer_syntax.h"
#include "words.h"

#define NAME "dimse serve"

struct serve_settings {
    const char *bind, *ae_title;
    struct texts allowed, networks;
    uint32_t max_associations, max_waiting, max_per_address, max_per_ae_title;
    uint32_t acse_ms, idle_ms, drain_ms;
    uint32_t max_pdu_bytes;
    const char *folder, *path_template;
    uint32_t collision, sync;
    uint64_t min_free_bytes, front_bytes;
    struct texts syntaxes, refuse, coerce;
    uint32_t refuse_abort;
};

#define SETTING(name) offsetof(struct serve_settings, name)

/* Warning: Coercion of Data Elements (PS3.4 table B.2-1). */
#define COERCED 0xB000u

/* The library's default is meant. */
#define NOT_GIVEN UINT64_MAX

static const struct option folder_options[] = {
    {"-od", "--output-directory", "FOLDER", OPTION_TEXT, SETTING(folder), 0, 0,
     "take what is stored here with C-STORE, a file for each instance in FOLDER; without it none is taken"},
    {NULL, "--path-template", "TEMPLATE", OPTION_TEXT, SETTING(path_template), 0, 0,
     "where in FOLDER: {study}, {series}, {instance}, {class}, {modality}, {calling}, {called} and {date} are filled "
     "in (default: {study}/{series}/{instance}.dcm)"},
    /* In the order of DIMSE_COLLISION_* and of DIMSE_SYNC_*. */
    {NULL, "--collision", "replace|keep|number", OPTION_CHOICE, SETTING(collision), 0, 0,
     "where a file has the name already: the new one takes its place, or the old one stays, or the new one gets a "
     "number (default: replace)"},
    {NULL, "--sync", "none|data|full", OPTION_CHOICE, SETTING(sync), 0, 0,
     "before it is answered, an instance is on the disk: when the system likes, or its bytes, or its name too "
     "(default: none)"},
    {NULL, "--min-free", "SIZE", OPTION_BYTES, SETTING(min_free_bytes), 0, 0,
     "take nothing when so little is free on the disk: bytes, or with k, M, G, T behind (default: 64M)"},
    {NULL, "--accept-syntax", "NAME|UID", OPTION_TEXTS, SETTING(syntaxes), 0, 0,
     "take instances in this transfer syntax, JPEG2000Lossless for instance, and in no other that is not given too, the "
     "preferred one first (default: any, as the peer likes)"},
    {NULL, "--refuse", "KEY=PATTERN", OPTION_TEXTS, SETTING(refuse), 0, 0,
     "refuse an instance (A900) of which a value is like that, before its pixels are taken; KEY is a keyword, a tag or a "
     "path, * is anything, ? one character; no value is like ''"},
    {NULL, "--refuse-abort", NULL, OPTION_FLAG, SETTING(refuse_abort), 0, 0,
     "abort the association of an instance that is refused, and do not wait for the rest of it"},
    {NULL, "--coerce", "KEY=VALUE", OPTION_TEXTS, SETTING(coerce), 0, 0,
     "store instances with this value, and answer so (B000) where they had another one; KEY and VALUE are those of 'dimse "
     "store --set', and what cannot take it is refused (C000); again for others"},
    {NULL, "--front", "SIZE", OPTION_BYTES, SETTING(front_bytes), 0, 64,
     "look at so much of each instance for --refuse and --coerce, 64M at most; one where a KEY comes behind that is "
     "refused (C000) (default: 1M)"},
};

static const struct option serve_options[] = {
    {NULL, "--bind", "ADDRESS", OPTION_TEXT, SETTING(bind), 0, 0,
     "listen at this IPv4 or IPv6 address only (default: at all of both)"},
    {"-aet", "--aetitle", "AETITLE", OPTION_TEXT, SETTING(ae_title), 0, 0,
     "own AE title: associations with another called AE title are rejected (default: any is answered)"},
    {NULL, "--allow", "AETITLE", OPTION_TEXTS, SETTING(allowed), 0, 0,
     "let this calling AE title in, and no other that is not given too (default: any)"},
    {NULL, "--allow-from", "NETWORK", OPTION_TEXTS, SETTING(networks), 0, 0,
     "let this address or network, such as 192.0.2.0/24, in, and no other that is not given too (default: any)"},
    {NULL, "--max-associations", "N", OPTION_NUMBER, SETTING(max_associations), 1, UINT32_MAX,
     "open at the same time (default: 500)"},
    {NULL, "--max-waiting", "N", OPTION_NUMBER, SETTING(max_waiting), 1, UINT32_MAX,
     "connections that have not asked for an association yet (default: 1000)"},
    {NULL, "--max-per-address", "N", OPTION_NUMBER, SETTING(max_per_address), 1, UINT32_MAX,
     "associations of one address (default: no limit)"},
    {NULL, "--max-per-aetitle", "N", OPTION_NUMBER, SETTING(max_per_ae_title), 1, UINT32_MAX,
     "associations of one calling AE title (default: no limit)"},
    {"-ta", "--acse-timeout", "SECONDS", OPTION_DEADLINE, SETTING(acse_ms), 0, 0,
     "wait for an association request at most so long; 0: no limit (default: 30)"},
    {"-td", "--dimse-timeout", "SECONDS", OPTION_DEADLINE, SETTING(idle_ms), 0, 0,
     "wait for the next message of an association at most so long; 0: no limit (default: 300)"},
    {"-pdu", "--max-pdu", "BYTES", OPTION_NUMBER, SETTING(max_pdu_bytes), 4096, 262144,
     "longest PDU that a peer may send, 4096 to 262144 (default: 131072)"},
    {NULL, "--drain", "SECONDS", OPTION_SECONDS, SETTING(drain_ms), 0, 0,
     "after Ctrl-C, wait for open associations so long before they are aborted; 0: abort at once (default: 30)"},
};

static const struct positional positionals[] = {
    {"PORT", "TCP port to listen on; 0: the system chooses one, and the first line of output names it", 0},
};

static const char *const examples[] = {
    "A node that answers everybody, with a line for each association",
    "dimse serve -v 11112",
    "One that answers to its own AE title, and only two others",
    "dimse serve -aet PACS --allow CT1 --allow MR1 11112",
    "One that keeps what it is sent, with a line for each instance",
    "dimse serve -od received --collision number 11112",
    "One that takes neither reports nor what has no patient's ID",
    "dimse serve -od received --refuse Modality=SR --refuse PatientID= 11112",
    "One that writes into each instance where it came from",
    "dimse serve -od received --coerce InstitutionName=West 11112",
};

/* What the handlers of the requests need. */
struct node {
    const struct log_settings *log;
    struct arrivals arrivals;
};

static int fill(dimse_server_options *options, const struct serve_settings *settings, uint32_t port,
                dimse_error **error);
static int asks_for_folder(const struct serve_settings *settings);
static int fill_folder(dimse_server_options *options, const struct serve_settings *settings, dimse_error **error);
static int fill_syntaxes(dimse_server_options *options, const struct texts *given, dimse_error **error);
static int fill_handlers(dimse_server_options *options, const struct serve_settings *settings, struct node *node,
                         dimse_error **error);
static int knows_syntaxes(struct texts *given);
static void answer(dimse_request *request, void *user_data);
static void say_received(dimse_request *request, const dimse_message *message, const char *changed);
static int serve(dimse_server *server, const struct serve_settings *settings, int is_quiet);
static int drain(dimse_server *server, uint32_t drain_ms, int is_quiet);

static int serve_run(int argc, char **argv)
{
    /* Not on the stack: they are large, and until the runtime has ended a handler may be at work. */
    static struct serve_settings settings;
    static struct node node;
    static struct log_settings log;
    const struct option_group groups[] = {
        {"Server", serve_options, COUNT_OF(serve_options), &settings},
        {"Storage", folder_options, COUNT_OF(folder_options), &settings},
        {"Output", log_options, log_option_count, &log},
    };
    const struct syntax syntax = {
        NAME,
        "Runs a DICOM node that answers C-ECHO, and with -od takes what is stored, until Ctrl-C or SIGTERM: then no new "
        "association is accepted and the open ones may finish. A second one aborts them. When it is ready, the first "
        "line of output is 'listening on port PORT'.",
        positionals, COUNT_OF(positionals), groups, COUNT_OF(groups), examples, COUNT_OF(examples) / 2,
    };
    const char *given[COUNT_OF(positionals)];
    dimse_server_options *options = NULL;
    dimse_server *server = NULL;
    dimse_error *error = NULL;
    uint32_t port;
    int code = EXIT_USAGE;

    settings.drain_ms = 30000;
    settings.min_free_bytes = NOT_GIVEN;
    switch (options_parse(&syntax, argc, argv, given)) {
    case PARSED_HELP:
        return EXIT_DONE;
    case PARSED_WRONG:
        return EXIT_USAGE;
    case PARSED_RUN:
        break;
    }
    if (!options_port(&syntax, given[0], 0, NULL, &port))
        return EXIT_USAGE;
    if (settings.folder == NULL && asks_for_folder(&settings))
        return options_wrong(NAME, "--path-template, --collision, --sync, --min-free, --accept-syntax, --refuse, "
                                   "--refuse-abort, --coerce and --front need -od FOLDER");
    if (settings.front_bytes > 0 && settings.refuse.count == 0 && settings.coerce.count == 0)
        return options_wrong(NAME, "--front needs --refuse or --coerce, which look at it");
    node.log = &log;
    if (!knows_syntaxes(&settings.syntaxes) ||
        !arrivals_init(&node.arrivals, &settings.refuse, &settings.coerce, log.quiet != 0, NAME))
        return EXIT_USAGE;
    log_start(&log, DIMSE_LOG_WARN);

    if (dimse_server_options_new(&options, &error) == DIMSE_OK && fill(options, &settings, port, &error) &&
        (settings.folder == NULL || fill_folder(options, &settings, &error)) &&
        fill_handlers(options, &settings, &node, &error) &&
        dimse_server_start(NULL, options, &server, &error) == DIMSE_OK)
        code = serve(server, &settings, log.quiet != 0);
    else
        failure_of_setting(NAME, error);
    dimse_server_free(server);
    dimse_server_options_free(options);
    texts_free(&settings.allowed);
    texts_free(&settings.networks);
    texts_free(&settings.syntaxes);
    texts_free(&settings.refuse);
    texts_free(&settings.coerce);
    return code;
}

static int fill(dimse_server_options *options, const struct serve_settings *settings, uint32_t port,
                dimse_error **error)
{
    /* No context is added: the library accepts Verification then, and with a folder all storage. */
    int is_good =
        dimse_server_options_set_listen(options, settings->bind, port, error) == DIMSE_OK &&
        (settings->ae_title == NULL ||
         dimse_server_options_add_ae_title(options, settings->ae_title, error) == DIMSE_OK) &&
        (settings->max_associations == 0 ||
         dimse_server_options_set_max_associations(options, settings->max_associations, error) == DIMSE_OK) &&
        (settings->max_waiting == 0 ||
         dimse_server_options_set_max_waiting(options, settings->max_waiting, error) == DIMSE_OK) &&
        dimse_server_options_set_max_per_address(options, settings->max_per_address, error) == DIMSE_OK &&
        dimse_server_options_set_max_per_ae_title(options, settings->max_per_ae_title, error) == DIMSE_OK &&
        dimse_server_options_set_artim_timeout_ms(options, settings->acse_ms, error) == DIMSE_OK &&
        dimse_server_options_set_idle_timeout_ms(options, settings->idle_ms, error) == DIMSE_OK &&
        (settings->max_pdu_bytes == 0 ||
         dimse_server_options_set_max_pdu_bytes(options, settings->max_pdu_bytes, error) == DIMSE_OK);

    for (size_t i = 0; is_good && i < settings->allowed.count; i++)
        is_good = dimse_server_options_add_calling_ae_title(options, settings->allowed.items[i], error) == DIMSE_OK;
    for (size_t i = 0; is_good && i < settings->networks.count; i++)
        is_good = dimse_server_options_add_network(options, settings->networks.items[i], error) == DIMSE_OK;
    return is_good;
}

static int asks_for_folder(const struct serve_settings *settings)
{
    return settings->path_template != NULL || settings->collision != DIMSE_COLLISION_REPLACE ||
           settings->sync != DIMSE_SYNC_NONE || settings->min_free_bytes != NOT_GIVEN || settings->syntaxes.count > 0 ||
           settings->refuse.count > 0 || settings->refuse_abort || settings->coerce.count > 0 ||
           settings->front_bytes > 0;
}

static int fill_folder(dimse_server_options *options, const struct serve_settings *settings, dimse_error **error)
{
    return dimse_server_options_set_folder(options, settings->folder, settings->path_template, error) == DIMSE_OK &&
           dimse_server_options_set_folder_collision(options, settings->collision, error) == DIMSE_OK &&
           dimse_server_options_set_folder_sync(options, settings->sync, error) == DIMSE_OK &&
           (settings->min_free_bytes == NOT_GIVEN ||
            dimse_server_options_set_folder_free_space_floor_bytes(options, settings->min_free_bytes, error) ==
                DIMSE_OK) &&
           fill_syntaxes(options, &settings->syntaxes, error) &&
           dimse_server_options_set_refused(
               options, settings->refuse_abort ? DIMSE_REFUSED_ABORT : DIMSE_REFUSED_DISCARD, error) == DIMSE_OK;
}

/* Puts UIDs into the place of names. */
static int knows_syntaxes(struct texts *given)
{
    for (size_t i = 0; i < given->count; i++) {
        const char *nearest, *uid = transfer_syntax_uid(given->items[i], &nearest);

        if (uid == NULL && nearest != NULL)
            options_wrong(NAME, "--accept-syntax: there is no transfer syntax '%s'; did you mean '%s'?", given->items[i],
                          nearest);
        else if (uid == NULL)
            options_wrong(NAME, "--accept-syntax: there is no transfer syntax '%s'; its UID is always understood",
                          given->items[i]);
        if (uid == NULL)
            return 0;
        given->items[i] = uid;
    }
    return 1;
}

static int fill_syntaxes(dimse_server_options *options, const struct texts *given, dimse_error **error)
{
    return dimse_server_options_set_storage_syntaxes(options, given->items, given->count, error) == DIMSE_OK;
}

static int fill_handlers(dimse_server_options *options, const struct serve_settings *settings, struct node *node,
                         dimse_error **error)
{
    int says = log_is_verbose(node->log) || (settings->folder != NULL && !node->log->quiet);

    /* Without a handler the library answers by itself, and is not held up by words. */
    return (!(says || settings->coerce.count > 0) ||
            dimse_server_options_set_handler(options, NULL, answer, node, NULL, error) == DIMSE_OK) &&
           (!arrivals_has_rules(&node->arrivals) ||
            dimse_server_options_set_header_handler(options, 0, (uint32_t)settings->front_bytes, NULL, arrivals_decide,
                                                    &node->arrivals, NULL, error) == DIMSE_OK);
}

/* Answers a request and says so, on a thread of the library: several at once. */
static void answer(dimse_request *request, void *user_data)
{
    struct node *node = user_data;
    char words[WORDS_SIZE];
    const char *changed = arrivals_changed(request);
    uint32_t status = changed != NULL ? COERCED : 0;
    dimse_message message = {.struct_size = sizeof message};

    dimse_request_message(request, &message);
    if (log_is_verbose(node->log))
        log_line(message.association, message.message_id, "%s of %s at %s: %s",
                 message.command == DIMSE_COMMAND_C_STORE_RQ ? "C-STORE-RQ" : "C-ECHO-RQ", message.calling.data,
                 message.peer_address.data, words_status(words, message.command, status));
    if (message.command == DIMSE_COMMAND_C_STORE_RQ && !node->log->quiet)
        say_received(request, &message, changed);
    dimse_request_respond(request, status, NULL, NULL);
    dimse_request_free(request);
}

/* All of it has come, and it gets its name when it is answered: where that fails, the log says so. */
static void say_received(dimse_request *request, const dimse_message *message, const char *changed)
{
    char words[WORDS_SIZE];
    dimse_received received = {.struct_size = sizeof received};

    if (dimse_request_received(request, &received) == DIMSE_OK)
        terminal_line(TONE_PLAIN, "received %s, %s from %s%s%s", received.path.data,
                      words_bytes(words, received.bytes), message->calling.data,
                      changed != NULL ? ", coerced: " : "", changed != NULL ? changed : "");
}

static int serve(dimse_server *server, const struct serve_settings *settings, int is_quiet)
{
    uint16_t port = 0;

    dimse_server_port(server, &port);
    if (!is_quiet && settings->bind != NULL)
        terminal_line(TONE_GOOD, "listening on port %u of %s", (unsigned)port, settings->bind);
    else if (!is_quiet)
        terminal_line(TONE_GOOD, "listening on port %u", (unsigned)port);
    while (interrupt_count() == 0)
        interrupt_sleep(INTERRUPT_NO_LIMIT);
    return drain(server, settings->drain_ms, is_quiet);
}

/* The first interrupt has come: lets the open associations finish, until the time is over or the second one comes. */
static int drain(dimse_server *server, uint32_t drain_ms, int is_quiet)
{
    char words[WORDS_SIZE];
    dimse_server_totals totals = {.struct_size = sizeof totals};
    dimse_op *operation = NULL;
    dimse_error *error = NULL;
    dimse_event done;
    int code = EXIT_DONE;

    dimse_server_counters(server, &totals);
    if (!is_quiet && totals.associations > 0)
        terminal_note("stopping; open associations: %llu, which may finish within %s; Ctrl-C again aborts them",
                      (unsigned long long)totals.associations, words_time(words, drain_ms));
    if (dimse_server_stop_async(server, drain_ms, NULL, &operation, &error) != DIMSE_OK) {
        failure_take(error);
        return EXIT_LOST;
    }
    /* A second one ends the drain time: that is what cancelling a stop means. */
    operation_await(operation, 1, &done);
    if (interrupt_count() > 1)
        code = EXIT_INTERRUPTED;
    dimse_op_free(operation);
    dimse_server_counters(server, &totals);
    if (!is_quiet)
        terminal_line(TONE_PLAIN, "stopped; associations: %llu accepted, %llu refused, %llu aborted; requests: %llu",
                      (unsigned long long)totals.accepted_total, (unsigned long long)totals.refused_total,
                      (unsigned long long)totals.aborted_total, (unsigned long long)totals.requests_total);
    if (!is_quiet && totals.instances_total > 0)
        terminal_line(TONE_PLAIN, "instances: %llu stored, %s", (unsigned long long)totals.instances_total,
                      words_bytes(words, totals.bytes_total));
    return code;
}

const struct command command_serve = {"serve", "run a node that answers C-ECHO and takes instances", serve_run};
