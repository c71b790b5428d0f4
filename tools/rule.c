#include "rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static int take(struct rules *rules, const char *given, const struct rule_option *option);
static const struct rule *settle(struct rules *rules);
static int can_be_set(const char *key, const char *text, const struct rule_option *option,
                      dimse_store_options *options);
static int has_text(const struct rule *rule, const struct rule_option *option);
static int makes(const char *key, const char *other, dimse_element *element);
static int is_identity(const char *key);
static int is_there(const dimse_dataset *dataset, const char *key, dimse_element *element);
static int is_empty(const dimse_element *element);
static int is_pattern_of(const char *pattern, const char *text);

int rules_to_set(struct rules *rules, const struct texts *given, const struct rule_option *option,
                 dimse_store_options *options)
{
    for (size_t i = 0; i < given->count; i++) {
        const struct rule *rule;

        if (!take(rules, given->items[i], option))
            return 0;
        rule = settle(rules);
        if (!has_text(rule, option) || !can_be_set(rule->key, rule->text, option, options))
            return 0;
    }
    return 1;
}

int rules_to_match(struct rules *rules, const struct texts *given, const struct rule_option *option,
                   dimse_store_options *options)
{
    for (size_t i = 0; i < given->count; i++) {
        /* What can be without a value can be asked about, and the two UIDs that an instance is known by. */
        if (!take(rules, given->items[i], option) ||
            (!is_identity(rules->items[i].key) && !can_be_set(rules->items[i].key, "", option, options)) ||
            !has_text(&rules->items[i], option))
            return 0;
    }
    return 1;
}

void rules_free(struct rules *rules)
{
    while (rules->count > 0)
        free(rules->items[--rules->count].key);
    free(rules->items);
    rules->items = NULL;
}

int rule_sets(const struct rule *rule, uint32_t tag)
{
    char key[16];
    dimse_element element;

    snprintf(key, sizeof key, "%08lX", (unsigned long)tag);
    return makes(rule->key, key, &element);
}

/* The first part of a path: what is in the data set itself. */
static char *first_part(const char *key)
{
    size_t length = 0;
    int is_quoted = 0;
    char *part;

    for (; key[length] != '\0' && (is_quoted || (key[length] != '[' && key[length] != '.')); length++)
        is_quoted ^= key[length] == '"';
    part = memory_grown(NULL, length + 1);
    memcpy(part, key, length);
    part[length] = '\0';
    return part;
}

uint32_t rule_last_tag(const struct rule *rule)
{
    char *key = first_part(rule->key);
    dimse_dataset *dataset = NULL;
    dimse_element element = {.struct_size = sizeof element};
    uint32_t tag = 0, count = 0;

    if (dimse_dataset_new(&dataset, NULL) == DIMSE_OK && dimse_dataset_set_empty(dataset, key, NULL, NULL) == DIMSE_OK) {
        for (; dimse_dataset_next(dataset, tag, &element, NULL) == DIMSE_OK; count++)
            tag = element.tag;
    }
    dimse_dataset_free(dataset);
    free(key);
    /* Behind a private creator it may be in any block of its group; and of what is not known it is the end. */
    return count == 1 ? tag : count == 0 ? UINT32_MAX : tag | 0xFFFFu;
}

/* Puts a rule behind the others. */
static int take(struct rules *rules, const char *given, const struct rule_option *option)
{
    struct rule *rule;
    size_t at = 0;
    int is_quoted = 0;

    for (; given[at] != '\0' && (is_quoted || given[at] != '='); at++)
        is_quoted ^= given[at] == '"';
    if (given[at] != '=' || at == 0) {
        options_wrong(option->command, "%s wants %s, such as PatientID=4711, not '%s'", option->name, option->form,
                      given);
        return 0;
    }
    rules->items = memory_grown(rules->items, (rules->count + 1) * sizeof *rules->items);
    rule = &rules->items[rules->count];
    rule->key = memory_grown(NULL, at + 1);
    memcpy(rule->key, given, at);
    rule->key[at] = '\0';
    rule->text = given + at + 1;
    rules->count++;
    return 1;
}

/* Of an element there may be several names. */
static int is_same(const struct rule *one, const struct rule *other)
{
    dimse_element element;

    return strcmp(one->key, other->key) == 0 ||
           (makes(one->key, other->key, &element) && makes(other->key, one->key, &element));
}

