/*
 * The ideal SCP: answers C-ECHO and does nothing else.
 *
 *   ideal_scp PORT ASSOCIATIONS          one association after the other
 *   ideal_scp PORT ASSOCIATIONS many     any number at a time
 *
 * After that many associations it says how many C-ECHOs it has answered, from the first request to the last answer, and
 * how many associations it has had, from the first connection to the last close.
 */
#include "../sample.h"
#include "wire.h"

#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static struct {
    unsigned long echoes, associations;
    double first_echo, last_echo, first_connection, last_close;
} seen;

static void watch(int waiting, int fd);

/* Answers one PDU; false where the association is over. */
static bool serve(int fd)
{
    static struct pdu in, out;
    switch (read_pdu(fd, &in)) {
    case ASSOCIATE_RQ:
        make_associate_ac(&out, &in);
        break;
    case P_DATA_TF:
        if (seen.echoes++ == 0)
            seen.first_echo = now();
        make_echo_rsp(&out, &in);
        write_pdu(fd, &out);
        seen.last_echo = now();
        return true;
    case RELEASE_RQ:
        make_release(&out, RELEASE_RP);
        break;
    case ABORT:
    case 0:
        close(fd);
        seen.associations++;
        seen.last_close = now();
        return false;
    default:
        give_up("a PDU that no requestor sends");
    }
    write_pdu(fd, &out);
    return true;
}

static void serve_one_by_one(int listener, unsigned long wanted)
{
    while (seen.associations < wanted) {
        int fd = accept_from(listener);
        if (seen.associations == 0)
            seen.first_connection = now();
        while (serve(fd)) {
        }
    }
}

static void serve_many(int listener, unsigned long wanted)
{
    int waiting = epoll_create1(0);
    if (waiting < 0)
        die("epoll_create1");
    watch(waiting, listener);
    while (seen.associations < wanted) {
        struct epoll_event ready;
        if (epoll_wait(waiting, &ready, 1, -1) < 0)
            die("epoll_wait");
        if (ready.data.fd == listener)
            watch(waiting, accept_from(listener));
        else
            serve(ready.data.fd);
    }
}

static void watch(int waiting, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
    if (epoll_ctl(waiting, EPOLL_CTL_ADD, fd, &event) != 0)
        die("epoll_ctl");
}

int main(int argc, char **argv)
{
    unsigned long wanted;
    int listener;
    if (argc != 3 && !(argc == 4 && strcmp(argv[3], "many") == 0)) {
        fprintf(stderr, "usage: ideal_scp PORT ASSOCIATIONS [many]\n");
        return 2;
    }
    wanted = number(argv[2], 1000000);
    listener = listen_on((uint16_t)number(argv[1], 65535));
    if (argc == 4)
        serve_many(listener, wanted);
    else
        serve_one_by_one(listener, wanted);
    say("echoes", seen.echoes, seen.last_echo - seen.first_echo);
    say("associations", seen.associations, seen.last_close - seen.first_connection);
    stay();
    return 0;
}
