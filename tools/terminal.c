/* isatty, flockfile and the window's size are POSIX, not C99. */
#define _POSIX_C_SOURCE 200809L
#define _DARWIN_C_SOURCE

#include "terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static struct {
    int is_terminal, has_colour;
    size_t width;
} streams[2];
/* Whether TERM knows more than a teleprinter; and whether there is a line now that is to be redrawn (below stderr's lock). */
static int can_move, is_drawn;

enum { OUT, ERR, LINE_MOST = 4096 };

static size_t window_width(int descriptor);

void terminal_start(void)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    /* no-color.org: present and not empty, whatever it says. */
    int may_colour;

    can_move = term == NULL || strcmp(term, "dumb") != 0;
    may_colour = (no_colour == NULL || no_colour[0] == '\0') && can_move;
    for (int descriptor = 1; descriptor <= 2; descriptor++) {
        int is_terminal = isatty(descriptor);

        streams[descriptor - 1].is_terminal = is_terminal;
        streams[descriptor - 1].has_colour = is_terminal && may_colour;
        streams[descriptor - 1].width = is_terminal ? window_width(descriptor) : 0;
    }
}

static size_t window_width(int descriptor)
{
    struct winsize size;

    memset(&size, 0, sizeof size);
    /* Some pseudo-terminals have no size: 80 is what everybody expects then. */
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

size_t terminal_width(void)
{
    return streams[OUT].width;
}

static int which(FILE *stream)
{
    return stream == stdout ? OUT : ERR;
}

void terminal_tone(FILE *stream, enum terminal_tone tone)
{
    static const char *const codes[] = {"\033[0m", "\033[1m", "\033[32m", "\033[33m", "\033[31m", "\033[2m"};

    if (streams[which(stream)].has_colour)
        fputs(codes[tone], stream);
}

/*
 * Makes text from outside harmless: control characters, those of C1 included, become \xNN. A terminal obeys them, and
 * the text may be an AE title that a stranger chose.
 */
static void harmless(char *out, size_t size, const char *text, size_t length)
{
    size_t used = 0;

    for (size_t at = 0; at < length && used + 5 < size; at++) {
        unsigned char byte = (unsigned char)text[at];
        unsigned char next = at + 1 < length ? (unsigned char)text[at + 1] : 0;
        int is_c1 = byte == 0xC2 && next >= 0x80 && next <= 0x9F;

        if (byte < 0x20 || byte == 0x7F || is_c1)
            used += (size_t)snprintf(out + used, size - used, "\\x%02X", is_c1 ? next : byte);
        else
            out[used++] = (char)byte;
        at += is_c1 ? 1 : 0;
    }
    out[used] = '\0';
}

/* Prints `text` after `column` columns, broken between words where `width` is not 0. */
static void print_broken(FILE *stream, const char *text, size_t column, size_t indent, size_t width)
{
    while (*text != '\0') {
        size_t blank = strspn(text, " ");
        size_t word = strcspn(text + blank, " ");

        if (width > 0 && column > indent && column + blank + word > width) {
            fprintf(stream, "\n%*s", (int)indent, "");
            column = indent;
        } else {
            fprintf(stream, "%.*s", (int)blank, text);
            column += blank;
        }
        fprintf(stream, "%.*s", (int)word, text + blank);
        column += word;
        text += blank + word;
    }
}

/* One line in its tone: the one way out for everything that is not help. */
static void print_line(FILE *stream, const char *prefix, enum terminal_tone prefix_tone, enum terminal_tone tone,
                       const char *text, size_t length)
{
    char line[LINE_MOST];
    size_t indent = strlen(prefix), width = streams[which(stream)].width;

    harmless(line, sizeof line, text, length);
    terminal_clear();
    flockfile(stream);
    if (indent > 0) {
        terminal_tone(stream, prefix_tone);
        fputs(prefix, stream);
        terminal_tone(stream, TONE_PLAIN);
    }
    if (tone != TONE_PLAIN)
        terminal_tone(stream, tone);
    print_broken(stream, line, indent, indent, width > indent + 20 ? width : 0);
    if (tone != TONE_PLAIN)
        terminal_tone(stream, TONE_PLAIN);
    fputc('\n', stream);
    fflush(stream);
    funlockfile(stream);
}

static void print_list(FILE *stream, const char *prefix, enum terminal_tone prefix_tone, enum terminal_tone tone,
                       const char *format, va_list arguments) LIKE_PRINTF(5, 0);

static void print_list(FILE *stream, const char *prefix, enum terminal_tone prefix_tone, enum terminal_tone tone,
                       const char *format, va_list arguments)
{
    char text[LINE_MOST];

    vsnprintf(text, sizeof text, format, arguments);
    print_line(stream, prefix, prefix_tone, tone, text, strlen(text));
}

void terminal_error_list(const char *format, va_list arguments)
{
    print_list(stderr, "dimse: ", TONE_BAD, TONE_PLAIN, format, arguments);
}

void terminal_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    terminal_error_list(format, arguments);
    va_end(arguments);
}

void terminal_hint(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_list(stderr, "", TONE_PLAIN, TONE_PLAIN, format, arguments);
    va_end(arguments);
}

void terminal_note(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_list(stderr, "", TONE_PLAIN, TONE_PLAIN, format, arguments);
    va_end(arguments);
}

void terminal_line(enum terminal_tone tone, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_list(stdout, "", TONE_PLAIN, tone, format, arguments);
    va_end(arguments);
}

void terminal_log(const char *prefix, enum terminal_tone tone, const char *text, size_t length)
{
    print_line(stderr, prefix, TONE_FAINT, tone, text, length);
}

int terminal_can_redraw(void)
{
    return streams[ERR].is_terminal && can_move;
}

size_t terminal_columns(void)
{
    return window_width(2);
}

void terminal_redraw(const char *text)
{
    /* The last column stays free: some terminals go on to the next line when it is written to. */
    fflush(stdout);
    flockfile(stderr);
    fprintf(stderr, "\r%.*s\033[K", (int)terminal_columns() - 1, text);
    fflush(stderr);
    is_drawn = 1;
    funlockfile(stderr);
}

void terminal_clear(void)
{
    flockfile(stderr);
    if (is_drawn)
        fputs("\r\033[K", stderr);
    is_drawn = 0;
    fflush(stderr);
    funlockfile(stderr);
}

int terminal_finish(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 1;
    terminal_error("the output could not be written: %s", strerror(errno));
    return 0;
}
