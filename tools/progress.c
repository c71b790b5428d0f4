#include "progress.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "dimse.h"
#include "terminal.h"
#include "words.h"

enum {
    REDRAW_US = 100000,      /* ten times a second at most */
    LINE_US = 5000000,
    SILENT_US = 3000000,     /* from then on it says that it waits */
    BAR_LEAST = 8, BAR_MOST = 40,
    TEXT_SIZE = 512
};

static void draw(const struct progress *progress, uint64_t silent_us);
static void describe(char out[TEXT_SIZE], const struct progress *progress, uint64_t silent_us);

void progress_show(struct progress *progress, int is_news)
{
    uint64_t now = clock_us();
    char text[TEXT_SIZE];

    if (progress->is_off)
        return;
    if (is_news || progress->changed_us == 0)
        progress->changed_us = now;
    if (terminal_can_redraw()) {
        if (progress->shown_us != 0 && now - progress->shown_us < REDRAW_US)
            return;
        draw(progress, now - progress->changed_us);
    } else {
        /* The first line after five seconds: what is over before needs none. */
        if (progress->shown_us != 0 && now - progress->shown_us < LINE_US)
            return;
        if (progress->shown_us != 0) {
            describe(text, progress, now - progress->changed_us);
            terminal_note("%s", text);
        }
    }
    progress->shown_us = now;
}

/* In thousandths: by bytes where their sum is known, since instances differ. */
static uint64_t share(const struct progress *progress)
{
    uint64_t done = progress->bytes, total = progress->bytes_total;

    if (total == DIMSE_UNKNOWN_LENGTH || total == 0) {
        done = progress->instances;
        total = progress->instances_total;
    }
    /* All is sent before the last answer has come. */
    if (total == 0 || done >= total)
        return progress->instances < progress->instances_total ? 999 : 1000;
    /* Above 2^54 bytes the product would not fit. */
    return total > UINT64_MAX / 1000 ? done / (total / 1000) : done * 1000 / total;
}

/* "[=====>    ]   52%  156/300   81.9 MB/157.5 MB   52.1 MB/s   0:02 left" */
static void draw(const struct progress *progress, uint64_t silent_us)
{
    char text[TEXT_SIZE], line[TEXT_SIZE + BAR_MOST + 8], bar[BAR_MOST + 1];
    size_t columns = terminal_columns(), used, width, filled;

    describe(text, progress, silent_us);
    used = strlen(text) + 5;
    width = columns > used ? columns - used : 0;
    if (width < BAR_LEAST) {
        terminal_redraw(text);
        return;
    }
    if (width > BAR_MOST)
        width = BAR_MOST;
    filled = (size_t)(share(progress) * width / 1000);
    memset(bar, ' ', width);
    memset(bar, '=', filled);
    if (filled < width)
        bar[filled] = '>';
    bar[width] = '\0';
    snprintf(line, sizeof line, "[%s]  %s", bar, text);
    terminal_redraw(line);
}

static void describe(char out[TEXT_SIZE], const struct progress *progress, uint64_t silent_us)
{
    char bytes[WORDS_SIZE], total[WORDS_SIZE], rate[WORDS_SIZE], left[WORDS_SIZE];
    /* Every number has room to grow: a bar that changes its width with them is hard to look at. */
    int digits = snprintf(NULL, 0, "%llu", (unsigned long long)progress->instances_total);

    if (progress->bytes_total == DIMSE_UNKNOWN_LENGTH)
        snprintf(total, sizeof total, "?");
    else
        words_bytes(total, progress->bytes_total);
    if (silent_us >= SILENT_US)
        snprintf(left, sizeof left, "no answer for %lu s", (unsigned long)(silent_us / 1000000));
    else
        snprintf(left, sizeof left, "%5s left", words_clock(rate, progress->time_left_ms));
    snprintf(out, TEXT_SIZE, "%3u%%  %*llu/%llu  %8.20s/%.20s  %8.20s/s  %.40s", (unsigned)(share(progress) / 10),
             digits, (unsigned long long)progress->instances, (unsigned long long)progress->instances_total,
             words_bytes(bytes, progress->bytes), total, words_bytes(rate, progress->bytes_per_second), left);
}
