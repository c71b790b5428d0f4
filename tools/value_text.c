#include "value_text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static const char dots[] = "...";

enum { DOTS = sizeof dots - 1 };

static void keep(struct value_text *value, const char *text, size_t length);
static void add(struct value_text *value, const char *text, size_t length, size_t columns);
static size_t character(const char *text, size_t length, uint32_t *out);
static int is_hidden(uint32_t character);
static size_t columns_of(uint32_t character);

void value_text_begin(struct value_text *value, size_t most)
{
    value->length = value->columns = 0;
    value->cut_length = value->cut_columns = 0;
    value->is_cut = 0;
    value->most = most;
    keep(value, "", 0);
}

void value_text_add(struct value_text *value, const char *text, size_t length)
{
    for (size_t at = 0; at < length && !value->is_cut;) {
        char hidden[16];
        uint32_t code;
        size_t size = character(text + at, length - at, &code);

        if (is_hidden(code)) {
            int written = snprintf(hidden, sizeof hidden, code < 0x100 ? "\\x%02lX" : "\\u%04lX", (unsigned long)code);

            add(value, hidden, (size_t)written, (size_t)written);
        } else {
            add(value, text + at, size, columns_of(code));
        }
        at += size;
    }
}

void value_text_add_bytes(struct value_text *value, const unsigned char *bytes, size_t length)
{
    for (size_t at = 0; at < length && !value->is_cut; at++)
        value_text_print(value, bytes[at] < 0x20 || bytes[at] > 0x7E ? "\\x%02X" : "%c", bytes[at]);
}

void value_text_print(struct value_text *value, const char *format, ...)
{
    char text[128];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    /* Each for itself: a number may be cut anywhere. */
    for (size_t at = 0; text[at] != '\0' && !value->is_cut; at++)
        add(value, text + at, 1, 1);
}

void value_text_free(struct value_text *value)
{
    free(value->text);
    memset(value, 0, sizeof *value);
}

/* Puts text behind the last byte, with a NUL. */
static void keep(struct value_text *value, const char *text, size_t length)
{
    size_t needed = value->length + length + 1;

    if (needed > value->room) {
        value->room = 2 * needed < 128 ? 128 : 2 * needed;
        value->text = memory_grown(value->text, value->room);
    }
    memcpy(value->text + value->length, text, length);
    value->length += length;
    value->text[value->length] = '\0';
}

/* Adds one character, or what stands for it, whole; where there is no room, the end gives way to the dots. */
static void add(struct value_text *value, const char *text, size_t length, size_t columns)
{
    if (columns > value->most || value->columns > value->most - columns) {
        value->length = value->cut_length;
        value->columns = value->cut_columns + DOTS;
        value->is_cut = 1;
        keep(value, dots, DOTS);
        return;
    }
    keep(value, text, length);
    value->columns += columns;
    if (value->most >= DOTS && value->columns <= value->most - DOTS) {
        value->cut_length = value->length;
        value->cut_columns = value->columns;
    }
}

/* The character that UTF-8 begins with, and its bytes; of bad UTF-8 no more than there are. */
static size_t character(const char *text, size_t length, uint32_t *out)
{
    unsigned char first = (unsigned char)text[0];
    size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    *out = size == 1 ? first : first & (0xFFu >> (size + 1));
    for (size_t at = 1; at < size && at < length; at++)
        *out = *out << 6 | ((unsigned char)text[at] & 0x3Fu);
    return size < length ? size : length;
}

/* Control characters, and what turns the direction of writing: a name could look like another one. */
static int is_hidden(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x200E || code == 0x200F ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

/* Characters of East Asia are two columns wide, those that stand on the one before have none (UAX 11). */
static size_t columns_of(uint32_t code)
{
    static const uint32_t wide[][2] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},
                                       {0xFE30, 0xFE6F}, {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},  {0x1F300, 0x1FAFF},
                                       {0x20000, 0x3FFFD}};

    if (code >= 0x0300 && code <= 0x036F)
        return 0;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        if (code >= wide[i][0] && code <= wide[i][1])
            return 2;
    }
    return 1;
}
