/* sigaction, pipe and poll are POSIX, not C99. */
#define _POSIX_C_SOURCE 200809L

#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/*
 * Each signal is a byte in this pipe, whichever thread it hit: write is safe in a handler and atomic between threads,
 * and whoever waits for one polls the other end. No counter is shared.
 */
static int ends[2] = {-1, -1};
static unsigned count;

static void note(int number)
{
    int saved = errno;
    /* A full pipe holds more Ctrl-C than anybody needs. */
    ssize_t written = write(ends[1], "!", 1);

    (void)number;
    (void)written;
    errno = saved;
}

int interrupt_watch(void)
{
    struct sigaction action;

    if (pipe(ends) != 0)
        return 0;
    for (int i = 0; i < 2; i++) {
        if (fcntl(ends[i], F_SETFD, FD_CLOEXEC) != 0 || fcntl(ends[i], F_SETFL, O_NONBLOCK) != 0)
            return 0;
    }
    memset(&action, 0, sizeof action);
    /* Also where a script's shell started this in the background, deaf to SIGINT: `kill -INT` is how a script says it. */
    action.sa_handler = note;
    /* Threads of the library that the signal happens to hit go on as if nothing had been. */
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0;
}

unsigned interrupt_count(void)
{
    char bytes[16];
    ssize_t got;

    while ((got = read(ends[0], bytes, sizeof bytes)) > 0)
        count += (unsigned)got;
    return count;
}

void interrupt_sleep(uint32_t ms)
{
    struct pollfd descriptor = {ends[0], POLLIN, 0};
    int limit = ms == INTERRUPT_NO_LIMIT ? -1 : ms > INT_MAX ? INT_MAX : (int)ms;

    /* Returning early is harmless: EINTR comes with the very byte that is waited for. */
    (void)poll(&descriptor, 1, limit);
}
