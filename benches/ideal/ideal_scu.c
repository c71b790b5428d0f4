/*
 * The ideal SCU: as many requests as asked for, and nothing else.
 *
 *   ideal_scu PORT echo COUNT         C-ECHOs on one association
 *   ideal_scu PORT associate COUNT    associations one after the other, opened and released
 *   ideal_scu PORT hold COUNT         associations at the same time; after a line of standard input, a C-ECHO on each
 */
#include "../sample.h"
#include "wire.h"

#include <string.h>
#include <unistd.h>

static struct pdu out, in;

static void exchange(int fd, int expected)
{
    write_pdu(fd, &out);
    if (read_pdu(fd, &in) != expected)
        give_up("the peer gave another answer than yes");
}

static int associate(uint16_t port)
{
    int fd = connect_to(port);
    make_associate_rq(&out);
    exchange(fd, ASSOCIATE_AC);
    return fd;
}

static void echo(int fd, uint16_t message_id)
{
    make_echo_rq(&out, message_id);
    exchange(fd, P_DATA_TF);
    check_echo_rsp(&in, message_id);
}

static void release(int fd)
{
    make_release(&out, RELEASE_RQ);
    exchange(fd, RELEASE_RP);
    close(fd);
}

static void run_echo(uint16_t port, unsigned long count)
{
    int fd = associate(port);
    double start = now();
    for (unsigned long i = 0; i < count; i++)
        echo(fd, (uint16_t)i);
    say("echoes", count, now() - start);
    release(fd);
}

static void run_associate(uint16_t port, unsigned long count)
{
    double start = now();
    for (unsigned long i = 0; i < count; i++)
        release(associate(port));
    say("associations", count, now() - start);
}

static void run_hold(uint16_t port, unsigned long count)
{
    int *held = calloc(count, sizeof *held);
    double start = now();
    if (held == NULL)
        die("calloc");
    for (unsigned long i = 0; i < count; i++)
        held[i] = associate(port);
    say("held", count, now() - start);
    if (getchar() == EOF)
        return;
    start = now();
    for (unsigned long i = 0; i < count; i++)
        echo(held[i], 1);
    say("answered", count, now() - start);
    for (unsigned long i = 0; i < count; i++)
        release(held[i]);
    free(held);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(uint16_t port, unsigned long count);
    } modes[] = {{"echo", run_echo}, {"associate", run_associate}, {"hold", run_hold}};
    for (size_t i = 0; argc == 4 && i < sizeof modes / sizeof *modes; i++) {
        if (strcmp(argv[2], modes[i].name) == 0) {
            modes[i].run((uint16_t)number(argv[1], 65535), number(argv[3], 1000000000));
            stay();
            return 0;
        }
    }
    fprintf(stderr, "usage: ideal_scu PORT echo|associate|hold COUNT\n");
    return 2;
}
