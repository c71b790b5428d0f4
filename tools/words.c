#include "words.h"

#include <stdio.h>

const char *words_uid(char out[WORDS_SIZE], dimse_str uid)
{
    const char *name = dimse_uid_name(uid.data);

    if (name[0] != '\0')
        snprintf(out, WORDS_SIZE, "%s (%s)", name, uid.data);
    else
        snprintf(out, WORDS_SIZE, "%s", uid.data);
    return out;
}

const char *words_status(char out[WORDS_SIZE], uint32_t command, uint32_t status)
{
    snprintf(out, WORDS_SIZE, "%04lX %s", (unsigned long)status, dimse_status_name_of(command, status));
    return out;
}

const char *words_context_result(uint32_t result)
{
    switch (result) {
    case DIMSE_CONTEXT_ACCEPTED:
        return "accepted";
    case DIMSE_CONTEXT_USER_REJECTION:
        return "refused by the user";
    case DIMSE_CONTEXT_NO_REASON:
        return "refused without a reason";
    case DIMSE_CONTEXT_ABSTRACT_SYNTAX:
        return "refused: abstract syntax not supported";
    case DIMSE_CONTEXT_TRANSFER_SYNTAXES:
        return "refused: none of the transfer syntaxes supported";
    default:
        return "refused for a reserved reason";
    }
}

const char *words_limit(char out[WORDS_SIZE], uint32_t limit, const char *unit)
{
    if (limit == 0)
        snprintf(out, WORDS_SIZE, "no limit");
    else
        snprintf(out, WORDS_SIZE, "%lu%s%s", (unsigned long)limit, unit[0] != '\0' ? " " : "", unit);
    return out;
}

const char *words_time(char out[WORDS_SIZE], uint32_t ms)
{
    if (ms == DIMSE_NO_LIMIT)
        snprintf(out, WORDS_SIZE, "no limit");
    else if (ms % 1000 == 0)
        snprintf(out, WORDS_SIZE, "%lu s", (unsigned long)(ms / 1000));
    else
        snprintf(out, WORDS_SIZE, "%.3g s", ms / 1000.0);
    return out;
}

const char *words_bytes(char out[WORDS_SIZE], uint64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    double size = (double)bytes / 1000;
    size_t unit = 0;

    if (bytes < 1000) {
        snprintf(out, WORDS_SIZE, "%u B", (unsigned)bytes);
        return out;
    }
    /* What would be shown as 1000.0 is 1.0 of the next. */
    for (; size >= 999.95 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        size /= 1000;
    snprintf(out, WORDS_SIZE, "%.1f %s", size, units[unit]);
    return out;
}

const char *words_clock(char out[WORDS_SIZE], uint32_t ms)
{
    uint32_t seconds = ms / 1000;

    if (ms == DIMSE_UNKNOWN_TIME)
        snprintf(out, WORDS_SIZE, "-:--");
    else if (seconds < 3600)
        snprintf(out, WORDS_SIZE, "%u:%02u", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
    else
        snprintf(out, WORDS_SIZE, "%u:%02u:%02u", (unsigned)(seconds / 3600), (unsigned)(seconds / 60 % 60),
                 (unsigned)(seconds % 60));
    return out;
}

const char *words_count(char out[WORDS_SIZE], uint64_t count, const char *noun)
{
    snprintf(out, WORDS_SIZE, "%llu %s%s", (unsigned long long)count, noun, count == 1 ? "" : "s");
    return out;
}
