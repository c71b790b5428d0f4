#!/usr/bin/env bash
# Starts a node on a free port, verifies it with C-ECHO, shows what was negotiated, ends the node: `make demo`.
#
#   cmake/demo.sh BUILD
set -euo pipefail

dimse=${1:?the folder with bin/dimse}/bin/dimse
log=$(mktemp)
node=

end() {
    [ -z "$node" ] || kill -INT "$node" 2>/dev/null || true
    [ -z "$node" ] || wait "$node" || true
    rm -f "$log"
}
trap end EXIT

# By the kernel's table: a trial connection would be in the node's log.
listens() {
    grep -qsE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:0000 0A " /proc/net/tcp /proc/net/tcp6
}

port=11112
while listens $port; do port=$((port + 1)); done

echo "\$ dimse serve $port &"
set -m # as a job, or the shell makes it deaf to SIGINT
"$dimse" serve -v $port >"$log" 2>&1 &
node=$!
set +m
for _ in $(seq 100); do
    listens $port && break
    kill -0 $node 2>/dev/null || break
    sleep 0.05
done
if ! listens $port; then
    cat "$log" >&2
    echo "demo: the node does not listen on port $port" >&2
    exit 1
fi

echo "\$ dimse echo 127.0.0.1 $port -v"
"$dimse" echo 127.0.0.1 $port -v

echo
echo "\$ kill -INT %1"
kill -INT $node
code=0
wait $node || code=$?
node=
echo "The node said:"
sed 's/^/  /' "$log"
if [ $code -ne 0 ]; then
    echo "demo: the node ended with exit code $code" >&2
    exit 1
fi
echo "Association, C-ECHO, release and the node's end: all well."
