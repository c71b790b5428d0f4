/* -v, -d and -q: how much is said, by the library's log and by the tool, in lines of one form on stderr. */
#ifndef TOOLS_LOG_H
#define TOOLS_LOG_H

#include <stdint.h>

#include "options.h"

struct log_settings {
    uint32_t quiet, verbose, debug;
};

extern const struct option log_options[];
extern const size_t log_option_count;

/*
 * Sets the library's log to what the options ask for. `unasked` is the DIMSE_LOG_* that is wanted without any: a client
 * says itself what went wrong, a server has nobody else to tell it.
 */
void log_start(const struct log_settings *settings, uint32_t unasked);

/* Whether -v or -d was given: then log_line is wanted. */
int log_is_verbose(const struct log_settings *settings);

/* A line of the tool's own, in the form of the library's; either number may be 0: about none. */
void log_line(uint64_t association, uint32_t message_id, const char *format, ...) LIKE_PRINTF(3, 4);

#endif
