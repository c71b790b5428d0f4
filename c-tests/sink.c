#include "sink.h"

#include "check.h"

#include "moment.h"

void sink_init(struct sink *sink, const struct sample *sample) {
    memset(sink, 0, sizeof *sink);
    pthread_mutex_init(&sink->lock, NULL);
    sink->room = sample_data_set(sample);
    sink->bytes = (uint8_t *)malloc(sink->room);
    CHECK(sink->bytes != NULL);
}

uint32_t sink_write(const uint8_t *data, size_t length, void *user_data) {
    struct sink *sink = (struct sink *)user_data;
    uint32_t answer = 0;
    /* Not by the lock, which would keep a second call waiting where there must be none. */
    CHECK_IS(__atomic_add_fetch(&sink->inside, 1, __ATOMIC_SEQ_CST), 1);
    if (sink->frees != NULL) {
        dimse_server_free(sink->frees);
        sink->frees = NULL;
    }
    pthread_mutex_lock(&sink->lock);
    CHECK(length > 0 && sink->length + length <= sink->room);
    memcpy(sink->bytes + sink->length, data, length);
    sink->length += length;
    sink->writes++;
    if (sink->refuses_with != 0) {
        answer = sink->refuses_with;
    } else if (sink->hold_at != 0 && sink->length >= sink->hold_at) {
        sink->hold_at = sink->length + sink->hold_step;
        sink->holds++;
        answer = DIMSE_SINK_HOLD;
    }
    CHECK_IS(__atomic_sub_fetch(&sink->inside, 1, __ATOMIC_SEQ_CST), 0);
    pthread_mutex_unlock(&sink->lock);
    return answer;
}

uint32_t sink_end(uint32_t is_complete, void *user_data) {
    struct sink *sink = (struct sink *)user_data;
    CHECK_IS(__atomic_load_n(&sink->inside, __ATOMIC_SEQ_CST), 0);
    pthread_mutex_lock(&sink->lock);
    CHECK_IS(sink->released, 0);
    sink->ended++;
    sink->complete = (int)is_complete;
    pthread_mutex_unlock(&sink->lock);
    return sink->ends_with;
}

void sink_release(void *user_data) {
    struct sink *sink = (struct sink *)user_data;
    pthread_mutex_lock(&sink->lock);
    CHECK_IS(sink->ended, 1);
    sink->released++;
    pthread_mutex_unlock(&sink->lock);
}

int sink_number(struct sink *sink, const int *number) {
    int value;
    pthread_mutex_lock(&sink->lock);
    value = *number;
    pthread_mutex_unlock(&sink->lock);
    return value;
}

int sink_has(struct sink *sink, const struct sample *sample) {
    CHECK_SOON(sink_number(sink, &sink->released) == 1);
    return sink->length == sample_data_set(sample) &&
        memcmp(sink->bytes, sample->bytes + sample->header, sink->length) == 0;
}

void sink_expect_end(struct sink *sink, int is_complete) {
    CHECK_SOON(sink_number(sink, &sink->released) == 1);
    CHECK_IS(sink->ended, 1);
    CHECK_IS(sink->complete, is_complete);
    free(sink->bytes);
}
