#!/usr/bin/env bash
# Builds the product, the shared and the static library, and puts it into a folder:
#
#   cmake/library.sh FOLDER [cargo options]
#
#   FOLDER/libdimse.so, FOLDER/libdimse.so.0 (a link), FOLDER/libdimse.a
#   FOLDER/libdimse.build/native-libs       what a program that takes the static library must link, too
#   FOLDER/libdimse.build/rustc-arguments   how rustc was called for it; tests/lto.rs reads them
#
# This is the only command that builds it: for the Makefile, the CMake bridge and the bench. cargo drops link-time
# optimisation without a word when an rlib is among the crate types, and the manifest names one for the tests.
set -euo pipefail

if [ $# -lt 1 ]; then
    echo "usage: cmake/library.sh FOLDER [cargo options]" >&2
    exit 2
fi
mkdir -p "$1/libdimse.build"
folder=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."

product() {
    RUSTC_WORKSPACE_WRAPPER=$PWD/cmake/rustc.sh \
        cargo rustc --release --lib --crate-type cdylib,staticlib "$@" -- --print native-static-libs
}

# cargo's messages name what it built, wherever its target folder is, and hold rustc's note about the system's
# libraries, also when nothing had to be built. A failure is shown again in the form that people read.
messages=$folder/libdimse.build/messages.json
product --message-format json "$@" >"$messages" || product "$@"

# A file that did not change keeps its time: nothing is linked again for nothing.
keep_or_copy() {
    cmp -s "$1" "$2" || install -m "$3" "$1" "$2"
}

artifact() {
    sed -n '/"reason":"compiler-artifact"/s|.*"\([^"]*/libdimse\.'"$1"'\)".*|\1|p' "$messages"
}

shared=$(artifact so)
keep_or_copy "$shared" "$folder/libdimse.so" 755
keep_or_copy "$(artifact a)" "$folder/libdimse.a" 644
keep_or_copy "$(dirname "$shared")/deps/libdimse.arguments" "$folder/libdimse.build/rustc-arguments" 644
ln -sf libdimse.so "$folder/libdimse.so.0"
sed -n 's/.*"rendered":"note: native-static-libs: \([^"\\]*\).*/\1/p' "$messages" |
    head -n1 >"$folder/libdimse.build/native-libs"
test -s "$folder/libdimse.build/native-libs"
