/* One live thing of every noun of dimse.h, and what the calls of exports.h check. */
#ifndef DIMSE_C_TESTS_THINGS_H
#define DIMSE_C_TESTS_THINGS_H

#include "check.h"
#include "node.h"
#include "nouns.h"

/* One way to call an export. */
struct row {
    const char *export_name;
    /* What the handle under test is of; NOUNS where there is none. */
    enum noun noun;
    int is_result;
    int null_allowed;
    int frees;
    int any_process;
    int blocks;
    /* Calls it with the handle. expected is what is checked where it is a dimse_result. */
    void (*call)(void *handle, dimse_result expected);
};

/* A live thing of each noun, between things_begin and things_end. */
extern void *live[NOUNS];

void things_begin(void);
void things_end(void);

/* Another thing of a noun, and its end. */
void *thing_make(enum noun noun);
void thing_free(enum noun noun, void *thing);

/* ---- what the calls of exports.h use ---- */

extern const uint8_t ONE_BYTE[1];
extern int released;
void count_release(void *user_data);
int32_t no_event(const dimse_event *event, void *user_data);
int64_t no_read(uint8_t *into, size_t size, void *user_data);
void no_association(dimse_assoc_request *request, void *user_data);
uint32_t no_write(const uint8_t *data, size_t length, void *user_data);
uint32_t no_end(uint32_t is_complete, void *user_data);
void no_element(const dimse_passing_element *element, void *user_data);
void no_request(dimse_request *request, void *user_data);
const dimse_delivery *counted_delivery(dimse_queue *queue);

void untouched_begin(void *out, size_t size, int is_sized);
void untouched_end(const void *out, size_t size, int is_sized, const char *export_name);
void expect(const char *export_name, dimse_result actual, dimse_result expected);
void expect_err(const char *export_name, dimse_error **err, dimse_result expected);
void expect_released(const char *export_name);

#endif
