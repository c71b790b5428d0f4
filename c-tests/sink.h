/* Code of the test's own that an instance goes to: it keeps the bytes, holds, refuses, and is ended and given back once. */
#ifndef DIMSE_C_TESTS_SINK_H
#define DIMSE_C_TESTS_SINK_H

#include <dimse.h>
#include <pthread.h>

#include "sample.h"

/* What it does is set before it is used, or while it holds; the rest is looked at by sink_number, or after its end. */
struct sink {
    pthread_mutex_t lock;
    uint8_t *bytes;
    size_t length;
    size_t room;
    /* Holds once it has so many bytes, 0 for never, and again after so many more. */
    size_t hold_at;
    size_t hold_step;
    uint32_t refuses_with;
    uint32_t ends_with;
    /* Is freed inside the first write. */
    dimse_server *frees;
    /* Calls of write that have not returned, all of them, and those that held. */
    int inside;
    int writes;
    int holds;
    int ended;
    int complete;
    int released;
};

/* With room for the data set of the sample. */
void sink_init(struct sink *sink, const struct sample *sample);

/* What dimse_request_accept_to_sink takes. */
uint32_t sink_write(const uint8_t *data, size_t length, void *sink);
uint32_t sink_end(uint32_t is_complete, void *sink);
void sink_release(void *sink);

/* One of its numbers, from any thread. */
int sink_number(struct sink *sink, const int *number);

/* Waits until it was given back: whether it has the data set of the sample. */
int sink_has(struct sink *sink, const struct sample *sample);

/* Waits until it was ended, so, and given back. */
void sink_expect_end(struct sink *sink, int is_complete);

#endif
