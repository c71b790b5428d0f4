#include "arrivals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "memory.h"
#include "terminal.h"

/* PS3.4 table B.2-1. */
enum { DOES_NOT_MATCH = 0xA900, CANNOT_UNDERSTAND = 0xC000 };

/* For words about a refusal, of which the peer gets the first 64 characters. */
enum { WHY_SIZE = 512 };

static int are_settable(const struct rules *coerce, const char *command);
static int is_out_of_reach(const struct arrivals *arrivals, dimse_request *request);
static int is_refused(const struct arrivals *arrivals, dimse_request *request, const dimse_dataset *header);
static void take(const struct arrivals *arrivals, dimse_request *request, const dimse_dataset *header);
static void refuse(const struct arrivals *arrivals, dimse_request *request, uint32_t status, const char *why);

int arrivals_init(struct arrivals *arrivals, const struct texts *refuse, const struct texts *coerce, int is_quiet,
                  const char *command)
{
    const struct rule_option of_refuse = {command, "--refuse", "KEY=PATTERN"};
    const struct rule_option of_coerce = {command, "--coerce", "KEY=VALUE"};
    /* Nothing is stored with them: what they take is what `dimse store --set` takes. */
    dimse_store_options *options = NULL;
    dimse_error *error = NULL;
    int is_good = 0;

    arrivals->is_quiet = is_quiet;
    if (dimse_store_options_new(&options, &error) != DIMSE_OK)
        failure_take(error);
    else
        is_good = rules_to_match(&arrivals->refuse, refuse, &of_refuse, options) &&
                  rules_to_set(&arrivals->coerce, coerce, &of_coerce, options) &&
                  are_settable(&arrivals->coerce, command);
    dimse_store_options_free(options);
    return is_good;
}

int arrivals_has_rules(const struct arrivals *arrivals)
{
    return arrivals->refuse.count > 0 || arrivals->coerce.count > 0;
}

/* SOP Class UID and SOP Instance UID are in the request too. */
static int are_settable(const struct rules *coerce, const char *command)
{
    for (size_t i = 0; i < coerce->count; i++) {
        const struct rule *rule = &coerce->items[i];

        if (rule_sets(rule, 0x00080016u) || rule_sets(rule, 0x00080018u)) {
            options_wrong(command, "--coerce: %s says which instance it is, and stays as the peer named it", rule->key);
            return 0;
        }
    }
    return 1;
}

void arrivals_decide(dimse_request *request, void *user_data)
{
    const struct arrivals *arrivals = user_data;
    dimse_dataset *header = NULL;
    dimse_error *error = NULL;

    if (dimse_request_header(request, &header, &error) != DIMSE_OK)
        refuse(arrivals, request, CANNOT_UNDERSTAND, dimse_error_message(error).data);
    else if (!is_out_of_reach(arrivals, request) && !is_refused(arrivals, request, header))
        take(arrivals, request, header);
    dimse_error_free(error);
    dimse_dataset_free(header);
    dimse_request_free(request);
}

const char *arrivals_changed(const dimse_request *request)
{
    return dimse_request_user_data(request);
}

/* The key of a rule about an element that may come behind `next_tag`; NULL where there is none. */
static const char *key_behind(const struct rules *rules, uint32_t next_tag)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (rule_last_tag(&rules->items[i]) >= next_tag)
            return rules->items[i].key;
    }
    return NULL;
}

/* Whether there is more in front of the pixels than was looked at, and from where on. */
static int is_cut_off(dimse_request *request, uint32_t *next_tag)
{
    uint32_t end;

    return dimse_request_header_end(request, &end, next_tag, NULL) == DIMSE_OK && end == DIMSE_HEADER_MAX_BYTES;
}

