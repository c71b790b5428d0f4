#include "rule.h"

#include <stdlib.h>
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

/* Where the number of an item begins, or the end; a creator may have any character in its quotes. */
static size_t item_at(const char *key)
{
    int is_quoted = 0;
    size_t at;

    for (at = 0; key[at] != '\0' && (is_quoted || key[at] != '['); at++)
        is_quoted ^= key[at] == '"';
    return at;
}

/* A tag of an odd group. */
static int is_private(const char *key)
{
    unsigned long group = strtoul(key[0] == '(' ? key + 1 : key, NULL, 16);

    if (strlen(key) == 8 && strspn(key, "0123456789abcdefABCDEF") == 8)
        group >>= 16;
    return group % 2 == 1 && strspn(key, "(0123456789abcdefABCDEF,)") == strlen(key);
}

static int is_before_pixels(struct rule *rule, const char *command, const char *option)
{
    char outer[RULE_KEY_MOST];
    dimse_element element;
    int is_made;

    memcpy(outer, rule->key, sizeof outer);
    outer[item_at(outer)] = '\0';
    is_made = made(outer, &element);
    /* A private one has a VR only where it is. */
    if (!is_made && strchr(outer, '"') == NULL && strcmp(outer, rule->key) == 0 && !is_private(outer)) {
        options_wrong(command, "%s: %s is no element of a data set", option, rule->key);
        return 0;
    }
    if (is_made && element.tag >= PIXELS) {
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
    if (rule->text[0] == '\0') {
        /* Of several values one may be empty: there is a value all the same. */
        result = dimse_dataset_string(dataset, rule->key, DIMSE_ALL_VALUES, &value, NULL);
        *is_like = result == DIMSE_ABSENT || (result == DIMSE_OK && value.len == 0);
        return result < 0 ? result : DIMSE_OK;
    }
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

/* A copy of all values; NULL where there is no such text. */
static char *text_of(const struct rule *rule, const dimse_dataset *dataset)
{
    dimse_str value;
    char *copy;

    if (dimse_dataset_string(dataset, rule->key, DIMSE_ALL_VALUES, &value, NULL) != DIMSE_OK)
        return NULL;
    copy = malloc(value.len + 1);
    if (copy != NULL)
        memcpy(copy, value.data, value.len + 1);
    return copy;
}

static dimse_result set(const struct rule *rule, dimse_dataset *dataset, dimse_error **error)
{
    if (rule->text[0] == '\0')
        return dimse_dataset_set_empty(dataset, rule->key, NULL, error);
    return dimse_dataset_set_string(dataset, rule->key, DIMSE_ALL_VALUES, rule->text, error);
}

dimse_result rule_apply(const struct rule *rule, dimse_dataset *dataset, int *is_changed, dimse_error **error)
{
    char *before = text_of(rule, dataset), *after;
    dimse_result result;

    *is_changed = 0;
    if (has_already(rule, dataset)) {
        free(before);
        return DIMSE_OK;
    }
    result = set(rule, dataset, NULL);
    /* All text in front of the pixels is kept, in that character set. */
    if (result == DIMSE_ERR_INVALID_ARGUMENT &&
        dimse_dataset_set_string(dataset, "SpecificCharacterSet", DIMSE_ALL_VALUES, "ISO_IR 192", NULL) == DIMSE_OK)
        result = set(rule, dataset, error);
    else if (result < 0)
        result = set(rule, dataset, error);
    /* What is written otherwise may be the same: 0512 as a number, a blank behind text. */
    after = text_of(rule, dataset);
    *is_changed = result == DIMSE_OK && (before == NULL || after == NULL || strcmp(before, after) != 0);
    free(before);
    free(after);
    return result;
}
