#include "rule.h"

#include <string.h>

#include "failure.h"
#include "options.h"

/* Float Pixel Data, the first element of pixel data. */
#define PIXELS 0x7FE00008u

static int take_apart(struct rule *rule, const char *given);
static int is_before_pixels(struct rule *rule, const char *command, const char *option);
static dimse_result set(const struct rule *rule, dimse_dataset *dataset, dimse_error **error);
static int is_pattern_of(const char *pattern, const char *text);

int rule_parse(struct rule *rule, const char *given, const char *command, const char *option)
{
    dimse_dataset *empty = NULL;
    dimse_error *error = NULL;
    dimse_element element;
    dimse_result result;

    if (!take_apart(rule, given)) {
        options_wrong(command, "%s: '%s' is not of the form KEY=TEXT, as PatientName=Doe^John", option, given);
        return 0;
    }
    memset(&element, 0, sizeof element);
    element.struct_size = sizeof element;
    result = dimse_dataset_new(&empty, &error);
    if (result == DIMSE_OK)
        result = dimse_dataset_element(empty, rule->key, &element, &error);
    dimse_dataset_free(empty);
    if (result < 0) {
        options_wrong(command, "%s %s: %s", option, given, dimse_error_message(error).data);
        dimse_error_free(error);
        return 0;
    }
    return is_before_pixels(rule, command, option);
}

/* A private creator in a path is in quotes, and may have any character. */
static int take_apart(struct rule *rule, const char *given)
{
    size_t at = 0;
    int is_quoted = 0;

    for (; given[at] != '\0' && (is_quoted || given[at] != '='); at++) {
        if (given[at] == '"')
            is_quoted = !is_quoted;
    }
    if (given[at] != '=' || at == 0 || at >= sizeof rule->key)
        return 0;
    memcpy(rule->key, given, at);
    rule->key[at] = '\0';
    rule->text = given + at + 1;
    return 1;
}

/* The tag and VR that an element gets which is made from nothing. 0 where that alone cannot tell them. */
static int made(const char *path, dimse_element *element)
{
    dimse_dataset *dataset = NULL;
    int is_made = 0;

    memset(element, 0, sizeof *element);
    element->struct_size = sizeof *element;
    if (dimse_dataset_new(&dataset, NULL) == DIMSE_OK)
        is_made = dimse_dataset_set_empty(dataset, path, NULL, NULL) == DIMSE_OK &&
                  dimse_dataset_element(dataset, path, element, NULL) == DIMSE_OK;
    dimse_dataset_free(dataset);
    return is_made;
}

static int is_before_pixels(struct rule *rule, const char *command, const char *option)
{
    char outer[RULE_KEY_MOST];
    dimse_element element;

    memcpy(outer, rule->key, sizeof outer);
    outer[strcspn(outer, "[")] = '\0';
    if (made(outer, &element) && element.tag >= PIXELS) {
        options_wrong(command, "%s: %s is no element before the pixels, and others have not come when it is decided",
                      option, rule->key);
        return 0;
    }
    rule->tag = strcmp(outer, rule->key) == 0 ? element.tag : 0;
    if (made(rule->key, &element) && (strcmp(element.vr, "SQ") == 0 || element.vr[0] == 'O')) {
        options_wrong(command, "%s: %s is %s and has no value of text or numbers", option, rule->key,
                      strcmp(element.vr, "SQ") == 0 ? "a sequence" : "of bytes");
        return 0;
    }
    return 1;
}

int rule_fits(const struct rule *rule, const char *command, const char *option)
{
    dimse_dataset *dataset = NULL;
    dimse_error *error = NULL;
    dimse_result result = dimse_dataset_new(&dataset, &error);

    if (result == DIMSE_OK)
        result = set(rule, dataset, &error);
    dimse_dataset_free(dataset);
    if (result == DIMSE_OK)
        return 1;
    options_wrong(command, "%s %s=%s: %s", option, rule->key, rule->text, dimse_error_message(error).data);
    dimse_error_free(error);
    return 0;
}

dimse_result rule_is_like(const struct rule *rule, const dimse_dataset *dataset, int *is_like)
{
    dimse_result result;
    dimse_str value;

    *is_like = 0;
    for (uint32_t index = 0; !*is_like; index++) {
        result = dimse_dataset_string(dataset, rule->key, index, &value, NULL);
        if (result < 0)
            return result;
        if (result == DIMSE_ABSENT) {
            *is_like = index == 0 && is_pattern_of(rule->text, "");
            break;
        }
        *is_like = is_pattern_of(rule->text, value.data);
    }
    return DIMSE_OK;
}

/* Bytes behind the first of a character of UTF-8. */
static size_t width(const char *text)
{
    size_t length = 1;

    while (((unsigned char)text[length] & 0xC0) == 0x80)
        length++;
    return length;
}

/* Goes back to the last * alone: an earlier one could match no more than that one can. */
static int is_pattern_of(const char *pattern, const char *text)
{
    const char *star = NULL, *from = NULL;

    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            from = text;
        } else if (*pattern == '?') {
            pattern++;
            text += width(text);
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            from += width(from);
            text = from;
        } else {
            return 0;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static int has_already(const struct rule *rule, const dimse_dataset *dataset)
{
    dimse_str value;
    dimse_result result = dimse_dataset_string(dataset, rule->key, DIMSE_ALL_VALUES, &value, NULL);
    dimse_element element;

    if (result == DIMSE_OK)
        return strcmp(value.data, rule->text) == 0;
    memset(&element, 0, sizeof element);
    element.struct_size = sizeof element;
    return rule->text[0] == '\0' && dimse_dataset_element(dataset, rule->key, &element, NULL) == DIMSE_OK &&
           element.length == 0;
}

static dimse_result set(const struct rule *rule, dimse_dataset *dataset, dimse_error **error)
{
    if (rule->text[0] == '\0')
        return dimse_dataset_set_empty(dataset, rule->key, NULL, error);
    return dimse_dataset_set_string(dataset, rule->key, DIMSE_ALL_VALUES, rule->text, error);
}

dimse_result rule_apply(const struct rule *rule, dimse_dataset *dataset, int *is_changed, dimse_error **error)
{
    dimse_result result;

    *is_changed = 0;
    if (has_already(rule, dataset))
        return DIMSE_OK;
    result = set(rule, dataset, NULL);
    /* All text that is there is kept. */
    if (result == DIMSE_ERR_INVALID_ARGUMENT &&
        dimse_dataset_set_string(dataset, "SpecificCharacterSet", DIMSE_ALL_VALUES, "ISO_IR 192", NULL) == DIMSE_OK)
        result = set(rule, dataset, error);
    else if (result < 0)
        result = set(rule, dataset, error);
    *is_changed = result == DIMSE_OK;
    return result;
}
