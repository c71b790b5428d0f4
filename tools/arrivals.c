#include "arrivals.h"

#include <stdio.h>
#include <string.h>

#include "terminal.h"

/* PS3.4 table B.2-1. */
enum { DOES_NOT_MATCH = 0xA900, CANNOT_UNDERSTAND = 0xC000 };

static int names_the_instance(const struct rule *rule);
static int is_refused(struct arrivals *arrivals, dimse_request *request, const dimse_dataset *header);
static void take(struct arrivals *arrivals, dimse_request *request, const dimse_dataset *header);
static void refuse(const struct arrivals *arrivals, dimse_request *request, uint32_t status, const char *why);
static void remember(struct arrivals *arrivals, uint64_t association, uint64_t changed);

int arrivals_init(struct arrivals *arrivals, const struct texts *refuse, const struct texts *coerce, int is_quiet,
                  const char *command)
{
    memset(arrivals, 0, sizeof *arrivals);
    pthread_mutex_init(&arrivals->lock, NULL);
    arrivals->is_quiet = is_quiet;
    for (; arrivals->refuse_count < refuse->count; arrivals->refuse_count++) {
        if (!rule_parse(&arrivals->refuse[arrivals->refuse_count], refuse->items[arrivals->refuse_count], command,
                        "--refuse"))
            return 0;
    }
    for (; arrivals->coerce_count < coerce->count; arrivals->coerce_count++) {
        struct rule *rule = &arrivals->coerce[arrivals->coerce_count];

        if (!rule_parse(rule, coerce->items[arrivals->coerce_count], command, "--coerce") ||
            !rule_fits(rule, command, "--coerce"))
            return 0;
        if (names_the_instance(rule)) {
            options_wrong(command, "--coerce: %s says which instance it is, and stays as the peer named it", rule->key);
            return 0;
        }
    }
    return 1;
}

int arrivals_has_rules(const struct arrivals *arrivals)
{
    return arrivals->refuse_count > 0 || arrivals->coerce_count > 0;
}

/* SOP Class UID and SOP Instance UID are in the request too. */
static int names_the_instance(const struct rule *rule)
{
    return rule->tag == 0x00080016u || rule->tag == 0x00080018u;
}

void arrivals_decide(dimse_request *request, void *user_data)
{
    struct arrivals *arrivals = user_data;
    dimse_dataset *header = NULL;

    if (dimse_request_header(request, &header, NULL) != DIMSE_OK)
        refuse(arrivals, request, CANNOT_UNDERSTAND, "its elements cannot be read");
    else if (!is_refused(arrivals, request, header))
        take(arrivals, request, header);
    dimse_dataset_free(header);
    dimse_request_free(request);
}

static int is_refused(struct arrivals *arrivals, dimse_request *request, const dimse_dataset *header)
{
    char why[RULE_KEY_MOST + 256];

    for (size_t i = 0; i < arrivals->refuse_count; i++) {
        const struct rule *rule = &arrivals->refuse[i];
        int is_like;

        /* Who has a rule about it does not want what it cannot be told of. */
        if (rule_is_like(rule, header, &is_like) != DIMSE_OK) {
            snprintf(why, sizeof why, "%s cannot be read", rule->key);
            refuse(arrivals, request, CANNOT_UNDERSTAND, why);
            return 1;
        }
        if (is_like) {
            if (rule->text[0] == '\0')
                snprintf(why, sizeof why, "%s has no value", rule->key);
            else
                snprintf(why, sizeof why, "%s is like '%s'", rule->key, rule->text);
            refuse(arrivals, request, DOES_NOT_MATCH, why);
            return 1;
        }
    }
    return 0;
}

/* Applies every rule to a copy; the bits of those that changed it, in *changed. */
static dimse_result changed_copy(const struct arrivals *arrivals, const dimse_dataset *header, dimse_dataset **copy,
                                 uint64_t *changed, const char **key, dimse_error **error)
{
    dimse_result result = dimse_dataset_copy(header, copy, error);

    *changed = 0;
    *key = "";
    for (size_t i = 0; result == DIMSE_OK && i < arrivals->coerce_count; i++) {
        int is_changed;

        *key = arrivals->coerce[i].key;
        result = rule_apply(&arrivals->coerce[i], *copy, &is_changed, error);
        if (result == DIMSE_OK && is_changed)
            *changed |= (uint64_t)1 << i;
    }
    return result;
}

