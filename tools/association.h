/* The association of every client: its options on the command line, opening, what was negotiated, ending. */
#ifndef TOOLS_ASSOCIATION_H
#define TOOLS_ASSOCIATION_H

#include <stdint.h>

#include "dimse.h"
#include "options.h"

struct association_settings {
    const char *calling, *called;
    uint32_t connect_ms, acse_ms, reply_ms;
    uint32_t max_pdu_bytes;
    const char *user, *password_file;
    uint32_t positive_response;
};

extern const struct option association_options[];
extern const size_t association_option_count;

/* With whom, as the first words of a command line. */
#define ASSOCIATION_POSITIONALS                                                                                        \
    {"HOST", "name, IPv4 or IPv6 address of the peer", 0}, {"PORT", "its TCP port, 1 to 65535; often 104 or 11112", 0}

/* The peer's AE title. */
const char *association_called(const struct association_settings *settings);

/*
 * What the settings say, without a presentation context: that is the caller's to add, or the library proposes
 * Verification. EXIT_DONE and *out, which is the caller's to free, or another exit code with everything said on stderr.
 * `command` is for the hint at a wrong command line.
 */
int association_options_new(const char *command, const struct association_settings *settings, const char *host,
                            uint32_t port, dimse_assoc_options **out);

/*
 * Opens an association. EXIT_DONE and *out, or another exit code with everything said on stderr. *is_retryable, where
 * it is not NULL, is 1 where the same may work later.
 */
int association_open(const char *command, const dimse_assoc_options *options, int *is_retryable, dimse_assoc **out);

/* Its number in the log. */
uint64_t association_number(const dimse_assoc *association);

/* Says what was negotiated, a line for each fact, in the form of -v. */
void association_describe(const dimse_assoc *association);

/*
 * Ends the association: releases it while it is fit for that, aborts it otherwise, and frees it. An exit code: EXIT_DONE
 * where an abort was asked for, or where the release was answered.
 */
int association_close(dimse_assoc *association, int is_fit);

#endif
