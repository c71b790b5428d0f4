#!/usr/bin/env bash
# ThreadSanitizer: the library's own tests, then every C program. The standard library is instrumented too, or each of
# its locks would be unseen: it is built from source by the compiler that setup.sh has put into build/tools/rust, and the
# sanitizer's runtime is that of the clang that fits it.
set -euo pipefail
cd "$(dirname "$0")/../.."

rust=$PWD/build/tools/rust
if ! "$rust/rustc" --version; then
    echo "tsan: build/tools/rust is missing: run cmake/setup.sh deep tsan" >&2
    exit 1
fi
llvm=$("$rust/rustc" -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
host=$("$rust/rustc" -vV | sed -n 's/^host: //p')
for tool in "clang++-$llvm" "llvm-symbolizer-$llvm"; do
    if ! command -v "$tool"; then
        echo "tsan: $tool is missing: run cmake/setup.sh deep tsan" >&2
        exit 1
    fi
done
prefix=$PWD/build/tsan/stage
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
export RUSTC=$rust/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$PWD/build/tsan/cargo
# Reports and suppressions name functions, inlined ones too.
export CARGO_PROFILE_RELEASE_DEBUG=line-tables-only
export RUSTFLAGS='-Zsanitizer=thread -Zexternal-clangrt'
symbolizer=$(command -v "llvm-symbolizer-$llvm")
# That threads are joined is what other tests check; flow_exit leaves some running on purpose.
export TSAN_OPTIONS="suppressions=$PWD/cmake/deep/tsan.supp external_symbolizer_path=$symbolizer report_thread_leaks=0"
# Some tests panic on purpose: a backtrace of that takes longer here than they wait.
export RUST_BACKTRACE=0
std=(--target "$host" "-Zbuild-std=std,panic_unwind,test")

RUSTFLAGS="$RUSTFLAGS -Clinker=clang-$llvm -Clink-arg=-fsanitize=thread" cargo test --lib "${std[@]}"
cmake/library.sh build/tsan/lib "${std[@]}"
if ! nm -D --undefined-only build/tsan/lib/libdimse.so | grep ' __tsan_init$'; then
    echo "tsan: the library is not instrumented" >&2
    exit 1
fi
cmake/install.sh build/tsan "$version" "$prefix" lib
CC=clang-$llvm CXX=clang++-$llvm cmake -S c-tests -B build/tsan/c-tests -DCMAKE_PREFIX_PATH="$prefix" -DDIMSE_SANITIZE=thread
cmake --build build/tsan/c-tests --parallel "$(nproc)"
ctest --test-dir build/tsan/c-tests --no-tests=error --output-on-failure --parallel "$(nproc)"
