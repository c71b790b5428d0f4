/*
 * `echo_async PORT COUNT`: that many C-ECHOs on one association, each started in the callback of the one before, on a
 * callback thread of the library.
 */
#include "program.h"

#include <semaphore.h>

static struct {
    dimse_assoc *association;
    unsigned long left;
    sem_t over;
} run;

static void start_echo(void);

static int32_t on_event(const dimse_event *event, void *user_data)
{
    (void)user_data;
    if (event->kind != DIMSE_EVENT_DONE)
        return 0;
    must(event->result, event->error);
    if (event->status != 0) {
        fprintf(stderr, "the status is %04X\n", (unsigned)event->status);
        exit(1);
    }
    if (--run.left > 0)
        start_echo();
    else
        sem_post(&run.over);
    return 0;
}

static void start_echo(void)
{
    const dimse_delivery on_callback_thread = {.on_event = on_event};
    dimse_op *operation;
    dimse_error *err = NULL;
    must(dimse_assoc_echo_async(run.association, NULL, &on_callback_thread, &operation, &err), err);
    dimse_op_free(operation);
}

int main(int argc, char **argv)
{
    dimse_assoc_options *options;
    dimse_error *err = NULL;
    unsigned long count;
    double start;
    if (argc != 3) {
        fprintf(stderr, "usage: echo_async PORT COUNT\n");
        return 2;
    }
    options = to_port(argv[1]);
    count = run.left = number(argv[2], 1000000000);
    sem_init(&run.over, 0, 0);
    must(dimse_assoc_open(NULL, options, &run.association, &err), err);
    start = now();
    start_echo();
    sem_wait(&run.over);
    say("echoes", count, now() - start);
    must(dimse_assoc_release(run.association, &err), err);
    dimse_assoc_free(run.association);
    dimse_assoc_options_free(options);
    return leave();
}
