/*
 * How far a transfer is: on a terminal one line that is drawn anew, elsewhere a plain line from time to time, so that a
 * log shows that something goes on. On stderr.
 */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdint.h>

/* All zero to begin with. */
struct progress {
    uint64_t instances, instances_total;
    uint64_t bytes, bytes_total; /* bytes_total: DIMSE_UNKNOWN_LENGTH where it is not known */
    uint64_t bytes_per_second;
    uint32_t time_left_ms;
    int is_off;
    uint64_t shown_us, changed_us; /* progress.c's own */
};

/* Shows it, unless that was done a moment ago. Call it often, with is_news where a number may have changed. */
void progress_show(struct progress *progress, int is_news);

#endif
