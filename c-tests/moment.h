/* Time for tests: waits that end as soon as what they wait for is there, and counts that check-deep makes larger. */
#ifndef DIMSE_C_TESTS_MOMENT_H
#define DIMSE_C_TESTS_MOMENT_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* What must happen happens within this; only a test that fails waits so long. */
#define PATIENCE_MS 20000u

static inline uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static inline void sleep_ms(uint32_t ms) {
    struct timespec time;
    time.tv_sec = (time_t)(ms / 1000u);
    time.tv_nsec = (long)(ms % 1000u) * 1000000L;
    nanosleep(&time, NULL);
}

/* Waits until the condition holds, looking every few milliseconds, and checks that it came to hold. */
#define CHECK_SOON(condition)                                        \
    do {                                                             \
        uint64_t check_until = now_ms() + PATIENCE_MS;               \
        while (!(condition) && now_ms() < check_until) sleep_ms(2u); \
        CHECK(condition);                                            \
    } while (0)

/* How often: the full count where DIMSE_DEEP is set (make check-deep), else the small one; under a checker, which makes
 * everything slow, a tenth of it. */
static inline int count(int small, int full) {
    int times = getenv("DIMSE_DEEP") != NULL ? full : small;
    return getenv("DIMSE_MEMORY_IS_WATCHED") != NULL ? (times + 9) / 10 : times;
}

#endif
