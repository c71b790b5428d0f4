/* Memory of a program that cannot go on without. */
#ifndef TOOLS_MEMORY_H
#define TOOLS_MEMORY_H

#include <stddef.h>

/* `memory`, which may be NULL, with room for so many bytes; the program ends here, with words, where there is none. */
void *memory_grown(void *memory, size_t size);

#endif
