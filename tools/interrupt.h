/* Ctrl-C and SIGTERM. The library never touches signals: what they mean is the program's to say. */
#ifndef TOOLS_INTERRUPT_H
#define TOOLS_INTERRUPT_H

#include <stdint.h>

#define INTERRUPT_NO_LIMIT UINT32_MAX

/* From here on the two signals are counted instead of ending the program. 0 where the system refuses. */
int interrupt_watch(void);

/* How many have come so far. From the main thread only. */
unsigned interrupt_count(void);

/* Sleeps for the time, or until one more comes. From the main thread only. */
void interrupt_sleep(uint32_t ms);

#endif
