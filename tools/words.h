/* The standard's numbers in words. Each function fills `out` and gives it back, so that it fits into a printf. */
#ifndef TOOLS_WORDS_H
#define TOOLS_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "dimse.h"

/* Room for every text that is made here. */
#define WORDS_SIZE 256

/* A UID with its name where it has one: "Verification SOP Class (1.2.840.10008.1.1)". */
const char *words_uid(char out[WORDS_SIZE], dimse_str uid);

/* The answer to `command`, a status as the standard writes it, with its name there: "A700 Refused: out of resources". */
const char *words_status(char out[WORDS_SIZE], uint32_t command, uint32_t status);

/* What became of a proposed presentation context (PS3.8 table 9-18). */
const char *words_context_result(uint32_t result);

/* A number of which 0 means that there is no limit: "16384 bytes", "no limit". */
const char *words_limit(char out[WORDS_SIZE], uint32_t limit, const char *unit);

/* A time: "30 s", "1.5 s", "no limit". */
const char *words_time(char out[WORDS_SIZE], uint32_t ms);

/* A size in units of 1000, as networks and disks are sold: "525.3 kB". */
const char *words_bytes(char out[WORDS_SIZE], uint64_t bytes);

/* How long something still takes, as a clock shows it: "0:02", "1:02:33"; "-:--" for DIMSE_UNKNOWN_TIME. */
const char *words_clock(char out[WORDS_SIZE], uint32_t ms);

/* "1 instance", "2 instances": for every noun that takes an s. */
const char *words_count(char out[WORDS_SIZE], uint64_t count, const char *noun);

#endif
