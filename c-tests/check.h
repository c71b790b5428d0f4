/* The whole test framework of the C programs: a CHECK that does not hold says where and what, and ends the program. */
#ifndef DIMSE_C_TESTS_CHECK_H
#define DIMSE_C_TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

static inline void check_failed(const char *file, int line, const char *condition) {
    fprintf(stderr, "%s:%d: CHECK(%s) does not hold\n", file, line, condition);
    fflush(NULL);
    exit(1);
}

#endif
