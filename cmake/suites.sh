# shellcheck shell=bash
# Runs suites one after the other and says at the end which were slow and which failed. Sourced by test.sh and deep.sh.
#
#   suite NAME COMMAND...   runs it; its output is shown, and kept in build/logs/NAME.log; returns its exit code
#   finish                  the summary; exits with 1 when a suite failed

logs=build/logs
rm -rf $logs
mkdir -p $logs
names=() failed=()
: >$logs/times

suite() {
    local name=$1 log=$logs/$1.log begin end code=0
    shift
    echo
    echo "== $name: $*"
    begin=$(date +%s%N)
    "$@" 2>&1 | tee "$log"
    code=${PIPESTATUS[0]}
    end=$(date +%s%N)
    names+=("$name")
    [ "$code" -eq 0 ] || failed+=("$name (exit code $code, $log)")
    printf '%d.%02d %s\n' $(((end - begin) / 1000000000)) $(((end - begin) / 10000000 % 100)) "$name" >>$logs/times
    binaries_of_cargo "$log" >>$logs/times
    return "$code"
}

# `cargo test` runs a binary for each file of tests/ and says how long each took: suites of their own.
#   Running tests/layers.rs (target/debug/deps/layers-0123) ... test result: ok. ...; finished in 0.12s
binaries_of_cargo() {
    sed -n -e 's/^ *Running \(unittests \)\?\([^ ]*\) (.*/name \2/p' -e 's/^ *Doc-tests \(.*\)/name doc-tests of \1/p' \
        -e 's/^test result: .*finished in \([0-9.]*\)s$/time \1/p' "$1" |
        while read -r word rest; do
            case $word in
            name) last=$rest ;;
            time) echo "$rest cargo test: $last" ;;
            esac
        done
}

# The last lines are the runners' own, so that whoever counts tests can read them.
finish() {
    echo
    echo "== the ten slowest suites, in seconds"
    sort -rn $logs/times | head -n 10 | while read -r seconds name; do
        printf '%9s  %s\n' "$seconds" "$name"
    done
    echo
    if [ ${#failed[@]} -gt 0 ]; then
        printf 'FAILED: %s\n' "${failed[@]}"
    else
        echo "all ${#names[@]} suites passed: ${names[*]}"
    fi
    echo
    for name in "${names[@]}"; do
        grep -hE '^test result: |^[0-9]+% tests passed, ' "$logs/$name.log"
    done
    [ ${#failed[@]} -eq 0 ]
    exit
}
