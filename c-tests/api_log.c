/* dimse_log_set_callback: who takes the log, from which level on, and when it is given back. */
#include "check.h"

#include "moment.h"
#include "node.h"
#include "peer.h"

#include <pthread.h>

/* Fills while any thread logs. */
struct book {
    pthread_mutex_t lock;
    int lines;
    int worst_level;
    int released;
    int broken_promises;
};

static struct book book;
static struct book other;

static void arguments_are_checked(void);
static void lines_up_to_a_level(uint16_t port);
static void a_line_about_a_failure(void);
static void another_taker(uint16_t port);
static void the_log_of_a_callback(uint16_t port);

int main(void) {
    struct node node;
    CHECK_IS(pthread_mutex_init(&book.lock, NULL), 0);
    CHECK_IS(pthread_mutex_init(&other.lock, NULL), 0);
    node_start(&node, NULL);
    arguments_are_checked();
    lines_up_to_a_level(node.port);
    a_line_about_a_failure();
    another_taker(node.port);
    the_log_of_a_callback(node.port);
    node_stop(&node);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void write_down(const dimse_log_record *record, void *user_data) {
    struct book *mine = (struct book *)user_data;
    pthread_mutex_lock(&mine->lock);
    mine->lines++;
    if ((int)record->level > mine->worst_level) {
        mine->worst_level = (int)record->level;
    }
    mine->broken_promises += mine->released != 0 || record->level < DIMSE_LOG_ERROR ||
                             record->level > DIMSE_LOG_TRACE || record->struct_size != sizeof *record ||
                             record->reserved != 0 || strncmp(record->target.data, "dimse", 5) != 0 ||
                             strlen(record->message.data) != record->message.len || record->message.len == 0;
    pthread_mutex_unlock(&mine->lock);
}

static void give_back(void *user_data) {
    struct book *mine = (struct book *)user_data;
    pthread_mutex_lock(&mine->lock);
    mine->released++;
    pthread_mutex_unlock(&mine->lock);
}

static int releases(struct book *mine) {
    int count;
    pthread_mutex_lock(&mine->lock);
    count = mine->released;
    CHECK_IS(mine->broken_promises, 0);
    pthread_mutex_unlock(&mine->lock);
    return count;
}

static int lines(struct book *mine) {
    int count;
    pthread_mutex_lock(&mine->lock);
    count = mine->lines;
    pthread_mutex_unlock(&mine->lock);
    return count;
}

static void begin(struct book *mine) {
    pthread_mutex_lock(&mine->lock);
    mine->lines = mine->worst_level = mine->released = mine->broken_promises = 0;
    pthread_mutex_unlock(&mine->lock);
}

static void some_traffic(uint16_t port) {
    dimse_assoc *assoc = node_open(port);
    node_echo(assoc);
    node_release(assoc);
}

static void arguments_are_checked(void) {
    dimse_error *err = NULL;
    begin(&book);
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "6", dimse_log_set_callback(6, write_down, &book, give_back, &err));
    CHECK_IS(releases(&book), 1);
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_OFF, write_down, &book, give_back, &err));
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_TRACE, NULL, &book, give_back, &err));
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_OFF, NULL, NULL, NULL, &err));
    CHECK_IS(releases(&book), 3);
}

static void lines_up_to_a_level(uint16_t port) {
    static const uint32_t levels[] = {
        DIMSE_LOG_OFF, DIMSE_LOG_ERROR, DIMSE_LOG_WARN, DIMSE_LOG_INFO, DIMSE_LOG_DEBUG, DIMSE_LOG_TRACE};
    dimse_error *err = NULL;
    size_t index;
    int before = 0;
    for (index = 0; index < sizeof levels / sizeof levels[0]; index++) {
        begin(&book);
        CHECK_OK(err, dimse_log_set_callback(levels[index], write_down, &book, give_back, &err));
        some_traffic(port);
        CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_OFF, NULL, NULL, NULL, &err));
        CHECK_SOON(releases(&book) == 1);
        CHECK(book.worst_level <= (int)levels[index]);
        /* Nothing failed, so the important levels have nothing to say; DEBUG has every message beside what INFO has. */
        if (levels[index] <= DIMSE_LOG_WARN) {
            CHECK_IS(book.lines, 0);
        } else if (levels[index] == DIMSE_LOG_INFO) {
            CHECK_IS(book.worst_level, DIMSE_LOG_INFO);
            before = book.lines;
        } else {
            CHECK(book.worst_level >= (int)DIMSE_LOG_DEBUG);
            CHECK(book.lines > before);
        }
    }
}

/* What the caller is told by the operation is no warning of the library's. */
static void a_line_about_a_failure(void) {
    dimse_error *err = NULL;
    dimse_op *op;
    begin(&book);
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_INFO, write_down, &book, give_back, &err));
    op = node_open_async(peer_closed_port(), NULL);
    CHECK_IS(dimse_op_wait(op, PATIENCE_MS, NULL), DIMSE_ERR_CONNECT);
    dimse_op_free(op);
    CHECK_SOON(lines(&book) >= 1);
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_OFF, NULL, NULL, NULL, &err));
    CHECK_SOON(releases(&book) == 1);
    CHECK_IS(book.worst_level, DIMSE_LOG_INFO);
}

static void another_taker(uint16_t port) {
    dimse_error *err = NULL;
    int before;
    begin(&book);
    begin(&other);
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_TRACE, write_down, &book, give_back, &err));
    some_traffic(port);
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_TRACE, write_down, &other, give_back, &err));
    CHECK_SOON(releases(&book) == 1);
    before = lines(&book);
    some_traffic(port);
    CHECK_IS(lines(&book), before);
    CHECK(lines(&other) > 0);
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_OFF, NULL, NULL, NULL, &err));
    CHECK_SOON(releases(&other) == 1);
    CHECK_IS(releases(&book), 1);
}

/* What the library does for the one who takes the log is not logged: that would never end. */
static void write_down_and_work(const dimse_log_record *record, void *user_data) {
    dimse_queue *queue = NULL;
    write_down(record, user_data);
    CHECK_IS(dimse_queue_new(NULL, &queue, NULL), DIMSE_OK);
    dimse_queue_free(queue);
    dimse_op_free(node_open_async(104, NULL));
}

static void the_log_of_a_callback(uint16_t port) {
    dimse_error *err = NULL;
    dimse_assoc *assoc = node_open(port);
    begin(&book);
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_INFO, write_down_and_work, &book, give_back, &err));
    node_echo(assoc);
    node_release(assoc);
    CHECK_OK(err, dimse_log_set_callback(DIMSE_LOG_OFF, NULL, NULL, NULL, &err));
    CHECK_SOON(releases(&book) == 1);
}
