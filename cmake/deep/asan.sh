#!/usr/bin/env bash
# AddressSanitizer and its leak check: the library and its own tests, then every C program against that library. The
# stable compiler knows the sanitizer behind RUSTC_BOOTSTRAP; --target keeps it out of build scripts and macros.
set -euo pipefail
cd "$(dirname "$0")/../.."

host=$(rustc -vV | sed -n 's/^host: //p')
prefix=$PWD/build/asan/stage
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
export RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR=$PWD/build/asan/cargo

cargo test --lib --target "$host"
cmake/library.sh build/asan/lib --target "$host"
if ! nm -D --undefined-only build/asan/lib/libdimse.so | grep ' __asan_init$'; then
    echo "asan: the library is not instrumented" >&2
    exit 1
fi
cmake/install.sh build/asan "$version" "$prefix" lib
cmake -S c-tests -B build/asan/c-tests -DCMAKE_PREFIX_PATH="$prefix" -DDIMSE_SANITIZE=address
cmake --build build/asan/c-tests --parallel "$(nproc)"
ctest --test-dir build/asan/c-tests --no-tests=error --output-on-failure --parallel "$(nproc)"
