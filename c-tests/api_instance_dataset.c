/* dimse_instance of a data set: alone, with pixels and with frames from a reader; and elements that are set on the way.
 */
#include "check.h"

#include "moment.h"
#include "node.h"
#include "sample.h"

#define JPEG_BASELINE "1.2.840.10008.1.2.4.50"
#define DEFLATED "1.2.840.10008.1.2.1.99"
#define BIG_ENDIAN_EXPLICIT "1.2.840.10008.1.2.2"
#define INSTANCE "1.2.3.1.1.1"

static void arguments(void);
static void a_data_set_alone(void);
static void native_pixels(void);
static void frames(void);
static void readers_that_end_early(void);
static void contexts(void);
static void elements_are_set(void);

static struct folder folder;
static struct node node;

int main(void) {
    folder_make(&folder);
    node_start(&node, node_folder(&folder));
    arguments();
    a_data_set_alone();
    native_pixels();
    frames();
    readers_that_end_early();
    contexts();
    elements_are_set();
    node_stop(&node);
    folder_remove(&folder);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

/* Gives `length` bytes, at most `step` at once; what it returns at this place, and from then on. */
struct reader {
    size_t at, length, step;
    size_t fails_at;
    int64_t fails_with;
    int released;
};

static uint8_t byte_at(size_t at) { return (uint8_t)(at * 31u >> 3); }

static int64_t read_some(uint8_t *into, size_t size, void *user_data) {
    struct reader *reader = (struct reader *)user_data;
    size_t left = reader->length - reader->at, length = size < reader->step ? size : reader->step, index;
    if (reader->fails_with != 0 && reader->at >= reader->fails_at) {
        return reader->fails_with;
    }
    length = length < left ? length : left;
    for (index = 0; index < length; index++) {
        into[index] = byte_at(reader->at + index);
    }
    reader->at += length;
    return (int64_t)length;
}

/* On a thread of the library where the instance was sent. */
static void release(void *user_data) {
    __atomic_add_fetch(&((struct reader *)user_data)->released, 1, __ATOMIC_SEQ_CST);
}

static int released(struct reader *reader) { return __atomic_load_n(&reader->released, __ATOMIC_SEQ_CST); }

static struct reader reader_of(size_t length, size_t step) {
    struct reader reader;
    memset(&reader, 0, sizeof reader);
    reader.length = length;
    reader.step = step;
    return reader;
}

static void set(dimse_dataset *dataset, const char *path, const char *text) {
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_dataset_set_string(dataset, path, DIMSE_ALL_VALUES, text, &err));
}

static dimse_dataset *dataset_of(const char *bits) {
    dimse_dataset *dataset = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_dataset_new(&dataset, &err));
    set(dataset, "SOPClassUID", CT_IMAGE_STORAGE);
    set(dataset, "SOPInstanceUID", INSTANCE);
    set(dataset, "StudyInstanceUID", SAMPLE_STUDY);
    set(dataset, "SeriesInstanceUID", SAMPLE_SERIES);
    set(dataset, "PatientName", "M\xC3\xBCller^Eva");
    set(dataset, "BitsAllocated", bits);
    set(dataset, "NumberOfFrames", "3");
    /* Behind the pixels. */
    set(dataset, "DataSetTrailingPadding", "");
    return dataset;
}

static dimse_instance *with_pixels(
    const dimse_dataset *dataset, const char *syntax, struct reader *reader, uint64_t length) {
    dimse_instance *instance = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_instance_from_dataset_and_pixels(
        dataset, syntax, read_some, reader, release, length, &instance, &err));
    CHECK_IS(reader->at, 0);
    return instance;
}

static const uint64_t LENGTHS[] = {5, 300001, 2};

static dimse_instance *with_frames(const dimse_dataset *dataset, uint32_t table, struct reader *reader) {
    dimse_instance *instance = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_instance_from_dataset_and_frames(
        dataset, JPEG_BASELINE, LENGTHS, 3, table, read_some, reader, release, &instance, &err));
    CHECK_IS(reader->at, 0);
    return instance;
}