static uint64_t association_of(dimse_request *request)
{
    dimse_message message;

    memset(&message, 0, sizeof message);
    message.struct_size = sizeof message;
    dimse_request_message(request, &message);
    return message.association;
}

static void take(struct arrivals *arrivals, dimse_request *request, const dimse_dataset *header)
{
    uint64_t association = association_of(request), changed = 0;
    char why[RULE_KEY_MOST + 64];
    dimse_dataset *copy = NULL;
    dimse_error *error = NULL;
    const char *key;
    dimse_result result = changed_copy(arrivals, header, &copy, &changed, &key, &error);

    if (result != DIMSE_OK) {
        snprintf(why, sizeof why, "%s cannot be set", key);
    } else {
        /* Before it is let in: all of it may have come before that call returns. */
        remember(arrivals, association, changed);
        result = dimse_request_accept(request, changed != 0 ? copy : NULL, &error);
        snprintf(why, sizeof why, "it cannot be changed as it comes");
    }
    if (result < 0) {
        remember(arrivals, association, 0);
        terminal_error("%s", dimse_error_message(error).data);
        refuse(arrivals, request, CANNOT_UNDERSTAND, why);
        dimse_error_free(error);
    }
    dimse_dataset_free(copy);
}

static void refuse(const struct arrivals *arrivals, dimse_request *request, uint32_t status, const char *why)
{
    dimse_message message;

    memset(&message, 0, sizeof message);
    message.struct_size = sizeof message;
    dimse_request_message(request, &message);
    dimse_result result = dimse_request_respond(request, status, why, NULL);
    /* A comment that cannot be sent, cut in a character say, is not worth another status. */
    if (result < 0)
        result = dimse_request_respond(request, status, NULL, NULL);
    if (result == DIMSE_OK && !arrivals->is_quiet)
        terminal_line(TONE_WARNING, "refused %s from %s, %04lX: %s", message.sop_instance.data, message.calling.data,
                      (unsigned long)status, why);
}

/* Where the association stands among those that are open, from the last one on; `open_count` where it does not. */
static size_t place_of(const struct arrivals *arrivals, uint64_t association)
{
    for (size_t i = arrivals->open_count; i > 0; i--) {
        if (arrivals->open[i - 1].association == association)
            return i - 1;
    }
    return arrivals->open_count;
}

static uint64_t forget(struct arrivals *arrivals, size_t place)
{
    uint64_t changed = arrivals->open[place].changed;

    arrivals->open_count--;
    memmove(&arrivals->open[place], &arrivals->open[place + 1],
            (arrivals->open_count - place) * sizeof arrivals->open[0]);
    return changed;
}

/*
 * An association has one at a time. Nobody is told when one breaks off: the oldest go when there are too many.
 */
static void remember(struct arrivals *arrivals, uint64_t association, uint64_t changed)
{
    size_t place;

    pthread_mutex_lock(&arrivals->lock);
    place = place_of(arrivals, association);
    if (place < arrivals->open_count)
        forget(arrivals, place);
    if (changed != 0) {
        if (arrivals->open_count == ARRIVALS_OPEN_MOST)
            forget(arrivals, 0);
        arrivals->open[arrivals->open_count].association = association;
        arrivals->open[arrivals->open_count++].changed = changed;
    }
    pthread_mutex_unlock(&arrivals->lock);
}

void arrivals_changed(struct arrivals *arrivals, uint64_t association, char *out, size_t size)
{
    uint64_t changed = 0;
    size_t place, used = 0;

    pthread_mutex_lock(&arrivals->lock);
    place = place_of(arrivals, association);
    if (place < arrivals->open_count)
        changed = forget(arrivals, place);
    pthread_mutex_unlock(&arrivals->lock);
    out[0] = '\0';
    for (size_t i = 0; i < arrivals->coerce_count && used < size; i++) {
        if ((changed >> i & 1) != 0)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used == 0 ? ", coerced: " : ", ",
                                     arrivals->coerce[i].key);
    }
}
