#include "sample.h"

#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files ---- */

static uint8_t *put(uint8_t *at, const void *bytes, size_t length) {
    memcpy(at, bytes, length);
    return at + length;
}

/* A tag, a VR with a length of 16 bits, and a value, which is padded to an even length. */
static uint8_t *put_element(
    uint8_t *at, uint16_t group, uint16_t element, const char *vr, const char *value, size_t length) {
    uint8_t head[8];
    size_t padded = length + length % 2;
    head[0] = (uint8_t)(group & 0xFFu);
    head[1] = (uint8_t)(group >> 8);
    head[2] = (uint8_t)(element & 0xFFu);
    head[3] = (uint8_t)(element >> 8);
    memcpy(head + 4, vr, 2);
    head[6] = (uint8_t)(padded & 0xFFu);
    head[7] = (uint8_t)(padded >> 8);
    at = put(at, head, sizeof head);
    at = put(at, value, length);
    return length % 2 ? put(at, "", 1) : at;
}

static uint8_t *put_uid(uint8_t *at, uint16_t group, uint16_t element, const char *uid) {
    return put_element(at, group, element, "UI", uid, strlen(uid));
}

struct sample sample_make(const char *sop_class, const char *sop_instance, size_t pixels) {
    static const uint8_t version[] = {2, 0, 1, 0, 'O', 'B', 0, 0, 2, 0, 0, 0, 0, 1};
    static const uint8_t pixel_data[] = {0xE0, 0x7F, 0x10, 0x00, 'O', 'W', 0, 0};
    struct sample sample;
    uint8_t *at, *meta;
    uint32_t length;
    char size[4];
    size_t index;
    CHECK(pixels % 2 == 0);
    sample.bytes = (uint8_t *)malloc(pixels + 1024);
    CHECK(sample.bytes != NULL);
    memset(sample.bytes, 0, 128);
    at = put(sample.bytes + 128, "DICM", 4);
    meta = put_element(at, 2, 0, "UL", "\0\0\0", 4);
    at = put(meta, version, sizeof version);
    at = put_uid(at, 2, 2, sop_class);
    at = put_uid(at, 2, 3, sop_instance);
    at = put_uid(at, 2, 0x10, "1.2.840.10008.1.2.1");
    at = put_uid(at, 2, 0x12, "1.2.3.4");
    length = (uint32_t)(at - meta);
    for (index = 0; index < 4; index++) {
        size[index] = (char)(length >> 8 * index & 0xFFu);
    }
    memcpy(meta - 4, size, 4);
    sample.header = (size_t)(at - sample.bytes);

    at = put_uid(at, 8, 0x16, sop_class);
    at = put_uid(at, 8, 0x18, sop_instance);
    at = put_element(at, 8, 0x60, "CS", "CT", 2);
    at = put_uid(at, 0x20, 0x0D, SAMPLE_STUDY);
    at = put_uid(at, 0x20, 0x0E, SAMPLE_SERIES);
    at = put(at, pixel_data, sizeof pixel_data);
    for (index = 0; index < 4; index++) {
        *at++ = (uint8_t)(pixels >> 8 * index & 0xFFu);
    }
    for (index = 0; index < pixels; index++) {
        *at++ = (uint8_t)(index * 31u >> 3);
    }
    sample.length = (size_t)(at - sample.bytes);
    return sample;
}

void sample_free(struct sample *sample) {
    free(sample->bytes);
    memset(sample, 0, sizeof *sample);
}

size_t sample_data_set(const struct sample *sample) { return sample->length - sample->header; }

void sample_store(const struct sample *sample, dimse_assoc *assoc, struct listener *listener) {
    dimse_instance *instance = NULL;
    dimse_delivery delivery;
    dimse_error *err = NULL;
    listener_init(listener);
    delivery = listener_delivery(listener, NULL);
    CHECK_OK(err, dimse_instance_from_bytes(sample->bytes, sample->length, &instance, &err));
    CHECK_OK(err, dimse_assoc_store_async(assoc, instance, NULL, &delivery, NULL, &err));
    dimse_instance_free(instance);
}

/* ---- the disk ---- */

void folder_make(struct folder *folder) {
    strcpy(folder->path, "/tmp/dimse-c-test-XXXXXX");
    CHECK(mkdtemp(folder->path) != NULL);
}

struct path folder_path(const struct folder *folder, const char *name) {
    struct path path;
    int length = snprintf(path.text, sizeof path.text, "%s/%s", folder->path, name);
    CHECK(length > 0 && length < (int)sizeof path.text);
    return path;
}

/* Calls itself for each folder below; says how many files there were, and removes all of them where it is told to. */
static int walk(const char *path, int removes) {
    DIR *folder = opendir(path);
    struct dirent *entry;
    int files = 0;
    CHECK(folder != NULL || errno == ENOENT);
    if (folder == NULL) {
        return 0;
    }
    while ((entry = readdir(folder)) != NULL) {
        char name[1024];
        struct stat about;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        CHECK(snprintf(name, sizeof name, "%s/%s", path, entry->d_name) < (int)sizeof name);
        /* What the library has just renamed or removed is not there any more. */
        if (lstat(name, &about) != 0) {
            continue;
        }
        if (S_ISDIR(about.st_mode)) {
            files += walk(name, removes);
        } else {
            files += about.st_size > 0;
            CHECK(!removes || unlink(name) == 0 || errno == ENOENT);
        }
    }
    closedir(folder);
    /* A server that has stopped takes its own things away, perhaps at this moment. */
    CHECK(!removes || rmdir(path) == 0 || errno == ENOENT);
    return files;
}

void folder_remove(struct folder *folder) { walk(folder->path, 1); }

int folder_files(const struct folder *folder) { return walk(folder->path, 0); }

void file_write(const char *path, const uint8_t *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    CHECK(fwrite(bytes, 1, length, file) == length);
    CHECK_IS(fclose(file), 0);
}

long file_length(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 ? (long)about.st_size : -1L;
}

int file_has_data_set(const char *path, const struct sample *sample) {
    long length = file_length(path), data_set = (long)sample_data_set(sample);
    uint8_t *bytes = (uint8_t *)malloc((size_t)data_set);
    FILE *file = fopen(path, "rb");
    int is_it;
    CHECK(bytes != NULL && file != NULL && length > data_set);
    CHECK_IS(fseek(file, length - data_set, SEEK_SET), 0);
    CHECK(fread(bytes, 1, (size_t)data_set, file) == (size_t)data_set);
    is_it = memcmp(bytes, sample->bytes + sample->header, (size_t)data_set) == 0;
    fclose(file);
    free(bytes);
    return is_it;
}
