/*
 * Words on a terminal or into a pipe. On a terminal there are colours (unless NO_COLOR is set) and long lines are
 * broken between words; a pipe gets plain lines. What a peer said never reaches the terminal as control characters.
 */
#ifndef TOOLS_TERMINAL_H
#define TOOLS_TERMINAL_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#ifdef __GNUC__
#define LIKE_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define LIKE_PRINTF(text, first)
#endif

enum terminal_tone { TONE_PLAIN, TONE_TITLE, TONE_GOOD, TONE_WARNING, TONE_BAD, TONE_FAINT };

/* Looks what stdout and stderr are; before everything else here. */
void terminal_start(void);

/* How many columns stdout has; 0 in a pipe, where lines have no end. */
size_t terminal_width(void);

/* Changes the colour of what follows; nothing in a pipe. */
void terminal_tone(FILE *stream, enum terminal_tone tone);

/* `dimse: ` and what happened, on stderr. Results printed before it come out before it. */
void terminal_error(const char *format, ...) LIKE_PRINTF(1, 2);
void terminal_error_list(const char *format, va_list arguments) LIKE_PRINTF(1, 0);

/* A line on stderr that helps with the error before it. */
void terminal_hint(const char *format, ...) LIKE_PRINTF(1, 2);

/* A line of -v on stderr. */
void terminal_note(const char *format, ...) LIKE_PRINTF(1, 2);

/* One line of a result, on stdout. Every word from a peer goes through here or through the functions above. */
void terminal_line(enum terminal_tone tone, const char *format, ...) LIKE_PRINTF(2, 3);

/*
 * One line of a log on stderr: `prefix`, faint, then one line of `text`. From any thread: lines never mix.
 * `text` has no newline and needs no NUL.
 */
void terminal_log(const char *prefix, enum terminal_tone tone, const char *text, size_t length);

/*
 * A line on stderr that is drawn again and again, for how far something is: 1 where stderr is a terminal that can do
 * that. Whatever else is printed takes its place, until it is drawn the next time.
 */
int terminal_can_redraw(void);

/* How many columns such a line has now: windows change. */
size_t terminal_columns(void);

/* Draws it. `text` is ASCII; what does not fit is left out. */
void terminal_redraw(const char *text);

/* Takes it away. */
void terminal_clear(void);

/* 0 where something printed on stdout was lost (a full disk); it is said on stderr. */
int terminal_finish(void);

#endif
