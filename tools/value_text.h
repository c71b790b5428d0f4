/*
 * The text of a value on one line: what would move the cursor or hide something is written as \xNN, and what does not
 * fit is cut off.
 */
#ifndef TOOLS_VALUE_TEXT_H
#define TOOLS_VALUE_TEXT_H

#include <stddef.h>

#include "terminal.h"

struct value_text {
    char *text; /* ends with a NUL; NULL before the first byte */
    size_t length, room;
    size_t columns; /* that it takes on a terminal */
    size_t most;    /* columns that there are; SIZE_MAX: it is never cut */
    size_t cut_length, cut_columns;
    int is_cut; /* it ends in "...", and takes no more */
};

/* Begins a text of at most so many columns, at least 4; what was there is gone, its memory is used again. */
void value_text_begin(struct value_text *value, size_t most);

/* Adds UTF-8 from outside. */
void value_text_add(struct value_text *value, const char *text, size_t length);

/* Adds bytes of which nobody knows what they mean: ASCII as it is, the others as \xNN. */
void value_text_add_bytes(struct value_text *value, const unsigned char *bytes, size_t length);

/* Adds what printf would print: ASCII. */
void value_text_print(struct value_text *value, const char *format, ...) LIKE_PRINTF(2, 3);

void value_text_free(struct value_text *value);

#endif
