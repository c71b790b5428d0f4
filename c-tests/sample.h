/* DICOM files to be sent (PS3.10), in memory and on disk, and a folder of the test's own to have them in. */
#ifndef DIMSE_C_TESTS_SAMPLE_H
#define DIMSE_C_TESTS_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "listener.h"

#define SAMPLE_STUDY "1.2.3.1"
#define SAMPLE_SERIES "1.2.3.1.1"

struct sample {
    uint8_t *bytes;
    size_t length;
    /* Where the data set begins, behind the header. */
    size_t header;
};

/* A file of this class and instance, Explicit VR Little Endian, with so many bytes of pixels, an even number. */
struct sample sample_make(const char *sop_class, const char *sop_instance, size_t pixels);
void sample_free(struct sample *sample);

/* Starts to store it; the listener hears what comes of it. */
void sample_store(const struct sample *sample, dimse_assoc *assoc, struct listener *listener);

/* Bytes of its data set: what a C-STORE sends. */
size_t sample_data_set(const struct sample *sample);

struct folder {
    char path[64];
};

/* Makes a folder that nobody else has; removes it with all that is in it. */
void folder_make(struct folder *folder);
void folder_remove(struct folder *folder);

/* The path of a name in it. */
struct path {
    char text[256];
};
struct path folder_path(const struct folder *folder, const char *name);

/* Writes a file; its length, -1 where there is none; whether the data set in it is the sample's. */
void file_write(const char *path, const uint8_t *bytes, size_t length);
long file_length(const char *path);
int file_has_data_set(const char *path, const struct sample *sample);

/* How many files are below the folder, but for empty ones: the lock that a server has there is one. */
int folder_files(const struct folder *folder);

#endif
