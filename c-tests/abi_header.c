/* dimse.h comes first, alone and twice: it brings along what it needs. The header.* tests compile this file in every
 * standard that a user may have; here it also has to agree with the library that is running. */
#include <dimse.h>
#include <dimse.h>

#include "check.h"

int main(void) {
    CHECK_IS(dimse_abi_version(), DIMSE_ABI_VERSION);
    CHECK_IS(dimse_abi_revision(), DIMSE_ABI_REVISION);
    CHECK(dimse_version()[0] != '\0');
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}
