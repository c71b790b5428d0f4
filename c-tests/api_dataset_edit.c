/* dimse_dataset: changing one, and what cannot be changed. */
#include "check.h"

static void values(void);
static void refusals(void);
static void character_sets(void);
static void items(void);
static void removals(void);

static dimse_dataset *dataset;
static dimse_error *err;

static void check_string(const char *path, uint32_t index, const char *expected);
static void check_count(const char *path, uint32_t expected);

int main(void) {
    CHECK_OK(err, dimse_dataset_new(&dataset, &err));
    values();
    refusals();
    character_sets();
    items();
    removals();
    dimse_dataset_free(dataset);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void values(void) {
    static const double points[] = {1.0, -0.5};
    CHECK_OK(err, dimse_dataset_set_string(dataset, "ImageType", 0, "ORIGINAL", &err));
    CHECK_OK(err, dimse_dataset_set_string(dataset, "ImageType", 1, "PRIMARY", &err));
    CHECK_OK(err, dimse_dataset_set_string(dataset, "ImageType", 0, "DERIVED", &err));
    check_string("ImageType", DIMSE_ALL_VALUES, "DERIVED\\PRIMARY");
    CHECK_OK(err, dimse_dataset_set_int(dataset, "SimpleFrameList", 0, 1, &err));
    CHECK_OK(err, dimse_dataset_set_uint(dataset, "SimpleFrameList", 1, UINT32_MAX, &err));
    check_string("SimpleFrameList", DIMSE_ALL_VALUES, "1\\4294967295");
    CHECK_OK(err, dimse_dataset_set_uint(dataset, "FileOffsetInContainer", DIMSE_ALL_VALUES, UINT64_MAX, &err));
    check_string("FileOffsetInContainer", 0, "18446744073709551615");
    CHECK_OK(err, dimse_dataset_set_int(dataset, "FrameIncrementPointer", 0, 0x00181063, &err));
    check_string("FrameIncrementPointer", 0, "(0018,1063)");
    CHECK_OK(err, dimse_dataset_set_string(dataset, "FrameIncrementPointer", 0, "FrameTime", &err));
    check_string("FrameIncrementPointer", 0, "(0018,1063)");
    CHECK_OK(err, dimse_dataset_set_float(dataset, "PixelSpacing", 0, 1.0 / 3.0, &err));
    check_string("PixelSpacing", 0, "0.33333333333333");
    CHECK_OK(err, dimse_dataset_set_bytes(dataset, "PatientID", (const uint8_t *)"471", 3, &err));
    check_string("PatientID", 0, "471");
    CHECK_OK(err, dimse_dataset_set_bytes(dataset, "PatientID", NULL, 0, &err));
    CHECK_OK(err, dimse_dataset_set_floats(dataset, "ContourData", points, 2, &err));
    check_string("ContourData", DIMSE_ALL_VALUES, "1\\-0.5");
    CHECK_OK(err, dimse_dataset_set_floats(dataset, "ContourData", NULL, 0, &err));
    check_count("ContourData", 0);
    CHECK_OK(err, dimse_dataset_set_empty(dataset, "PixelData", "OB", &err));
    CHECK_OK(err, dimse_dataset_set_bytes(dataset, "PixelData", (const uint8_t *)"abc", 3, &err));
    CHECK_OK(err, dimse_dataset_set_empty(dataset, "(0009,\"ACME\",1)", "LO", &err));
    CHECK_OK(err, dimse_dataset_set_string(dataset, "(0009,\"ACME\",1)", 0, "x", &err));
    CHECK_OK(err, dimse_dataset_set_string(dataset, "PatientComments", DIMSE_ALL_VALUES, "a\\b", &err));
    check_string("PatientComments", 0, "a\\b");
}

static void refusals(void) {
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "there are 2 values, so value 7 cannot be set",
        dimse_dataset_set_string(dataset, "ImageType", 7, "X", &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "\"x\" is no integer, as values of VR US are",
        dimse_dataset_set_string(dataset, "Rows", 0, "x", &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "65536 does not fit into a value of VR US",
        dimse_dataset_set_int(dataset, "Rows", 0, 65536, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "its VR is PN, which holds no integers",
        dimse_dataset_set_uint(dataset, "PatientName", 0, 1, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "its VR is PN, which holds no floating point numbers",
        dimse_dataset_set_float(dataset, "PatientName", 0, 1, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "1 bytes, but values of VR US have 2 each",
        dimse_dataset_set_bytes(dataset, "Rows", (const uint8_t *)"x", 1, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "data is NULL, but length is 2",
        dimse_dataset_set_bytes(dataset, "Rows", NULL, 2, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "values is NULL, but count is 2",
        dimse_dataset_set_floats(dataset, "ContourData", NULL, 2, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "its VR is PN, which holds no floating point numbers",
        dimse_dataset_set_floats(dataset, "PatientName", NULL, 0, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "is not a date, as 20260131, or a range of dates",
        dimse_dataset_set_string(dataset, "StudyDate", 0, "yesterday", &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "append an item, or set an element in one",
        dimse_dataset_set_string(dataset, "ReferencedStudySequence", 0, "x", &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "a program can make it with another VR",
        dimse_dataset_set_string(dataset, "(0009,\"ACME\",2)", 0, "x", &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "3 bytes, but values of VR OW have 2 each",
        dimse_dataset_set_bytes(dataset, "OverlayData", (const uint8_t *)"abc", 3, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "\"XX\" is no VR",
        dimse_dataset_set_empty(dataset, "(0009,\"A\",1)", "XX", &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "has VR PN, not LO",
        dimse_dataset_set_empty(dataset, "PatientName", "LO", &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "text is NULL",
        dimse_dataset_set_string(dataset, "PatientName", 0, NULL, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "text is not UTF-8: the byte at index 1 is wrong",
        dimse_dataset_set_string(dataset, "PatientName", 0, "M\xFCller", &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "elements of group 0002 are in the header of a file only",
        dimse_dataset_set_string(dataset, "TransferSyntaxUID", 0, "1.2", &err));
}

static void character_sets(void) {
    dimse_bytes bytes;
    CHECK_OK(err, dimse_dataset_set_string(dataset, "PatientName", 0, "M\xC3\xBCller", &err));
    CHECK_OK(err, dimse_dataset_set_string(dataset, "SpecificCharacterSet", DIMSE_ALL_VALUES, "ISO_IR 100", &err));
    CHECK_OK(err, dimse_dataset_bytes(dataset, "PatientName", &bytes, &err));
    CHECK_IS(bytes.len, 6);
    CHECK(memcmp(bytes.data, "M\xFCller", 6) == 0);
    check_string("PatientName", 0, "M\xC3\xBCller");
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "set SpecificCharacterSet to one that has it first",
        dimse_dataset_set_string(dataset, "PatientName", 0, "\xE5\xB1\xB1\xE7\x94\xB0", &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "the text of (0010,0010) cannot be kept",
        dimse_dataset_set_string(dataset, "SpecificCharacterSet", 0, "ISO_IR 13", &err));
    CHECK_REFUSED(
        err, DIMSE_ERR_DATASET, "cannot be kept", dimse_dataset_remove(dataset, "SpecificCharacterSet", &err));
    check_string("PatientName", 0, "M\xC3\xBCller");
}

static void items(void) {
    dimse_dataset *item = NULL;
    uint32_t index = 9;
    CHECK_OK(err, dimse_dataset_new(&item, &err));
    CHECK_OK(err, dimse_dataset_set_string(item, "CodeMeaning", 0, "Sch\xC3\xA4" "del", &err));
    CHECK_OK(err, dimse_dataset_append_item(dataset, "ProcedureCodeSequence", item, &index, &err));
    CHECK_IS(index, 0);
    CHECK_OK(err, dimse_dataset_append_item(dataset, "ProcedureCodeSequence", item, NULL, &err));
    check_string("ProcedureCodeSequence[1].CodeMeaning", 0, "Sch\xC3\xA4" "del");
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "has VR PN, not SQ",
        dimse_dataset_append_item(dataset, "PatientBirthName", item, &index, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "an element of VR PN is where a sequence must be",
        dimse_dataset_append_item(dataset, "PatientName", item, &index, &err));
    CHECK_OK(err, dimse_dataset_append_item(item, "ContentSequence", item, &index, &err));
    dimse_dataset_free(item);
}

static void removals(void) {
    dimse_str kept, same;
    CHECK_OK(err, dimse_dataset_string(dataset, "PatientName", 0, &kept, &err));
    CHECK_IS(dimse_dataset_remove(dataset, "ProcedureCodeSequence[7]", &err), DIMSE_ABSENT);
    CHECK_IS(dimse_dataset_remove(dataset, "StudyID", &err), DIMSE_ABSENT);
    /* Others take its place, were it free. */
    check_string("ImageType", 0, "DERIVED");
    check_string("ImageType", 1, "PRIMARY");
    check_string("SimpleFrameList", 0, "1");
    CHECK_OK(err, dimse_dataset_string(dataset, "PatientName", 0, &same, &err));
    CHECK(kept.data == same.data);
    CHECK_TEXT(kept, "M\xC3\xBCller");
    CHECK_OK(err, dimse_dataset_remove(dataset, "ProcedureCodeSequence[0]", &err));
    check_count("ProcedureCodeSequence", 1);
    CHECK_IS(dimse_dataset_remove(dataset, "ProcedureCodeSequence[1]", &err), DIMSE_ABSENT);
    CHECK_OK(err, dimse_dataset_remove(dataset, "ProcedureCodeSequence[0].CodeMeaning", &err));
    CHECK_OK(err, dimse_dataset_remove(dataset, "PatientName", &err));
    CHECK_IS(dimse_dataset_remove(dataset, "PatientName", &err), DIMSE_ABSENT);
    CHECK(err == NULL);
}

static void check_count(const char *path, uint32_t expected) {
    uint32_t count = UINT32_MAX;
    CHECK_OK(err, dimse_dataset_count(dataset, path, &count, &err));
    CHECK_IS(count, expected);
}

static void check_string(const char *path, uint32_t index, const char *expected) {
    dimse_str text;
    CHECK_OK(err, dimse_dataset_string(dataset, path, index, &text, &err));
    CHECK_TEXT(text, expected);
}
