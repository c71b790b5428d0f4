#!/usr/bin/env bash
# All tests: what `make test` runs once everything is installed. A suite that fails does not keep the next from running,
# unless there is nothing to test without it.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# An outer make would hand its jobs and messages down.
unset MAKEFLAGS MAKELEVEL MFLAGS
# shellcheck source=cmake/suites.sh
. cmake/suites.sh

jobs=$(nproc)
prefix=$PWD/build/stage

# What is shipped, and a copy installed as a user installs it.
suite build make --no-print-directory all WERROR=-Werror || finish
suite install make --no-print-directory install "PREFIX=$prefix" || finish

# The code itself. Without `net` the protocol layers build alone: the proof that they are sans-I/O.
suite format cargo fmt --check
suite lints cargo clippy --quiet --all-targets -- -D warnings
suite lints-sans-io cargo clippy --quiet --lib --no-default-features -- -D warnings
# The fuzz target of the driver is compiled inside the library.
suite lints-fuzzing cargo clippy --quiet --lib -- --cfg fuzzing -D warnings
suite docs env RUSTDOCFLAGS='-D warnings' cargo doc --quiet --no-deps

# Rust: units, golden PDUs, fake clock, scripted peers, interoperability with real ones, header, symbols, layers, LTO.
suite rust cargo test --no-fail-fast

# C: every program of c-tests/, as C and as C++, against the installed library; a few under valgrind.
suite c-configure cmake -S c-tests -B build/c-tests -DCMAKE_PREFIX_PATH="$prefix" -DDIMSE_VALGRIND=ON &&
    suite c-build cmake --build build/c-tests --parallel "$jobs" &&
    suite c ctest --test-dir build/c-tests --no-tests=error --output-on-failure --parallel "$jobs"

# Programs of users: CMake's find_package and add_subdirectory, pkg-config, the one gcc line of the README.
suite consumers-configure cmake -S cmake/consumer -B build/consumers -DDIMSE_PREFIX="$prefix" -DDIMSE_BUILD="$PWD/build" \
    -DDIMSE_CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}" &&
    suite consumers ctest --test-dir build/consumers --no-tests=error --output-on-failure

finish
