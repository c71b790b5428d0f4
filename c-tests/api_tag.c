/* dimse_tag: the data dictionary. */
#include "check.h"

static void check_tag(uint32_t tag, const char *keyword, const char *name, const char *vr);

int main(void) {
    check_tag(0x00100010, "PatientName", "Patient's Name", "PN");
    check_tag(0x00280106, "SmallestImagePixelValue", "Smallest Image Pixel Value", "US or SS");
    check_tag(0x60023000, "OverlayData", "Overlay Data", "OB or OW");
    check_tag(0x00090010, "", "", "LO");
    check_tag(0x00091001, "", "", "");
    check_tag(0x00080000, "", "", "UL");
    check_tag(0, "CommandGroupLength", "Command Group Length", "UL");
    CHECK_IS(dimse_tag_of_keyword("PatientName"), 0x00100010);
    CHECK_IS(dimse_tag_of_keyword("OverlayData"), 0x60003000);
    CHECK_IS(dimse_tag_of_keyword("patientname"), 0);
    CHECK_IS(dimse_tag_of_keyword("\xFF"), 0);
    CHECK_IS(dimse_tag_of_keyword(NULL), 0);
    CHECK(dimse_tag_name(0x00100010) == dimse_tag_name(0x00100010));
    return 0;
}

static void check_tag(uint32_t tag, const char *keyword, const char *name, const char *vr) {
    CHECK_IS(strcmp(dimse_tag_keyword(tag), keyword), 0);
    CHECK_IS(strcmp(dimse_tag_name(tag), name), 0);
    CHECK_IS(strcmp(dimse_tag_vr(tag), vr), 0);
}