/* Where the last rule is about an element that another one is about, that one gets its text, as in the library. */
static const struct rule *settle(struct rules *rules)
{
    struct rule *last = &rules->items[rules->count - 1], *rule = rules->items;

    while (rule != last && !is_same(rule, last))
        rule++;
    if (rule != last) {
        rule->text = last->text;
        free(last->key);
        rules->count--;
    }
    return rule;
}

static int can_be_set(const char *key, const char *text, const struct rule_option *option,
                      dimse_store_options *options)
{
    dimse_error *error = NULL;

    if (dimse_store_options_set_element(options, key, text, &error) == DIMSE_OK)
        return 1;
    options_wrong(option->command, "%s: %s", option->name, dimse_error_message(error).data);
    dimse_error_free(error);
    return 0;
}

/* Of what is in the second item, or behind a private creator, each instance says it. */
static int has_text(const struct rule *rule, const struct rule_option *option)
{
    dimse_element element;

    if (rule->text[0] == '\0' || !makes(rule->key, rule->key, &element) ||
        (strcmp(element.vr, "SQ") != 0 && element.vr[0] != 'O'))
        return 1;
    options_wrong(option->command, "%s: %s is %s and has no value of text or numbers", option->name, rule->key,
                  strcmp(element.vr, "SQ") == 0 ? "a sequence" : "of bytes");
    return 0;
}

/* Whether a data set with nothing but the element `key`, and what that is in, has the element `other`. */
static int makes(const char *key, const char *other, dimse_element *element)
{
    dimse_dataset *dataset = NULL;
    int is_made = dimse_dataset_new(&dataset, NULL) == DIMSE_OK &&
                  dimse_dataset_set_empty(dataset, key, NULL, NULL) == DIMSE_OK && is_there(dataset, other, element);

    dimse_dataset_free(dataset);
    return is_made;
}

static int is_identity(const char *key)
{
    dimse_element element;

    return makes(key, "SOPClassUID", &element) || makes(key, "SOPInstanceUID", &element);
}

static int is_there(const dimse_dataset *dataset, const char *key, dimse_element *element)
{
    memset(element, 0, sizeof *element);
    element->struct_size = sizeof *element;
    return dimse_dataset_element(dataset, key, element, NULL) == DIMSE_OK;
}

static int is_empty(const dimse_element *element)
{
    return element->length == 0 && element->items == 0 && element->fragments == 0;
}

dimse_result rule_is_like(const struct rule *rule, const dimse_dataset *dataset, int *is_like)
{
    dimse_element element;
    dimse_result result;
    dimse_str value;

    *is_like = 0;
    if (rule->text[0] == '\0') {
        *is_like = !is_there(dataset, rule->key, &element) || is_empty(&element);
        /* A sequence has no text, and blanks are no value. */
        if (*is_like || element.items > 0)
            return DIMSE_OK;
        /* Of several values one may be empty: there is a value all the same. */
        result = dimse_dataset_string(dataset, rule->key, DIMSE_ALL_VALUES, &value, NULL);
        *is_like = result == DIMSE_OK && value.len == 0;
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

static dimse_result set(const struct rule *rule, dimse_dataset *dataset, dimse_error **error)
{
    if (rule->text[0] == '\0')
        return dimse_dataset_set_empty(dataset, rule->key, NULL, error);
    return dimse_dataset_set_string(dataset, rule->key, DIMSE_ALL_VALUES, rule->text, error);
}

dimse_result rule_apply(const struct rule *rule, dimse_dataset *dataset, dimse_error **error)
{
    dimse_result result = set(rule, dataset, NULL);

    if (result == DIMSE_OK)
        return result;
    /* All text in front of the pixels is kept, in that character set. */
    if (result == DIMSE_ERR_INVALID_ARGUMENT)
        dimse_dataset_set_string(dataset, "SpecificCharacterSet", DIMSE_ALL_VALUES, "ISO_IR 192", NULL);
    return set(rule, dataset, error);
}

int rule_has_changed(const struct rule *rule, const dimse_dataset *before, const dimse_dataset *after)
{
    dimse_element one, other;
    dimse_str text, new_text;

    if (!is_there(before, rule->key, &one) || !is_there(after, rule->key, &other))
        return 1;
    if (is_empty(&one) || is_empty(&other))
        return !is_empty(&one) || !is_empty(&other);
    return dimse_dataset_string(before, rule->key, DIMSE_ALL_VALUES, &text, NULL) != DIMSE_OK ||
           dimse_dataset_string(after, rule->key, DIMSE_ALL_VALUES, &new_text, NULL) != DIMSE_OK ||
           strcmp(text.data, new_text.data) != 0;
}
