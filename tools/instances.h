/* What is to be stored: the files that the paths of a command line lead to, looked at before anything is sent. */
#ifndef TOOLS_INSTANCES_H
#define TOOLS_INSTANCES_H

#include "dimse.h"
#include "text_list.h"

/* All zero to begin with. */
struct instances {
    struct text_list paths;  /* files that can be sent, in order */
    struct text_list faults; /* what cannot, and why: each a sentence with the path */
    size_t left_out;         /* files in folders that are no instances, and no fault therefore */
};

/*
 * Looks at every file that `paths`, up to a NULL, lead to, and proposes in `options` the presentation contexts that
 * they need where they are sent with `store_options`. Of each only its header and the lengths of its elements are read.
 * EXIT_DONE, where the list may be empty, or another exit code with everything said on stderr: a path that cannot be
 * used is EXIT_USAGE, before any file is looked at.
 */
int instances_find(struct instances *instances, const char *const *paths, dimse_assoc_options *options,
                   const dimse_store_options *store_options, int is_quiet);

void instances_free(struct instances *instances);

#endif
