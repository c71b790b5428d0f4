#include "memory.h"

#include <stdlib.h>

#include "exits.h"
#include "terminal.h"

void *memory_grown(void *memory, size_t size)
{
    void *more = realloc(memory, size);

    if (more == NULL) {
        terminal_error("there is no memory left");
        exit(EXIT_USAGE);
    }
    return more;
}
