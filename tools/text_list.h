/* A list of texts of its own, for as many as there are. */
#ifndef TOOLS_TEXT_LIST_H
#define TOOLS_TEXT_LIST_H

#include <stddef.h>

#include "terminal.h"

/* All zero to begin with. */
struct text_list {
    char **items;
    size_t count, room;
};

/* Adds a copy. A program that has no memory for a file's name ends here, with words. */
void text_list_add(struct text_list *list, const char *text);

/* Adds what printf would print. */
void text_list_print(struct text_list *list, const char *format, ...) LIKE_PRINTF(2, 3);

void text_list_free(struct text_list *list);

#endif
