/* What the programs of this library's sides share: a call that must work, and an association to the port of a row. */
#ifndef OURS_PROGRAM_H
#define OURS_PROGRAM_H

#include "../sample.h"

#include <dimse.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the program with the library's words unless the call has worked. */
static inline void must(dimse_result result, const dimse_error *err)
{
    if (result != DIMSE_OK) {
        fprintf(stderr, "%s %s\n", dimse_result_name(result), dimse_error_message(err).data);
        exit(1);
    }
}

/* Options for associations to a port of 127.0.0.1 that propose Verification. */
static inline dimse_assoc_options *to_port(const char *port)
{
    dimse_assoc_options *options;
    dimse_error *err = NULL;
    must(dimse_assoc_options_new(&options, &err), err);
    must(dimse_assoc_options_set_peer(options, "127.0.0.1", (uint32_t)number(port, 65535), &err), err);
    return options;
}

/* Lets the runner look, then ends the library's threads: what callgrind counts is complete. */
static inline int leave(void)
{
    stay();
    must(dimse_runtime_shutdown(NULL, 5000), NULL);
    return 0;
}

#endif
