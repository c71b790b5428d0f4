#include "round_trips.h"

#include <math.h>

#include "terminal.h"

void round_trips_add(struct round_trips *trips, uint64_t us)
{
    double from_old = (double)us - trips->mean_us;

    if (trips->count == 0 || us < trips->least_us)
        trips->least_us = us;
    if (us > trips->most_us)
        trips->most_us = us;
    trips->count++;
    trips->mean_us += from_old / trips->count;
    trips->squares += from_old * ((double)us - trips->mean_us);
}

void round_trips_print(const struct round_trips *trips)
{
    if (trips->count == 0)
        return;
    terminal_line(TONE_PLAIN, "round trip min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms", (double)trips->least_us / 1000,
                  trips->mean_us / 1000, (double)trips->most_us / 1000,
                  sqrt(trips->squares / trips->count) / 1000);
}
