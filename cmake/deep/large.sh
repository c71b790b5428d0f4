#!/usr/bin/env bash
# An instance of 1 GiB to and from DCMTK: it passes through, in little memory, also converted and with a header handler.
set -euo pipefail
cd "$(dirname "$0")/../.."

DIMSE_DEEP=1 cargo test --test interop_store_large
