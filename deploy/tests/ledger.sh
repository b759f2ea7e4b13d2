# What the simulated manager was told is safe, and what is stored, for the tests beside this file to
# source. It needs $work/ledger, which the simulator writes, $base, the server's address, and get,
# which fetches.
# shellcheck shell=bash disable=SC2154

acknowledged() { grep -c '^[^#]*[0-9]' "$work/ledger"; }
has_acknowledged() { [ "$(acknowledged)" -gt "$1" ]; }
stored() { get "$base/api/v1/readings?format=csv" | grep -c '^..-'; }

# Each that was acknowledged, and besides at most the one that was under way when the simulator was
# stopped: the manager has one unacknowledged notification at a time.
all_stored() { # [STORED BEFORE]
    local more=$(($(stored) - ${1:-0} - $(acknowledged)))
    [ "$more" -eq 0 ] || is 1 echo "$more"
}
