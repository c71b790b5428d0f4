/* Storing a list of files at a peer: over one association, or several where one is lost and there are tries left. */
#ifndef TOOLS_SENDING_H
#define TOOLS_SENDING_H

#include "dimse.h"
#include "progress.h"
#include "text_list.h"

/* What was asked for, and what came of it so far. */
struct sending {
    const char *command;
    const dimse_assoc_options *association;
    const dimse_store_options *options;
    const struct text_list *paths;
    uint32_t retry, retry_delay_ms; /* associations in a row that may be lost without storing anything; see sending.c */
    int is_quiet, is_verbose;

    struct progress progress;
    size_t next;                      /* the first file that is not done with */
    int was_open;                     /* there was an association */
    uint32_t stored, warned;          /* warned: of those stored */
    uint32_t refused;                 /* answered with a failure */
    uint32_t unsendable;              /* not sent, because something is wrong with the file */
    uint32_t without_context;         /* of those: the peer takes no such thing */
    uint64_t bytes;                   /* of data sets, of what is stored */
    const char *unconfirmed;          /* the file that may or may not be there: sent, or half of it, and not answered */
    struct text_list faults;          /* what is not stored, and why */

    uint64_t association_number, bytes_before; /* sending.c's own: of the present association */
};

/*
 * EXIT_DONE where every file was tried, whatever became of each; or another exit code, with everything said on stderr
 * but the faults.
 */
int sending_run(struct sending *sending);

#endif