/* What was not reached is not absent: a rule about it can be neither kept nor broken. */
static int is_out_of_reach(const struct arrivals *arrivals, dimse_request *request)
{
    char why[WHY_SIZE];
    const char *key;
    uint32_t next_tag;

    if (!is_cut_off(request, &next_tag))
        return 0;
    key = key_behind(&arrivals->refuse, next_tag);
    if (key == NULL)
        key = key_behind(&arrivals->coerce, next_tag);
    if (key == NULL)
        return 0;
    snprintf(why, sizeof why, "%s comes behind more than --front looks at", key);
    refuse(arrivals, request, CANNOT_UNDERSTAND, why);
    return 1;
}

static int is_refused(const struct arrivals *arrivals, dimse_request *request, const dimse_dataset *header)
{
    char why[WHY_SIZE];

    for (size_t i = 0; i < arrivals->refuse.count; i++) {
        const struct rule *rule = &arrivals->refuse.items[i];
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

/* The key of the rule that cannot be applied to `copy`, NULL where all are. */
static const char *apply(const struct rules *rules, dimse_dataset *copy, dimse_error **error)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (rule_apply(&rules->items[i], copy, error) != DIMSE_OK)
            return rules->items[i].key;
    }
    return NULL;
}

/* The keys of the rules that have changed something: "PatientID, ...", to be freed; NULL where none has. */
static char *changed_keys(const struct rules *rules, const dimse_dataset *before, const dimse_dataset *after)
{
    char *keys = NULL;
    size_t length = 0;

    for (size_t i = 0; i < rules->count; i++) {
        const char *key = rules->items[i].key, *comma = keys != NULL ? ", " : "";

        if (rule_has_changed(&rules->items[i], before, after)) {
            size_t room = strlen(comma) + strlen(key) + 1;

            keys = memory_grown(keys, length + room);
            length += (size_t)snprintf(keys + length, room, "%s%s", comma, key);
        }
    }
    return keys;
}

/* What was changed goes along with the instance, for the answer to its request. */
static dimse_result let_in(dimse_request *request, const dimse_dataset *copy, char *changed, dimse_error **error)
{
    dimse_result result;

    if (changed == NULL)
        return dimse_request_accept(request, NULL, error);
    result = dimse_request_set_user_data(request, changed, free, error);
    return result == DIMSE_OK ? dimse_request_accept(request, copy, error) : result;
}

static void take(const struct arrivals *arrivals, dimse_request *request, const dimse_dataset *header)
{
    dimse_dataset *copy = NULL;
    dimse_error *error = NULL;
    const char *key = NULL;
    char why[WHY_SIZE] = "it cannot be changed as it comes";
    uint32_t next_tag;
    dimse_result result = dimse_dataset_copy(header, &copy, &error);

    if (result == DIMSE_OK)
        key = apply(&arrivals->coerce, copy, &error);
    if (key != NULL) {
        snprintf(why, sizeof why, "%s cannot be set", key);
        result = dimse_error_result(error);
    } else if (result == DIMSE_OK) {
        result = let_in(request, copy, changed_keys(&arrivals->coerce, header, copy), &error);
    }
    if (result < 0) {
        /* Only with the text behind it, which would need the other character set too. */
        if (key == NULL && is_cut_off(request, &next_tag))
            snprintf(why, sizeof why, "more is to be changed than --front looks at");
        else
            terminal_error("%s", dimse_error_message(error).data);
        refuse(arrivals, request, CANNOT_UNDERSTAND, why);
        dimse_error_free(error);
    }
    dimse_dataset_free(copy);
}

static void refuse(const struct arrivals *arrivals, dimse_request *request, uint32_t status, const char *why)
{
    dimse_message message = {.struct_size = sizeof message};
    dimse_result result;

    dimse_request_message(request, &message);
    result = dimse_request_respond(request, status, why, NULL);
    /* A comment that cannot be sent, cut in a character say, is not worth another status. */
    if (result < 0)
        result = dimse_request_respond(request, status, NULL, NULL);
    if (result == DIMSE_OK && !arrivals->is_quiet)
        terminal_line(TONE_WARNING, "refused %s from %s, %04lX: %s", message.sop_instance.data, message.calling.data,
                      (unsigned long)status, why);
}
