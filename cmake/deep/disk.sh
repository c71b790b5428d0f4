#!/usr/bin/env bash
# A receiving node whose disk gets full, cannot be written, or loses its folder: the peer is told, nothing is left half
# done, and the node lives. Needs mount namespaces: root, or a system that lets users have them.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ "${1:-}" != --inside ]; then
    with=(--mount)
    [ "$(id -u)" -eq 0 ] || with+=(--map-root-user)
    unshare "${with[@]}" true 2>/dev/null || {
        echo "disk: unshare ${with[*]} is not allowed here; run it as root" >&2
        exit 1
    }
    exec unshare "${with[@]}" "$0" --inside
fi

dimse=build/bin/dimse
folder=$PWD/build/deep-disk
disk=$folder/disk
node=''
port=''

fail() {
    echo "disk: $*" >&2
    [ ! -s "$folder/node.log" ] || sed 's/^/  node: /' "$folder/node.log" >&2
    exit 1
}

end() {
    [ -z "$node" ] || kill -KILL "$node" 2>/dev/null || true
    umount -l "$disk" 2>/dev/null || true
    rm -rf "$folder"
}
trap end EXIT

# A node that receives into $disk/received.
start() {
    "$dimse" serve --min-free 0 -od "$disk/received" 0 >"$folder/node.log" 2>&1 &
    node=$!
    for _ in $(seq 100); do
        port=$(sed -n 's/^listening on port \([0-9]*\)$/\1/p' "$folder/node.log")
        [ -z "$port" ] || return 0
        sleep 0.05
    done
    fail "the node does not listen"
}

stop() {
    kill -INT "$node"
    wait "$node" || fail "the node ended with exit code $?"
    node=''
}

# The exit code of `dimse store`, its output in store.log.
store() {
    code=0
    "$dimse" store 127.0.0.1 "$port" "$folder/sent" >"$folder/store.log" 2>&1 || code=$?
}

expect() {
    [ "$code" -eq "$1" ] || fail "$2: dimse store ended with exit code $code: $(cat "$folder/store.log")"
    grep -q "$3" "$folder/store.log" || fail "$2: no word of $3: $(cat "$folder/store.log")"
    "$dimse" echo -q 127.0.0.1 "$port" || fail "$2: the node does not answer any more"
}

rm -rf "$folder"
mkdir -p "$disk"
python3 cmake/study --kind ct --count 12 "$folder/sent"

mount -t tmpfs -o size=3m tmpfs "$disk"
start
store
expect 5 "a full disk" "A700"
stored=$(find "$disk/received" -name '*.dcm' | wc -l)
if [ "$stored" -lt 3 ] || [ "$stored" -ge 12 ]; then fail "a full disk: $stored files"; fi
left=$(find "$disk/received" -type f '(' -name '*.dimse-part' -size +0 -o -name '*.dcm' -size -500k ')')
[ -z "$left" ] || fail "a full disk: $(ls -l "$left")"
echo "a full disk: $stored of 12 stored, the others refused with A700, no file is cut"

rm -rf "$disk"/received/2.*
store
expect 5 "room again" "A700"
[ "$(find "$disk/received" -name '*.dcm' | wc -l)" -ge 3 ] || fail "room again: nothing is stored"
echo "room again: instances are taken again"

stop

mount -o remount,ro "$disk"
code=0
"$dimse" serve -od "$disk/received" 0 >"$folder/node.log" 2>&1 || code=$?
[ "$code" -eq 1 ] || fail "a disk that cannot be written: dimse serve ended with exit code $code"
grep -q "Read-only file system" "$folder/node.log" || fail "a disk that cannot be written: no word of why"
echo "a disk that cannot be written: said before anything starts"
mount -o remount,rw,size=100m "$disk"

start
rm -rf "$disk/received"
store
expect 5 "a folder that was removed" "A700"
[ ! -e "$disk/received" ] || fail "a folder that was removed is made again"
echo "a folder that was removed: refused with A700"
stop
