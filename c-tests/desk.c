#include "desk.h"

#include "check.h"
#include "moment.h"
#include "node.h"

#include <errno.h>

static void lay_down(struct desk *desk, void *request);
static void *take(struct desk *desk);

void desk_init(struct desk *desk) {
    memset(desk, 0, sizeof *desk);
    CHECK_IS(pthread_mutex_init(&desk->lock, NULL), 0);
    CHECK_IS(pthread_cond_init(&desk->changed, NULL), 0);
}

void desk_association(dimse_assoc_request *request, void *desk) { lay_down((struct desk *)desk, request); }

void desk_request(dimse_request *request, void *desk) { lay_down((struct desk *)desk, request); }

void desk_release(void *user_data) {
    struct desk *desk = (struct desk *)user_data;
    pthread_mutex_lock(&desk->lock);
    desk->released++;
    pthread_mutex_unlock(&desk->lock);
}

dimse_server_options *desk_options(struct desk *associations, struct desk *requests) {
    dimse_server_options *options = node_options();
    dimse_error *err = NULL;
    if (associations != NULL) {
        CHECK_OK(err, dimse_server_options_set_association_handler(
                          options, NULL, desk_association, associations, desk_release, &err));
    }
    if (requests != NULL) {
        CHECK_OK(err, dimse_server_options_set_handler(options, NULL, desk_request, requests, desk_release, &err));
    }
    return options;
}

dimse_assoc_request *desk_take_association(struct desk *desk) { return (dimse_assoc_request *)take(desk); }

dimse_request *desk_take_request(struct desk *desk) { return (dimse_request *)take(desk); }

int desk_waiting(struct desk *desk) {
    int count;
    pthread_mutex_lock(&desk->lock);
    count = desk->count;
    pthread_mutex_unlock(&desk->lock);
    return count;
}

int desk_releases(struct desk *desk) {
    int released;
    pthread_mutex_lock(&desk->lock);
    released = desk->released;
    pthread_mutex_unlock(&desk->lock);
    return released;
}

static void lay_down(struct desk *desk, void *request) {
    pthread_mutex_lock(&desk->lock);
    CHECK_IS(desk->released, 0);
    CHECK(desk->count < (int)(sizeof desk->waiting / sizeof desk->waiting[0]));
    desk->waiting[desk->count++] = request;
    pthread_cond_signal(&desk->changed);
    pthread_mutex_unlock(&desk->lock);
}

static void *take(struct desk *desk) {
    struct timespec until;
    void *request;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)(PATIENCE_MS / 1000u);
    pthread_mutex_lock(&desk->lock);
    while (desk->count == 0) {
        CHECK(pthread_cond_timedwait(&desk->changed, &desk->lock, &until) != ETIMEDOUT);
    }
    request = desk->waiting[0];
    desk->count--;
    memmove(desk->waiting, desk->waiting + 1, (size_t)desk->count * sizeof desk->waiting[0]);
    pthread_mutex_unlock(&desk->lock);
    return request;
}
