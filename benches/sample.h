/*
 * What every measured program here does beside its work: it takes the time and says in one line of JSON what it saw.
 * Then it stays until its standard input ends, so that the runner can read its memory and processor time.
 */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline void say(const char *what, unsigned long count, double seconds)
{
    printf("{\"%s\": %lu, \"seconds\": %.9f}\n", what, count, seconds);
    fflush(stdout);
}

/* Until the runner closes standard input. */
static inline void stay(void)
{
    while (getchar() != EOF) {
    }
}

/* A number of an argument, 1 to `most`; ends the program where it is none. */
static inline unsigned long number(const char *text, unsigned long most)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value == 0 || value > most) {
        fprintf(stderr, "%s: not a number from 1 to %lu\n", text, most);
        exit(2);
    }
    return value;
}

#endif
