/* The handlers of a server lay requests down here, whoever wants to decide takes them: later, in another thread. */
#ifndef DIMSE_C_TESTS_DESK_H
#define DIMSE_C_TESTS_DESK_H

#include <dimse.h>
#include <pthread.h>

struct desk {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void *waiting[64];
    int count;
    int released;
};

void desk_init(struct desk *desk);

/* Handlers of a server whose user_data is the desk, and their release. */
void desk_association(dimse_assoc_request *request, void *desk);
void desk_request(dimse_request *request, void *desk);
void desk_release(void *desk);

/* Options of a server that lays its association requests, its requests, or neither on desks, which may be NULL. */
dimse_server_options *desk_options(struct desk *associations, struct desk *requests);

/* Waits for the oldest one and takes it. */
dimse_assoc_request *desk_take_association(struct desk *desk);
dimse_request *desk_take_request(struct desk *desk);

/* How many lie there; how often it was given back. */
int desk_waiting(struct desk *desk);
int desk_releases(struct desk *desk);

#endif
