/* Takes the events of one operation and remembers what the promises of a delivery are about: how many events came, in
 * which thread, what DONE said, and how often and when user_data was given back. */
#ifndef DIMSE_C_TESTS_LISTENER_H
#define DIMSE_C_TESTS_LISTENER_H

#include <dimse.h>
#include <pthread.h>

struct listener {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* What every event is handed to as well, inside the callback; what it returns goes to the library. May be NULL. */
    int32_t (*also)(struct listener *listener, const dimse_event *event);
    /* For also. */
    void *data;
    int events;
    int instances;
    int progresses;
    int done;
    int released;
    /* Events that came after DONE, beside another, or after the release: must stay 0. */
    int broken_promises;
    int inside;
    pthread_t thread;
    /* What DONE said. */
    dimse_result result;
    uint32_t status;
    uint32_t phase;
    uint32_t message_id;
    uint32_t attempts;
    uint32_t instances_done;
    uint32_t instances_total;
    uint32_t instances_failed;
    uint32_t instances_warned;
    uint64_t bytes_done;
    char comment[128];
    char message[512];
};

void listener_init(struct listener *listener);

/* The delivery that brings the events here: on a thread of the library, or through the queue. */
dimse_delivery listener_delivery(struct listener *listener, dimse_queue *queue);

/* The callback alone, for blocking calls: user_data is the listener. */
int32_t listener_event(const dimse_event *event, void *user_data);

/* The release alone: user_data is the listener. */
void listener_release(void *user_data);

/* Waits for DONE and the release, and checks every promise; returns DONE's result. */
dimse_result listener_outcome(struct listener *listener);

/* Waits for the release of what never started: no event came. */
void listener_unused(struct listener *listener);

/* Whether DONE came so far. */
int listener_is_done(struct listener *listener);

/* How often user_data was given back so far. */
int listener_releases(struct listener *listener);

#endif
