/* The time, for round trips and for the log. */
#ifndef TOOLS_CLOCK_H
#define TOOLS_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Microseconds of a clock that never jumps; only differences mean anything. */
uint64_t clock_us(void);

/* The local time of day, "15:04:05.123". */
void clock_text(char *out, size_t size);

#endif
