#!/usr/bin/env bash
# Coverage-guided fuzzing under AddressSanitizer: each target of fuzz/ for FUZZ_SECONDS (60). It begins with the golden
# bytes of the tests and goes on with what earlier runs found (fuzz/corpus). A finding fails the suite.
#
#   cmake/deep/fuzz.sh                   all targets; FUZZ_TARGETS="pdu driver" names some
#   cmake/deep/fuzz.sh TARGET INPUT...   runs these inputs and nothing else
set -euo pipefail
cd "$(dirname "$0")/../.."

# The stable compiler knows coverage and the sanitizer behind RUSTC_BOOTSTRAP, as in asan.sh.
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$PWD/build/fuzz PATH=$PWD/build/tools/bin:$PATH
seconds=${FUZZ_SECONDS:-60}
if ! cargo fuzz --version; then
    echo "fuzz: cargo-fuzz is missing: run cmake/setup.sh deep fuzz" >&2
    exit 1
fi
if [ $# -gt 1 ]; then
    exec cargo fuzz run "$@"
fi

cargo fmt --manifest-path fuzz/Cargo.toml --check
RUSTFLAGS='--cfg fuzzing' cargo clippy --quiet --manifest-path fuzz/Cargo.toml --all-targets -- -D warnings
RUSTFLAGS='--cfg fuzzing' cargo run --quiet --manifest-path fuzz/Cargo.toml --example seeds fuzz/corpus
cargo fuzz build

# The last number that libFuzzer gave behind a word.
last() {
    sed -n "s/.*$1: *\([0-9]*\).*/\1/p" "$2" | tail -n 1
}

logs=build/logs
mkdir -p $logs
found=() lines=()
for target in ${FUZZ_TARGETS:-$(cargo fuzz list)}; do
    log=$logs/fuzz-$target.log
    echo "fuzz: $target for $seconds s, $log"
    code=0
    cargo fuzz run "$target" -- -max_total_time="$seconds" -print_final_stats=1 -max_len=4096 -len_control=0 -timeout=10 \
        >"$log" 2>&1 || code=$?
    lines+=("$(printf '%-12s %12s %9s %9s %7s' "$target" "$(last stat::number_of_executed_units "$log")" \
        "$(last cov "$log")" "$(last ft "$log")" "$(last corp "$log")")")
    if [ "$code" -ne 0 ]; then
        tail -n 100 "$log"
        input=$(sed -n 's/.*Test unit written to \(.*\)/\1/p' "$log" | tail -n 1)
        found+=("$target: exit code $code; input: ${input:-none}; again: cmake/deep/fuzz.sh $target ${input:-INPUT}")
    fi
done

echo
printf '%-12s %12s %9s %9s %7s\n' target executions edges features corpus
printf '%s\n' "${lines[@]}"
if [ ${#found[@]} -gt 0 ]; then
    printf 'fuzz: FOUND in %s\n' "${found[@]}" >&2
    exit 1
fi