static dimse_assoc *open_for(const char *syntax) {
    dimse_assoc_options *options = node_caller(node.port);
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_options_add_context(options, CT_IMAGE_STORAGE, &syntax, 1, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    dimse_assoc_options_free(options);
    return assoc;
}

static void store_with(dimse_assoc *assoc, dimse_instance *instance, const dimse_store_options *options) {
    dimse_error *err = NULL;
    uint16_t status = 0xFFFFu;
    CHECK_OK(err, dimse_assoc_store(assoc, instance, options, NULL, NULL, &status, &err));
    CHECK_IS(status, 0);
}

/* The path that an instance gets. */
static struct path stored(const char *name) {
    struct path below;
    CHECK(snprintf(below.text, sizeof below.text, SAMPLE_STUDY "/" SAMPLE_SERIES "/%s.dcm", name) > 0);
    return folder_path(&folder, below.text);
}

/* What arrived. */
static dimse_dataset *arrived(const char *name) {
    struct path path = stored(name);
    dimse_dataset *dataset = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_dataset_from_file(path.text, 0, 0, &dataset, &err));
    return dataset;
}

static void check_same(const dimse_dataset *actual, const dimse_dataset *expected, const char *syntax) {
    dimse_buffer *one = NULL, *other = NULL;
    dimse_error *err = NULL;
    dimse_bytes a, b;
    CHECK_OK(err, dimse_dataset_to_bytes(actual, syntax, &one, &err));
    CHECK_OK(err, dimse_dataset_to_bytes(expected, syntax, &other, &err));
    a = dimse_buffer_bytes(one);
    b = dimse_buffer_bytes(other);
    CHECK_IS(a.len, b.len);
    CHECK(memcmp(a.data, b.data, a.len) == 0);
    dimse_buffer_free(one);
    dimse_buffer_free(other);
}

