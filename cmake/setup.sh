#!/usr/bin/env bash
# Installs what one goal of the Makefile needs and this system lacks, and says what it does.
#
#   cmake/setup.sh build | demo | test | deep [SUITE...] | bench
#
# Debian and its descendants: packages by apt-get, as root or by a sudo that asks for no password. Elsewhere, or without
# either: says what is missing and stops with 1. Peers and tools that have no package, or one that is not to be installed,
# go into build/, nothing else is touched. With nothing missing it is silent and quick.
# shellcheck disable=SC2015 # `a && b || stop` is meant: stop when either fails
# shellcheck disable=SC2086 # lists of packages are split into words on purpose
set -euo pipefail
cd "$(dirname "$0")/.."
# Orthanc lives in sbin, which is not on every user's path.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

main() {
    case "${1:-}" in
    build) need_build ;;
    demo)
        need_build
        need python3 python3
        ;;
    test | deep)
        need_build
        need_lints
        need_tests
        if wants tsan "$@"; then need_tsan; fi
        ;;
    bench)
        need_build
        need_bench
        ;;
    *)
        echo "usage: cmake/setup.sh build|demo|test|deep [SUITE...]|bench" >&2
        exit 2
        ;;
    esac
    install_packages
    case "$1" in
    test | deep)
        install_lints
        install_pynetdicom
        install_dcmjs_dimse
        if wants fuzz "$@"; then install_cargo_fuzz; fi
        if wants tsan "$@"; then install_rust_with_source; fi
        ;;
    esac
}

# wants SUITE deep [SUITE...]: whether these arguments name the suite; none named is all.
wants() {
    [ "$2" = deep ] || return 1
    [ $# -gt 2 ] || return 0
    case " ${*:3} " in *" $1 "*) return 0 ;; esac
    return 1
}

# ---- what each goal needs -------------------------------------------------------------------------------------------

need_build() {
    need gcc gcc libc6-dev
    need make make
    need_cargo
}

need_lints() {
    cargo fmt --version >/dev/null 2>&1 || lints+=(rustfmt)
    cargo clippy --version >/dev/null 2>&1 || lints+=(clippy)
}

need_tests() {
    need g++ g++
    need cmake cmake
    need ctest cmake
    need pkg-config pkg-config
    need valgrind valgrind libc6-dbg
    need echoscu dcmtk
    need storescp dcmtk
    need dcmqrscp dcmtk
    need termscu dcmtk
    need Orthanc orthanc
    need python3 python3 python3-venv
    if has python3 && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        lack "python3's venv module" python3 python3-venv
    fi
    need node nodejs
    need npm npm
}

# The clang of the LLVM that Debian's newest rustc has.
need_tsan() {
    need clang-22 clang-22 libclang-rt-22-dev
    need llvm-symbolizer-22 llvm-22
}

need_bench() {
    need echoscu dcmtk
    need valgrind valgrind libc6-dbg
    need python3 python3
}

# Rust comes from rustup or the distribution; which one is the user's choice, so it is never installed from here.
need_cargo() {
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    has cargo || stop "cargo is missing. Install Rust $wanted or later: https://rustup.rs"
    found=$(rustc --version | cut -d' ' -f2)
    [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n1)" = "$wanted" ] ||
        stop "Rust $found is too old. Install $wanted or later: rustup update stable"
}

# ---- Debian packages ------------------------------------------------------------------------------------------------

missing=() packages=() lints=() root=()

# need COMMAND PACKAGE...: the packages are wanted if the command is not there.
need() {
    local command=$1
    has "$command" || lack "$@"
}

lack() {
    missing+=("$1")
    packages+=("${@:2}")
}

