/* Built against the library of its header, and running with it. */
#include <dimse.h>

#include <stdio.h>

int main(void) {
    printf("libdimse %s, ABI %u\n", dimse_version(), (unsigned)dimse_abi_version());
    return dimse_abi_version() == DIMSE_ABI_VERSION ? 0 : 1;
}
