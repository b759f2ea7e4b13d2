#!/usr/bin/env bash
# How long it takes from a fresh Debian without a compiler to a page with readings: by the commands of README.md, as
# they stand there, and by apt, as docs/src/start/apt.md has it. Each in a machine of its own, under systemd, whose only
# network is the web server with the downloads; so it is the time of the computer, without the way of the octets. As root.
#
#   release/first-minute.sh              SUITE=trixie: on Debian 13 instead of 12
#
# It takes what is in target/dist and target/debian. release/test-image.sh prints the same of the image.
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.." || exit
# shellcheck source=deploy/tests/count.sh
. deploy/tests/count.sh
# shellcheck source=deploy/tests/machine.sh
. deploy/tests/machine.sh

[ "$(id -u)" -eq 0 ] || { echo "first-minute.sh: only root can make machines" >&2; exit 77; }
.ci/need.sh mmdebstrap mmdebstrap systemd-nspawn systemd-container ip iproute2 curl curl gpg gpg python3 python3 || exit
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
repository=$(sed -n 's/^repository = "\(.*\)"$/\1/p' Cargo.toml)
image=$(debian "${SUITE:-bookworm}" systemd systemd-sysv dbus curl procps) || exit
work=$(mktemp -d "$(dirname "$image")/first-minute.XXXXXX")
machine=archive
clean_up() {
    trap - EXIT
    power_off archive
    power_off apt
    # shellcheck disable=SC2046
    kill $(jobs -p) 2>/dev/null
    ip netns delete "$(namespace archive)"
    ip netns delete "$(namespace apt)"
    GNUPGHOME=$work/gpg gpgconf --kill all
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# --- What is served, at an address of this machine instead of those in the texts

here=http://127.0.0.1:8000
mkdir -p "$work/www/releases/download"
cp -a "$target/dist" "$work/www/releases/download/v$version" || exit
GNUPGHOME=$work/gpg
export GNUPGHOME
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key maintainer@clouddata.example ed25519 sign 1d 2>/dev/null
release/apt.sh maintainer@clouddata.example "$here/apt" >/dev/null || exit
cp -a "$target/apt" "$work/www/apt"
for each in archive apt; do
    ip netns add "$(namespace $each)"
    ip -n "$(namespace $each)" link set lo up
    ip netns exec "$(namespace $each)" python3 -m http.server --bind 127.0.0.1 --directory "$work/www" 8000 >/dev/null 2>&1 &
done

commands() { # FILE ANCHOR: what people type in, with the addresses of here
    sed -n "/ANCHOR: $2 /,/ANCHOR_END: $2 /{/^<!--\|^\`\`\`/d; s|$repository|$here|g; s|https://apt.example.org|$here/apt|g; s/sudo //g; p}" "$1"
}
fresh() { # MACHINE
    cp -a --reflink=auto "$image" "$work/$1"
    rm -rf "$work/$1"/etc/apt/sources.list*
    mkdir "$work/$1/etc/apt/sources.list.d"
    boot "$1" && inside "$1" useradd --create-home kim
}
get() { ip netns exec "$(namespace "$machine")" curl -fsS --compressed "http://127.0.0.1:8080/$1"; }
# The first line names the columns.
has_readings() { [ "$(get 'api/v1/readings?format=csv' | wc -l)" -gt 5 ] && prints '<html' get ''; }
time_it() { # WHAT COMMAND...: from now to a page with readings
    local began=${EPOCHREALTIME/./} took
    "${@:2}" >"$work/said" 2>&1 &
    if ! soon has_readings; then
        failed=$((failed + 1))
        echo "FAILED: $1"
        cat "$work/said"
        return
    fi
    took=$(((${EPOCHREALTIME/./} - began) / 1000))
    echo "$1: $took ms"
    check "$1: within a minute" test "$took" -lt 60000
}

check 'three commands are enough, says README.md' is 3 grep -c . <(commands README.md download)
check 'a fresh Debian boots' fresh archive
check 'it has no compiler' denied inside archive sh -c 'command -v cargo cc gcc rustc'
time_it 'the archive, three commands, as a user' inside archive su - kim -c "$(commands README.md download)"
check 'the checksum was looked at' grep -qx "clouddata-$version-.*: OK" "$work/said"

check 'three are enough for apt' is 3 grep -c . <(commands docs/src/start/apt.md apt)
machine=apt
check 'another boots' fresh apt
# Without a kit its gateway has nothing to tell, so another one posts readings.
time_it 'apt, three commands, and one for want of a kit' inside apt bash -ec "export DEBIAN_FRONTEND=noninteractive
    $(commands docs/src/start/apt.md apt)
    clouddata-gateway random --motes 5 --rate 5"
[ "$failed" -eq 0 ] || tail -c 3000 "$work/apt.console"
finish
