/* dimse_dataset: what is in one, read in every way. */
#include "check.h"

#include <stdlib.h>
#include <time.h>

static void values(void);
static void many_numbers(void);
static void what_was_read_costs_nothing(void);
static void what_is_not_there(void);
static void what_is_something_else(void);
static void elements_in_order(void);
static void items(void);
static void copies(void);
static void what_lives_how_long(void);

static dimse_dataset *sample(void);

int main(void) {
    values();
    many_numbers();
    what_was_read_costs_nothing();
    what_is_not_there();
    what_is_something_else();
    elements_in_order();
    items();
    copies();
    what_lives_how_long();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void values(void) {
    dimse_dataset *dataset = sample();
    dimse_error *err = NULL;
    dimse_str text;
    dimse_bytes bytes;
    uint32_t count = 7;
    int64_t integer = 7;
    uint64_t natural = 7;
    double number = 7;
    CHECK_OK(err, dimse_dataset_string(dataset, "PatientName", 0, &text, &err));
    CHECK_TEXT(text, "M\xC3\xBCller^J\xC3\xB6rg");
    CHECK_OK(err, dimse_dataset_string(dataset, "(0008,0008)", DIMSE_ALL_VALUES, &text, &err));
    CHECK_TEXT(text, "ORIGINAL\\PRIMARY");
    CHECK_OK(err, dimse_dataset_string(dataset, "00080008", 1, &text, &err));
    CHECK_TEXT(text, "PRIMARY");
    CHECK_OK(err, dimse_dataset_string(dataset, "0028,0010", 0, &text, &err));
    CHECK_TEXT(text, "512");
    CHECK_OK(err, dimse_dataset_count(dataset, "ImageType", &count, &err));
    CHECK_IS(count, 2);
    CHECK_OK(err, dimse_dataset_count(dataset, "StudyDate", &count, &err));
    CHECK_IS(count, 0);
    CHECK_OK(err, dimse_dataset_int(dataset, "Rows", 0, &integer, &err));
    CHECK_IS(integer, 512);
    CHECK_OK(err, dimse_dataset_uint(dataset, "SeriesNumber", 0, &natural, &err));
    CHECK_IS(natural, 3);
    CHECK_OK(err, dimse_dataset_float(dataset, "PatientWeight", 0, &number, &err));
    CHECK(number == 72.5);
    CHECK_OK(err, dimse_dataset_bytes(dataset, "Rows", &bytes, &err));
    CHECK_IS(bytes.len, 2);
    CHECK(memcmp(bytes.data, "\0\2", 2) == 0);
    CHECK_OK(err, dimse_dataset_string(dataset, "RequestAttributesSequence[1].ScheduledProcedureStepID", 0, &text, &err));
    CHECK_TEXT(text, "S2");
    CHECK_OK(err, dimse_dataset_string(dataset, "(0009,\"ACME 1.1\",10)", 0, &text, &err));
    CHECK_TEXT(text, "private");
    CHECK_TEXT(dimse_dataset_transfer_syntax(dataset), "");
    dimse_dataset_free(dataset);
}

static void many_numbers(void) {
    dimse_dataset *dataset = sample();
    dimse_error *err = NULL;
    double points[4] = {9, 9, 9, 9};
    uint32_t count = 99;
    CHECK_OK(err, dimse_dataset_set_string(dataset, "ContourData", DIMSE_ALL_VALUES, "1\\-2.5\\3e1", &err));
    CHECK_OK(err, dimse_dataset_floats(dataset, "ContourData", points, 2, &count, &err));
    CHECK_IS(count, 3);
    CHECK(points[0] == 1 && points[1] == -2.5 && points[2] == 9);
    CHECK_OK(err, dimse_dataset_floats(dataset, "ContourData", points, 4, &count, &err));
    CHECK(points[2] == 30 && points[3] == 9);
    CHECK_OK(err, dimse_dataset_floats(dataset, "Rows", points, 4, &count, &err));
    CHECK_IS(count, 1);
    CHECK(points[0] == 512);
    CHECK_OK(err, dimse_dataset_floats(dataset, "ContourData", NULL, 0, &count, &err));
    CHECK_IS(count, 3);
    count = 99;
    CHECK_IS(dimse_dataset_floats(dataset, "PixelSpacing", points, 4, &count, &err), DIMSE_ABSENT);
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "values is NULL, but capacity is 1",
        dimse_dataset_floats(dataset, "Rows", NULL, 1, &count, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "its VR is PN, which holds no numbers",
        dimse_dataset_floats(dataset, "PatientName", points, 4, &count, &err));
    CHECK_IS(count, 99);
    dimse_dataset_free(dataset);
}

/* A value that was read is not looked for again among all the others. */
static void what_was_read_costs_nothing(void) {
    enum { VALUES = 200000, READS = 1000 };
    dimse_dataset *dataset = NULL;
    dimse_error *err = NULL;
    dimse_str text, again;
    clock_t begin, once, many;
    double *numbers = (double *)calloc(VALUES, sizeof *numbers);
    int read;
    CHECK(numbers != NULL);
    CHECK_OK(err, dimse_dataset_new(&dataset, &err));
    CHECK_OK(err, dimse_dataset_set_floats(dataset, "ContourData", numbers, VALUES, &err));
    begin = clock();
    CHECK_OK(err, dimse_dataset_string(dataset, "ContourData", VALUES - 1, &text, &err));
    once = clock() - begin;
    begin = clock();
    for (read = 0; read < READS; read++) {
        CHECK_OK(err, dimse_dataset_string(dataset, "ContourData", VALUES - 1, &again, &err));
        CHECK(again.data == text.data);
    }
    many = clock() - begin;
    CHECK_TEXT(text, "0");
    CHECK(many < (once + 1) * (READS / 4));
    free(numbers);
    dimse_dataset_free(dataset);
}

static void what_is_not_there(void) {
    dimse_dataset *dataset = sample(), *item = NULL;
    dimse_error *err = NULL;
    dimse_element element;
    dimse_str text = {NULL, 99};
    dimse_bytes bytes = {NULL, 99};
    uint32_t count = 99;
    int64_t integer = 99;
    uint64_t natural = 99;
    double number = 99;
    element.struct_size = sizeof element;
    element.tag = 99;
    CHECK_IS(dimse_dataset_string(dataset, "PatientSex", 0, &text, &err), DIMSE_ABSENT);
    CHECK_IS(dimse_dataset_string(dataset, "PatientName", 1, &text, &err), DIMSE_ABSENT);
    CHECK_IS(dimse_dataset_string(dataset, "StudyDate", 0, &text, &err), DIMSE_ABSENT);
    CHECK_IS(dimse_dataset_string(dataset, "RequestAttributesSequence[2].ScheduledProcedureStepID", 0, &text, &err),
        DIMSE_ABSENT);
    CHECK_IS(dimse_dataset_string(dataset, "(0009,\"OTHER\",10)", 0, &text, &err), DIMSE_ABSENT);
    CHECK_IS(dimse_dataset_count(dataset, "PatientSex", &count, &err), DIMSE_ABSENT);
    CHECK_IS(dimse_dataset_int(dataset, "Columns", 0, &integer, &err), DIMSE_ABSENT);
    CHECK_IS(dimse_dataset_uint(dataset, "Columns", 0, &natural, &err), DIMSE_ABSENT);
    CHECK_IS(dimse_dataset_float(dataset, "PatientWeight", 1, &number, &err), DIMSE_ABSENT);
    CHECK_IS(dimse_dataset_bytes(dataset, "PixelData", &bytes, &err), DIMSE_ABSENT);
    CHECK_IS(dimse_dataset_fragment(dataset, "PixelData", 0, &bytes, &err), DIMSE_ABSENT);
    CHECK_IS(dimse_dataset_element(dataset, "PixelData", &element, &err), DIMSE_ABSENT);
    CHECK_IS(dimse_dataset_item(dataset, "RequestAttributesSequence[2]", &item, &err), DIMSE_ABSENT);
    CHECK(err == NULL && item == NULL);
    CHECK_IS(text.len + bytes.len + count + (unsigned)integer + natural + element.tag, 6 * 99);
    CHECK(number == 99);
    dimse_dataset_free(dataset);
}

static void what_is_something_else(void) {
    dimse_dataset *dataset = sample(), *item = NULL;
    dimse_error *err = NULL;
    dimse_str text;
    dimse_bytes bytes;
    int64_t integer;
    uint64_t natural;
    double number;
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "is no keyword of PS3.6",
        dimse_dataset_string(dataset, "PatientNam", 0, &text, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "path is NULL", dimse_dataset_string(dataset, NULL, 0, &text, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "value is NULL",
        dimse_dataset_string(dataset, "PatientName", 0, NULL, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "RequestAttributesSequence (0040,0275): its VR is SQ",
        dimse_dataset_string(dataset, "RequestAttributesSequence", 0, &text, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "its VR is PN, which holds no integers",
        dimse_dataset_int(dataset, "PatientName", 0, &integer, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "its VR is PN, which holds no numbers",
        dimse_dataset_float(dataset, "PatientName", 0, &number, &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "PatientWeight (0010,1030): \"72.5\" is no integer",
        dimse_dataset_int(dataset, "PatientWeight", 0, &integer, &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "-1 is beyond what was asked for",
        dimse_dataset_uint(dataset, "InstanceNumber", 0, &natural, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "holds no bytes of its own",
        dimse_dataset_bytes(dataset, "RequestAttributesSequence", &bytes, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "it is no encapsulated pixel data",
        dimse_dataset_fragment(dataset, "Rows", 0, &bytes, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "names an element",
        dimse_dataset_item(dataset, "RequestAttributesSequence", &item, &err));
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_HANDLE, "dataset is NULL",
        dimse_dataset_string(NULL, "PatientName", 0, &text, &err));
    dimse_dataset_free(dataset);
}

static void elements_in_order(void) {
    static const char *const EXPECTED[] = {
        "00080005 CS 10 0", "00080008 CS 16 0", "00080020 DA 0 0", "00090010 LO 8 0", "00091010 LO 8 0",
        "00100010 PN 14 0", "00101030 DS 4 0", "00200011 IS 2 0", "00200013 IS 2 0", "00280010 US 2 0",
        "00400275 SQ 0 2",
    };
    dimse_dataset *dataset = sample();
    dimse_error *err = NULL;
    dimse_element element;
    size_t seen = 0;
    uint32_t tag = 0;
    element.struct_size = sizeof element;
    while (dimse_dataset_next(dataset, tag, &element, &err) == DIMSE_OK) {
        char line[64];
        snprintf(line, sizeof line, "%08X %s %d %d", (unsigned)element.tag, element.vr, (int)element.length,
            (int)element.items);
        CHECK(seen < sizeof EXPECTED / sizeof EXPECTED[0]);
        CHECK_IS(strcmp(line, EXPECTED[seen++]), 0);
        tag = element.tag;
    }
    CHECK(err == NULL);
    CHECK_IS(seen, sizeof EXPECTED / sizeof EXPECTED[0]);
    CHECK_OK(err, dimse_dataset_element(dataset, "RequestAttributesSequence[0].(0040,0009)", &element, &err));
    CHECK_IS(element.tag, 0x00400009);
    element.struct_size = 0;
    CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, "element->struct_size is 0",
        dimse_dataset_next(dataset, 0, &element, &err));
    dimse_dataset_free(dataset);
}

static void items(void) {
    dimse_dataset *dataset = sample(), *item = NULL;
    dimse_error *err = NULL;
    dimse_str text;
    CHECK_OK(err, dimse_dataset_item(dataset, "RequestAttributesSequence[1]", &item, &err));
    dimse_dataset_free(dataset);
    CHECK_OK(err, dimse_dataset_string(item, "ScheduledProcedureStepID", 0, &text, &err));
    CHECK_TEXT(text, "S2");
    CHECK_OK(err, dimse_dataset_string(item, "SpecificCharacterSet", 0, &text, &err));
    CHECK_TEXT(text, "ISO_IR 192");
    dimse_dataset_free(item);
}

static void copies(void) {
    dimse_dataset *dataset = sample(), *copy = NULL;
    dimse_error *err = NULL;
    dimse_str text;
    CHECK_OK(err, dimse_dataset_copy(dataset, &copy, &err));
    CHECK_OK(err, dimse_dataset_set_string(dataset, "PatientName", 0, "Other", &err));
    CHECK_OK(err, dimse_dataset_string(copy, "PatientName", 0, &text, &err));
    CHECK_TEXT(text, "M\xC3\xBCller^J\xC3\xB6rg");
    dimse_dataset_free(dataset);
    CHECK_OK(err, dimse_dataset_string(copy, "PatientName", 0, &text, &err));
    CHECK_TEXT(text, "M\xC3\xBCller^J\xC3\xB6rg");
    dimse_dataset_free(copy);
    dimse_dataset_free(copy);
    dimse_dataset_free(NULL);
}

/* Text that was read stays where it is until the data set is changed, and reading it again costs nothing. */
static void what_lives_how_long(void) {
    dimse_dataset *dataset = sample();
    dimse_error *err = NULL;
    dimse_str first, again;
    CHECK_OK(err, dimse_dataset_string(dataset, "PatientName", 0, &first, &err));
    CHECK_OK(err, dimse_dataset_string(dataset, "00100010", 0, &again, &err));
    CHECK(first.data == again.data);
    CHECK_OK(err, dimse_dataset_set_string(dataset, "PatientID", 0, first.data, &err));
    CHECK_OK(err, dimse_dataset_string(dataset, "PatientID", 0, &again, &err));
    CHECK_TEXT(again, "M\xC3\xBCller^J\xC3\xB6rg");
    dimse_dataset_free(dataset);
}

static dimse_dataset *sample(void) {
    dimse_dataset *dataset = NULL;
    dimse_error *err = NULL;
    uint32_t index;
    CHECK_OK(err, dimse_dataset_new(&dataset, &err));
    CHECK_OK(err, dimse_dataset_set_string(dataset, "PatientName", 0, "M\xC3\xBCller^J\xC3\xB6rg", &err));
    CHECK_OK(err, dimse_dataset_set_string(dataset, "ImageType", DIMSE_ALL_VALUES, "ORIGINAL\\PRIMARY", &err));
    CHECK_OK(err, dimse_dataset_set_empty(dataset, "StudyDate", NULL, &err));
    CHECK_OK(err, dimse_dataset_set_int(dataset, "Rows", 0, 512, &err));
    CHECK_OK(err, dimse_dataset_set_uint(dataset, "SeriesNumber", 0, 3, &err));
    CHECK_OK(err, dimse_dataset_set_int(dataset, "InstanceNumber", 0, -1, &err));
    CHECK_OK(err, dimse_dataset_set_float(dataset, "PatientWeight", 0, 72.5, &err));
    CHECK_OK(err, dimse_dataset_set_string(dataset, "RequestAttributesSequence[0].ScheduledProcedureStepID", 0, "S1", &err));
    CHECK_OK(err, dimse_dataset_append_item(dataset, "RequestAttributesSequence", NULL, &index, &err));
    CHECK_IS(index, 1);
    CHECK_OK(err, dimse_dataset_set_string(dataset, "RequestAttributesSequence[1].ScheduledProcedureStepID", 0, "S2", &err));
    CHECK_OK(err, dimse_dataset_set_empty(dataset, "(0009,\"ACME 1.1\",10)", "LO", &err));
    CHECK_OK(err, dimse_dataset_set_string(dataset, "(0009,\"ACME 1.1\",10)", 0, "private", &err));
    return dataset;
}