install_packages() {
    [ ${#packages[@]} -gt 0 ] || return 0
    local list
    list=$(printf '%s\n' "${packages[@]}" | sort -u | paste -sd ' ')
    say "missing: ${missing[*]}"
    has apt-get || stop "this is not Debian. Install what is missing with your package manager
  (Debian's names: $list), then run this again"
    if [ "$(id -u)" -ne 0 ]; then
        if ! has sudo || ! sudo -n true 2>/dev/null; then
            stop "this needs root. Run, then try again:
  sudo apt-get install --no-install-recommends $list"
        fi
        root=(sudo)
    fi
    say "apt-get install $list"
    hold_services
    apt_get update && apt_get install --yes --no-install-recommends $list ||
        stop "apt-get could not install $list (no network, or another apt is running?)"
    release_services
}

apt_get() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -qq -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

# Debian starts a server when its package is installed: Orthanc would take ports 4242 and 8042. The tests start their
# own on free ports, so the packaged service is neither started now nor at boot. A policy that exists is respected.
policy=/usr/sbin/policy-rc.d held=

hold_services() {
    [ ! -e $policy ] || return 0
    trap release_services EXIT
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee $policy >/dev/null
    "${root[@]}" chmod 755 $policy
    held=yes
}

release_services() {
    case " ${packages[*]} " in
    *" orthanc "*)
        if [ -d /run/systemd/system ]; then
            "${root[@]}" systemctl --quiet disable --now orthanc 2>/dev/null || true
        fi
        ;;
    esac
    [ -n "$held" ] || return 0
    "${root[@]}" rm -f $policy
    held=
    trap - EXIT
}

# ---- what has no Debian package -------------------------------------------------------------------------------------

install_lints() {
    [ ${#lints[@]} -gt 0 ] || return 0
    has rustup || stop "missing: ${lints[*]}. Install them as you installed Rust"
    say "rustup component add ${lints[*]}"
    rustup --quiet component add "${lints[@]}" || stop "rustup could not install ${lints[*]}"
}

install_pynetdicom() {
    local venv=build/peers/venv pins=tests/peers/requirements.txt
    if cmp -s $pins $venv/installed && $venv/bin/python -c '' 2>/dev/null; then
        return 0
    fi
    say "pip install -r $pins (into $venv)"
    # A Python of pyenv or the like may lack ensurepip; the system's was completed above.
    local python=python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || python=/usr/bin/python3
    rm -rf $venv
    mkdir -p build/peers
    $python -m venv $venv &&
        $venv/bin/pip --quiet --disable-pip-version-check install --require-hashes -r $pins ||
        stop "pip could not install $pins (no network?)"
    cp $pins $venv/installed
}

install_dcmjs_dimse() {
    local node=build/peers/node pins=tests/peers/package-lock.json
    if cmp -s $pins $node/installed; then
        return 0
    fi
    say "npm ci of tests/peers/package.json (into $node)"
    rm -rf $node
    mkdir -p $node
    cp tests/peers/package.json $pins $node/
    (cd $node && npm ci --silent --ignore-scripts --no-audit --no-fund) ||
        stop "npm could not install tests/peers/package.json (no network?)"
    cp $pins $node/installed
}

# ---- tools that are not installed for the whole system --------------------------------------------------------------

cargo_fuzz=0.13.2

install_cargo_fuzz() {
    local tools=build/tools
    if [ "$($tools/bin/cargo-fuzz --version 2>/dev/null)" = "cargo-fuzz $cargo_fuzz" ]; then
        return 0
    fi
    say "cargo install cargo-fuzz $cargo_fuzz (into $tools)"
    cargo install --quiet --locked --root $tools cargo-fuzz --version $cargo_fuzz ||
        stop "cargo could not install cargo-fuzz (no network?)"
}

# ThreadSanitizer needs a standard library that is instrumented, so a compiler that comes with the source. Debian has one
# for its browsers. It is unpacked and not installed: the user's rustc stays what it is.
install_rust_with_source() {
    local rust=$PWD/build/tools/rust packages=(rustc-web libstd-rust-web-dev rust-web-src)
    if [ -e "$rust/unpacked" ] && "$rust/rustc" --version >/dev/null 2>&1; then
        return 0
    fi
    has apt-get || stop "ThreadSanitizer needs Debian's rustc-web; run make check-deep with the other SUITES"
    # The package of the compiler's library has the version in its name.
    packages+=("$(apt-cache show --no-all-versions libstd-rust-web-dev |
        sed -n 's/^Depends: \(libstd-rust-web-[0-9.]*\).*/\1/p')") ||
        stop "apt-get knows no libstd-rust-web-dev: run apt-get update as root, then try again"
    say "apt-get download ${packages[*]} (unpacked into $rust)"
    rm -rf "$rust"
    mkdir -p "$rust/packages"
    (cd "$rust/packages" && apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" >/dev/null) ||
        stop "apt-get could not download ${packages[*]} (no network, or apt-get update is needed?)"
    local package
    for package in "$rust"/packages/*.deb; do
        dpkg-deb --fsys-tarfile "$package" |
            tar -x -C "$rust" --no-wildcards-match-slash --exclude='./usr/src/*/src' --exclude='./usr/src/*/compiler' ||
            stop "$package could not be unpacked"
    done
    rm -rf "$rust/packages"
    # Its own library is where no loader looks.
    printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s" "$@"\n' "$(echo "$rust"/usr/lib/*-linux-gnu)" "$rust/usr/bin/rustc" \
        >"$rust/rustc"
    chmod 755 "$rust/rustc"
    "$rust/rustc" --version >/dev/null || stop "the compiler in $rust does not run"
    touch "$rust/unpacked"
}

# ---- words ----------------------------------------------------------------------------------------------------------

has() { command -v "$1" >/dev/null 2>&1; }
say() { echo "setup: $*"; }
stop() {
    echo "setup: $*" >&2
    exit 1
}

main "$@"
