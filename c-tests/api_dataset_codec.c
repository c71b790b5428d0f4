/* dimse_dataset: made of bytes, files and JSON, and made into them. */
#include "check.h"
#include "sample.h"

#define IMPLICIT "1.2.840.10008.1.2"
#define EXPLICIT "1.2.840.10008.1.2.1"
#define DEFLATED "1.2.840.10008.1.2.1.99"
#define BIG "1.2.840.10008.1.2.2"
#define JPEG "1.2.840.10008.1.2.4.50"

static void there_and_back(void);
static void encapsulated(void);
static void what_is_no_data_set(void);
static void files(void);
static void damaged_files(void);
static void json(void);
static void buffers(void);

int main(void) {
    there_and_back();
    encapsulated();
    what_is_no_data_set();
    files();
    damaged_files();
    json();
    buffers();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void there_and_back(void) {
    static const char *const SYNTAXES[] = {IMPLICIT, EXPLICIT, DEFLATED, BIG};
    size_t index;
    for (index = 0; index < 4; index++) {
        dimse_dataset *dataset = NULL, *back = NULL, *copy = NULL;
        dimse_buffer *buffer = NULL;
        dimse_error *err = NULL;
        dimse_bytes bytes;
        int64_t rows = 0;
        CHECK_OK(err, dimse_dataset_new(&dataset, &err));
        CHECK_OK(err, dimse_dataset_set_int(dataset, "Rows", 0, 512, &err));
        CHECK_OK(err, dimse_dataset_to_bytes(dataset, SYNTAXES[index], &buffer, &err));
        bytes = dimse_buffer_bytes(buffer);
        CHECK_OK(err, dimse_dataset_from_bytes(bytes.data, bytes.len, SYNTAXES[index], 0, &back, &err));
        dimse_buffer_free(buffer);
        CHECK_OK(err, dimse_dataset_int(back, "Rows", 0, &rows, &err));
        CHECK_IS(rows, 512);
        CHECK_OK(err, dimse_dataset_copy(back, &copy, &err));
        CHECK_TEXT(dimse_dataset_transfer_syntax(copy), SYNTAXES[index]);
        dimse_dataset_free(dataset);
        dimse_dataset_free(back);
        dimse_dataset_free(copy);
    }
}

static void encapsulated(void) {
    static const uint8_t BYTES[] = "\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\0\0\0\0"
                                   "\xFE\xFF\0\xE0\2\0\0\0ab\xFE\xFF\xDD\xE0\0\0\0\0";
    dimse_dataset *dataset = NULL;
    dimse_buffer *buffer = NULL;
    dimse_error *err = NULL;
    dimse_element element;
    dimse_bytes bytes;
    element.struct_size = sizeof element;
    CHECK_OK(err, dimse_dataset_from_bytes(BYTES, sizeof BYTES - 1, JPEG, 0, &dataset, &err));
    CHECK_OK(err, dimse_dataset_element(dataset, "PixelData", &element, &err));
    CHECK_IS(element.fragments, 2);
    CHECK_OK(err, dimse_dataset_fragment(dataset, "PixelData", 1, &bytes, &err));
    CHECK_IS(bytes.len, 2);
    CHECK(memcmp(bytes.data, "ab", 2) == 0);
    CHECK_IS(dimse_dataset_fragment(dataset, "PixelData", 2, &bytes, &err), DIMSE_ABSENT);
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "(7FE0,0010) cannot be written: it is encapsulated pixel data",
        dimse_dataset_to_bytes(dataset, EXPLICIT, &buffer, &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "(7FE0,0010) cannot be written as JSON",
        dimse_dataset_to_json(dataset, &buffer, &err));
    CHECK_OK(err, dimse_dataset_to_bytes(dataset, JPEG, &buffer, &err));
    bytes = dimse_buffer_bytes(buffer);
    CHECK_IS(bytes.len, sizeof BYTES - 1);
    CHECK(memcmp(bytes.data, BYTES, bytes.len) == 0);
    dimse_buffer_free(buffer);
    dimse_dataset_free(dataset);
}

static void what_is_no_data_set(void) {
    dimse_dataset *dataset = NULL;
    dimse_error *err = NULL;
    const uint8_t *bytes = (const uint8_t *)"\x10\0\x10\0PN\4\0ABCD";
    CHECK_REFUSED(err, DIMSE_ERR_DATASET,
        "the data set is malformed at byte 0, (0010,0010): its length is 4, but 3 bytes are left",
        dimse_dataset_from_bytes(bytes, 11, EXPLICIT, 0, &dataset, &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "longer than the limit of 11 bytes",
        dimse_dataset_from_bytes(bytes, 12, EXPLICIT, 11, &dataset, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "transfer_syntax",
        dimse_dataset_from_bytes(bytes, 12, "explicit", 0, &dataset, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "data is NULL, but length is 12",
        dimse_dataset_from_bytes(NULL, 12, EXPLICIT, 0, &dataset, &err));
    CHECK(dataset == NULL);
    CHECK_OK(err, dimse_dataset_from_bytes(NULL, 0, EXPLICIT, UINT64_MAX, &dataset, &err));
    dimse_dataset_free(dataset);
}

/* What stands in front of the damage, an element that is there twice, and what the header says. */
static void damaged_files(void) {
    struct folder folder;
    struct path path;
    struct sample sample = sample_make("1.2.840.10008.5.1.4.1.1.7", "1.2.3.4", 100);
    dimse_dataset *dataset = NULL;
    dimse_error *err = NULL, *damage = NULL;
    dimse_element element;
    dimse_str text;
    element.struct_size = sizeof element;
    folder_make(&folder);
    path = folder_path(&folder, "whole.dcm");
    file_write(path.text, sample.bytes, sample.length);
    CHECK_OK(err, dimse_dataset_from_damaged_file(path.text, 0, 0, &dataset, &damage, &err));
    CHECK(damage == NULL);
    CHECK_OK(err, dimse_dataset_element(dataset, "PixelData", &element, &err));
    dimse_dataset_free(dataset);
    file_write(path.text, sample.bytes, sample.length - 50);
    CHECK_OK(err, dimse_dataset_from_damaged_file(path.text, 0, 0, &dataset, &damage, &err));
    CHECK_IS(dimse_error_result(damage), DIMSE_ERR_DATASET);
    CHECK(strstr(dimse_error_message(damage).data, "(7FE0,0010): its length is 100, but 50 bytes are left") != NULL);
    dimse_error_free(damage);
    damage = NULL;
    CHECK_OK(err, dimse_dataset_string(dataset, "SOPInstanceUID", 0, &text, &err));
    CHECK_TEXT(text, "1.2.3.4");
    CHECK_IS(dimse_dataset_element(dataset, "PixelData", &element, &err), DIMSE_ABSENT);
    dimse_dataset_free(dataset);
    CHECK_OK(err, dimse_dataset_from_damaged_file(path.text, 0x7FE00010, 0, &dataset, &damage, &err));
    CHECK(damage == NULL);
    dimse_dataset_free(dataset);
    dataset = NULL;
    CHECK_OK(err, dimse_dataset_from_file_meta(path.text, &dataset, &err));
    CHECK_TEXT(dimse_dataset_transfer_syntax(dataset), EXPLICIT);
    CHECK_OK(err, dimse_dataset_string(dataset, "MediaStorageSOPInstanceUID", 0, &text, &err));
    CHECK_TEXT(text, "1.2.3.4");
    CHECK_IS(dimse_dataset_element(dataset, "SOPInstanceUID", &element, &err), DIMSE_ABSENT);
    dimse_dataset_free(dataset);
    dataset = NULL;
    path = folder_path(&folder, "missing.dcm");
    CHECK_REFUSED(err, DIMSE_ERR_IO, "cannot be opened",
        dimse_dataset_from_damaged_file(path.text, 0, 0, &dataset, &damage, &err));
    CHECK_REFUSED(err, DIMSE_ERR_IO, "cannot be opened", dimse_dataset_from_file_meta(path.text, &dataset, &err));
    file_write(path.text, sample.bytes, 140);
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "it ends in its header",
        dimse_dataset_from_damaged_file(path.text, 0, 0, &dataset, &damage, &err));
    CHECK(dataset == NULL && damage == NULL);
    folder_remove(&folder);
    sample_free(&sample);
}

static void files(void) {
    struct folder folder;
    struct path path;
    struct sample sample = sample_make("1.2.840.10008.5.1.4.1.1.7", "1.2.3.4", 100000);
    dimse_dataset *dataset = NULL;
    dimse_error *err = NULL;
    dimse_element element;
    dimse_str text;
    element.struct_size = sizeof element;
    folder_make(&folder);
    path = folder_path(&folder, "whole.dcm");
    file_write(path.text, sample.bytes, sample.length);
    CHECK_OK(err, dimse_dataset_from_file(path.text, 0, 0, &dataset, &err));
    CHECK_TEXT(dimse_dataset_transfer_syntax(dataset), EXPLICIT);
    CHECK_OK(err, dimse_dataset_string(dataset, "SOPInstanceUID", 0, &text, &err));
    CHECK_TEXT(text, "1.2.3.4");
    CHECK_OK(err, dimse_dataset_element(dataset, "PixelData", &element, &err));
    CHECK_IS(element.length, 100000);
    dimse_dataset_free(dataset);
    /* The rest of it is not even there. */
    path = folder_path(&folder, "cut.dcm");
    file_write(path.text, sample.bytes, sample.length - 50000);
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "cut.dcm cannot be read: the data set is malformed at byte",
        dimse_dataset_from_file(path.text, 0, 0, &dataset, &err));
    CHECK_OK(err, dimse_dataset_from_file(path.text, 0x7FE00010, 1000, &dataset, &err));
    CHECK_OK(err, dimse_dataset_string(dataset, "SOPInstanceUID", 0, &text, &err));
    CHECK_IS(dimse_dataset_element(dataset, "PixelData", &element, &err), DIMSE_ABSENT);
    dimse_dataset_free(dataset);
    dataset = NULL;
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "longer than the limit of 1000 bytes",
        dimse_dataset_from_file(folder_path(&folder, "whole.dcm").text, 0, 1000, &dataset, &err));
    CHECK_REFUSED(err, DIMSE_ERR_IO, "cannot be opened",
        dimse_dataset_from_file(folder_path(&folder, "missing.dcm").text, 0, 0, &dataset, &err));
    CHECK_REFUSED(err, DIMSE_ERR_IO, "cannot be read", dimse_dataset_from_file(folder.path, 0, 0, &dataset, &err));
    CHECK_REFUSED(
        err, DIMSE_ERR_INVALID_ARGUMENT, "path", dimse_dataset_from_file("", 0, 0, &dataset, &err));
    CHECK(dataset == NULL);
    folder_remove(&folder);
    sample_free(&sample);
}

static void json(void) {
    static const char TEXT[] = "{\"00080005\":{\"vr\":\"CS\",\"Value\":[\"ISO_IR 192\"]},"
                               "\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":\"M\xC3\xBCller\"}]}}";
    dimse_dataset *dataset = NULL;
    dimse_buffer *buffer = NULL;
    dimse_error *err = NULL;
    dimse_str text;
    CHECK_OK(err, dimse_dataset_from_json(TEXT, sizeof TEXT - 1, 0, &dataset, &err));
    CHECK_OK(err, dimse_dataset_string(dataset, "PatientName", 0, &text, &err));
    CHECK_TEXT(text, "M\xC3\xBCller");
    CHECK_TEXT(dimse_dataset_transfer_syntax(dataset), "");
    CHECK_OK(err, dimse_dataset_to_json(dataset, &buffer, &err));
    CHECK_IS(strcmp((const char *)dimse_buffer_bytes(buffer).data, TEXT), 0);
    CHECK_IS(dimse_buffer_bytes(buffer).len, sizeof TEXT - 1);
    dimse_buffer_free(buffer);
    dimse_dataset_free(dataset);
    dataset = NULL;
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "the JSON text is not UTF-8: byte 1 is wrong",
        dimse_dataset_from_json("{\xFF}", 3, 0, &dataset, &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "is not as the DICOM JSON model has it",
        dimse_dataset_from_json("[]", 2, 0, &dataset, &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "longer than the limit of 1 bytes",
        dimse_dataset_from_json("{}", 2, 1, &dataset, &err));
    CHECK(dataset == NULL);
}

static void buffers(void) {
    dimse_bytes none = dimse_buffer_bytes(NULL);
    CHECK(none.data == NULL);
    CHECK_IS(none.len, 0);
    dimse_buffer_free(NULL);
}
