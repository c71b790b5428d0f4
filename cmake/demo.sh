#!/usr/bin/env bash
# Starts a node that receives, verifies it with C-ECHO, stores a study there, and compares every byte: `make demo`.
#
#   cmake/demo.sh BUILD
#   DICOM_DIR=FOLDER cmake/demo.sh BUILD     with your own files instead of a made-up CT
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:?the folder with bin/dimse}
dimse=$build/bin/dimse
folder=$build/demo
received=$folder/received
log=$folder/node.log
node=

end() {
    [ -z "$node" ] || kill -INT "$node" 2>/dev/null || true
    [ -z "$node" ] || wait "$node" || true
}
trap end EXIT

fail() {
    echo "demo: $*" >&2
    exit 1
}

# By the kernel's table: a trial connection would be in the node's log.
listens() {
    grep -qsE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:0000 0A " /proc/net/tcp /proc/net/tcp6
}

rm -rf "$folder"
mkdir -p "$folder"
sent=${DICOM_DIR:-}
if [ -z "$sent" ]; then
    sent=$folder/sent
    echo "\$ python3 cmake/study --kind ct --count 100 $sent"
    python3 cmake/study --kind ct --count 100 "$sent"
fi
[ -d "$sent" ] || fail "DICOM_DIR: $sent is no folder"

port=11112
while listens $port; do port=$((port + 1)); done

echo "\$ dimse serve -od $received $port &"
set -m # as a job, or the shell makes it deaf to SIGINT
"$dimse" serve -od "$received" $port >"$log" 2>&1 &
node=$!
set +m
for _ in $(seq 100); do
    listens $port && break
    kill -0 $node 2>/dev/null || break
    sleep 0.05
done
if ! listens $port; then
    cat "$log" >&2
    fail "the node does not listen on port $port"
fi

echo "\$ dimse echo -v 127.0.0.1 $port"
"$dimse" echo -v 127.0.0.1 $port

echo
echo "\$ dimse store 127.0.0.1 $port $sent"
stored=0
"$dimse" store 127.0.0.1 $port "$sent" || stored=$?

echo
echo "\$ kill -INT %1"
kill -INT $node
code=0
wait $node || code=$?
node=
echo "The node said:"
if [ "$(wc -l <"$log")" -gt 6 ]; then
    { head -n 3 "$log" && echo ... && tail -n 2 "$log"; } | sed 's/^/  /'
else
    sed 's/^/  /' "$log"
fi

echo
echo "What arrived, compared with what was sent:"
python3 cmake/compare.py "$sent" "$received" || fail "what arrived is not what was sent: $sent, $received"
[ $stored -eq 0 ] || fail "dimse store ended with exit code $stored"
[ $code -eq 0 ] || fail "the node ended with exit code $code"

echo
echo "Every data set is there, and the same byte for byte. Sent:     $sent"
echo "                                                     Received: $received"
