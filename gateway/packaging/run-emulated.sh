#!/usr/bin/env bash
# Runs the gateway of a package for another architecture, by an emulator: its version, a frame
# explained, and readings taken from the simulator's pty to a server, with none missing.
#
#   gateway/packaging/run-emulated.sh arm64|armhf PACKAGE.deb
#
# Debian 12's own qemu-user has no TCGETS2, without which no serial port can be opened; Debian 13's
# is fetched, and kept in ${XDG_CACHE_HOME:-~/.cache}/clouddata.
set -euo pipefail

case ${1:-} in
arm64) emulator=qemu-aarch64 tuple=aarch64-linux-gnu ;;
armhf) emulator=qemu-arm tuple=arm-linux-gnueabihf ;;
*) echo "run-emulated.sh: which architecture, arm64 or armhf?" >&2; exit 64 ;;
esac
deb=$(realpath "$2")
cd "$(dirname "$0")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/clouddata/qemu-user
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT

fetch_emulator() {
    local apt=$work/apt mirror
    mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -1)
    mkdir -p "$apt"/etc/{apt.conf.d,sources.list.d,preferences.d} "$apt"/state/lists/partial "$apt"/cache/archives/partial
    cat >"$apt/etc/sources.list.d/trixie.sources" <<SOURCES
Types: deb
URIs: ${mirror:-http://deb.debian.org/debian}
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
    cat >"$apt/apt.conf" <<CONF
Dir "$apt"; Dir::Etc "etc"; Dir::State "state"; Dir::Cache "cache";
Dir::State::status "/var/lib/dpkg/status";
Acquire::Languages "none"; APT::Sandbox::User "root";
CONF
    (cd "$apt" && export APT_CONFIG=$apt/apt.conf && apt-get -qq update && apt-get -qq download qemu-user)
    dpkg-deb --extract "$apt"/qemu-user_*.deb "$work/qemu"
    mkdir -p "$cache"
    cp "$work"/qemu/usr/bin/qemu-{aarch64,arm} "$cache/"
}

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

[ -x "$cache/$emulator" ] || fetch_emulator
dpkg-deb --extract "$deb" "$work/root"
gateway=("$cache/$emulator" -L "/usr/$tuple" "$work/root/usr/bin/clouddata-gateway")
cargo build --release --quiet -p clouddata-simulator -p clouddata-server
PATH=$target/release:$PATH

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
