/*
 * What a server does with an instance while it arrives: by its elements before the pixels it is refused, or some of
 * these are given other values (coercion, PS3.4 B.2.3), before its pixels are taken.
 */
#ifndef TOOLS_ARRIVALS_H
#define TOOLS_ARRIVALS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "dimse.h"
#include "options.h"
#include "rule.h"

/* Instances that were coerced and have not come to their end: one for each association, and those that broke off. */
#define ARRIVALS_OPEN_MOST 4096

/* Begin it with arrivals_init. It is used as long as the server runs. */
struct arrivals {
    struct rule refuse[TEXTS_MOST], coerce[TEXTS_MOST];
    size_t refuse_count, coerce_count;
    int is_quiet;
    pthread_mutex_t lock; /* the fields below */
    struct {
        uint64_t association, changed; /* a bit for each rule */
    } open[ARRIVALS_OPEN_MOST];
    size_t open_count;
};

/* Takes the rules of a command line; 0 where one is wrong, which is said on stderr. */
int arrivals_init(struct arrivals *arrivals, const struct texts *refuse, const struct texts *coerce, int is_quiet,
                  const char *command);

/* Whether there is a rule. */
int arrivals_has_rules(const struct arrivals *arrivals);

/* The header handler of a server; user_data is the arrivals. */
void arrivals_decide(dimse_request *request, void *user_data);

/*
 * The handler's part: which elements of the instance that has arrived over this association were changed, as text
 * ", coerced: PatientID, ..." in `out`; empty where none was. Each instance is asked about once.
 */
void arrivals_changed(struct arrivals *arrivals, uint64_t association, char *out, size_t size);

#endif
