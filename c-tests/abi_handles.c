/* NULL, stale, foreign and senseless handles on every export (abi.md rule 1): each is found out, nothing is written but
 * *err, nothing is freed, and the things whose handles resemble them live on. */
#include "exports.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static void try_all(const struct row *row, void *stale);
static void try_near(const struct row *row, void *handle);
static void try_free_twice(const struct row *row);

int main(void) {
    size_t index;
    void *stale[NOUNS];
    int noun;

    things_begin();
    for (noun = 0; noun < NOUNS; noun++) {
        stale[noun] = thing_make((enum noun)noun);
        CHECK(stale[noun] != live[noun]);
        thing_free((enum noun)noun, stale[noun]);
    }
    for (index = 0; index < sizeof ROWS / sizeof ROWS[0]; index++) {
        if (ROWS[index].noun != NOUNS) {
            try_all(&ROWS[index], stale[ROWS[index].noun]);
        }
        if (ROWS[index].frees) {
            try_free_twice(&ROWS[index]);
        }
    }
    /* Whatever the wrong handles did, these are still there: each can be freed, and the servers still serve. */
    CHECK(dimse_error_message((dimse_error *)live[NOUN_error]).len > 0);
    CHECK_IS(dimse_queue_wakeup((dimse_queue *)live[NOUN_queue]), DIMSE_OK);
    CHECK_IS(dimse_request_is_cancelled((dimse_request *)live[NOUN_request]), 0);
    things_end();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void try_all(const struct row *row, void *stale) {
    /* Read, written or freed, each of these would end the program. */
    static const uintptr_t senseless[] = {1, 2, 3, 8, 4096, 0x7FFFFFFFu, UINTPTR_MAX, UINTPTR_MAX - 1, UINTPTR_MAX / 2};
    int zeros = open("/dev/zero", O_RDONLY);
    void *closed = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE, zeros, 0);
    void *memory = malloc(64);
    size_t index;
    int noun;

    if (!row->null_allowed) {
        row->call(NULL, DIMSE_ERR_INVALID_HANDLE);
    }
    row->call(stale, DIMSE_ERR_INVALID_HANDLE);
    for (noun = 0; noun < NOUNS; noun++) {
        if ((enum noun)noun != row->noun) {
            row->call(live[noun], DIMSE_ERR_INVALID_HANDLE);
        }
    }
    for (index = 0; index < sizeof senseless / sizeof senseless[0]; index++) {
        row->call((void *)senseless[index], DIMSE_ERR_INVALID_HANDLE);
    }
    CHECK(zeros >= 0 && closed != MAP_FAILED && memory != NULL);
    close(zeros);
    row->call(closed, DIMSE_ERR_INVALID_HANDLE);
    row->call(memory, DIMSE_ERR_INVALID_HANDLE);
    row->call(&index, DIMSE_ERR_INVALID_HANDLE);
    free(memory);
    CHECK_IS(munmap(closed, 4096), 0);
    try_near(row, live[row->noun]);
}

/* A good handle with one bit changed. Those in the middle are left out: they may lead to another thing of the same
 * noun. */
static void try_near(const struct row *row, void *handle) {
    unsigned bit;
    row->call((void *)((uintptr_t)handle ^ 1u), DIMSE_ERR_INVALID_HANDLE);
    for (bit = 4 * sizeof(void *); bit < 8 * sizeof(void *); bit++) {
        row->call((void *)((uintptr_t)handle ^ (uintptr_t)1 << bit), DIMSE_ERR_INVALID_HANDLE);
    }
}

static void try_free_twice(const struct row *row) {
    void *thing = thing_make(row->noun);
    row->call(thing, DIMSE_OK);
    row->call(thing, DIMSE_OK);
}
