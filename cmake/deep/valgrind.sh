#!/usr/bin/env bash
# Every C program under valgrind, without suppressions.
set -euo pipefail
cd "$(dirname "$0")/../.."

prefix=$PWD/build/stage
make --no-print-directory all
make --no-print-directory install PREFIX="$prefix"
cmake -S c-tests -B build/c-tests-valgrind -DCMAKE_PREFIX_PATH="$prefix" -DDIMSE_VALGRIND=ALL
cmake --build build/c-tests-valgrind --parallel "$(nproc)"
ctest --test-dir build/c-tests-valgrind --no-tests=error --output-on-failure --label-regex '^valgrind$'
