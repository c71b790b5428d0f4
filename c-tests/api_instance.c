/* dimse_instance: what is refused at once, what is found out when it is sent, and when a reader is given back. */
#include "check.h"

#include "listener.h"
#include "moment.h"
#include "node.h"
#include "sample.h"

static void arguments(void);
static void one_instance_many_times(void);
static void readers(void);
static void readers_that_fail(void);
static void a_reader_that_is_not_sent(void);
static void what_cannot_be_sent(void);
static void contexts_for_what_is_sent(void);

static struct folder folder;
static struct node node;

int main(void) {
    folder_make(&folder);
    node_start(&node, node_folder(&folder));
    arguments();
    one_instance_many_times();
    readers();
    readers_that_fail();
    a_reader_that_is_not_sent();
    what_cannot_be_sent();
    contexts_for_what_is_sent();
    node_stop(&node);
    folder_remove(&folder);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

/* What a reader gives, and what has become of it. */
struct reader {
    const struct sample *sample;
    size_t at;
    /* The most that it gives at once; what it returns at this place, and from then on. */
    size_t step;
    size_t fails_at;
    int64_t fails_with;
    int reads;
    int released;
};

/* On a thread of the library where the instance was sent. */
static void release(void *user_data) {
    __atomic_add_fetch(&((struct reader *)user_data)->released, 1, __ATOMIC_SEQ_CST);
}

static int released(struct reader *reader) { return __atomic_load_n(&reader->released, __ATOMIC_SEQ_CST); }

static int64_t read_some(uint8_t *into, size_t size, void *user_data) {
    struct reader *reader = (struct reader *)user_data;
    size_t left = reader->sample->length - reader->at, length = size;
    reader->reads++;
    CHECK_IS(released(reader), 0);
    if (reader->fails_at != 0 && reader->at >= reader->fails_at) {
        return reader->fails_with > 0 ? (int64_t)size + reader->fails_with : reader->fails_with;
    }
    length = length < left ? length : left;
    length = length < reader->step ? length : reader->step;
    memcpy(into, reader->sample->bytes + reader->at, length);
    reader->at += length;
    return (int64_t)length;
}

static dimse_instance *instance_of(struct reader *reader, const struct sample *sample, uint64_t length) {
    dimse_instance *instance = NULL;
    dimse_error *err = NULL;
    reader->sample = sample;
    reader->at = 0;
    reader->reads = 0;
    reader->released = 0;
    reader->step = reader->step != 0 ? reader->step : 1000;
    CHECK_OK(err, dimse_instance_from_reader(read_some, reader, release, length, &instance, &err));
    CHECK_IS(reader->reads, 0);
    return instance;
}

static void arguments(void) {
    struct reader reader;
    dimse_instance *instance = NULL;
    dimse_error *err = NULL;
    memset(&reader, 0, sizeof reader);
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "path is NULL", dimse_instance_from_file(NULL, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "path: empty", dimse_instance_from_file("", &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out is NULL", dimse_instance_from_file("a", NULL, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "data is NULL", dimse_instance_from_bytes(NULL, 1, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "length: 0",
        dimse_instance_from_bytes((const uint8_t *)"", 0, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "memory",
        dimse_instance_from_bytes((const uint8_t *)"", SIZE_MAX, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out is NULL",
        dimse_instance_from_bytes((const uint8_t *)"x", 1, NULL, &err));
    /* A reader that is refused is given back all the same. */
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "read: NULL",
        dimse_instance_from_reader(NULL, &reader, release, 1, &instance, &err));
    CHECK_IS(released(&reader), 1);
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out is NULL",
        dimse_instance_from_reader(read_some, &reader, release, 1, NULL, &err));
    CHECK_IS(released(&reader), 2);
    CHECK(instance == NULL);
}

static uint16_t store(dimse_assoc *assoc, dimse_instance *instance) {
    dimse_error *err = NULL;
    uint16_t status = 0xFFFFu;
    CHECK_OK(err, dimse_assoc_store(assoc, instance, NULL, NULL, NULL, &status, &err));
    return status;
}

/* The file that it becomes. */
static struct path stored(const char *name) {
    struct path below;
    CHECK(snprintf(below.text, sizeof below.text, SAMPLE_STUDY "/" SAMPLE_SERIES "/%s.dcm", name) > 0);
    return folder_path(&folder, below.text);
}

static void one_instance_many_times(void) {
    struct sample small = sample_make(CT_IMAGE_STORAGE, "1.2.3.1.1.1", 100);
    struct sample large = sample_make(CT_IMAGE_STORAGE, "1.2.3.1.1.2", 700000);
    struct path path = folder_path(&folder, "a file.dcm");
    dimse_instance *bytes = NULL, *file = NULL;
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_error *err = NULL;
    int round;
    CHECK_OK(err, dimse_instance_from_bytes(small.bytes, small.length, &bytes, &err));
    CHECK_OK(err, dimse_instance_from_file(path.text, &file, &err));
    file_write(path.text, large.bytes, large.length);
    for (round = 0; round < 3; round++) {
        CHECK_IS(store(assoc, bytes), 0);
        CHECK_IS(store(assoc, file), 0);
    }
    CHECK(file_has_data_set(stored("1.2.3.1.1.1").text, &small));
    CHECK(file_has_data_set(stored("1.2.3.1.1.2").text, &large));
    dimse_instance_free(bytes);
    dimse_instance_free(file);
    sample_free(&small);
    sample_free(&large);
    node_release(assoc);
}

static void readers(void) {
    static const size_t pixels[] = {0, 10, 300000, 2000000};
    struct reader reader;
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_error *err = NULL;
    size_t index;
    memset(&reader, 0, sizeof reader);
    for (index = 0; index < 2 * sizeof pixels / sizeof pixels[0]; index++) {
        struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.1.1.3", pixels[index / 2]);
        dimse_instance *instance;
        reader.step = index % 3 == 0 ? 700 : SIZE_MAX;
        instance = instance_of(&reader, &sample, index % 2 == 0 ? DIMSE_UNKNOWN_LENGTH : sample.length);
        CHECK_IS(store(assoc, instance), 0);
        CHECK(reader.reads > 0 && reader.at == sample.length);
        CHECK(file_has_data_set(stored("1.2.3.1.1.3").text, &sample));
        CHECK_SOON(released(&reader) == 1);
        CHECK_REFUSED(err, DIMSE_ERR_STATE, "sent before",
            dimse_assoc_store(assoc, instance, NULL, NULL, NULL, NULL, &err));
        dimse_instance_free(instance);
        CHECK_IS(released(&reader), 1);
        sample_free(&sample);
    }
    node_release(assoc);
}

/* At its beginning that is its own failure; in the middle of the message the association ends with it. */
static void readers_that_fail(void) {
    static const struct {
        size_t at;
        int64_t with;
        const char *words;
    } faults[] = {
        {1, -7, "its reader failed and returned -7"},
        {1, 1, "where there was room for"},
        {1, 0, "ended 2000365 bytes before the length"},
        {1000000, -7, "its reader failed and returned -7"},
        {1000000, 1, "where there was room for"},
        {1000000, 0, "ended"},
        {1000000, INT64_MIN, "its reader failed"},
    };
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.1.1.4", 2000000);
    size_t index;
    for (index = 0; index < sizeof faults / sizeof faults[0]; index++) {
        struct reader reader;
        dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
        dimse_instance *instance;
        dimse_error *err = NULL;
        int begun = faults[index].at > 1;
        memset(&reader, 0, sizeof reader);
        reader.fails_at = faults[index].at;
        reader.fails_with = faults[index].with;
        instance = instance_of(&reader, &sample, sample.length);
        if (!begun) {
            reader.step = 1;
        }
        CHECK_REFUSED(err, DIMSE_ERR_IO, faults[index].words,
            dimse_assoc_store(assoc, instance, NULL, NULL, NULL, NULL, &err));
        CHECK_SOON(released(&reader) == 1);
        dimse_instance_free(instance);
        if (begun) {
            CHECK(dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, NULL) < 0);
        } else {
            dimse_instance *whole = NULL;
            CHECK_OK(err, dimse_instance_from_bytes(sample.bytes, sample.length, &whole, &err));
            CHECK_IS(store(assoc, whole), 0);
            dimse_instance_free(whole);
        }
        dimse_assoc_free(assoc);
    }
    sample_free(&sample);
    CHECK_EMPTY(&node);
}

static void a_reader_that_is_not_sent(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.1.1.5", 10);
    struct reader reader;
    struct listener listener;
    dimse_delivery delivery;
    dimse_instance *instance;
    dimse_assoc *assoc;
    dimse_error *err = NULL;
    memset(&reader, 0, sizeof reader);
    instance = instance_of(&reader, &sample, sample.length);
    dimse_instance_free(instance);
    CHECK_IS(released(&reader), 1);
    CHECK_IS(reader.reads, 0);

    /* An association that has ended: the instance is not lost, and can be sent over another. */
    instance = instance_of(&reader, &sample, sample.length);
    assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    CHECK_OK(err, dimse_assoc_release(assoc, &err));
    CHECK(dimse_assoc_store(assoc, instance, NULL, NULL, NULL, NULL, NULL) < 0);
    listener_init(&listener);
    delivery = listener_delivery(&listener, NULL);
    CHECK_OK(err, dimse_assoc_store_async(assoc, instance, NULL, &delivery, NULL, &err));
    CHECK(listener_outcome(&listener) < 0);
    CHECK_IS(reader.reads, 0);
    dimse_assoc_free(assoc);
    assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    CHECK_IS(store(assoc, instance), 0);
    dimse_instance_free(instance);
    CHECK_SOON(released(&reader) == 1);
    node_release(assoc);
    sample_free(&sample);
}

static void what_cannot_be_sent(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.1.1.6", 1000);
    struct sample other = sample_make(MR_IMAGE_STORAGE, "1.2.3.1.1.7", 1000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_instance *instance = NULL;
    dimse_error *err = NULL;
    uint16_t status = 7;
    CHECK_OK(err, dimse_instance_from_file("/nowhere/at/all.dcm", &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_IO, "/nowhere/at/all.dcm",
        dimse_assoc_store(assoc, instance, NULL, NULL, NULL, &status, &err));
    dimse_instance_free(instance);
    CHECK_OK(err, dimse_instance_from_bytes((const uint8_t *)"no DICOM at all", 15, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_NO_INSTANCE, "no DICOM file",
        dimse_assoc_store(assoc, instance, NULL, NULL, NULL, &status, &err));
    dimse_instance_free(instance);
    CHECK_OK(err, dimse_instance_from_bytes(sample.bytes, sample.length - 1, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INSTANCE, "999 of 1,000 bytes",
        dimse_assoc_store(assoc, instance, NULL, NULL, NULL, &status, &err));
    dimse_instance_free(instance);
    CHECK_OK(err, dimse_instance_from_bytes(other.bytes, other.length, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_NO_CONTEXT, "MR Image Storage",
        dimse_assoc_store(assoc, instance, NULL, NULL, NULL, &status, &err));
    dimse_instance_free(instance);
    CHECK_IS(status, 7);
    /* The association goes on. */
    CHECK_OK(err, dimse_instance_from_bytes(sample.bytes, sample.length, &instance, &err));
    CHECK_IS(store(assoc, instance), 0);
    dimse_instance_free(instance);
    node_release(assoc);
    sample_free(&sample);
    sample_free(&other);
}

static dimse_context context_of(dimse_assoc *assoc, size_t index) {
    dimse_context context;
    memset(&context, 0, sizeof context);
    context.struct_size = sizeof context;
    CHECK_IS(dimse_assoc_context(assoc, index, &context), DIMSE_OK);
    return context;
}

static void contexts_for_what_is_sent(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.1.1.8", 1000);
    struct sample other = sample_make(MR_IMAGE_STORAGE, "1.2.3.1.1.9", 1000);
    struct path path = folder_path(&folder, "other.dcm"), junk = folder_path(&folder, "junk");
    const char *paths[4];
    struct reader reader;
    dimse_assoc_options *options = node_caller(node.port);
    dimse_instance *instance = NULL, *unread;
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    size_t unusable = 7;
    memset(&reader, 0, sizeof reader);
    file_write(path.text, other.bytes, other.length);
    file_write(junk.text, (const uint8_t *)"junk", 4);
    paths[0] = "/nowhere/at/all.dcm";
    paths[1] = path.text;
    paths[2] = junk.text;
    paths[3] = path.text;
    CHECK_OK(err, dimse_instance_from_bytes(sample.bytes, sample.length, &instance, &err));
    unread = instance_of(&reader, &sample, sample.length);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "before it is sent",
        dimse_assoc_options_add_contexts_for_instance(options, unread, NULL, &err));
    CHECK_IS(reader.reads, 0);
    dimse_instance_free(unread);
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "paths is NULL",
        dimse_assoc_options_add_contexts_for_files(options, NULL, 1, NULL, &unusable, &err));
    CHECK_IS(unusable, 7);
    CHECK_OK(err, dimse_assoc_options_add_contexts_for_files(options, paths, 4, NULL, &unusable, &err));
    CHECK_IS(unusable, 2);
    CHECK_OK(err, dimse_assoc_options_add_contexts_for_files(options, paths + 1, 1, NULL, &unusable, &err));
    CHECK_IS(unusable, 0);
    CHECK_OK(err, dimse_assoc_options_add_contexts_for_files(options, paths, 4, NULL, NULL, &err));
    CHECK_OK(err, dimse_assoc_options_add_contexts_for_instance(options, instance, NULL, &err));
    CHECK_OK(err, dimse_assoc_options_add_contexts_for_instance(options, instance, NULL, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    CHECK_TEXT(context_of(assoc, 0).abstract_syntax, MR_IMAGE_STORAGE);
    CHECK_TEXT(context_of(assoc, 0).transfer_syntax, EXPLICIT_VR_LITTLE_ENDIAN);
    CHECK_TEXT(context_of(assoc, 1).abstract_syntax, MR_IMAGE_STORAGE);
    CHECK_TEXT(context_of(assoc, 2).abstract_syntax, CT_IMAGE_STORAGE);
    CHECK_TEXT(context_of(assoc, 3).abstract_syntax, CT_IMAGE_STORAGE);
    CHECK_IS(store(assoc, instance), 0);
    dimse_instance_free(instance);
    dimse_assoc_options_free(options);
    node_release(assoc);
    sample_free(&sample);
    sample_free(&other);
}
