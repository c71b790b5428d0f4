/* Many threads read one data set at once, text among it, and each changes a copy of its own. */
#include "check.h"

#include <pthread.h>

#define NAME "M\xC3\xBCller^J\xC3\xB6rg"

enum { THREADS = 8, ROUNDS = 500 };

static dimse_dataset *dataset;

static void *read_and_copy(void *data);

int main(void) {
    pthread_t threads[THREADS];
    dimse_error *err = NULL;
    int index;
    CHECK_OK(err, dimse_dataset_new(&dataset, &err));
    CHECK_OK(err, dimse_dataset_set_string(dataset, "ReferencedStudySequence[0].PatientName", 0, NAME, &err));
    CHECK_OK(err, dimse_dataset_set_int(dataset, "Rows", 0, 512, &err));
    for (index = 0; index < THREADS; index++) {
        CHECK_IS(pthread_create(&threads[index], NULL, read_and_copy, NULL), 0);
    }
    for (index = 0; index < THREADS; index++) {
        CHECK_IS(pthread_join(threads[index], NULL), 0);
    }
    dimse_dataset_free(dataset);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void *read_and_copy(void *data) {
    int round;
    for (round = 0; round < ROUNDS; round++) {
        dimse_dataset *copy = NULL;
        dimse_error *err = NULL;
        dimse_str text;
        int64_t rows = 0;
        CHECK_OK(err, dimse_dataset_string(dataset, "ReferencedStudySequence[0].PatientName", 0, &text, &err));
        CHECK_OK(err, dimse_dataset_copy(dataset, &copy, &err));
        CHECK_OK(err, dimse_dataset_set_string(copy, "ReferencedStudySequence[0].PatientName", 0, "Other", &err));
        CHECK_OK(err, dimse_dataset_set_int(copy, "Rows", 0, round, &err));
        CHECK_OK(err, dimse_dataset_int(copy, "Rows", 0, &rows, &err));
        CHECK_IS(rows, round);
        dimse_dataset_free(copy);
        CHECK_TEXT(text, NAME);
    }
    return data;
}
