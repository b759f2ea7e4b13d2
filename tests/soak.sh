#!/usr/bin/env bash
# The end-to-end tests of faults at full length: a server that is away for ten minutes, ten minutes
# of a bad line, fifty kills, … All at once, some twelve minutes. Prints what each has counted:
# readings sent, acknowledged, stored, missing, stored twice; of a backlog of a million, how long
# it took to drain, and what became of live readings meanwhile.
#
#   tests/soak.sh [TEST]...        only those with this in their names
set -euo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# They wait more than they work, so more than there are processors at a time.
E2E_FULL_LENGTH=1 cargo test -p e2e --test faults -- --nocapture --test-threads 32 "$@" >"$log" 2>&1 || {
    cat "$log"
    exit 1
}
grep -E ' sent, | drained in |^test result' "$log" | sort
