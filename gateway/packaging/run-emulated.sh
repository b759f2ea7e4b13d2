#!/usr/bin/env bash
# Runs the gateway of a package for another architecture, by an emulator: its version, a frame
# explained, and readings taken from the simulator's pty to a server, with none missing.
#
#   gateway/packaging/run-emulated.sh arm64|armhf PACKAGE.deb
set -euo pipefail

case ${1:-} in
arm64) emulator=qemu-aarch64 tuple=aarch64-linux-gnu ;;
armhf) emulator=qemu-arm tuple=arm-linux-gnueabihf ;;
*) echo "run-emulated.sh: which architecture, arm64 or armhf?" >&2; exit 64 ;;
esac
deb=$(realpath "$2")
cd "$(dirname "$0")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT

wait_for() { # COMMAND...: until it succeeds, or a minute has passed
    local attempt
    for attempt in {1..300}; do
        "$@" && return
        sleep 0.2
    done
    echo "run-emulated.sh: in vain after $attempt attempts: $*" >&2
    return 1
}
acknowledged() { [ "$(wc -l <"$work/ledger")" -ge "$1" ]; }

.ci/need.sh curl curl
emulator=$(.ci/emulator.sh "$emulator")
dpkg-deb --extract "$deb" "$work/root"
gateway=("$emulator" -L "/usr/$tuple" "$work/root/usr/bin/clouddata-gateway")
# What is not under test may be slow.
cargo build --quiet -p clouddata-simulator -p clouddata-server
PATH=$target/debug:$PATH

"${gateway[@]}" --version
"${gateway[@]}" decode 7e0014000e01000086eb0000170d00cb081f6b6d617e | tee "$work/decoded"
grep -qF '0, moteReset' "$work/decoded"

port=$((20000 + RANDOM % 10000))
touch "$work/ledger"
clouddata-server --listen "127.0.0.1:$port" --data-dir "$work/data" 2>"$work/server.log" >&2 &
clouddata-simulator --period 500ms --link "$work/api" --ledger "$work/ledger" >"$work/simulator.log" 2>&1 &
simulator=$!
wait_for test -e "$work/api"
"${gateway[@]}" run --port "$work/api" --server "http://127.0.0.1:$port" --state-dir "$work/state" 2>"$work/gateway.log" &
running=$!
wait_for acknowledged 100 || { cat "$work/gateway.log"; exit 1; }
kill -TERM "$running"
wait "$running"
kill -TERM "$simulator"
wait "$simulator"

acknowledged=$(wc -l <"$work/ledger")
# Less the heading.
stored=$(($(curl -fsS "http://127.0.0.1:$port/api/v1/readings?format=csv" | wc -l) - 1))
echo "$1: $acknowledged readings acknowledged, $stored stored"
[ "$acknowledged" -eq "$stored" ]
