#include "listing.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "terminal.h"
#include "value_text.h"
#include "words.h"

enum {
    PATH_MOST = 64,
    VALUE_COLUMNS = 30, /* the comments of short values stand below each other */
    VALUE_LEAST = 12,   /* and so many are left of the others on a narrow terminal */
    DEEPEST = 32        /* indented no further */
};

/* One data set, or one item, on its way to the terminal. */
struct level {
    const dimse_dataset *dataset;
    size_t depth, most;
    uint32_t left_out; /* a tag that is in the copy of an item and not in the item; 0: none */
};

static void print_level(const struct level *level, struct value_text *value);
static void print_element(const struct level *level, const dimse_element *element, struct value_text *value);
static void print_items(const struct level *level, const dimse_element *element, struct value_text *value);
static void print_fragments(const struct level *level, const dimse_element *element, struct value_text *value);
static void name_of(const struct level *level, const dimse_element *element, struct value_text *name);

void listing_print(const dimse_dataset *dataset, size_t most)
{
    const struct level level = {dataset, 0, most, 0};
    struct value_text value;

    memset(&value, 0, sizeof value);
    print_level(&level, &value);
    value_text_free(&value);
}

static int next(const struct level *level, uint32_t behind, dimse_element *element)
{
    memset(element, 0, sizeof *element);
    element->struct_size = sizeof *element;
    return dimse_dataset_next(level->dataset, behind, element, NULL) == DIMSE_OK;
}

static void print_level(const struct level *level, struct value_text *value)
{
    dimse_element element;

    for (uint32_t tag = 0; next(level, tag, &element); tag = element.tag) {
        if (element.tag != level->left_out)
            print_element(level, &element, value);
    }
}

static void path_of(char out[PATH_MOST], uint32_t tag)
{
    snprintf(out, PATH_MOST, "%08lX", (unsigned long)tag);
}

static int indent_of(const struct level *level)
{
    return 2 * (int)(level->depth < DEEPEST ? level->depth : DEEPEST);
}

/* The columns for a value beside the rest of its line: on a terminal no line is to be wider than that. */
static size_t room_for(const struct level *level, const char *comment, size_t before)
{
    size_t width = terminal_width(), rest = before + (size_t)indent_of(level) + 1 + strlen(comment);

    if (width == 0 || level->most == SIZE_MAX)
        return level->most;
    if (width < rest + VALUE_LEAST)
        return VALUE_LEAST;
    return width - rest < level->most ? width - rest : level->most;
}

/* "(0010,0010) PN [Doe^John]              #   8, 1 PatientName". */
static void print_line(const struct level *level, uint32_t tag, const char *vr, const struct value_text *value,
                       const char *comment)
{
    size_t column = value->columns < VALUE_COLUMNS ? VALUE_COLUMNS - value->columns : 0;
    size_t width = terminal_width(), used = 15 + (size_t)indent_of(level) + value->columns + strlen(comment) + 1;

    /* Deep in items the comments come nearer, before lines get too long. */
    if (width > 0 && used + column > width)
        column = used < width ? width - used : 0;
    printf("%*s(%04lx,%04lx) %s %s%*s ", indent_of(level), "", (unsigned long)(tag >> 16),
           (unsigned long)(tag & 0xFFFF), vr, value->text, (int)column, "");
    terminal_tone(stdout, TONE_FAINT);
    fputs(comment, stdout);
    terminal_tone(stdout, TONE_PLAIN);
    putchar('\n');
}

/* What stands where there is no value: never cut. */
static void print_words(struct value_text *value, const char *format, ...) LIKE_PRINTF(2, 3);

