#!/usr/bin/env bash
# The scripted peers with full counts, and at the pace of real slow peers: a byte a second; files and callers' code that
# take long, with the times in which nobody else must notice.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Both ends of every connection of a flood are in one process.
ulimit -n 16384
DIMSE_DEEP=1 cargo test --no-fail-fast --test 'scripted_*' --test rules_upper_layer
DIMSE_DEEP=1 cargo test --lib net::tests::stalling -- --test-threads=1
