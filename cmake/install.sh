#!/usr/bin/env bash
# Installs what was built: for `make install` and for `cmake --install`.
#
#   cmake/install.sh BUILD VERSION PREFIX LIBDIR [DESTDIR]
#
# BUILD holds lib/, include/ and, when it was built, bin/dimse. LIBDIR is relative to PREFIX; the CMake package finds
# everything from its own place, so the tree below PREFIX may be moved.
set -euo pipefail

if [ $# -lt 4 ] || [ "${3#/}" = "$3" ] || [ "${4#/}" != "$4" ]; then
    echo "usage: cmake/install.sh BUILD VERSION PREFIX LIBDIR [DESTDIR]; PREFIX is absolute, LIBDIR relative to it" >&2
    exit 2
fi
build=$1 version=$2 prefix=$3 libdir=$4 destdir=${5:-}
source=$(cd "$(dirname "$0")/.." && pwd)
root=$destdir$prefix
lib=$root/$libdir
# The fifth byte of an ELF file is 1 for 32 bits and 2 for 64.
pointer_bytes=$((4 * $(od -An -tu1 -j4 -N1 "$build/lib/libdimse.so")))
abi=$(sed -n 's/.*-soname,libdimse\.so\.\([0-9]*\)".*/\1/p' "$source/build.rs")

# The library, under the three names that the loader, the linker and the package manager look for.
install -d "$lib/cmake/Dimse" "$lib/pkgconfig" "$root/include" "$root/share/doc/dimse"
install -m 755 "$build/lib/libdimse.so" "$lib/libdimse.so.$version"
ln -sf "libdimse.so.$version" "$lib/libdimse.so.$abi"
ln -sf "libdimse.so.$abi" "$lib/libdimse.so"
install -m 644 "$build/lib/libdimse.a" "$lib/libdimse.a"

install -m 644 "$source"/include/*.h "$root/include/"
for header in "$source"/include/*.hpp; do
    [ ! -e "$header" ] || install -m 644 "$header" "$root/include/"
done
[ ! -e "$build/bin/dimse" ] || install -D -m 755 "$build/bin/dimse" "$root/bin/dimse"
install -m 644 "$source/LICENSE-MIT" "$source/LICENSE-APACHE" "$root/share/doc/dimse/"

fill_in() {
    sed -e "s|@VERSION@|$version|g" -e "s|@ABI@|$abi|g" -e "s|@PREFIX@|$prefix|g" -e "s|@LIBDIR@|$libdir|g" \
        -e "s|@PREFIX_FROM_PACKAGE@|$(realpath -ms --relative-to="/$libdir/cmake/Dimse" /)|g" \
        -e "s|@POINTER_BYTES@|$pointer_bytes|g" -e "s|@NATIVE_LIBS@|$(cat "$build/lib/libdimse.build/native-libs")|g" "$source/cmake/$1" >"$2"
    chmod 644 "$2"
}
fill_in DimseConfig.cmake.in "$lib/cmake/Dimse/DimseConfig.cmake"
fill_in DimseConfigVersion.cmake.in "$lib/cmake/Dimse/DimseConfigVersion.cmake"
fill_in dimse.pc.in "$lib/pkgconfig/dimse.pc"
echo "installed libdimse $version into $root"