static void print_words(struct value_text *value, const char *format, ...)
{
    char words[WORDS_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    value_text_begin(value, SIZE_MAX);
    value_text_print(value, "(%s)", words);
}

static uint64_t little(const uint8_t *bytes, size_t size)
{
    uint64_t number = 0;

    while (size-- > 0)
        number = number << 8 | bytes[size];
    return number;
}

/* The bytes of one value of a VR of bytes (PS3.5 table 6.2-1). */
static size_t word_size(const char *vr)
{
    if (strcmp(vr, "OW") == 0)
        return 2;
    if (strcmp(vr, "OL") == 0 || strcmp(vr, "OF") == 0)
        return 4;
    return strcmp(vr, "OV") == 0 || strcmp(vr, "OD") == 0 ? 8 : 1;
}

static void add_words(struct value_text *value, const char *vr, const uint8_t *bytes, size_t length)
{
    size_t size = word_size(vr);

    for (size_t at = 0; at + size <= length && !value->is_cut; at += size) {
        uint64_t bits = little(bytes + at, size);
        uint32_t half = (uint32_t)bits;
        float single;
        double number;

        if (at > 0)
            value_text_print(value, "\\");
        if (strcmp(vr, "OF") == 0) {
            memcpy(&single, &half, sizeof single);
            value_text_print(value, "%.9g", (double)single);
        } else if (strcmp(vr, "OD") == 0) {
            memcpy(&number, &bits, sizeof number);
            value_text_print(value, "%.17g", number);
        } else {
            value_text_print(value, "%0*llx", (int)(2 * size), (unsigned long long)bits);
        }
    }
}

static int is_of_bytes(const char *vr)
{
    return vr[0] == 'O' || strcmp(vr, "UN") == 0;
}

static int is_number(const char *vr)
{
    return strstr("AT FD FL SL SS SV UL US UV", vr) != NULL;
}

/* Where it has one, the text; what is none in its character set byte by byte. */
static void value_of(const struct level *level, const dimse_element *element, struct value_text *value)
{
    char path[PATH_MOST];
    dimse_bytes bytes;
    dimse_str text;

    path_of(path, element->tag);
    if (element->length == 0) {
        print_words(value, "no value available");
    } else if (is_of_bytes(element->vr)) {
        if (dimse_dataset_bytes(level->dataset, path, &bytes, NULL) == DIMSE_OK)
            add_words(value, element->vr, bytes.data, bytes.len);
    } else if (dimse_dataset_string(level->dataset, path, DIMSE_ALL_VALUES, &text, NULL) == DIMSE_OK) {
        if (!is_number(element->vr))
            value_text_print(value, "[");
        value_text_add(value, text.data, text.len);
        if (!is_number(element->vr))
            value_text_print(value, "]");
    } else if (dimse_dataset_bytes(level->dataset, path, &bytes, NULL) == DIMSE_OK) {
        value_text_print(value, "[");
        value_text_add_bytes(value, bytes.data, bytes.len);
        value_text_print(value, "]");
    }
}

/* How many values there are, "?" where the bytes do not say. */
static void count_of(const struct level *level, const dimse_element *element, char out[16])
{
    char path[PATH_MOST];
    uint32_t count = 0;

    path_of(path, element->tag);
    if (is_of_bytes(element->vr) || element->items > 0)
        count = element->length > 0 || element->items > 0 || element->fragments > 0;
    else if (dimse_dataset_count(level->dataset, path, &count, NULL) != DIMSE_OK) {
        snprintf(out, 16, "?");
        return;
    }
    snprintf(out, 16, "%lu", (unsigned long)count);
}

/* "#  26, 1 SOPClassUID = CT Image Storage": bytes, values, and what the standard calls it. */
static void comment_of(const struct level *level, const dimse_element *element, struct value_text *comment)
{
    char path[PATH_MOST], count[16], length[24];
    dimse_str uid;

    path_of(path, element->tag);
    count_of(level, element, count);
    value_text_begin(comment, SIZE_MAX);
    /* What items and fragments take is not known of the whole. */
    snprintf(length, sizeof length, "%llu", (unsigned long long)element->length);
    value_text_print(comment, "# %3s,%2s ", element->items > 0 || element->fragments > 0 ? "-" : length, count);
    name_of(level, element, comment);
    if (strcmp(element->vr, "UI") == 0 && strcmp(count, "1") == 0 &&
        dimse_dataset_string(level->dataset, path, 0, &uid, NULL) == DIMSE_OK && dimse_uid_name(uid.data)[0] != '\0')
        value_text_print(comment, " = %s", dimse_uid_name(uid.data));
}

static void print_element(const struct level *level, const dimse_element *element, struct value_text *value)
{
    struct value_text comment;
    char words[WORDS_SIZE];

    memset(&comment, 0, sizeof comment);
    comment_of(level, element, &comment);
    value_text_begin(value, room_for(level, comment.text, 15));
    if (strcmp(element->vr, "SQ") == 0)
        print_words(value, "sequence, %s", words_count(words, element->items, "item"));
    else if (element->fragments > 0)
        print_words(value, "encapsulated, %s", words_count(words, element->fragments, "fragment"));
    else
        value_of(level, element, value);
    print_line(level, element->tag, element->vr, value, comment.text);
    value_text_free(&comment);
    print_items(level, element, value);
    print_fragments(level, element, value);
}

/* An item that has no character set of its own gets one with its copy, which is not to be shown. */
static uint32_t left_out_of(const dimse_dataset *dataset, const char *item)
{
    dimse_element element = {.struct_size = sizeof element};
    char path[PATH_MOST + 16];

    snprintf(path, sizeof path, "%s.00080005", item);
    return dimse_dataset_element(dataset, path, &element, NULL) == DIMSE_OK ? 0 : 0x00080005u;
}

static void print_items(const struct level *level, const dimse_element *element, struct value_text *value)
{
    for (uint32_t index = 0; index < element->items; index++) {
        struct level item = {NULL, level->depth + 2, level->most, 0};
        const struct level head = {NULL, level->depth + 1, level->most, 0};
        char path[PATH_MOST];
        dimse_dataset *copy = NULL;

        snprintf(path, sizeof path, "%08lX[%lu]", (unsigned long)element->tag, (unsigned long)index);
        if (dimse_dataset_item(level->dataset, path, &copy, NULL) != DIMSE_OK)
            return;
        item.dataset = copy;
        item.left_out = left_out_of(level->dataset, path);
        print_words(value, "item [%lu]", (unsigned long)index);
        print_line(&head, 0xFFFEE000u, "na", value, "#       Item");
        print_level(&item, value);
        dimse_dataset_free(copy);
    }
}

static void print_fragments(const struct level *level, const dimse_element *element, struct value_text *value)
{
    const struct level inner = {NULL, level->depth + 1, level->most, 0};
    char path[PATH_MOST], comment[64];

    path_of(path, element->tag);
    for (uint32_t index = 0; index < element->fragments; index++) {
        dimse_bytes bytes;

        if (dimse_dataset_fragment(level->dataset, path, index, &bytes, NULL) != DIMSE_OK)
            return;
        snprintf(comment, sizeof comment, "# %3llu,%2d %s", (unsigned long long)bytes.len, bytes.len > 0,
                 index == 0 ? "BasicOffsetTable" : "Fragment");
        value_text_begin(value, room_for(&inner, comment, 15));
        if (bytes.len == 0)
            print_words(value, "no value available");
        else
            add_words(value, index == 0 ? "OL" : "OB", bytes.data, bytes.len);
        print_line(&inner, 0xFFFEE000u, "pi", value, comment);
    }
}

/* The keyword; of a private element the path that names it, (0009,"ACME 1.1",10), where its block is reserved. */
static void name_of(const struct level *level, const dimse_element *element, struct value_text *name)
{
    uint32_t group = element->tag >> 16, number = element->tag & 0xFFFF;
    const char *keyword = dimse_tag_keyword(element->tag);
    char path[PATH_MOST];
    dimse_str creator;

    path_of(path, group << 16 | number >> 8);
    if (keyword[0] != '\0')
        value_text_print(name, "%s", keyword);
    else if (number == 0)
        value_text_print(name, "GenericGroupLength");
    else if (group % 2 == 0)
        value_text_print(name, "Unknown");
    else if (number >= 0x10 && number <= 0xFF)
        value_text_print(name, "PrivateCreator");
    else if (number > 0xFF && dimse_dataset_string(level->dataset, path, 0, &creator, NULL) == DIMSE_OK) {
        value_text_print(name, "(%04lx,\"", (unsigned long)group);
        value_text_add(name, creator.data, creator.len);
        value_text_print(name, "\",%02lx)", (unsigned long)(number & 0xFF));
    } else
        value_text_print(name, "PrivateElement");
}
