/* What the library says about itself, and the names that it knows. */
#include "check.h"

#include "node.h"

static void versions(void);
static void names_of_results(void);
static void statuses(void);
static void names_of_uids(void);

int main(void) {
    versions();
    names_of_results();
    statuses();
    names_of_uids();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    /* Text that is said to be static stays when every thread has gone. */
    versions();
    statuses();
    return 0;
}

static void versions(void) {
    int major = -1;
    int minor = -1;
    int patch = -1;
    CHECK_IS(dimse_abi_version(), DIMSE_ABI_VERSION);
    CHECK_IS(dimse_abi_revision(), DIMSE_ABI_REVISION);
    CHECK_IS(sscanf(dimse_version(), "%d.%d.%d", &major, &minor, &patch), 3);
    CHECK(major >= 0 && minor >= 0 && patch >= 0);
}

static void names_of_results(void) {
    CHECK(strcmp(dimse_result_name(DIMSE_OK), "DIMSE_OK") == 0);
    CHECK(strcmp(dimse_result_name(DIMSE_PENDING), "DIMSE_PENDING") == 0);
    CHECK(strcmp(dimse_result_name(DIMSE_ANSWERED_ALREADY), "DIMSE_ANSWERED_ALREADY") == 0);
    CHECK(strcmp(dimse_result_name(DIMSE_ERR_INVALID_HANDLE), "DIMSE_ERR_INVALID_HANDLE") == 0);
    CHECK(strcmp(dimse_result_name(DIMSE_ERR_PANIC), "DIMSE_ERR_PANIC") == 0);
    CHECK(strcmp(dimse_result_name(-98), "DIMSE_ERR_?") == 0);
    CHECK(strcmp(dimse_result_name(INT32_MIN), "DIMSE_ERR_?") == 0);
    CHECK(strcmp(dimse_result_name(INT32_MAX), "DIMSE_ERR_?") == 0);
}

static void statuses(void) {
    static const struct {
        uint32_t status;
        uint32_t category;
    } known[] = {
        {0x0000, DIMSE_CATEGORY_SUCCESS},
        {0xFF00, DIMSE_CATEGORY_PENDING},
        {0xFF01, DIMSE_CATEGORY_PENDING},
        {0x0001, DIMSE_CATEGORY_WARNING},
        {0xB000, DIMSE_CATEGORY_WARNING},
        {0x0107, DIMSE_CATEGORY_WARNING},
        {0xFE00, DIMSE_CATEGORY_CANCEL},
        {0x0110, DIMSE_CATEGORY_FAILURE},
        {0x0122, DIMSE_CATEGORY_FAILURE},
        {0x0211, DIMSE_CATEGORY_FAILURE},
        {0xA700, DIMSE_CATEGORY_FAILURE},
        {0xC001, DIMSE_CATEGORY_FAILURE},
    };
    size_t index;
    for (index = 0; index < sizeof known / sizeof known[0]; index++) {
        CHECK_IS(dimse_status_category(known[index].status), known[index].category);
        CHECK(dimse_status_name(known[index].status)[0] != '\0');
        CHECK(dimse_status_text(known[index].status)[0] != '\0');
    }
    CHECK(strcmp(dimse_status_name(0), "Success") == 0);
    /* The same text each time: it is static. */
    CHECK(dimse_status_text(0x0110) == dimse_status_text(0x0110));
    /* What is no status is never taken for done. */
    CHECK_IS(dimse_status_category(DIMSE_NO_STATUS), DIMSE_CATEGORY_FAILURE);
    CHECK_IS(dimse_status_category(0x10000), DIMSE_CATEGORY_FAILURE);
    CHECK(dimse_status_name(DIMSE_NO_STATUS)[0] == '\0');
    CHECK(dimse_status_text(0x10000)[0] == '\0');
    /* Services have words of their own for some numbers. */
    CHECK(strcmp(dimse_status_name(0xA700), "Failure") == 0);
    CHECK(strcmp(dimse_status_name_of(DIMSE_COMMAND_C_STORE_RQ, 0xA700), "Refused: out of resources") == 0);
    CHECK(strstr(dimse_status_text_of(DIMSE_COMMAND_C_STORE_RQ, 0xA700), "not stored") != NULL);
    CHECK(strstr(dimse_status_text_of(DIMSE_COMMAND_C_FIND_RQ, 0xA700), "this query") != NULL);
    CHECK(dimse_status_name_of(DIMSE_COMMAND_C_STORE_RQ, 0x0110) == dimse_status_name(0x0110));
    CHECK(dimse_status_text_of(0, 0xA700) == dimse_status_text(0xA700));
    CHECK(dimse_status_text_of(0x10001, 0xA700) == dimse_status_text(0xA700));
    CHECK(dimse_status_name_of(DIMSE_COMMAND_C_STORE_RQ, DIMSE_NO_STATUS)[0] == '\0');
    CHECK(dimse_status_text_of(DIMSE_COMMAND_C_STORE_RQ, 0x10000)[0] == '\0');
}

static void names_of_uids(void) {
    CHECK(strcmp(dimse_uid_name(VERIFICATION), "Verification SOP Class") == 0);
    CHECK(strcmp(dimse_uid_name(CT_IMAGE_STORAGE), "CT Image Storage") == 0);
    CHECK(strstr(dimse_uid_name(IMPLICIT_VR_LITTLE_ENDIAN), "Implicit VR Little Endian") != NULL);
    CHECK(dimse_uid_name("1.2.3.4.5.6.7.8.9")[0] == '\0');
    CHECK(dimse_uid_name("")[0] == '\0');
    CHECK(dimse_uid_name("\xff\xfe")[0] == '\0');
    CHECK(dimse_uid_name(NULL)[0] == '\0');
}
