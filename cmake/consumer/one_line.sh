#!/bin/sh
# Without CMake: one line of gcc against build/, and pkg-config with both libraries.
#
#   one_line.sh BUILD PREFIX
set -eux
build=$1 prefix=$2
main=$(dirname "$0")/main.c
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

gcc "$main" -I"$build/include" -L"$build/lib" -ldimse -Wl,-rpath,"$build/lib" -o "$scratch/plain"
"$scratch/plain"

export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
pkg-config --exact-version "$(pkg-config --modversion dimse)" dimse
# shellcheck disable=SC2046 # flags are split into words on purpose
gcc "$main" $(pkg-config --cflags --libs dimse) -Wl,-rpath,"$prefix/lib" -o "$scratch/shared"
"$scratch/shared"

# shellcheck disable=SC2046
gcc -DDIMSE_STATIC "$main" $(pkg-config --cflags dimse) -Wl,-Bstatic -ldimse -Wl,-Bdynamic \
    $(pkg-config --static --libs dimse | sed 's/-ldimse//') -o "$scratch/static"
"$scratch/static"
if ldd "$scratch/static" | grep libdimse; then exit 1; fi