static void arguments(void) {
    dimse_dataset *dataset = dataset_of("16"), *empty = NULL;
    dimse_instance *instance = NULL;
    dimse_error *err = NULL;
    struct reader reader = reader_of(10, 10);
    uint64_t none[] = {2, 0};
    CHECK_OK(err, dimse_dataset_new(&empty, &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "SOP Class UID (0008,0016) is not in the data set",
        dimse_instance_from_dataset(empty, EXPLICIT_VR_LITTLE_ENDIAN, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "transfer_syntax",
        dimse_instance_from_dataset(dataset, "explicit", &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "out is NULL",
        dimse_instance_from_dataset(dataset, EXPLICIT_VR_LITTLE_ENDIAN, NULL, &err));
    /* A reader that is refused is given back all the same. */
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "read: NULL",
        dimse_instance_from_dataset_and_pixels(
            dataset, EXPLICIT_VR_LITTLE_ENDIAN, NULL, &reader, release, 2, &instance, &err));
    CHECK_IS(released(&reader), 1);
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "bytes of native pixel data",
        dimse_instance_from_dataset_and_pixels(dataset, EXPLICIT_VR_LITTLE_ENDIAN, read_some, &reader, release,
            DIMSE_UNKNOWN_LENGTH, &instance, &err));
    CHECK_IS(released(&reader), 2);
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "none of the uncompressed ones",
        dimse_instance_from_dataset_and_pixels(
            dataset, JPEG_BASELINE, read_some, &reader, release, 2, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "frames are encapsulated",
        dimse_instance_from_dataset_and_frames(dataset, EXPLICIT_VR_LITTLE_ENDIAN, LENGTHS, 3,
            DIMSE_OFFSET_TABLE_EMPTY, read_some, &reader, release, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "offset_table: 2",
        dimse_instance_from_dataset_and_frames(
            dataset, JPEG_BASELINE, LENGTHS, 3, 2, read_some, &reader, release, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "lengths is NULL",
        dimse_instance_from_dataset_and_frames(
            dataset, JPEG_BASELINE, NULL, 3, 0, read_some, &reader, release, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "there is no frame",
        dimse_instance_from_dataset_and_frames(
            dataset, JPEG_BASELINE, NULL, 0, 0, read_some, &reader, release, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "frame 2 has 0 bytes",
        dimse_instance_from_dataset_and_frames(
            dataset, JPEG_BASELINE, none, 2, 0, read_some, &reader, release, &instance, &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "Number of Frames (0028,0008) is 3",
        dimse_instance_from_dataset_and_frames(dataset, JPEG_BASELINE, LENGTHS, 2, DIMSE_OFFSET_TABLE_REAL,
            read_some, &reader, release, &instance, &err));
    CHECK_IS(released(&reader), 9);
    CHECK_OK(err, dimse_dataset_set_bytes(dataset, "PixelData", (const uint8_t *)"xy", 2, &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "(7FE0,0010) is in the data set",
        dimse_instance_from_dataset_and_pixels(
            dataset, EXPLICIT_VR_LITTLE_ENDIAN, read_some, &reader, release, 2, &instance, &err));
    CHECK(instance == NULL);
    dimse_dataset_free(dataset);
    dimse_dataset_free(empty);
}

static void a_data_set_alone(void) {
    static const char *const syntaxes[] = {
        EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, DEFLATED, BIG_ENDIAN_EXPLICIT};
    size_t index;
    for (index = 0; index < sizeof syntaxes / sizeof syntaxes[0]; index++) {
        dimse_dataset *dataset = dataset_of("16"), *expected = NULL, *got;
        dimse_assoc *assoc = open_for(syntaxes[index]);
        dimse_instance *instance = NULL;
        dimse_error *err = NULL;
        CHECK_OK(err, dimse_dataset_set_bytes(dataset, "PixelData", (const uint8_t *)"pixels", 6, &err));
        CHECK_OK(err, dimse_dataset_copy(dataset, &expected, &err));
        CHECK_OK(err, dimse_instance_from_dataset(dataset, syntaxes[index], &instance, &err));
        /* What becomes of the data set now is of no interest to the instance. */
        set(dataset, "PatientName", "Another");
        dimse_dataset_free(dataset);
        store_with(assoc, instance, NULL);
        store_with(assoc, instance, NULL);
        got = arrived(INSTANCE);
        CHECK_TEXT(dimse_dataset_transfer_syntax(got), syntaxes[index]);
        check_same(got, expected, EXPLICIT_VR_LITTLE_ENDIAN);
        dimse_dataset_free(got);
        dimse_dataset_free(expected);
        dimse_instance_free(instance);
        node_release(assoc);
    }
}

/* Of an instance in `own`, over an association that takes `taken`. */
static void store_native(const char *own, const char *taken, size_t length, size_t step) {
    dimse_dataset *dataset = dataset_of("16"), *got;
    struct reader reader = reader_of(length, step);
    dimse_instance *instance = with_pixels(dataset, own, &reader, length);
    dimse_assoc *assoc = open_for(taken);
    uint8_t *pixels = (uint8_t *)calloc(1, length + 1);
    dimse_error *err = NULL;
    size_t index;
    CHECK(pixels != NULL);
    for (index = 0; index < length; index++) {
        pixels[index] = byte_at(index);
    }
    /* With the byte that makes them even. */
    CHECK_OK(err, dimse_dataset_set_bytes(dataset, "PixelData", pixels, length + length % 2, &err));
    store_with(assoc, instance, NULL);
    CHECK_SOON(released(&reader) == 1);
    CHECK_IS(reader.at, length);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "sent before",
        dimse_assoc_store(assoc, instance, NULL, NULL, NULL, NULL, &err));
    dimse_instance_free(instance);
    CHECK_IS(released(&reader), 1);
    got = arrived(INSTANCE);
    CHECK_TEXT(dimse_dataset_transfer_syntax(got), taken);
    check_same(got, dataset, EXPLICIT_VR_LITTLE_ENDIAN);
    dimse_dataset_free(got);
    dimse_dataset_free(dataset);
    free(pixels);
    node_release(assoc);
}

static void native_pixels(void) {
    static const size_t lengths[] = {0, 2, 3, 300000, 2000001};
    size_t index;
    for (index = 0; index < sizeof lengths / sizeof lengths[0]; index++) {
        store_native(EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, lengths[index], SIZE_MAX);
        store_native(IMPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, lengths[index], 700);
        store_native(DEFLATED, DEFLATED, lengths[index], 7000);
        store_native(EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, lengths[index], 7000);
        store_native(EXPLICIT_VR_LITTLE_ENDIAN, DEFLATED, lengths[index], SIZE_MAX);
        store_native(DEFLATED, BIG_ENDIAN_EXPLICIT, lengths[index], SIZE_MAX);
    }
}

static dimse_bytes fragment(const dimse_dataset *dataset, uint32_t index) {
    dimse_error *err = NULL;
    dimse_bytes bytes;
    CHECK_OK(err, dimse_dataset_fragment(dataset, "PixelData", index, &bytes, &err));
    return bytes;
}

static void frames(void) {
    /* From the item of the first frame: 8 bytes and 6, 8 and 300,002. */
    static const uint8_t places[] = {0, 0, 0, 0, 14, 0, 0, 0, 0xF8, 0x93, 0x04, 0};
    static const size_t steps[] = {1, 7000, SIZE_MAX};
    size_t index;
    for (index = 0; index < 6; index++) {
        uint32_t table = index % 2 == 0 ? DIMSE_OFFSET_TABLE_EMPTY : DIMSE_OFFSET_TABLE_REAL, frame;
        dimse_dataset *dataset = dataset_of("8"), *got;
        struct reader reader = reader_of(300008, steps[index / 2]);
        dimse_instance *instance = with_frames(dataset, table, &reader);
        dimse_assoc *assoc = open_for(JPEG_BASELINE);
        dimse_error *err = NULL;
        size_t at = 0;
        store_with(assoc, instance, NULL);
        CHECK_SOON(released(&reader) == 1);
        dimse_instance_free(instance);
        got = arrived(INSTANCE);
        CHECK_TEXT(dimse_dataset_transfer_syntax(got), JPEG_BASELINE);
        CHECK_IS(fragment(got, 0).len, table == DIMSE_OFFSET_TABLE_REAL ? sizeof places : 0);
        CHECK(memcmp(fragment(got, 0).data, places, fragment(got, 0).len) == 0);
        for (frame = 0; frame < 3; frame++) {
            dimse_bytes bytes = fragment(got, frame + 1);
            size_t length = (size_t)LENGTHS[frame], byte;
            CHECK_IS(bytes.len, length + length % 2);
            for (byte = 0; byte < length; byte++) {
                CHECK(bytes.data[byte] == byte_at(at + byte));
            }
            CHECK(length % 2 == 0 || bytes.data[length] == 0);
            at += length;
        }
        /* All but the frames is the data set, and what was behind them is there. */
        CHECK_OK(err, dimse_dataset_remove(got, "PixelData", &err));
        check_same(got, dataset, EXPLICIT_VR_LITTLE_ENDIAN);
        dimse_dataset_free(got);
        dimse_dataset_free(dataset);
        node_release(assoc);
    }
}

/* At its beginning that is its own failure; in the middle of the message the association ends with it. */
static void readers_that_end_early(void) {
    static const struct {
        size_t at;
        int64_t with;
        const char *native, *in_frames;
    } faults[] = {
        {0, 0, "ended 300008 bytes before the length", "ended 5 bytes before the end of frame 1 of 3"},
        {0, -7, "its reader failed and returned -7", "its reader failed and returned -7"},
        {0, INT64_MAX, "where there was room for", "where there was room for"},
        {300007, 0, "ended 1 bytes before the length", "ended 1 bytes before the end of frame 3 of 3"},
        {300007, -7, "its reader failed and returned -7", "its reader failed and returned -7"},
    };
    size_t index;
    for (index = 0; index < 2 * sizeof faults / sizeof faults[0]; index++) {
        size_t fault = index / 2;
        int has_frames = index % 2 == 1, has_begun = faults[fault].at > 0;
        dimse_dataset *dataset = dataset_of("8");
        struct reader reader = reader_of(faults[fault].with != 0 ? 300008 : faults[fault].at, 10007);
        const char *syntax = has_frames ? JPEG_BASELINE : EXPLICIT_VR_LITTLE_ENDIAN;
        dimse_assoc *assoc = open_for(syntax);
        dimse_instance *instance;
        dimse_error *err = NULL;
        reader.fails_with = faults[fault].with;
        /* A step may go beyond. */
        reader.fails_at = has_begun ? 290000 : 0;
        instance = has_frames ? with_frames(dataset, DIMSE_OFFSET_TABLE_REAL, &reader)
                              : with_pixels(dataset, syntax, &reader, 300008);
        CHECK_REFUSED(err, DIMSE_ERR_IO, has_frames ? faults[fault].in_frames : faults[fault].native,
            dimse_assoc_store(assoc, instance, NULL, NULL, NULL, NULL, &err));
        CHECK_SOON(released(&reader) == 1);
        dimse_instance_free(instance);
        if (has_begun) {
            CHECK(dimse_assoc_echo(assoc, NULL, NULL, NULL, NULL, NULL) < 0);
        } else {
            dimse_instance *whole = NULL;
            struct reader good = reader_of(300008, SIZE_MAX);
            whole = has_frames ? with_frames(dataset, DIMSE_OFFSET_TABLE_EMPTY, &good)
                               : with_pixels(dataset, syntax, &good, 300008);
            store_with(assoc, whole, NULL);
            dimse_instance_free(whole);
            CHECK_SOON(released(&good) == 1);
        }
        dimse_assoc_free(assoc);
        dimse_dataset_free(dataset);
    }
    CHECK_EMPTY(&node);
    /* One that is never sent. */
    {
        dimse_dataset *dataset = dataset_of("8");
        struct reader reader = reader_of(10, 10);
        dimse_instance_free(with_pixels(dataset, EXPLICIT_VR_LITTLE_ENDIAN, &reader, 10));
        CHECK_IS(released(&reader), 1);
        dimse_dataset_free(dataset);
    }
}

/* They are known before anything is read. */
static void contexts(void) {
    dimse_dataset *dataset = dataset_of("8");
    struct reader reader = reader_of(300008, SIZE_MAX);
    dimse_instance *instance = with_frames(dataset, DIMSE_OFFSET_TABLE_EMPTY, &reader);
    dimse_assoc_options *options = node_caller(node.port);
    dimse_assoc *assoc = NULL;
    dimse_context context;
    dimse_error *err = NULL;
    memset(&context, 0, sizeof context);
    context.struct_size = sizeof context;
    CHECK_OK(err, dimse_assoc_options_add_contexts_for_instance(options, instance, NULL, &err));
    CHECK_IS(reader.at, 0);
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    CHECK_IS(dimse_assoc_context(assoc, 0, &context), DIMSE_OK);
    CHECK_TEXT(context.abstract_syntax, CT_IMAGE_STORAGE);
    CHECK_TEXT(context.transfer_syntax, JPEG_BASELINE);
    store_with(assoc, instance, NULL);
    CHECK_SOON(released(&reader) == 1);
    dimse_assoc_options_free(options);
    dimse_instance_free(instance);
    dimse_dataset_free(dataset);
    node_release(assoc);
}

static void check_element(const dimse_dataset *dataset, const char *path, const char *expected) {
    dimse_error *err = NULL;
    dimse_str value;
    CHECK_OK(err, dimse_dataset_string(dataset, path, DIMSE_ALL_VALUES, &value, &err));
    CHECK_TEXT(value, expected);
}

/* Who proposes what it becomes can send it. */
static void another_class(dimse_instance *instance, dimse_store_options *store_options) {
    dimse_assoc_options *options = node_caller(node.port);
    dimse_assoc *assoc = NULL;
    dimse_dataset *got;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_assoc_options_add_contexts_for_instance(options, instance, store_options, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    store_with(assoc, instance, store_options);
    got = arrived("1.2.3.1.1.99");
    check_element(got, "SOPClassUID", MR_IMAGE_STORAGE);
    dimse_dataset_free(got);
    dimse_assoc_options_free(options);
    node_release(assoc);
}

static void elements_are_set(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, INSTANCE, 2000000);
    struct path path = folder_path(&folder, "to be changed.dcm");
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_store_options *options = NULL;
    dimse_instance *instance = NULL;
    dimse_dataset *got;
    dimse_error *err = NULL;
    dimse_bytes pixels;
    dimse_str value;
    file_write(path.text, sample.bytes, sample.length);
    CHECK_OK(err, dimse_instance_from_file(path.text, &instance, &err));
    CHECK_OK(err, dimse_store_options_new(&options, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "path is NULL",
        dimse_store_options_set_element(options, NULL, "x", &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "Nonsense",
        dimse_store_options_set_element(options, "Nonsense", "x", &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "from group 7FE0 on",
        dimse_store_options_set_element(options, "PixelData", NULL, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "Rows",
        dimse_store_options_set_element(options, "Rows", "many", &err));
    CHECK_OK(err, dimse_store_options_set_element(options, "PatientID", "4711", &err));
    CHECK_OK(err, dimse_store_options_set_element(options, "(0008,0060)", NULL, &err));
    CHECK_OK(err, dimse_store_options_set_element(options, "AccessionNumber", "", &err));
    CHECK_OK(err, dimse_store_options_set_element(options, "SOPInstanceUID", "1.2.3.1.1.99", &err));
    CHECK_OK(err, dimse_store_options_set_element(options, "SpecificCharacterSet", "ISO_IR 192", &err));
    CHECK_OK(err, dimse_store_options_set_element(options, "PatientName", "Another", &err));
    CHECK_OK(err, dimse_store_options_set_element(options, "PatientName", "M\xC3\xBCller", &err));
    CHECK_OK(err, dimse_store_options_set_element(
        options, "RequestAttributesSequence[0].ScheduledProcedureStepID", "7", &err));
    store_with(assoc, instance, options);
    got = arrived("1.2.3.1.1.99");
    check_element(got, "PatientID", "4711");
    check_element(got, "PatientName", "M\xC3\xBCller");
    CHECK_OK(err, dimse_dataset_bytes(got, "AccessionNumber", &pixels, &err));
    CHECK_IS(pixels.len, 0);
    check_element(got, "SOPInstanceUID", "1.2.3.1.1.99");
    check_element(got, "RequestAttributesSequence[0].ScheduledProcedureStepID", "7");
    CHECK_IS(dimse_dataset_string(got, "Modality", 0, &value, &err), DIMSE_ABSENT);
    CHECK_OK(err, dimse_dataset_bytes(got, "PixelData", &pixels, &err));
    CHECK_IS(pixels.len, 2000000);
    CHECK(memcmp(pixels.data, sample.bytes + sample.length - pixels.len, pixels.len) == 0);
    dimse_dataset_free(got);

    /* A class without a context, an item that cannot be: nothing is sent. */
    CHECK_OK(err, dimse_store_options_set_element(options, "SOPClassUID", MR_IMAGE_STORAGE, &err));
    CHECK_REFUSED(err, DIMSE_ERR_NO_CONTEXT, "MR Image Storage, for which no presentation context was proposed",
        dimse_assoc_store(assoc, instance, options, NULL, NULL, NULL, &err));
    another_class(instance, options);
    CHECK_OK(err, dimse_store_options_set_element(options, "SOPClassUID", CT_IMAGE_STORAGE, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "C-STORE needs a UID there",
        dimse_store_options_set_element(options, "SOPInstanceUID", NULL, &err));
    CHECK_OK(err, dimse_store_options_set_element(options, "SOPInstanceUID", "1.2.3.1.1.98", &err));
    CHECK_OK(err, dimse_store_options_set_element(options, "RequestAttributesSequence[5].PatientID", "7", &err));
    CHECK_REFUSED(err, DIMSE_ERR_INSTANCE, "RequestAttributesSequence",
        dimse_assoc_store(assoc, instance, options, NULL, NULL, NULL, &err));
    store_with(assoc, instance, NULL);
    CHECK(file_has_data_set(stored(INSTANCE).text, &sample));
    dimse_store_options_free(options);
    dimse_instance_free(instance);
    sample_free(&sample);
    node_release(assoc);
}
