// Built against the library of its header, and running with it.
#include <dimse.h>

#include <iostream>

int main() {
    std::cout << "libdimse " << dimse_version() << ", ABI " << dimse_abi_version() << '\n';
    return dimse_abi_version() == DIMSE_ABI_VERSION ? 0 : 1;
}
