#!/usr/bin/env bash
# Every C program with full counts: floods, loops and threads as many as they are meant to be.
set -euo pipefail
cd "$(dirname "$0")/../.."

prefix=$PWD/build/stage
make --no-print-directory install PREFIX="$prefix"
cmake -S c-tests -B build/c-tests-deep -DCMAKE_PREFIX_PATH="$prefix"
cmake --build build/c-tests-deep --parallel "$(nproc)"
DIMSE_DEEP=1 ctest --test-dir build/c-tests-deep --no-tests=error --output-on-failure --parallel "$(nproc)"
