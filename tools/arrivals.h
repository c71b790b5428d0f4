/*
 * What a server does with an instance while it arrives: by its elements before the pixels it is refused, or some of
 * these are given other values (coercion, PS3.4 B.2.3), before its pixels are taken.
 */
#ifndef TOOLS_ARRIVALS_H
#define TOOLS_ARRIVALS_H

#include "dimse.h"
#include "options.h"
#include "rule.h"

/* All zero to begin with. It lives as long as the program, since a handler may be at work until the end. */
struct arrivals {
    struct rules refuse, coerce;
    int is_quiet;
};

/* Takes the rules of a command line; 0 where one is wrong, which is said on stderr. */
int arrivals_init(struct arrivals *arrivals, const struct texts *refuse, const struct texts *coerce, int is_quiet,
                  const char *command);

/* Whether there is a rule. */
int arrivals_has_rules(const struct arrivals *arrivals);

/* The header handler of a server; user_data is the arrivals. */
void arrivals_decide(dimse_request *request, void *user_data);

/*
 * The handler's part: which elements of the instance of this request were changed, as text "PatientID, ..." that lives
 * as long as the request; NULL where none was.
 */
const char *arrivals_changed(const dimse_request *request);

#endif
