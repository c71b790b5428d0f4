#include "text_list.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static void take(struct text_list *list, char *text)
{
    if (list->count == list->room) {
        list->room = list->room == 0 ? 64 : 2 * list->room;
        list->items = memory_grown(list->items, list->room * sizeof *list->items);
    }
    list->items[list->count++] = text;
}

void text_list_add(struct text_list *list, const char *text)
{
    size_t size = strlen(text) + 1;

    take(list, memcpy(memory_grown(NULL, size), text, size));
}

void text_list_print(struct text_list *list, const char *format, ...)
{
    va_list arguments;
    size_t size;
    char *text;

    va_start(arguments, format);
    size = (size_t)vsnprintf(NULL, 0, format, arguments) + 1;
    va_end(arguments);
    text = memory_grown(NULL, size);
    va_start(arguments, format);
    vsnprintf(text, size, format, arguments);
    va_end(arguments);
    take(list, text);
}

void text_list_free(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    memset(list, 0, sizeof *list);
}
