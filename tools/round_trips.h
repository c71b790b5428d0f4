/* Round trip times, and what ping says about them. */
#ifndef TOOLS_ROUND_TRIPS_H
#define TOOLS_ROUND_TRIPS_H

#include <stdint.h>

/* All zero to begin with. */
struct round_trips {
    uint32_t count;
    uint64_t least_us, most_us;
    double mean_us, squares; /* squares: the sum of (x - mean)^2 so far (Welford) */
};

void round_trips_add(struct round_trips *trips, uint64_t us);

/* "round trip min/avg/max/mdev = ..." on stdout; nothing without a round trip. */
void round_trips_print(const struct round_trips *trips);

#endif
