#!/usr/bin/env bash
# What takes longer than `make test` may: each script of cmake/deep/ is a suite. What `make check-deep` runs.
#
#   cmake/deep.sh [SUITE...]    all of them, or those named: cmake/deep.sh asan valgrind
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# An outer make would hand its jobs and messages down.
unset MAKEFLAGS MAKELEVEL MFLAGS
# shellcheck source=cmake/suites.sh
. cmake/suites.sh

[ $# -gt 0 ] || set -- cmake/deep/*.sh
suite build make --no-print-directory all || finish
for script in "$@"; do
    name=$(basename "$script" .sh)
    suite "$name" "cmake/deep/$name.sh"
done
finish
