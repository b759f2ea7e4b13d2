#!/usr/bin/env bash
# Prints where an emulator for programs of another processor is, and fetches it if it is not there.
#
#   .ci/emulator.sh qemu-aarch64|qemu-arm
#
# Debian 12's own qemu-user has no TCGETS2, without which no serial port can be opened; Debian 13's
# is one static file each, and is kept in ${XDG_CACHE_HOME:-~/.cache}/clouddata.
set -euo pipefail
cd "$(dirname "$0")/.."

emulator=${1:?which emulator?}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/clouddata/qemu-user
if [ ! -x "$cache/$emulator" ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    .ci/debian-package.sh trixie qemu-user "$work"
    dpkg-deb --extract "$work"/qemu-user_*.deb "$work/qemu"
    mkdir -p "$cache"
    cp "$work"/qemu/usr/bin/qemu-{aarch64,arm} "$cache/"
fi
echo "$cache/$emulator"
