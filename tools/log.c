#include "log.h"

#include <stdarg.h>
#include <string.h>

#include "clock.h"
#include "dimse.h"

const struct option log_options[] = {
    {"-v", "--verbose", NULL, OPTION_FLAG, offsetof(struct log_settings, verbose), 0, 0,
     "say each phase and each message, and what was negotiated, on stderr"},
    {"-d", "--debug", NULL, OPTION_FLAG, offsetof(struct log_settings, debug), 0, 0,
     "say also each PDU and each command set, field by field"},
    {"-q", "--quiet", NULL, OPTION_FLAG, offsetof(struct log_settings, quiet), 0, 0, "say errors only"},
};
const size_t log_option_count = COUNT_OF(log_options);

/* "15:04:05.123 [1/7] ": time, association, message. */
static void prefix(char *out, size_t size, uint64_t association, uint32_t message_id)
{
    char now[16];

    clock_text(now, sizeof now);
    if (association == 0)
        snprintf(out, size, "%s ", now);
    else if (message_id == 0)
        snprintf(out, size, "%s [%llu] ", now, (unsigned long long)association);
    else
        snprintf(out, size, "%s [%llu/%lu] ", now, (unsigned long long)association, (unsigned long)message_id);
}

/* Called on any thread, also on several at once. A record may have several lines: each gets the prefix. */
static void on_record(const dimse_log_record *record, void *user_data)
{
    const char *text = record->message.data, *end = text + record->message.len;
    enum terminal_tone tone = TONE_PLAIN;
    char before[64];

    (void)user_data;
    if (record->level == DIMSE_LOG_ERROR)
        tone = TONE_BAD;
    else if (record->level == DIMSE_LOG_WARN)
        tone = TONE_WARNING;
    prefix(before, sizeof before, record->association, record->message_id);
    for (;;) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));

        terminal_log(before, tone, text, (size_t)((line_end != NULL ? line_end : end) - text));
        if (line_end == NULL)
            return;
        text = line_end + 1;
    }
}

void log_start(const struct log_settings *settings, uint32_t unasked)
{
    uint32_t level = unasked;

    if (settings->debug)
        level = DIMSE_LOG_DEBUG;
    else if (settings->verbose)
        level = DIMSE_LOG_INFO;
    else if (settings->quiet && unasked > DIMSE_LOG_ERROR)
        level = DIMSE_LOG_ERROR;
    if (level != DIMSE_LOG_OFF)
        dimse_log_set_callback(level, on_record, NULL, NULL, NULL);
}

int log_is_verbose(const struct log_settings *settings)
{
    return settings->verbose || settings->debug;
}

void log_line(uint64_t association, uint32_t message_id, const char *format, ...)
{
    char before[64], text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    prefix(before, sizeof before, association, message_id);
    terminal_log(before, TONE_PLAIN, text, strlen(text));
}
