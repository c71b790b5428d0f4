#include "listener.h"

#include "check.h"
#include "moment.h"

#include <errno.h>

static void keep(char *to, size_t room, dimse_str text);
static void wait_for(struct listener *listener, const int *counter, const char *what);

void listener_init(struct listener *listener) {
    memset(listener, 0, sizeof *listener);
    CHECK_IS(pthread_mutex_init(&listener->lock, NULL), 0);
    CHECK_IS(pthread_cond_init(&listener->changed, NULL), 0);
}

dimse_delivery listener_delivery(struct listener *listener, dimse_queue *queue) {
    dimse_delivery delivery;
    memset(&delivery, 0, sizeof delivery);
    delivery.queue = queue;
    delivery.on_event = listener_event;
    delivery.user_data = listener;
    delivery.release = listener_release;
    return delivery;
}

int32_t listener_event(const dimse_event *event, void *user_data) {
    struct listener *listener = (struct listener *)user_data;
    int32_t answer = 0;

    CHECK(event != NULL && event->struct_size == sizeof(dimse_event));
    pthread_mutex_lock(&listener->lock);
    listener->events++;
    if (listener->inside || listener->done || listener->released) {
        listener->broken_promises++;
    }
    listener->inside = 1;
    listener->thread = pthread_self();
    pthread_mutex_unlock(&listener->lock);

    if (listener->also != NULL) {
        answer = listener->also(listener, event);
    }

    pthread_mutex_lock(&listener->lock);
    listener->inside = 0;
    CHECK((event->error != NULL) == (event->result < 0));
    CHECK(event->error == NULL || dimse_error_result(event->error) == event->result);
    listener->instances += event->kind == DIMSE_EVENT_INSTANCE;
    listener->progresses += event->kind == DIMSE_EVENT_PROGRESS;
    if (event->kind == DIMSE_EVENT_DONE) {
        listener->result = event->result;
        listener->status = event->status;
        listener->phase = event->phase;
        listener->message_id = event->message_id;
        listener->attempts = event->attempts;
        keep(listener->comment, sizeof listener->comment, event->comment);
        keep(listener->message, sizeof listener->message, dimse_error_message(event->error));
        listener->instances_done = event->instances_done;
        listener->instances_total = event->instances_total;
        listener->instances_failed = event->instances_failed;
        listener->instances_warned = event->instances_warned;
        listener->bytes_done = event->bytes_done;
        listener->done++;
    }
    pthread_cond_broadcast(&listener->changed);
    pthread_mutex_unlock(&listener->lock);
    return answer;
}

void listener_release(void *user_data) {
    struct listener *listener = (struct listener *)user_data;
    pthread_mutex_lock(&listener->lock);
    listener->released++;
    if (listener->inside) {
        listener->broken_promises++;
    }
    pthread_cond_broadcast(&listener->changed);
    pthread_mutex_unlock(&listener->lock);
}

dimse_result listener_outcome(struct listener *listener) {
    wait_for(listener, &listener->released, "release");
    CHECK_IS(listener->done, 1);
    CHECK_IS(listener->released, 1);
    CHECK_IS(listener->broken_promises, 0);
    return listener->result;
}

void listener_unused(struct listener *listener) {
    wait_for(listener, &listener->released, "release");
    CHECK_IS(listener->events, 0);
    CHECK_IS(listener->released, 1);
}

int listener_is_done(struct listener *listener) {
    int done;
    pthread_mutex_lock(&listener->lock);
    done = listener->done;
    pthread_mutex_unlock(&listener->lock);
    return done;
}

int listener_releases(struct listener *listener) {
    int released;
    pthread_mutex_lock(&listener->lock);
    released = listener->released;
    pthread_mutex_unlock(&listener->lock);
    return released;
}

static void wait_for(struct listener *listener, const int *counter, const char *what) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)(PATIENCE_MS / 1000u);
    pthread_mutex_lock(&listener->lock);
    while (*counter == 0) {
        if (pthread_cond_timedwait(&listener->changed, &listener->lock, &until) == ETIMEDOUT) {
            fprintf(stderr, "no %s; events so far: %d\n", what, listener->events);
            CHECK(*counter != 0);
        }
    }
    pthread_mutex_unlock(&listener->lock);
}

static void keep(char *to, size_t room, dimse_str text) {
    size_t length = text.len < room - 1 ? text.len : room - 1;
    memcpy(to, text.data, length);
    to[length] = '\0';
}
