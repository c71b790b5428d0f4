/* The test framework of the C programs: a check that does not hold says where and what, and ends the program. */
#ifndef DIMSE_C_TESTS_CHECK_H
#define DIMSE_C_TESTS_CHECK_H

#include <dimse.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The condition holds. */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

/* An integer is what it should be; both are shown where it is not. */
#define CHECK_IS(actual, expected) \
    check_is(__FILE__, __LINE__, #actual, (long long)(actual), #expected, (long long)(expected))

/* A dimse_str is this text. */
#define CHECK_TEXT(actual, expected) check_text(__FILE__, __LINE__, #actual, (actual), (expected))

/* A call whose last argument is &err works. */
#define CHECK_OK(err, call) check_ok(__FILE__, __LINE__, #call, (call), &(err))

/* A call whose last argument is &err is refused with this result, and err has these words. */
#define CHECK_REFUSED(err, expected, words, call) \
    check_refused(__FILE__, __LINE__, #call, (call), &(err), (expected), (words))

static inline void check_failed(const char *file, int line, const char *condition) {
    fprintf(stderr, "%s:%d: CHECK(%s) does not hold\n", file, line, condition);
    fflush(NULL);
    exit(1);
}

static inline void check_is(
    const char *file, int line, const char *what, long long actual, const char *wanted, long long expected) {
    if (actual != expected) {
        fprintf(stderr, "%s:%d: %s is %lld, not %s (%lld)\n", file, line, what, actual, wanted, expected);
        fflush(NULL);
        exit(1);
    }
}

static inline void check_text(const char *file, int line, const char *what, dimse_str actual, const char *expected) {
    if (actual.data == NULL || strlen(actual.data) != actual.len || strcmp(actual.data, expected) != 0) {
        fprintf(stderr, "%s:%d: %s is \"%s\" (length %lu), not \"%s\"\n", file, line, what,
            actual.data != NULL ? actual.data : "NULL", (unsigned long)actual.len, expected);
        fflush(NULL);
        exit(1);
    }
}

static inline void check_ok(const char *file, int line, const char *call, dimse_result result, dimse_error **err) {
    if (result != DIMSE_OK || *err != NULL) {
        fprintf(stderr, "%s:%d: %s is %s: %s\n", file, line, call, dimse_result_name(result),
            dimse_error_message(*err).data);
        fflush(NULL);
        exit(1);
    }
}

static inline void check_refused(const char *file, int line, const char *call, dimse_result result, dimse_error **err,
    dimse_result expected, const char *words) {
    dimse_str message = dimse_error_message(*err);
    if (result != expected || dimse_error_result(*err) != expected || strstr(message.data, words) == NULL) {
        fprintf(stderr, "%s:%d: %s is %s: \"%s\", not %s with \"%s\"\n", file, line, call, dimse_result_name(result),
            message.data, dimse_result_name(expected), words);
        fflush(NULL);
        exit(1);
    }
    dimse_error_free(*err);
    *err = NULL;
}

#endif
